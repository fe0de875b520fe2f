"""Extended Date/Time Format: levels 0 and 1, and of level 2 what investigators write.

References: ISO 8601-2:2019 and the Library of Congress specification (2019-02-04). Seasons have
no months there; the months below are this project's choice and only ever too wide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from firsthand.model.values import DAY_MS
from firsthand.words import iso
from firsthand.words.calendar import Piece, day_start, next_month, valid_day

UNKNOWN = Piece(None, None, "none", "none")

SEASON_NORTH = "season read for the northern hemisphere, weather and sun seasons together"
SEASON = "season: weather and sun seasons together"
_SEASON_MONTHS = ((3, 6), (6, 9), (9, 12), (0, 15))
"""First and last month of spring, summer, autumn and winter; month 0 is December of the year
before and 15 March of the year after, since a winter may be named by either of its years."""
_QUALIFIER = re.compile(r"[?~%]")
_MASKED = re.compile(r"(-?)([0-9X]{4})(?:-([0-9X]{2})(?:-([0-9X]{2}))?)?\Z")
_LONG_YEAR = re.compile(r"Y(-?[0-9]{5,12})\Z")
_SEASON = re.compile(r"(-?[0-9]{4})-([2-4][0-9])\Z")


def qualified(text: str) -> tuple[bool, bool]:
    """Tell whether a writing is marked uncertain (``?``, ``%``) and approximate (``~``, ``%``)."""
    return "?" in text or "%" in text, "~" in text or "%" in text


def _season(year: int, code: int) -> Piece | None:
    if 21 <= code <= 32:
        season = (code - 21) % 4
        south = code >= 29
        if south:
            season = (season + 2) % 4
        first, last = _SEASON_MONTHS[season]
        assumption = SEASON_NORTH if code <= 24 else SEASON
        return _months(year, first, last, "season", (assumption,))
    for base, length in ((33, 3), (37, 4), (40, 6)):
        if base <= code < base + 12 // length:
            first = (code - base) * length + 1
            return _months(year, first, first + length - 1, "season", (iso.DATE_ALONE,))
    return None


def _months(
    year: int, first: int, last: int, precision: str, assumptions: tuple[str, ...]
) -> Piece:
    def start(number: int) -> int:
        return day_start(year + (number - 1) // 12, (number - 1) % 12 + 1, 1)

    return Piece(start(first), start(last + 1), precision, "assumed_utc", assumptions)


def _fits(mask: str, number: int) -> bool:
    return all(m in ("X", d) for m, d in zip(mask, f"{number:0{len(mask)}d}", strict=True))


def _masked(sign: str, year: str, month: str | None, day: str | None) -> Piece | None:
    """Return the hull of every existing date that fits a mask such as 2014-06-1X."""
    months = [m for m in range(1, 13) if month is None or _fits(month, m)]
    days = [d for d in range(1, 32) if day is None or _fits(day, d)]
    low, high = int(year.replace("X", "0")), int(year.replace("X", "9"))
    years = [y for y in range(low, high + 1) if _fits(year, y)]
    if sign:
        years = [-y for y in reversed(years)]

    def dates(backwards: bool) -> Iterator[tuple[int, int, int]]:
        for y in reversed(years) if backwards else years:
            for m in reversed(months) if backwards else months:
                for d in reversed(days) if backwards else days:
                    if valid_day(y, m, d):
                        yield y, m, d

    first, last = next(dates(False), None), next(dates(True), None)
    if first is None or last is None:
        return None
    precision = "year" if month is None else "month" if day is None else "day"
    if "X" in year:
        precision = "years"
    end = day_start(*last) + DAY_MS
    if day is None:
        end = day_start(*next_month(last[0], last[1]), 1)
    return Piece(day_start(*first), end, precision, "assumed_utc", (iso.DATE_ALONE,))


def moment(text: str) -> Piece | None:
    """Read one EDTF date, with any qualifiers, masks, season or long year; or None."""
    text = _QUALIFIER.sub("", text)
    plain = iso.point(text)
    if plain is not None:
        return plain
    if found := _SEASON.match(text):
        return _season(int(found[1]), int(found[2]))
    if found := _LONG_YEAR.match(text):
        year = int(found[1])
        start, end = day_start(year, 1, 1), day_start(year + 1, 1, 1)
        return Piece(start, end, "year", "assumed_utc", (iso.DATE_ALONE,))
    if found := _MASKED.match(text):
        sign, year_mask, month, day = found.groups()
        if sign and year_mask == "0000":
            return None  # ISO 8601-2 has no minus zero
        return _masked(sign, year_mask, month, day)
    return None


def _side(text: str) -> Piece | None:
    text = text.strip()
    if text in ("", "..", "open", "unknown"):
        return UNKNOWN
    return moment(text)


def _merged(start: int | None, end: int | None, parts: Iterable[Piece], kind: str) -> Piece | None:
    if start is not None and end is not None and start >= end:
        return None
    known = [part for part in parts if part.zone != "none"]
    zones = {part.zone for part in known}
    zone = "unknown" if "unknown" in zones else zones.pop() if len(zones) == 1 else "offset"
    assumptions = tuple(dict.fromkeys(a for part in known for a in part.assumptions))
    return Piece(start, end, kind, zone if known else "none", assumptions)


def between(text: str) -> Piece | None:
    """Read ``a/b``: from the start of ``a`` to the end of ``b``; an open side bounds nothing."""
    sides = text.split("/")
    if len(sides) != 2 or not any(side.strip() for side in sides):
        return None
    left, right = _side(sides[0]), _side(sides[1])
    if left is None or right is None:
        return None
    return _merged(left.start, right.end, (left, right), "interval")


def one_of(text: str) -> Piece | None:
    """Read a set ``[a,b..c]`` or ``{..}`` as its hull."""
    if text[0] + text[-1] not in ("[]", "{}"):
        return None
    pieces: list[Piece] = []
    for item in text[1:-1].split(","):
        ends = item.strip().split("..")
        if len(ends) > 2 or not any(ends):
            return None
        left, right = _side(ends[0]), _side(ends[-1])
        piece = None
        if left is not None and right is not None:
            piece = _merged(left.start, right.end, (left, right), "interval")
        if piece is None:
            return None
        pieces.append(piece)
    starts = [piece.start for piece in pieces]
    ends_ms = [piece.end for piece in pieces]
    start = None if None in starts else min(x for x in starts if x is not None)
    end = None if None in ends_ms else max(x for x in ends_ms if x is not None)
    return _merged(start, end, pieces, "set")


def read(text: str) -> Piece | None:
    """Read any supported EDTF text, or return None."""
    if text.casefold() == "unknown":
        return UNKNOWN
    if "/" in text:
        return between(text)
    if len(text) > 2 and text[0] in "[{":
        return one_of(text)
    return moment(text)
