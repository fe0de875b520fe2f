"""Clues on time, each a bound with where it comes from, and their intersection.

Nothing is multiplied to zero: when clues leave no time, the smallest sets that cannot all be true
are named, and no merged answer is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from firsthand.model.canonical import Json
from firsthand.model.values import Interval

MAX_SET = 4
"""Largest number of clues in a conflict that is searched for; two suffice for plain intervals."""


@dataclass(frozen=True, slots=True)
class Clue:
    """One bound on the time of an event.

    ``kind``: ``dated_event`` (the event's own time), ``after_event``, ``before_event``, ``seen``
    (media of it was published), ``copy_seen`` (a copy of such media was) or ``said``
    (a source gives the time). ``id`` names the event, sighting or claim; ``root`` whose word it is.
    """

    kind: str
    id: str
    bounds: Interval
    root: str | None = None

    def to_json(self) -> Json:
        """Return the clue with its bounds in RFC 3339."""
        found: Json = {"kind": self.kind, "id": self.id, **self.bounds.to_json()}
        return found | ({"root": self.root} if self.root else {})


def common(clues: Iterable[Clue]) -> Interval | None:
    """Return the time that all clues allow, or None when there is none.

    >>> common([Clue("said", "a", Interval(0, 10)), Clue("seen", "b", Interval(None, 4))])
    Interval(start_ms=0, end_ms=4)
    """
    found: Interval | None = Interval()
    for clue in clues:
        found = found.intersect(clue.bounds) if found is not None else None
    return found


def minimal_conflicts(clues: Sequence[Clue]) -> list[list[str]]:
    """Return the smallest sets of clues that leave no time, as sorted ids.

    Intervals on a line have a common point as soon as every two of them do (Helly, 1923), so pairs
    are enough; larger sets are searched all the same, for clues that are not plain intervals.
    """
    for size in range(2, min(MAX_SET, len(clues)) + 1):
        found = [list(part) for part in combinations(clues, size) if common(part) is None]
        if found:
            return sorted(sorted(clue.id for clue in part) for part in found)
    return []


def binding(clues: Iterable[Clue], result: Interval) -> list[str]:
    """Return the ids of the clues that set a side of the result."""
    return sorted(
        {
            clue.id
            for clue in clues
            if (clue.bounds.start_ms is not None and clue.bounds.start_ms == result.start_ms)
            or (clue.bounds.end_ms is not None and clue.bounds.end_ms == result.end_ms)
        }
    )
