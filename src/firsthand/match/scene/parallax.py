"""Whether things before or behind a plane are shifted as by a camera that moved.

Two shots of a scene whose background is one wall lie on one another like copies, but for what
stands nearer. That is shifted along lines that meet in one place (the epipole). What was drawn
over a copy is shifted nowhere, since it has no match in the other.

Reference
---------
R. Hartley, A. Zisserman, "Multiple View Geometry in Computer Vision", 2nd ed., section 13.3
(plane plus parallax): F = [e'] H.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firsthand.match.local.align import SIDE, Aligned, distinct, moved

Array = NDArray[np.float64]

LEAST_SHIFT = 6.0
"""Shift [px at 900 px side] against the plane from which a match tells something."""

CLOSE = 2.0
"""How far [px at 900 px side] a line may pass from the other place of its match."""

LEAST_PLACES, LEAST_SHARE = 20, 0.3
"""Shifted places from which two pictures are two shots, and their share of the places that agree
with the plane. Measured over 12 pairs of neighbouring shots and 6 rendered ones: at least 24, and
0.45; over 42 crops, collages and retouched copies of 14 photographs: at most 17, and 0.15."""

_MOST = 160


def shifted_of(
    aligned: Aligned, size_a: tuple[int, int], size_b: tuple[int, int]
) -> tuple[int, int]:
    """Return the same of the matches that a map from a to b leaves over; sizes as shown [px]."""
    grow_a, grow_b = SIDE / max(size_a), SIDE / max(size_b)
    by = np.diag([grow_b, grow_b, 1.0]) @ aligned.homography @ np.diag([1 / grow_a] * 2 + [1.0])
    return shifted(
        aligned.loose_a.astype(np.float64) * grow_a, aligned.loose_b.astype(np.float64) * grow_b, by
    )


def two_shots(aligned: Aligned, size_a: tuple[int, int], size_b: tuple[int, int]) -> bool:
    """Tell whether things off the plane show that the camera moved: then neither is a copy."""
    count, _ = shifted_of(aligned, size_a, size_b)
    return count >= LEAST_PLACES and count >= LEAST_SHARE * aligned.support


def shifted(a: Array, b: Array, homography: Array) -> tuple[int, int]:
    """Return how many matches at distinct places are shifted as by one moved camera, of how many.

    Parameters
    ----------
    a, b
        Matched places, shape (n, 2) [px of a longest side of 900], the surest first.
    homography
        The map of the plane, shape (3, 3), from a to b in the same px.

    The count is 0 where fewer than six do. A part of a picture that was copied to another place
    of it is shifted along parallel lines, and so counts, too.
    """
    there = moved(homography, a)
    way = b - there
    length = np.hypot(*way.T)
    telling = (length >= LEAST_SHIFT) & (length < SIDE / 4)
    start, end = there[telling], b[telling]
    every = distinct(start, end)
    if len(start) < 6:
        return 0, every
    start, end = start[:_MOST], end[:_MOST]
    lines = _lines(start, end)
    one, other = np.triu_indices(len(start), 1)
    # All pairs of lines propose where they meet; a few thousand at most, the surest matches first.
    order = np.argsort(np.maximum(one, other), kind="stable")[:4000]
    meet = np.cross(lines[one[order]], lines[other[order]])
    size = np.linalg.norm(meet, axis=1, keepdims=True)
    meet = meet[size[:, 0] > 1e-9] / size[size[:, 0] > 1e-9]
    best = np.zeros(len(start), bool)
    for epipole in meet:
        inside = _near(epipole, start, end)
        if inside.sum() > best.sum():
            best = inside
    count = distinct(start[best], end[best])
    return (count if count >= 6 else 0), every


def _lines(start: Array, end: Array) -> Array:
    ones = np.ones((len(start), 1))
    made = np.cross(np.hstack([start, ones]), np.hstack([end, ones]))
    return np.asarray(made / np.maximum(np.hypot(made[:, :1], made[:, 1:2]), 1e-12), np.float64)


def _near(epipole: Array, start: Array, end: Array) -> NDArray[np.bool_]:
    """Tell which places lie near the line through the epipole and where the plane would be.

    The place where the plane would be may be off as well, the more the nearer the epipole is.
    """
    ones = np.ones((len(start), 1))
    lines = np.cross(np.broadcast_to(epipole, (len(start), 3)), np.hstack([start, ones]))
    norm = np.hypot(*lines[:, :2].T)
    off = np.abs(np.sum(np.hstack([end, ones]) * lines, axis=1)) / np.maximum(norm, 1e-12)
    return np.asarray((off < CLOSE) & (norm > 1e-9), np.bool_)
