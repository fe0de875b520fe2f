"""Places by name, with the areas that they lie in. Offline; every answer is a candidate list.

The data has countries, first-level areas (``admin1``) and populated places. It has no second
level and no sites; the levels exist for callers who add their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from firsthand.globe import names, polygon, store

LEVELS = ("country", "admin1", "admin2", "place", "site")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A named area or place, as the data has it.

    Attributes
    ----------
    id
        Country: ISO 3166-1 alpha-2. First level: ISO 3166-2 where it could be grounded (see
        ``basis``), else ``geonames:ID``, else ``natural-earth:CODE``. Place: ``geonames:ID``.
    lat_e6, lon_e6
        A point in it [1e-6 degree]: the centre of a place, a label point of an area.
    population
        As GeoNames has it, without a year; 0 is "not known". Good for ranking only. For a
        first-level area the sum of its places in the data.
    basis
        Where the id comes from: ``geonames``, ``iso:natural-earth`` (attribute of the outline),
        ``iso:cldr-name`` and ``iso:cldr-alike`` (the name equals or resembles the one name of
        that code in CLDR; not checked against ISO itself), ``natural-earth``, ``iso``.
    """

    id: str
    name: str
    level: str
    country: str
    admin1: str | None
    lat_e6: int
    lon_e6: int
    population: int
    aliases: tuple[str, ...]
    basis: str


@lru_cache(maxsize=65536)
def _place(line: tuple[str, ...]) -> Place:
    _, place_id, name, level, country, admin1, lat, lon, population, basis, aliases = line
    return Place(
        id=place_id if level != "place" else f"geonames:{place_id}",
        name=name,
        level=level,
        country=country,
        admin1=admin1 or None,
        lat_e6=int(lat) * 10,
        lon_e6=int(lon) * 10,
        population=int(population or 0),
        aliases=tuple(aliases.split("|")) if aliases else (),
        basis=basis or "geonames",
    )


@lru_cache(maxsize=65536)
def get(place_id: str) -> Place | None:
    """Return the place with an id, or None.

    >>> get("IQ-SD").country
    'IQ'
    """
    number = place_id.removeprefix("geonames:")
    for key in dict.fromkeys((place_id, number)):
        line = store.with_id(key)
        if line is not None:
            place = _place(tuple(line))
            if place.id == place_id:
                return place
    return None


@lru_cache(maxsize=16384)
def _ranked(name: str) -> tuple[tuple[int, Place], ...]:
    """Return every candidate with its exactness (see :func:`names.exactness`), best first."""
    found: dict[str, tuple[int, Place]] = {}
    for skeleton in sorted(names.skeletons(name)):
        for line in store.with_key(skeleton):
            known = [line[2], *line[10].split("|")] if line[10] else [line[2]]
            ranks = [r for k in known if (r := names.exactness(name, k)) is not None]
            if ranks:
                place = _place(tuple(line))
                found[place.id] = (min(ranks), place)
    told = names.kind_named(name)

    def order(item: tuple[int, Place]) -> tuple[Any, ...]:
        rank, place = item
        # "Baghdad province" is the area, though the city is spelled more exactly.
        return (told is not None and place.level != told, rank, -place.population, place.id)

    return tuple(sorted(found.values(), key=order))


def find(name: str, *, country: str | None = None, limit: int = 10) -> tuple[Place, ...]:
    """Return candidates for a name: exact ones first, then by population. Never one forced id.

    Spelling, transliteration, script (Latin, Arabic, Cyrillic) and articles may differ. What
    follows a comma narrows: ``Tikrit, Iraq``.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2 code; only places of it are returned.

    >>> find("Salaheddin", country="IQ")[0].id
    'IQ-SD'
    """
    return tuple(place for _, place in _candidates(name, country))[: max(limit, 0)]


def _candidates(name: str, country: str | None = None) -> list[tuple[int, Place]]:
    head, *rest = (part.strip() for part in name.replace("،", ",").split(","))
    found = [item for item in _ranked(head) if country in (None, item[1].country)]
    for outer in rest:
        around = [place for _, place in _surest(_ranked(outer))]
        found = [item for item in found if any(_holds(area, item[1]) for area in around)]
    return found


def _surest(found: Sequence[tuple[int, Place]]) -> list[tuple[int, Place]]:
    """Keep names equal but for articles; in want of these, near spellings; never distant ones."""
    exact = [item for item in found if item[0] <= 1]
    return exact or [item for item in found if item[0] == 2]


