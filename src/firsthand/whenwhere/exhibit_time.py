"""The time of one exhibit: firm bounds from sightings and events, and what its file says beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from firsthand.model.canonical import Json
from firsthand.model.nouns import Event
from firsthand.model.values import Interval
from firsthand.whenwhere.camera_time import SAYS_WHEN_TAKEN, CameraClue, camera_clues, zone_of
from firsthand.whenwhere.clues import Clue, binding, common, minimal_conflicts
from firsthand.whenwhere.copies import Copies

FIRM_MODES: Mapping[str, tuple[str, ...]] = {
    "seen": ("platform_clock_off", "time_entered_wrongly"),
    "copy_seen": ("platform_clock_off", "time_entered_wrongly", "link_is_wrong"),
    "event": ("it_shows_something_else", "event_dated_wrongly"),
}

CLOCKS = ("platform_clock_off", "capturing_clock_off")
"""Whose clock can be off: the platform's, or that of whoever captured a page without a time."""

PREFERRED = ("gps_time", "exif_taken", "exif_digitized", "container_created")
"""Which of a file's times is taken as the likely one, the best first."""


@dataclass(frozen=True, slots=True)
class _Likely:
    clue: CameraClue
    interval: Interval


def time_of(
    exhibit: str, metadata: Json, copies: Copies, events: Mapping[str, Event]
) -> Json | None:
    """Return when the picture of an exhibit was taken, or None when nothing says anything.

    ``{"bounds":{"earliest_ms","latest_ms","from":[ids]}|null,"likely":{"earliest_ms","latest_ms",
    "from","assumptions"}|null,"zone":…|null,"clues":[…],"conflicts":[{"what","between"}]}``.
    ``bounds`` come from sightings and events alone and are null when these exclude each other.
    """
    firm = _firm(exhibit, copies, events)
    said = list(camera_clues(metadata))
    if not firm and not said:
        return None
    bounds = common(firm)
    conflicts = [] if bounds is not None else _firm_conflicts(firm)
    conflicts += [each for clue in said if (each := _conflict(clue, firm))]
    likely = _likely(said, bounds)
    return {
        "bounds": None if bounds is None else _record(bounds) | {"from": binding(firm, bounds)},
        "likely": None if likely is None else _likely_record(likely),
        "zone": zone_of(metadata) if any(c.kind == "gps_time" and c.usable for c in said) else None,
        "clues": [_firm_record(clue, copies) for clue in firm]
        + [_said_record(c, bounds) for c in said],
        "conflicts": conflicts,
    }


def _firm(exhibit: str, copies: Copies, events: Mapping[str, Event]) -> list[Clue]:
    found = []
    for kind, held in (("seen", (exhibit,)), ("copy_seen", copies.of(exhibit))):
        seen = copies.earliest(held)
        if seen is not None:
            found.append(Clue(kind, seen.sighting.id, Interval(None, seen.end_ms), seen.exhibit))
    for name in copies.shows(exhibit):
        floor = _floor(events.get(name), events)
        if floor is not None:
            found.append(Clue("event", name, Interval(floor, None)))
    return found


def _floor(event: Event | None, events: Mapping[str, Event]) -> int | None:
    """Return the time before which an event cannot have been [ms UTC].

    Its end bounds no picture: what shows the aftermath is said to show the event as well.
    """
    if event is None:
        return None
    dated = [event, *(events[name] for name in event.after if name in events)]
    starts = [e.when.bounds.start_ms for e in dated if e.when is not None]
    return max((start for start in starts if start is not None), default=None)


def _firm_conflicts(firm: Sequence[Clue]) -> list[Json]:
    kinds = {clue.id: clue.kind for clue in firm}
    found = []
    for pair in minimal_conflicts(firm):
        early = "copy_seen" if "copy_seen" in {kinds[i] for i in pair} else "seen"
        found.append({"what": f"{early}_before_event", "between": pair})
    return found


def _conflict(clue: CameraClue, firm: Sequence[Clue]) -> Json | None:
    """Return the firm clue that a stated time contradicts; when a file was written is no matter."""
    if clue.interval is None or clue.kind not in SAYS_WHEN_TAKEN:
        return None
    for other in firm:
        if clue.interval.intersect(other.bounds) is None:
            what = "taken_before_event" if other.kind == "event" else "taken_after_seen"
            return {"what": what, "between": [clue.source, other.id]}
    return None


def _likely(said: Sequence[CameraClue], bounds: Interval | None) -> _Likely | None:
    ranked = sorted(
        (clue for clue in said if clue.usable and clue.kind in PREFERRED),
        key=lambda clue: PREFERRED.index(clue.kind),
    )
    for clue in ranked:
        assert clue.interval is not None
        within = clue.interval if bounds is None else clue.interval.intersect(bounds)
        if within is not None:
            return _Likely(clue, within)
    return None


def _likely_record(likely: _Likely) -> Json:
    clue = likely.clue
    if clue.kind == "gps_time":
        assumptions = ["the GPS fix was fresh", "the file's own times were not edited"]
    else:
        assumptions = [
            "the camera's clock was within 30 minutes",
            "the file's own times were not edited",
        ]
        if not clue.offset_known:
            assumptions.append("the camera's zone is one between UTC-12 and UTC+14")
        if clue.kind == "exif_digitized":
            assumptions.append("it was digitized when it was taken")
        if clue.kind == "container_created":
            assumptions.append("the file is as the camera wrote it, and was not encoded again")
    return _record(likely.interval) | {"from": clue.source, "assumptions": assumptions}


def _firm_record(clue: Clue, copies: Copies) -> Json:
    modes = FIRM_MODES[clue.kind]
    if clue.root and copies.is_captured(clue.id, clue.root):
        modes = tuple(CLOCKS[1] if mode == CLOCKS[0] else mode for mode in modes)
    found: Json = {
        "kind": clue.kind,
        "source": clue.id,
        "interval": _record(clue.bounds),
        "offset_known": True,
        "failure_modes": list(modes),
        "detected": [],
        "agrees": None,
        "firm": True,
    }
    return found | ({"exhibit": clue.root} if clue.root else {})


def _said_record(clue: CameraClue, bounds: Interval | None) -> Json:
    known = bounds is not None and bounds != Interval() and clue.interval is not None
    agrees = None
    if known and clue.kind in SAYS_WHEN_TAKEN:
        assert bounds is not None and clue.interval is not None
        agrees = clue.interval.intersect(bounds) is not None
    return {
        "kind": clue.kind,
        "source": clue.source,
        "text": clue.text,
        "interval": None if clue.interval is None else _record(clue.interval),
        "offset_known": clue.offset_known,
        "failure_modes": list(clue.failure_modes),
        "detected": list(clue.detected),
        "agrees": agrees,
        "firm": False,
    }


def _record(interval: Interval) -> Json:
    return {"earliest_ms": interval.start_ms, "latest_ms": interval.end_ms}
