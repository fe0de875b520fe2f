"""A tree held in tiles: growing it, and reading hashes and proofs from it without its leaves.

References
----------
C2SP tlog-tiles (https://c2sp.org/tlog-tiles).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

from firsthand.model.errors import BadInput
from firsthand.tlog.bundles import decode_bundle, encode_bundle, split_bundles
from firsthand.tlog.inclusion import is_subtree, split
from firsthand.tlog.merkle import (
    EMPTY_ROOT,
    HASH_BYTES,
    MAX_SIZE,
    Frontier,
    node_hash,
    pair_hashes,
    root,
)
from firsthand.tlog.tiles import TILE_HEIGHT, TILE_WIDTH, Tile, tile_at

Read = Callable[[str], bytes]
"""Gives the bytes of a tile by its path; whatever it raises is passed on."""

_CACHED_TILES = 128


def _no_tiles(path: str) -> bytes:
    raise BadInput("tile is missing", why=path)


def split_hashes(data: bytes, width: int) -> list[bytes]:
    """Read the hashes of a hash tile that must have ``width`` of them.

    Raises
    ------
    BadInput
        When the bytes are not ``width`` times 32.
    """
    if len(data) != width * HASH_BYTES:
        raise BadInput("cannot read hash tile", why=f"{len(data)} bytes for {width} hashes")
    return [data[start : start + HASH_BYTES] for start in range(0, len(data), HASH_BYTES)]


def grow_tiles(leaves: Sequence[bytes], size: int = 0, read: Read = _no_tiles) -> dict[str, bytes]:
    """Compute the hash tiles that are new when leaf hashes are added to a tree of ``size`` leaves.

    Gives path and bytes of each tile of the larger tree that the smaller one did not have. From
    the smaller tree only its partial tiles are read (at most one for each level). With ``size`` 0
    these are all tiles of the tree.

    Raises
    ------
    BadInput
        When a leaf hash has not 32 bytes, a tile read has another length, or sizes are out of
        range.
    """
    if not 0 <= size <= MAX_SIZE - len(leaves):
        raise BadInput("not a tree size", why=f"{size} and {len(leaves)} more")
    if any(len(leaf) != HASH_BYTES for leaf in leaves):
        raise BadInput("not a leaf hash", why=f"a hash has {HASH_BYTES} bytes")
    written: dict[str, bytes] = {}
    level, new = 0, list(leaves)
    while new:
        index, width = divmod(size >> TILE_HEIGHT * level, TILE_WIDTH)
        if width:
            new = split_hashes(read(Tile(level, index, width).path), width) + new
        above: list[bytes] = []
        for start in range(0, len(new), TILE_WIDTH):
            tile = new[start : start + TILE_WIDTH]
            written[Tile(level, index, len(tile)).path] = b"".join(tile)
            if len(tile) == TILE_WIDTH:
                above.append(root(tile))
            index += 1
        level, new = level + 1, above
    return written


def grow_bundles(
    entries: Sequence[bytes], size: int = 0, read: Read = _no_tiles
) -> dict[str, bytes]:
    """Compute the entry bundles that are new when entries are added to a log of ``size`` entries.

    Raises
    ------
    BadInput
        For an entry of more than 65,535 bytes, or a partial bundle that cannot be read.
    """
    if not 0 <= size <= MAX_SIZE - len(entries):
        raise BadInput("not a tree size", why=f"{size} and {len(entries)} more")
    written: dict[str, bytes] = {}
    for index, piece in split_bundles(size, entries):
        width = size - index * TILE_WIDTH
        if width > 0:
            piece = decode_bundle(read(Tile(None, index, width).path), width) + piece
        written[Tile(None, index, len(piece)).path] = encode_bundle(piece)
    return written


class TileHashes:
    """Hashes of the tree of ``size`` leaves, read from its tiles as they are needed.

    Pass :meth:`range_hash` to the functions that make proofs. Reads a few tiles for each hash,
    never the leaves, and keeps the newest 128 in memory (about 40 KB each). The tiles are not
    checked: a changed tile gives a proof that fails, so check what was made before giving it away.
    :meth:`root` reads the right edge only; it is no check of the tiles below.

    Raises
    ------
    BadInput
        When the size is negative or above 2**63 - 1.
    """

    def __init__(self, size: int, read: Read) -> None:
        if not 0 <= size <= MAX_SIZE:
            raise BadInput("not a tree size", why=f"{size}")
        self.size = size
        self._read = read
        self._cache: OrderedDict[Tile, list[list[bytes]]] = OrderedDict()

    def _levels(self, tile: Tile) -> list[list[bytes]]:
        """Return the hashes of a tile and of the complete nodes above them, level by level."""
        levels = self._cache.get(tile)
        if levels is None:
            levels = [split_hashes(self._read(tile.path), tile.width)]
            while len(levels) < TILE_HEIGHT and len(levels[-1]) > 1:
                levels.append(pair_hashes(levels[-1]))
            self._cache[tile] = levels
            if len(self._cache) > _CACHED_TILES:
                self._cache.popitem(last=False)
        return levels

    def _node(self, height: int, index: int) -> bytes:
        """Return the hash of the complete subtree number ``index`` of ``2**height`` leaves."""
        level, above = divmod(height, TILE_HEIGHT)
        tile, start = divmod(index << above, TILE_WIDTH)
        return self._levels(tile_at(level, tile, self.size))[above][start >> above]

    def range_hash(self, start: int, end: int) -> bytes:
        """Return the Merkle tree hash of the leaves ``[start, end)``.

        Raises
        ------
        BadInput
            When the range is no subtree or reaches past the tree, or a tile has a wrong length.
        """
        if not is_subtree(start, end) or end > self.size:
            raise BadInput("no such subtree", why=f"[{start}, {end}) of {self.size}")
        if start == end:
            return EMPTY_ROOT
        complete: list[bytes] = []
        while start < end:
            width = end - start
            part = width if width & (width - 1) == 0 else split(width)
            height = part.bit_length() - 1
            complete.append(self._node(height, start >> height))
            start += part
        result = complete.pop()
        while complete:
            result = node_hash(complete.pop(), result)
        return result

    def root(self) -> bytes:
        """Return the root of the tree."""
        return self.range_hash(0, self.size)

    def frontier(self) -> Frontier:
        """Return the tree as a :class:`~firsthand.tlog.merkle.Frontier`, ready to grow."""
        peaks, start = [], 0
        for height in reversed(range(self.size.bit_length())):
            if self.size >> height & 1:
                peaks.append(self._node(height, start >> height))
                start += 1 << height
        return Frontier(self.size, peaks)
