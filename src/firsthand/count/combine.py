"""Put settled statements into groups of one scope: documented range, claims, what is not added.

The documented range of a group is the envelope over its independent roots. A claim, a relay or
a narrower count never widens it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from firsthand.count.flags import (
    Flag,
    dates_not_understood,
    part_exceeds_whole,
    relay_flags,
    roots_disagree,
)
from firsthand.count.roots import Lineage, Traced
from firsthand.count.scope import Lattice, Relation, Scope, merge
from firsthand.count.settle import Settled, add, speakers
from firsthand.count.statement import Figure


@dataclass(frozen=True, slots=True)
class Count:
    """A standing documented figure: one statement, or several of one root that add up."""

    ids: tuple[str, ...]
    root: str
    figure: Figure
    scope: Scope
    scopes: tuple[Scope, ...]


@dataclass(slots=True)
class Group:
    """Everything said about one scope of one event and one kind of count."""

    event: str | None
    counted: str
    counts: list[Count] = field(default_factory=list)
    claims: list[Traced] = field(default_factory=list)
    parts: list[Traced] = field(default_factory=list)
    """Documented counts of other roots that were entered as part of this group's."""
    members: list[Traced] = field(default_factory=list)
    claimed: dict[tuple[str, Figure], list[str]] = field(default_factory=dict)
    not_added: dict[str, str] = field(default_factory=dict)
    flags: list[Flag] = field(default_factory=list)
    documented: Figure | None = None
    supported_by: list[str] = field(default_factory=list)

    @property
    def scope(self) -> Scope:
        """The scope of the leading statement."""
        if self.counts:
            return self.counts[0].scope
        return min(self.claims, key=lambda t: t.item.id).item.scope

    def claims_in_order(self) -> list[tuple[tuple[str, Figure], list[str]]]:
        """Return ``((by, figure), ids)`` ordered by who claims and how many."""
        return sorted(self.claimed.items(), key=lambda c: (c[0][0], c[0][1].order()))


def combine(state: Settled, lineage: Lineage, lattice: Lattice) -> list[Group]:
    """Return the groups of one bucket, without the bounds that parts give to wholes."""
    groups = _documented_groups(state, lattice)
    homes = {name: group for group in groups for count in group.counts for name in count.ids}
    _place_claims(state, lattice, groups, homes)
    for name in state.members:
        homes[name] = homes[state.final(name)]
    for name, traced in sorted(state.members.items()):
        homes[name].members.append(traced)
        homes[name].flags += dates_not_understood(traced.item)
        _file(traced, state, homes[name], lineage, lattice)
    for flag in state.flags:
        homes[next(name for name in flag.ids if name in homes)].flags.append(flag)
    for group in groups:
        _envelope(group)
    return groups


def _counts(state: Settled) -> list[Count]:
    added = {name for names in state.sums.values() for name in names}
    counts = []
    for traced in speakers(state):
        name = traced.item.id
        if not traced.documented or name in state.replaced or name in added:
            continue
        items = [state.members[n].item for n in (name, *state.sums.get(name, []))]
        scopes = tuple(item.scope for item in items)
        figure = add(item.figure for item in items)
        ids = tuple(item.id for item in items)
        counts.append(Count(ids, traced.root or "", figure, merge(scopes), scopes))
    return counts


def _documented_groups(state: Settled, lattice: Lattice) -> list[Group]:
    groups: list[Group] = []
    for count in _counts(state):
        same = [
            group
            for group in groups
            if any(
                lattice.relate(count.scope, other.scope) is Relation.EQUAL
                or (count.root == other.root and _one_scope(count, other, lattice))
                for other in group.counts
            )
        ]
        event, counted = state.members[count.ids[0]].bucket
        joined = Group(event, counted, [c for g in same for c in g.counts] + [count])
        groups = [group for group in groups if group not in same] + [joined]
    for group in groups:
        group.counts.sort(key=lambda count: count.ids)
    return groups


def _one_scope(a: Count, b: Count, lattice: Lattice) -> bool:
    return lattice.relate(a.scope, b.scope, one_root=True) is Relation.EQUAL


