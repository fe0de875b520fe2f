"""Which of several counts still stand: superseded ones and parts of a whole are never added."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from firsthand.count.flags import Flag, arithmetic, cycle, link_ignored
from firsthand.count.rings import edges_in_rings, find_rings
from firsthand.count.roots import OTHER_BUCKET, Traced
from firsthand.count.scope import Lattice, Relation
from firsthand.count.statement import Figure


@dataclass(frozen=True, slots=True)
class Replaced:
    """Why a statement does not stand on its own, and by which other one."""

    by: str
    why: str
    entered: bool = False
    """A person linked the two; otherwise it follows from dates and scopes."""
    part: bool = False
    """It counts some of what the other counts, and is no older count of it."""
    same_claim: bool = False
    """The same claim again, told for a narrower scope."""


@dataclass(slots=True)
class Settled:
    """The state of one bucket: every statement by id, and what became of it."""

    members: dict[str, Traced]
    elsewhere: frozenset[str] = frozenset()
    """Ids of statements of other buckets."""
    replaced: dict[str, Replaced] = field(default_factory=dict)
    attached: dict[str, str] = field(default_factory=dict)
    """Claims that their author, or a person, calls part of another root's count."""
    parts: dict[str, str] = field(default_factory=dict)
    """Documented counts of a part of what another root counts."""
    sums: dict[str, list[str]] = field(default_factory=dict)
    """Count -> counts of the same root that add to it, no total being published."""
    flags: list[Flag] = field(default_factory=list)

    def speaker(self, name: str) -> str:
        """Return the id of the original that a statement repeats, or its own id."""
        return self.members[name].original or name

    def final(self, name: str) -> str:
        """Return the id of the statement that stands for this one."""
        name = self.speaker(name)
        while name in self.replaced:
            name = self.replaced[name].by
        return name


def settle(bucket: Iterable[Traced], everything: Iterable[str], lattice: Lattice) -> Settled:
    """Find what stands among the statements of one event and one kind of count.

    ``everything`` are the ids of all buckets, to tell a link across from a dangling one.
    """
    members = {traced.item.id: traced for traced in bucket}
    state = Settled(members, frozenset(everything) - members.keys())
    adds = _adds(state)
    entered = _superseded(state)
    for name, reason in _parts(state).items():
        entered.setdefault(name, reason)
    state.replaced = {**_outdated(state, lattice, adds), **entered}
    _cut_rings(state)
    for name in list(state.parts):
        if name not in state.replaced or state.replaced[name].by != state.parts[name]:
            del state.parts[name]
    _add_up(state, adds)
    return state


def speakers(state: Settled) -> list[Traced]:
    """Return the statements that repeat no other, ordered by id."""
    return [t for _, t in sorted(state.members.items()) if t.original is None]


Refusal = Callable[[Traced, Traced], str | None]
"""Why a link from the first to the second is not followed; None when it is."""


def _edges(state: Settled, link: str, refusal: Refusal) -> list[tuple[str, str]]:
    """Return the usable links of one kind between statements that repeat no other."""
    found = []
    for traced in speakers(state):
        name = traced.item.id
        for target in getattr(traced.item, link):
            if target in state.members:
                whom = state.speaker(target)
                why = refusal(traced, state.members[whom])
                if why is None:
                    found.append((name, whom))
                else:
                    state.flags.append(link_ignored(name, link, whom, why))
            elif target in state.elsewhere:
                state.flags.append(link_ignored(name, link, target, OTHER_BUCKET))
    rings = edges_in_rings(found)
    if rings:
        state.flags.append(cycle(link, {name for edge in rings for name in edge}))
    return [edge for edge in found if edge not in rings]


def _not_by_claim(newer: Traced, older: Traced) -> str | None:
    refused = older.documented and not newer.documented
    return "a claim cannot replace a documented count" if refused else None


def _superseded(state: Settled) -> dict[str, Replaced]:
    by: dict[str, list[str]] = {}
    for newer, older in _edges(state, "supersedes", _not_by_claim):
        by.setdefault(older, []).append(newer)
    result = {}
    for older, names in by.items():
        newest = max(names, key=lambda n: (state.members[n].item.when.earliest, n))
        same = state.members[older].root == state.members[newest].root
        why = f"superseded by {newest}, {'same root' if same else 'as entered'}"
        result[older] = Replaced(newest, why, entered=True)
    return result


def _not_of_claim(part: Traced, whole: Traced) -> str | None:
    refused = part.documented and not whole.documented
    return "a documented count stands apart from a claim" if refused else None


def _parts(state: Settled) -> dict[str, Replaced]:
    result: dict[str, Replaced] = {}
    for part, whole in _edges(state, "part_of", _not_of_claim):
        if part in result or part in state.attached:
            continue
        a, b = state.members[part], state.members[whole]
        same = a.root is not None and a.root == b.root
        if same:
            result[part] = Replaced(whole, f"part of {whole}, same root", True, part=True)
        elif a.documented:
            why = f"part of {whole}, another root: at most a lower bound of it"
            result[part] = Replaced(whole, why, True, part=True)
            state.parts[part] = whole
        else:
            state.attached[part] = whole
    return result


def _outdated(state: Settled, lattice: Lattice, adds: dict[str, str]) -> dict[str, Replaced]:
    by_root: dict[str, list[Traced]] = {}
    for traced in speakers(state):
        if traced.root is not None and not traced.hearsay and traced.item.figure.stated:
            by_root.setdefault(traced.root, []).append(traced)
    result = {}
    for own in by_root.values():
        for older in own:
            found = [
                (newer.item.when.earliest, newer.item.id, reason)
                for newer in own
                if newer is not older
                and _base(adds, newer.item.id) != _base(adds, older.item.id)
                # What only adds to a count is no total of anything else.
                and (newer.item.id not in adds or older.item.id in adds)
                and (reason := _outdates(newer, older, lattice)) is not None
            ]
            if found:
                result[older.item.id] = max(found, key=lambda f: f[:2])[2]
    return result


