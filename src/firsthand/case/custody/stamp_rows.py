"""Stamps as rows for people: what was stamped, until which entry, by whom, when, who accepts it."""

from __future__ import annotations

from firsthand.case.case import Case
from firsthand.case.custody.stamp_records import (
    Recorded,
    contradictions,
    open_requests,
    policy_of,
    stamps,
    unconfirmed,
)
from firsthand.model.canonical import Json
from firsthand.model.values import to_rfc3339


def row(recorded: Recorded) -> Json:
    """Return one stamp; ``to_entry`` is the last entry that it covers."""
    stamp = recorded.stamp
    return {
        "authority": stamp.authority,
        "kind": str(stamp.kind),
        "state": str(stamp.state),
        "size": stamp.size,
        "to_entry": stamp.size - 1,
        "entry": recorded.entry,
        "time": None if stamp.time_ms is None else to_rfc3339(stamp.time_ms),
        "accuracy_ms": stamp.accuracy_ms,
        "readers": stamp.readers or [],
        "token": stamp.token,
        "why": stamp.why,
    }


def stamp_rows(case: Case) -> Json:
    """Return everything about time stamps of a case: received, pending, and what does not fit."""
    known = stamps(case)
    waiting = open_requests(case)
    policy = policy_of(case)
    return {
        "authorities": [
            {"name": e.name, "kind": str(e.kind), "url": e.url, "roots": e.roots}
            for e in policy.authorities
        ],
        "stamps": [row(r) for r in known if str(r.stamp.state) != "requested"],
        "pending": [row(r) for r in waiting],
        "unconfirmed": [row(r) for r in unconfirmed(case)],
        "contradictions": [
            {"first": row(first), "second": row(second), "why": _why(first, second)}
            for first, second in contradictions(case)
        ],
    }


def _why(first: Recorded, second: Recorded) -> str:
    return (
        f"{first.stamp.authority} (entry {first.entry}) says {to_rfc3339(first.stamp.time_ms or 0)}"
        f"; {second.stamp.authority} (entry {second.entry}), whose stamp covers that entry, says "
        f"{to_rfc3339(second.stamp.time_ms or 0)}, which is earlier: one of the two is wrong"
    )
