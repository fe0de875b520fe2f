"""Between which outside times an entry was recorded: the bracket that clocks of others give.

Not after: someone else signed a checkpoint that covers the entry. Not before: an earlier entry of
the same log holds bytes that someone else signed at a time, which nobody could have known sooner.
It bounds when the RECORD was made, never when a photograph was taken or a text was written.

All of it is as recorded here; whether tokens and signatures hold is for ``verify`` to say.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from firsthand.case.case import Case
from firsthand.model.canonical import Json
from firsthand.model.codec import from_json
from firsthand.model.custody import Cosignature, Stamp
from firsthand.model.vocabulary import StampState


@dataclass(frozen=True, slots=True)
class Outside:
    """That somebody else signed the first ``size`` entries, and the entry that holds the answer.

    ``earliest_ms`` and ``latest_ms`` are the signer's time, less and plus its own accuracy
    [ms UTC].
    """

    kind: str
    by: str
    entry: int
    size: int
    earliest_ms: int
    latest_ms: int


@dataclass(frozen=True)
class Bounds:
    """Everything from outside that bounds when entries of a case were recorded."""

    outside: tuple[Outside, ...]
    entries: int
    """Entries of the case."""

    def of(self, entry: int) -> Json:
        """Return ``{"not_before","not_after"}`` of an entry.

        Each is ``{"time_ms","by","entry"}``, with the entry that holds the evidence, or null.
        """
        first, last = self._before, self._after
        at = bisect.bisect_left([each.entry for each, _ in first], entry)
        covering = bisect.bisect_right([each.size for each, _ in last], entry)
        return {
            "not_before": _side(first[at - 1][1], early=True) if at else None,
            "not_after": _side(last[covering][1], early=False) if covering < len(last) else None,
        }

    def intervals(self) -> list[Json]:
        """Return runs of entries that have the same bracket: ``{"from","to",…}``, both included."""
        edges = {0, *(each.entry + 1 for each in self.outside), *(e.size for e in self.outside)}
        starts = sorted(edge for edge in edges if edge < self.entries)
        found: list[Json] = []
        for start, following in zip(starts, [*starts[1:], self.entries], strict=True):
            bracket = self.of(start)
            if found and {k: found[-1][k] for k in bracket} == bracket:
                found[-1]["to"] = following - 1
            else:
                found.append({"from": start, "to": following - 1, **bracket})
        return found

    @cached_property
    def _before(self) -> list[tuple[Outside, Outside]]:
        """By entry, upwards: each with the latest of those up to it."""
        ordered = sorted(self.outside, key=lambda each: each.entry)
        best: Iterator[Outside] = accumulate(ordered, _later)
        return list(zip(ordered, best, strict=True))

    @cached_property
    def _after(self) -> list[tuple[Outside, Outside]]:
        """By size, upwards: each with the earliest of those that cover as much or more."""
        ordered = sorted(self.outside, key=lambda each: each.size)
        best: Iterator[Outside] = accumulate(reversed(ordered), _earlier)
        return list(zip(ordered, reversed(list(best)), strict=True))


def _later(one: Outside, other: Outside) -> Outside:
    return other if other.earliest_ms > one.earliest_ms else one


def _earlier(one: Outside, other: Outside) -> Outside:
    return other if other.latest_ms < one.latest_ms else one


def _side(outside: Outside, *, early: bool) -> Json:
    time_ms = outside.earliest_ms if early else outside.latest_ms
    return {"time_ms": time_ms, "by": outside.by, "entry": outside.entry}


def bounds(case: Case) -> Bounds:
    """Return what received time stamps and cosignatures of a case say.

    Those that came with another case's history count there, since they are about its log. A stamp
    without a time (OpenTimestamps before it is in a block) says nothing yet.
    """
    elsewhere = case.catalog.merged()
    found: list[Outside] = []
    for noun in case.catalog.nouns("stamp"):
        stamp = from_json(Stamp, noun.data)
        if stamp.state != StampState.RECEIVED or stamp.time_ms is None or noun.entry in elsewhere:
            continue
        around = stamp.accuracy_ms or 0
        found.append(
            Outside(
                "stamp",
                stamp.authority,
                noun.entry,
                stamp.size,
                stamp.time_ms - around,
                stamp.time_ms + around,
            )
        )
    for noun in case.catalog.nouns("cosignature"):
        if noun.entry in elsewhere:
            continue
        seen = from_json(Cosignature, noun.data)
        name = seen.witness.partition("+")[0]  # of a vkey: name, key id and key
        found.append(
            Outside("cosignature", name, noun.entry, seen.size, seen.time_ms, seen.time_ms)
        )
    # A stamp can only cover what came before it; one that says otherwise says nothing.
    held = (each for each in found if each.size <= each.entry)
    return Bounds(tuple(sorted(held, key=lambda each: each.entry)), case.catalog.size())


def bracket_of(case: Case, entry: int) -> Json:
    """Return the bracket of one entry; for many, ask :func:`bounds` once."""
    return bounds(case).of(entry)
