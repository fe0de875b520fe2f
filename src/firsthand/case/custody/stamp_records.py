"""Stamps as they stand in the ledger: all, what is waited for, and what contradicts itself."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from itertools import accumulate

from firsthand.case.case import Case
from firsthand.model.codec import from_json
from firsthand.model.custody import Policy, Stamp
from firsthand.model.vocabulary import StampKind, StampState


@dataclass(frozen=True, slots=True)
class Recorded:
    """A stamp as it stands in the ledger, in this case's own history."""

    stamp: Stamp
    entry: int


def policy_of(case: Case) -> Policy:
    """Return the newest policy of the case; an empty one when there is none."""
    found = [n for n in case.catalog.nouns("policy") if n.entry not in case.catalog.merged()]
    return from_json(Policy, found[-1].data) if found else Policy(id="")


def stamps(case: Case) -> list[Recorded]:
    """Return all stamps about this log, in ledger order; not those of histories taken over."""
    elsewhere = case.catalog.merged()
    nouns = [n for n in case.catalog.nouns("stamp") if n.entry not in elsewhere]
    found = [Recorded(from_json(Stamp, n.data), n.entry) for n in nouns]
    return sorted(found, key=lambda each: each.entry)


def open_requests(case: Case) -> list[Recorded]:
    """Return requests that no accepted answer has come to."""
    known = stamps(case)
    done = {r.stamp.after for r in known if r.stamp.state is StampState.RECEIVED}
    asked = [r for r in known if r.stamp.state is StampState.REQUESTED]
    return [r for r in asked if r.stamp.id not in done]


def unconfirmed(case: Case) -> list[Recorded]:
    """Return the newest OpenTimestamps proofs that no block was shown for yet."""
    known = stamps(case)
    older = {r.stamp.after for r in known}
    return [
        r
        for r in known
        if r.stamp.state is StampState.RECEIVED
        and r.stamp.kind is StampKind.OPENTIMESTAMPS
        and r.stamp.time_ms is None
        and r.stamp.id not in older
    ]


def contradictions(case: Case) -> list[tuple[Recorded, Recorded]]:
    """Return pairs of received stamps that cannot both be right, as (earlier entry, later).

    The token of the first is part of what the second covers, so the second cannot be earlier. Of
    several that a stamp contradicts, the one that says the latest time is named.
    """
    dated = [
        r
        for r in stamps(case)
        if r.stamp.state is StampState.RECEIVED and r.stamp.time_ms is not None
    ]
    latest = list(accumulate(dated, _later))
    entries = [each.entry for each in dated]
    found = []
    for second in dated:
        at = bisect.bisect_left(entries, second.stamp.size)
        if at and _start(latest[at - 1].stamp) > _end(second.stamp):
            found.append((latest[at - 1], second))
    return found


def _later(first: Recorded, second: Recorded) -> Recorded:
    return second if _start(second.stamp) > _start(first.stamp) else first


def _start(stamp: Stamp) -> int:
    return (stamp.time_ms or 0) - (stamp.accuracy_ms or 0)


def _end(stamp: Stamp) -> int:
    return (stamp.time_ms or 0) + (stamp.accuracy_ms or 0)
