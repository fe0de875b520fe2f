"""Towns near a point. A town is a point in the data, so distances are to its centre."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from firsthand.globe import gazetteer, store
from firsthand.globe.polygon import EARTH_KM

_PLACE = "place"


@cache
def _towns() -> tuple[list[str], NDArray[np.float64]]:
    """Return the ids of all towns, and their unit vectors from the Earth's centre, shape (n, 3)."""
    ids, angles = [], []
    for line in store.rows().decode().splitlines():
        fields = line.split("\t")
        if fields[3] == _PLACE:
            ids.append(f"geonames:{fields[1]}")
            angles.append((int(fields[6]), int(fields[7])))
    # The file holds latitude and longitude in 1e-5 degrees.
    return ids, _vectors(np.radians(np.array(angles, np.float64) / 1e5))


def _vectors(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    lat, lon = angles[:, 0], angles[:, 1]
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)


def nearest(lat_e6: int, lon_e6: int) -> tuple[gazetteer.Place, int] | None:
    """Return the town nearest to a point [1e-6 degree], and how far its centre is [m].

    The distance is rounded to 100 m: the Earth is taken as a sphere, and a town is not a point.

    >>> town, metres = nearest(34_607_000, 43_678_000)
    >>> town.id, metres < 2000
    ('geonames:90150', True)
    """
    ids, vectors = _towns()
    point = np.radians(np.array([[lat_e6, lon_e6]], np.float64) / 1e6)
    chords = np.linalg.norm(vectors - _vectors(point), axis=1)
    at = int(np.argmin(chords))
    place = gazetteer.get(ids[at])
    if place is None:
        return None
    return place, _metres(float(chords[at]))


def distance_m(one: tuple[int, int], other: tuple[int, int]) -> int:
    """Return the distance of two points (latitude, longitude) [1e-6 degree], to 100 m [m].

    >>> distance_m((0, 0), (0, 1_000_000))  # one degree of the equator of a sphere
    111200
    """
    a, b = (_vectors(np.radians(np.array([p], np.float64) / 1e6))[0] for p in (one, other))
    return _metres(float(np.linalg.norm(a - b)))


def _metres(chord: float) -> int:
    angle = 2 * math.asin(min(chord / 2, 1.0))
    return round(angle * EARTH_KM * 10) * 100
