"""What moves: plain mannequins, vehicles, and leaves in the wind, at a moment of a day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render3d.mesh import Array, Mesh
from render3d.shoot import Textures
from render3d.textures import cloth, colour, flat, foliage, planks, vehicle

Rng = np.random.Generator


@dataclass(frozen=True)
class Moment:
    """Which day it is, and how many seconds into it; a day has its own people, cars and sun."""

    day: int
    second: float


@dataclass
class Stage:
    """What is being built: mesh, textures, and the surfaces that are used more than once."""

    mesh: Mesh
    textures: Textures
    things: int = 0

    def begin(self) -> None:
        """Begin a thing that may move."""
        self.things += 1
        self.mesh.now = self.things

    def end(self) -> None:
        """Go on with what never moves."""
        self.mesh.now = 0


def mannequin(
    stage: Stage, rng: Rng, feet: Array, heading: float, gait: float, lying: bool = False
) -> None:
    """Add a plain figure of rods: no face, no wounds. ``gait`` [rad] swings arms and legs."""
    stage.begin()
    shirt, trousers = stage.textures.add(cloth(rng)), stage.textures.add(cloth(rng))
    skin = stage.textures.add(flat(rng, colour(rng, 0.35, 0.6, 0.1), 32, 32, 0.03))
    tall = rng.uniform(0.93, 1.07)
    ahead = np.array([np.sin(heading), np.cos(heading), 0.0])
    side = np.array([ahead[1], -ahead[0], 0.0])
    up = np.array([0, 0, 1.0])
    if lying:
        ahead, up = up, ahead
        feet = feet + 0.14 * ahead

    def at(forward: float, aside: float, high: float) -> Array:
        return np.asarray(feet + tall * (forward * ahead + aside * side + high * up), float)

    swing = 0.28 * np.sin(gait)
    rods = [
        (at(swing, 0.10, 0.06), at(0, 0.10, 0.85), 0.075, trousers),
        (at(-swing, -0.10, 0.06), at(0, -0.10, 0.85), 0.075, trousers),
        (at(0, 0, 0.88), at(0, 0, 1.36), 0.15, shirt),
        (at(-swing, 0.25, 0.88), at(0, 0.20, 1.40), 0.05, shirt),
        (at(swing, -0.25, 0.88), at(0, -0.20, 1.40), 0.05, shirt),
        (at(0, 0, 1.58), at(0, 0, 1.66), 0.10, skin),
    ]
    for one, other, radius, texture in rods:
        stage.mesh.capsule(one, other, radius, texture)
    stage.end()


def crowd(stage: Stage, seed: int, when: Moment, box: tuple[float, float, float, float], most: int,
          height: object = None) -> None:  # fmt: skip
    """Add people who walk or stand in a box (west, south, east, north) on this day."""
    rng = np.random.default_rng([seed, when.day, 1])
    for number in range(int(rng.integers(max(1, most // 2), most + 1))):
        place = np.array([rng.uniform(box[0], box[2]), rng.uniform(box[1], box[3])])
        heading = rng.uniform(0, 2 * np.pi)
        speed = 0.0 if rng.random() < 0.3 else rng.uniform(0.6, 1.6)
        place = place + speed * when.second * np.array([np.sin(heading), np.cos(heading)])
        ground = float(height(place[0], place[1])) if callable(height) else 0.0
        gait = 2 * np.pi * speed * when.second / 1.4 + rng.uniform(0, 6)
        # Who stands shifts a little, too.
        sway = 0.0 if speed else 0.02 * np.sin(1.7 * when.second + number)
        own = np.random.default_rng([seed, when.day, 2, number])
        feet = np.array([place[0] + sway, place[1], ground])
        mannequin(stage, own, feet, heading + 2 * sway, gait if speed else 0.3 + 4 * sway)


def traffic(stage: Stage, seed: int, when: Moment, places: list[tuple[float, float, float]],
            share: float = 0.7, height: object = None) -> None:  # fmt: skip
    """Add vehicles at some of the places (x, y, heading): parked, one in three moving."""
    rng = np.random.default_rng([seed, when.day, 3])
    for number, (x, y, heading) in enumerate(places):
        here, moving, speed = rng.random() < share, rng.random() < 0.33, rng.uniform(1, 7)
        if not here:
            continue
        way = speed * when.second if moving else 0.0
        x, y = x + way * np.sin(heading), y + way * np.cos(heading)
        ground = float(height(x, y)) if callable(height) else 0.0
        own = np.random.default_rng([seed, when.day, 4, number])
        stage.begin()
        side = stage.textures.add(vehicle(own))
        size = own.uniform(1.7, 2.0), own.uniform(3.8, 5.6), own.uniform(1.4, 2.4)
        stage.mesh.box((x, y, ground + 0.05), size, side, -heading)
        stage.end()


def tree(
    stage: Stage, seed: int, base: Array, tall: float, when: Moment, leaf: int, bark: int
) -> None:
    """Add a tree whose leaves stir."""
    rng = np.random.default_rng([seed, 5])
    stage.mesh.capsule(base, base + np.array([0, 0, tall * 0.55]), 0.05 * tall**0.7, bark)
    for _ in range(4):
        start = base + np.array([0, 0, tall * rng.uniform(0.3, 0.55)])
        tip = start + np.array([*rng.normal(0, 0.16 * tall, 2), tall * 0.25])
        stage.mesh.capsule(start, tip, 0.02 * tall**0.7, bark)
    count = 420
    out = rng.normal(size=(count, 3))
    out *= (rng.uniform(0.2, 1, count) ** 0.5 / np.linalg.norm(out, axis=1))[:, None]
    places = base + (0, 0, tall * 0.68) + out * (0.30 * tall, 0.30 * tall, 0.32 * tall)
    wind = np.random.default_rng([seed, 6, when.day])
    phase, reach = wind.uniform(0, 2 * np.pi, count), wind.uniform(0.01, 0.09)
    places[:, 0] += reach * np.sin(2.1 * when.second + phase)
    places[:, 2] += 0.5 * reach * np.sin(2.9 * when.second + 1.7 * phase)
    stage.begin()
    stage.mesh.leaves(places, rng.uniform(0.10, 0.17, count) * tall**0.7, seed, leaf)
    stage.end()


def tree_surfaces(stage: Stage, rng: Rng) -> tuple[int, int]:
    """Return textures of leaves and bark."""
    return stage.textures.add(foliage(rng)), stage.textures.add(planks(rng, 128, 5))


def tufts(stage: Stage, seed: int, places: Array, leaf: int) -> None:
    """Add small plants on the ground."""
    rng = np.random.default_rng([seed, 7])
    stage.mesh.leaves(places, rng.uniform(0.12, 0.45, len(places)), seed, leaf)
