"""Photographs of rendered places: streets, yards, fields, excavations, rooms. Each from a seed.

The places are those of render3d, with plain figures, vehicles and plants; seeds begin where the
pairs of rolls.py, on which classes are tuned, do not reach.
"""

from __future__ import annotations

import numpy as np
from placed import Image, structure
from render3d.actors import Moment
from render3d.camera import Body, develop
from render3d.places import KINDS, Place
from render3d.textures import forget

FIRST_SEED = 100


LEAST_STRUCTURE = 0.3
"""Share of the picture that must show something: a camera that stands in a wall is moved."""


def photograph(number: int) -> Image:
    """Return the picture (h, w, 3; blue first) with this number; kinds take turns."""
    place = Place(KINDS[number % len(KINDS)], FIRST_SEED + number // len(KINDS))
    rng = np.random.default_rng([number, 77])
    moment = Moment(0, float(rng.uniform(0, 5)))
    body = Body.of(rng)
    for view in range(4):
        camera, _ = place.camera(view)
        forget()  # the textures of other places are not needed again, and large
        shot = place.at(moment).shoot(camera, place.weather(0))
        image = develop(shot.light, body, rng)
        if structure(image) >= LEAST_STRUCTURE:
            break
    forget()
    return image
