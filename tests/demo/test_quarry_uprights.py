"""Poles that the truth says can be measured give back the sun that lit them."""

from __future__ import annotations

from math import atan2, degrees, hypot

import numpy as np
import pytest

from firsthand.demo.quarry.camera import Camera
from firsthand.demo.quarry.figures import Crate, Pole
from firsthand.demo.quarry.render import Look, render
from firsthand.demo.quarry.shapes import Solid, Tube
from firsthand.demo.quarry.sun import Sun
from firsthand.demo.quarry.texture import Texture
from firsthand.demo.quarry.uprights import Upright, uprights

LOOK = Look(
    soil=(0.4, 0.35, 0.3), gravel=(0.4, 0.4, 0.4), road_at=500.0, road_half=1.0, haze_m=900.0,
    exposure=1.0, grain=0.0, seed=1,
)  # fmt: skip
CAMERA = Camera((-2.0, -14.0, 2.5), 8.0, -4.0, 1.0, 28.0, 640, 480)
POLE = Pole(east=0.0, north=0.0, yaw=0.0, tall=4.0)


def _found(sun: Sun, *more: Solid) -> list[Upright]:
    solids = [*POLE.solids(), *more]
    picture = render(solids, CAMERA, sun, LOOK, Texture(2))
    return list(uprights([POLE], solids, picture, CAMERA, sun))


def _ground(pixel: tuple[float, float]) -> tuple[float, float]:
    """Return the point of level ground that a pixel shows, from the camera's own numbers."""
    right, down, forward = CAMERA.axes
    ray = forward + (pixel[0] - 320) / CAMERA.focal * right + (pixel[1] - 240) / CAMERA.focal * down
    far = CAMERA.position[2] / -ray[2]
    return CAMERA.position[0] + far * ray[0], CAMERA.position[1] + far * ray[1]


@pytest.mark.parametrize(("azimuth", "elevation"), [(120, 40), (230, 35), (300, 50)])
def test_shadow_gives_back_direction_and_height_of_the_sun(
    azimuth: float, elevation: float
) -> None:
    (upright,) = _found(Sun(azimuth, elevation))
    base, tip = _ground(upright.base), _ground(upright.tip)
    east, north = tip[0] - base[0], tip[1] - base[1]
    # From the definition: a shadow points away from the sun, height / length = tan(elevation).
    assert degrees(atan2(east, north)) % 360 == pytest.approx((azimuth + 180) % 360, abs=0.01)
    assert degrees(atan2(4.0, hypot(east, north))) == pytest.approx(elevation, abs=0.01)


def test_the_tip_is_where_the_dark_of_the_picture_ends() -> None:
    sun = Sun(120, 40)
    (upright,) = _found(sun)
    picture = render(list(POLE.solids()), CAMERA, sun, LOOK, Texture(2))
    bright = render([], CAMERA, sun, LOOK, Texture(2))
    values = np.asarray(bright.image, int).sum(axis=2) - np.asarray(picture.image, int).sum(axis=2)

    def dark(share: float) -> bool:
        x = upright.base[0] + share * (upright.tip[0] - upright.base[0])
        y = upright.base[1] + share * (upright.tip[1] - upright.base[1])
        return bool(values[int(y), int(x)] > 60)

    assert dark(0.9)
    assert not dark(1.08)


def test_what_cannot_be_measured_is_left_out() -> None:
    grey = (0.3, 0.3, 0.3)
    sun = Sun(120, 40)
    # Three metres towards the sun from the pole, and higher: its shadow swallows the tip.
    mast = Tube(start=(2.6, -1.5, 0.0), end=(2.6, -1.5, 12.0), radius=0.4, colour=grey)
    before_base = Crate(east=-0.4, north=-2.0, yaw=0, half=0.7, colour=grey)
    assert len(_found(sun)) == 1
    assert _found(sun, *before_base.solids()) == []
    assert _found(sun, mast) == []
    assert _found(Sun(20, 20)) == []  # the tip is out of the picture, below
