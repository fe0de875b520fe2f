"""Spread: on which platforms and from which accounts something was seen, from when to when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from firsthand.match.seen import bounds, by_time, dated
from firsthand.model.canonical import Json
from firsthand.model.nouns import Sighting

PASSES_ON = frozenset({"repost", "forward", "quote"})
"""Relations of a sighting that say that it is somebody else's post."""

MOST_ACCOUNTS = 200
"""Accounts that are listed, the earliest first; more are counted."""


def spread(sightings: Sequence[Sighting], exhibits: Iterable[str]) -> Json:
    """Return where something was seen, in order of first times.

    ``{"sightings","dated","reposts","exhibits","platforms":[{"platform","sightings","accounts",
    "reposts","first","last"}],"accounts":[{"platform","account","sightings","reposts","first",
    "last"}],"accounts_more"}``; ``first`` and ``last`` are ``{"sighting","earliest_ms",
    "latest_ms"}`` or null when none is dated. Lists are in order of ``first``, undated ones last.
    ``last`` is the one that was surely published latest: one without a lower bound only when all
    are without.
    """
    platforms: dict[str, list[Sighting]] = {}
    accounts: dict[tuple[str, str | None], list[Sighting]] = {}
    for sighting in sightings:
        platforms.setdefault(sighting.platform, []).append(sighting)
        accounts.setdefault((sighting.platform, sighting.account), []).append(sighting)
    of_accounts = [
        {"platform": platform, "account": account, **_times(part)}
        for (platform, account), part in accounts.items()
        if account is not None
    ]
    of_accounts.sort(key=_order)
    of_platforms = [
        {"platform": name, "accounts": sum(a["platform"] == name for a in of_accounts)}
        | _times(part)
        for name, part in platforms.items()
    ]
    return {
        "sightings": len(sightings),
        "dated": sum(map(dated, sightings)),
        "reposts": sum(map(_passes_on, sightings)),
        "exhibits": len(set(exhibits)),
        "platforms": sorted(of_platforms, key=_order),
        "accounts": of_accounts[:MOST_ACCOUNTS],
        "accounts_more": max(len(of_accounts) - MOST_ACCOUNTS, 0),
    }


def _passes_on(sighting: Sighting) -> bool:
    return any(link.rel in PASSES_ON for link in sighting.links)


def _times(sightings: Sequence[Sighting]) -> Json:
    ordered = by_time(sightings)
    last = max(ordered, key=_lateness, default=None)
    return {
        "sightings": len(sightings),
        "reposts": sum(map(_passes_on, sightings)),
        "first": _when(ordered[0]) if ordered else None,
        "last": None if last is None else _when(last),
    }


def _lateness(sighting: Sighting) -> tuple[bool, int, int, str]:
    start, end = bounds(sighting)
    return start is not None, start or 0, end, sighting.id


def _when(sighting: Sighting) -> Json:
    start, end = bounds(sighting)
    return {"sighting": sighting.id, "earliest_ms": start, "latest_ms": end}


def _order(row: Json) -> tuple[int, bool, int, str, str]:
    first = row["first"]
    name = row["platform"], row.get("account") or ""
    if first is None:
        return 1 << 62, True, 0, *name
    start = first["earliest_ms"]
    return first["latest_ms"], start is None, start or 0, *name
