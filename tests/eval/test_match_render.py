"""The renderer of benchmarks/match: places and shadows fall where plain geometry says."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks" / "match"))

from render3d.actors import Moment
from render3d.camera import Body, Camera, develop
from render3d.mesh import Mesh
from render3d.places import Place
from render3d.shoot import Shot, Textures, Weather, World
from render3d.truth import between

HIGH_SUN = Weather(azimuth=math.pi / 2, height=math.radians(45), sun=1.5, haze_m=1e9, clouds=1)


def _flat(textures: Textures, tone: tuple[float, float, float]) -> int:
    return textures.add(np.full((16, 16, 3), tone, np.float32))


def _world() -> World:
    """A red square metre 10 m ahead, and a blue wall twice as far."""
    mesh, textures = Mesh(), Textures()
    mesh.quad((0, 10, 1), (1, 0, 0), (0, 0, 1), _flat(textures, (0.9, 0.1, 0.1)))
    mesh.quad((-3, 20, 1), (8, 0, 0), (0, 0, 3), _flat(textures, (0.1, 0.1, 0.9)))
    return World(mesh, textures, 0)


CAMERA = Camera((0.0, 0.0, 1.5), 0.0, focal=1.0, width=400, height=300)


def test_a_square_is_where_a_pinhole_puts_it_and_hides_what_is_behind() -> None:
    shot = _world().shoot(CAMERA, HIGH_SUN)
    red = shot.light[..., 0] > 2 * shot.light[..., 2]
    rows, columns = np.nonzero(red)
    # x' = f x / z: from 0 m to 1 m at 10 m and 400 px focal length is 40 px right of the middle;
    # half a metre above and below the eye is 20 px.
    assert columns.min() == pytest.approx(199.5, abs=1.1)
    assert columns.max() == pytest.approx(239.5, abs=1.1)
    assert rows.min() == pytest.approx(129.5, abs=1.1)
    assert rows.max() == pytest.approx(169.5, abs=1.1)
    assert np.allclose(shot.depth[135:165, 205:235], 10.0, atol=1e-6)
    assert np.allclose(shot.depth[135:155, 150:190], 20.0, atol=1e-6)


def test_a_shadow_is_as_long_as_the_sun_makes_it() -> None:
    mesh, textures = Mesh(), Textures()
    mesh.quad((-20, -20, 0), (40, 0, 0), (0, 40, 0), _flat(textures, (0.6, 0.6, 0.6)))
    mesh.box((0, 0, 0), (1, 1, 2), _flat(textures, (0.6, 0.1, 0.1)))
    above = Camera((0, 0, 30.0), 0.0, pitch=-math.pi / 2, focal=1.0, width=600, height=600)
    shot = World(mesh, textures, 0).shoot(above, HIGH_SUN)
    grey = abs(shot.light[..., 0] / shot.light[..., 1] - 1) < 0.3
    dark = grey & (shot.light[..., 1] < 0.5 * np.median(shot.light[..., 1]))
    columns = np.nonzero(dark)[1]
    # The sun stands in the east at 45 degrees: the shadow of 2 m reaches 2 m to the west of the
    # wall, at 20 px for each metre of ground.
    assert columns.max() < 300
    assert columns.min() == pytest.approx(299.5 - (0.5 + 2.0) * 20, abs=3)


def test_the_truth_of_a_turn_is_no_parallax_and_of_a_step_what_depths_say() -> None:
    world = _world()
    one = world.shoot(CAMERA, HIGH_SUN)
    turned = world.shoot(Camera((0.0, 0.0, 1.5), 0.05, 0.02, 0.01, 1.0, 400, 300), HIGH_SUN)
    assert between(one, turned)["parallax"] < 0.05
    assert between(one, turned)["turn_deg"] == pytest.approx(
        math.degrees(math.acos(_cosine(0.05, 0.02, 0.01))), abs=0.02
    )
    stepped = world.shoot(Camera((0.4, 0.0, 1.5), 0.0, 0.0, 0.0, 1.0, 400, 300), HIGH_SUN)
    told = between(one, stepped)
    assert told["shift_m"] == pytest.approx(0.4)
    # Against the far wall the near square, a sixth of what is seen, moves by f b (1/10 - 1/20) =
    # 8 px of 400, which is 10.24 px of 512; most places are on the wall, and the map follows them.
    assert told["parallax"] == pytest.approx(10.24, abs=0.4)


def _cosine(yaw: float, pitch: float, roll: float) -> float:
    """The cosine of the turn of a camera by three angles, from its rotation matrix by hand."""
    cy, sy, cp, sp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
    about_z = np.array([[cy, sy, 0], [-sy, cy, 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    cr, sr = math.cos(roll), math.sin(roll)
    about_y = np.array([[cr, 0, sr], [0, 1, 0], [-sr, 0, cr]])
    return float((np.trace(about_z @ about_x @ about_y) - 1) / 2)


def test_what_is_hidden_in_the_other_picture_is_no_overlap() -> None:
    world = _world()
    one = world.shoot(CAMERA, HIGH_SUN)
    # From 2.5 m before the far wall 3.6 square metres of it are seen. From the first place, which
    # sees 21 of its 24 (400 px each) and 1,600 px of the near square, all but 0.7 of these are
    # hidden by that: 0.03 of its picture, and 0.145 if hiding were forgotten.
    near = Camera((1.0, 17.5, 1.5), 0.0, focal=1.0, width=400, height=300)
    assert 0.005 < between(one, world.shoot(near, HIGH_SUN))["overlap"] < 0.06
    behind = Camera((1.0, 5.0, 1.5), math.pi, focal=1.0, width=400, height=300)
    assert between(one, world.shoot(behind, HIGH_SUN))["overlap"] == 0
    assert between(one, one)["overlap"] > 0.99


def test_noise_is_new_in_each_picture_and_grows_with_light() -> None:
    body = Body(1.0, (1.0, 1.0, 1.0), 0.002, 0.001, 0.0, 0.0, 0.45, 90)
    light = np.full((200, 200, 3), 0.2, np.float32)
    light[:, 100:] = 0.02
    rng = np.random.default_rng(1)
    one, other = (develop(light, body, rng).astype(float) for _ in range(2))
    left, right = ((one - other)[:, part, 1].ravel() for part in (slice(0, 90), slice(110, 200)))
    assert left.std() > 0.5
    assert abs(np.corrcoef(one[:, :90, 1].ravel(), other[:, :90, 1].ravel())[0, 1]) < 0.05
    # d(L^0.45) = 0.45 L^-0.55 sqrt(0.002 L): a tenth of the light shows 10^0.05 times the noise.
    assert 1.0 < right.std() / left.std() < 1.6


@pytest.fixture(scope="module")
def room() -> tuple[Shot, Shot, Shot]:
    place = Place("room", 1)
    camera, _ = place.camera(0)
    small = Camera(camera.eye, camera.yaw, camera.pitch, 0.0, camera.focal, 256, 192)
    moments = (Moment(0, 1.0), Moment(0, 1.0), Moment(3, 1.0))
    one, again, later = (place.at(when).shoot(small, place.weather(0), 1) for when in moments)
    return one, again, later


def test_a_place_is_the_same_again_and_on_another_day_only_what_moves_differs(
    room: tuple[Shot, Shot, Shot],
) -> None:
    one, again, later = room
    assert np.array_equal(one.light, again.light)
    assert not np.array_equal(one.thing, later.thing)
    still = (one.thing == 0) & (later.thing == 0)
    assert still.mean() > 0.5
    assert np.allclose(one.depth[still], later.depth[still])


def test_a_blurred_copy_of_a_texture_is_what_far_ground_shows() -> None:
    textures = Textures()
    rng = np.random.default_rng(2)
    number = textures.add(rng.random((64, 64, 3)).astype(np.float32))
    _, rows, levels = textures.tables()
    assert [tuple(row[1:3]) for row in rows[number : number + 5]] == [
        (64, 64), (32, 32), (16, 16), (8, 8), (4, 4),
    ]  # fmt: skip
    assert levels[number] == len(rows)
    means = [part.reshape(-1, 4)[:, :3].mean() for part in textures.parts]
    assert max(means) - min(means) < 2.0
