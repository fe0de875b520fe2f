"""ISO 8601 and RFC 3339 points of any precision, and EXIF's own form of them."""

from __future__ import annotations

import re

from firsthand.model.values import DAY_MS
from firsthand.words.calendar import (
    HOUR_MS,
    MINUTE_MS,
    SECOND_MS,
    ZONE_EAST_MS,
    ZONE_WEST_MS,
    Piece,
    day_start,
    leap,
    next_month,
    valid_day,
    weekday,
)

DATE_ALONE = "a date alone is read as that UTC day"
NO_ZONE = "no zone written: every zone from UTC-12 to UTC+14 is allowed"
LEAP_SECOND = "leap second: POSIX time has no room for it, the seconds beside it are allowed"

_DATE = (
    r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?"
    r"|-W(?P<week>[0-9]{2})(?:-(?P<weekday>[1-7]))?|-(?P<ordinal>[0-9]{3}))?"
)
_CLOCK = (
    r"(?P<hour>[0-9]{2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})"
    r"(?:[.,](?P<fraction>[0-9]{1,18}))?)?)?"
)
_ZONE = r"(?P<zone>[Zz]|(?: ?(?:UTC|GMT|Z))|(?: ?[+\-−][0-9]{2}(?::?[0-9]{2})?))?"
_POINT = re.compile(rf"{_DATE}(?:(?:[Tt]|[ ]){_CLOCK})?{_ZONE}\Z")
_BASIC = re.compile(
    r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"
    r"(?:[Tt]?(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?:(?P<second>[0-9]{2})"
    rf"(?:[.,](?P<fraction>[0-9]{{1,18}}))?)?)?{_ZONE}\Z"
)
_EXIF = re.compile(
    rf"(?P<year>[0-9]{{4}}):(?P<month>[0-9]{{2}}):(?P<day>[0-9]{{2}})(?: {_CLOCK})?{_ZONE}\Z"
)


def offset_ms(text: str) -> int | None:
    """Return a written zone as offset from UTC [ms, east positive], or None when it is none.

    >>> offset_ms("+03:00"), offset_ms("Z"), offset_ms("+0300"), offset_ms("+25:00")
    (10800000, 0, 10800000, None)
    """
    text = text.strip().upper().replace("−", "-")
    if text in ("Z", "UTC", "GMT", "UT"):
        return 0
    found = re.fullmatch(r"([+-])([0-9]{2})(?::?([0-9]{2}))?", text)
    if not found:
        return None
    hours, minutes = int(found[2]), int(found[3] or 0)
    if hours > 23 or minutes > 59:
        return None
    return (-1 if found[1] == "-" else 1) * (hours * HOUR_MS + minutes * MINUTE_MS)


def placed(start: int, end: int, zone: str | None, precision: str) -> Piece | None:
    """Move a local interval [ms, as if it were UTC] to UTC by its written zone.

    Without a zone it is widened to all zones, which is the honest bound.
    """
    if zone is None:
        return Piece(start - ZONE_EAST_MS, end + ZONE_WEST_MS, precision, "unknown", (NO_ZONE,))
    offset = offset_ms(zone)
    if offset is None:
        return None
    return Piece(start - offset, end - offset, precision, "offset" if offset else "utc")


def clock(
    hour: str, minute: str | None, second: str | None, fraction: str | None
) -> tuple[int, int, str] | None:
    """Return start and end within the day [ms] and the precision, or None when no such time is.

    24:00 is the end of the day (ISO 8601-1:2019, 5.3.1.2); second 60 comes back as the two
    seconds around it and precision ``leap``.
    """
    hours, minutes, seconds = int(hour), int(minute or 0), int(second or 0)
    if hours > 24 or minutes > 59 or seconds > 60:
        return None
    if hours == 24 and (minutes or seconds or int(fraction or 0)):
        return None
    base = hours * HOUR_MS + minutes * MINUTE_MS
    if seconds == 60:
        return base + 59 * SECOND_MS, base + 61 * SECOND_MS, "leap"
    base += seconds * SECOND_MS
    if fraction:
        unit = 10 ** len(fraction)
        digits = int(fraction)
        # Down to whole milliseconds at the start, up at the end: bounds only ever widen.
        return base + digits * 1000 // unit, base - (-(digits + 1) * 1000 // unit), "fraction"
    if second is not None:
        return base, base + SECOND_MS, "second"
    if minute is not None:
        return base, base + MINUTE_MS, "minute"
    return base, base + HOUR_MS, "hour"


