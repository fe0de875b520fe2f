"""Whether matches of two photographs lie as two views of one rigid scene must lie.

A fundamental matrix explains any seven matches, and by chance some more. So what counts is how
unlikely it is that so many matches at distinct places agree so closely by accident.

References
----------
L. Moisan, B. Stival, "A Probabilistic Criterion to Detect Rigid Point Matches Between Two Images
and Estimate the Fundamental Matrix", IJCV 57(3), 2004, doi:10.1023/B:VISI.0000013094.38752.54.
D. Barath et al., "MAGSAC++, a fast, reliable and accurate robust estimator", CVPR 2020,
doi:10.1109/CVPR42600.2020.00138.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma, log

import cv2
import numpy as np
from numpy.typing import NDArray

from firsthand.match.local.align import SIDE, distinct
from firsthand.match.scene.matching import Pairs

CLOSE = 2.0
"""Distance [px at 900 px side] from an epipolar line up to which a match agrees."""

_TURN = np.deg2rad(35.0)
"""How far matches may differ in direction from most: people hold a camera level, and a scene seen
aslant turns keypoints by less."""

_GROW = log(2.2)
"""How far they may differ in change of size: a scene has near and far things."""


@dataclass(frozen=True, slots=True)
class Epipolar:
    """What two photographs have in common under one fundamental matrix.

    Attributes
    ----------
    fundamental
        Shape (3, 3): x_b' F x_a = 0 for places of a longest side of 900 px.
    inside
        Which matches agree, shape (n,).
    support
        How many distinct places agree.
    surprise
        Minus log10 of the expected number of accidental agreements as good as this one.
    """

    fundamental: NDArray[np.float64]
    inside: NDArray[np.bool_]
    support: int
    surprise: float


def alike_turned(pairs: Pairs) -> NDArray[np.bool_]:
    """Tell which matches turn and grow like most others do."""
    if not len(pairs):
        return np.zeros(0, bool)
    off = np.abs((pairs.turn[:, None] - pairs.turn + np.pi) % (2 * np.pi) - np.pi)
    near = (off < _TURN) & (np.abs(pairs.grow[:, None] - pairs.grow) < _GROW)
    # Sure matches weigh more, or the many wrong ones of a hard pair would choose.
    weight = (1 - pairs.share) ** 2
    return np.asarray(near[int(np.argmax(near @ weight))], np.bool_)


def epipolar(pairs: Pairs) -> Epipolar | None:
    """Return the fundamental matrix that most matches agree with, or None below eight.

    The order of matches matters only through what the estimator draws; it draws the same each
    time.
    """
    likely = alike_turned(pairs)
    chosen = pairs.chosen(likely)
    if len(chosen) < 8:
        return None
    try:
        found, mask = cv2.findFundamentalMat(
            chosen.a, chosen.b, cv2.USAC_MAGSAC, CLOSE, 0.999, 5000
        )
    except cv2.error:
        return None
    if found is None or found.shape != (3, 3) or mask is None:
        return None
    fundamental = np.asarray(found, np.float64)
    apart = distances(fundamental, chosen.a, chosen.b)
    near = apart < CLOSE
    inside = np.zeros(len(pairs), bool)
    inside[np.flatnonzero(likely)[near]] = True
    support = distinct(pairs.a[inside], pairs.b[inside])
    every = distinct(chosen.a, chosen.b)
    return Epipolar(fundamental, inside, support, surprise(support, max(every, support)))


def distances(
    fundamental: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how far each match is from its epipolar line, the farther of both sides [px]."""
    ones = np.ones((len(a), 1))
    lines_b = np.hstack([a, ones]) @ fundamental.T
    lines_a = np.hstack([b, ones]) @ fundamental
    off = np.abs(np.sum(np.hstack([b, ones]) * lines_b, axis=1))
    norm = np.minimum(np.hypot(*lines_b[:, :2].T), np.hypot(*lines_a[:, :2].T))
    return np.asarray(off / np.maximum(norm, 1e-12), np.float64)


def surprise(support: int, every: int, close: float = CLOSE) -> float:
    """Return minus log10 of how many accidental agreements as good as this are to be expected.

    Moisan and Stival (2004), equation 10, at one distance: (n - 7) C(n, k) C(k, 7) p^(k - 7) with
    p = 2 D / A * distance, the share of a picture that lies so near to a line. Matches at one place
    are counted once, since they are not independent.
    """
    if support <= 7:
        return 0.0
    diagonal, area = SIDE * 1.25, SIDE * SIDE * 0.75
    chance = min(1.0, 2 * diagonal / area * close)
    found = (
        log(max(every - 7, 1))
        + _choose(every, support)
        + _choose(support, 7)
        + (support - 7) * log(chance)
    )
    return float(-found / log(10))


def _choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
