"""What is known about times, as bars on one axis."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from firsthand.report.figures.svg import element, fitted, label, picture

LEFT, RIGHT, ROW, TOP = 280.0, 24.0, 22.0, 34.0
WIDTH = 920.0
MOST_ROWS = 80
"""Rows drawn; the table beside the figure holds all."""

GAP_SHARE = 0.35
"""A time in which nothing happens is cut out when it is longer than this share of the rest."""
GAP_PX = 30.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class Bar:
    """A row: from ``start`` up to ``end`` [ms UTC]; None is open.

    ``kind`` is ``event``, ``estimate`` or ``seen``.
    """

    text: str
    start: int | None
    end: int | None
    kind: str = "event"


@dataclass(frozen=True, slots=True)
class _Axis:
    """Moments [ms] and where they lie [px]; between them straight lines."""

    moments: tuple[int, ...]
    places: tuple[float, ...]
    cuts: tuple[tuple[int, int], ...]

    def at(self, moment: int) -> float:
        pairs = list(zip(self.moments, self.places, strict=True))
        if moment <= pairs[0][0]:
            return pairs[0][1]
        for (a, x), (b, y) in itertools.pairwise(pairs):
            if moment <= b:
                return x + (y - x) * (moment - a) / (b - a)
        return pairs[-1][1]


def _cuts(moments: Sequence[int]) -> tuple[tuple[int, int], ...]:
    gaps = sorted(itertools.pairwise(moments), key=lambda gap: (gap[0] - gap[1], gap))
    total = sum(b - a for a, b in gaps)
    found: list[tuple[int, int]] = []
    for a, b in gaps:
        if total <= 0 or b - a <= max(GAP_SHARE * total, 3 * DAY) or len(gaps) - len(found) < 3:
            break
        found.append((a, b))
        total -= b - a
    return tuple(sorted(found))


def _axis(bars: Iterable[Bar]) -> _Axis | None:
    known = {m for bar in bars for m in (bar.start, bar.end) if m is not None}
    if not known:
        return None
    if len(known) == 1:
        known.add(min(known) + DAY)
    moments = tuple(sorted(known))
    cuts = _cuts(moments)
    drawn = sum(b - a for a, b in itertools.pairwise(moments) if (a, b) not in cuts)
    room = WIDTH - LEFT - RIGHT - GAP_PX * len(cuts)
    places = [LEFT]
    for gap in itertools.pairwise(moments):
        wide = GAP_PX if gap in cuts else room * (gap[1] - gap[0]) / drawn
        places.append(places[-1] + wide)
    return _Axis(moments, tuple(places), cuts)


def _day(moment: int) -> str:
    when = _EPOCH + timedelta(milliseconds=moment)
    return f"{when.day} {when:%b} {when.year}"


def _ticks(axis: _Axis, bottom: float) -> str:
    parts = []
    last = -1e9
    for moment, x in zip(axis.moments, axis.places, strict=True):
        day = moment - moment % DAY
        text = _day(day)
        if x - last < 78 or x > WIDTH - 60:
            continue
        last = x
        parts.append(
            element(
                "path",
                d=f"M{x:.1f} {TOP - 6:.0f}V{bottom:.0f}",
                class_="grid",
                stroke="#999",
                stroke_width=0.5,
            )
        )
        parts.append(label(x, TOP - 14, text, class_="tick", font_size=11))
    return "".join(parts)


def _breaks(axis: _Axis, bottom: float) -> str:
    parts = []
    for a, b in axis.cuts:
        x = (axis.at(a) + axis.at(b)) / 2
        for shift in (-3, 3):
            parts.append(
                element(
                    "path",
                    d=f"M{x + shift - 3:.1f} {bottom:.0f}L{x + shift + 3:.1f} {TOP - 4:.0f}",
                    class_="cut",
                    stroke="#999",
                    stroke_width=1,
                )
            )
    return "".join(parts)


def _row(axis: _Axis, bar: Bar, top: float) -> str:
    middle = top + ROW / 2
    name = label(0, middle + 4, fitted(bar.text, LEFT - 14), class_="name")
    if bar.start is None and bar.end is None:
        return name + label(LEFT, middle + 4, "time not known", class_="dateless", font_size=11)
    first, last = axis.places[0], axis.places[-1]
    x = first if bar.start is None else axis.at(bar.start)
    y = last if bar.end is None else axis.at(bar.end)
    wide = max(y - x, 3.0)
    shape = element(
        "rect", x=x, y=middle - 5, width=wide, height=10, rx=2, class_=f"bar {bar.kind}"
    )
    ends = ""
    if bar.start is None:
        ends += _arrow(x, middle, -1)
    if bar.end is None:
        ends += _arrow(x + wide, middle, 1)
    return name + shape + ends


def _arrow(x: float, y: float, way: int) -> str:
    return element("path", d=f"M{x:.1f} {y - 7:.1f}l{8 * way} 7l{-8 * way} 7z", class_="open")


def draw(bars: Sequence[Bar], name: str = "timeline") -> str:
    """Return the figure as SVG text; empty when no bar has a known time.

    Rows keep the given order. Long times in which nothing lies are cut out and marked with two
    strokes, so distances across a cut mean nothing.
    """
    rows = bars[:MOST_ROWS]
    axis = _axis(rows)
    if axis is None:
        return ""
    bottom = TOP + ROW * len(rows)
    stripes = "".join(
        element(
            "rect", x=0, y=TOP + ROW * at, width=WIDTH, height=ROW, class_="stripe", fill="none"
        )
        for at in range(0, len(rows), 2)
    )
    drawn = "".join(_row(axis, bar, TOP + ROW * at) for at, bar in enumerate(rows))
    text = f"{len(rows)} rows from {_day(axis.moments[0])} to {_day(axis.moments[-1])} UTC."
    if axis.cuts:
        text += f" {len(axis.cuts)} long times without entries are cut out."
    return picture(
        name,
        WIDTH,
        bottom + 8,
        "Times",
        text,
        stripes,
        _ticks(axis, bottom),
        _breaks(axis, bottom),
        drawn,
    )
