"""What a reader must be told about a group of counts beside its numbers.

``numbers`` is flat: the bounds of the figures concerned, minimum before maximum, in the order in
which ``why`` names them; an open bound is null.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from firsthand.count.scope import Contains, told_differently
from firsthand.count.statement import Figure, Statement


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing that is odd, the statements concerned and the numbers that show it."""

    what: str
    ids: tuple[str, ...]
    numbers: tuple[int | None, ...]
    why: str

    def to_json(self) -> dict[str, object]:
        """Return the flag in the shape of the output."""
        return {
            "what": self.what,
            "ids": list(self.ids),
            "numbers": list(self.numbers),
            "why": self.why,
        }


def say(figure: Figure) -> str:
    """Write a figure in words, with its open side named.

    >>> say(Figure(160, 190)), say(Figure(1700, 1700)), say(Figure(100, None))
    ('160-190', '1,700', 'at least 100')
    """
    low, high = figure.low, figure.high
    if low is None:
        return "no number" if high is None else f"up to {high:,}"
    if high is None:
        return f"at least {low:,}"
    return f"{low:,}" if low == high else f"{low:,}-{high:,}"


def numbers(*figures: Figure) -> tuple[int | None, ...]:
    """Return the bounds of figures as one flat row."""
    return tuple(bound for figure in figures for bound in figure.pair())


def dangling(item: str, field: str, target: str) -> Flag:
    """Flag a link to a statement that was not given."""
    return Flag("dangling_reference", (item, target), (), f"{item} {field} {target}: not given")


def cycle(field: str, members: Iterable[str]) -> Flag:
    """Flag links that run in a ring."""
    ring = tuple(sorted(members))
    return Flag("cycle", ring, (), f"{field} runs in a ring: {', '.join(ring)}")


def link_ignored(item: str, field: str, target: str, why: str) -> Flag:
    """Flag a link that was not followed."""
    return Flag("link_ignored", (item, target), (), f"{item} {field} {target}: {why}")


def dates_not_understood(item: Statement) -> list[Flag]:
    """Flag dates that could not be read; they were treated as unknown."""
    return [
        Flag("date_not_understood", (item.id,), (), f"{item.id}: {text!r} was taken as unknown")
        for text in item.not_understood
    ]


def relay_flags(original: Statement, told: Statement, contains: Contains) -> list[Flag]:
    """Flag what a relay changed. To leave out a bound or a part of the scope is no change."""
    ids = (original.id, told.id)
    shown = f"{say(original.figure)} told as {say(told.figure)}"
    found = []
    if _bound_as_figure(original.figure, told.figure):
        side = "upper" if told.figure.low == original.figure.high else "lower"
        found.append(("bound_as_figure", f"{side} bound as a single figure: {shown}"))
    elif _number_changed(original.figure, told.figure):
        found.append(("relay_changed_number", shown))
    changed = told_differently(original.scope, told.scope, contains)
    if changed:
        where = f"{original.scope.label()} told as {told.scope.label()}"
        found.append(("relay_changed_scope", f"{', '.join(changed)} changed: {where}"))
    row = numbers(original.figure, told.figure)
    # Without an entered link it may also tell a statement of the root that is not held.
    doubt = "" if told.copies else f" (if {told.id} tells {original.id}: no link was entered)"
    return [Flag(what, ids, row, why + doubt) for what, why in found]


def roots_disagree(ids: Iterable[str], figures: Sequence[Figure]) -> Flag:
    """Flag independent counts of one scope whose ranges do not meet."""
    shown = " against ".join(say(figure) for figure in figures)
    return Flag("roots_disagree", tuple(ids), numbers(*figures), f"ranges do not meet: {shown}")


def part_exceeds_whole(
    parts: Sequence[str], part: Figure, whole: Sequence[str], total: Figure
) -> Flag:
    """Flag a part that is larger than the whole can be."""
    why = f"part {say(part)} ({', '.join(parts)}) exceeds the whole {say(total)}"
    ids = tuple(dict.fromkeys([*parts, *whole]))
    return Flag("part_exceeds_whole", ids, numbers(part, total), why)


def arithmetic(parts: Sequence[Statement], total: Figure, published: Statement) -> Flag | None:
    """Flag a published total that is not the sum of its parts.

    A bound that is not given is not compared.
    """
    stated = published.figure
    if not any(
        None not in (ours, theirs) and ours != theirs
        for ours, theirs in zip(total.pair(), stated.pair(), strict=True)
    ):
        return None
    shown = " plus ".join(say(part.figure) for part in parts)
    return Flag(
        "arithmetic",
        (*(part.id for part in parts), published.id),
        numbers(*(part.figure for part in parts), total, stated),
        f"{shown} is {say(total)}, published as {say(stated)}",
    )


def _bound_as_figure(original: Figure, told: Figure) -> bool:
    single = told.low is not None and told.low == told.high
    is_range = original.stated and original.low != original.high
    return single and is_range and told.low in (original.low, original.high)


def _number_changed(original: Figure, told: Figure) -> bool:
    return any(
        theirs is not None and theirs != ours
        for ours, theirs in zip(original.pair(), told.pair(), strict=True)
    )
