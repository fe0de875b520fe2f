"""First seen: the earliest sighting of what shows an event, and what was searched for it."""

from __future__ import annotations

from firsthand.model.canonical import Json
from firsthand.model.values import Interval
from firsthand.report import say
from firsthand.report.copies import Copies, first_seen
from firsthand.report.known import Known
from firsthand.report.page.times import moment, point
from firsthand.report.page.wording import plural

MOST_NAMED = 6
"""Platforms that are named in a sentence."""


def fill(result: Json, known: Known) -> None:
    """Put the earliest sighting into the answer: of the media's copies where these were sought."""
    matched = _matched(known)
    if matched is None:
        _posts_alone(result, known)
        return
    found, support = matched
    said = "" if result["answer"] == "not yet" else result["answer"] + " "
    result["answer"] = said + _sentence(found, known)
    result["support"] += support
    if found["bounds"] is None:
        return
    result["support"].append(found["earliest"])
    result["estimate"] = {
        "kind": "time",
        "method": "match.groups",
        "level": "the earliest sighting among those searched, not the first appearance",
        "assumptions": [
            "posts marked as showing the event show it",
            "copies are what links that nobody rejected say",
            "platforms and people gave the right time",
        ],
        "bounds": {**found["bounds"], "from": [found["earliest"], *found["possible"]]},
    }
    if result["status"] in ("not_yet", "open"):
        result["status"] = "answered"


def _matched(known: Known) -> tuple[Json, list[str]] | None:
    """Return the earliest first sighting of what shows the event, and the findings behind it."""
    shown = {
        exhibit
        for sighting in known.sightings.values()
        if known.event.id in sighting.shows
        for exhibit in sighting.exhibits
    }
    groups = Copies(known.findings).of_exhibits() if shown else {}
    best: tuple[Json, list[str]] | None = None
    for subject in sorted({groups.get(exhibit, exhibit) for exhibit in shown}):
        found = first_seen(known.value("match.first_seen", subject))
        if found is None:
            continue
        ids = known.ids("match.first_seen", subject)
        if best is None or _sooner(found, best[0]):
            best = found, ids
    return best


def _sooner(one: Json, other: Json) -> bool:
    a, b = one["bounds"], other["bounds"]
    return a is not None and (b is None or a["not_after"] < b["not_after"])


def _sentence(found: Json, known: Known) -> str:
    searched = found["searched"]
    counts = sorted(searched["platforms"].items(), key=lambda item: (-item[1], item[0]))
    named = ", ".join(f"{_platform(name)} ({n:,})" for name, n in counts[:MOST_NAMED])
    more = len(counts) - MOST_NAMED
    where = f"{named} and {more} more" if more > 0 else named
    sightings = plural(searched["sightings"], "sighting")
    among = f"among {sightings} with media that this case holds: {where}"
    if searched["undated"]:
        among += f"; {searched['undated']:,} of them have no time and could be earlier"
    first = known.sightings.get(found["earliest"] or "")
    if first is None or first.published is None:
        return f"No dated sighting of what shows it, {among}."
    account = f", account {first.account}" if first.account else ""
    through = " (known through a source, not seen here)" if first.known_through else ""
    ties = len(found["possible"]) + found["possible_more"]
    could = f" {plural(ties, 'other sighting')} could be as early." if ties else ""
    last = moment(found["bounds"]["not_after"])
    if first.published.bounds.start_ms is None and last is not None:
        return (
            f"Seen not after {point(last)} ({first.published.text}), on {_platform(first.platform)}"
            f"{account}{through}, {among}. That says only that it was there by then: since when is"
            f" not known.{could}"
        )
    if found["unbounded"]:
        says = "says" if found["unbounded"] == 1 else "say"
        could += (
            f" Of these {found['unbounded']:,} {says} only that it was there by a time, and could"
            " be earlier."
        )
    return (
        f"Not seen earlier than {first.published.text}, on {_platform(first.platform)}{account}"
        f"{through}, {among}.{could}"
    )


def _since(bounds: Interval | None) -> int | None:
    if bounds is None:
        return None
    return bounds.end_ms if bounds.start_ms is None else bounds.start_ms


def _platform(name: str) -> str:
    return say.PLATFORMS.get(name, "files" if name == "file" else name)


def _posts_alone(result: Json, known: Known) -> None:
    bounds = {s.id: s.published.bounds for s in known.sightings.values() if s.published is not None}
    # What was captured has no beginning: it counts from when it was surely there.
    dated = sorted(
        (since, s.id, s)
        for s in known.sightings.values()
        if known.event.id in s.shows and (since := _since(bounds.get(s.id))) is not None
    )
    if dated:
        _, _, first = dated[0]
        assert first.published is not None
        where = say.PLATFORMS.get(first.platform, first.platform)
        through = " (known through a source, not seen here)" if first.known_through else ""
        result["answer"] += (
            f" Earliest dated sighting in this case: {where}, {first.published.text}{through}."
        )
        result["support"].append(first.id)
