"""Plain bars around a picture: letterbox, pillarbox, a film padded to a portrait."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]
"""x, y, width, height as shares of the frame."""

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)

PLAIN = 3.5
"""Standard deviation of brightness [of 255] below which a row is plain."""

_SAME = 6.0
"""Brightness by which rows of one bar differ at most."""

_LEAST = 0.04
"""Share of a side below which a bar is left on."""

_LEFT = 0.2
"""Share of a side that must be left, or the picture is plain itself."""


def within_bars(gray: NDArray[np.uint8]) -> Box:
    """Return the box inside plain bars of one brightness, or the whole frame."""
    top, bottom = _ends(gray)
    if len(gray) - top - bottom < _LEFT * len(gray):
        return WHOLE
    left, right = _ends(gray[top : len(gray) - bottom].T)
    high, wide = gray.shape
    if top + bottom < _LEAST * high:
        top = bottom = 0
    if left + right < _LEAST * wide:
        left = right = 0
    box = left / wide, top / high, (wide - left - right) / wide, (high - top - bottom) / high
    return box if box != WHOLE and min(box[2:]) >= _LEFT else WHOLE


def _ends(gray: NDArray[np.uint8]) -> tuple[int, int]:
    rows = gray.astype(np.float32)
    level, spread = rows.mean(axis=1), rows.std(axis=1)
    found = []
    for way in (slice(None), slice(None, None, -1)):
        plain = (spread[way] < PLAIN) & (np.abs(level[way] - level[way][0]) < _SAME)
        found.append(int(np.argmin(plain)) if not plain.all() else 0)
    return found[0], found[1]
