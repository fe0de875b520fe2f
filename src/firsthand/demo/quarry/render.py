"""Pictures of a scene: each pixel's ray, what it meets first, and whether the sun reaches it.

Every shadow falls where the true direction of the sun says. A solid is looked for only in the part
of the picture that it, or its shadow, can cover.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from firsthand.demo.quarry.camera import NEAR, Array, Camera
from firsthand.demo.quarry.shapes import Solid
from firsthand.demo.quarry.sun import Sun
from firsthand.demo.quarry.texture import Texture

GROUND, SKY = -1, -2
_SUNLIGHT = np.array([1.00, 0.93, 0.80])
_SKYLIGHT = np.array([0.25, 0.29, 0.36])
_HAZE = np.array([0.62, 0.64, 0.66])
_EDGE = 1e-3
"""How far above a surface its way to the sun begins, so that it does not shade itself [m]."""

Rectangle = tuple[slice, slice]


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a scene looks like: colours of the ground, road and sky, the air, the camera's noise."""

    soil: tuple[float, float, float]
    gravel: tuple[float, float, float]
    road_at: float
    road_half: float
    haze_m: float
    exposure: float
    grain: float
    seed: int


@dataclass(frozen=True)
class Rendered:
    """A picture, and which solid each pixel shows (its number, ``GROUND`` or ``SKY``)."""

    image: Image.Image
    shown: NDArray[np.int32]


def render(
    solids: Sequence[Solid], camera: Camera, sun: Sun, look: Look, texture: Texture
) -> Rendered:
    """Return the picture that a camera takes of solids on level ground."""
    rays = camera.rays()
    origin = np.array(camera.position)
    with np.errstate(divide="ignore"):
        far = np.where(rays[..., 2] < -1e-5, -origin[2] / rays[..., 2], np.inf)
    shown = np.where(np.isfinite(far), GROUND, SKY).astype(np.int32)
    for number, solid in enumerate(solids):
        where = _covered(camera, solid.corners())
        if where is None:
            continue
        part = rays[where]
        t = solid.meet(origin, part.reshape(-1, 3)).reshape(part.shape[:2])
        nearer = t < far[where]
        far[where][nearer] = t[nearer]
        shown[where][nearer] = number
    points = origin + np.where(np.isfinite(far), far, 0.0)[..., None] * rays
    normals, colours = _surfaces(solids, shown, points, far, camera, look, texture)
    light = np.array(sun.direction)
    facing = np.maximum(normals @ light, 0.0)
    lit = _lit(solids, camera, sun, points + _EDGE * normals, facing > 0)
    ambient = _SKYLIGHT * (0.65 + 0.35 * normals[..., 2:3])
    seen = colours * (ambient + (facing * lit)[..., None] * _SUNLIGHT)
    haze = np.exp(-np.where(np.isfinite(far), far, 0.0) / look.haze_m)[..., None]
    seen = seen * haze + _HAZE * (1 - haze)
    sky = shown == SKY
    seen[sky] = _sky(rays[sky], light, texture)
    return Rendered(_developed(seen, look), shown)


def _covered(camera: Camera, corners: Array) -> Rectangle | None:
    """Return the part of the picture that may show what lies within corners."""
    where, depth = camera.project(corners)
    if (depth < NEAR).all():
        return None
    if (depth < NEAR).any():
        return slice(0, camera.height), slice(0, camera.width)
    (left, top), (right, low) = np.floor(where.min(axis=0)), np.ceil(where.max(axis=0))
    rows = slice(max(0, int(top)), min(camera.height, int(low) + 1))
    columns = slice(max(0, int(left)), min(camera.width, int(right) + 1))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return None
    return rows, columns


