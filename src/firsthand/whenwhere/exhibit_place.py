"""The place that a file states, how it can be wrong, and whether it fits the event's places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from firsthand.globe import gazetteer
from firsthand.globe.nearest import distance_m, nearest
from firsthand.model.canonical import Json
from firsthand.model.nouns import Event
from firsthand.run import Settled
from firsthand.whenwhere.places import candidate_of

ALWAYS = ("stale", "sign_lost", "jammed_or_spoofed", "edited", "carried_over_from_other_file")
"""How a position can be wrong, whatever the file looks like."""

SIGNS = {
    "position is 0, 0": "zero",
    "position is undefined (such as 0/0)": "undefined",
    "receiver had no position then": "no_fix",
    "GPS time is old, or the camera's clock wrong": "stale",
    "GPS date is one day off": "one_day_off",
    "camera's zone is not the place's, or the GPS time is old": "stale",
}
"""What media/metadata says in words, and the failure that it is a sign of."""

PER_DOP_M = 5
"""Metres of error for one unit of dilution of precision: a usual figure for the user equivalent
range error of civil receivers. Unchecked."""

IN_TOWN_M = 25_000
"""Distance from the centre of a town up to which a point is taken as in or at it [m]."""

FAR_M = 100_000
"""Distance from the centre of a town from which a point is surely not in it [m]."""


def place_of(
    metadata: Json, shows: Sequence[str], events: Mapping[str, Event], named: Mapping[str, Settled]
) -> Json | None:
    """Return where a file says it was made, or None when it says nothing about that.

    ``{"clues":[{"kind":"gps","lat_e7","lon_e7","radius_m","radius_from","nearest","areas",
    "failure_modes","detected","agrees"}],"events":[{"event","agrees","places"}],"conflicts":[…]}``.
    Never a bare point: ``radius_m`` is null where the file gives no measure of its error, and
    ``radius_from`` says ``unknown`` then.
    """
    if not isinstance(metadata, dict) or metadata.get("status") != "read":
        return None
    gps = metadata.get("gps") or {}
    detected = _detected(metadata)
    lat, lon = gps.get("lat_e7"), gps.get("lon_e7")
    if lat is None or lon is None:
        if not detected:
            return None
        return {"clues": [_clue(None, gps, detected)], "events": [], "conflicts": []}
    point = (round(lat / 10), round(lon / 10))
    clue = _clue(point, gps, detected) | {"lat_e7": lat, "lon_e7": lon}
    fits = [_fit(point, clue, name, events, named) for name in shows]
    answers = {fit["agrees"] for fit in fits}
    clue["agrees"] = False if False in answers else True if True in answers else None
    conflicts = [
        {"what": "position_outside_named_place", "between": ["GPSLatitude, GPSLongitude", name]}
        for fit in fits
        if fit["agrees"] is False
        for name in [fit["event"]]
    ]
    return {"clues": [clue], "events": fits, "conflicts": conflicts}


def _detected(metadata: Json) -> list[str]:
    found = [SIGNS[p["what"]] for p in metadata.get("problems") or () if p.get("what") in SIGNS]
    if not metadata.get("gps"):
        # Without a position, a doubtful GPS time says nothing about a place.
        found = [sign for sign in found if sign in ("zero", "undefined", "no_fix")]
    for apart in metadata.get("disagreements") or ():
        if apart.get("field") in ("gps.lat_e7", "gps.lon_e7"):
            values = {abs(v) for v in apart.values() if isinstance(v, int)}
            found.append("sign_lost" if len(values) == 1 else "readers_disagree")
    return sorted(set(found))


def _clue(point: tuple[int, int] | None, gps: Json, detected: list[str]) -> Json:
    radius, source = _radius(gps)
    found: Json = {
        "kind": "gps",
        "lat_e7": None,
        "lon_e7": None,
        "radius_m": radius,
        "radius_from": source,
        "nearest": None,
        "areas": [],
        "failure_modes": list(ALWAYS),
        "detected": detected,
        "agrees": None,
    }
    if point is not None:
        town = nearest(*point)
        if town is not None:
            found["nearest"] = {"id": town[0].id, "name": town[0].name, "distance_m": town[1]}
        found["areas"] = [{"id": a.id, "name": a.name} for a in gazetteer.locate(*point)]
    return found


def _radius(gps: Json) -> tuple[int | None, str]:
    """Return the error that the file states [m], and where that is from."""
    if gps.get("error_mm"):
        return max(1, round(gps["error_mm"] / 1000)), "error"
    if gps.get("dop_milli"):
        return max(1, round(gps["dop_milli"] * PER_DOP_M / 1000)), "dop"
    return None, "unknown"


def _fit(
    point: tuple[int, int],
    clue: Json,
    event: str,
    events: Mapping[str, Event],
    named: Mapping[str, Settled],
) -> Json:
    ids = _named(event, events, named)
    answers = [_inside(point, clue, place) for place in ids]
    agrees = False if False in answers else True if True in answers else None
    return {"event": event, "agrees": agrees, "places": ids}


def _named(event: str, events: Mapping[str, Event], named: Mapping[str, Settled]) -> list[str]:
    """Return the gazetteer ids of the places on which sources agree, else of the event's own."""
    if event in named:
        value = named[event].value
        found: Iterable[str | None] = (
            place.get("candidate") for place in value["named"] if place["name"] in value["agreed"]
        )
    else:
        own = events[event].places if event in events else ()
        found = (candidate_of(name, "place") for name in own)
    return list(dict.fromkeys(each for each in found if each))


def _inside(point: tuple[int, int], clue: Json, place_id: str) -> bool | None:
    """Tell whether a point lies in a place of the gazetteer; None where the data cannot tell.

    Outlines are simplified by some kilometres, so a point is outside an area only when the town
    nearest to it is outside as well.
    """
    place = gazetteer.get(place_id)
    areas = [area["id"] for area in clue["areas"]]
    if place is None:
        return None
    if place.level == "place":
        metres = distance_m(point, (place.lat_e6, place.lon_e6))
        return True if metres <= IN_TOWN_M else False if metres >= FAR_M else None
    if place_id in areas:
        return True
    town = clue["nearest"]
    holds = gazetteer.contains(place_id, town["id"]) if town else None
    return False if areas and holds is False else None
