"""Value types that nouns are made of: digests, spans, time intervals, counts."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NewType

from firsthand.model.errors import BadInput

Digest = NewType("Digest", str)
"""``sha256:`` and 64 lower-case hexadecimal digits."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

DAY_MS = 86_400_000
"""Milliseconds of one UTC day (leap seconds are not counted, as in POSIX time)."""


def digest(text: str) -> Digest:
    """Check that a text is a digest and type it so.

    Raises
    ------
    BadInput
        When it is not ``sha256:`` and 64 lower-case hexadecimal digits.
    """
    if not _DIGEST.match(text):
        raise BadInput("not a digest", why=f"{text!r} is not sha256:<64 hex>")
    return Digest(text)


def digest_bytes(data: bytes) -> Digest:
    """Return the digest of bytes."""
    return Digest("sha256:" + hashlib.sha256(data).hexdigest())


def to_rfc3339(t_ms: int) -> str:
    """Write a time [ms since 1970-01-01 UTC] as RFC 3339 in UTC.

    Milliseconds are written only when they are not zero.

    >>> to_rfc3339(1402704000000)
    '2014-06-14T00:00:00Z'
    """
    moment = _EPOCH + timedelta(milliseconds=t_ms)
    text = f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0")
    if t_ms % 1000:
        text += f".{t_ms % 1000:03d}"
    return text + "Z"


def to_ms(moment: datetime) -> int:
    """Return the time of an aware datetime [ms since 1970-01-01 UTC], rounded down."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Interval:
    """A bounded time: from ``start_ms`` up to, not including, ``end_ms`` [ms UTC].

    A side that is None is open (nothing known). Both sides None means "unknown".
    """

    start_ms: int | None = None
    end_ms: int | None = None

    def __post_init__(self) -> None:
        if self.start_ms is not None and self.end_ms is not None and self.start_ms > self.end_ms:
            raise BadInput("interval ends before it starts", why=f"{self.start_ms}..{self.end_ms}")

    def intersect(self, other: Interval) -> Interval | None:
        """Return what both allow, or None when they share no time.

        >>> Interval(0, 10).intersect(Interval(5, None))
        Interval(start_ms=5, end_ms=10)
        >>> Interval(0, 5).intersect(Interval(5, 9)) is None
        True
        """
        starts = [x for x in (self.start_ms, other.start_ms) if x is not None]
        ends = [x for x in (self.end_ms, other.end_ms) if x is not None]
        start, end = max(starts, default=None), min(ends, default=None)
        if start is not None and end is not None and start >= end:
            return None
        return Interval(start, end)

    def contains(self, other: Interval) -> bool:
        """Tell whether every moment of ``other`` lies inside this interval."""
        after = self.start_ms is None or (
            other.start_ms is not None and other.start_ms >= self.start_ms
        )
        before = self.end_ms is None or (other.end_ms is not None and other.end_ms <= self.end_ms)
        return after and before

    def to_json(self) -> dict[str, str | None]:
        """Return ``{"earliest","latest"}`` in RFC 3339; latest is the first moment outside."""
        return {
            "earliest": None if self.start_ms is None else to_rfc3339(self.start_ms),
            "latest": None if self.end_ms is None else to_rfc3339(self.end_ms),
        }


@dataclass(frozen=True, slots=True)
class Span:
    """``[start, end)`` in Unicode code points of a decoded text."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise BadInput("span is empty or negative", why=f"[{self.start}, {self.end})")

    def of(self, text: str) -> str:
        """Return the quoted part of the text; it is shorter when the span runs past the end."""
        return text[self.start : self.end]
