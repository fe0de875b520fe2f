"""Poles of which base, top and the tip of the shadow are seen: what a person could measure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np

from firsthand.demo.quarry.camera import Array, Camera
from firsthand.demo.quarry.figures import Pole
from firsthand.demo.quarry.render import GROUND, Rendered
from firsthand.demo.quarry.shapes import Point, Solid
from firsthand.demo.quarry.sun import Sun

_AROUND = 4
"""How far from the pixel of an end the pole may begin [pixel]: ends are round and thin."""


@dataclass(frozen=True)
class Upright:
    """Where the base and top of a pole and the tip of its shadow fall [pixel: right, down]."""

    base: tuple[float, float]
    top: tuple[float, float]
    tip: tuple[float, float]


def uprights(
    poles: Sequence[Pole], solids: Sequence[Solid], picture: Rendered, camera: Camera, sun: Sun
) -> Iterator[Upright]:
    """Yield the poles that can be measured in a photograph.

    Both ends must be seen, and the tip must lie on open ground that nothing else darkens.
    """
    for pole in poles:
        reach, away = pole.tall * sun.shadow_ratio, radians(sun.shadow_azimuth)
        tip, beyond = (
            (pole.east + far * sin(away), pole.north + far * cos(away), 0.0)
            for far in (reach, reach + 0.4)
        )
        own = set(pole.solids())
        mine = [number for number, solid in enumerate(solids) if solid in own]
        others = [solid for solid in solids if solid not in own]
        if (
            all(_shown(picture, camera, end, mine) for end in (pole.base, pole.top))
            and _shown(picture, camera, tip, [GROUND], around=0)
            and _shown(picture, camera, beyond, [GROUND], around=0)
            and not any(_darkened(point, others, sun) for point in (tip, beyond))
        ):
            where, _ = camera.project([pole.base, pole.top, tip])
            base, top, end = ((float(x), float(y)) for x, y in where)
            yield Upright(base, top, end)


def _shown(
    picture: Rendered, camera: Camera, point: Point, numbers: list[int], around: int = _AROUND
) -> bool:
    pixel = camera.pixel(point)
    if pixel is None:
        return False
    right, down = pixel
    part = picture.shown[
        max(0, down - around) : down + around + 1, max(0, right - around) : right + around + 1
    ]
    return bool(np.isin(part, numbers).any())


def _darkened(point: Point, others: Sequence[Solid], sun: Sun) -> bool:
    light: Array = np.array(sun.direction)
    start: Array = np.array([[point[0], point[1], 1e-3]])
    return any(bool(np.isfinite(solid.meet(start, light)).any()) for solid in others)
