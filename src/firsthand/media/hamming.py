"""Exact search among codes of 256 bits: everything within so many bits, nothing missed.

A missed copy would be a wrong "first seen", so there is no approximate index here. Few codes are
compared one by one. Of many, only those are compared that share a part with what is sought:
two codes that differ in at most ``radius`` of 256 bits differ little in at least one of 16 parts
of 16 bits each, so that looking up each part and its near neighbours finds them all.

References
----------
M. Norouzi, A. Punjani, D. J. Fleet, "Fast Exact Search in Hamming Space with Multi-Index Hashing",
IEEE TPAMI 36(6), 2014, doi:10.1109/TPAMI.2013.231, section 3.2 (radius of each part).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

BITS = 256
_BYTES = BITS // 8
_PARTS = 16
_VALUES = 1 << 16
_WORTH = 1 << 16
"""From so many codes on an index of parts is quicker than comparing (benchmarks/hamming.py)."""
_BLOCK = 1 << 16
_CANDIDATES = 1 << 19
"""Pairs that are compared at once: about 60 MB of memory."""
_FARTHEST = 47  # parts are looked up with at most two bits changed; beyond that, all is compared
_DEAR = 100  # times as long as comparing in order takes looking up and comparing one candidate

Codes = NDArray[np.uint8]
Words = NDArray[np.uint64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Matches:
    """Pairs of places: in the queries and among the codes, and how far apart [bits]."""

    query: Places
    item: Places
    bits: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.query)


class HashIndex(Protocol):
    """Codes of 256 bits that can be searched; every backend must find exactly the same."""

    def __len__(self) -> int: ...

    def search(self, queries: Codes, radius: int) -> Matches:
        """Return all codes within the radius [bits] of each query, ordered by query and place."""

    def pairs(self, radius: int) -> Iterator[Matches]:
        """Yield all pairs of places ``query < item`` within the radius, each once, in portions."""


def codes_of(hashes: Sequence[str]) -> Codes:
    """Return codes [n, 32] of hashes of 64 hexadecimal digits."""
    return np.frombuffer(bytes.fromhex("".join(hashes)), np.uint8).reshape(-1, _BYTES)


def hash_index(codes: Codes) -> HashIndex:
    """Return the index that suits so many codes [n, 32]."""
    return PartIndex(codes) if len(codes) >= _WORTH else FlatIndex(codes)


def _words(codes: Codes) -> Words:
    if codes.ndim != 2 or codes.shape[1] != _BYTES or codes.dtype != np.uint8:
        raise ValueError(f"codes must be bytes of shape [n, {_BYTES}], not {codes.shape}")
    return np.ascontiguousarray(codes).view(np.uint64)


def _bits(differing: Words) -> NDArray[np.uint16]:
    """Return the number of ones in each row of four words."""
    found = np.bitwise_count(differing).view(np.uint32).ravel()
    # Four counts of at most 64 stand in one word; sums of two fit a byte, the last does not.
    found = (found & 0x00FF00FF) + (found >> 8 & 0x00FF00FF)
    return ((found & 0xFFFF) + (found >> 16)).astype(np.uint16)


class FlatIndex:
    """Compares every code, block by block."""

    def __init__(self, codes: Codes) -> None:
        """Keep the codes [n, 32]; 32 bytes for each."""
        self._codes = _words(codes)

    def __len__(self) -> int:
        return len(self._codes)

    def search(self, queries: Codes, radius: int) -> Matches:
        """Return all codes within the radius [bits] of each query, ordered by query and place."""
        return _joined([_scan(self._codes, _words(queries), radius, 0)], sort=True)

    def pairs(self, radius: int) -> Iterator[Matches]:
        """Yield all pairs of places ``query < item`` within the radius, each once, in portions."""
        for start in range(0, len(self), 1024):
            block = self._codes[start : start + 1024]
            found = _scan(self._codes[start:], block, radius, start, after=True)
            yield Matches(found.query + start, found.item, found.bits)


def _scan(codes: Words, queries: Words, radius: int, base: int, *, after: bool = False) -> Matches:
    """Compare all with all; places of codes begin at ``base``.

    ``after``: queries are the first of the codes, and only those behind each are of interest.
    """
    # Imports the compiler, which takes half a second.
    from firsthand.media.hamming_loops import NOWHERE, compare

    found: list[Matches] = []
    if radius < 0 or not len(queries):
        return _joined(found, sort=False)
    room = max(_BLOCK, min(_CANDIDATES, len(codes) * len(queries)))
    query, item = np.empty(room, np.int64), np.empty(room, np.int64)
    bits = np.empty(room, np.uint16)
    # A block of codes meets every query while it is in the processor's cache.
    for start in range(0, len(codes), _BLOCK):
        block = codes[start : start + _BLOCK]
        number = 0
        while number < len(queries):
            own = -start if after else NOWHERE
            count, number = compare(block, queries, number, own, radius, query, item, bits)
            if count:
                rows = slice(0, count)
                found.append(
                    Matches(query[rows].copy(), item[rows] + (start + base), bits[rows].copy())
                )
    return _joined(found, sort=False)


def _joined(found: Sequence[Matches], *, sort: bool) -> Matches:
    query = np.concatenate([each.query for each in found] or [np.zeros(0, np.int64)])
    item = np.concatenate([each.item for each in found] or [np.zeros(0, np.int64)])
    bits = np.concatenate([each.bits for each in found] or [np.zeros(0, np.uint16)])
    if sort:
        order = np.lexsort((item, query))
        query, item, bits = query[order], item[order], bits[order]
    return Matches(query, item, bits)


@lru_cache(maxsize=4)
def _flips(radius: int) -> NDArray[np.uint16]:
    """Return all values of 16 bits with at most ``radius`` ones."""
    values = np.arange(_VALUES, dtype=np.uint16)
    return values[np.bitwise_count(values) <= radius]


def _groups(radius: int, queries: int) -> Iterator[NDArray[np.uint16]]:
    """Yield the changes of a part within a radius, as many at once as memory is meant for."""
    if radius < 0 or not queries:
        return
    flips = _flips(radius)
    step = max(_CANDIDATES // queries, 1)
    for start in range(0, len(flips), step):
        yield flips[start : start + step]


def _plan(radius: int) -> list[int]:
    """Return how far to look in each part, -1 for not at all.

    If every part differed by more, the whole would differ by more than the radius.
    """
    whole, rest = divmod(radius, _PARTS)
    return [whole if part <= rest else whole - 1 for part in range(_PARTS)]


class PartIndex:
    """Looks up parts of 16 bits, and compares what has a part in common.

    Needs 96 bytes for each code and 8 MiB; for a moment 12 more while it is built.
    """

    def __init__(self, codes: Codes) -> None:
        """Index codes [n, 32]; places are counted in 32 bits, so at most 4 thousand million."""
        self._codes = _words(codes)
        self._values = self._codes.view(np.uint16)  # [n, 16]
        count = len(codes)
        self._places = np.empty((_PARTS, count), np.uint32)
        self._starts = np.zeros((_PARTS, _VALUES + 1), np.int64)
        for part in range(_PARTS):
            values = np.ascontiguousarray(self._values[:, part])
            self._places[part] = np.argsort(values, kind="stable")
            np.cumsum(np.bincount(values, minlength=_VALUES), out=self._starts[part, 1:])

    def __len__(self) -> int:
        return len(self._codes)

    def search(self, queries: Codes, radius: int) -> Matches:
        """Return all codes within the radius [bits] of each query, ordered by query and place."""
        asked = _words(queries)
        if radius > _FARTHEST:
            return _joined([_scan(self._codes, asked, radius, 0)], sort=True)
        plan = _plan(radius)
        values = asked.view(np.uint16)
        found: list[Matches] = []
        crowded = self._crowded(values, plan)
        for number in np.flatnonzero(crowded):
            one = _scan(self._codes, asked[number : number + 1], radius, 0)
            found.append(Matches(one.query + number, one.item, one.bits))
        usual = np.flatnonzero(~crowded)
        for query, item, part in self._met(values, usual, plan, after=False):
            found.append(self._near(asked, query, item, part, radius, plan))
        return _joined(found, sort=True)

    def pairs(self, radius: int) -> Iterator[Matches]:
        """Yield all pairs of places ``query < item`` within the radius, each once, in portions."""
        plan = _plan(radius)
        flat = FlatIndex(self._codes.view(np.uint8))
        if radius > _FARTHEST:
            yield from flat.pairs(radius)
            return
        if self._compared(plan) * _DEAR > len(self) ** 2 / 2:
            yield from flat.pairs(radius)
            return
        everyone = np.arange(len(self))
        for query, item, part in self._met(self._values, everyone, plan, after=True):
            found = self._near(self._codes, query, item, part, radius, plan)
            if len(found):
                yield found

    def _crowded(self, values: NDArray[np.uint16], plan: list[int]) -> NDArray[np.bool_]:
        """Tell for which queries comparing everything is quicker: many share a part with them."""
        met = np.zeros(len(values), np.int64)
        for part, reach in enumerate(plan):
            for flips in _groups(reach, len(values)):
                sought = values[:, part, None] ^ flips
                met += self._lengths(part, sought.ravel()).reshape(sought.shape).sum(axis=1)
        return met * _DEAR > len(self)

    def _compared(self, plan: list[int]) -> int:
        """Return how many comparisons all pairs would take."""
        total = 0
        for part, reach in enumerate(plan):
            sizes = np.diff(self._starts[part])
            for flip in _flips(reach) if reach >= 0 else ():
                total += int(sizes @ sizes[np.arange(_VALUES) ^ int(flip)])
        return total // 2

    def _lengths(self, part: int, values: NDArray[np.uint16]) -> Places:
        starts = self._starts[part]
        return np.asarray(starts[values.astype(np.int64) + 1] - starts[values])

    def _met(
        self, values: NDArray[np.uint16], asked: Places, plan: list[int], *, after: bool
    ) -> Iterator[tuple[Places, Places, int]]:
        """Yield (query, item, part) for all that share a part, up to some number at a time.

        ``after``: queries are the codes themselves, and only later ones are of interest.
        """
        for part, reach in enumerate(plan):
            # In the order of their values, queries meet the same codes one after another.
            ordered = asked[np.argsort(values[asked, part], kind="stable")]
            for flips in _groups(reach, len(asked)):
                sought = (values[ordered, part] ^ flips[:, None]).ravel()
                query = np.tile(ordered, len(flips))
                lengths = self._lengths(part, sought)
                first = self._starts[part][sought]
                if after:  # places of one value ascend: begin behind the query's own
                    first, lengths = self._behind(part, query, first, lengths)
                for low, high in _portions(lengths):
                    counts = lengths[low:high]
                    asking = np.repeat(query[low:high], counts)
                    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
                    at = np.repeat(first[low:high], counts) + within
                    yield asking, self._places[part][at].astype(np.int64), part

    def _behind(
        self, part: int, ordered: Places, first: Places, lengths: Places
    ) -> tuple[Places, Places]:
        """Leave out, at the front of each run of places, those up to the query's own."""
        low, high = first.copy(), first + lengths
        end = high.copy()
        places = self._places[part]
        while np.any(open_ := low < high):  # a binary search in all runs at once
            middle = (low + high) // 2
            up = open_.copy()
            up[open_] = places[middle[open_]] <= ordered[open_]
            low = np.where(up, middle + 1, low)
            high = np.where(open_ & ~up, middle, high)
        return low, end - low

    def _near(
        self, asked: Words, query: Places, item: Places, part: int, radius: int, plan: list[int]
    ) -> Matches:
        """Keep what is within the radius and was not met in an earlier part already."""
        bits = _bits(asked[query] ^ self._codes[item])
        kept = np.flatnonzero(bits <= radius)
        query, item, bits = query[kept], item[kept], bits[kept]
        values = asked.view(np.uint16)
        fresh = np.ones(len(query), bool)
        for earlier in range(part):
            if plan[earlier] >= 0:
                apart = np.bitwise_count(values[query, earlier] ^ self._values[item, earlier])
                fresh &= apart > plan[earlier]
        return Matches(query[fresh], item[fresh], bits[fresh])


def _portions(lengths: Places) -> Iterator[tuple[int, int]]:
    """Yield ranges of queries that meet up to about so many codes together, and at least one."""
    ends = np.cumsum(lengths)
    low = 0
    while low < len(ends):
        before = int(ends[low - 1]) if low else 0
        if int(ends[-1]) == before:
            return
        high = max(int(np.searchsorted(ends, before + _CANDIDATES, "right")), low + 1)
        yield low, high
        low = high
