"""Polygons: exact cases by hand, sizes against the closed form of a spherical zone."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.globe import polygon

SQUARE = [[(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)]]
HOLED = [[SQUARE[0], [(4, 4), (6, 4), (6, 6), (4, 6), (4, 4)]]]
DEGREE = 1_000_000


def box(west: float, south: float, east: float, north: float) -> list[list[list[tuple[int, int]]]]:
    w, s, e, n = (round(x * DEGREE) for x in (west, south, east, north))
    return [[[(w, s), (e, s), (e, n), (w, n), (w, s)]]]


@pytest.mark.parametrize(
    ("point", "inside"),
    [
        ((5, 1), True),
        ((0, 0), True),  # a corner belongs
        ((10, 5), True),  # an edge belongs
        ((5, 10), True),
        ((11, 5), False),
        ((-1, 0), False),
        ((5, 5), False),  # in the hole
        ((4, 5), True),  # the hole's edge is land
    ],
)
def test_square_with_hole(point: tuple[int, int], inside: bool) -> None:
    assert polygon.contains(HOLED, *point) is inside


def test_a_ray_through_corners_counts_once() -> None:
    diamond = [[[(0, -10), (10, 0), (0, 10), (-10, 0)]]]
    assert polygon.contains(diamond, 0, 0)
    assert polygon.contains(diamond, -5, 0)
    assert not polygon.contains(diamond, -11, 0)
    assert not polygon.contains(diamond, 11, 0)


@pytest.mark.parametrize("ring_west", [179.0, -181.0])
def test_antimeridian(ring_west: float) -> None:
    # Fiji's longitudes: 2 degrees across the line, drawn with and without wrapping.
    strip = box(ring_west, -18, ring_west + 2, -16)
    wrapped = [[[((x + 180 * DEGREE) % polygon.TURN - 180 * DEGREE, y) for x, y in strip[0][0]]]]
    for area in (strip, wrapped):
        for lon in (179.5, 180.0, -180.0, -179.5):
            assert polygon.contains(area, round(lon * DEGREE), -17 * DEGREE), lon
        for lon in (178.5, -178.5, 0.0):
            assert not polygon.contains(area, round(lon * DEGREE), -17 * DEGREE), lon
    assert polygon.area_km2(wrapped) == pytest.approx(polygon.area_km2(strip))


@given(
    st.integers(-180, 170),
    st.integers(-80, 70),
    st.integers(1, 10),
    st.integers(1, 10),
    st.integers(-180 * DEGREE, 180 * DEGREE),
    st.integers(-90 * DEGREE, 90 * DEGREE),
)
def test_boxes_agree_with_comparison(w: int, s: int, dx: int, dy: int, lon: int, lat: int) -> None:
    inside = w * DEGREE <= lon <= (w + dx) * DEGREE and s * DEGREE <= lat <= (s + dy) * DEGREE
    if abs(lon) < 180 * DEGREE:  # 180 W and 180 E are one meridian
        assert polygon.contains(box(w, s, w + dx, s + dy), lon, lat) is inside


def test_area_of_a_zone() -> None:
    # Archimedes: a zone of the sphere has 2 pi R2 (sin n - sin s); here one tenth of it.
    expected = 2 * math.pi * 6371.0088**2 * (math.sin(math.radians(30)) - 0) / 10
    many = [(round(x * DEGREE), 0) for x in range(37)]
    back = [(round(x * DEGREE), 30 * DEGREE) for x in range(36, -1, -1)]
    assert polygon.area_km2([[many + back]]) == pytest.approx(expected, rel=1e-9)


def test_distance() -> None:
    area = box(40, 30, 41, 31)
    assert polygon.distance_km(area, 40 * DEGREE, 30_500_000) == 0
    # One degree of latitude is 111.195 km on this sphere.
    assert polygon.distance_km(area, 40_500_000, 32 * DEGREE) == pytest.approx(111.195, rel=1e-3)
    east = polygon.distance_km(area, 42 * DEGREE, 30_500_000)
    assert east == pytest.approx(111.195 * math.cos(math.radians(30.5)), rel=1e-3)
    across = polygon.distance_km(box(179, 0, 180, 1), -179 * DEGREE, 500_000)
    assert across == pytest.approx(111.195, rel=1e-2)


def test_empty_rings_hold_nothing() -> None:
    assert not polygon.contains([], 0, 0)
    assert not polygon.contains([[]], 0, 0)
    assert polygon.area_km2([[]]) == 0
