"""Which files of a log are what a signed root commits to, and the right bytes of the others.

The signed root proves the right edge of the tree, each hash of a tile proves the tile below it,
and each leaf hash proves an entry. So every file is judged by itself, a damaged one spoils no
other, and right bytes may come from any copy, or be computed from the level below.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, product

from firsthand.case.custody.shelf import Shelf, tile_place
from firsthand.tlog import TILE_WIDTH, Tile, encode_bundle, leaf_hash, node_hash, root
from firsthand.tlog.merkle import EMPTY_ROOT
from firsthand.tlog.tiles import TILE_HEIGHT

MOST_COMBINATIONS = 4096
"""Combinations of candidates for the right edge that are tried before giving up."""

Hashes = list[bytes]


@dataclass(frozen=True, slots=True)
class Fault:
    """A file that is not as it must be; ``right`` are bytes that are proved right, if any are."""

    path: str
    what: str
    entry: int | None = None
    right: bytes | None = field(default=None, repr=False)


@dataclass
class TreeCheck:
    """Checks the tree of ``size`` entries with a signed ``root`` (None: no signature vouches).

    The first shelf is the case itself; others are copies whose bytes may be used.
    """

    size: int
    root: bytes | None
    shelves: Sequence[Shelf]
    faults: list[Fault] = field(default_factory=list)
    proved: bool = False
    """Whether the signed root proves the right edge, without which nothing is proved."""

    def run(self) -> Iterator[tuple[int, list[bytes | None]]]:
        """Yield each bundle with its entries, from the left; None for one that is lost."""
        levels: dict[int, Hashes] = self._edge()
        for level in sorted(self._partial, reverse=True):
            index, width = self._partial[level]
            hashes = levels.get(level, [b""] * width)
            yield from self._tile(level, index, hashes, self.proved)

    @property
    def _partial(self) -> dict[int, tuple[int, int]]:
        """Index and width of the partial tile of each level that has one."""
        found, level = {}, 0
        while count := self.size >> TILE_HEIGHT * level:
            index, width = divmod(count, TILE_WIDTH)
            if width:
                found[level] = (index, width)
            level += 1
        return found

    # --- the right edge -----------------------------------------------------------------------

    def _edge(self) -> dict[int, Hashes]:
        stored = {
            level: _distinct([s.hashes(level, *place) for s in self.shelves], place[1])
            for level, place in self._partial.items()
        }
        if (found := self._proving(stored)) is not None:
            return found
        more = {
            level: _distinct(
                [*stored[level], *self._recomputed(level, *place), *_agreed(stored[level])],
                place[1],
            )
            for level, place in self._partial.items()
        }
        if (found := self._proving(more)) is not None:
            return found
        if self.root is not None:
            what = "entries do not have the root hash that is signed"
            self.faults.append(Fault("log/checkpoint", what))
        return {level: candidates[0] for level, candidates in more.items() if candidates}

    def _proving(self, candidates: dict[int, list[Hashes]]) -> dict[int, Hashes] | None:
        levels = sorted(candidates)
        if self.root is None:
            return None
        for chosen in islice(product(*(candidates[at] for at in levels)), MOST_COMBINATIONS):
            if _edge_root(chosen) == self.root:
                self.proved = True
                return dict(zip(levels, chosen, strict=True))
        return None

    def _recomputed(self, level: int, index: int, width: int) -> Iterator[Hashes]:
        """Yield the hashes of a tile as the level below gives them, and as most copies say."""
        found = [self._from_below(shelf, level, index, width) for shelf in self.shelves]
        yield from (hashes for hashes in found if b"" not in hashes)
        yield from _agreed([*found, *(s.hashes(level, index, width) for s in self.shelves)])

    def _from_below(self, shelf: Shelf, level: int, index: int, width: int) -> Hashes:
        """Return hashes computed from the level below; empty ones where it has gaps."""
        if level == 0:
            hashes = [leaf_hash(entry) for entry in shelf.entries(index, width)]
            return hashes + [b""] * (width - len(hashes))
        above: Hashes = []
        for child in range(index * TILE_WIDTH, index * TILE_WIDTH + width):
            hashes = shelf.hashes(level - 1, child, TILE_WIDTH)
            if len(hashes) < TILE_WIDTH:
                hashes = self._from_below(shelf, level - 1, child, TILE_WIDTH)
            above.append(b"" if b"" in hashes else root(hashes))
        return above

    # --- from above to below ------------------------------------------------------------------

    def _tile(
        self, level: int, index: int, hashes: Hashes, proved: bool
    ) -> Iterator[tuple[int, list[bytes | None]]]:
        """Compare one tile with what it must be, then everything below it."""
        tile = Tile(level, index, len(hashes))
        first = index << TILE_HEIGHT * (level + 1)
        whole = b"" not in hashes
        there = self.shelves[0].read(tile_place(tile))
        if there is None or not whole or there != b"".join(hashes):
            known = there if there is not None else b""
            at = next(
                (n for n, each in enumerate(hashes) if known[32 * n : 32 * n + 32] != each), 0
            )
            self._fault(
                tile_place(tile),
                first + (at << TILE_HEIGHT * level),
                b"".join(hashes) if proved and whole else None,
            )
        if level == 0:
            yield index, self._bundle(index, hashes, proved)
            return
        for number, expected in enumerate(hashes, index * TILE_WIDTH):
            below, sure = self._below(level - 1, number, expected)
            yield from self._tile(level - 1, number, below, sure and proved)

    def _below(self, level: int, index: int, expected: bytes) -> tuple[Hashes, bool]:
        """Return the hashes of a full tile, and whether the hash above proves them."""
        stored = [s.hashes(level, index, TILE_WIDTH) for s in self.shelves]
        for hashes in stored:
            if len(hashes) == TILE_WIDTH and root(hashes) == expected:
                return hashes, True
        for hashes in self._recomputed(level, index, TILE_WIDTH):
            if root(hashes) == expected:
                return hashes, True
        full = [hashes for hashes in stored if len(hashes) == TILE_WIDTH]
        return (full[0] if full else [b""] * TILE_WIDTH), False

    def _bundle(self, index: int, hashes: Hashes, proved: bool) -> list[bytes | None]:
        width = len(hashes)
        place = tile_place(Tile(None, index, width))
        found: list[bytes | None] = [None] * width
        for number, shelf in enumerate(self.shelves):
            entries = shelf.entries(index, width)
            for at, entry in enumerate(entries):
                if found[at] is None and leaf_hash(entry) == hashes[at]:
                    found[at] = entry
            if number == 0:
                wrong = next((at for at in range(width) if found[at] is None), None)
                if wrong is None and shelf.read(place) == encode_bundle(_whole(found)):
                    return found
            if None not in found:
                break
        lost = None in found
        right = encode_bundle(_whole(found)) if proved and not lost else None
        self._fault(place, index * TILE_WIDTH + (wrong or 0), right)
        return found

    def _fault(self, place: str, entry: int, right: bytes | None) -> None:
        what = "damaged" if self.shelves[0].there(place) else "missing"
        self.faults.append(Fault(place, what, entry, right))


def _whole(entries: Sequence[bytes | None]) -> list[bytes]:
    return [entry for entry in entries if entry is not None]


def _distinct(candidates: Sequence[Hashes], width: int) -> list[Hashes]:
    return [list(h) for h in dict.fromkeys(tuple(h) for h in candidates if len(h) == width)]


def _agreed(candidates: Sequence[Hashes]) -> Iterator[Hashes]:
    """Yield the hashes on which most candidates agree, place by place, if there is one each."""
    width = max(map(len, candidates), default=0)
    chosen: Hashes = []
    for at in range(width):
        votes = Counter(h[at] for h in candidates if at < len(h) and h[at])
        if not votes:
            return
        chosen.append(votes.most_common(1)[0][0])
    if chosen:
        yield chosen


def _edge_root(tiles: Sequence[Hashes]) -> bytes:
    """Return the root of a tree from its partial tiles, lowest level first (RFC 6962, 2.1)."""
    result: bytes | None = None
    for hashes in tiles:
        end = len(hashes)
        while end:
            width = end & -end  # the lowest peak stands furthest right
            peak = root(hashes[end - width : end])
            result = peak if result is None else node_hash(peak, result)
            end -= width
    return EMPTY_ROOT if result is None else result
