"""Which pictures the suite attacks, by slice and half, and which nobody looks for.

Photographs come from ``../shared/photos`` and from the data of scikit-image and scikit-learn where
these are; they are read, never copied into the project. Halves never share a picture: thresholds
are tuned on one (``tune``), and the other (``report``) is only ever reported.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from placed import Image, structure
from plain_scenes import KINDS, plain
from rendered import photograph

HALVES = ("tune", "report")
SLICES = ("real", "rendered", "low_texture")
PHOTOS = Path(__file__).resolve().parents[3] / "shared" / "photos"
RENDERED = 25
"""Rendered places in each half."""
PLAIN = 4
"""Plain pictures of each kind in each half."""
LEAST_SIDE = 256
"""Photographs with a shorter side [px] are left out: an eighth of them shows nothing to anyone."""
LOW_TEXTURE = 0.25
"""Photographs that show something in less of their area are of the slice with low texture."""
SAME = 60
"""PDQ distance [bits of 256] up to which two originals are taken for one photograph."""

PACKAGED = (
    ("skimage", "data", "astronaut.png brick.png camera.png cell.png chelsea.png clock_motion.png "
     "coffee.png coins.png grass.png gravel.png hubble_deep_field.jpg ihc.png moon.png "
     "motorcycle_left.png retina.jpg rocket.jpg"),
    ("sklearn", "datasets/images", "china.jpg flower.jpg"),
)  # fmt: skip
"""Photographs inside Python packages. FIRSTHAND_BENCH_PACKAGES names a folder with unpacked ones,
for where they are not installed."""


@dataclass(frozen=True)
class Original:
    """A picture by name and slice; ``path`` is its file, or None when it is drawn."""

    name: str
    slice: str
    make: Callable[[], Image] = field(repr=False, compare=False)
    path: Path | None = None

    @cached_property
    def image(self) -> Image:
        """Return its pixels (h, w, 3), blue first."""
        return self.make()


@dataclass(frozen=True)
class Cast:
    """All pictures of a run.

    ``originals`` are looked for. Nobody looks for ``negatives``, which are attacked like originals,
    nor for ``fillers``, which lie beside originals. ``decoys`` are in the index, dressed as attacks
    dress pictures, and show what no query shows.
    """

    originals: list[Original]
    negatives: list[Original]
    fillers: list[Original]
    decoys: list[Original]


def cast(half: str, slices: Sequence[str] = SLICES, first: int | None = None) -> Cast:
    """Return the pictures of a half; ``first`` limits originals of each slice, and the others."""
    other = HALVES[1 - HALVES.index(half)]
    own = [each for each in (*_rendered(half), *_plain(half), *_real(half)) if each.slice in slices]
    chosen = [
        each
        for name in slices
        for each in _unlike([one for one in own if one.slice == name], first)
    ]
    spare = [each for each in _real(other) if each.slice == "real"]
    few = None if first is None else max(2, first // 2)
    return Cast(
        chosen,
        negatives=_some(spare[0::2], 8, few) + _drawn(62, 4, few) + _plain_of(8, 4, few),
        fillers=_some(spare[1::4], 8, few) + _drawn(50, 3, few),
        decoys=_some(spare[3::4], 8, few) + _drawn(54, 8, few) + _plain_of(9, 6, few),
    )


def _some(found: list[Original], most: int, first: int | None) -> list[Original]:
    return found[: most if first is None else min(most, first)]


def _drawn(begin: int, count: int, first: int | None) -> list[Original]:
    return _some([_place(number) for number in range(begin, begin + count)], count, first)


def _plain_of(seed: int, count: int, first: int | None) -> list[Original]:
    return _some([_plain_one(kind, seed) for kind in KINDS], count, first)


def _place(number: int) -> Original:
    return Original(f"place{number:03}", "rendered", partial(photograph, number))


def _plain_one(kind: str, seed: int) -> Original:
    return Original(f"{kind}{seed}", "low_texture", partial(plain, kind, seed))


def _rendered(half: str) -> list[Original]:
    begin = RENDERED * HALVES.index(half)
    return [_place(number) for number in range(begin, begin + RENDERED)]


def _plain(half: str) -> list[Original]:
    begin = PLAIN * HALVES.index(half)
    return [_plain_one(kind, seed) for seed in range(begin, begin + PLAIN) for kind in KINDS]


def read(path: Path) -> Image:
    """Return the pixels of a file."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"{path.name} cannot be read")
    return np.asarray(image, np.uint8)


def _of_file(path: Path, prefix: str = "") -> Original | None:
    image = read(path)
    if min(image.shape[:2]) < LEAST_SIDE:
        return None
    which = "real" if structure(image) >= LOW_TEXTURE else "low_texture"
    return Original(prefix + path.stem, which, partial(read, path), path)


def _real(half: str) -> list[Original]:
    """Return photographs; those with little in them say so by their slice."""
    at = HALVES.index(half)
    # The tables that the program brings were trained on the even ones: those are for tuning.
    files = [(path, "") for path in sorted((PHOTOS / "ordinary").glob("*.jpg"))[at::2]]
    scenes = ("scene-street", "scene-facade")
    first = PHOTOS / scenes[at] / "s00.jpg"
    if first.is_file():
        files.append((first, f"{scenes[at]}-"))
    else:
        print("../shared/photos is absent: its photographs are left out", file=sys.stderr)
    packaged = sorted(_packaged(), key=lambda each: hashlib.sha256(each.read_bytes()).digest())
    files += [(path, "pkg-") for path in packaged[at::2]]
    found = (_of_file(path, prefix) for path, prefix in files)
    return [each for each in found if each is not None]


def _packaged() -> Iterator[Path]:
    unpacked = os.environ.get("FIRSTHAND_BENCH_PACKAGES")
    for package, folder, names in PACKAGED:
        spec = find_spec(package)
        roots = [Path(each) for each in (spec.submodule_search_locations or ())] if spec else []
        if unpacked:
            roots.append(Path(unpacked) / package)
        here = [root / folder for root in roots if (root / folder).is_dir()]
        if not here:
            print(f"{package} is not installed: its photographs are left out", file=sys.stderr)
            continue
        yield from (here[0] / name for name in names.split() if (here[0] / name).is_file())


def _unlike(found: Sequence[Original], first: int | None) -> list[Original]:
    """Return originals without second copies of one photograph; else none can say what is wrong.

    Photographs alone are looked at: drawn pictures differ by their seeds.
    """
    from firsthand.media.pdq import pdq

    kept: list[Original] = []
    codes: list[np.ndarray] = []
    for each in found:
        if first is not None and len(kept) == first:
            break
        if each.path is not None:
            plane = cv2.resize(each.image, (512, 512), interpolation=cv2.INTER_AREA)
            hashes, quality = pdq(cv2.cvtColor(plane, cv2.COLOR_BGR2RGB))
            bits = np.array([[*bytes.fromhex(code)] for code in hashes], np.uint8)
            apart = [int(np.bitwise_count(bits ^ one[:1]).sum(axis=1).min()) for one in codes]
            if quality >= 50 and apart and min(apart) <= SAME:
                print(f"{each.name} is a second copy and left out", file=sys.stderr)
                continue
            if quality >= 50:
                codes.append(bits)
        kept.append(each)
    return kept
