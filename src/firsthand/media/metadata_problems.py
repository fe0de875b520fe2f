"""Compare the times and the place that one file states: a camera's clock against a GPS receiver.

None of these says which of the two is wrong. Kinds were met in public collections of ordinary
photographs, so a finding of one is no sign of forgery by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from firsthand.media.exif_values import clock_ms
from firsthand.model.canonical import Json

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
QUARTER_MS = 15 * MINUTE_MS
"""Civil zones differ by multiples of this (tz database, since 1970 but for Liberia)."""

AGREE_MS = 10 * MINUTE_MS
"""A receiver's last fix may be that old without anything being wrong."""

DIFFERS_MS = MINUTE_MS
"""From here the camera's clock is called off: setting it by hand is good to about a minute."""

STALE_MS = HOUR_MS
"""A fix older than this may be of another place."""

EAST_MS, WEST_MS = 14 * HOUR_MS, -12 * HOUR_MS
"""The zones in use (tz database)."""

SOLAR_MS = 7 * HOUR_MS // 2
"""Farthest that a civil zone stands from the sun's time of its place: western China, about 3.3
hours, and an hour of summer time in few others; taken generously."""


def problems_of(merged: Mapping[str, Json]) -> list[Json]:
    """Return what does not fit together within one file's typed values (dotted names)."""
    taken, gps = merged.get("taken"), merged.get("gps.time")
    found: list[Json] = []
    if taken and taken["local"] and "T" in taken["local"]:
        if taken["offset_min"] is None:
            found.append({"what": "no zone beside the time", "where": taken["tag"]})
        if gps and gps["utc_ms"] is not None:
            found += _against_gps(taken, gps["utc_ms"], merged.get("gps.lon_e7"))
        elif gps and gps["of_day_ms"] is not None:
            found += _against_time_of_day(taken, gps["of_day_ms"])
    if "container_created" in merged and "taken" not in merged:
        # ISO/IEC 14496-12, 8.2.2, wants UTC; cameras and phones also write their own clock.
        found.append({"what": "UTC or the camera's clock: not told", "where": "ContainerCreated"})
    return found


def _against_gps(taken: Json, utc_ms: int, lon_e7: int | None) -> list[Json]:
    """Compare the camera's time with a GPS time of known date."""
    where = f"{taken['tag']}, GPSTimeStamp"
    apart = clock_ms(taken) - utc_ms
    zone = taken["offset_min"]
    left = apart if zone is None else apart - zone * MINUTE_MS
    for days in (1, -1):
        # The same time of day, the other date: nobody's zone, a date written wrongly.
        if abs(left - days * DAY_MS) <= AGREE_MS:
            return [{"what": "GPS date is one day off", "where": "GPSDateStamp", "days": days}]
    if zone is None:
        if not WEST_MS - AGREE_MS <= apart <= EAST_MS + AGREE_MS:
            return [_said("GPS time is old, or the camera's clock wrong", where, apart)]
        guessed = _quarter(apart)
        found = _drift(where, apart - guessed)
    else:
        if abs(left) >= STALE_MS:
            return [_said("GPS time is old, or the camera's clock wrong", where, left)]
        guessed, found = zone * MINUTE_MS, _drift(where, left)
    if lon_e7 is not None and abs(guessed - _solar_ms(lon_e7)) > SOLAR_MS:
        what = "camera's zone is not the place's, or the GPS time is old"
        found.append({"what": what, "where": where, "offset_min": guessed // MINUTE_MS})
    return found


def _against_time_of_day(taken: Json, of_day_ms: int) -> list[Json]:
    """Compare the camera's time with a GPS time whose day is open: only parts of an hour count."""
    apart = clock_ms(taken) % DAY_MS - of_day_ms
    if taken["offset_min"] is not None:
        apart -= taken["offset_min"] * MINUTE_MS
        apart = (apart + DAY_MS // 2) % DAY_MS - DAY_MS // 2
        return _drift(f"{taken['tag']}, GPSTimeStamp", apart)
    return _drift(f"{taken['tag']}, GPSTimeStamp", apart - _quarter(apart))


def _quarter(apart_ms: int) -> int:
    return (apart_ms + QUARTER_MS // 2) // QUARTER_MS * QUARTER_MS


def _solar_ms(lon_e7: int) -> int:
    return lon_e7 * DAY_MS // (360 * 10**7)


def _drift(where: str, left_ms: int) -> list[Json]:
    if abs(left_ms) < DIFFERS_MS:
        return []
    return [_said("camera's clock and GPS time differ", where, left_ms)]


def _said(what: str, where: str, apart_ms: int) -> Json:
    return {"what": what, "where": where, "apart_ms": apart_ms}


def series_drift(values: Iterable[Json]) -> list[Json]:
    """Return the cameras whose clock moves against GPS time within a series of files.

    ``{"what", "where": make, model and serial number, "least_ms", "most_ms"}`` [ms, camera minus
    GPS]. ``values`` are what :func:`firsthand.media.metadata.read_many` gives.
    """
    spans: dict[str, list[int]] = {}
    for value in values:
        taken, gps = value.get("taken"), value.get("gps", {}).get("time")
        if not taken or not taken["local"] or not gps or gps["utc_ms"] is None:
            continue
        names = (value.get("make"), value.get("model"), value.get("serial"))
        camera = " ".join(name for name in names if name)
        spans.setdefault(camera, []).append(clock_ms(taken) - gps["utc_ms"])
    return [
        {"what": "camera's clock drifts against GPS time", "where": camera,
         "least_ms": min(apart), "most_ms": max(apart)}
        for camera, apart in sorted(spans.items())
        if max(apart) - min(apart) >= DIFFERS_MS
    ]  # fmt: skip