def _surfaces(
    solids: Sequence[Solid],
    shown: NDArray[np.int32],
    points: Array,
    far: Array,
    camera: Camera,
    look: Look,
    texture: Texture,
) -> tuple[Array, Array]:
    """Return the outward directions and the colours of what is seen."""
    normals = np.zeros_like(points)
    colours = np.zeros_like(points)
    ground = shown == GROUND
    normals[ground] = (0.0, 0.0, 1.0)
    colours[ground] = _ground(points[ground], far[ground] / camera.focal, look, texture)
    order = np.argsort(shown, axis=None, kind="stable")
    numbers = shown.ravel()[order]
    flat, flat_normals, flat_colours = (a.reshape(-1, 3) for a in (points, normals, colours))
    for number in np.unique(numbers[numbers >= 0]):
        first, last = np.searchsorted(numbers, [number, number + 1])
        pixels = order[first:last]
        solid, here = solids[number], flat[pixels]
        flat_normals[pixels] = solid.normal(here)
        across = here[:, 0] * 0.8 + here[:, 1] * 0.6 + 3.1 * number
        rough = texture.at(across, here[:, 2] * 1.4 + here[:, 1] * 0.2, 0.05)
        if solid.rough > 0.2:  # rock: layers, and blocks as large as a person
            layers = texture.at(across * 0.3, here[:, 2] * 3.0, 0.12)
            cracks = np.clip(texture.at(across * 2.0, here[:, 2] * 0.9, 0.06) - 1.0, 0.0, 1.5)
            rough = 0.8 * rough + 0.8 * layers - 1.6 * cracks
        shade = np.clip(1.0 + solid.rough * rough, 0.25, 1.9)
        flat_colours[pixels] = np.array(solid.colour) * shade[:, None]
    return normals, colours


def _ground(points: Array, footprint: Array, look: Look, texture: Texture) -> Array:
    across, along = points[:, 0], points[:, 1]
    patches = texture.at(across, along, 0.35)
    grains = texture.at(along, across, 0.012) / (1.0 + footprint / 0.012)
    # Stones: only what stands out of the noise, on its own and not everywhere.
    stones = texture.at(across + 7.0, along - 3.0, 0.045)
    stones = np.clip(stones - 1.1, 0.0, 1.2) / (1.0 + footprint / 0.045)
    shade = 1.0 + 0.22 * patches + 0.20 * grains + 0.30 * stones
    shade = np.clip(shade, 0.25, 1.9)
    off = np.abs(along - look.road_at - 0.9 * np.sin(across / 17.0))
    road = np.clip((look.road_half + 0.25 * patches - off) * 2.0, 0.0, 1.0)[:, None]
    track = np.exp(-(((off - 0.9) / 0.22) ** 2))[:, None]
    soil, gravel = np.array(look.soil), np.array(look.gravel)
    mixed = soil * (1 - road) + gravel * road * (1 - 0.35 * track)
    found: Array = mixed * shade[:, None]
    return found


def _lit(
    solids: Sequence[Solid], camera: Camera, sun: Sun, points: Array, wanted: NDArray[np.bool_]
) -> Array:
    """Return 1 where the sun is seen from a point and 0 where a solid stands before it."""
    light = np.array(sun.direction)
    lit = wanted.copy()
    for solid in solids:
        corners = solid.corners()
        fallen = corners - light * (np.maximum(corners[:, 2:3], 0.0) / light[2])
        where = _covered(camera, np.concatenate([corners, fallen]))
        if where is None:
            continue
        part = lit[where]
        if not part.any():
            continue
        part[part] = ~np.isfinite(solid.meet(points[where][part], light))
    return lit.astype(float)


def _sky(rays: Array, light: Array, texture: Texture) -> Array:
    up = np.clip(rays[:, 2], 0.0, 1.0)[:, None]
    blue = np.array([0.60, 0.68, 0.78]) * (1 - up) ** 2 + np.array([0.20, 0.36, 0.66]) * (
        1 - (1 - up) ** 2
    )
    plane = rays[:, :2] / (rays[:, 2:3] + 0.12)
    clouds = np.clip(texture.at(plane[:, 0], plane[:, 1], 0.012) * 0.45, 0.0, 0.8)[:, None]
    glow = np.clip(rays @ light, 0.0, 1.0)[:, None] ** 24
    found: Array = blue * (1 - clouds) + 0.93 * clouds + 0.25 * glow
    return found


def _developed(seen: Array, look: Look) -> Image.Image:
    """Return the picture as a small camera saves it: tone curve, falling corners, grain."""
    height, width = seen.shape[:2]
    down = np.linspace(-1, 1, height)[:, None]
    across = np.linspace(-1, 1, width)[None, :]
    corners = 1.0 - 0.14 * (down**2 + across**2)
    tone = np.clip(seen * corners[..., None] * look.exposure, 0.0, None)
    tone = np.clip(1.06 * tone / (tone + 0.06) * (tone / (tone + 0.30)) * 1.25, 0.0, 1.0)
    generator = np.random.default_rng([look.seed, 5])
    grain = generator.standard_normal((height, width, 3)) * look.grain
    values = np.clip(255.0 * (tone ** (1 / 1.5) + grain), 0, 255).astype(np.uint8)
    return Image.fromarray(values).filter(ImageFilter.GaussianBlur(0.55))