def parents(place_id: str) -> tuple[Place, ...]:
    """Return the areas around a place, nearest first; empty for a country or an unknown id.

    >>> [place.id for place in parents("geonames:90150")]
    ['IQ-SD', 'IQ']
    """
    place = get(place_id)
    if place is None:
        return ()
    above = [place.admin1 if place.admin1 != place_id else None, place.country]
    found = (get(key) for key in above if key is not None and key != place_id)
    return tuple(area for area in found if area is not None)


def contains(outer_id: str, inner_id: str) -> bool | None:
    """Tell whether one place lies inside another; None where the data cannot tell.

    A place contains itself. Two places of one first-level area: None (the data has no extent of
    towns).
    """
    outer, inner = get(outer_id), get(inner_id)
    return None if outer is None or inner is None else _holds(outer, inner)


def _holds(outer: Place, inner: Place) -> bool | None:
    if outer.id == inner.id:
        return True
    if outer.country != inner.country:
        return False
    if outer.level == "country":
        return True
    if inner.level == "country" or inner.id == outer.admin1:
        # A part cannot hold its whole, but Berlin is a city, an area and nearly a name.
        return None if names.bare(outer.name) == names.bare(inner.name) else False
    if outer.level == "admin1":
        if inner.level == "admin1":
            return False
        return None if inner.admin1 is None else inner.admin1 == outer.id
    inner_area = inner.id if inner.level == "admin1" else inner.admin1
    known = outer.admin1 is not None and inner_area is not None
    return False if known and outer.admin1 != inner_area else None


LEAST_KNOWN = 15_000
"""Population [persons] from which a town by exact name is taken as the one meant, when two names
are told apart. Smaller homonyms prove nothing: England is a town of 3,000 in Arkansas, and
regions without a first-level area (Sinjar, Donbas, Kurdistan) are not in the data."""


def _well_known(found: Sequence[tuple[int, Place]]) -> bool:
    return any(
        rank <= 1 and (place.level != "place" or place.population >= LEAST_KNOWN)
        for rank, place in found
    )


@lru_cache(maxsize=16384)
def contains_name(outer: str, inner: str) -> bool | None:
    """Tell whether a place as named lies inside another as named.

    True when some reading of both names surely nests, or the names are equal. False when both
    names are well known (an area, or a town from ``LEAST_KNOWN`` up) and no reading nests.
    None when a name is unknown or the readings leave it open.

    >>> contains_name("Iraq", "Tikrit"), contains_name("Tikrit", "Mosul")
    (True, False)
    >>> contains_name("England", "London") is None
    True
    """
    if names.plain(outer) and names.plain(outer) == names.plain(inner):
        return True
    outers, inners = _surest(_candidates(outer)), _surest(_candidates(inner))
    answers = {_holds(o, i) for _, o in outers for _, i in inners}
    if True in answers:
        return True
    sure = answers == {False} and _well_known(outers) and _well_known(inners)
    return False if sure else None


def outline(place_id: str) -> dict[str, Any] | None:
    """Return the outline of a country or first-level area, or None when none is kept.

    A GeoJSON-like MultiPolygon whose coordinates are integers [1e-6 degree], longitude first;
    simplified, so that a line may be off by some kilometres and small islands may be missing.
    Lines show what Natural Earth drew, and settle no dispute.
    """
    area = store.multipolygon(place_id)
    if area is None:
        return None
    rings = [[[list(point) for point in ring] for ring in shape] for shape in area]
    return {"type": "MultiPolygon", "coordinates": rings}


def locate(lat_e6: int, lon_e6: int) -> tuple[Place, ...]:
    """Return the areas whose outlines hold a point [1e-6 degree], first level before country."""
    lon = (lon_e6 + polygon.TURN // 2) % polygon.TURN - polygon.TURN // 2
    found = []
    for area in store.areas().values():
        if area.may_hold(lon, lat_e6):
            shape = store.multipolygon(area.id)
            place = get(area.id)
            if shape and place and polygon.contains(shape, lon, lat_e6):
                found.append(place)
    return tuple(sorted(found, key=lambda place: (-LEVELS.index(place.level), place.id)))


@cache
def own_aliases() -> Mapping[tuple[str, str], str]:
    """Return where each name of the project's own alias table is from, by (id, name).

    ``unchecked`` marks a name that nobody has looked up for this table.
    """
    text = (files("firsthand.globe") / "data" / "iraq_aliases.tsv").read_text("utf-8")
    lines = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return {(place_id, name): source for place_id, name, source in lines}
