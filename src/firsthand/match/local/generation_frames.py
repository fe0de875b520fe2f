"""Whether one picture goes on where the other ends.

A crop of a picture ends in the midst of it: in the picture, what lies on the two sides of the
crop's edge belongs together. A collage, a screenshot and a border also show more than the photo
inside, but there the photo's edge is a seam.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from firsthand.match.local.align import moved
from firsthand.match.local.picture import Picture

Floats = NDArray[np.float64]

_SEGMENTS = 6
"""Parts of each of the four edges, judged one by one."""

_SAMPLES = 48
"""Places along each part."""

_DEPTH = 6
"""Steps that are looked at on each side of an edge."""

_TEXTURE = 2.5
"""Standard deviation of brightness along an edge [of 255] below which nothing can be told."""

_GOES_ON, _SEAM, _LEAST_WEIGHT = 2.0, 1.3, 4.0
"""Logarithms of likelihood: a part goes on 3 times in 4 in a crop, and 1 time in 10 over a seam
(set on the tuning half of benchmarks/match/direction.py)."""

_LEAST_BEYOND = 0.02
"""Share of the outer picture that must lie outside the inner one."""


@dataclass(frozen=True, slots=True)
class Beyond:
    """What the outer picture shows beyond the frame of the inner one.

    ``more``: share of its area outside that frame. ``goes_on``, ``seams``: parts of the inner
    frame's edge over which it goes on, and where it does not.
    """

    more: float
    goes_on: int
    seams: int

    @property
    def real(self) -> bool:
        """Tell whether the picture itself goes on, and not just something put around it."""
        weight = _GOES_ON * self.goes_on - _SEAM * self.seams
        return self.more >= _LEAST_BEYOND and weight >= _LEAST_WEIGHT


def beyond(inner: Picture, outer: Picture, to_outer: Floats) -> Beyond:
    """Return what ``outer`` shows beyond ``inner``; ``to_outer`` maps px as shown."""
    high, wide = outer.gray.shape
    scale = np.diag([wide / outer.width, high / outer.height, 1.0])
    into = scale @ to_outer
    per_px = _size(into, inner.width / 2, inner.height / 2)
    if per_px <= 0:
        return Beyond(0.0, 0, 0)
    # A step is wide enough that the map and the grid of the coarser picture are not in the way.
    kept = max(inner.width, inner.height) / max(inner.gray.shape)
    step = max(2.0, 1.5 * kept * per_px) / per_px
    smooth = np.asarray(
        cv2.GaussianBlur(outer.gray.astype(np.float32), (0, 0), 0.4 * step * per_px), np.float32
    )
    goes_on = seams = 0
    for start, end, inward in _edges(inner.width, inner.height):
        for part in range(_SEGMENTS):
            share = 0.03 + 0.94 * (part + np.linspace(0, 1, _SAMPLES)) / _SEGMENTS
            told = _crossing(smooth, into, start + share[:, None] * (end - start), inward * step)
            if told is not None:
                goes_on, seams = goes_on + told, seams + (not told)
    return Beyond(outside(inner, outer, to_outer), goes_on, seams)


def _edges(width: int, height: int) -> Iterator[tuple[Floats, Floats, Floats]]:
    """Yield the four edges: where each begins and ends, and the unit step inwards."""
    w, h = width - 1.0, height - 1.0
    for start, end, inward in (
        ((0, 0), (w, 0), (0, 1)),
        ((0, h), (w, h), (0, -1)),
        ((0, 0), (0, h), (1, 0)),
        ((w, 0), (w, h), (-1, 0)),
    ):
        yield (
            np.array(start, np.float64),
            np.array(end, np.float64),
            np.array(inward, np.float64),
        )


def inverse(homography: Floats) -> Floats:
    """Return the map back."""
    back = np.linalg.inv(homography)
    return np.asarray(back / back[2, 2], np.float64)


def _crossing(
    smooth: NDArray[np.float32], into: Floats, places: Floats, inward: Floats
) -> bool | None:
    """Tell whether a picture goes on across an edge (None: it cannot be told)."""
    depths = np.arange(-_DEPTH, _DEPTH + 1)  # negative: inside
    lines = moved(into, (places[None] - depths[:, None, None] * inward).reshape(-1, 2))
    high, wide = smooth.shape
    within = (lines >= 0).all(axis=1) & (lines[:, 0] <= wide - 1) & (lines[:, 1] <= high - 1)
    if within.reshape(len(depths), -1).mean(axis=1).min() < 0.98:
        return None
    x, y = lines.T.reshape(2, len(depths), -1).astype(np.float32)
    made = cv2.remap(smooth, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    rows = np.asarray(made, np.float32)
    flat = rows - np.asarray(cv2.blur(rows, (33, 1), borderType=cv2.BORDER_REFLECT), np.float32)
    spread = flat.std(axis=1)
    inside, outside = flat[: _DEPTH - 1], flat[_DEPTH + 2 :]
    if min(np.median(spread[: _DEPTH - 1]), np.median(spread[_DEPTH + 2 :])) < _TEXTURE:
        return None
    like_in, like_out = _likeness(inside), _likeness(outside)
    usual = min(like_in, like_out)
    if usual < 0.45:
        return None  # it changes so fast that even neighbouring lines have little in common
    across = min(_correlation(flat[at - 1], flat[at + 1]) for at in range(_DEPTH - 1, _DEPTH + 2))
    jump = max(
        float(np.abs(rows[at - 1] - rows[at + 1]).mean()) for at in range(_DEPTH - 1, _DEPTH + 2)
    )
    calm = max(_change(rows[: _DEPTH - 1]), _change(rows[_DEPTH + 2 :]))
    return bool(across >= 0.55 * usual and jump <= 2.5 * calm + 2.0)


def _likeness(lines: NDArray[np.float32]) -> float:
    """Return the median correlation of lines two steps apart."""
    return float(np.median([_correlation(lines[i], lines[i + 2]) for i in range(len(lines) - 2)]))


def _change(lines: NDArray[np.float32]) -> float:
    return float(np.median(np.abs(lines[2:] - lines[:-2]).mean(axis=1)))


def _correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    spread = float(one.std() * other.std())
    if spread < 1e-3:
        return 0.0
    return float(((one - one.mean()) * (other - other.mean())).mean() / spread)


def _size(into: Floats, x: float, y: float) -> float:
    """Return how many px of the outer kept brightness one px of the inner picture covers."""
    depth = float(into[2] @ (x, y, 1.0))
    if abs(depth) < 1e-9:
        return 0.0
    at = (into[:2] @ (x, y, 1.0)) / depth
    slope = (into[:2, :2] - np.outer(at, into[2, :2])) / depth
    return float(np.sqrt(abs(np.linalg.det(slope))))


def outside(inner: Picture, outer: Picture, to_outer: Floats) -> float:
    """Return the share of the outer picture that lies outside the inner one's frame."""
    share = (np.arange(48) + 0.5) / 48
    x, y = np.meshgrid(share * outer.width, share * outer.height)
    places = moved(inverse(to_outer), np.stack([x.ravel(), y.ravel()], axis=1))
    held = (places >= 0).all(axis=1) & (places < (inner.width, inner.height)).all(axis=1)
    return float(1 - held.mean())