def time_of_day(day_ms: int, parts: tuple[int, int, str], zone: str | None) -> Piece | None:
    """Join a day [ms since 1970-01-01, local] with a time of day and its zone."""
    start, end, precision = day_ms + parts[0], day_ms + parts[1], parts[2]
    if precision != "leap":
        return placed(start, end, zone, precision)
    piece = placed(start, end, zone, "second")
    if piece is None or piece.start is None:
        return None
    # Leap seconds end a UTC month (ITU-R TF.460-6, annex 1, 2.1); anything else is a mistake.
    midnight = start + SECOND_MS - (offset_ms(zone) or 0 if zone else 0)
    if zone is not None and (midnight % DAY_MS or not _month_begins(midnight)):
        return None
    if zone is None and midnight % (15 * MINUTE_MS):
        return None
    assumptions = (*piece.assumptions, LEAP_SECOND)
    return Piece(piece.start, piece.end, piece.precision, piece.zone, assumptions)


def _month_begins(midnight: int) -> bool:
    # A month begins on this day exactly when the count of months differs from the day before.
    days = midnight // DAY_MS + 719_468
    of_era = days % 146_097
    of_era_year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * of_era_year + of_era_year // 4 - of_era_year // 100)
    month = (5 * of_year + 2) // 153
    return of_year == (153 * month + 2) // 5


def week_start(year: int, week: int) -> int | None:
    """Return the Monday of an ISO week [ms since 1970-01-01 UTC], or None when there is none."""
    fourth = day_start(year, 1, 4)  # always in week 1
    monday = fourth - (weekday(fourth) - 1) * DAY_MS + (week - 1) * 7 * DAY_MS
    last = day_start(year, 12, 28)  # always in the last week
    return monday if week >= 1 and monday <= last else None


def _days(parts: dict[str, str | None]) -> tuple[int, int, str] | None:
    year = int(parts["year"] or 0)
    if parts.get("week"):
        monday = week_start(year, int(parts["week"] or 0))
        if monday is None:
            return None
        if parts.get("weekday"):
            day = monday + (int(parts["weekday"] or 0) - 1) * DAY_MS
            return day, day + DAY_MS, "day"
        return monday, monday + 7 * DAY_MS, "week"
    if parts.get("ordinal"):
        number = int(parts["ordinal"] or 0)
        if not 1 <= number <= 365 + leap(year):
            return None
        day = day_start(year, 1, 1) + (number - 1) * DAY_MS
        return day, day + DAY_MS, "day"
    return civil(year, parts.get("month"), parts.get("day"))


def civil(year: int, month: str | None, day: str | None) -> tuple[int, int, str] | None:
    """Return start and end [ms, local] of a year, month or day, and the precision."""
    if month is None:
        return day_start(year, 1, 1), day_start(year + 1, 1, 1), "year"
    number = int(month)
    if not 1 <= number <= 12:
        return None
    if day is None:
        return day_start(year, number, 1), day_start(*next_month(year, number), 1), "month"
    if not valid_day(year, number, int(day)):
        return None
    start = day_start(year, number, int(day))
    return start, start + DAY_MS, "day"


def point(text: str) -> Piece | None:
    """Read one ISO 8601 / RFC 3339 / EXIF point, or return None.

    >>> point("2014-06-14T10:00+03:00")
    Piece(start=1402729200000, end=1402729260000, precision='minute', zone='offset', assumptions=())
    """
    found = _POINT.match(text) or _BASIC.match(text) or _EXIF.match(text)
    if not found:
        return None
    parts = found.groupdict()
    days = _days(parts)
    if days is None:
        return None
    start, end, precision = days
    zone = parts["zone"]
    if parts["hour"] is None:
        if zone is None:
            return Piece(start, end, precision, "assumed_utc", (DATE_ALONE,))
        return placed(start, end, zone, precision) if precision == "day" else None
    if precision != "day":
        return None
    time = clock(parts["hour"], parts["minute"], parts["second"], parts["fraction"])
    return None if time is None else time_of_day(start, time, zone)
