"""What parts say about the whole: never fewer than the parts that are known not to overlap.

A part raises the minimum of a whole, never its maximum. Where a part is larger than the whole
can be, the range is left alone and the conflict is flagged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from firsthand.count.combine import Group
from firsthand.count.flags import part_exceeds_whole
from firsthand.count.scope import Lattice, Relation, Scope
from firsthand.count.statement import Figure

EXACT_UP_TO = 14
"""Parts among which the best set is searched fully (16,384 sets); above, the largest first."""


@dataclass(frozen=True, slots=True)
class Part:
    """A documented minimum of something that lies within the whole."""

    ids: tuple[str, ...]
    figure: Figure
    low: int
    scopes: tuple[Scope, ...]


def raise_minima(groups: Sequence[Group], lattice: Lattice) -> None:
    """Raise the documented minimum of every group to what its known parts add up to."""
    documented = [group for group in groups if group.documented is not None]
    inner = {
        id(whole): [g for g in documented if g is not whole and _within(g, whole, lattice)]
        for whole in documented
    }
    # Innermost first, so that a raised part raises its whole as well.
    for whole in sorted(documented, key=lambda g: (len(inner[id(g)]), g.supported_by)):
        parts = sorted(_parts(whole, inner[id(whole)]), key=lambda p: (-p.low, p.ids))
        _raise(whole, parts, lattice)


def _within(part: Group, whole: Group, lattice: Lattice) -> bool:
    return any(
        lattice.relate(a.scope, scope) is Relation.WITHIN
        for a in part.counts
        for b in whole.counts
        for scope in b.scopes
    )


def _parts(whole: Group, inner: Sequence[Group]) -> Iterator[Part]:
    for group in inner:
        figure = group.documented or Figure()
        if figure.low:
            scopes = tuple(scope for count in group.counts for scope in count.scopes)
            yield Part(tuple(group.supported_by), figure, figure.low, scopes)
    for traced in whole.parts:
        item = traced.item
        if item.figure.low:
            yield Part((item.id,), item.figure, item.figure.low, (item.scope,))


def _raise(whole: Group, parts: Sequence[Part], lattice: Lattice) -> None:
    total = whole.documented or Figure()
    too_large = [p for p in parts if total.high is not None and p.low > total.high]
    for part in too_large:
        flag = part_exceeds_whole(part.ids, part.figure, whole.supported_by, total)
        whole.flags.append(flag)
    if too_large or not parts:
        return
    chosen = _heaviest(parts, lattice)
    ids = tuple(name for part in chosen for name in part.ids)
    low = sum(part.low for part in chosen)
    if total.high is not None and low > total.high:
        flag = part_exceeds_whole(ids, Figure(low, None), whole.supported_by, total)
        whole.flags.append(flag)
    elif total.low is None or low > total.low:
        whole.documented = Figure(low, total.high)
        whole.supported_by = list(dict.fromkeys([*whole.supported_by, *ids]))


def _heaviest(parts: Sequence[Part], lattice: Lattice) -> list[Part]:
    """Return the parts known to be pairwise disjoint with the largest sum of minima."""
    if len(parts) > EXACT_UP_TO:
        return _extend([], parts, lattice)
    best: list[Part] = []
    stack: list[tuple[list[Part], int]] = [([], 0)]
    while stack:
        chosen, position = stack.pop()
        if sum(p.low for p in chosen) > sum(p.low for p in best):
            best = chosen
        for index in range(len(parts) - 1, position - 1, -1):
            if all(_disjoint(parts[index], other, lattice) for other in chosen):
                stack.append(([*chosen, parts[index]], index + 1))
    return best


def _extend(chosen: list[Part], parts: Sequence[Part], lattice: Lattice) -> list[Part]:
    for part in parts:
        if all(_disjoint(part, other, lattice) for other in chosen):
            chosen.append(part)
    return chosen


def _disjoint(a: Part, b: Part, lattice: Lattice) -> bool:
    return all(lattice.relate(x, y) is Relation.DISJOINT for x in a.scopes for y in b.scopes)
