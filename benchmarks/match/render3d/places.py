"""Five kinds of places, each from a seed: a street, a yard, a field, an excavation, a room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from render3d.actors import Moment, Rng, Stage
from render3d.built import room, street, yard
from render3d.camera import Camera
from render3d.land import field, hills, pit
from render3d.mesh import Mesh
from render3d.shoot import Textures, Weather, World


@dataclass(frozen=True)
class Place:
    """A kind of place and a seed; all else follows from them and from the moment."""

    kind: str
    seed: int

    @property
    def name(self) -> str:
        """Return the name of the scene."""
        return f"{self.kind}{self.seed}"

    def at(self, when: Moment) -> World:
        """Return the world at a moment."""
        stage = Stage(Mesh(), Textures())
        _KINDS[self.kind](
            stage, np.random.default_rng([self.seed, len(self.kind)]), self.seed, when
        )
        return World(stage.mesh, stage.textures, self.seed)

    def weather(self, day: int) -> Weather:
        """Return the light of a day; indoors it is that of the windows."""
        rng = np.random.default_rng([self.seed, day, 8])
        strong = 0.25 if self.kind == "room" else float(rng.choice([0.05, 0.9, 1.3, 1.6]))
        return Weather(
            azimuth=float(rng.uniform(0, 2 * np.pi)), height=float(rng.uniform(0.35, 1.1)),
            sun=strong,
            haze_m=float(rng.uniform(250, 1500)), clouds=int(rng.integers(1 << 30)),
        )  # fmt: skip

    def camera(self, view: int) -> tuple[Camera, tuple[float, float, float]]:
        """Return a usual camera of this place, and what it looks at."""
        rng = np.random.default_rng([self.seed, view, 9])
        eye, target = _VIEWS[self.kind](rng)
        focal = float(rng.uniform(0.65, 1.0))
        tall = rng.random() < 0.25
        camera = Camera(
            eye, 0.0, focal=focal, width=768 if tall else 1024, height=1024 if tall else 768
        )
        camera = camera.at(target)
        return camera, target

    def around(
        self,
        camera: Camera,
        target: tuple[float, float, float],
        degrees: float,
        nearer: float = 1.0,
    ) -> Camera:
        """Return the camera moved round its target by an angle, still looking at it."""
        turn = np.deg2rad(degrees)
        off = np.array(camera.eye) - np.array(target)
        cos, sin = np.cos(turn), np.sin(turn)
        x, y = (cos * off[0] - sin * off[1]) * nearer, (sin * off[0] + cos * off[1]) * nearer
        eye = (float(target[0] + x), float(target[1] + y), camera.eye[2])
        if self.kind in ("field", "pit"):
            eye = (*eye[:2], float(hills(self.seed, self.kind)(eye[0], eye[1])) + 1.7)
        moved = Camera(eye, 0.0, focal=camera.focal, width=camera.width, height=camera.height)
        return moved.at(target)


_KINDS: dict[str, Callable[[Stage, Rng, int, Moment], None]] = {
    "street": street, "yard": yard, "field": field, "pit": pit, "room": room,
}  # fmt: skip
KINDS = tuple(_KINDS)

Spot = tuple[tuple[float, float, float], tuple[float, float, float]]


def _in_street(rng: Rng) -> Spot:
    eye = (float(rng.uniform(-4, 4)), float(rng.uniform(-4, 8)), 1.6)
    return eye, (
        float(rng.uniform(-7, 7)),
        float(eye[1] + rng.uniform(12, 22)),
        float(rng.uniform(2, 4)),
    )


def _in_yard(rng: Rng) -> Spot:
    eye = (float(rng.uniform(-8, 8)), float(rng.uniform(-10, -4)), 1.6)
    return eye, (float(rng.uniform(-6, 6)), float(rng.uniform(8, 14)), 1.8)


def _in_field(rng: Rng) -> Spot:
    return (float(rng.uniform(-6, 6)), float(rng.uniform(-6, 2)), 2.5), (
        float(rng.uniform(-6, 6)),
        24.0,
        1.5,
    )


def _in_room(rng: Rng) -> Spot:
    return (float(rng.uniform(-1.8, 1.8)), float(rng.uniform(-1.6, 0.2)), 1.5), (
        float(rng.uniform(-1.2, 1.2)),
        4.6,
        1.2,
    )


_VIEWS: dict[str, Callable[[Rng], Spot]] = {
    "street": _in_street, "yard": _in_yard, "field": _in_field, "pit": _in_field, "room": _in_room,
}  # fmt: skip
