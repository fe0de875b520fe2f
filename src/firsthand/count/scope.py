"""What a count is about: places, a time window, a class of people, and how two of those relate.

The rule for what is not said: a window or a class of victims that is not stated does not
restrict the count, so the scope without it is the wider one. A place that is not stated, or
not known to the gazetteer, is unknown: nothing may be concluded from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from firsthand.count.extent import compare_extents, place_words
from firsthand.count.moment import Window
from firsthand.model.folding import fold

Contains = Callable[[str, str], bool | None]
"""``contains(outer, inner)``: True when inner is known to lie in outer (or to be it), False
when it is known not to, None when nobody knows. Two places that are False in both directions
are taken to share no ground; a gazetteer must answer None where they may overlap."""

EVERYONE = frozenset({"", "all", "all victims", "anyone", "everybody", "everyone", "people"})
"""Ways to say that the victims are not restricted (folded)."""


class Relation(StrEnum):
    """How the first of two scopes lies to the second."""

    EQUAL = "equal"
    WITHIN = "within"
    CONTAINS = "contains"
    DISJOINT = "disjoint"
    OVERLAP = "overlap"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a figure counts; ``start`` and ``end`` are kept as they were written."""

    places: tuple[str, ...] = ()
    start: str | None = None
    end: str | None = None
    victims: str | None = None
    text: str = ""
    window: Window = Window()

    def named_places(self) -> tuple[str, ...]:
        """Return the places; where none is listed, what the text names beside counts of sites."""
        if self.places:
            return self.places
        words = place_words(self.text)
        return (words,) if words else ()

    def to_json(self) -> dict[str, object]:
        """Return the scope in the shape of the input."""
        return {
            "places": list(self.places),
            "from": self.start,
            "to": self.end,
            "victims": self.victims,
            "text": self.text,
        }

    def label(self) -> str:
        """Return a short description for a sentence."""
        named = self.text or ", ".join(self.places)
        return named or "scope not stated"


def key(text: str) -> str:
    """Return a name for comparing: folded, without superfluous white space.

    >>> key("  Saláh  ad-Dīn ")
    'salah ad-din'
    """
    return " ".join(fold(text).split())


def same_name(outer: str, inner: str) -> bool | None:
    """Tell what is known about two places without a gazetteer: the same name, or nothing."""
    return True if key(outer) == key(inner) else None


def relate(a: Scope, b: Scope, contains: Contains, *, one_root: bool = False) -> Relation:
    """Tell how scope ``a`` lies to scope ``b``.

    ``one_root`` says that both come from one source, which counts its own sites upwards: two
    sites are then part of five. For two sources nothing follows from such numbers.
    """
    places = _places(a, b, contains)
    extent = Relation.EQUAL
    if places is Relation.EQUAL:
        extent = Relation(compare_extents(a.text, b.text, one_root=one_root))
    return _product([places, extent, _windows(a.window, b.window), _victims(a, b)])


def alike(a: Scope, b: Scope, contains: Contains) -> bool:
    """Tell whether one scope may be the other told with less detail (same places).

    Only good enough to show a claim beside a count; no number may follow from it.
    """
    return (
        _places(a, b, contains) is Relation.EQUAL
        and compare_extents(a.text, b.text, one_root=True) == "equal"
        and (a.window == b.window or not a.window.stated or not b.window.stated)
        and (_victims(a, b) is not Relation.UNKNOWN)
    )


class Lattice:
    """Scope relations under one source of place knowledge, each worked out once."""

    def __init__(self, contains: Contains | None = None) -> None:
        self.contains: Contains = contains or same_name
        self._known: dict[tuple[Scope, Scope, bool], Relation] = {}

    def relate(self, a: Scope, b: Scope, *, one_root: bool = False) -> Relation:
        """Tell how scope ``a`` lies to scope ``b``; see :func:`relate`."""
        asked = (a, b, one_root)
        if asked not in self._known:
            self._known[asked] = relate(a, b, self.contains, one_root=one_root)
        return self._known[asked]

    def alike(self, a: Scope, b: Scope) -> bool:
        """Tell whether one may be the other told with less detail; see :func:`alike`."""
        return alike(a, b, self.contains)


