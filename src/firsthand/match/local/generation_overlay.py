"""Where two copies differ: which of the two was drawn over, and which lost its lightest tones.

Something drawn over a picture ends in an edge of its own. At that place the other picture, which
shows what is below, has no edge but by chance. What an expert took away without a trace looks like
what never was there, and is not told from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from firsthand.match.local.picture import Picture
from firsthand.match.local.pixels import Laid, blocks_of, corrected, lay

Floats = NDArray[np.float32]

SIDE = 640
"""Longest side [px] at which it is looked for."""

_DIFFERS = 22.0
"""Difference of brightness [of 255], after all tolerance, from which a place differs."""

_LEAST_AREA = 0.0012
"""Share of the frame that one such place covers at least."""

_MOST_AREA = 0.6


@dataclass(frozen=True, slots=True)
class Drawn:
    """Places that differ, and whose edges they are.

    ``area``: share of the overlap. ``edges_a``, ``edges_b``: share of their outline on which only
    that picture has an edge. ``outline``: its length [px of the common frame].
    """

    area: float
    edges_a: float
    edges_b: float
    outline: int


@dataclass(frozen=True, slots=True)
class Clipped:
    """Tones that one picture lost.

    ``area``: share of the overlap that is white or black in it only. ``spread``: of the other there
    [of 255]. ``foretold``: how well a bound of the other's brightness says where, 0 to 1.
    """

    area: float
    spread: float
    foretold: float


def laid(one: Picture, other: Picture, homography: NDArray[np.float64]) -> Laid:
    """Return two pictures in one frame, the map corrected once by where blocks are found."""
    first = lay(one, other, homography, SIDE)
    better = corrected(first, blocks_of(first), homography)
    return first if better is homography else lay(one, other, better, SIDE)


def drawn(both: Laid) -> Drawn:
    """Tell which of two pictures in one frame was drawn over."""
    a, b = _smooth(both.a, 1.5), _smooth(both.b, 1.5)
    inside = np.asarray(cv2.erode(both.seen.astype(np.uint8), np.ones((9, 9), np.uint8))) > 0
    inside[:4], inside[-4:], inside[:, :4], inside[:, -4:] = False, False, False, False
    a = _toned(a, b, inside)
    off = _beyond_reach(a, b)
    places = np.asarray(
        cv2.morphologyEx(
            ((off > _DIFFERS) & inside).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)
        )
    )
    # Letters of one line of text are one thing.
    joined = np.asarray(cv2.morphologyEx(places, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8)))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    least = _LEAST_AREA * max(int(inside.sum()), 1)
    kept = [at for at in range(1, count) if stats[at, cv2.CC_STAT_AREA] >= least]
    mask = np.isin(labels, kept) if kept else np.zeros(labels.shape, bool)
    area = float(mask.sum() / max(int(inside.sum()), 1))
    if not kept or area > _MOST_AREA:
        return Drawn(area, 0.0, 0.0, 0)
    return _edges(a, b, mask, inside, area)


def _edges(
    a: Floats, b: Floats, mask: NDArray[np.bool_], inside: NDArray[np.bool_], area: float
) -> Drawn:
    grown = np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8))) > 0
    line = grown & ~mask & inside
    reach = np.ones((7, 7), np.uint8)
    edge_a, edge_b = (np.asarray(cv2.dilate(_slope(each), reach))[line] for each in (a, b))
    if not len(edge_a):
        return Drawn(area, 0.0, 0.0, 0)
    only_a = (edge_a > 2.0 * edge_b) & (edge_a > 5)
    only_b = (edge_b > 2.0 * edge_a) & (edge_b > 5)
    return Drawn(area, float(only_a.mean()), float(only_b.mean()), len(edge_a))


def _slope(gray: Floats) -> Floats:
    return np.asarray(
        np.hypot(cv2.Sobel(gray, cv2.CV_32F, 1, 0), cv2.Sobel(gray, cv2.CV_32F, 0, 1)) / 8,
        np.float32,
    )


def _toned(a: Floats, b: Floats, inside: NDArray[np.bool_]) -> Floats:
    """Return a in the tones of b: for each brightness of a the median of b, smoothed."""
    levels = np.clip(a[inside] / 8, 0, 31).astype(int)
    mates = b[inside]
    known, values = [], []
    for level in range(32):
        of_it = mates[levels == level]
        if len(of_it) >= 40:
            known.append(level * 8 + 4.0)
            values.append(float(np.median(of_it)))
    if len(known) < 3:
        return a
    curve = np.maximum.accumulate(np.asarray(values))
    return np.interp(a, known, curve).astype(np.float32)


def _beyond_reach(a: Floats, b: Floats) -> Floats:
    """Return how far each place of one is from all that the other has within 2 px; the greater."""
    near = np.ones((5, 5), np.uint8)

    def one_way(x: Floats, y: Floats) -> Floats:
        high, low = np.asarray(cv2.dilate(y, near)), np.asarray(cv2.erode(y, near))
        return np.asarray(np.maximum(np.maximum(x - high, low - x), 0), np.float32)

    return np.asarray(np.maximum(one_way(a, b), one_way(b, a)), np.float32)


def clipped(full: Floats, flat: Floats, seen: NDArray[np.bool_]) -> Clipped:
    """Return which tones ``flat`` lost that ``full`` has; both in one frame."""
    if not seen.any():
        return Clipped(0.0, 0.0, 0.0)
    whole, cut = _smooth(full, 0.8)[seen], _smooth(flat, 0.8)[seen]
    best = Clipped(0.0, 0.0, 0.0)
    for white in (True, False):
        gone = cut >= 252 if white else cut <= 3
        there = gone & ((whole < 246) if white else (whole > 9))
        area = float(there.mean())
        if area < best.area or there.sum() < 200:
            continue
        low, high = np.quantile(whole[there], [0.1, 0.9])
        bound = np.quantile(whole[there], 0.05 if white else 0.95)
        meant = whole >= bound if white else whole <= bound
        agree = float((meant & gone).sum() / max(int((meant | gone).sum()), 1))
        best = Clipped(area, float(high - low), agree)
    return best


def _smooth(gray: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(gray, (0, 0), sigma), np.float32)
