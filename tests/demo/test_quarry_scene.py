"""The renderer: shadows fall where the sun says, and what is counted is what is drawn."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import cos, radians, sin, tan
from random import Random

import numpy as np
import pytest

from firsthand.demo.quarry.camera import Camera
from firsthand.demo.quarry.figures import SITTING, STANDING, Mannequin, Pole
from firsthand.demo.quarry.render import GROUND, SKY, Look, render
from firsthand.demo.quarry.scene import MOMENTS, SPACING, VIEWS, build
from firsthand.demo.quarry.shapes import Box, Ellipsoid, Tube
from firsthand.demo.quarry.sun import Sun
from firsthand.demo.quarry.texture import Texture

LOOK = Look(
    soil=(0.4, 0.35, 0.3), gravel=(0.4, 0.4, 0.4), road_at=500.0, road_half=1.0, haze_m=900.0,
    exposure=1.0, grain=0.0, seed=1,
)  # fmt: skip
CAMERA = Camera((0.0, -12.0, 2.0), 0.0, -6.0, 0.0, 28.0, 640, 480)


# ---- camera -----------------------------------------------------------------------------------


def test_what_lies_straight_ahead_is_in_the_middle() -> None:
    # Yaw is clockwise from north: at 90 degrees the camera looks east.
    camera = Camera((1.0, 2.0, 3.0), 90.0, 0.0, 0.0, 28.0, 640, 480)
    (where,), (depth,) = camera.project([(11.0, 2.0, 3.0)])
    assert where == pytest.approx((320, 240))
    assert depth == pytest.approx(10)
    south_and_up, _ = camera.project([(11.0, 1.0, 4.0)])
    assert south_and_up[0][0] > 320
    assert south_and_up[0][1] < 240


def test_field_of_view_is_that_of_the_lens() -> None:
    # 2 atan(43.27 / 2 / 28) = 75.4 degrees across the diagonal for a 28 mm lens (any table).
    corner = Camera((0, 0, 0), 0.0, 0.0, 0.0, 28.0, 640, 480).rays()[0, 0]
    assert np.degrees(np.arccos(corner[1])) == pytest.approx(75.4 / 2, abs=0.1)


def test_rays_and_projection_are_inverse() -> None:
    camera = Camera((3.0, -4.0, 1.5), 33.0, -8.0, 5.0, 30.0, 64, 48)
    rays = camera.rays()
    points = np.array(camera.position) + 7.0 * rays[[5, 40], [60, 3]]
    assert camera.project(points)[0] == pytest.approx(np.array([[60.5, 5.5], [3.5, 40.5]]))


# ---- solids -----------------------------------------------------------------------------------


def test_where_a_ray_meets_solids() -> None:
    # By hand: from (0,-10,1) northwards; each solid is 1 m thick around (0,0,1).
    grey = (0.5, 0.5, 0.5)
    origin, ahead = np.array([0.0, -10.0, 1.0]), np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    box = Box(middle=(0, 0, 1), half=(1, 1, 1), yaw=45.0, colour=grey)
    ball = Ellipsoid(middle=(0, 0, 1), half=(2, 1, 2), colour=grey)
    tube = Tube(start=(0, 0, 0), end=(0, 0, 4), radius=1.0, colour=grey)
    assert box.meet(origin, ahead) == pytest.approx([10 - 2**0.5, np.inf])
    assert ball.meet(origin, ahead) == pytest.approx([9, np.inf])
    assert tube.meet(origin, ahead) == pytest.approx([9, np.inf])
    for solid in (ball, tube):
        assert solid.normal(np.array([[0.0, -1.0, 1.0]])) == pytest.approx(np.array([[0, -1, 0]]))


# ---- shadows ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("azimuth", "elevation"), [(110, 30), (140, 55), (250, 25), (300, 40)])
def test_a_pole_throws_its_shadow_away_from_the_sun(azimuth: float, elevation: float) -> None:
    pole = Pole(east=0.0, north=0.0, yaw=0.0, tall=3.0)
    solids = [next(pole.solids())]  # without the cross bar
    with_pole = render(solids, CAMERA, Sun(azimuth, elevation), LOOK, Texture(3))
    without = render([], CAMERA, Sun(azimuth, elevation), LOOK, Texture(3))
    darker = np.asarray(without.image, int).sum(axis=2) - np.asarray(with_pole.image, int).sum(
        axis=2
    )
    shadow = (darker > 60) & (with_pole.shown == GROUND)
    # From the definition: the tip lies height / tan(elevation) from the base, opposite the sun.
    reach = 3.0 / tan(radians(elevation))
    line = [
        (reach * part * sin(radians(azimuth + 180)), reach * part * cos(radians(azimuth + 180)), 0)
        for part in (0.3, 0.5, 0.7, 0.9, 1.25)
    ]
    pixels = [CAMERA.pixel(point) for point in line]
    in_shadow = [bool(shadow[y, x]) for x, y in (p for p in pixels if p is not None)]
    assert in_shadow == [True] * 4 + [False]
    # And nothing else is dark: every dark pixel lies within half a metre of that line. The pole's
    # own edge is left out, since the picture is slightly blurred.
    pole_seen = with_pole.shown >= 0
    for axis in (0, 1):
        pole_seen = pole_seen | np.roll(pole_seen, 3, axis) | np.roll(pole_seen, -3, axis)
    rows, columns = np.nonzero(shadow & ~pole_seen)
    assert len(rows) > 100
    rays = CAMERA.rays()[rows, columns]
    ground = np.array(CAMERA.position) - rays * (CAMERA.position[2] / rays[:, 2:3])
    along = np.array([sin(radians(azimuth + 180)), cos(radians(azimuth + 180))])
    beside = np.abs(ground[:, 0] * along[1] - ground[:, 1] * along[0])
    assert beside.max() < 0.5


def test_what_stands_behind_something_is_not_lit_by_the_sun() -> None:
    wall = Box(middle=(0, 0, 3), half=(8, 0.5, 3), colour=(0.3, 0.3, 0.3))
    man = Mannequin(east=0, north=-3, yaw=180, number=1, pose=STANDING, tall=1.8, grey=0.4)
    picture = {}
    for azimuth in (180, 0):  # the sun before the wall, and behind it
        found = render([wall, *man.solids()], CAMERA, Sun(azimuth, 40), LOOK, Texture(3))
        picture[azimuth] = np.asarray(found.image, int)[found.shown > 0].mean()
    assert picture[0] < 0.75 * picture[180]


# ---- the scene --------------------------------------------------------------------------------


def test_every_view_is_turned_by_five_degrees_between_moments() -> None:
    quarry = build(Random("a"), 40)
    assert len(quarry.cameras) == VIEWS >= 4
    for view in quarry.cameras:
        assert len(view) == MOMENTS == 3
        yaws = sorted(camera.yaw for camera in view)
        assert min(b - a for a, b in pairwise(yaws)) >= 5


def test_everybody_is_there_once_and_nobody_stands_in_another() -> None:
    quarry = build(Random("b"), 61)
    assert quarry.persons == 61
    for moment in quarry.moments:
        numbers = [person.number for person in moment.people]
        assert len(numbers) == len(set(numbers))
        assert sorted(moment.posed(STANDING) + moment.posed(SITTING)) == sorted(numbers)
        spots = np.array([(person.east, person.north) for person in moment.people])
        apart = np.linalg.norm(spots[:, None] - spots[None], axis=2)
        assert apart[np.triu_indices(len(spots), 1)].min() > SPACING / 2


def test_what_is_counted_is_what_is_drawn() -> None:
    # Two figures of different height before an empty plain: each covers as many pixels as its
    # own render without the other.
    people = [
        Mannequin(east=x, north=0, yaw=180, number=n, pose=pose, tall=1.8, grey=0.3)
        for n, x, pose in ((1, -1.5, STANDING), (2, 1.5, SITTING))
    ]
    camera = replace(CAMERA, position=(0.0, -8.0, 1.6), pitch=0.0)
    sun = Sun(200, 40)
    alone = []
    for person in people:
        found = render(list(person.solids()), camera, sun, LOOK, Texture(3))
        alone.append(int((found.shown >= 0).sum()))
        assert (found.shown == SKY).any()
    solids = [part for person in people for part in person.solids()]
    both = render(solids, camera, sun, LOOK, Texture(3))
    owners = np.array([solid.owner for solid in solids])[both.shown[both.shown >= 0]]
    assert [int((owners == n).sum()) for n in (1, 2)] == alone
    # The sitting one is lower: by its head it reaches about half as high.
    tops = [np.nonzero(np.isin(both.shown, np.nonzero(owners_of(solids) == n)[0]))[0].min()
            for n in (1, 2)]  # fmt: skip
    ground = camera.project([(0.0, 0.0, 0.0)])[0][0][1]
    assert (ground - tops[1]) / (ground - tops[0]) == pytest.approx(0.58, abs=0.08)


def owners_of(solids: list[object]) -> np.ndarray:
    return np.array([solid.owner for solid in solids])  # type: ignore[attr-defined]
