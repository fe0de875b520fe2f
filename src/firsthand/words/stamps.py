"""Machine time stamps that are not ISO 8601: Unix counts, mail and web dates, X/Twitter."""

from __future__ import annotations

import re

from firsthand.words.calendar import Piece, day_start, valid_day, weekday
from firsthand.words.iso import clock, time_of_day

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTH = "(?P<month>" + "|".join(_MONTHS) + ")"
_DAY = "(?P<weekday>" + "|".join(_DAYS) + ")"
_CLOCK = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?"

_TWITTER = re.compile(
    rf"{_DAY} {_MONTH} +(?P<day>[0-9]{{1,2}}) {_CLOCK}(?: (?P<zone>\S+))? (?P<year>[0-9]{{4}})\Z",
    re.ASCII | re.IGNORECASE,
)
_MAIL = re.compile(
    rf"(?:{_DAY}, *)?(?P<day>[0-9]{{1,2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_CLOCK}"
    r"(?: (?P<zone>\S+))?\Z",
    re.ASCII | re.IGNORECASE,
)
_COMMENT = re.compile(r"\s*\([^()]*\)")
_SPACE = re.compile(r"\s+")
_COUNT = re.compile(r"([0-9]{9,13})(?:\.([0-9]{1,9}))?\Z")

_ZONES = {
    # RFC 5322, section 4.3: the only alphabetic zones that mean one offset there.
    "EST": "-0500",
    "EDT": "-0400",
    "CST": "-0600",
    "CDT": "-0500",
    "MST": "-0700",
    "MDT": "-0600",
    "PST": "-0800",
    "PDT": "-0700",
    "UT": "+0000",
    "GMT": "+0000",
    "UTC": "+0000",
    "Z": "+0000",
}

LEAST_COUNT = 100_000_000
"""Smallest Unix count read as a time (1973-03-03); smaller numbers are more often years, day
numbers or empty fields."""

FIRST_MILLISECONDS = 100_000_000_000
"""From here up a count is milliseconds: as seconds it would be the year 5138."""


def unix(count: int) -> Piece | None:
    """Read a count of seconds or milliseconds since 1970-01-01 UTC; its size tells which.

    >>> unix(1402740000) == unix(1402740000000), unix(2014)
    (False, None)
    """
    size = abs(count)
    if size < LEAST_COUNT or size >= FIRST_MILLISECONDS * 1000:
        return None
    if size < FIRST_MILLISECONDS:
        return Piece(count * 1000, count * 1000 + 1000, "second", "utc")
    return Piece(count, count + 1, "fraction", "utc")


def unix_text(text: str) -> Piece | None:
    """Read a Unix count written in digits (9-11 seconds, 12-13 milliseconds), or return None."""
    found = _COUNT.match(text)
    if not found:
        return None
    whole = unix(int(found[1]))
    if whole is None or found[2] is None:
        return whole
    if whole.precision != "second" or whole.start is None:
        return None
    unit, digits = 10 ** len(found[2]), int(found[2])
    start, end = whole.start + digits * 1000 // unit, whole.start - (-(digits + 1) * 1000 // unit)
    return Piece(start, end, "fraction", "utc")


def stamp(text: str) -> Piece | None:
    """Read an RFC 5322 (2822), HTTP, asctime or X/Twitter time, or return None.

    A weekday that contradicts the date makes the writing unusable, since one of them is wrong.
    """
    text = _SPACE.sub(" ", _COMMENT.sub("", text)).strip()
    found = _TWITTER.match(text) or _MAIL.match(text)
    if not found:
        return None
    year, day = int(found["year"]), int(found["day"])
    month = _MONTHS.index(found["month"].lower()) + 1
    if not valid_day(year, month, day):
        return None
    day_ms = day_start(year, month, day)
    named = found["weekday"]
    if named and _DAYS.index(named.lower()) + 1 != weekday(day_ms):
        return None
    time = clock(found["hour"], found["minute"], found["second"], None)
    if time is None:
        return None
    zone = found["zone"]
    return time_of_day(day_ms, time, None if zone is None else _ZONES.get(zone.upper(), zone))
