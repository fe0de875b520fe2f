"""Points, rings and areas on whole micro-degrees: exact answers, no floating-point seams.

Coordinates are integers [1e-6 degree], longitude first as in GeoJSON. A ring is closed or not;
both are read alike. A ring whose neighbours lie more than 180 degrees apart in longitude is read
as crossing the antimeridian.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

Point = tuple[int, int]
"""Longitude, latitude [1e-6 degree]."""
Ring = Sequence[Point]
Polygon = Sequence[Ring]
"""Outer ring first, then holes."""
MultiPolygon = Sequence[Polygon]

TURN = 360_000_000
"""One full turn [1e-6 degree]."""

EARTH_KM = 6371.0088
"""Mean radius of the Earth, IUGG R1 [km] (Moritz 2000, doi:10.1007/s001900050278)."""


def unwrapped(ring: Ring) -> list[Point]:
    """Return a ring with whole turns added, so that no step is longer than half a turn."""
    points: list[Point] = []
    shift = 0
    before: int | None = None
    for lon, lat in ring:
        if before is not None:
            step = lon + shift - before
            shift -= TURN * round(step / TURN) if abs(step) > TURN // 2 else 0
        before = lon + shift
        points.append((before, lat))
    return points


def _side(a: Point, b: Point, p: Point) -> int:
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])


def in_ring(ring: Ring, point: Point) -> bool:
    """Tell whether a point lies inside a ring; a point on the line is inside.

    The ring and the point must be unwrapped alike; :func:`contains` sees to that.
    """
    x, y = point
    odd = False
    a = ring[-1]
    for b in ring:
        low, high = (a, b) if a[1] <= b[1] else (b, a)
        if low[1] <= y <= high[1]:
            side = _side(low, high, point)
            if side == 0 and min(a[0], b[0]) <= x <= max(a[0], b[0]):
                return True
            if y < high[1] and side > 0:  # half-open in latitude: a corner counts once
                odd = not odd
        a = b
    return odd


def contains(area: MultiPolygon, lon: int, lat: int) -> bool:
    """Tell whether an area holds a point [1e-6 degree]; its lines belong to it.

    Fails when
        The area covers a pole: a ring around a pole has no inside in longitude and latitude.
    """
    for polygon in area:
        rings = [unwrapped(ring) for ring in polygon if len(ring) > 2]
        if not rings:
            continue
        west, east = min(p[0] for p in rings[0]), max(p[0] for p in rings[0])
        for turns in range((west - lon) // TURN, (east - lon) // TURN + 1):
            x = lon + turns * TURN
            if not west <= x <= east or not in_ring(rings[0], (x, lat)):
                continue
            if not any(_in_hole(hole, (lon, lat)) for hole in rings[1:]):
                return True
    return False


def _in_hole(hole: Ring, point: Point) -> bool:
    for turn in (-TURN, 0, TURN):
        moved = (point[0] + turn, point[1])
        if in_ring(hole, moved) and not _on_line(hole, moved):
            return True
    return False


def _on_line(ring: Ring, point: Point) -> bool:
    a = ring[-1]
    for b in ring:
        if (
            _side(a, b, point) == 0
            and min(a[0], b[0]) <= point[0] <= max(a[0], b[0])
            and min(a[1], b[1]) <= point[1] <= max(a[1], b[1])
        ):
            return True
        a = b
    return False


def distance_km(area: MultiPolygon, lon: int, lat: int) -> float:
    """Return the distance to an area [km], 0 inside.

    Assumes
        A flat Earth around the point, which is good to a percent within some hundred kilometres
        outside the polar regions.
    """
    if contains(area, lon, lat):
        return 0.0
    km = EARTH_KM * math.pi / 180e6
    shrink = math.cos(math.radians(lat / 1e6))
    best = math.inf
    for polygon in area:
        for ring in polygon:
            flat = []
            for x, y in ring:
                east = (x - lon + TURN // 2) % TURN - TURN // 2
                flat.append((east * shrink * km, (y - lat) * km))
            a = flat[-1]
            for b in flat:
                best = min(best, _to_segment(a, b))
                a = b
    return best


def _to_segment(a: tuple[float, float], b: tuple[float, float]) -> float:
    if abs(a[0] - b[0]) > 10_000:  # the two ends of a step across the map's far side
        return min(math.hypot(*a), math.hypot(*b))
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    t = 0.0 if length == 0 else max(0.0, min(1.0, -(a[0] * dx + a[1] * dy) / length))
    return math.hypot(a[0] + t * dx, a[1] + t * dy)


def area_km2(area: MultiPolygon) -> float:
    """Return the size of an area on the sphere [km2].

    References: Chamberlain and Duquette, "Some Algorithms for Polygons on a Sphere", JPL
    Publication 07-03 (2007), equation 1.
    """
    total = 0.0
    for polygon in area:
        sizes = [abs(_ring_km2(unwrapped(ring))) for ring in polygon if len(ring) > 2]
        total += sizes[0] - sum(sizes[1:]) if sizes else 0.0
    return total


def _ring_km2(ring: Ring) -> float:
    total = 0.0
    a = ring[-1]
    for b in ring:
        low, high = math.radians(a[1] / 1e6), math.radians(b[1] / 1e6)
        total += math.radians((b[0] - a[0]) / 1e6) * (2 + math.sin(low) + math.sin(high))
        a = b
    return total * EARTH_KM * EARTH_KM / 2
