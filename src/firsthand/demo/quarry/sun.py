"""Where the sun stands, by an algorithm that has nothing in common with ``globe/``.

The low-precision formulas of the Astronomical Almanac as Michalsky gives them, about 0.01 degree
between 1950 and 2050. The demo's truth must not come from the code that is judged by it.

References
----------
J. J. Michalsky, "The Astronomical Almanac's algorithm for approximate solar position (1950-2050)",
Solar Energy 40 (1988) 227-235, doi:10.1016/0038-092X(88)90045-X. Constants from memory, checked
against the published example of NREL's SPA in the tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, atan2, cos, degrees, radians, sin, tan

_J2000_MS = 946_728_000_000
"""2000-01-01 12:00 UTC as milliseconds since 1970."""

_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Sun:
    """Direction of the sun's centre without refraction [degree]; azimuth clockwise from north."""

    azimuth: float
    elevation: float

    @property
    def direction(self) -> tuple[float, float, float]:
        """The unit vector towards the sun: east, north, up."""
        azimuth, elevation = radians(self.azimuth), radians(self.elevation)
        return (
            cos(elevation) * sin(azimuth),
            cos(elevation) * cos(azimuth),
            sin(elevation),
        )

    @property
    def shadow_azimuth(self) -> float:
        """The direction in which shadows point [degree]."""
        return (self.azimuth + 180.0) % 360.0

    @property
    def shadow_ratio(self) -> float:
        """Length of a shadow on level ground per height of what casts it."""
        return 1.0 / tan(radians(self.elevation))


def sun_at(t_ms: int, latitude: float, longitude: float) -> Sun:
    """Return where the sun stands.

    Parameters
    ----------
    t_ms
        Instant, UTC [milliseconds since 1970].
    latitude, longitude
        Place [degree], north and east positive.
    """
    days = (t_ms - _J2000_MS) / _DAY_MS
    mean_longitude = (280.460 + 0.9856474 * days) % 360.0
    anomaly = radians((357.528 + 0.9856003 * days) % 360.0)
    ecliptic = radians(mean_longitude + 1.915 * sin(anomaly) + 0.020 * sin(2 * anomaly))
    obliquity = radians(23.439 - 0.0000004 * days)
    ascension = atan2(cos(obliquity) * sin(ecliptic), cos(ecliptic))
    declination = asin(sin(obliquity) * sin(ecliptic))
    hour_utc = (t_ms % _DAY_MS) / 3_600_000
    sidereal = 6.697375 + 0.0657098242 * days + hour_utc
    hour_angle = radians(sidereal * 15.0 + longitude) - ascension
    north = radians(latitude)
    elevation = asin(
        sin(declination) * sin(north) + cos(declination) * cos(north) * cos(hour_angle)
    )
    azimuth = atan2(
        -sin(hour_angle) * cos(declination),
        sin(declination) * cos(north) - cos(declination) * sin(north) * cos(hour_angle),
    )
    return Sun(degrees(azimuth) % 360.0, degrees(elevation))
