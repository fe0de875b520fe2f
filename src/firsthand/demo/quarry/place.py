"""Where the invented quarry lies: a real point of the globe, so that the sun is right.

The points are in empty land; nothing of what the demo tells happened there or anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import cos, radians
from random import Random

from firsthand.demo.quarry.sun import sun_at

_REGIONS = (
    # latitude, longitude [degree], country, clock [minutes east of UTC]. Regions whose clocks
    # did not change between 2012 and 2019 (time zone database, from memory).
    (48.6, 68.3, "KZ", 360),
    (20.6, 56.3, "OM", 240),
    (20.3, -11.5, "MR", 0),
    (-27.0, 120.5, "AU", 480),
    (28.5, 1.5, "DZ", 60),
    (-22.5, 23.0, "BW", 120),
    (-38.2, -67.0, "AR", -180),
    (39.6, 58.8, "TM", 300),
)
METRES_PER_DEGREE = 111_320.0
LEAST_NOON = 36.0
"""Lowest highest sun of a day that is drawn [degree]; below, three moments look alike."""

_MINUTE_MS = 60_000


@dataclass(frozen=True)
class Place:
    """The middle of the quarry [degree] and the clock that people keep there [minutes]."""

    latitude: float
    longitude: float
    country: str
    offset_min: int

    def at(self, east: float, north: float) -> tuple[float, float]:
        """Return latitude and longitude of a point of the scene [m]."""
        latitude = self.latitude + north / METRES_PER_DEGREE
        across = METRES_PER_DEGREE * cos(radians(self.latitude))
        return latitude, self.longitude + east / across

    def local(self, t_ms: int) -> datetime:
        """Return the local time of an instant, without a zone, as clocks there show it."""
        shown = datetime.fromtimestamp(t_ms / 1000, UTC) + timedelta(minutes=self.offset_min)
        return shown.replace(tzinfo=None)


def draw_place(random: Random) -> Place:
    """Return a place in one of the regions."""
    latitude, longitude, country, offset = random.choice(_REGIONS)
    return Place(
        round(latitude + random.uniform(-0.6, 0.6), 5),
        round(longitude + random.uniform(-0.6, 0.6), 5),
        country,
        offset,
    )


def draw_day(random: Random, place: Place) -> int:
    """Return local midnight of a day on which the sun rises high enough [ms since 1970]."""
    while True:
        day = datetime(random.randint(2013, 2019), random.randint(1, 12), random.randint(1, 28))
        start = int(day.replace(tzinfo=UTC).timestamp() * 1000) - place.offset_min * _MINUTE_MS
        if max(height for _, height in _course(place, start)) >= LEAST_NOON:
            return start


def draw_moments(random: Random, place: Place, start: int) -> tuple[int, ...]:
    """Return three instants of a day: morning, around noon, afternoon [ms since 1970]."""
    course = _course(place, start)
    noon = max(course, key=lambda step: step[1])
    high = min(noon[1], 64.0)
    wanted = (
        (high * random.uniform(0.45, 0.65), True),
        (high * random.uniform(0.90, 0.96), bool(random.randrange(2))),
        (high * random.uniform(0.38, 0.55), False),
    )
    found = []
    for height, rising in wanted:
        half = [step for step in course if (step[0] < noon[0]) == rising]
        t_ms, _ = min(half, key=lambda step: abs(step[1] - height))
        found.append(t_ms + random.randrange(4 * 60) * 1000)
    return tuple(sorted(found))


def _course(place: Place, start: int) -> list[tuple[int, float]]:
    steps = (start + minute * _MINUTE_MS for minute in range(0, 24 * 60, 5))
    return [(t, sun_at(t, place.latitude, place.longitude).elevation) for t in steps]
