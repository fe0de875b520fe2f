"""One copy of a log as it lies in a folder, read without trusting anything in it.

Files may be missing, cut off, of another size of the log, links or pipes. What cannot be read is
simply not there; what can be read is a candidate that somebody else has to prove right.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from firsthand.tlog import TILE_WIDTH, Tile
from firsthand.tlog.merkle import HASH_BYTES

MAX_FILE = 1 << 30
"""Longest file of openings, or beside the log, that is read as a whole [bytes]."""
MAX_TILE = 256 * (2 + 65_535)
"""Longest file of a log [bytes]: a bundle of 256 entries (docs/case-format.md, "Entry")."""


class Shelf:
    """Reads tiles, bundles and openings of a case folder by their place in the tree."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a regular file below the folder, or None."""
        path, most = self.root / name, MAX_TILE if name.startswith("log/") else MAX_FILE
        try:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
            with os.fdopen(os.open(path, flags), "rb") as stream:
                found = os.fstat(stream.fileno())
                if not stat.S_ISREG(found.st_mode) or found.st_size > most:
                    return None
                return stream.read(most)
        except OSError:
            return None

    def there(self, name: str) -> bool:
        """Tell whether something has this name, whatever it is."""
        return os.path.lexists(self.root / name)

    def files(self, folder: str) -> list[str]:
        """Return the files below a folder, sorted; links are listed and not followed."""
        found: list[str] = []
        for above, _, names in os.walk(self.root / folder):
            base = Path(above).relative_to(self.root)
            found += [(base / name).as_posix() for name in names]
        return sorted(found)

    def hashes(self, level: int, index: int, width: int) -> list[bytes]:
        """Return hashes of a tile from its start: as many as any file of it has."""
        best: list[bytes] = []
        for data in self._variants(Tile(level, index, width), "log"):
            whole = len(data) // HASH_BYTES * HASH_BYTES
            found = [data[at : at + HASH_BYTES] for at in range(0, whole, HASH_BYTES)]
            if len(found) >= width:
                return found[:width]
            best = max(best, found, key=len)
        return best

    def entries(self, index: int, width: int) -> list[bytes]:
        """Return entries of a bundle from its start, as far as they can be cut."""
        best: list[bytes] = []
        for data in self._variants(Tile(None, index, width), "log"):
            found = list(_cut(data))[:width]
            if len(found) >= width:
                return found
            best = max(best, found, key=len)
        return best

    def lines(self, index: int, width: int) -> list[bytes]:
        """Return the lines of openings of a bundle, each without its newline."""
        tile = Tile(None, index, width)
        files = self._variants(tile, "openings")
        return [line for data in files for line in data.split(b"\n") if line]

    def _variants(self, tile: Tile, folder: str) -> Iterator[bytes]:
        """Yield the file of a tile or bundle, then those of the same one in other widths."""
        exact = self.read(_place(tile, folder))
        if exact is not None:
            yield exact
        full = Tile(tile.level, tile.index)
        try:
            widths = set(os.listdir(self.root / f"{_place(full, folder)}.p"))
        except OSError:
            widths = set()
        there = (w for w in range(TILE_WIDTH - 1, 0, -1) if str(w) in widths)
        for other in (full, *(Tile(tile.level, tile.index, w) for w in there)):
            if other != tile and (data := self.read(_place(other, folder))) is not None:
                yield data


def _place(tile: Tile, folder: str) -> str:
    # Openings have the names of the entry bundles (docs/case-format.md).
    if folder == "openings":
        return f"openings/{tile.path.removeprefix('tile/entries/')}"
    return f"log/{tile.path}"


def tile_place(tile: Tile) -> str:
    """Return where a tile or bundle lies below a case folder."""
    return _place(tile, "log")


def openings_place(index: int, width: int) -> str:
    """Return where the openings of a bundle lie below a case folder."""
    return _place(Tile(None, index, width), "openings")


def _cut(data: bytes) -> Iterator[bytes]:
    at = 0
    while at + 2 <= len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if end > len(data):
            return
        yield data[at + 2 : end]
        at = end
