"""Searching an index: which of its pictures have keypoints in common with one that is asked for.

Each keypoint reads the codes below the words nearest to it. Those within some bits vote for their
pictures, each the more the fewer others are as near; votes count together when they tell of one
change of size and direction. What then agrees on one map is counted. A collage has several
sources: what one picture explains is taken away, and the rest votes again.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firsthand.match.index.ballot import Agreed, Ballot, Hits, joined, worth_of
from firsthand.match.index.kernels import scan, tally
from firsthand.match.index.query import Query
from firsthand.match.index.segment import Segment
from firsthand.match.index.store import Store
from firsthand.match.index.words import words_to_ask
from firsthand.match.local.codes import WORDS

FULL = 300_000
"""Codes up to which each keypoint is compared with all of them."""

BUDGET, WORDS_EACH = 40_000, 48
"""Codes that are read for each keypoint, and words that they come from, at most. Of keypoints seen
again in attacked copies 0.85 have one of the nearest 4 words, 0.94 of 16, 0.98 of 64."""

SHORTLIST = 512
"""Pictures whose votes are looked at for size and direction."""

COMMON = 20
"""A keypoint near so many codes, and near more than one for each 100 pictures, is a common one."""

MOST_KEYS = 1 << 16
"""Rows of a query: they are counted in 16 bits."""

_KEPT = 400
"""Codes near one keypoint that are kept of one part of the index; the others are only counted."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A picture of the index that has keypoints in common with the one that was asked for.

    Attributes
    ----------
    name
        Digest by which it was added.
    mirrored
        Whether it was found with the mirrored picture.
    agreed
        What they agree on.
    """

    name: bytes
    mirrored: bool
    agreed: Agreed

    @property
    def support(self) -> int:
        """Return at how many distinct places keypoints agree on one map."""
        return self.agreed.support


class Index:
    """Segments that are searched together; safe to use from several threads."""

    def __init__(self, segments: Sequence[Segment], threads: int | None = None) -> None:
        """Search these segments with so many threads; all processors by default."""
        self.segments = list(segments)
        self.threads = threads or os.cpu_count() or 1
        self._sizes = np.zeros(WORDS, np.int64)
        for each in self.segments:
            self._sizes += each.sizes()
        self._bases = np.cumsum([0, *(len(each) for each in self.segments)])
        self.codes = int(self._sizes.sum())
        self.near = near_bits(self.codes)

    @staticmethod
    def open(folder: Path, threads: int | None = None) -> Index:
        """Open the index of a folder; see :meth:`Store.segments` for errors."""
        return Index(Store(folder).segments(), threads)

    def __len__(self) -> int:
        """Return how many pictures can be found."""
        gone = sum(int((~e.alive).sum()) for e in self.segments if e.alive is not None)
        return int(self._bases[-1]) - gone

    def name(self, number: int) -> bytes:
        """Return the digest of a picture by its number among all segments."""
        part = int(np.searchsorted(self._bases, number, side="right")) - 1
        return self.segments[part].name(number - int(self._bases[part]))

    def search(
        self, query: Query, top: int = 20, regions: int = 4, threads: int | None = None
    ) -> list[Candidate]:
        """Return the pictures that agree with a query, the best supported first.

        ``top`` pictures are tried, and again as many for each of further ``regions`` that the
        others do not explain.
        """
        if not len(query) or not self.codes:
            return []
        if len(query.codes) > MOST_KEYS:
            raise ValueError(f"at most {MOST_KEYS // 2} keypoints")
        hits, held = self._hits(query, threads or self.threads)
        if not len(hits.key):
            return []
        worth = worth_of(hits, held, len(self))
        total = np.zeros(2 * int(self._bases[-1]), np.float32)
        tally(hits.target, hits.key, hits.bits, worth, total)
        some = total[total > 0]
        floor = np.partition(some, -SHORTLIST)[-SHORTLIST] if len(some) > SHORTLIST else 0.0
        hits = hits.some((total[hits.target] >= floor) & (total[hits.target] > 0)).once()
        geometry = np.empty((len(hits.key), 4), np.uint8)
        for part, each in enumerate(self.segments):
            mine = np.flatnonzero(hits.part == part)
            geometry[mine] = each.geometry[hits.place[mine]]
        rare = held <= max(COMMON, len(self) // 100)
        ballot = Ballot(query.codes, hits, geometry, worth, rare)
        return [
            Candidate(self.name(target // 2), bool(target % 2), agreed)
            for target, agreed in ballot.agreed(top, regions)
        ]

    def reads(self, query: Query) -> int:
        """Return how many codes of 16 bytes a search for this reads."""
        if self.codes <= FULL:
            return self.codes * len(query.codes)
        words, _ = self._asked(query, 1)
        return int(self._sizes[words].sum())

    def _asked(self, query: Query, threads: int) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
        """Return pairs of a word and the row of the query for which it is read, by word."""
        parts = np.array_split(query.descriptors, threads)

        def one(values: NDArray[np.float32]) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
            return words_to_ask(values, self._sizes, BUDGET, WORDS_EACH)

        if threads == 1:
            words, asked = one(parts[0])
        else:
            with ThreadPoolExecutor(threads) as pool:
                done = list(pool.map(one, parts))
            words = np.concatenate([each for each, _ in done])
            rows = np.cumsum([0, *(len(part) for part in parts)])
            asked = np.concatenate(
                [each + np.uint16(row) for (_, each), row in zip(done, rows, strict=False)]
            )
        # In order of words, lists are read from front to back, and once for several keypoints.
        order = np.argsort(words, kind="stable")
        return words[order], asked[order]

    def _hits(self, query: Query, threads: int) -> tuple[Hits, NDArray[np.int64]]:
        """Return what is near, and how many codes are near each keypoint in all."""
        low = np.ascontiguousarray(query.codes["bits"][:, 0])
        high = np.ascontiguousarray(query.codes["bits"][:, 1])
        full = self.codes <= FULL
        if full:
            asked = np.arange(len(low), dtype=np.uint16)
            words = np.zeros(len(low), np.uint16)
        else:
            words, asked = self._asked(query, threads)
        slices = max(1, -(-threads // max(len(self.segments), 1)))
        bounds = np.linspace(0, len(words), slices + 1).astype(int)

        def one(work: tuple[int, int]) -> tuple[Hits, NDArray[np.int64]]:
            part, at = work
            held = self.segments[part]
            starts = np.array([0, len(held.low)], np.uint32) if full else held.starts
            mine = slice(bounds[at], bounds[at + 1])
            room = _KEPT * len(low)
            places, bits = np.empty(room, np.uint32), np.empty(room, np.uint8)
            keys, count = np.empty(room, np.uint16), np.zeros(len(low), np.int64)
            found = scan(
                held.low, held.high, starts, words[mine], asked[mine], low, high,
                self.near, _KEPT, count, places, keys, bits,
            )  # fmt: skip
            places, keys, bits = places[:found].copy(), keys[:found].copy(), bits[:found].copy()
            pictures = held.pictures[places].astype(np.int64)
            target = 2 * (pictures + self._bases[part]) + (keys >= len(query))
            hits = Hits(target, keys, bits, np.full(found, part, np.uint16), places)
            if held.alive is not None:
                hits = hits.some(held.alive[pictures])
            return hits, count

        work = [(part, at) for part in range(len(self.segments)) for at in range(slices)]
        if threads > 1 and len(work) > 1:
            with ThreadPoolExecutor(threads) as pool:
                done = list(pool.map(one, work))
        else:
            done = [one(each) for each in work]
        return joined([hits for hits, _ in done]), np.sum([count for _, count in done], axis=0)


def near_bits(codes: int) -> int:
    """Return up to how many bits of 128 codes may be one keypoint, among so many.

    Of a million codes of other photographs, 450 are within 26 bits of one, 100 within 21 and 34
    within 18; of keypoints seen again in attacked copies 0.9, 0.87 and 0.82 (benchmarks/match).
    """
    return 26 if codes < 5_000_000 else 21 if codes < 50_000_000 else 18
