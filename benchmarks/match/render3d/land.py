"""Open land: a hilly field, and an excavation with plain figures beside it."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from render3d.actors import (
    Moment,
    Rng,
    Stage,
    crowd,
    mannequin,
    traffic,
    tree,
    tree_surfaces,
    tufts,
)
from render3d.fronts import facade
from render3d.mesh import Array
from render3d.textures import flat, ground, noise, planks


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


def land(
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


def field(stage: Stage, rng: Rng, seed: int, when: Moment) -> None:
    height = land(stage, rng, seed, when, "field")
    spots = [(rng.uniform(-18, 18), rng.uniform(14, 35), rng.uniform(0, 6)) for _ in range(5)]
    traffic(stage, seed, when, spots, 0.7, height)
    crowd(stage, seed, when, (-9, 7, 9, 26), 8, height)


def pit(stage: Stage, rng: Rng, seed: int, when: Moment) -> None:
    height = land(stage, rng, seed, when, "pit")
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
    stage.mesh.box(base + np.array([0, 0, 1.0]), (2.2, 2.6, 1.7), body, 0.4)
    stage.mesh.capsule(base + np.array([0, -1, 2]), base + np.array([0.6, -4, 4.4]), 0.22, body)
    stage.mesh.capsule(base + np.array([0.6, -4, 4.4]), base + np.array([1, -6.4, 2.2]), 0.18, body)
    traffic(
        stage,
        seed,
        when,
        [(rng.uniform(-15, 15), rng.uniform(25, 34), rng.uniform(0, 6)) for _ in range(4)],
        0.7,
        height,
    )
    crowd(stage, seed, when, (-11, 9, 11, 11.5), 9, height)
