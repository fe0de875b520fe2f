"""From codes that are near to pictures that agree: votes, and maps that explain them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from firsthand.match.index.fit import agree
from firsthand.match.index.kernels import binned
from firsthand.match.local.codes import CODE, unpacked

LEAST = 5
"""Keypoints at distinct places that must agree on a map for a picture to be named at all."""

_SURE = 8
"""The same from which on what a picture explains is taken away before the others vote again."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a picture of the index and the one asked for agree on.

    Attributes
    ----------
    support
        Keypoints at distinct places that agree on one map.
    rare
        How many keypoints agree, distinct or not, that are near codes of few pictures only. When
        these are fewer than :data:`LEAST`, what is shared may be a logo or a status bar.
    votes
        Worth of the votes; for the order only.
    affine
        Shape (2, 3): from places in the (mirrored) picture asked for to places in the other; both
        as shares of the longest side.
    keys
        Numbers of the keypoints asked for that agree, shape (m,).
    geometry
        x, y, scale, angle bytes of the keypoints that they agree with, shape (m, 4).
    """

    support: int
    rare: int
    votes: float
    affine: NDArray[np.float64]
    keys: NDArray[np.int64]
    geometry: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Hits:
    """Codes that are near keypoints asked for; arrays of one length.

    ``target``: twice the number of the picture, plus one for the mirrored query; ``key``: row of
    the query; ``bits``: how far; ``part`` and ``place``: segment and row of the code.
    """

    target: NDArray[np.int64]
    key: NDArray[np.uint16]
    bits: NDArray[np.uint8]
    part: NDArray[np.uint16]
    place: NDArray[np.uint32]

    def some(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Hits:
        """Return some of them."""
        return Hits(*(getattr(self, each.name)[which] for each in fields(self)))

    def once(self) -> Hits:
        """Return the nearest of each keypoint in each target, in order of these."""
        pair = (self.target << 16) | self.key
        order = np.argsort((pair << 8) | self.bits, kind="stable")
        return self.some(order[np.flatnonzero(np.diff(pair[order], prepend=-1))])


def joined(parts: Sequence[Hits]) -> Hits:
    """Return all hits of several searches."""
    return Hits(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Hits)))


def worth_of(hits: Hits, held: NDArray[np.int64], pictures: int) -> NDArray[np.float32]:
    """Return what a hit of each keypoint at each distance is worth, shape (keys, bits).

    The square of the logarithm of how much rarer codes as near as that are than pictures: one that
    is as near as the hundredth of all says less than the first. (Inverse document frequency, with
    the distance taken in.)
    """
    wide = int(hits.bits.max(initial=0)) + 1
    count = np.bincount(hits.key.astype(np.int64) * wide + hits.bits, minlength=len(held) * wide)
    below = np.cumsum(count.reshape(len(held), wide), axis=1, dtype=np.float64)
    # Of those that were counted and not kept we know only the number.
    below *= (held / np.maximum(below[:, -1], 1))[:, None]
    return np.asarray(np.maximum(np.log((pictures + 1) / np.maximum(below, 1)), 0) ** 2, np.float32)


class Ballot:
    """Votes of keypoints for pictures, of which some are found to agree on a map."""

    def __init__(
        self,
        asked: NDArray[np.void],
        hits: Hits,
        geometry: NDArray[np.uint8],
        worth: NDArray[np.float32],
        rare: NDArray[np.bool_],
    ) -> None:
        """Take the codes asked for, hits in order of target, with geometry of each."""
        self._hits, self._geometry, self._rare = hits, geometry, rare
        self._number = hits.key.astype(np.int64) % max(len(asked) // 2, 1)
        self._left = np.ones(len(asked) // 2, bool)
        self._starts = np.flatnonzero(np.diff(hits.target, prepend=-1, append=-1))
        self._value = worth[hits.key, hits.bits]
        self._sizes = geometry[:, 2].astype(np.int32) - asked["scale"][hits.key]
        self._turns = (geometry[:, 3].astype(np.int32) - asked["angle"][hits.key]) & 255
        self._own = unpacked(asked)
        stored = np.zeros(len(geometry), CODE)
        for at, name in enumerate(("x", "y", "scale", "angle")):
            stored[name] = geometry[:, at]
        self._other = unpacked(stored)

    def agreed(self, top: int, regions: int) -> list[tuple[int, Agreed]]:
        """Return targets and what they agree on, the best supported first, each picture once."""
        found: dict[int, tuple[int, Agreed]] = {}
        tried: set[int] = set()
        for _ in range(regions):
            votes = np.zeros(len(self._starts) - 1, np.float32)
            value = self._value * self._left[self._number]
            binned(self._starts, self._sizes, self._turns, value, votes)
            runs = [r for r in np.argsort(-votes, kind="stable") if votes[r] > 0 and r not in tried]
            new = []
            for run in runs[:top]:
                agreed = self._agreed(int(run), float(votes[run]))
                if agreed is not None:
                    tried.add(run)
                    new.append((int(self._hits.target[self._starts[run]]), agreed))
            if not new:
                break
            for target, agreed in new:
                before = found.get(target // 2)
                if before is None or before[1].support < agreed.support:
                    found[target // 2] = target, agreed
            sure = [agreed for _, agreed in new if agreed.support >= _SURE]
            for agreed in sure or [max((agreed for _, agreed in new), key=lambda a: a.support)]:
                self._left[agreed.keys] = False
        return sorted(found.values(), key=lambda each: (-each[1].support, -each[1].votes))

    def _agreed(self, run: int, votes: float) -> Agreed | None:
        """Return what one target agrees on, or None when too little does."""
        rows = np.arange(self._starts[run], self._starts[run + 1])
        rows = rows[self._left[self._number[rows]]]
        if len(rows) < LEAST:
            return None
        rows = rows[np.argsort(-self._value[rows], kind="stable")]
        inside, affine = np.zeros(len(rows), bool), np.zeros((2, 3))
        support = agree(self._own[self._hits.key[rows]], self._other[rows], inside, affine)
        if support < LEAST:
            return None
        chosen = rows[inside]
        return Agreed(
            support=int(support),
            rare=int(self._rare[self._hits.key[chosen]].sum()),
            votes=votes,
            affine=affine,
            keys=self._number[chosen],
            geometry=self._geometry[chosen],
        )
