"""Codes of pictures that do not exist, for an index of any size: resampled from real photographs.

First a bank: each descriptor of the photographs is moved towards another of its coarse cell, by a
random share, some tens of times, and coded. Then pictures: each has the keypoint layout (place,
size, direction) of one real photograph, all directions turned alike, and in each quarter codes of
the same quarter of some real photograph out of the bank, each with up to 8 bits changed. So what is
alike within a picture (fences, leaves, text) stays alike within a quarter. How near such codes come
to those of photographs that were not resampled is measured beside real ones (`nearness`) and stands
in the result; the two numbers below were chosen so that both are alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from firsthand.match.index.words import words_of
from firsthand.match.local.codes import bits_of, packed, tables
from firsthand.match.local.features import Features, mirrored

CODES = 300
SHARE = 0.6
"""Greatest share of the way from one descriptor to another."""
FLIPPED = 8
"""Greatest number of bits that are changed after that."""
VARIANTS = 24


class Resampler:
    """Makes pictures' worth of codes from the keypoints of real photographs."""

    def __init__(self, photographs: Sequence[Features], dice: np.random.Generator) -> None:
        """Take the keypoints of photographs that no query is a copy of; mirrored ones, too."""
        both = [each for one in photographs for each in (one, mirrored(one))]
        whole = [packed(each.first(CODES)) for each in both if len(each) >= CODES]
        self.layouts = np.stack(whole)
        groups = [(each, quarter(packed(each))) for each in both if len(each) >= CODES]
        rows, lengths = [], []
        for each, where in groups:
            for number in range(4):
                mine = each.descriptors[where == number]
                mine = mine if len(mine) else each.descriptors
                rows.append(np.repeat(mine, VARIANTS, axis=0))
                lengths.append(len(rows[-1]))
        self.bits, self.words = _bank(np.concatenate(rows), dice)
        self._length = np.array(lengths).reshape(-1, 4)
        self._start = (np.cumsum(lengths) - lengths).reshape(-1, 4)
        self._flips = _masks(dice)

    def pictures(
        self, count: int, dice: np.random.Generator
    ) -> tuple[NDArray[np.void], NDArray[np.uint16]]:
        """Return codes and words of so many pictures, both of shape (count, 300)."""
        codes = self.layouts[dice.integers(len(self.layouts), size=count)]
        source = dice.integers(len(self._start), size=(count, 4))
        where = quarter(codes)
        group = np.take_along_axis(source, where, axis=1), where
        taken = self._start[group] + (dice.random(where.shape) * self._length[group]).astype(int)
        flips = self._flips[dice.integers(len(self._flips), size=where.shape)]
        codes["bits"] = self.bits[taken] ^ flips
        codes["angle"] += dice.integers(0, 256, (count, 1)).astype(np.uint8)
        return codes, self.words[taken]


def quarter(codes: NDArray[np.void]) -> NDArray[np.int64]:
    """Return in which quarter of the picture each keypoint is."""
    return np.asarray((codes["y"] >= 90) * 2 + (codes["x"] >= 128), np.int64)


def _bank(
    values: NDArray[np.uint8], dice: np.random.Generator
) -> tuple[NDArray[np.uint64], NDArray[np.uint16]]:
    """Return bits and words of descriptors that are moved towards others of their cell."""
    coarse = tables().coarse
    cells = np.concatenate(
        [
            ((coarse**2).sum(1) - 2 * part.astype(np.float32) @ coarse.T).argmin(axis=1)
            for part in np.array_split(values, len(values) // 10_000 + 1)
        ]
    )
    order = np.argsort(cells, kind="stable")
    first = np.searchsorted(cells[order], np.arange(257))
    low, high = first[cells], first[cells + 1]
    mate = order[low + (dice.random(len(values)) * (high - low)).astype(np.int64)]
    bits, words = np.empty((len(values), 2), np.uint64), np.empty(len(values), np.uint16)
    for at in range(0, len(values), 10_000):
        part = slice(at, at + 10_000)
        share = (dice.random(len(values[part]), np.float32) * np.float32(SHARE))[:, None]
        mixed = values[part] * (1 - share) + values[mate[part]] * share
        mixed *= 512 / np.maximum(np.linalg.norm(mixed, axis=1, keepdims=True), 1)
        whole = np.minimum(mixed, 255).astype(np.uint8)
        bits[part], words[part] = bits_of(whole), words_of(whole)
    return bits, words


def _masks(dice: np.random.Generator) -> NDArray[np.uint64]:
    changed = np.zeros((1 << 14, 128), np.uint8)
    for row in changed:
        row[dice.choice(128, dice.integers(FLIPPED + 1), replace=False)] = 1
    return np.packbits(changed, axis=1, bitorder="little").view("<u8").astype(np.uint64)


def nearness(bits: NDArray[np.uint64], others: NDArray[np.uint64]) -> dict[str, float]:
    """Return how many of a million other codes are within some bits of one, on average."""
    found = dict.fromkeys((14, 18, 21, 26), 0)
    for one in bits:
        apart = np.bitwise_count(others ^ one).sum(axis=1)
        for near in found:
            found[near] += int((apart <= near).sum())
    million = len(bits) * len(others) / 1e6
    return {f"within {near} bits": round(count / million, 1) for near, count in found.items()}


def portions(total: int, most: int = 1024) -> Iterator[int]:
    """Yield numbers of at most ``most`` that add up to a total."""
    while total > 0:
        yield min(total, most)
        total -= most
