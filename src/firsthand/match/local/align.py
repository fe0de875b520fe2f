"""How one picture lies on another: the map between them that most of their keypoints agree on."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from firsthand.match.local.features import Features, mirrored

Box = tuple[int, int, int, int]
"""x, y, width, height [px of the picture as shown]."""

_RATIO = 0.85
"""Nearest over second nearest distance up to which a match is taken (Lowe 2004: 0.8)."""

_TOLERANCE = 3.0
"""Of a place [px at the size at which keypoints were found]; a kept map is tighter than that."""

_CELL = 4.0
"""Matches nearer than that to one another count once [px at the size of keypoints]."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """One map from picture a to picture b, with what supports it.

    Attributes
    ----------
    homography
        Shape (3, 3), from px of a to px of b as shown, full sizes; last element 1.
    points_a, points_b
        Places of the matches that agree with it, shape (n, 2) [px].
    loose_a, loose_b
        Places of the other good matches of the two pictures that fall into the overlap, (m, 2).
    support
        How many matches at distinct places agree.
    residual
        Median distance of agreeing matches from where the map puts them [px at 900 px side].
    mirrored
        Whether the map turns the picture over.
    region_a, region_b
        The overlap on both sides.
    """

    homography: NDArray[np.float64]
    points_a: NDArray[np.float32]
    points_b: NDArray[np.float32]
    loose_a: NDArray[np.float32]
    loose_b: NDArray[np.float32]
    support: int
    residual: float
    mirrored: bool
    region_a: Box
    region_b: Box
