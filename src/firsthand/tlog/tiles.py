"""Tiles: which files a log of a given size has, and how their paths are written.

References
----------
C2SP tlog-tiles (https://c2sp.org/tlog-tiles).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from firsthand.model.errors import BadInput
from firsthand.tlog.merkle import MAX_SIZE

TILE_WIDTH = 256
"""Hashes of a full tile, and entries of a full bundle."""

TILE_HEIGHT = 8
"""Levels of the tree that one level of tiles stands for: 256 is two to the eighth."""

MAX_LEVEL = 63
"""Highest tile level that the notation has (no tree of 2**63 - 1 leaves passes level 7)."""

_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/"
    r"(?P<index>(?:x[0-9]{3}/)*[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Address of a hash tile, or of an entry bundle when ``level`` is None.

    ``width`` is the number of hashes or entries in it; 256 is a full tile.

    Raises
    ------
    BadInput
        For a level, index or width that no tile has.
    """

    level: int | None
    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        level = 0 if self.level is None else self.level
        if not (0 <= level <= MAX_LEVEL and 0 <= self.index <= MAX_SIZE):
            raise BadInput("no such tile", why=f"level {self.level}, index {self.index}")
        if not 1 <= self.width <= TILE_WIDTH:
            raise BadInput("no such tile", why=f"width {self.width}")

    @property
    def path(self) -> str:
        """Path below the log's folder or prefix.

        >>> Tile(0, 1234067).path, Tile(None, 0, 5).path
        ('tile/0/x001/x234/067', 'tile/entries/000.p/5')
        """
        groups = [f"{self.index % 1000:03d}"]
        rest = self.index // 1000
        while rest:
            groups.append(f"x{rest % 1000:03d}")
            rest //= 1000
        level = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"

    @classmethod
    def parse(cls, path: str) -> Tile:
        """Read a path in its only spelling.

        Raises
        ------
        BadInput
            When it is not the path of a tile or an entry bundle.
        """
        match = _PATH.fullmatch(path)
        # The longest index has 19 digits; a hostile path must not make int() work for long.
        if match is None or len(path) > 80:
            raise BadInput("not a tile path", why=f"{path[:80]!r}")
        level = None if match["level"] == "entries" else int(match["level"])
        index = int(match["index"].replace("x", "").replace("/", ""))
        tile = cls(level, index, int(match["width"] or TILE_WIDTH))
        if tile.path != path:
            raise BadInput("not a tile path", why=f"{path!r} is written {tile.path!r}")
        return tile


def _check_size(size: int) -> None:
    if not 0 <= size <= MAX_SIZE:
        raise BadInput("not a tree size", why=f"{size}")


def _row(level: int | None, count: int) -> Iterator[Tile]:
    for index in range(count // TILE_WIDTH):
        yield Tile(level, index)
    if count % TILE_WIDTH:
        yield Tile(level, count // TILE_WIDTH, count % TILE_WIDTH)


def hash_tiles(size: int) -> Iterator[Tile]:
    """List the hash tiles of the tree of ``size`` leaves: level by level, from the left.

    Raises
    ------
    BadInput
        When the size is negative or above 2**63 - 1.

    References
    ----------
    C2SP tlog-tiles, "Partial Tiles": 70,000 leaves make 273 full tiles and one of width 112 at
    level 0, one full and one of width 17 at level 1, one of width 1 at level 2.

    >>> [tile.path for tile in hash_tiles(256)]
    ['tile/0/000', 'tile/1/000.p/1']
    """
    _check_size(size)
    level, count = 0, size
    while count:
        yield from _row(level, count)
        level, count = level + 1, count // TILE_WIDTH


def entry_bundles(size: int) -> Iterator[Tile]:
    """List the entry bundles of the log of ``size`` entries, from the left.

    Raises
    ------
    BadInput
        When the size is negative or above 2**63 - 1.
    """
    _check_size(size)
    yield from _row(None, size)


def tile_at(level: int | None, index: int, size: int) -> Tile:
    """Return the tile or bundle with this level and index, as wide as a tree of ``size`` has it.

    Raises
    ------
    BadInput
        When the tree does not reach it.
    """
    _check_size(size)
    count = size >> TILE_HEIGHT * (level or 0)
    width = min(TILE_WIDTH, count - index * TILE_WIDTH)
    if width < 1:
        raise BadInput("no such tile", why=f"level {level}, index {index}, tree of {size}")
    return Tile(level, index, width)
