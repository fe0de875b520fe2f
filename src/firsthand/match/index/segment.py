"""One part of an index: up to 65,536 pictures, their codes sorted by word, in mapped files.

=============  ==========  ===================================================================
file           bytes each  what
=============  ==========  ===================================================================
``names``      32 / pict.  digest of each picture, ascending; its place is the picture's number
``starts``     4 / word    where the codes of each word begin, and the end
``low``        8 / code    first 64 bits
``high``       8 / code    other 64 bits
``geometry``   4 / code    x, y, scale, angle (:data:`firsthand.match.local.codes.CODE`)
``pictures``   2 / code    number of the picture
=============  ==========  ===================================================================

All numbers are little-endian. With 300 codes a picture takes 6.6 kB and its share of ``starts``.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firsthand.case.files import Files, storage_error
from firsthand.match.local.codes import WORDS
from firsthand.model.canonical import Json
from firsthand.model.errors import StorageFailed

MOST = 1 << 16
"""Pictures of one segment: their numbers have 16 bits."""

NAME = 32
"""Bytes of a name: a SHA-256 digest."""

_SHAPES: Mapping[str, tuple[str, int]] = {
    "names": ("u1", NAME),
    "starts": ("<u4", 1),
    "low": ("<u8", 1),
    "high": ("<u8", 1),
    "geometry": ("u1", 4),
    "pictures": ("<u2", 1),
}
_SMALL = ("names", "starts")
"""Files whose digest is checked whenever the index is opened."""

Array = NDArray[Any]
Column = Callable[[str], Array]


@dataclass(frozen=True)
class Segment:
    """The arrays of one segment; ``alive``: which pictures were not removed, None for all."""

    folder: Path
    about: Json
    names: NDArray[np.uint8]
    starts: NDArray[np.uint32]
    low: NDArray[np.uint64]
    high: NDArray[np.uint64]
    geometry: NDArray[np.uint8]
    pictures: NDArray[np.uint16]
    alive: NDArray[np.bool_] | None

    def __len__(self) -> int:
        """Return how many pictures it holds, removed ones included."""
        return len(self.names)

    def name(self, number: int) -> bytes:
        """Return the digest of a picture."""
        return bytes(self.names[number].tobytes())

    def find(self, names: Sequence[bytes]) -> NDArray[np.int64]:
        """Return the number of each picture that it holds and that was not removed, or -1."""
        asked = np.frombuffer(b"".join(names), np.uint8).reshape(-1, NAME)
        keys, sought = _head(self.names), _head(asked)
        left, right = (np.searchsorted(keys, sought, side) for side in ("left", "right"))
        at = np.full(len(names), -1, np.int64)
        for step in range(int((right - left).max(initial=0))):  # once, but for equal beginnings
            there = np.minimum(left + step, len(self) - 1)
            same = (left + step < right) & (self.names[there] == asked).all(axis=1)
            at[same] = there[same]
        if self.alive is not None and len(at):
            at[(at >= 0) & ~self.alive[at]] = -1
        return at

    def words(self) -> NDArray[np.uint16]:
        """Return the word of each code."""
        return np.repeat(np.arange(WORDS, dtype=np.uint16), self.sizes())

    def sizes(self) -> NDArray[np.int64]:
        """Return how many codes each word has."""
        starts = self.starts.astype(np.int64)
        return np.asarray(starts[1:] - starts[:-1], np.int64)


def _head(names: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return the first eight bytes as numbers, in whose order names are."""
    return np.ascontiguousarray(names[:, :8]).view(">u8").ravel().astype(np.uint64)


def opened(folder: Path, about: Json) -> Segment:
    """Map a segment that index.json speaks of.

    Raises
    ------
    StorageFailed
        When a file is missing, has another size than when it was written, or small ones (names and
        starts) another digest. :func:`damaged` reads all.
    """
    arrays: dict[str, Array] = {}
    for name, (kind, wide) in _SHAPES.items():
        path, said = folder / f"{name}.bin", about["files"][name]
        size = path.stat().st_size
        if size != said["bytes"] or (name in _SMALL and _digest(path) != said["sha256"]):
            raise StorageFailed(
                f"part {folder.name} of the index is damaged",
                why=f"{path.name} is not as it was written",
                hint="delete the folder of the index and build it again; it is made from the case",
            )
        made: Array = np.memmap(path, kind, "r") if size else np.zeros(0, kind)
        arrays[name] = np.asarray(made.reshape(-1, wide) if wide > 1 else made)
    alive = None
    if about["removed"]:
        alive = np.ones(len(arrays["names"]), bool)
        alive[about["removed"]] = False
    return Segment(folder=folder, about=about, alive=alive, **arrays)


def damaged(folder: Path, about: Json) -> list[str]:
    """Return the files of a segment that are not what was written; reads all of them."""
    return [
        f"{folder.name}/{name}.bin"
        for name, said in about["files"].items()
        if not (path := folder / f"{name}.bin").is_file() or _digest(path) != said["sha256"]
    ]


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write(
    folder: Path,
    names: NDArray[np.uint8],
    words: NDArray[np.uint16],
    pictures: NDArray[np.uint16],
    column: Column,
    files: Files,
) -> Json:
    """Write a segment and flush it to the disk; return what index.json says of it.

    Parameters
    ----------
    names
        Digests, ascending, shape (pictures, 32).
    words, pictures
        Word and number of the picture of each code, in any order.
    column
        Returns ``low``, ``high`` and ``geometry`` of each code in the same order; asked for one
        after another, so that not all need memory at a time.
    """
    order = np.argsort(words, kind="stable")
    starts = np.zeros(WORDS + 1, "<u4")
    np.cumsum(np.bincount(words, minlength=WORDS), out=starts[1:])
    made: dict[str, Json] = {}
    try:
        files.make_dir(folder)
        made["names"] = _file(folder, "names", names, files)
        made["starts"] = _file(folder, "starts", starts, files)
        made["pictures"] = _file(folder, "pictures", pictures[order], files)
        for name in ("low", "high", "geometry"):
            made[name] = _file(folder, name, column(name)[order], files)
        files.sync_dir(folder)
        files.sync_dir(folder.parent)
    except OSError as error:
        raise storage_error(error, "write the index") from error
    return {"pictures": len(names), "codes": len(words), "files": made, "removed": []}


def _file(folder: Path, name: str, values: Array, files: Files) -> Json:
    data = np.ascontiguousarray(values, _SHAPES[name][0]).reshape(-1).view(np.uint8).data
    digest = hashlib.sha256(data).hexdigest()
    fd = files.create(folder / f"{name}.bin")
    try:
        files.extend(fd, data)
        files.flush(fd)
    finally:
        os.close(fd)
    return {"bytes": len(data), "sha256": digest}
