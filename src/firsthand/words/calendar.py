"""Calendar arithmetic in whole numbers, for every year; no clock, locale or local time zone.

Years are astronomical in the proleptic Gregorian calendar, as in ISO 8601: year 0 is 1 BC.
"""

from __future__ import annotations

from dataclasses import dataclass

from firsthand.model.values import DAY_MS, Interval

SECOND_MS = 1_000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000

FIRST_MS = -62_135_596_800_000
"""0001-01-01T00:00:00Z [ms since 1970-01-01 UTC]: the first moment that RFC 3339 is used for."""

LAST_MS = 253_402_300_799_999
"""9999-12-31T23:59:59.999Z [ms since 1970-01-01 UTC]: the last one."""

ZONE_EAST_MS = 14 * HOUR_MS
"""Largest civil offset from UTC, UTC+14 (tz database, Pacific/Kiritimati)."""

ZONE_WEST_MS = 12 * HOUR_MS
"""Largest offset west, UTC-12 (tz database, Etc/GMT+12)."""

_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Piece:
    """One reading of a writing, before it is fitted into what RFC 3339 can say.

    ``start``/``end`` [ms since 1970-01-01 UTC], half-open, None is open. ``precision`` is the
    finest unit written. ``zone``: ``utc``, ``offset``, ``assumed_utc`` (a date alone),
    ``unknown`` (a time without zone, widened to all zones), ``none`` (nothing to place).
    """

    start: int | None
    end: int | None
    precision: str
    zone: str
    assumptions: tuple[str, ...] = ()


def leap(year: int) -> bool:
    """Tell whether a year has a 29 February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_days(year: int, month: int) -> int:
    """Return the number of days [d] of a month 1-12."""
    return 29 if month == 2 and leap(year) else _MONTH_DAYS[month - 1]


def valid_day(year: int, month: int, day: int) -> bool:
    """Tell whether such a date exists."""
    return 1 <= month <= 12 and 1 <= day <= month_days(year, month)


def day_start(year: int, month: int, day: int) -> int:
    """Return the start of a UTC day [ms since 1970-01-01 UTC].

    References: the day count of Hinnant, "chrono-Compatible Low-Level Date Algorithms",
    days_from_civil; years begin in March so that the leap day comes last.

    >>> day_start(2014, 6, 14)
    1402704000000
    """
    shifted = year - (month <= 2)
    era, of_era = divmod(shifted, 400)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    days = era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year
    return (days - 719_468) * DAY_MS


def next_month(year: int, month: int) -> tuple[int, int]:
    """Return the month after this one."""
    return (year + 1, 1) if month == 12 else (year, month + 1)


def weekday(day_ms: int) -> int:
    """Return the ISO weekday [1 Monday - 7 Sunday] of a day start [ms since 1970-01-01 UTC]."""
    return (day_ms // DAY_MS + 3) % 7 + 1  # 1970-01-01 was a Thursday


def within_reach(start: int | None, end: int | None) -> Interval:
    """Fit bounds into what RFC 3339 can say, by widening only.

    A side beyond the years 1-9999 becomes open, or the nearest moment where the whole interval
    lies beyond.
    """
    if start is not None:
        start = None if start < FIRST_MS else min(start, LAST_MS)
    if end is not None:
        end = None if end > LAST_MS else max(end, FIRST_MS)
    return Interval(start, end)
