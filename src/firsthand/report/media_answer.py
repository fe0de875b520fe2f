"""What the files of an event's pictures say of when and where, in words, beside the bounds."""

from __future__ import annotations

from collections.abc import Iterator

from firsthand.model.canonical import Json
from firsthand.report import say
from firsthand.report.known import Known
from firsthand.report.page.wording import plural

MOST_NAMED = 8
"""Exhibits that are named in one flag."""

CONFLICTS = {
    "taken_after_seen": "a file's own time lies after the picture or a copy of it was seen",
    "taken_before_event": "a file's own time lies before the event can have been",
    "seen_before_event": "a picture said to show the event was seen before it can have been",
    "copy_seen_before_event": (
        "a copy of a picture said to show the event was seen before it can have been"
    ),
    "position_outside_named_place": (
        "a file's own position lies outside the places that are named for the event"
    ),
}


def times(result: Json, known: Known) -> None:
    """Add to "when" what cameras' clocks say; it narrows nothing, and conflicts are flagged."""
    found = list(_of_event("whenwhere.exhibit_time", known))
    likely = [value["likely"] for _, value, _ in found if value["likely"] is not None]
    said = [value for _, value, _ in found if any(not c["firm"] for c in value["clues"])]
    if likely:
        first = min(each["earliest_ms"] for each in likely)
        last = max(each["latest_ms"] for each in likely)
        assumed = sorted({text for each in likely for text in each["assumptions"]})
        _say(
            result,
            f"By their own files, which narrow nothing here, {len(likely)} of"
            f" {plural(len(found), 'exhibit')} said to show it would be taken between"
            f" {say.moment(first)} and {say.moment(last)}, assuming that {'; '.join(assumed)}.",
        )
    elif said:
        _say(
            result,
            f"The times that {plural(len(said), 'file')} said to show it give cannot be used, or"
            " contradict what is known.",
        )
    _flag(result, found)
    if found:
        result["not_checked"] = ["sun and shadow were not used"]


def places(result: Json, known: Known) -> None:
    """Add to "where" whether the files' own positions fit the places that are named."""
    found = list(_of_event("whenwhere.exhibit_place", known))
    clues = [clue for _, value, _ in found for clue in value["clues"]]
    held = [clue for clue in clues if clue["lat_e7"] is not None]
    if held:
        towns = sorted({clue["nearest"]["name"] for clue in held if clue["nearest"]})
        fits = sum(clue["agrees"] is True for clue in held)
        doubtful = sum(bool(clue["detected"]) for clue in held)
        near = ", ".join(towns[:MOST_NAMED]) or "no town of the gazetteer"
        text = (
            f"Positions in {plural(len(held), 'file')} said to show it, nearest to {near}:"
            f" {fits} fit the places that are named"
        )
        _say(result, text + (f", {doubtful} show signs of a fault." if doubtful else "."))
    _flag(result, found)


def _say(result: Json, text: str) -> None:
    before = result["answer"]
    result["answer"] = text if before == "not yet" else f"{before} {text}"
    if result["status"] == "not_yet":
        result["status"] = "open"


def _of_event(kind: str, known: Known) -> Iterator[tuple[str, Json, str]]:
    """Yield exhibit, value and finding of what posts show the event."""
    shown = {
        exhibit
        for sighting in known.sightings.values()
        if known.event.id in sighting.shows
        for exhibit in sighting.exhibits
    }
    for exhibit in sorted(shown):
        found = known.findings.get((kind, (exhibit,)))
        if found is not None:
            yield exhibit, found.value, found.id


def _flag(result: Json, found: list[tuple[str, Json, str]]) -> None:
    """Add one flag for each kind of conflict, and the findings that were used."""
    conflicts: dict[str, list[str]] = {}
    for exhibit, value, finding in found:
        if value["conflicts"]:
            result["support"].append(finding)
        for each in value["conflicts"]:
            conflicts.setdefault(each["what"], []).append(exhibit)
    for what, exhibits in sorted(conflicts.items()):
        named = list(dict.fromkeys(exhibits))
        more = f" ({len(named)} in all)" if len(named) > MOST_NAMED else ""
        why = f"{CONFLICTS.get(what, what)}: {', '.join(named[:MOST_NAMED])}{more}"
        result["flags"].append(
            {"what": what, "why": why, "ids": named[:MOST_NAMED], "numbers": [len(named)]}
        )
