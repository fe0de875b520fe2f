"""Five kinds of places, each from a seed: a street, a yard, a hilly field, an excavation, a room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from render3d.actors import Moment, Stage, crowd, mannequin, traffic, tree, tree_surfaces, tufts
from render3d.camera import Camera
from render3d.mesh import Array, Mesh
from render3d.shoot import Textures, Weather, World
from render3d.textures import (
    books,
    brick,
    cloth,
    colour,
    facade,
    flat,
    ground,
    noise,
    planks,
    plaster,
    poster,
)

Rng = np.random.Generator


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
            azimuth=float(rng.uniform(0, 2 * np.pi)), height=float(rng.uniform(0.35, 1.1)), sun=strong,
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


def _street(stage: Stage, rng: Rng, seed: int, when: Moment) -> None:
    mesh, add = stage.mesh, stage.textures.add
    road, walk = (
        add(ground(rng, rng.choice(["asphalt", "cobbles"]), 2048)),
        add(ground(rng, "gravel", 512)),
    )
    roof = add(planks(rng, 256, 14))
    leaf, bark = tree_surfaces(stage, rng)
    mesh.quad((-9, -12, 0), (18, 0, 0), (0, 100, 0), road, (1, 5))
    for side in (-1, 1):
        mesh.box((side * 7.2, 38, 0), (2.4, 100, 0.15), walk, 0, (1, 40))
        y = -10.0
        while y < 70:
            wide, floors, bays = (
                rng.uniform(7, 14),
                int(rng.integers(2, 5)),
                int(rng.integers(3, 6)),
            )
            high, set_back = floors * rng.uniform(2.9, 3.5), rng.uniform(0, 0.7)
            x = side * (8.4 + set_back)
            front = add(facade(rng, floors, bays))
            start, along = (
                ((x, y + wide, 0), (0, -wide, 0)) if side > 0 else ((x, y, 0), (0, wide, 0))
            )
            mesh.quad(start, along, (0, 0, high), front)
            for end in (y, y + wide):
                mesh.quad((x, end, 0), (side * 8, 0, 0), (0, 0, high), walk, (3, 3))
            mesh.quad(
                (x - side * 0.4, y, high - 0.1), (0, wide, 0), (side * 4, 0, 2.4), roof, (2, 1)
            )
            for _ in range(rng.integers(0, 4)):
                floor, bay = rng.integers(1, floors), rng.integers(0, bays)
                place = (x - side * 0.5, y + (bay + 0.5) * wide / bays, floor * high / floors)
                mesh.box(place, (1.0, wide / bays * 0.8, 0.9), walk)
            if rng.random() < 0.5:
                mesh.quad(
                    (x, y + 1, 2.6), (0, wide * 0.5, 0), (-side * 1.4, 0, 0.5), add(cloth(rng))
                )
            y += wide
        for y in np.arange(rng.uniform(0, 8), 70, 14):
            if rng.random() < 0.4:
                mesh.capsule((side * 6.2, y, 0), (side * 6.2, y, 5.5), 0.07, roof)
            elif rng.random() < 0.5:
                tree(
                    stage,
                    seed + int(y),
                    np.array([side * 6.3, y, 0]),
                    rng.uniform(4, 7),
                    when,
                    leaf,
                    bark,
                )
    mesh.quad((-9, 72, 0), (18, 0, 0), (0, 0, 11), add(facade(rng, 3, 6)))
    parked = [(s * 4.6, y, 0.0 if s > 0 else np.pi) for y in np.arange(4, 60, 6.5) for s in (-1, 1)]
    traffic(stage, seed, when, parked, 0.4)
    crowd(stage, seed, when, (-6, 6, 6, 40), 12)


def _yard(stage: Stage, rng: Rng, seed: int, when: Moment) -> None:
    mesh, add = stage.mesh, stage.textures.add
    floor = add(ground(rng, rng.choice(["asphalt", "soil", "gravel"]), 2048))
    mesh.quad((-25, -25, 0), (50, 0, 0), (0, 50, 0), floor, (2, 2))
    walls = [((-14, 16, 0), (28, 0, 0)), ((14, 16, 0), (0, -30, 0)), ((-14, -14, 0), (0, 30, 0))]
    for corner, along in walls:
        for part in range(3):
            start = np.array(corner) + np.array(along) * part / 3
            kind = rng.random()
            made = facade(rng, 2, 4) if kind < 0.5 else brick(rng) if kind < 0.75 else plaster(rng)
            tall = rng.uniform(5.5, 8) if kind < 0.5 else rng.uniform(2.5, 4)
            mesh.quad(tuple(start), tuple(np.array(along) / 3), (0, 0, tall), add(made))
    for _ in range(rng.integers(6, 14)):
        place = rng.uniform(-11, 11), rng.uniform(2, 14), 0
        size = tuple(rng.uniform(0.5, 2.6, 3))
        mesh.box(place, size, add(planks(rng, 256, int(rng.integers(3, 12)))), rng.uniform(0, 3))
    for _ in range(rng.integers(3, 8)):
        x, y = rng.uniform(-10, 10), rng.uniform(0, 14)
        mesh.capsule((x, y, 0.3), (x, y, 0.9), 0.3, add(planks(rng, 64, 3)))
    leaf, bark = tree_surfaces(stage, rng)
    for number in range(rng.integers(1, 4)):
        base = np.array([rng.uniform(-11, 11), rng.uniform(4, 13), 0])
        tree(stage, seed + number, base, rng.uniform(4, 7), when, leaf, bark)
    traffic(
        stage,
        seed,
        when,
        [(rng.uniform(-9, 9), rng.uniform(3, 12), rng.uniform(0, 6)) for _ in range(3)],
        0.5,
    )
    crowd(stage, seed, when, (-9, 1, 9, 12), 8)


def hills(seed: int, kind: str) -> Callable[[object, object], Array]:
    """Return the height of the ground [m] at places [m] within 120 m."""
    rng = np.random.default_rng([seed, 10])
    sheet = noise(rng, 240, 240, 5, 4) * (3.5 if kind == "field" else 0.8)

    def height(x: object, y: object) -> Array:
        mx = np.asarray(x, np.float32).reshape(-1, 1) + 120
        my = np.asarray(y, np.float32).reshape(-1, 1) + 120
        high = cv2.remap(sheet, mx, my, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        high = high.reshape(np.shape(x)).astype(float)
        far = np.hypot(x, y)
        high = high + 14 * np.clip((far - 60) / 60, 0, 1) ** 1.5 * (
            1 + 0.4 * np.sin(np.arctan2(y, x) * 5 + seed)
        )
        if kind == "pit":
            edge = 1 / (
                1
                + np.exp(
                    3
                    * (np.maximum(np.abs(np.asarray(x)) / 9, np.abs(np.asarray(y) - 16) / 3.2) - 1)
                    * 4
                )
            )
            high = high - 2.2 * edge
            heap = np.exp(-(((np.asarray(y) - 22.5) / 2.2) ** 2)) * (np.abs(np.asarray(x)) < 11)
            high = high + 1.6 * heap * (1 + 0.3 * np.sin(np.asarray(x) * 1.3))
        return np.asarray(high, float)

    return height


def _land(
    stage: Stage, rng: Rng, seed: int, when: Moment, kind: str
) -> Callable[[object, object], Array]:
    mesh, add = stage.mesh, stage.textures.add
    height = hills(seed, kind)
    axis = np.concatenate(
        [np.linspace(-118, -30, 30), np.linspace(-29, 45, 112), np.linspace(47, 118, 25)]
    )
    x, y = np.meshgrid(axis, axis)
    places = np.stack([x, y, height(x, y)], axis=2)
    soil = add(ground(rng, "grass" if kind == "field" else "soil", 2048))
    mesh.grid(places, np.stack([x / 40, y / 40], axis=2), soil)
    leaf, bark = tree_surfaces(stage, rng)
    spots = np.stack([rng.uniform(-26, 26, 1800), rng.uniform(-4, 40, 1800)], axis=1)
    tufts(stage, seed, np.column_stack([spots, height(spots[:, 0], spots[:, 1])]), leaf)
    for number in range(rng.integers(14, 26)):
        angle, far = rng.uniform(-1.2, 1.2), rng.uniform(26, 75)
        px, py = far * np.sin(angle), far * np.cos(angle)
        tree(
            stage,
            seed + number,
            np.array([px, py, float(height(px, py))]),
            rng.uniform(5, 10),
            when,
            leaf,
            bark,
        )
    for _ in range(rng.integers(2, 5)):
        px, py = rng.uniform(-35, 35), rng.uniform(30, 60)
        made, size = (
            add(facade(rng, 1, 3)),
            (rng.uniform(5, 9), rng.uniform(4, 8), rng.uniform(2.8, 4)),
        )
        base = (px, py, float(height(px, py)) - 0.5)
        mesh.box(base, size, made, rng.uniform(0, 3), roof=add(planks(rng, 256, 12)))
    return height


def _field(stage: Stage, rng: Rng, seed: int, when: Moment) -> None:
    height = _land(stage, rng, seed, when, "field")
    spots = [(rng.uniform(-18, 18), rng.uniform(14, 35), rng.uniform(0, 6)) for _ in range(5)]
    traffic(stage, seed, when, spots, 0.7, height)
    crowd(stage, seed, when, (-9, 7, 9, 26), 8, height)


def _pit(stage: Stage, rng: Rng, seed: int, when: Moment) -> None:
    height = _land(stage, rng, seed, when, "pit")
    day = np.random.default_rng([seed, 11])
    for number in range(int(day.integers(8, 16))):  # plain figures in a row, covered by nothing
        x, y = -7 + number * 0.95 + day.normal(0, 0.12), 15.2 + day.normal(0, 0.3)
        feet = np.array([x, y, float(height(x, y + 0.8))])
        mannequin(
            stage,
            np.random.default_rng([seed, 12, number]),
            feet,
            day.normal(0, 0.2),
            0.2,
            lying=True,
        )
    metal = stage.textures.add(planks(rng, 128, 4))
    body = stage.textures.add(flat(rng, (0.75, 0.55, 0.12), 128, 128, 0.06))
    base = np.array([rng.uniform(-6, 6), 26.0, 0.0])
    base[2] = float(height(base[0], base[1]))
    stage.mesh.box(base, (2.6, 4.2, 1.0), metal, 0.4)
    stage.mesh.box(base + (0, 0, 1.0), (2.2, 2.6, 1.7), body, 0.4)
    stage.mesh.capsule(base + (0, -1, 2), base + (0.6, -4, 4.4), 0.22, body)
    stage.mesh.capsule(base + (0.6, -4, 4.4), base + (1, -6.4, 2.2), 0.18, body)
    traffic(
        stage,
        seed,
        when,
        [(rng.uniform(-15, 15), rng.uniform(25, 34), rng.uniform(0, 6)) for _ in range(4)],
        0.7,
        height,
    )
    crowd(stage, seed, when, (-11, 9, 11, 11.5), 9, height)


def _room(stage: Stage, rng: Rng, seed: int, when: Moment) -> None:
    mesh, add = stage.mesh, stage.textures.add
    wide, deep, tall = rng.uniform(5, 8), rng.uniform(5, 8), 2.8
    boards = add(planks(rng, 1024, 22))
    paper = (
        plaster(rng)
        if rng.random() < 0.5
        else flat(rng, colour(rng, 0.4, 0.8, 0.4), 512, 512, 0.05, 30)
    )
    wall = add(paper)
    mesh.quad((-wide / 2, -2, 0), (wide, 0, 0), (0, deep + 2, 0), boards)
    mesh.quad((-wide / 2, deep, 0), (wide, 0, 0), (0, 0, tall), wall)
    mesh.quad((-wide / 2, -2, 0), (0, deep + 2, 0), (0, 0, tall), wall)
    mesh.quad((wide / 2, deep, 0), (0, -deep - 2, 0), (0, 0, tall), wall)
    mesh.quad((-wide / 2, deep, tall), (wide, 0, 0), (0, -deep - 2, 0), add(plaster(rng, 256, 256)))
    for _ in range(rng.integers(4, 9)):
        w, h = rng.uniform(0.4, 1.2), rng.uniform(0.4, 1.0)
        side, z = rng.integers(3), rng.uniform(1.1, 1.7)
        made = add(poster(rng))
        if side == 0:
            mesh.quad(
                (rng.uniform(-wide / 2, wide / 2 - w), deep - 0.03, z), (w, 0, 0), (0, 0, h), made
            )
        else:
            x = (wide / 2 - 0.03) * (1 if side == 1 else -1)
            along = (0, -w, 0) if side == 1 else (0, w, 0)
            mesh.quad((x, rng.uniform(0.8, deep - 0.8), z), along, (0, 0, h), made)
    for _ in range(rng.integers(1, 3)):
        mesh.box(
            (rng.uniform(-wide / 2 + 1, wide / 2 - 1), deep - 0.2, 0),
            (1.3, 0.35, 2.0),
            add(books(rng)),
        )
    for _ in range(rng.integers(2, 4)):
        x, y, turn = (
            rng.uniform(-wide / 2 + 1, wide / 2 - 1),
            rng.uniform(1.5, deep - 1),
            rng.uniform(0, 3),
        )
        wood = add(planks(rng, 256, 5))
        mesh.box((x, y, 0.68), (1.4, 0.8, 0.06), wood, turn)
        mesh.box((x, y, 0), (0.5, 0.5, 0.68), wood, turn)
        things = np.random.default_rng([seed, int(x * 1000) & 0xFFFF, when.day])
        for _ in range(things.integers(1, 5)):  # what lies on tables changes from day to day
            stage.begin()
            place = (x + things.uniform(-0.35, 0.35), y + things.uniform(-0.25, 0.25), 0.74)
            size = tuple(things.uniform(0.06, 0.32, 3))
            mesh.box(place, size, add(poster(things, 96, 96)), things.uniform(0, 3))
            stage.end()
    for _ in range(rng.integers(2, 6)):
        place = (rng.uniform(-wide / 2 + 0.5, wide / 2 - 0.5), rng.uniform(1.5, deep - 0.5), 0)
        mesh.box(
            place, tuple(rng.uniform(0.3, 0.9, 3)), add(poster(rng, 192, 192)), rng.uniform(0, 3)
        )
    crowd(stage, seed, when, (-wide / 2 + 0.8, 2.0, wide / 2 - 0.8, deep - 0.8), 3)


_KINDS: dict[str, Callable[[Stage, Rng, int, Moment], None]] = {
    "street": _street, "yard": _yard, "field": _field, "pit": _pit, "room": _room,
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
