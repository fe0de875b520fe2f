"""A world of known shape seen by cameras of known pose: the truth that poses are held against.

A pinhole camera in the usual frame (x right, y down, z ahead), written here from the textbook
(Hartley and Zisserman 2004, chapter 6) and not from what is tested.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import cos, radians, sin
from typing import Any

import cv2
import numpy as np
import pytest

WIDTH, HEIGHT = 1200, 900


@dataclass
class Camera:
    """A camera at ``place`` that looks to the right by yaw and up by pitch [deg]."""

    place: tuple[float, float, float] = (0.0, 0.0, 0.0)
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    focal: float = 1000.0
    rotation: Any = field(init=False)

    def __post_init__(self) -> None:
        y, p, r = radians(self.yaw), radians(self.pitch), radians(self.roll)
        about_y = np.array([[cos(y), 0, -sin(y)], [0, 1, 0], [sin(y), 0, cos(y)]])
        about_x = np.array([[1, 0, 0], [0, cos(p), sin(p)], [0, -sin(p), cos(p)]])
        about_z = np.array([[cos(r), sin(r), 0], [-sin(r), cos(r), 0], [0, 0, 1]])
        self.rotation = about_z @ about_x @ about_y

    def sees(self, points: Any) -> Any:
        """Return where points of the world are seen [px from the middle], shape (n, 2)."""
        own = (np.asarray(points) - np.array(self.place)) @ self.rotation.T
        assert (own[:, 2] > 0).all()
        return self.focal * own[:, :2] / own[:, 2:]

    def picture(self, walls: list[Wall]) -> Any:
        """Return what it sees of walls that are given from far to near, shape (h, w) uint8."""
        seen = np.full((HEIGHT, WIDTH), 200, np.uint8)
        for wall in walls:
            places = self.sees(wall.corners).astype(np.float32)
            places += np.array([(WIDTH - 1) / 2, (HEIGHT - 1) / 2], np.float32)
            high, wide = wall.paint.shape
            own = np.array([[0, 0], [wide - 1, 0], [wide - 1, high - 1], [0, high - 1]], np.float32)
            by = cv2.getPerspectiveTransform(own, places)
            size = (WIDTH, HEIGHT)
            laid = cv2.warpPerspective(wall.paint, by, size, flags=cv2.INTER_AREA)
            inside = cv2.warpPerspective(np.full_like(wall.paint, 255), by, size)
            seen = np.where(inside > 127, laid, seen)
        return seen


@dataclass
class Wall:
    """A painted rectangle; corners from the upper left clockwise, shape (4, 3)."""

    corners: Any
    paint: Any


def paint(seed: int, rows: int = 700, columns: int = 900) -> Any:
    """Return windows, stains and signs without any repetition, uint8."""
    draw = np.random.default_rng(seed)
    made = draw.normal(128, 18, (rows // 8, columns // 8)).astype(np.float32)
    made = cv2.resize(made, (columns, rows), interpolation=cv2.INTER_CUBIC)
    for _ in range(220):
        x, y = int(draw.integers(columns)), int(draw.integers(rows))
        w, h = int(draw.integers(6, 70)), int(draw.integers(6, 70))
        cv2.rectangle(made, (x, y), (x + w, y + h), float(draw.integers(20, 235)), -1)
        cv2.circle(made, (x + w // 2, y), w // 4, float(draw.integers(20, 235)), -1)
    return np.clip(made + draw.normal(0, 3, made.shape), 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def camera() -> type[Camera]:
    """Return the camera to make some of."""
    return Camera


@pytest.fixture(scope="session")
def yard() -> list[Wall]:
    """Return a wall 12 m away, and three stands at 5 to 8 m before it."""

    def upright(x: float, z: float, width: float, high: float, seed: int) -> Wall:
        low = 2.5
        corners = [(x, low - high, z), (x + width, low - high, z), (x + width, low, z), (x, low, z)]
        return Wall(np.array(corners), paint(seed, int(700 * high / 7), int(900 * width / 9)))

    return [
        upright(-9, 12, 18, 9, 1),
        upright(-4, 8, 2.4, 3.2, 2),
        upright(1.5, 7, 2.4, 2.8, 3),
        upright(-0.8, 5, 1.3, 2.2, 4),
    ]


@pytest.fixture(scope="session")
def street() -> list[Wall]:
    """Return another place altogether."""
    corners = [(-9, -6, 11), (9, -6, 14), (9, 3, 14), (-9, 3, 11)]
    near = [(0, -1, 6), (2, -1, 6), (2, 2.5, 6), (0, 2.5, 6)]
    return [Wall(np.array(corners), paint(11)), Wall(np.array(near), paint(12))]
