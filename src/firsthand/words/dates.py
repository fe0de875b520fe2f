"""Written times and what they bound: the one door for every time that enters a case.

A time keeps its writing and gets bounds in UTC, half-open, as precise as the writing and no
more. What cannot be read is None; nothing is guessed from a clock, a locale or the local zone.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from firsthand.model.errors import BadInput
from firsthand.model.nouns import Written
from firsthand.words import edtf, iso, stamps
from firsthand.words.calendar import LAST_MS, Piece, within_reach

MAX_LENGTH = 200
"""Longest text [code points] that is looked at; no supported form is longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeReading:
    """What a written time says, and what had to be assumed to bound it.

    Attributes
    ----------
    written
        The text as it stands and its bounds [UTC, half-open].
    precision
        ``fraction, second, minute, hour, day, week, month, season, year, years, interval, set,
        none``.
    zone
        ``utc``, ``offset`` (written), ``assumed_utc`` (a date alone), ``unknown`` (a time without
        zone: the bounds allow every zone), ``none`` (nothing is known).
    uncertain, approximate
        The writer's marks ``?``, ``~``, ``%``; they do not widen the bounds.
    """

    written: Written
    precision: str
    zone: str
    uncertain: bool = False
    approximate: bool = False
    assumptions: tuple[str, ...] = ()


def _ascii_digits(text: str) -> str:
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(char)) if unicodedata.category(char) == "Nd" else char
        for char in text
    )


def _piece(text: str) -> Piece | None:
    if not text or len(text) > MAX_LENGTH:
        return None
    return stamps.unix_text(text) or edtf.read(text) or stamps.stamp(text)


def read_time(value: str | int) -> TimeReading | None:
    """Read a written time with everything that is known about the reading.

    Forms: ISO 8601 and RFC 3339 of any precision (calendar, week and ordinal dates), EXIF, EDTF
    (intervals, open ends, masks, qualifiers, seasons, sets), Unix seconds and milliseconds
    (integers and digits from 100,000,000 up), RFC 5322 mail and HTTP dates, X/Twitter.

    Assumes
        A date alone means that UTC day. A time without a zone may stand in any zone from UTC-12
        to UTC+14.
    Fails when
        The writer meant a local day: then the bounds are off by up to 14 hours.
    """
    if isinstance(value, bool):
        return None
    text = str(value)
    piece = stamps.unix(value) if isinstance(value, int) else _piece(_ascii_digits(text).strip())
    if piece is None:
        return None
    uncertain, approximate = edtf.qualified(text)
    return TimeReading(
        written=Written(text=text, bounds=within_reach(piece.start, piece.end)),
        precision=piece.precision,
        zone=piece.zone,
        uncertain=uncertain,
        approximate=approximate,
        assumptions=piece.assumptions,
    )


def written_time(value: str | int) -> Written | None:
    """Read a written time, or return None when it is not one.

    >>> written_time("2014-06-14T10:00+03:00").bounds.to_json()
    {'earliest': '2014-06-14T07:00:00Z', 'latest': '2014-06-14T07:01:00Z'}
    >>> written_time("2014-06-11/..").bounds.to_json()
    {'earliest': '2014-06-11T00:00:00Z', 'latest': None}
    >>> written_time("2014-02-30") is None
    True
    """
    reading = read_time(value)
    return None if reading is None else reading.written


def as_of_cutoff(date: str) -> int:
    """Return the first moment after a UTC day [ms since 1970-01-01 UTC].

    Raises
    ------
    BadInput
        When the text is not a full date (YYYY-MM-DD).

    >>> as_of_cutoff("2014-06-14")
    1402790400000
    """
    text = date.strip()
    piece = iso.point(text) if len(text) == 10 and text[4:5] == text[7:8] == "-" else None
    if piece is None or piece.end is None or piece.precision != "day":
        raise BadInput(
            "not a date", why=repr(date), hint="write the UTC day as YYYY-MM-DD, such as 2014-06-14"
        )
    return min(piece.end, LAST_MS)
