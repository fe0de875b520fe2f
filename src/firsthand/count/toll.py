"""Conflicting tolls: what is documented, what is claimed, and what must not be added.

The way of a figure: ``statement`` checks it, ``roots`` finds whose it is, ``settle`` what it
replaces, ``combine`` and ``bounds`` what the standing ones say together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from firsthand.count.bounds import raise_minima
from firsthand.count.combine import Group, combine
from firsthand.count.flags import Flag
from firsthand.count.roots import Bucket, Lineage, Traced, trace
from firsthand.count.scope import Contains, Lattice
from firsthand.count.settle import settle
from firsthand.count.statement import read_statements
from firsthand.count.wording import word_all, word_group


def tolls(
    items: Iterable[Mapping[str, Any]],
    *,
    contains: Contains | None = None,
    wording: bool = True,
) -> dict[str, Any]:
    """Answer ``count tolls``: group stated figures by scope and say what they support.

    Parameters
    ----------
    items
        Statements in the shape of ``CLAIMS.json``; their order does not matter.
    contains
        ``contains(outer, inner)`` for two places: True, False (known not to) or None (nobody
        knows). Without it only equal names are the same place, and nothing else is known.
    wording
        Whether to write the sentences; without, ``wording`` is empty.

    Returns
    -------
    dict
        ``{"groups": [...], "wording": text}``; numbers are whole [people] or None (not bounded).

    Raises
    ------
    BadInput
        With the id of the item that cannot be used.

    >>> answer = tolls([{"id": "a", "origin": "A", "kind": "analysis", "counted": "killed",
    ...                  "min": 160, "max": 190, "scope": "Tikrit"}])
    >>> answer["groups"][0]["documented"]
    {'min': 160, 'max': 190, 'from': ['a']}
    """
    lineage = trace(read_statements(items))
    lattice = Lattice(contains)
    buckets: dict[Bucket, list[Traced]] = {}
    for traced in lineage.traced.values():
        buckets.setdefault(traced.bucket, []).append(traced)
    groups: list[Group] = []
    for bucket in buckets.values():
        found = combine(settle(bucket, lineage.traced, lattice), lineage, lattice)
        raise_minima(found, lattice)
        groups += found
    _file_flags(groups, lineage.flags)
    groups.sort(key=_order)
    shown = [_to_json(group, lineage, wording) for group in groups]
    texts = [str(group["wording"]) for group in shown]
    return {"groups": shown, "wording": word_all(texts) if wording else ""}


def _file_flags(groups: Iterable[Group], flags: Iterable[Flag]) -> None:
    homes = {traced.item.id: group for group in groups for traced in group.members}
    for flag in flags:
        homes[next(name for name in flag.ids if name in homes)].flags.append(flag)
    for group in groups:
        unique = set(group.flags)
        group.flags = sorted(unique, key=lambda flag: (flag.what, flag.ids, flag.why))


def _order(group: Group) -> tuple[bool, int, str]:
    first = min(traced.item.id for traced in group.members)
    return (group.documented is None, -len(group.members), first)


def _to_json(group: Group, lineage: Lineage, wording: bool) -> dict[str, Any]:
    documented = group.documented
    roots: dict[str, list[str]] = {}
    for traced in group.members:
        if traced.root is not None:
            roots.setdefault(lineage.name(traced.root), []).append(traced.item.id)
    return {
        "event": group.event,
        "scope": group.scope.to_json(),
        "counted": group.counted,
        "documented": None
        if documented is None
        else {"min": documented.low, "max": documented.high, "from": group.supported_by},
        "claimed": [
            {"min": figure.low, "max": figure.high, "by": by, "ids": ids}
            for (by, figure), ids in group.claims_in_order()
        ],
        "roots": {root: sorted(ids) for root, ids in sorted(roots.items())},
        "not_added": [{"id": name, "why": why} for name, why in sorted(group.not_added.items())],
        "flags": [flag.to_json() for flag in group.flags],
        "wording": word_group(group, lineage) if wording else "",
    }
