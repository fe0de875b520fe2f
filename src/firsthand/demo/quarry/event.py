"""When everything happens: the town falls, photographs are taken, posts and articles follow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from random import Random

from firsthand.demo.quarry.names import Names, draw
from firsthand.demo.quarry.place import Place, draw_day, draw_moments, draw_place

MINUTE, HOUR = 60_000, 3_600_000
"""[ms]"""


@dataclass(frozen=True)
class Event:
    """The fictional event: names, place, and instants in their order [ms since 1970].

    ``takeover`` is when the town fell; ``moments`` when photographs are begun to be taken;
    ``first_page`` when the group's own site shows the first of them; then its channel, the push
    through the unrelated tag, the second page, and two articles.
    """

    seed: int
    names: Names
    place: Place
    takeover: int
    moments: tuple[int, ...]
    first_page: int
    channel: int
    push: int
    second_page: int
    articles: tuple[int, int]
    persons: int
    claimed: int

    @property
    def stream(self) -> tuple[int, int]:
        """From when to when the stream of posts was kept."""
        return self.first_page - 22 * HOUR, self.first_page + 46 * HOUR


def draw_event(seed: int) -> Event:
    """Return the event of a seed; every seed has another place, date, count and other names."""
    place = draw_place(Random(f"{seed}/place"))
    start = draw_day(Random(f"{seed}/day"), place)
    random = Random(f"{seed}/event")
    first_page = start + 24 * HOUR + random.randint(-190, 300) * MINUTE
    push = first_page + random.randint(130, 230) * MINUTE
    second_page = first_page + random.randint(18 * 60, 21 * 60) * MINUTE
    first_article = first_page + random.randint(26 * 60, 31 * 60) * MINUTE
    persons = random.randint(38, 72)
    return Event(
        seed=seed,
        names=draw(Random(f"{seed}/names"), place.local(start).year),
        place=place,
        takeover=start - random.randint(9 * 60, 15 * 60) * MINUTE,
        moments=draw_moments(Random(f"{seed}/moments"), place, start),
        first_page=first_page,
        channel=first_page + random.randint(17, 40) * MINUTE,
        push=push,
        second_page=second_page,
        articles=(first_article, first_article + random.randint(8 * 60, 13 * 60) * MINUTE),
        persons=persons,
        claimed=round(persons * random.uniform(8, 14) / 50) * 50,
    )


def utc(t_ms: int) -> str:
    """Return an instant as RFC 3339 in UTC, to the second.

    >>> utc(1402603200000)
    '2014-06-12T20:00:00Z'
    """
    return f"{datetime.fromtimestamp(t_ms // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def zoned(t_ms: int, place: Place) -> str:
    """Return an instant as RFC 3339 in the clock of a place."""
    zone = timezone(timedelta(minutes=place.offset_min))
    return datetime.fromtimestamp(t_ms // 1000, zone).isoformat()
