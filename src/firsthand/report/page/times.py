"""Times in plain words. ``latest`` is the first moment outside; None is open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_MONTHS = (
    "January February March April May June July August September October November December"
).split()


def moment(text: str | None) -> datetime | None:
    """Read an RFC 3339 time; None when there is none or it cannot be read."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _day(when: datetime) -> str:
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def point(when: datetime) -> str:
    """Write one moment.

    >>> point(datetime(2014, 6, 14, 13, 30, tzinfo=UTC))
    '14 June 2014, 13:30 UTC'
    """
    clock = f"{when:%H:%M:%S}" if when.second else f"{when:%H:%M}"
    return f"{_day(when)}, {clock} UTC"


def _whole_days(start: datetime, end: datetime) -> bool:
    return not any(
        (m.hour, m.minute, m.second, m.microsecond) != (0, 0, 0, 0) for m in (start, end)
    )


def _days(start: datetime, last: datetime) -> str:
    if start == last:
        return f"{_day(start)} (UTC day)"
    if (start.year, start.month) == (last.year, last.month):
        return f"{start.day} to {_day(last)} (UTC days)"
    return f"{_day(start)} to {_day(last)} (UTC days)"


def between(earliest: str | None, latest: str | None) -> str:
    """Write an interval in words.

    >>> between("2014-06-11T00:00:00Z", "2014-06-15T00:00:00Z")
    '11 to 14 June 2014 (UTC days)'
    >>> between(None, "2014-06-15T00:00:00Z")
    'before 15 June 2014, 00:00 UTC'
    >>> between(None, None)
    'time not known'
    """
    start, end = moment(earliest), moment(latest)
    if start is None and end is None:
        return "time not known"
    if start is None:
        assert end is not None
        return f"before {point(end)}"
    if end is None:
        return f"not before {point(start)}"
    if start == end or end - start <= timedelta(seconds=1):
        return point(start)
    if start < end and _whole_days(start, end):
        return _days(start, end - timedelta(days=1))
    if end - start < timedelta(minutes=1) and start.date() == end.date():
        return f"{_day(start)}, {start:%H:%M:%S} to {end:%H:%M:%S} UTC"
    if start.date() == end.date():
        return f"{_day(start)}, {start:%H:%M} to {end:%H:%M} UTC"
    return f"{point(start)} to {point(end)}"


def calendar_day(text: str) -> str:
    """Write a date such as ``2014-06-17`` in words; what is no date stays as it is."""
    found = moment(text)
    return _day(found) if found else text
