"""The nearest town against facts that any atlas has; ids of GeoNames as published."""

from __future__ import annotations

import random

from firsthand.globe import gazetteer
from firsthand.globe.nearest import distance_m, nearest


def test_nearest_town_is_the_nearest() -> None:
    # 36.34 N, 43.13 E lies in Mosul, which is GeoNames 99072.
    mosul = nearest(36_340_000, 43_130_000)
    assert mosul is not None and mosul[0].id == "geonames:99072" and mosul[1] < 5000
    tikrit = gazetteer.get("geonames:90150")
    assert tikrit is not None
    rng = random.Random(3)
    for _ in range(20):
        point = (rng.randrange(-60_000_000, 70_000_000), rng.randrange(-180_000_000, 180_000_000))
        found = nearest(*point)
        assert found is not None
        # No other town that we know is nearer.
        assert found[1] <= distance_m(point, (tikrit.lat_e6, tikrit.lon_e6))
        place = found[0]
        assert abs(found[1] - distance_m(point, (place.lat_e6, place.lon_e6))) <= 100


def test_distances_on_a_sphere() -> None:
    # A quarter of a great circle of a sphere of radius 6371.0088 km is 10007.5 km.
    assert abs(distance_m((0, 0), (0, 90_000_000)) - 10_007_557) <= 100
    # Across the antimeridian, and the same point.
    assert distance_m((0, 179_500_000), (0, -179_500_000)) == 111_200
    assert distance_m((10, 20), (10, 20)) == 0