def _outdates(newer: Traced, older: Traced, lattice: Lattice) -> Replaced | None:
    """Tell whether one count of a root leaves nothing to another one of it."""
    if not newer.documented and older.documented:
        return None
    if newer.documented and older.item.party:
        return None
    a, b = older.item, newer.item
    relation = lattice.relate(a.scope, b.scope, one_root=True)
    claims_agree = not newer.documented and not older.documented and a.figure == b.figure
    if relation is Relation.WITHIN:
        if claims_agree:
            return Replaced(b.id, f"the same claim as {b.id}", same_claim=True)
        if b.when.later_than(a.when):
            return Replaced(b.id, f"superseded by {b.id}, wider scope, same root")
        return Replaced(b.id, f"narrower scope than {b.id}, same root", part=True)
    if relation is not Relation.EQUAL or claims_agree:
        return None
    if b.when.later_than(a.when):
        return Replaced(b.id, f"superseded by {b.id}, later, same scope, same root")
    if a.when.later_than(b.when):
        return None
    if a.figure == b.figure:
        return Replaced(b.id, f"the same count as {b.id}, same root") if b.id < a.id else None
    if b.figure.holds(a.figure):
        return Replaced(b.id, f"narrower range than {b.id} of the same time, same root")
    return None


def _cut_rings(state: Settled) -> None:
    """Cut rings of replacement; what a person entered outlives what was derived."""
    while rings := find_rings({name: r.by for name, r in state.replaced.items()}):
        for ring in rings:
            derived = [name for name in ring if not state.replaced[name].entered]
            del state.replaced[_standing(state, derived or ring)]
            if not derived:
                state.flags.append(cycle("supersedes and part_of", ring))
    while rings := find_rings({**state.attached, **{n: r.by for n, r in state.replaced.items()}}):
        for ring in rings:
            free = [name for name in ring if name not in state.replaced]
            del state.attached[_standing(state, free)]
            state.flags.append(cycle("supersedes and part_of", ring))


def _standing(state: Settled, names: Iterable[str]) -> str:
    """Return which of a ring stands: by what it says, so that no name and no relay decides."""

    def said(name: str) -> tuple[object, ...]:
        item = state.members[name].item
        low, high = item.figure.low, item.figure.high
        unknown = (not item.figure.stated, low is None, high is None)
        return (*unknown, item.when.earliest, -(low or 0), -(high or 0), name)

    return min(names, key=said)


def _base(adds: dict[str, str], name: str) -> str:
    while name in adds:
        name = adds[name]
    return name


def _not_one_root(more: Traced, base: Traced) -> str | None:
    if more.root is None or more.root != base.root:
        return "counts of different roots are never added"
    both = more.documented and base.documented
    return None if both else "only documented counts are added"


def _adds(state: Settled) -> dict[str, str]:
    """Return which count adds to which; the links have no ring."""
    result: dict[str, str] = {}
    for more, base in _edges(state, "adds_to", _not_one_root):
        if more in result:
            why = "a count is added to one other only"
            state.flags.append(link_ignored(more, "adds_to", base, why))
        else:
            result[more] = base
    return result


def _add_up(state: Settled, adds: dict[str, str]) -> None:
    by_base: dict[str, list[str]] = {}
    told: dict[tuple[object, ...], str] = {}
    for more in sorted(adds):
        base, item = _base(adds, more), state.members[more].item
        first = told.setdefault((base, item.figure, item.scope, item.when), more)
        if first != more and more not in state.replaced:
            # The same addition told twice is one addition.
            state.replaced[more] = Replaced(first, f"the same as {first}", part=True)
        elif first == more:
            by_base.setdefault(base, []).append(more)
    for base, added in sorted(by_base.items()):
        if base not in state.replaced:
            standing = [name for name in added if name not in state.replaced]
            if standing:
                state.sums[base] = standing
        else:
            _check_total(state, base, added)


def _check_total(state: Settled, base: str, added: list[str]) -> None:
    """Compare a total that was published later with the sum of its parts."""
    published = state.members[state.final(base)]
    total = published.item.id
    included = [base]
    for name in added:
        traced = state.members[name]
        own = published.root == traced.root and published.documented and name != total
        if own and state.final(name) == total:
            included.append(name)
        elif (
            own
            and name not in state.replaced
            and not traced.item.when.later_than(published.item.when)
        ):
            why = f"included in the later total {total}, same root"
            state.replaced[name] = Replaced(total, why, part=True)
            included.append(name)
        else:
            why = f"{base} does not stand any more (see {total}); nothing was added"
            state.flags.append(link_ignored(name, "adds_to", base, why))
    if len(included) > 1:
        parts = [state.members[name].item for name in included]
        flag = arithmetic(parts, add(part.figure for part in parts), published.item)
        state.flags += [flag] if flag else []


def add(figures: Iterable[Figure]) -> Figure:
    """Return the sum; a bound that one of them lacks is lost from above, is zero from below."""
    given = list(figures)
    lows = [f.low for f in given if f.low is not None]
    highs = [f.high for f in given if f.high is not None]
    return Figure(
        low=sum(lows) if lows else None, high=sum(highs) if len(highs) == len(given) else None
    )