def _place_claims(
    state: Settled, lattice: Lattice, groups: list[Group], homes: dict[str, Group]
) -> None:
    """Give every other speaker that still stands a group; extends ``groups`` and ``homes``."""
    waiting = [
        traced
        for traced in speakers(state)
        if traced.item.id not in state.replaced and traced.item.id not in homes
    ]
    free = [traced for traced in waiting if traced.item.id not in state.attached]
    documented = list(groups)
    for traced in free:
        group = _group_for(traced, documented, lattice)
        if group is None:
            equal = [g for g in groups if not g.counts and _claims_equal(traced, g, lattice)]
            group = Group(*traced.bucket, claims=[c for g in equal for c in g.claims])
            groups[:] = [g for g in groups if not any(g is e for e in equal)] + [group]
        group.claims.append(traced)
        for claim in group.claims:
            homes[claim.item.id] = group
    # What is attached may hang on something attached: rings were cut, so this ends.
    for traced in waiting:
        at = traced.item.id
        while at in state.attached:
            at = state.final(state.attached[at])
        if at != traced.item.id:
            homes[traced.item.id] = homes[at]
            homes[at].claims.append(traced)


def _group_for(traced: Traced, groups: Sequence[Group], lattice: Lattice) -> Group | None:
    """Return the documented group whose scope a claim has; when unsure, none."""
    scope = traced.item.scope
    for group in groups:
        if any(lattice.relate(scope, c.scope) is Relation.EQUAL for c in group.counts):
            return group
    near = [g for g in groups if any(lattice.alike(scope, c.scope) for c in g.counts)]
    return near[0] if len(near) == 1 else None


def _claims_equal(traced: Traced, group: Group, lattice: Lattice) -> bool:
    return any(
        lattice.relate(traced.item.scope, claim.item.scope) is Relation.EQUAL
        for claim in group.claims
    )


def _file(traced: Traced, state: Settled, group: Group, lineage: Lineage, lattice: Lattice) -> None:
    """Enter one statement as claimed or as not added, with what is odd about it."""
    name, item = traced.item.id, traced.item
    speaker = state.members[state.speaker(name)]
    reason = state.replaced.get(speaker.item.id)
    told = speaker is not traced
    if told:
        group.flags += relay_flags(speaker.item, item, lattice.contains)
    claim = not speaker.documented and (reason is None or reason.same_claim)
    if claim and item.figure.stated and item.figure == speaker.item.figure:
        key = (lineage.name(traced.root), item.figure)
        group.claimed.setdefault(key, []).append(name)
    elif told:
        verb = "copy" if item.copies else "relay"
        group.not_added[name] = f"{verb} of {speaker.item.id}: adds no root"
    elif reason is not None:
        group.not_added[name] = reason.why
        whole = state.members[reason.by]
        if name in state.parts:
            group.parts.append(traced)
        elif reason.part and traced.documented:
            low, high = item.figure.low, whole.item.figure.high
            if low is not None and high is not None and low > high:
                flag = part_exceeds_whole([name], item.figure, [reason.by], whole.item.figure)
                group.flags.append(flag)
    elif not item.figure.stated:
        group.not_added[name] = "gives no number"


def _envelope(group: Group) -> None:
    if not group.counts:
        return
    group.documented = envelope(count.figure for count in group.counts)
    group.supported_by = [name for count in group.counts for name in count.ids]
    apart = [
        count
        for count in group.counts
        if any(
            other.root != count.root and _apart(count.figure, other.figure)
            for other in group.counts
        )
    ]
    if apart:
        ids = [name for count in apart for name in count.ids]
        group.flags.append(roots_disagree(ids, [count.figure for count in apart]))


def envelope(figures: Iterable[Figure]) -> Figure:
    """Return the smallest minimum and the largest maximum that are given.

    >>> envelope([Figure(160, 190), Figure(170, None)])
    Figure(low=160, high=190)
    """
    given = list(figures)
    lows = [f.low for f in given if f.low is not None]
    highs = [f.high for f in given if f.high is not None]
    return Figure(min(lows, default=None), max(highs, default=None))


def _apart(a: Figure, b: Figure) -> bool:
    return (a.high is not None and b.low is not None and a.high < b.low) or (
        b.high is not None and a.low is not None and b.high < a.low
    )