def told_differently(original: Scope, told: Scope, contains: Contains) -> list[str]:
    """Name the parts of a scope that a relay states otherwise than the original.

    What the relay leaves out is not a change.
    """
    changed = []
    if _place_changed(original, told, contains):
        changed.append("place")
    if told.window.stated and original.window.stated and told.window != original.window:
        changed.append("time")
    if told.victims and original.victims and key(told.victims) != key(original.victims):
        changed.append("victims")
    return changed


def merge(scopes: Iterable[Scope]) -> Scope:
    """Return one scope around several, for a sum of counts."""
    given = list(scopes)
    if len(given) == 1:
        return given[0]
    first = min(given, key=lambda s: s.window.earliest)
    last = max(given, key=lambda s: s.window.latest)
    victims = {s.victims for s in given}
    return Scope(
        places=tuple(dict.fromkeys(p for s in given for p in s.places)),
        start=first.start,
        end=last.end,
        victims=victims.pop() if len(victims) == 1 else None,
        text=" + ".join(dict.fromkeys(s.text for s in given if s.text)),
        window=Window(first.window.start_ms, last.window.end_ms),
    )


def _product(parts: list[Relation]) -> Relation:
    if Relation.DISJOINT in parts:
        return Relation.DISJOINT
    if Relation.UNKNOWN in parts:
        return Relation.UNKNOWN
    kinds = set(parts) - {Relation.EQUAL}
    if not kinds:
        return Relation.EQUAL
    return kinds.pop() if len(kinds) == 1 else Relation.OVERLAP


def _inside(outer: str, inner: str, contains: Contains) -> bool | None:
    return True if key(outer) == key(inner) else contains(outer, inner)


def _places(a: Scope, b: Scope, contains: Contains) -> Relation:
    left, right = a.named_places(), b.named_places()
    if not left or not right:
        return Relation.EQUAL if not left and not right else Relation.UNKNOWN
    covers = {(x, y): _inside(x, y, contains) for x in left for y in right}
    covered = {(x, y): _inside(y, x, contains) for x in left for y in right}
    a_holds_b = all(any(covers[x, y] for x in left) for y in right)
    b_holds_a = all(any(covered[x, y] for y in right) for x in left)
    if a_holds_b and b_holds_a:
        return Relation.EQUAL
    if a_holds_b:
        return Relation.CONTAINS
    if b_holds_a:
        return Relation.WITHIN
    if all(covers[pair] is False and covered[pair] is False for pair in covers):
        return Relation.DISJOINT
    shared = any(covers.values()) or any(covered.values())
    b_sticks_out = any(all(covers[x, y] is False for x in left) for y in right)
    a_sticks_out = any(all(covered[x, y] is False for y in right) for x in left)
    return Relation.OVERLAP if shared and a_sticks_out and b_sticks_out else Relation.UNKNOWN


def _windows(a: Window, b: Window) -> Relation:
    if a.latest <= b.earliest or b.latest <= a.earliest:
        return Relation.DISJOINT
    a_holds_b = a.earliest <= b.earliest and a.latest >= b.latest
    b_holds_a = b.earliest <= a.earliest and b.latest >= a.latest
    if a_holds_b:
        return Relation.EQUAL if b_holds_a else Relation.CONTAINS
    return Relation.WITHIN if b_holds_a else Relation.OVERLAP


def _victims(a: Scope, b: Scope) -> Relation:
    left, right = key(a.victims or ""), key(b.victims or "")
    if left == right or (left in EVERYONE and right in EVERYONE):
        return Relation.EQUAL
    if left in EVERYONE:
        return Relation.CONTAINS
    return Relation.WITHIN if right in EVERYONE else Relation.UNKNOWN


def _place_changed(original: Scope, told: Scope, contains: Contains) -> bool:
    here, there = original.named_places(), told.named_places()
    if not here or not there or _places(original, told, contains) is Relation.EQUAL:
        return False
    if original.places and told.places:
        return True
    # A free text names the place somewhere among other words.
    ours, theirs = ({w for p in side for w in key(p).split()} for side in (here, there))
    return not (ours <= theirs or theirs <= ours)
