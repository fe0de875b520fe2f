"""Relative pose against cameras whose pose is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from firsthand.match.scene.pose import pose
from firsthand.match.scene.rotation import matrix_of, vector_of, yaw_pitch_roll


def places(seed: int, deep: bool = True, count: int = 160) -> Any:
    draw = np.random.default_rng(seed)
    x, y = draw.uniform(-4, 4, count), draw.uniform(-3, 2, count)
    z = draw.uniform(6, 16, count) if deep else np.full(count, 9.0) + 0.2 * x
    return np.stack([x, y, z], axis=1)


def seen(camera: Any, points: Any, seed: int = 0, noise: float = 0.5) -> Any:
    draw = np.random.default_rng(100 + seed)
    return camera.sees(points) + draw.normal(0, noise, (len(points), 2))


def degrees(rotation: Any) -> tuple[float, float, float]:
    yaw, pitch, roll = np.rad2deg(yaw_pitch_roll(rotation))
    return float(yaw), float(pitch), float(roll)


@pytest.mark.parametrize(("yaw", "pitch", "roll"), [(20, 0, 0), (-35, 8, 0), (5, -12, 4)])
def test_yaw_pitch_and_roll_are_those_of_the_camera(
    camera: Any, yaw: float, pitch: float, roll: float
) -> None:
    made = camera(yaw=yaw, pitch=pitch, roll=roll).rotation
    assert degrees(made) == pytest.approx((yaw, pitch, roll), abs=1e-6)
    assert matrix_of(vector_of(made)) == pytest.approx(made, abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_a_camera_that_moved_and_turned(camera: Any, seed: int) -> None:
    draw = np.random.default_rng(seed)
    way = draw.normal(size=3) * (1, 0.3, 1)
    way *= 2 / np.linalg.norm(way)
    turn = draw.uniform((-15, -4, -3), (15, 4, 3))
    one, other = camera(), camera(tuple(way), *turn)
    points = places(seed)
    found = pose(seen(one, points, 2 * seed), seen(other, points, 2 * seed + 1), 1000, 1000)
    assert found is not None and found.kind == "general"
    assert degrees(found.rotation) == pytest.approx(tuple(turn), abs=0.5)
    assert found.direction is not None and found.direction_sigma is not None
    off = np.arccos(np.clip(found.direction @ way / 2, -1, 1))
    assert off < np.deg2rad(4)
    # What it says of its own error holds: within four standard deviations.
    assert off < 4 * found.direction_sigma + 1e-3


def test_a_camera_that_only_turned_has_no_direction(camera: Any) -> None:
    points = places(5)
    found = pose(seen(camera(), points, 1), seen(camera(yaw=12, pitch=3), points, 2), 1000, 1000)
    assert found is not None and found.kind == "rotation"
    assert found.direction is None
    assert degrees(found.rotation) == pytest.approx((12, 3, 0), abs=0.2)


def test_one_wall_gives_turns_and_no_direction(camera: Any) -> None:
    points = places(6, deep=False)
    found = pose(
        seen(camera(), points, 1), seen(camera((2.0, 0, 0.5), yaw=-10), points, 2), 1000, 1000
    )
    assert found is not None and found.kind == "plane"
    assert found.direction is None
    # A plane has two explanations; the right one is among them.
    assert any(
        np.allclose(degrees(turn), (-10, 0, 0), atol=1.0)
        for turn in (found.rotation, *found.others)
    )


def test_wrong_matches_are_left_out(camera: Any) -> None:
    points = places(7)
    a, b = seen(camera(), points, 1), seen(camera((1.5, 0, 0), yaw=-6), points, 2)
    draw = np.random.default_rng(1)
    b[:40] = draw.uniform(-500, 500, (40, 2))
    found = pose(a, b, 1000, 1000)
    assert found is not None and found.kind == "general" and found.direction is not None
    assert found.inside[:40].sum() <= 4  # some fall on their line by chance
    assert found.inside[40:].mean() > 0.9
    assert degrees(found.rotation)[0] == pytest.approx(-6, abs=0.5)
    assert found.direction @ (1, 0, 0) > np.cos(np.deg2rad(5))


def test_matches_at_random_have_no_pose() -> None:
    draw = np.random.default_rng(3)
    assert pose(*draw.uniform(-500, 500, (2, 120, 2)), 1000, 1000) is None


def test_too_few_matches_have_no_pose(camera: Any) -> None:
    points = places(8, count=12)
    assert pose(camera().sees(points), camera((1, 0, 0)).sees(points), 1000, 1000) is None
