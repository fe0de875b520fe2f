"""Which photographs show one scene: the epipolar geometry of finer keypoints decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firsthand.match.boxes import Box
from firsthand.match.local.align import SIDE
from firsthand.match.scene.epipolar import Epipolar, epipolar
from firsthand.match.scene.matching import Pairs, match
from firsthand.match.scene.tilts import match_tilted
from firsthand.match.scene.view import View

LEAST_SUPPORT = 14
"""Distinct places that two shots of one scene agree on. See :data:`LEAST_SURPRISE`."""

LEAST_SURPRISE = 3.0
"""Surprise (:func:`firsthand.match.scene.epipolar.surprise`) from which two photographs show one
scene: by accident once in a thousand pairs at most. benchmarks/match/mates.py measures it: none of
1,045 pairs of unrelated photographs reached 0."""

PROMISING = 9
"""Distinct places from which tilted views are worth their time, about a second for a pair."""

NEVER, WHEN_PROMISING, ALWAYS = "never", "when promising", "always"
"""Whether a pair that shows nothing as it is is looked at tilted."""

SPREAD = 0.04
"""Share of either frame that the agreeing places must span: a logo or a time stamp in a corner is
the same thing in two photographs, and no scene."""


@dataclass(frozen=True, slots=True)
class Mates:
    """Two photographs of one scene, a and b.

    Attributes
    ----------
    points_a, points_b
        Matched places, shape (n, 2) [px of each as shown, full size].
    support, surprise
        See :class:`firsthand.match.scene.epipolar.Epipolar`.
    fundamental
        x_b' F x_a = 0 in px of the photographs as shown; Frobenius norm 1.
    region_a, region_b
        Boxes around the matched places (few outermost ones left out) [px].
    tilted
        Whether tilted views were needed.
    """

    points_a: NDArray[np.float64]
    points_b: NDArray[np.float64]
    support: int
    surprise: float
    fundamental: NDArray[np.float64]
    region_a: Box
    region_b: Box
    tilted: bool = False


def mates(one: View, other: View, *, tilts: str = WHEN_PROMISING) -> Mates | None:
    """Return what two photographs of one scene have in common, or None when nothing shows it."""
    pairs = match(one.features, other.features)
    found = epipolar(pairs)
    if _enough(found, pairs):
        return _mates(one, other, pairs, found, tilted=False)
    promising = found is not None and found.support >= PROMISING
    if tilts == NEVER or not (promising or tilts == ALWAYS):
        return None
    pairs = match_tilted(one, other, pairs)
    found = epipolar(pairs)
    return _mates(one, other, pairs, found, tilted=True) if _enough(found, pairs) else None


def scene_pairs(
    names: Iterable[tuple[str, str]],
    view: Callable[[str], View | None],
    *,
    tilts: str = WHEN_PROMISING,
) -> dict[tuple[str, str], Mates]:
    """Return which of the pairs of photographs show one scene.

    ``view`` returns a photograph, None when it cannot be opened; it is asked again and again, so
    it should keep what it opened. Pairs are taken in order.
    """
    found = {}
    for pair in sorted(set(names)):
        one, other = view(pair[0]), view(pair[1])
        if one is not None and other is not None:
            both = mates(one, other, tilts=tilts)
            if both is not None:
                found[pair] = both
    return found


def _enough(found: Epipolar | None, pairs: Pairs) -> bool:
    return (
        found is not None
        and found.support >= LEAST_SUPPORT
        and found.surprise >= LEAST_SURPRISE
        and min(_spanned(pairs.a[found.inside]), _spanned(pairs.b[found.inside])) >= SPREAD
    )


def _spanned(places: NDArray[np.float64]) -> float:
    """Return the share of a frame of 900 x 675 px within the box around most places."""
    low, high = np.percentile(places, [5, 95], axis=0)
    return float(np.prod(np.maximum(high - low, 1.0)) / (SIDE * SIDE * 0.75))


def _mates(one: View, other: View, pairs: Pairs, found: Epipolar | None, *, tilted: bool) -> Mates:
    assert found is not None
    size_a, size_b = SIDE / max(one.width, one.height), SIDE / max(other.width, other.height)
    a, b = pairs.a[found.inside] / size_a, pairs.b[found.inside] / size_b
    scale_a, scale_b = np.diag([size_a, size_a, 1.0]), np.diag([size_b, size_b, 1.0])
    whole = scale_b @ found.fundamental @ scale_a
    return Mates(
        points_a=a,
        points_b=b,
        support=found.support,
        surprise=found.surprise,
        fundamental=whole / np.linalg.norm(whole),
        region_a=around(a, one.width, one.height),
        region_b=around(b, other.width, other.height),
        tilted=tilted,
    )


def around(places: NDArray[np.float64], width: int, height: int) -> Box:
    """Return the box around places, the outermost fiftieth on each side left out [px]."""
    low = np.maximum(np.percentile(places, 2, axis=0), 0)
    high = np.minimum(np.percentile(places, 98, axis=0), (width - 1, height - 1))
    return (
        round(low[0]),
        round(low[1]),
        max(1, round(high[0] - low[0]) + 1),
        max(1, round(high[1] - low[1]) + 1),
    )
