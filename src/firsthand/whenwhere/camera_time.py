"""What a file's own times say about when a picture was taken, and how each of them can be wrong.

A camera's clock is no witness: it may be off, set to another zone, or reset, and anybody can write
other times into a file. So these clues never narrow the firm bounds; they stand beside them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from firsthand.media.exif_values import clock_ms
from firsthand.model.canonical import Json
from firsthand.model.values import DAY_MS, Interval

MINUTE_MS = 60_000
EAST_MIN, WEST_MIN = 14 * 60, -12 * 60
"""Civil zones in use [minutes east of UTC] (tz database)."""

CLOCK_MS = 30 * MINUTE_MS
"""How far a camera's clock is taken to be off [ms]: three times 10 minutes, a usual error of
clocks set by hand. Unchecked; larger errors are what ``clock_off`` stands for."""

GPS_MS = 2_000
"""How far a GPS time is off when the fix is fresh; receivers write whole seconds."""

QUARTER_MIN = 15

BEFORE_CAMERAS = 1995
"""EXIF was made in 1995 (JEIDA 1995); an earlier year is a clock that nobody set."""

RESET_DAYS = frozenset(
    {(2000, 1, 1), (2001, 1, 1), (2004, 1, 1), (2005, 1, 1), (2010, 1, 1), (2015, 1, 1)}
)
"""Days at which clocks of cameras start after a loss of power. Unchecked: from memory."""

ALWAYS: dict[str, tuple[str, ...]] = {
    "exif_taken": ("clock_off", "clock_reset", "edited", "carried_over_from_other_file"),
    "exif_digitized": (
        "clock_off", "clock_reset", "edited", "carried_over_from_other_file",
        "digitized_is_not_taken",
    ),
    "exif_modified": ("clock_off", "clock_reset", "edited", "modify_is_not_taken"),
    "container_created": (
        "clock_off", "clock_reset", "edited", "written_when_recoded", "utc_or_clock_of_camera",
    ),
    "gps_time": ("stale", "one_day_off", "edited", "carried_over_from_other_file"),
}  # fmt: skip
"""How a clue of each kind can be wrong, whatever the file looks like."""

# What media/metadata says in words, and the failure that it is a sign of.
SIGNS: dict[str, tuple[tuple[str, str], ...]] = {
    "GPS date is one day off": (("gps_time", "one_day_off"),),
    "GPS time is old, or the camera's clock wrong": (("gps_time", "stale"),),
    "camera's clock and GPS time differ": (("exif_taken", "clock_off"),),
    "camera's zone is not the place's, or the GPS time is old": (
        ("exif_taken", "zone_of_elsewhere"),
        ("gps_time", "stale"),
    ),
}

FIELDS = (
    ("taken", "exif_taken"),
    ("digitized", "exif_digitized"),
    ("modified", "exif_modified"),
    ("container_created", "container_created"),
)
"""Fields of the metadata of a file, and the kind of clue that each is."""

SAYS_WHEN_TAKEN = frozenset({"exif_taken", "exif_digitized", "gps_time"})
"""Kinds that contradict a sighting when they are later; others tell when a file was written."""


@dataclass(frozen=True, slots=True)
class CameraClue:
    """One time that a file states: the UTC interval it allows, and how it can be wrong.

    ``detected`` are failures of which the file itself shows a sign. ``interval`` is None when the
    time cannot be placed on the UTC axis at all.
    """

    kind: str
    source: str
    text: str
    interval: Interval | None
    offset_known: bool
    failure_modes: tuple[str, ...]
    detected: tuple[str, ...]

    @property
    def usable(self) -> bool:
        """Whether nothing in the file itself speaks against the time."""
        grave = {"clock_reset", "stale", "one_day_off"}
        return self.interval is not None and not grave & set(self.detected)


def camera_clues(metadata: Json) -> Iterator[CameraClue]:
    """Yield what the times of one file's metadata say, in the order of :data:`FIELDS`."""
    if not isinstance(metadata, dict) or metadata.get("status") != "read":
        return
    problems = metadata.get("problems") or ()
    signs = [sign for p in problems for sign in SIGNS.get(p.get("what"), ())]
    for field, kind in FIELDS:
        said = metadata.get(field)
        if said and said.get("local"):
            yield _clock(kind, said, [sign for whose, sign in signs if whose == kind])
    time = (metadata.get("gps") or {}).get("time")
    if time:
        utc_ms = time.get("utc_ms")
        interval = None if utc_ms is None else Interval(utc_ms - GPS_MS, utc_ms + GPS_MS)
        detected = [sign for whose, sign in signs if whose == "gps_time"]
        detected += [] if time.get("date_known", utc_ms is not None) else ["date_not_written"]
        yield CameraClue(
            "gps_time", "GPSTimeStamp", str(time.get("text") or ""), interval, True,
            ALWAYS["gps_time"], tuple(detected),
        )  # fmt: skip


def _clock(kind: str, said: Json, detected: list[str]) -> CameraClue:
    local = clock_ms(said)
    whole_day = "T" not in said["local"]
    known = said.get("offset_min") is not None
    zones = (said["offset_min"], said["offset_min"]) if known else (WEST_MIN, EAST_MIN)
    # UTC is local time less the offset: the farther east, the earlier.
    start = local - zones[1] * MINUTE_MS - CLOCK_MS
    end = local - zones[0] * MINUTE_MS + CLOCK_MS + (DAY_MS if whole_day else 1000)
    if is_reset(said["local"]):
        detected = [*detected, "clock_reset"]
    modes = ALWAYS[kind] if known else ("zone_unknown", *ALWAYS[kind])
    text, source = str(said.get("text") or said["local"]), str(said.get("tag") or kind)
    return CameraClue(kind, source, text, Interval(start, end), known, modes, tuple(detected))


def is_reset(local: str) -> bool:
    """Tell whether a local time looks like that of a clock that nobody set.

    >>> is_reset("2010-01-01T00:03:10"), is_reset("1970-01-01T00:00:00"), is_reset("2014-06-12")
    (True, True, False)
    """
    year, month, day = (int(part) for part in local[:10].split("-"))
    return year < BEFORE_CAMERAS or (year, month, day) in RESET_DAYS


def zone_of(metadata: Json) -> Json | None:
    """Return the camera's zone when a fresh GPS time lies beside its local time.

    ``{"offset_min","rest_ms","written"}``: the offset [minutes east], rounded to a quarter of an
    hour, and what is left, the clock's error [ms]. None when there is no such pair.
    """
    taken = metadata.get("taken")
    utc_ms = ((metadata.get("gps") or {}).get("time") or {}).get("utc_ms")
    if not taken or not taken.get("local") or "T" not in taken["local"] or utc_ms is None:
        return None
    apart = clock_ms(taken) - utc_ms
    quarter = QUARTER_MIN * MINUTE_MS
    offset = round(apart / quarter) * QUARTER_MIN
    if not WEST_MIN <= offset <= EAST_MIN:
        return None
    written = taken.get("offset_min")
    return {"offset_min": offset, "rest_ms": apart - offset * MINUTE_MS, "written": written}
