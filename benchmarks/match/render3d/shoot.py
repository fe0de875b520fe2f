"""Photographs of a world: light, shadow, depth and which thing each pixel shows."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from render3d.camera import Array, Camera
from render3d.mesh import Mesh
from render3d.raster import draw, paint

NEAR = 0.15
"""Nearest distance that is drawn [m]."""

FINER = 2
"""Pixels along each side of a pixel, which are averaged: edges must not be stairs."""

LINEAR = (np.arange(256) / 255) ** 2.2
"""Light of each sRGB value, nearly."""

SHADOW_SIDE = 2048
"""Side of the map of what the sun sees first [px]."""


@dataclass(frozen=True)
class Weather:
    """Where the sun stands [rad: azimuth from north, height] and how light is shared."""

    azimuth: float
    height: float
    sun: float
    haze_m: float
    clouds: int

    def direction(self) -> Array:
        """Return the unit vector to the sun."""
        flat = np.cos(self.height)
        return np.array(
            [flat * np.sin(self.azimuth), flat * np.cos(self.azimuth), np.sin(self.height)]
        )


@dataclass(frozen=True)
class Shot:
    """Light (h, w, 3) red first, depth [m] (h, w) and thing (h, w; -1 sky), of one picture."""

    light: NDArray[np.float32]
    depth: Array
    thing: NDArray[np.int64]
    camera: Camera


class Textures:
    """Textures with their reduced versions, as the drawing loops need them."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, int, int, int]] = []
        self.parts: list[NDArray[np.uint8]] = []
        self.levels: list[int] = []
        self.total = 0

    def add(self, image: NDArray[np.float32]) -> int:
        """Add one, sRGB 0 to 1 and maybe alpha; return its number."""
        first = len(self.rows)
        holes = int(image.shape[2] == 4)
        level = np.full((*image.shape[:2], 4), 255, np.uint8)
        level[..., : image.shape[2]] = np.clip(image, 0, 1) * 255 + 0.5
        made = []
        while True:
            high, wide = level.shape[:2]
            made.append((self.total, high, wide, holes))
            self.parts.append(level.reshape(-1, 4))
            self.total += high * wide
            if min(high, wide) < 4:
                break
            level = cv2.resize(level, (wide // 2, high // 2), interpolation=cv2.INTER_AREA)
        self.rows += made
        self.levels += [len(made) - at for at in range(len(made))]
        return first

    def tables(self) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
        """Return all texels, the rows (start, height, width, holes) and levels from each row on."""
        return np.concatenate(self.parts), np.array(self.rows, np.int64), np.array(self.levels)


@dataclass
class World:
    """A mesh with textures, ready to be photographed."""

    mesh: Mesh
    textures: Textures
    seed: int

    def shoot(self, camera: Camera, weather: Weather, finer: int = FINER) -> Shot:
        """Return what a camera sees."""
        corners, normals, uv, texture, thing = self.mesh.joined()
        texels, rows, levels = self.textures.tables()
        big = camera.scaled(finer)
        points, triangles, owner, cut_uv = _seen(corners, uv, big)
        depth = np.full((big.height, big.width), np.inf)
        shown = np.full((big.height, big.width), -1, np.int64)
        draw(points, triangles, cut_uv, texture[owner], rows, texels, NEAR, False, depth, shown)
        shown = np.where(shown >= 0, owner[shown], -1) if len(owner) else shown
        sun_map, axes, start, step = _sun_map(corners, uv, texture, rows, texels, weather)
        area = np.linalg.norm(
            np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
        )
        one, two = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
        across = np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0])
        density = np.sqrt(across * rows[texture, 1] * rows[texture, 2] / np.maximum(area, 1e-9))
        edges = np.stack([corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]], axis=1)
        light = np.empty((big.height, big.width, 3), np.float32)
        paint(
            shown, depth, big.axes(), big.focal * max(big.width, big.height), np.array(big.eye),
            corners[:, 0].copy(), edges, normals, uv, texture, levels, density, texels,
            LINEAR, rows,
            weather.direction(), weather.sun * np.array([1.0, 0.93, 0.82]),
            np.array([0.42, 0.46, 0.52]), np.array([0.50, 0.53, 0.57]), weather.haze_m, sun_map,
            axes, start, step, _sky(camera, big, weather), light,
        )  # fmt: skip
        small = cv2.resize(light, (camera.width, camera.height), interpolation=cv2.INTER_AREA)
        things = np.where(shown >= 0, thing[shown], -1)
        return Shot(
            np.asarray(small, np.float32), depth[::finer, ::finer], things[::finer, ::finer], camera
        )


