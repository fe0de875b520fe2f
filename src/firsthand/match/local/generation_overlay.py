"""Where two copies differ: which of the two was drawn over, and which lost its lightest tones.

Something drawn over a picture ends in an edge of its own. At that place the other picture, which
shows what is below, has no edge but by chance. What an expert took away without a trace looks like
what never was there, and is not told from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from firsthand.match.local.laying import BLOCK, Laid, blocks_of, corrected, lay
from firsthand.match.local.picture import Picture

Floats = NDArray[np.float32]

SIDE = 640
"""Longest side [px] at which it is looked for."""

_DIFFERS = 22.0
"""Difference of brightness [of 255], after all tolerance, from which a place differs."""

LEAST_AREA = 0.0012
"""Share of the frame that one such place covers at least."""

_MOST_AREA = 0.6

_EDGES = 0.45
"""Share of an outline on which only one picture has an edge."""

_ROOM = 48
"""Px around a place that are looked at."""

_LEAST_LINE = 16
"""Px of an outline from which it tells something."""

_FOLLOWS = 0.7
"""Correlation of a blurred place with the other picture, blurred."""

_ALIKE = 0.7
"""Correlation from which two blocks show the same."""

_BLURS = (3.0, 6.0, 10.0, 16.0)
"""Standard deviations [px of the common frame] of blurs that are tried."""

_LIKE_BLURRED = 0.35
"""Difference from the blurred other picture, as a share of that from the other itself."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Places that differ, as shares of the overlap.

    ``drawn_a``, ``drawn_b``: on whose outline only that picture has edges. ``blurred_a``,
    ``blurred_b``: where that picture is the other one without its detail. ``unclear``: the rest.
    ``differs``: all places that differ, and some room, in the common frame.
    """

    drawn_a: float = 0.0
    drawn_b: float = 0.0
    blurred_a: float = 0.0
    blurred_b: float = 0.0
    unclear: float = 0.0
    differs: NDArray[np.bool_] | None = field(default=None, compare=False)


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


def drawn(both: Laid, flat: NDArray[np.bool_] | None = None) -> Drawn:
    """Tell which of two pictures in one frame was drawn over.

    ``flat``: places that lost their tones, and differ for that.
    """
    a, b = _smooth(both.a, 1.5), _smooth(both.b, 1.5)
    inside = np.asarray(cv2.erode(both.seen.astype(np.uint8), np.ones((9, 9), np.uint8))) > 0
    inside[:4], inside[-4:], inside[:, :4], inside[:, -4:] = False, False, False, False
    if flat is not None:
        inside &= ~flat
    a = _toned(a, b, inside)
    off = _beyond_reach(a, b)
    odd = ((off > _DIFFERS) & inside).astype(np.uint8)
    places = np.asarray(cv2.morphologyEx(odd, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)))
    thin = np.asarray(cv2.morphologyEx(odd, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)))
    differs = np.asarray(cv2.dilate(thin, np.ones((17, 17), np.uint8))) > 0
    # Letters of one line of text are one thing.
    joined = np.asarray(cv2.morphologyEx(places, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8)))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    least = LEAST_AREA * max(int(inside.sum()), 1)
    kept = [at for at in range(1, count) if stats[at, cv2.CC_STAT_AREA] >= least]
    size = max(int(inside.sum()), 1)
    shares = {"drawn_a": 0.0, "drawn_b": 0.0, "blurred_a": 0.0, "blurred_b": 0.0, "unclear": 0.0}
    if sum(int(stats[at, cv2.CC_STAT_AREA]) for at in kept) > _MOST_AREA * size:
        return Drawn(unclear=1.0, differs=differs)
    slopes = _slope(a), _slope(b)
    told = inside & _alike(both)
    for at in kept:
        left, top, wide, high = stats[at, : cv2.CC_STAT_AREA]
        part = (
            slice(max(0, top - _ROOM), top + high + _ROOM),
            slice(max(0, left - _ROOM), left + wide + _ROOM),
        )
        place = labels[part] == at
        found = _blurred(a[part], b[part], place) or _edges(
            slopes[0][part], slopes[1][part], place, told[part]
        )
        shares[found] += float(stats[at, cv2.CC_STAT_AREA]) / size
    return Drawn(**shares, differs=differs)


def _alike(both: Laid) -> NDArray[np.bool_]:
    """Return the places in or beside blocks that show the same, or nothing, in both."""
    found = blocks_of(both)
    good = np.where(found.both, found.same >= _ALIKE, ~found.one).astype(np.uint8)
    high, wide = both.a.shape
    full = np.zeros((high, wide), np.uint8)
    block = min(BLOCK, high // max(good.shape[0], 1))
    large = np.kron(good, np.ones((block, block), np.uint8))[:high, :wide]
    full[: large.shape[0], : large.shape[1]] = large
    near = np.ones((2 * block + 1, 2 * block + 1), np.uint8)
    return np.asarray(cv2.dilate(full, near), np.uint8) > 0


def _blurred(a: Floats, b: Floats, place: NDArray[np.bool_]) -> str | None:
    """Tell whether one picture is there what the other is when blurred."""
    apart = float(np.abs(a[place] - b[place]).mean())
    best: tuple[float, str] | None = None
    for sigma in _BLURS:
        for name, soft, sharp in (("blurred_a", a, b), ("blurred_b", b, a)):
            here, there = soft[place], _smooth(sharp, sigma)[place]
            off = float(np.abs(here - there).mean()) / apart
            like = float(here.std() * there.std())
            if float(((here - here.mean()) * (there - there.mean())).mean()) < _FOLLOWS * like:
                continue  # a plain place is near to any blur
            if best is None or off < best[0]:
                best = off, name
    return best[1] if best is not None and best[0] < _LIKE_BLURRED else None


def _edges(
    slope_a: Floats, slope_b: Floats, place: NDArray[np.bool_], told: NDArray[np.bool_]
) -> str:
    """Tell whose edges lie around a place, where the two are alike beside it."""
    grown = np.asarray(cv2.dilate(place.astype(np.uint8), np.ones((3, 3), np.uint8))) > 0
    line = grown & ~place & told
    if line.sum() < _LEAST_LINE:
        return "unclear"
    reach = np.ones((7, 7), np.uint8)
    edge_a, edge_b = (np.asarray(cv2.dilate(each, reach))[line] for each in (slope_a, slope_b))
    only_a = float(((edge_a > 2.0 * edge_b) & (edge_a > 5)).mean())
    only_b = float(((edge_b > 2.0 * edge_a) & (edge_b > 5)).mean())
    if only_a >= _EDGES and only_a >= 3 * only_b:
        return "drawn_a"
    return "drawn_b" if only_b >= _EDGES and only_b >= 3 * only_a else "unclear"


def _slope(gray: Floats) -> Floats:
    return np.asarray(
        np.hypot(cv2.Sobel(gray, cv2.CV_32F, 1, 0), cv2.Sobel(gray, cv2.CV_32F, 0, 1)) / 8,
        np.float32,
    )


def _toned(a: Floats, b: Floats, inside: NDArray[np.bool_]) -> Floats:
    """Return a in the tones of b: for each brightness of a the median of b, smoothed."""
    x, y = a[inside], b[inside]
    if len(x) < 400:
        return a
    agree = _linear(x[:: max(1, len(x) // 4000)], y[:: max(1, len(x) // 4000)])
    levels = np.clip(x / 8, 0, 31).astype(int)
    known, values = [], []
    for level in range(32):
        middle = level * 8 + 4.0
        mates = y[levels == level]
        # What was drawn over is far off; the curve of a gamma correction is not.
        mates = mates[np.abs(mates - (agree[0] * middle + agree[1])) < 40]
        if len(mates) >= 40:
            known.append(middle)
            values.append(float(np.median(mates)))
    if len(known) < 3:
        return a
    return np.asarray(np.interp(a, known, values), np.float32)


def _linear(x: Floats, y: Floats) -> tuple[float, float]:
    """Return gain and offset that most places agree on (weights of Tukey, repeated)."""
    gain, offset = 1.0, float(np.median(y) - np.median(x))
    weight = np.ones_like(x)
    for width in (90.0, 60.0, 40.0, 30.0, 30.0):
        off = np.abs(y - gain * x - offset) / width
        weight = np.where(off < 1, (1 - off * off) ** 2, 0).astype(np.float32)
        total = float(weight.sum())
        if total < 50:
            break
        mean_x, mean_y = float((weight * x).sum() / total), float((weight * y).sum() / total)
        spread = float((weight * (x - mean_x) ** 2).sum())
        if spread < 1:
            break
        gain = float(np.clip((weight * (x - mean_x) * (y - mean_y)).sum() / spread, 0.3, 3.0))
        offset = mean_y - gain * mean_x
    return gain, offset


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


def flattened(both: Laid) -> NDArray[np.bool_]:
    """Return the places, and some room, where one of the two is white or black."""
    tones = np.stack([_smooth(both.a, 0.8), _smooth(both.b, 0.8)])
    ends = np.asarray(((tones >= 250) | (tones <= 5)).any(axis=0), np.uint8)
    return np.asarray(cv2.dilate(ends, np.ones((9, 9), np.uint8)), np.uint8) > 0


def _smooth(gray: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(gray, (0, 0), sigma), np.float32)
