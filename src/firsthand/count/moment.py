"""Dates as written in a statement, as bounded times; a part that is missing widens the bounds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from firsthand.model.values import DAY_MS, to_ms

EVER = 2**62
"""Stands for an open end [ms]; beyond every date that can be written."""

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?\Z")


@dataclass(frozen=True, slots=True)
class Window:
    """From ``start_ms`` up to, not including, ``end_ms`` [ms UTC]; None is not restricted."""

    start_ms: int | None = None
    end_ms: int | None = None

    @property
    def stated(self) -> bool:
        """Whether at least one end is given."""
        return self.start_ms is not None or self.end_ms is not None

    @property
    def earliest(self) -> int:
        """First moment [ms UTC], very early where open."""
        return -EVER if self.start_ms is None else self.start_ms

    @property
    def latest(self) -> int:
        """First moment after the window [ms UTC], very late where open."""
        return EVER if self.end_ms is None else self.end_ms

    def later_than(self, other: Window) -> bool:
        """Tell whether this certainly comes after the other (both must be stated)."""
        return self.stated and other.stated and self.earliest >= other.latest


def read_moment(text: str) -> Window | None:
    """Read a year, month, day, RFC 3339 time or EDTF interval; None when it is not understood.

    Approximate marks (``?~%``) are dropped, unspecified digits (``1X``) widen to the part above;
    a time without zone is taken as UTC.

    >>> read_moment("2014-06") == Window(1401580800000, 1404172800000)
    True
    """
    text = text.strip()
    if "/" in text:
        first, _, last = text.partition("/")
        start = Window() if first in ("", "..") else read_moment(first)
        end = Window() if last in ("", "..") else read_moment(last)
        if start is None or end is None or start.earliest > end.latest:
            return None
        return Window(start.start_ms, end.end_ms)
    text = re.sub(r"[?~%]", "", text)
    text = re.sub(r"-[X\d]?X\b.*\Z", "", text)
    try:
        parts = _DATE.match(text)
        if parts:
            return _calendar(parts)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    start_ms = to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    return Window(start_ms, start_ms + 1)


def _calendar(parts: re.Match[str]) -> Window:
    year, month, day = int(parts[1]), int(parts[2] or 1), int(parts[3] or 1)
    start = datetime(year, month, day, tzinfo=UTC)
    if parts[3]:
        return Window(to_ms(start), to_ms(start) + DAY_MS)
    if parts[2]:
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    else:
        year += 1
    return Window(to_ms(start), to_ms(start.replace(year=year, month=month)))
