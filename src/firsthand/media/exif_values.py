"""Read single values as they stand in metadata: times, offsets, numbers, degrees, texts.

References
----------
Exif 2.32 (CIPA DC-008-2019), 4.6.5 and 4.6.6: times are ``YYYY:MM:DD HH:MM:SS`` of the camera's
clock; OffsetTime belongs to DateTime, OffsetTimeOriginal to DateTimeOriginal.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from firsthand.model.canonical import MAX_INTEGER, Json

LONGEST_TEXT = 4000
"""Code points kept of one text; the raw output holds more."""

_TIME = re.compile(
    r"\s*(?P<year>\d{4})[:/.-](?P<month>\d{1,2})[:/.-](?P<day>\d{1,2})"
    r"(?:[ T]+(?P<hour>\d{1,2}):(?P<minute>\d{2})"
    r"(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,18}))?)?)?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?\s*\Z",
    re.ASCII,
)
_OFFSET = re.compile(r"\s*(?:(?P<utc>Z)|(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2}))\s*\Z")
_UNSET = re.compile(r"[\s0:/.-]*\Z")
_EPOCH = datetime.datetime(1970, 1, 1)
# Code points that no text of a camera needs: controls but line ends and tabs, and surrogates.
_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def text(value: Any) -> str | None:
    r"""Return a value as a clean bounded text, or None when nothing is said.

    >>> text(" Canon\0\0 "), text(["a", "b"]), text("  ")
    ('Canon', 'a; b', None)
    """
    if isinstance(value, list):
        value = "; ".join(str(item) for item in value)
    if value is None or isinstance(value, dict):
        return None
    return _UNWANTED.sub("", str(value)).strip()[:LONGEST_TEXT] or None


def number(value: Any) -> Fraction | None:
    """Return a number as a fraction; None when it is none, as 0/0 and n/0 are.

    >>> number("17/4"), number("4.25"), number(["1/250"]), number("0/0"), number("undef")
    (Fraction(17, 4), Fraction(17, 4), Fraction(1, 250), None, None)
    """
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else None
    if value is None:
        return None
    written = str(value).strip()
    if len(written) > 40:
        return None
    top, slash, bottom = written.partition("/")
    try:
        if slash:
            return Fraction(int(top), int(bottom))
        decimal = Decimal(written)
    except (ValueError, ZeroDivisionError, InvalidOperation):
        return None
    # An exponent of a thousand digits is no measurement, and as a fraction it would fill memory.
    if not decimal.is_finite() or abs(decimal.adjusted()) > 30:
        return None
    return Fraction(decimal)


def scaled(value: Any, factor: int) -> int | None:
    """Return a number times ``factor``, rounded to an integer that can be recorded, or None."""
    found = number(value)
    if found is None:
        return None
    whole = round(found * factor)
    return whole if abs(whole) <= MAX_INTEGER else None


def degrees(value: Any) -> Fraction | None:
    """Return an angle [degrees] from a decimal number or from degrees, minutes, seconds.

    >>> degrees(["34/1", "36/1", "0/1"]) == degrees("34.6")
    True
    """
    if not isinstance(value, list) or len(value) == 1:
        return number(value)
    parts = [number(part) for part in value[:3]]
    if None in parts:
        return None
    return sum((part / 60**n for n, part in enumerate(parts) if part is not None), Fraction(0))


def offset_min(value: Any) -> int | None:
    """Return a written offset from UTC [minutes, east positive], or None when it is none.

    >>> offset_min("+03:00"), offset_min("-0330"), offset_min("Z"), offset_min("   :  ")
    (180, -210, 0, None)
    """
    found = _OFFSET.match(value) if isinstance(value, str) else None
    if found is None:
        return None
    if found["utc"]:
        return 0
    minutes = int(found["hours"]) * 60 + int(found["minutes"])
    signed = -minutes if found["sign"] == "-" else minutes
    # The civil zones that are or were in use lie within these (tz database).
    return signed if int(found["minutes"]) < 60 and -12 * 60 <= signed <= 14 * 60 else None


def is_unset(value: Any) -> bool:
    """Say whether a time is the blank or zero form for "not known" (Exif 2.32, 4.6.5)."""
    return bool(_UNSET.match(str(value)))


def moment(value: Any, tag: str, *, part: Any = None, offset: Any = None) -> Json | None:
    """Return a time as written, with what can be said of it; None when nothing is written.

    ``{"text", "local", "offset_min", "utc_ms", "tag"}``: ``local`` is the clock's time as ISO 8601
    (a date alone stays one), None when it is no time of the calendar; ``offset_min`` [minutes east
    of UTC] and ``utc_ms`` [ms since 1970-01-01 UTC] are None when no offset is written.
    """
    written = text(value)
    if written is None:
        return None
    said: Json = {"text": written, "local": None, "offset_min": None, "utc_ms": None, "tag": tag}
    found = _TIME.match(written)
    when = _calendar(found) if found else None
    if found is None or when is None:
        return said
    zone = offset_min(found["zone"] or offset)
    if found["hour"] is None:
        return said | {"local": when.date().isoformat()}
    digits = found["part"] or _digits(part)
    local = when.isoformat() + (f".{digits}" if digits else "")
    said |= {"local": local, "offset_min": zone}
    if zone is not None:
        said["utc_ms"] = clock_ms(said) - zone * 60_000
    return said


def _digits(part: Any) -> str:
    found = re.fullmatch(r"\s*(\d{1,9})\s*", str(part[0] if isinstance(part, list) else part))
    return found[1] if found and part is not None else ""


def _calendar(found: re.Match[str]) -> datetime.datetime | None:
    names = ("year", "month", "day", "hour", "minute", "second")
    year, month, day, hour, minute, second = (int(found[name] or 0) for name in names)
    try:
        return datetime.datetime(year, month, day, hour, minute, min(second, 59))
    except ValueError:
        return None


def clock_ms(said: Json) -> int:
    """Return what a moment's clock showed [ms since 1970-01-01 of the same clock].

    Raises
    ------
    ValueError
        When the moment has no time of the calendar.
    """
    whole, _, part = str(said["local"]).partition(".")
    seconds = datetime.datetime.fromisoformat(whole) - _EPOCH
    return seconds // datetime.timedelta(milliseconds=1) + int((part + "000")[:3])


def time_of_day_ms(value: Any) -> int | None:
    """Return a GPS time [ms since midnight UTC] from ``HH:MM:SS`` or three ratios, or None.

    >>> time_of_day_ms("07:11:12.5") == time_of_day_ms(["7/1", "11/1", "25/2"]) == 25872500
    True
    """
    parts: Sequence[Any] = value if isinstance(value, list) else str(value).split(":")
    numbers = [number(part) for part in parts]
    if len(numbers) != 3 or any(part is None or part < 0 for part in numbers):
        return None
    hours, minutes, seconds = (part for part in numbers if part is not None)
    if hours >= 24 or minutes >= 60 or seconds > 60:
        return None
    return int(((hours * 60 + minutes) * 60 + seconds) * 1000)


def user_comment(values: Any) -> str | None:
    """Return an EXIF user comment from its bytes: eight of character code, then text (4.6.5)."""
    if not isinstance(values, list) or not all(isinstance(v, int) and 0 <= v < 256 for v in values):
        return text(values)
    data = bytes(values)
    code, body = data[:8], data[8:]
    if code == b"UNICODE\0":
        return text(body.decode(_order(body), "replace"))
    return text(
        body.decode("utf-8" if code in (b"ASCII\0\0\0", b"\0" * 8) else "latin-1", "replace")
    )


def _order(body: bytes) -> str:
    """Guess the byte order of UTF-16: the high bytes of one script vary less than the low ones."""
    return "utf-16-be" if len({*body[0::2]}) <= len({*body[1::2]}) else "utf-16-le"
