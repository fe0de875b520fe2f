"""Shift against a plane: by a moved camera, by an edit, by nothing."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from firsthand.match.scene.parallax import shifted


def cloud(camera: Any, way: tuple[float, float, float]) -> tuple[Any, Any]:
    """Return 60 places on a wall 12 m away and 30 before it, [px of 900]."""
    draw = np.random.default_rng(2)
    wall = np.stack([draw.uniform(-5, 5, 60), draw.uniform(-3, 3, 60), np.full(60, 12.0)], axis=1)
    near = np.stack([draw.uniform(-2, 2, 30), draw.uniform(-1, 2, 30), draw.uniform(5, 8, 30)], 1)
    points = np.concatenate([wall, near])
    one, other = camera().sees(points) * 0.75, camera(way).sees(points) * 0.75
    return one + draw.normal(0, 0.4, one.shape), other + draw.normal(0, 0.4, one.shape)


@pytest.mark.parametrize("way", [(1.5, 0, 0), (0.8, -0.2, 1.0)])
def test_what_stands_before_a_wall_is_shifted_along_lines_that_meet(
    camera: Any, way: tuple[float, float, float]
) -> None:
    corners = np.array([(-5, -3, 12.0), (5, -3, 12), (5, 3, 12), (-5, 3, 12)])
    by = cv2.getPerspectiveTransform(
        (camera().sees(corners) * 0.75).astype(np.float32),
        (camera(way).sees(corners) * 0.75).astype(np.float32),
    )
    count, every = shifted(*cloud(camera, way), by)
    assert every <= 31  # the wall itself is not shifted
    assert count >= 0.8 * every and count >= 18


def test_matches_at_random_do_not_meet() -> None:
    draw = np.random.default_rng(4)
    a = draw.uniform(-400, 400, (60, 2))
    count, every = shifted(a, a + draw.uniform(-60, 60, (60, 2)), np.eye(3))
    assert every > 40
    # Two lines always meet in one place, and through it a few more pass by.
    assert count < 0.45 * every


def test_a_copy_is_not_shifted() -> None:
    draw = np.random.default_rng(5)
    a = draw.uniform(-400, 400, (200, 2))
    b = 0.5 * a + 30
    assert shifted(a, b, np.array([[0.5, 0, 30], [0, 0.5, 30], [0, 0, 1]])) == (0, 0)
