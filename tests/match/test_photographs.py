"""Links between real photographs and copies of them: all that are in reach, and no other.

The copies are made here with Pillow, so what belongs together is known. No two photographs of the
set are copies of one another (looked at by hand: all pairs below 90 bits are shots of one street,
or two plain pictures).
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from firsthand.match.links import LEAST_QUALITY, RADIUS, link_all
from firsthand.match.prints import Print
from firsthand.media.pdq import Sampler, fingerprints, luma, quality, without_edge

Picture = Image.Image


def jpeg(picture: Picture, quality: int) -> Picture:
    data = io.BytesIO()
    picture.convert("RGB").save(data, "JPEG", quality=quality)
    return Image.open(io.BytesIO(data.getvalue())).convert("RGB")


def resized(picture: Picture, share: float) -> Picture:
    size = (round(picture.width * share), round(picture.height * share))
    return picture.resize(size, Image.Resampling.LANCZOS)


def banner(
    picture: Picture, share: float, *, top: bool, fill: tuple[int, int, int] = (200, 20, 20)
) -> Picture:
    marked = picture.copy()
    high = round(picture.height * share)
    start = 0 if top else picture.height - high
    draw = ImageDraw.Draw(marked)
    draw.rectangle((0, start, picture.width, start + high), fill=fill)
    draw.text((10, start + 2), "BREAKING NEWS channel one", fill="white")
    return marked


COPIES: dict[str, Callable[[Picture], Picture]] = {
    "recompressed": lambda p: jpeg(p, 25),
    "small": lambda p: jpeg(resized(p, 0.3), 60),
    "mirrored": lambda p: jpeg(ImageOps.mirror(p), 70),
    "grey": lambda p: jpeg(p.convert("L"), 60),
    "banner below": lambda p: jpeg(resized(banner(p, 0.06, top=False), 0.5), 50),
    "banner above": lambda p: jpeg(banner(p, 0.06, top=True), 70),
    # Opaque and dark over a bright sky: PDQ of the whole picture does not reach all of these.
    "dark banner above": lambda p: jpeg(
        resized(banner(p, 0.06, top=True, fill=(8, 8, 8)), 0.6), 50
    ),
    "light banner above": lambda p: jpeg(banner(p, 0.06, top=True, fill=(250, 250, 250)), 50),
    "dark banner below, grey": lambda p: jpeg(
        banner(p, 0.06, top=False, fill=(8, 8, 8)).convert("L"), 50
    ),
    "banner and mirrored": lambda p: jpeg(banner(ImageOps.mirror(p), 0.06, top=False), 60),
}


def fingerprint(name: str, picture: Picture) -> Print:
    sampler = Sampler(*picture.size)
    sampler.take(luma(np.asarray(picture)))
    samples = sampler.samples()
    edges = without_edge(samples)

    def codes(hashes: list[str]) -> tuple[bytes, ...]:
        return tuple(bytes.fromhex(text) for text in hashes)

    return Print(
        name,
        name,
        codes(fingerprints(samples)),
        quality(samples),
        *picture.size,
        top=codes(edges["top"]),
        bottom=codes(edges["bottom"]),
    )


@pytest.mark.slow
def test_every_copy_in_reach_is_linked_and_nothing_else(shared: Path) -> None:
    folder = shared / "photos"
    files = sorted([*folder.glob("ordinary/*.jpg"), *folder.glob("scene-*/*.jpg")])
    assert len(files) > 75
    prints = []
    for file in files:
        picture = ImageOps.exif_transpose(Image.open(file)).convert("RGB")
        picture.thumbnail((800, 800))
        name = f"{file.parent.name}/{file.name}"
        prints.append(fingerprint(f"{name}|original", picture))
        prints += [fingerprint(f"{name}|{how}", make(picture)) for how, make in COPIES.items()]
    seen = {each.owner: each.quality for each in prints}

    def source(name: str) -> str:
        return name.partition("|")[0]

    found = link_all(prints)
    false = [(x.a, x.b, x.bits) for x in found.links if source(x.a) != source(x.b)]
    assert false == []
    linked = {frozenset((x.a, x.b)) for x in found.links}
    missed = [
        (name, how)
        for name in {source(each.owner) for each in prints}
        for how in COPIES
        if frozenset((f"{name}|original", f"{name}|{how}")) not in linked
        and min(seen[f"{name}|original"], seen[f"{name}|{how}"]) >= LEAST_QUALITY
    ]
    # p064 is a fine pattern, which a strong reduction turns into another one: the reference
    # implementation of PDQ (pdqhash 0.2.8) puts the first two 66 bits apart as well.
    reduced = {("ordinary/p064.jpg", how) for how in ("small", "dark banner above")}
    assert set(missed) == reduced, RADIUS
    plain = {name for name, each in seen.items() if each < LEAST_QUALITY}
    assert found.withheld.keys() == plain and len(plain) < len(prints) / 20
