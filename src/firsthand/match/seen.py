"""First seen: the earliest sighting among those searched, and what could be earlier still.

"Not seen earlier than" is all that a case can say. It names what was searched; it never says that
a picture appeared first somewhere. A sighting without a lower bound (a capture of a page that
states no time) says that something was there by then: it may always be earlier than another one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from firsthand.model.canonical import Json
from firsthand.model.nouns import Sighting

MOST_TIES = 50
"""Sightings that are listed beside the earliest; more are counted."""


def searched(sightings: Iterable[Sighting]) -> Json:
    """Return what was searched: sightings with media by platform, and how many have no time."""
    held = list(sightings)
    platforms = Counter(s.platform for s in held)
    return {
        "platforms": dict(sorted(platforms.items())),
        "sightings": len(held),
        "undated": sum(not dated(s) for s in held),
    }


def dated(sighting: Sighting) -> bool:
    """Tell whether a sighting has a time that bounds it from above."""
    return sighting.published is not None and sighting.published.bounds.end_ms is not None


def by_time(sightings: Iterable[Sighting]) -> list[Sighting]:
    """Return the dated sightings, by when they were surely published, then by when at least."""
    return sorted((s for s in sightings if dated(s)), key=_order)


def _order(sighting: Sighting) -> tuple[int, bool, int, str]:
    start, end = bounds(sighting)
    # Of two that were surely there by one time, that is named of which more is known.
    return end, start is None, start or 0, sighting.id


def bounds(sighting: Sighting) -> tuple[int | None, int]:
    """Return the interval [ms UTC] of a dated sighting."""
    assert sighting.published is not None and sighting.published.bounds.end_ms is not None
    return sighting.published.bounds.start_ms, sighting.published.bounds.end_ms


def first_seen(sightings: Sequence[Sighting], where: Json) -> Json:
    """Return the earliest sighting of something, and those that may be earlier.

    ``{"earliest": sighting|null, "platform","account","exhibits", "not_seen_earlier_than":
    {"earliest_ms","latest_ms"}|null, "possible":[sightings whose time overlaps], "possible_more",
    "unbounded", "undated", "searched"}``. The earliest is the one that was surely published by the
    earliest time: the first sighting lies in the interval given, whichever of the possible ones it
    is. ``unbounded`` counts those of them, the earliest included, that have no lower bound.
    """
    ordered = by_time(sightings)
    found: Json = {
        "earliest": None,
        "platform": None,
        "account": None,
        "not_seen_earlier_than": None,
        "possible": [],
        "possible_more": 0,
        "unbounded": 0,
        "undated": len(sightings) - len(ordered),
        "searched": where,
    }
    if not ordered:
        return found
    first = ordered[0]
    start, end = bounds(first)
    ties = [s for s in ordered[1:] if (b := bounds(s)[0]) is None or b < end]
    starts = [start, *(bounds(s)[0] for s in ties)]
    return found | {
        "earliest": first.id,
        "platform": first.platform,
        "account": first.account,
        "not_seen_earlier_than": {
            "earliest_ms": None if None in starts else min(s for s in starts if s is not None),
            "latest_ms": end,
        },
        "possible": [s.id for s in ties[:MOST_TIES]],
        "possible_more": max(len(ties) - MOST_TIES, 0),
        "unbounded": starts.count(None),
    }
