"""Places that people built: a street, a yard, a room."""

from __future__ import annotations

import numpy as np

from render3d.actors import Moment, Rng, Stage, crowd, traffic, tree, tree_surfaces
from render3d.fronts import facade
from render3d.textures import (
    books,
    brick,
    cloth,
    colour,
    flat,
    ground,
    planks,
    plaster,
    poster,
)


def street(stage: Stage, rng: Rng, seed: int, when: Moment) -> None:
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


def yard(stage: Stage, rng: Rng, seed: int, when: Moment) -> None:
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


def room(stage: Stage, rng: Rng, seed: int, when: Moment) -> None:
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
