"""Copies under a banner: how far PDQ and the hashes without an edge put them from their originals.

    python benchmarks/banners.py FOLDER…

Takes the pictures of the folders (with ../shared/photos/ordinary and ../shared/photos/scene-* where
none is given), covers their upper or lower edge with opaque banners, and compares; and the same for
all pairs of different pictures.
"""

from __future__ import annotations

import io
import json
import random
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from firsthand.media.pdq import Sampler, fingerprints, luma, quality, without_edge

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "photos"
SHARES = (0.035, 0.05, 0.06)
COLOURS = (((10, 10, 10), "white"), ((250, 250, 250), "black"), ((200, 20, 20), "white"))
LEAST_QUALITY = 50
RADII = (31, 36, 40, 46)

Hashes = dict[str, list[int]]


def hashes(picture: Image.Image) -> tuple[Hashes, int]:
    """Return the hashes of a picture by family, and its quality."""
    sampler = Sampler(*picture.size)
    sampler.take(luma(np.asarray(picture)))
    samples = sampler.samples()
    found = {"whole": fingerprints(samples), **without_edge(samples)}
    return {name: [int(one, 16) for one in each] for name, each in found.items()}, quality(samples)


def apart(one: Hashes, other: Hashes) -> tuple[int, int]:
    """Return the distance [bits] of the whole pictures, and that without an edge (256: none)."""
    by = {
        name: min((each ^ other[name][0]).bit_count() for each in one[name])
        for name in one
        if one[name] and other[name]
    }
    return by["whole"], min(by.get("top", 256), by.get("bottom", 256))


def copies(picture: Image.Image, chance: random.Random) -> Iterator[tuple[str, Image.Image]]:
    """Yield (place of the banner, copy)."""
    width, height = picture.size
    for place in ("top", "bottom"):
        for fill, ink in COLOURS:
            for share in SHARES:
                copy, high = picture.copy(), round(height * share)
                start = 0 if place == "top" else height - high
                draw = ImageDraw.Draw(copy)
                draw.rectangle((0, start, width, start + high - 1), fill=fill)
                draw.text((10, start + 2), "AGENCY NEWS @channel " * 3, fill=ink)
                if chance.random() < 0.3:
                    copy = ImageOps.mirror(copy)
                copy = copy.resize((int(width * 0.6), int(height * 0.6)))
                data = io.BytesIO()
                copy.save(data, "JPEG", quality=chance.choice((35, 60, 80)))
                yield place, Image.open(io.BytesIO(data.getvalue())).convert("RGB")


def measure(folders: list[Path]) -> dict[str, Any]:
    """Return distances of copies by place of the banner, and the nearest different pictures."""
    chance = random.Random(5)
    files = sorted(file for folder in folders for file in folder.rglob("*.jpg"))
    known: list[Hashes] = []
    found: dict[str, list[tuple[int, int]]] = {"top": [], "bottom": []}
    for file in files:
        picture = ImageOps.exif_transpose(Image.open(file)).convert("RGB")
        picture.thumbnail((1000, 1000))
        own, seen = hashes(picture)
        if seen < LEAST_QUALITY:
            continue
        known.append(own)
        for place, copy in copies(picture, chance):
            found[place].append(apart(own, hashes(copy)[0]))
    others = [apart(one, other) for one, other in combinations(known, 2)]
    return {
        "pictures": len(known),
        "copies": sum(map(len, found.values())),
        "copies_beyond": {
            place: {
                name: {str(radius): sum(pair[at] > radius for pair in pairs) for radius in RADII}
                | {"farthest": max(pair[at] for pair in pairs)}
                for at, name in enumerate(("whole", "without_edge"))
            }
            for place, pairs in found.items()
        },
        "different_pictures": {
            "pairs": len(others),
            "nearest_whole": min(pair[0] for pair in others),
            "nearest_without_edge": min(pair[1] for pair in others),
        },
    }


if __name__ == "__main__":
    given = [Path(name) for name in sys.argv[1:]]
    usual = [SHARED / name for name in ("ordinary", "scene-street", "scene-facade")]
    print(json.dumps(measure(given or usual), indent=2))
