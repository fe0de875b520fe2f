"""PDQ, a fingerprint of how a picture looks: 256 bits that survive recompression and resizing.

Two copies of one picture differ in few bits (at most 31 by the authors' advice), two different
pictures in about half. Written from the published description, in numpy.

The picture's brightness is smoothed by two passes of a box filter along rows and columns and
sampled at 64 x 64 points. Both steps are linear and treat rows and columns apart, so each of the
samples is a weighted sum over few rows and few columns, and a picture can be taken in strip by
strip. The bits say which of 16 x 16 cosine coefficients lie above the median.

References
----------
J. Dalins, C. Wilson, D. Boudry, "PDQ & TMK + PDQF", arXiv:1912.07745 (2019), section 3, and the
description in the repository facebook/ThreatExchange, hashing/hashing.pdf.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

HASHER = "firsthand pdq 1"
EDGE = 6
"""Of 64 rows of samples, how many are left out by :func:`without_edge`: 9.4 % of the height.

A banner of 6 % covers at most 4 rows, and the smoothing carries it about one further."""

LEAST_LEFT = 50
"""Quality that what is left must have, else it would match every plain surface."""

_GRID = 64
_KEPT = 16
_PASSES = 2
_QUALITY_DIVISOR = 90  # the sum of visible steps that counts as quality 1
_DIGITS = 9
"""Coefficients equal to so many digits are equal: else rounding, which differs from machine to
machine, would decide the bits of a plain surface."""

Plane = NDArray[np.float64]
Integers = NDArray[np.int64]


def luma(rgb: NDArray[np.uint8]) -> Plane:
    """Return brightness 0 to 255 of red, green, blue [height, width, 3] (ITU-R BT.601 weights)."""
    weights = np.array([0.299, 0.587, 0.114])
    return np.asarray(np.asarray(rgb, dtype=np.float64) @ weights)


def _box(positions: Integers, length: int, window: int) -> tuple[Integers, Integers]:
    """Return the first sample that a box covers at each position, and the one after the last."""
    after = (window + 2) // 2
    return np.maximum(positions + after - window, 0), np.minimum(positions + after, length)


@lru_cache(maxsize=16)
def _sampling(length: int) -> tuple[Plane, Integers, Integers]:
    """Return weights [64, band] of the smoothed samples along one axis, and what they span.

    ``weights[i, k]`` belongs to place ``first[i] + k``, up to ``last[i]``. A box at the edge of
    the picture is the mean of what lies inside.
    """
    window = (length + 2 * _GRID - 1) // (2 * _GRID)
    centres = ((np.arange(_GRID) + 0.5) * length / _GRID).astype(np.int64)
    first, last = _box(centres, length, window)
    inner = first[:, None] + np.arange(window)
    inside = inner < last[:, None]
    outer_first, outer_last = _box(inner, length, window)
    share = inside / ((last - first)[:, None] * np.maximum(outer_last - outer_first, 1))
    begins = outer_first[:, 0].copy()
    ends = np.max(np.where(inside, outer_last, 0), axis=1)
    # Each box adds its share from its first place on and takes it back after its last.
    steps = np.zeros((_GRID, int((ends - begins).max()) + window + 1))
    rows = np.broadcast_to(np.arange(_GRID)[:, None], inner.shape)
    np.add.at(steps, (rows, np.where(inside, outer_first - begins[:, None], 0)), share)
    np.add.at(steps, (rows, np.where(inside, outer_last - begins[:, None], 0)), -share)
    return np.cumsum(steps, axis=1), begins, ends


class Sampler:
    """Takes in a picture from top to bottom and gives its 64 x 64 smoothed samples."""

    def __init__(self, width: int, height: int) -> None:
        """Expect a picture of this size [px]."""
        self._weights, self._first, self._last = _sampling(height)
        self._across = _sampling(width)
        self._rows = np.zeros((_GRID, width))
        self._seen = 0

    def take(self, strip: NDArray[np.generic]) -> None:
        """Take in the next rows of brightness [rows, width]."""
        begin, end = self._seen, self._seen + len(strip)
        self._seen = end
        plane = np.asarray(strip, dtype=np.float64)
        for row in np.flatnonzero((self._first < end) & (self._last > begin)):
            first, last = max(self._first[row], begin), min(self._last[row], end)
            weights = self._weights[row, first - self._first[row] : last - self._first[row]]
            self._rows[row] += weights @ plane[first - begin : last - begin]

    def samples(self) -> Plane:
        """Return the samples [64, 64] of the whole picture."""
        weights, first, last = self._across
        columns = [
            self._rows[:, first[at] : last[at]] @ weights[at, : last[at] - first[at]]
            for at in range(_GRID)
        ]
        return np.stack(columns, axis=1)


@lru_cache(maxsize=2)
def _cosines(length: int = _GRID) -> Plane:
    """Return the cosine transform [16, length] without its constant first row."""
    rows, columns = np.arange(1, _KEPT + 1)[:, None], np.arange(length)
    waves = np.cos(np.pi / (2 * length) * rows * (2 * columns + 1))
    return np.asarray(math.sqrt(2 / length) * waves)


def _coefficients(samples: Plane) -> Plane:
    height, width = samples.shape
    found = _cosines(height) @ samples @ _cosines(width).T
    # Adding zero makes one zero of the two.
    return np.asarray(np.round(found, _DIGITS) + 0.0)


def quality(samples: Plane) -> int:
    """Return 0 to 100: how much there is to see, from steps between neighbouring samples.

    A step counts in whole hundredths of the range, so that faint noise counts nothing.
    """
    steps = sum(
        int(np.abs(np.trunc(np.diff(samples, axis=axis) * 100 / 255)).sum()) for axis in (0, 1)
    )
    return min(steps // _QUALITY_DIVISOR, 100)


def _bits(coefficients: Plane) -> str:
    # The median of an even number of values is the lower of the two in the middle.
    middle = np.partition(coefficients.ravel(), 127)[127]
    above = (coefficients > middle).ravel()
    return np.packbits(above[::-1]).tobytes().hex()


def fingerprints(samples: Plane) -> list[str]:
    """Return 8 hashes [64 hexadecimal digits]: of the picture, and as if it were turned or flipped.

    Order: as it is, turned by 90, 180, 270 degrees (counter-clockwise), flipped upside down,
    flipped left to right, mirrored at the main diagonal, mirrored at the other one. Turning and
    flipping only exchanges and negates coefficients.
    """
    plain = _coefficients(samples)
    odd = np.where(np.arange(_KEPT) % 2 == 0, -1.0, 1.0)  # rows of uneven frequency change sign
    down, across = odd[:, None], odd[None, :]
    forms = [
        plain,
        plain.T * down,
        plain * down * across,
        plain.T * across,
        plain * down,
        plain * across,
        plain.T,
        plain.T * down * across,
    ]
    return [_bits(form) for form in forms]


def _turned(samples: Plane) -> tuple[Plane, ...]:
    """Return the samples under the 8 symmetries, in the order of :func:`fingerprints`."""
    return (
        samples,
        np.rot90(samples),
        np.rot90(samples, 2),
        np.rot90(samples, 3),
        np.flipud(samples),
        np.fliplr(samples),
        samples.T,
        np.rot90(samples, 2).T,
    )


def without_edge(samples: Plane) -> dict[str, list[str]]:
    """Return ``{"top", "bottom"}``: 8 hashes each that do not see that edge of the picture.

    They are made like PDQ from the samples [64, 64] less :data:`EDGE` rows, after turning or
    flipping in the order of :func:`fingerprints`; they compare with one another only, never with
    PDQ itself. A banner over the edge of a copy changes the low frequencies that PDQ is made of,
    by more than 50 bits when it is opaque; copy and original without that edge are alike again. The
    list is empty where what is left of the picture is too plain.
    """
    found: dict[str, list[str]] = {}
    for name, kept in (("top", slice(EDGE, None)), ("bottom", slice(None, -EDGE))):
        parts = [turned[kept] for turned in _turned(samples)]
        plain = quality(parts[0]) < LEAST_LEFT
        found[name] = [] if plain else [_bits(_coefficients(part)) for part in parts]
    return found


def pdq(picture: NDArray[np.uint8]) -> tuple[list[str], int]:
    """Return the 8 hashes and the quality of a grey [height, width] or RGB picture.

    >>> hashes, seen = pdq(np.full((90, 120), 255, np.uint8))
    >>> seen, len(hashes), hashes[0] == "0" * 64
    (0, 8, True)
    """
    plane = luma(picture) if picture.ndim == 3 else np.asarray(picture, dtype=np.float64)
    sampler = Sampler(plane.shape[1], plane.shape[0])
    sampler.take(plane)
    samples = sampler.samples()
    return fingerprints(samples), quality(samples)
