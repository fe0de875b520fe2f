"""A pinhole camera that stands in the scene: where a point falls in the picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import cos, hypot, radians, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FILM_DIAGONAL = 43.2666
"""Diagonal of the 36 x 24 mm frame that a 35 mm equivalent focal length refers to [mm]."""

NEAR = 0.3
"""Nearest depth that is drawn [m]."""


@dataclass(frozen=True)
class Camera:
    """Where a picture is taken from, and how the camera is held.

    Attributes
    ----------
    position
        East, north, up [m].
    yaw, pitch, roll
        Where it looks: clockwise from north, upwards, clockwise about the line of sight [degree].
    focal35
        Focal length as for 35 mm film, by the diagonal [mm].
    width, height
        Size of the picture [pixel].
    """

    position: tuple[float, float, float]
    yaw: float
    pitch: float
    roll: float
    focal35: float
    width: int = 1280
    height: int = 960

    @cached_property
    def axes(self) -> Array:
        """Right, down and forward as unit vectors, shape (3, 3)."""
        yaw, pitch, roll = radians(self.yaw), radians(self.pitch), radians(self.roll)
        forward = np.array([sin(yaw) * cos(pitch), cos(yaw) * cos(pitch), sin(pitch)])
        level = np.array([cos(yaw), -sin(yaw), 0.0])
        down = np.cross(forward, level)
        right = cos(roll) * level + sin(roll) * down
        return np.array([right, np.cross(forward, right), forward])

    @property
    def focal(self) -> float:
        """Focal length [pixel]."""
        return self.focal35 * hypot(self.width, self.height) / FILM_DIAGONAL

    def rays(self) -> Array:
        """Return the unit direction through the middle of each pixel, shape (height, width, 3)."""
        across = (np.arange(self.width) + 0.5 - self.width / 2) / self.focal
        along = (np.arange(self.height) + 0.5 - self.height / 2) / self.focal
        right, down, forward = self.axes
        found: Array = across[None, :, None] * right + along[:, None, None] * down + forward
        found /= np.sqrt((found**2).sum(axis=2, keepdims=True))
        return found

    def project(self, points: Any) -> tuple[Array, Array]:
        """Return pixel positions, shape (n, 2), and depths [m] of points, shape (n, 3).

        What lies nearer than ``NEAR`` is put at that depth: a caller looks at the depth.
        """
        seen = (np.asarray(points, dtype=float) - np.array(self.position)) @ self.axes.T
        depth = seen[:, 2]
        scale = self.focal / np.maximum(depth, NEAR)
        middle = np.array([self.width / 2, self.height / 2])
        return seen[:, :2] * scale[:, None] + middle, depth

    def pixel(self, point: tuple[float, float, float]) -> tuple[int, int] | None:
        """Return the pixel that a point falls in, or None when it is outside the picture."""
        (where,), (depth,) = self.project([point])
        inside = 0 <= where[0] < self.width and 0 <= where[1] < self.height
        return (int(where[0]), int(where[1])) if depth > NEAR and inside else None
