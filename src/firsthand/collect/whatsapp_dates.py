"""How lines of a WhatsApp chat begin, and in which order their dates are written.

The text export has no specification and writes dates as the phone's locale does. Nothing is
guessed: the whole file decides, or bounds cover every order that it allows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from firsthand.model.nouns import Written
from firsthand.model.values import DAY_MS, Interval
from firsthand.words.calendar import day_start, valid_day
from firsthand.words.dates import written_time

ORDERS = ("dmy", "mdy", "ymd")
_SAID = {"dmy": "day, month, year", "mdy": "month, day, year", "ymd": "year, month, day"}
_FIRST_YEAR, _LAST_YEAR = 2009, 2099
"""WhatsApp was founded in 2009; no message is older, and two digits of a year mean 20xx."""

MARKS = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
"""Characters that only say in which direction text runs."""
_UNMARKED = str.maketrans("", "", MARKS)

_DATE = r"(?P<a>\d{1,4})(?P<s>[/.\-]|\. )(?P<b>\d{1,2})(?P=s)(?P<c>\d{1,4})\.?"
_CLOCK = (
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?"
    r"(?:\s?(?P<half>[AaPp]\.?\s?[Mm]\.?|ص|م))?"
)
_TIME = rf"(?P<when>{_DATE}[,،]?\s*(?:klo\s+)?{_CLOCK})"
_STYLES = (
    re.compile(rf"\[{_TIME}\]\s?(?P<rest>.*)\Z", re.DOTALL),  # iOS
    re.compile(rf"{_TIME}\s[-–]\s(?P<rest>.*)\Z", re.DOTALL),  # Android
    re.compile(rf"{_TIME}:\s(?P<rest>.*)\Z", re.DOTALL),  # iOS of old
)


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a message: the time as written, and what it can mean.

    ``readings`` has by order the time as ISO 8601 without a zone; an order that gives no date is
    missing.
    """

    when: str
    rest: str
    style: int
    readings: dict[str, str]


def head_of(line: str, style: int | None = None) -> Head | None:
    """Return the beginning of a message in a line, or None when the line continues one.

    >>> head_of("14/06/2014, 10:00 - A: b").readings
    {'dmy': '2014-06-14T10:00'}
    >>> head_of("[6/7/14, 9:05:01 PM] A: b").readings
    {'dmy': '2014-07-06T21:05:01', 'mdy': '2014-06-07T21:05:01'}
    """
    # Marks may stand anywhere in the head, but in the message they belong to the text.
    bare = line.lstrip(MARKS)
    if not bare or not (bare[0] == "[" or bare[0].isdecimal()):
        return None
    end = _head_end(bare)
    plain = bare[:end].translate(_UNMARKED) + bare[end:]
    for number in range(len(_STYLES)) if style is None else (style,):
        found = _STYLES[number].match(plain)
        if found is None:
            continue
        clock = _clock(found)
        if clock is None:
            return None
        dates = _dates(found["a"], found["b"], found["c"])
        readings = {order: f"{date}T{clock}" for order, date in dates.items()}
        return Head(found["when"], found["rest"], number, readings) if readings else None
    return None


def _head_end(text: str) -> int:
    """Return how far the head of a line may reach [code points]; no time is longer."""
    close = text.find("]", 0, 60) if text[0] == "[" else text.find(" - ", 0, 60)
    return close + 1 if close >= 0 else min(len(text), 40)


def _clock(found: re.Match[str]) -> str | None:
    hour, minute = int(found["hour"]), int(found["minute"])
    half = found["half"]
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half[0] in "Ppم" else 0)
    if hour > 23 or minute > 59 or int(found["second"] or 0) > 59:
        return None
    second = f":{int(found['second']):02d}" if found["second"] else ""
    return f"{hour:02d}:{minute:02d}{second}"


def _dates(a: str, b: str, c: str) -> dict[str, str]:
    found = {}
    for order, (year, month, day) in {
        "dmy": (c, b, a), "mdy": (c, a, b), "ymd": (a, b, c),
    }.items():  # fmt: skip
        if len(year) not in (2, 4) or len(month) > 2 or len(day) > 2:
            continue
        number = int(year) + (2000 if len(year) == 2 else 0)
        if _FIRST_YEAR <= number <= _LAST_YEAR and valid_day(number, int(month), int(day)):
            found[order] = f"{number:04d}-{int(month):02d}-{int(day):02d}"
    return found


@dataclass(slots=True)
class Order:
    """Which orders of dates a whole file allows, and why."""

    seen: dict[str, int] = field(default_factory=dict)
    """By order: lines that allow it."""
    back: dict[str, int] = field(default_factory=dict)
    """By order: lines whose day is more than one before that of the line before."""
    lines: int = 0
    clear: bool = True
    """Whether all dates begin with four digits of a year."""
    _last: dict[str, int] = field(default_factory=dict)

    def meet(self, head: Head) -> None:
        """Take one line into account."""
        self.lines += 1
        self.clear &= head.when[:4].isdecimal()
        for order, text in head.readings.items():
            self.seen[order] = self.seen.get(order, 0) + 1
            day = day_start(int(text[:4]), int(text[5:7]), int(text[8:10]))
            if day < self._last.get(order, day) - DAY_MS:
                self.back[order] = self.back.get(order, 0) + 1
            self._last[order] = day

    def allowed(self) -> tuple[tuple[str, ...], str | None]:
        """Return the orders that are left, and how that came about."""
        whole = [order for order in ORDERS if self.seen.get(order) == self.lines]
        if not whole:
            return ORDERS, "the file writes dates in different orders: bounds cover each that fits"
        if len(whole) == 1:
            plain = whole == ["ymd"] and self.clear
            why = f"dates read as {_SAID[whole[0]]}: no other order fits all of the file"
            return (whole[0],), None if plain else why
        steady = [order for order in whole if not self.back.get(order)]
        if len(steady) == 1:
            said = _SAID[steady[0]]
            why = f"dates read as {said}: in no other order do messages follow in time"
            return (steady[0],), why
        why = "day and month cannot be told apart in this file: bounds cover both orders"
        return tuple(steady or whole), why


def order_of(heads: Iterable[Head]) -> Order:
    """Return what all beginnings of messages say together."""
    order = Order()
    for head in heads:
        order.meet(head)
    return order


def time_of(head: Head, orders: tuple[str, ...]) -> tuple[Written, bool]:
    """Return the time of a message, and whether several readings had to be covered.

    No zone is written: bounds allow every zone from UTC-12 to UTC+14.
    """
    texts = {text for order, text in head.readings.items() if order in orders}
    found = [time.bounds for text in texts or set(head.readings.values())
             if (time := written_time(text))]  # fmt: skip
    starts = [each.start_ms for each in found if each.start_ms is not None]
    ends = [each.end_ms for each in found if each.end_ms is not None]
    bounds = Interval(min(starts), max(ends)) if starts and ends else Interval()
    return Written(text=head.when, bounds=bounds), len(found) > 1