def _seen(
    corners: Array, uv: Array, camera: Camera
) -> tuple[Array, NDArray[np.int64], NDArray[np.int64], Array]:
    """Return corners in the picture, triangles, their numbers before cutting, and their uv."""
    eye, axes = np.array(camera.eye), camera.axes()
    deep = (corners - eye) @ axes[2]
    ahead = deep > NEAR
    whole, cut = (
        np.flatnonzero(ahead.all(axis=1)),
        np.flatnonzero(ahead.any(axis=1) & ~ahead.all(axis=1)),
    )
    parts, owners, parts_uv = [corners[whole]], [whole], [uv[whole]]
    for at in cut:
        ring, ring_uv = [], []
        for k in range(3):
            m = (k + 1) % 3
            if ahead[at, k]:
                ring.append(corners[at, k])
                ring_uv.append(uv[at, k])
            if ahead[at, k] != ahead[at, m]:
                share = (NEAR * 1.001 - deep[at, k]) / (deep[at, m] - deep[at, k])
                ring.append(corners[at, k] + share * (corners[at, m] - corners[at, k]))
                ring_uv.append(uv[at, k] + share * (uv[at, m] - uv[at, k]))
        for k in range(1, len(ring) - 1):
            parts.append(np.array([[ring[0], ring[k], ring[k + 1]]]))
            parts_uv.append(np.array([[ring_uv[0], ring_uv[k], ring_uv[k + 1]]]))
            owners.append(np.array([at]))
    joined = np.concatenate(parts)
    points = camera.project(joined.reshape(-1, 3))
    triangles = np.arange(len(points)).reshape(-1, 3)
    return points, triangles, np.concatenate(owners).astype(np.int64), np.concatenate(parts_uv)


def _sun_map(
    corners: Array, uv: Array, texture: NDArray[np.int64], rows: NDArray[np.int64],
    texels: NDArray[np.uint8], weather: Weather,
) -> tuple[Array, Array, Array, float]:  # fmt: skip
    """Return how far down the sun's rays get, seen from the sun, and how places map to it."""
    sun = weather.direction()
    side = np.cross([0, 0, 1.0], sun)
    side /= np.linalg.norm(side)
    axes = np.stack([side, np.cross(sun, side), -sun])
    flat = corners.reshape(-1, 3) @ axes.T
    low, high = flat.min(axis=0), flat.max(axis=0)
    # Far hills need no fine shadows: the middle of the world gets the map.
    middle = np.median(flat, axis=0)
    reach = min(float(max(high[0] - low[0], high[1] - low[1])) / 2, 60.0)
    start = np.array([middle[0] - reach, middle[1] - reach, low[2]])
    step = 2 * reach / SHADOW_SIDE
    points = (flat - start) / (step, step, 1.0)
    points[:, 2] += 1.0
    depth = np.full((SHADOW_SIDE, SHADOW_SIDE), np.inf)
    shown = np.full((SHADOW_SIDE, SHADOW_SIDE), -1, np.int64)
    triangles = np.arange(len(points)).reshape(-1, 3)
    draw(points, triangles, uv, texture, rows, texels, 0.0, True, depth, shown)
    return depth - 1.0, axes, start, step


def _sky(camera: Camera, big: Camera, weather: Weather) -> NDArray[np.float32]:
    """Return the light of the sky with clouds that stay where they are, shape (h, w, 3)."""
    rays = camera.rays()
    unit = rays / np.linalg.norm(rays, axis=2, keepdims=True)
    up = np.clip(unit[..., 2], 0.0, 1.0)
    blue = (
        np.array([0.75, 0.85, 1.0]) * (1 - up[..., None])
        + np.array([0.25, 0.45, 0.85]) * up[..., None]
    )
    rng = np.random.default_rng(weather.clouds)
    sheet = np.zeros((512, 512), np.float32)
    for octave in range(6):
        grain = rng.standard_normal((6 * 2**octave, 6 * 2**octave)).astype(np.float32)
        sheet += cv2.resize(grain, (512, 512), interpolation=cv2.INTER_CUBIC) * 0.55**octave
    lift = np.maximum(up, 0.03)
    x = np.mod(unit[..., 0] / lift * 40 + 256, 511).astype(np.float32)
    y = np.mod(unit[..., 1] / lift * 40 + 256, 511).astype(np.float32)
    cover = cv2.remap(sheet, x, y, cv2.INTER_LINEAR)
    share = np.clip((cover - 0.2) * 1.2, 0, 0.95)[..., None] * np.clip(up * 12, 0, 1)[..., None]
    made = np.asarray((blue * (1 - share) + 0.95 * share) * 0.8, np.float32)
    return np.asarray(cv2.resize(made, (big.width, big.height)), np.float32)
