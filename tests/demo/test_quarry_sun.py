"""The demo's own sun against published positions."""

from __future__ import annotations

from datetime import UTC, datetime
from math import degrees, radians, tan

import pytest

from firsthand.demo.quarry.sun import sun_at


def _ms(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type, misc]


def test_example_of_nrel_spa() -> None:
    # NREL/TP-560-34302, table A5.1: topocentric zenith angle 50.11162 with refraction, azimuth
    # 194.34024. The refraction there is 0.016332 degree (820 mbar, 11 C).
    sun = sun_at(_ms(2003, 10, 17, 19, 30, 30), 39.742476, -105.1786)
    assert 90 - sun.elevation - 0.016332 == pytest.approx(50.11162, abs=0.01)
    assert sun.azimuth == pytest.approx(194.34024, abs=0.01)


def test_solstice_at_noon_stands_as_high_as_the_tilt_of_the_earth_says() -> None:
    # Obliquity 23.44 degrees (Astronomical Almanac); solstice of 2014 on 21 June, 10:51 UTC. On
    # the meridian of 30 east the sun is highest about 10:02 UTC (equation of time -2 min).
    heights = [sun_at(_ms(2014, 6, 21, 9, m), 50.0, 30.0).elevation for m in range(60)]
    heights += [sun_at(_ms(2014, 6, 21, 10, m), 50.0, 30.0).elevation for m in range(30)]
    assert max(heights) == pytest.approx(90 - 50 + 23.44, abs=0.01)
    assert 58 <= heights.index(max(heights)) <= 64


def test_south_of_the_tropics_the_noon_sun_stands_in_the_north() -> None:
    sun = sun_at(_ms(2015, 12, 21, 3, 57), -35.0, 120.5)
    assert min(sun.azimuth, 360 - sun.azimuth) < 5
    assert sun.elevation == pytest.approx(90 - 35 + 23.44, abs=0.05)


def test_shadow_is_opposite_and_as_long_as_the_height_says() -> None:
    sun = sun_at(_ms(2003, 10, 17, 19, 30, 30), 39.742476, -105.1786)
    assert sun.shadow_azimuth == pytest.approx(14.34, abs=0.01)
    assert sun.shadow_ratio == pytest.approx(tan(radians(50.1276)), abs=1e-3)
    assert degrees(1) > sun.direction[2] > 0
