"""Dates as written in a statement, as bounded times; a part that is missing widens the bounds."""

from __future__ import annotations

from dataclasses import dataclass

from firsthand.words.dates import written_time

EVER = 2**62
"""Stands for an open end [ms]; beyond every date that can be written."""


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
    """Read a date, time or EDTF interval as written; None when it is not understood.

    >>> read_moment("2014-06") == Window(1401580800000, 1404172800000)
    True
    """
    written = written_time(text)
    if written is None:
        return None
    return Window(written.bounds.start_ms, written.bounds.end_ms)
