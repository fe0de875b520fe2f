"""Exhaustive search for pictures that have keypoints in common; for some thousand pictures.

Each keypoint of the query meets each of every picture, as bits; those that are near vote for their
picture together with others of one change of size and direction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firsthand.match.local.coded import Coded
from firsthand.match.local.codes import CODE, unpacked
from firsthand.match.local.kernels import agreeing, mates, votes

NEAR_BITS = 21
"""Bits of 128 up to which two keypoints may be one."""

LEAST_AGREEING = 5
"""Keypoints at distinct places that must tell of one map for a pair to be looked at closer."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A picture with keypoints in common with the one looked for, how many, and if mirrored."""

    name: str
    agreeing: int
    mirrored: bool


class Scan:
    """All keypoints of some pictures, and the search among them."""

    def __init__(self, pictures: Mapping[str, NDArray[np.void]]) -> None:
        """Take in the codes by which pictures are found."""
        self.names = list(pictures)
        codes = [pictures[name] for name in self.names]
        self.starts = np.cumsum([0, *(len(each) for each in codes)]).astype(np.int64)
        joined = np.concatenate(codes) if codes else np.zeros(0, CODE)
        self.low = np.ascontiguousarray(joined["bits"][:, 0])
        self.high = np.ascontiguousarray(joined["bits"][:, 1])
        self.geometry = unpacked(joined)
        self.sizes = joined["scale"].astype(np.int32)
        self.angles = joined["angle"].astype(np.int32)

    def search(self, query: Coded, most: int) -> list[Hit]:
        """Return the pictures with most keypoints that tell of one map."""
        best: dict[int, Hit] = {}
        for turned in (False, True) if self.names else ():
            codes = query.turned() if turned else query.codes
            for at, count in self._one_way(codes, 2 * most):
                if at not in best or count > best[at].agreeing:
                    best[at] = Hit(self.names[at], count, turned)
        order = sorted(best.values(), key=lambda hit: (-hit.agreeing, hit.name))
        return [hit for hit in order[:most] if hit.agreeing >= LEAST_AGREEING]

    def _one_way(self, codes: NDArray[np.void], most: int) -> Iterator[tuple[int, int]]:
        found = np.empty((len(codes), len(self.names)), np.int64)
        low = np.ascontiguousarray(codes["bits"][:, 0])
        high = np.ascontiguousarray(codes["bits"][:, 1])
        mates(self.low, self.high, self.starts, low, high, NEAR_BITS, found)
        # What is found in many pictures says little of any (inverse document frequency).
        held = (found >= 0).sum(axis=1)
        weights = np.log((len(self.names) + 1) / np.maximum(held, 1)).astype(np.float32) ** 2
        tops = np.zeros(len(self.names), np.float32)
        votes(
            self.sizes, self.angles, codes["scale"].astype(np.int32),
            codes["angle"].astype(np.int32), found, weights, tops,
        )  # fmt: skip
        own = unpacked(codes)
        for at in np.argsort(-tops, kind="stable")[:most]:
            rows = np.flatnonzero(found[:, at] >= 0)
            if tops[at] > 0 and len(rows) >= LEAST_AGREEING:
                rows = rows[np.argsort(-weights[rows], kind="stable")]
                yield int(at), int(agreeing(own[rows], self.geometry[found[rows, at]]))
