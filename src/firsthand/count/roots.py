"""Whose figure a statement is: copies and relays are followed back to the source they repeat.

A root is the origin at the end of the line. Whoever tells another's figure adds nothing of his
own; a figure that is known only through others is hearsay under the name of its origin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from firsthand.count.flags import Flag, cycle, dangling, link_ignored
from firsthand.count.rings import find_rings
from firsthand.count.statement import UNATTRIBUTED, Statement

OTHER_BUCKET = "the two are about different events or count different things"

Bucket = tuple[str | None, str]
"""Event and what is counted: figures of two buckets never meet."""


@dataclass(frozen=True, slots=True)
class Traced:
    """A statement with its place in the lineage."""

    item: Statement
    root: str | None
    """Key of the root; None when nobody is named."""
    original: str | None
    """Id of the held statement of the same bucket that this one repeats."""
    hearsay: bool
    """Whether the origin's own statement is not held."""

    @property
    def bucket(self) -> Bucket:
        """Event and what is counted."""
        return (self.item.event, self.item.counted)

    @property
    def documented(self) -> bool:
        """Whether the figure may stand in a documented range."""
        return not (
            self.item.party
            or self.hearsay
            or self.root is None
            or self.original is not None
            or self.item.kind == "claim"
            or not self.item.figure.stated
        )


@dataclass(frozen=True, slots=True)
class Lineage:
    """All statements by id, the spelling of each root, and what was odd about the links."""

    traced: dict[str, Traced]
    names: dict[str, str]
    flags: tuple[Flag, ...]

    def name(self, root: str | None) -> str:
        """Return the root as its origin is written."""
        return UNATTRIBUTED if root is None else self.names[root]


def trace(statements: Iterable[Statement]) -> Lineage:
    """Follow every statement to its root."""
    items = {item.id: item for item in statements}
    flags = [
        dangling(item.id, field, target)
        for item in items.values()
        for field, target in _links(item)
        if target not in items
    ]
    copies = {
        item.id: item.copies for item in items.values() if item.copies and item.copies in items
    }
    for members in find_rings(copies):
        # Somebody in the ring came first; nobody knows who. The earliest stands, as hearsay.
        first = min(members, key=lambda name: (items[name].when.earliest, name))
        del copies[first]
        flags.append(cycle("copies", members))
    items = _inherit_events(items, copies)
    steps = {**copies, **_relays(items, copies)}
    names: dict[str, str] = {}
    traced = {}
    for item in items.values():
        if item.origin_key is not None:
            spelled = names.get(item.origin_key)
            names[item.origin_key] = min(spelled, item.origin) if spelled else item.origin
        traced[item.id] = _trace_one(item, items, steps)
        if traced[item.id].original is None and item.id in copies:
            flags.append(link_ignored(item.id, "copies", copies[item.id], OTHER_BUCKET))
    return Lineage(traced, names, tuple(flags))


def _links(item: Statement) -> list[tuple[str, str]]:
    links = [("copies", item.copies)] if item.copies else []
    for field in ("supersedes", "part_of", "adds_to"):
        links += [(field, target) for target in getattr(item, field)]
    return [(field, target) for field, target in links if target]


def _inherit_events(
    items: Mapping[str, Statement], copies: Mapping[str, str]
) -> dict[str, Statement]:
    result = dict(items)
    for name in items:
        at = name
        while items[at].event is None and at in copies:
            at = copies[at]
        if items[at].event != items[name].event:
            result[name] = replace(items[name], event=items[at].event)
    return result


def _relays(items: Mapping[str, Statement], copies: Mapping[str, str]) -> dict[str, str]:
    """Find for each relay the origin's own statement that it most likely tells.

    So also for a copy of something that is not held, when the origin's own word is. Relays of
    one figure whose origin is not held, or speaks of something else, are one statement: the best
    linked of them speaks.
    """
    own: dict[tuple[str, str | None, str], list[Statement]] = {}
    heard: dict[tuple[object, ...], list[Statement]] = {}
    told = []
    for item in items.values():
        if item.id in copies:
            source = items[copies[item.id]]
            if (source.event, source.counted) != (item.event, item.counted):
                across = (source.id, item.event, item.counted, item.figure, item.scope)
                heard.setdefault(across, []).append(item)
        elif item.origin_key and item.copies is None and not item.told_by_another:
            own.setdefault((item.origin_key, item.event, item.counted), []).append(item)
        else:
            told.append(item)
    found = {}
    for item in told:
        candidates = own.get((item.origin_key or "", item.event, item.counted), [])
        if item.told_analysis:
            # Another scope than the origin's own statements have: one that is held only as told.
            candidates = [known for known in candidates if known.scope == item.scope]
        if candidates:
            found[item.id] = max(candidates, key=partial(_closeness, item)).id
        else:
            same = (item.origin_key, item.event, item.counted, item.figure, item.scope)
            heard.setdefault(same, []).append(item)
    for group in heard.values():
        first = min(group, key=lambda i: (-len(_links(i)), i.when.earliest, i.id))
        found.update({item.id: first.id for item in group if item is not first})
    return found


def _closeness(relay: Statement, own: Statement) -> tuple[bool, bool, bool, int, str]:
    """Rank: the same figure, the same scope, not published later; of those the latest."""
    return (
        relay.figure == own.figure,
        relay.scope == own.scope,
        not own.when.later_than(relay.when),
        own.when.earliest,
        own.id,
    )


def _trace_one(
    item: Statement,
    items: Mapping[str, Statement],
    steps: Mapping[str, str],
) -> Traced:
    at, original, same = item.id, None, True
    while at in steps:
        at = steps[at]
        same = same and (items[at].event, items[at].counted) == (item.event, item.counted)
        if same:
            original = at
    end = items[at]
    hearsay = end.copies is not None or (end.told_by_another and not end.told_analysis)
    alone = original is None and at != item.id
    return Traced(item, end.origin_key, original, hearsay or alone)
