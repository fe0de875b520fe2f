"""Files to measure with: deterministic, mixed in size, and quick to make."""

from __future__ import annotations

import hashlib
import os
import random
from pathlib import Path

COUNT = 2000
SEED = 20140615
POOL_BYTES = 16 << 20
# (share of the files, least size, largest size) [B]: notes and posts, photographs, scans, clips.
CLASSES = (
    (0.20, 200, 20_000),
    (0.64, 80_000, 700_000),
    (0.13, 700_000, 2_500_000),
    (0.03, 4_000_000, 20_000_000),
)


def _pool() -> bytes:
    # An extendable-output hash: pseudo-random bytes from a seed, at the speed of a hash.
    return hashlib.shake_128(str(SEED).encode()).digest(POOL_BYTES)


def sizes(count: int = COUNT) -> list[int]:
    """Return the sizes of the files [B], mixed, the same every time."""
    rng = random.Random(SEED)
    found = [
        rng.randint(low, high) for share, low, high in CLASSES for _ in range(round(count * share))
    ]
    rng.shuffle(found)
    return found


def make(folder: Path, count: int = COUNT) -> list[Path]:
    """Write the files below a folder, 100 in each folder; no two have the same bytes."""
    pool = _pool() + _pool()[: 1 << 20]
    rng = random.Random(SEED + 1)
    paths = []
    for number, size in enumerate(sizes(count)):
        path = folder / f"{number // 100:03}" / f"{number:05}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as stream:
            stream.write(number.to_bytes(8, "big"))
            left = size - 8
            while left > 0:
                start = rng.randrange(POOL_BYTES)
                left -= stream.write(pool[start : start + min(left, 1 << 20)])
        paths.append(path)
    return paths


def warm(paths: list[Path]) -> None:
    """Read every file once, so that the page cache holds it."""
    buffer = bytearray(1 << 20)
    for path in paths:
        with open(path, "rb", buffering=0) as stream:
            while stream.readinto(buffer):
                pass


def cold(paths: list[Path]) -> bool:
    """Ask the kernel to drop the files from the page cache; False where it cannot be asked."""
    if not hasattr(os, "posix_fadvise"):
        return False
    for path in paths:
        fd = os.open(path, os.O_RDONLY)
        try:
            os.fsync(fd)
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(fd)
    return True
