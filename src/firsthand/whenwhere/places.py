"""Named areas: which of the places that sources name lie in one another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from firsthand.globe import gazetteer
from firsthand.model.canonical import Json

LEVELS = {level: depth for depth, level in enumerate(gazetteer.LEVELS)}


@dataclass(frozen=True, slots=True)
class Named:
    """A place as sources name it, and who stands behind it.

    ``candidate`` is the gazetteer id that a person chose, or the best one for the name; of a site,
    which no gazetteer has, it is the place around it. ``roots`` empty: only passed on.
    """

    name: str
    level: str
    candidate: str | None
    claims: tuple[str, ...]
    roots: tuple[str, ...]

    def to_json(self) -> Json:
        """Return the name with its gazetteer candidate."""
        found: Json = {
            "name": self.name,
            "level": self.level,
            "claims": list(self.claims),
            "roots": list(self.roots),
        }
        return found | ({"candidate": self.candidate} if self.candidate else {})


def candidate_of(name: str, level: str) -> str | None:
    """Return the gazetteer id that a name most likely means; of a site, what is around it."""
    told = name.rpartition(",")[2].strip() if level == "site" else name
    places = gazetteer.find(told, limit=3) if told and (level != "site" or told != name) else ()
    fitting = [place for place in places if place.level == level] or list(places)
    return fitting[0].id if fitting else None


def lies_in(outer: Named, inner: Named) -> bool | None:
    """Tell whether one named place lies in another; None when nobody knows."""
    if outer.candidate is None or inner.candidate is None:
        return None
    if outer.level == "site":
        # Two sites in one town, or a site and the town around it: the data has no extents.
        return None
    return gazetteer.contains(outer.candidate, inner.candidate)


def nest(places: Iterable[Named]) -> list[Named]:
    """Return places from the widest to the narrowest."""
    return sorted(places, key=lambda p: (LEVELS.get(p.level, len(LEVELS)), p.name))


def agreed(places: Sequence[Named]) -> list[Named]:
    """Return the chain of areas, widest first, that no other named place contradicts.

    A narrower place joins the chain only while every other place is known to lie around it or in
    it, or nothing is known about the two.
    """
    chain: list[Named] = []
    for place in nest(places):
        apart = [other for other in places if other is not place and _apart(place, other)]
        if not apart and all(lies_in(outer, place) is not False for outer in chain):
            chain.append(place)
    return chain


def conflicts(places: Sequence[Named]) -> list[list[str]]:
    """Return pairs of names of which neither lies in the other."""
    return [
        sorted((a.name, b.name))
        for index, a in enumerate(places)
        for b in places[index + 1 :]
        if _apart(a, b)
    ]


def _apart(a: Named, b: Named) -> bool:
    return lies_in(a, b) is False and lies_in(b, a) is False
