"""When: the bounds of the time finding in words."""

from __future__ import annotations

from firsthand.model.canonical import Json
from firsthand.model.values import DAY_MS
from firsthand.report import media_answer, say
from firsthand.report.known import Known
from firsthand.words.dates import written_time


def fill(result: Json, known: Known) -> None:
    """Put bounds, conflict and words of the time finding into the answer."""
    time = known.value("whenwhere.time", known.event.id)
    if time is not None:
        _bounds(result, known, time)
    media_answer.times(result, known)


def _bounds(result: Json, known: Known, time: Json) -> None:
    result["support"] += known.ids("whenwhere.time", known.event.id)
    parts = []
    if time["conflict"] is not None:
        result["status"] = "disputed"
        parts.append(
            "The bounds cannot all be true: "
            + "; ".join(" against ".join(_clue(i, known) for i in s) for s in time["conflict"])
        )
        span = time["known"]
    else:
        span = time["bounds"]
        if result["status"] in ("not_yet", "open"):
            result["status"] = "answered"
    if span is not None:
        result["estimate"] = {
            "kind": "time",
            "method": "whenwhere.bounds",
            "level": "bounds, not a probability",
            "assumptions": [
                "posts marked as showing the event show it",
                "a date without a time is that UTC day",
            ],
            "bounds": {
                "not_before": span["earliest"],
                "not_after": span["latest"],
                "from": span["from"],
            },
        }
        parts.append(_span(span, known))
        copies = {clue["id"] for clue in time["clues"] if clue["kind"] == "copy_seen"}
        if copies & set(span["from"]):
            result["estimate"]["assumptions"].append(
                "copies are what links that nobody rejected say"
            )
            parts.append("The upper bound is of a copy, seen elsewhere, of what shows the event")
        if span["latest"] and any(_captured(known, ref, span["latest"]) for ref in span["from"]):
            result["estimate"]["assumptions"].append(
                "the machine that captured what bounds it had the right time"
            )
            parts.append("The upper bound is when it was captured, not when it was published")
    parts += [
        f"Within the day, as said by {known.speaker(w['claim'])}: "
        f"{w['text'].replace('/', '-')} local time"
        for w in time["within_day"]
        if w["claim"] in known.claims
    ]
    result["answer"] = ". ".join(parts) + "." if parts else "not yet"


def _captured(known: Known, ref: str, latest: str) -> bool:
    """Tell whether a reference is a sighting without a lower bound, and sets this upper one."""
    sighting = known.sightings.get(ref)
    if sighting is None or sighting.published is None:
        return False
    bounds = sighting.published.bounds
    return bounds.start_ms is None and bounds.end_ms == _ms(latest)


def _clue(ref: str, known: Known) -> str:
    if ref in known.claims:
        claim = known.claims[ref]
        said = say.value(claim.question, claim.value, known.actors)
        return f"{said} ({known.speaker(ref)})"
    return ref


def _ms(text: str) -> int:
    written = written_time(text)
    assert written is not None and written.bounds.start_ms is not None
    return written.bounds.start_ms


def _span(span: Json, known: Known) -> str:
    start = _ms(span["earliest"]) if span["earliest"] else None
    end = _ms(span["latest"]) if span["latest"] else None
    after = f"not before {say.moment(start)}" if start is not None else "no lower bound"
    if end is None:
        return f"{after[0].upper()}{after[1:]}; no upper bound yet"
    return f"{after[0].upper()}{after[1:]}, not after {_last(end, known)}"


def _last(end_ms: int, known: Known) -> str:
    """Return the last day; two days when the post that sets the bound has an uncertain date."""
    starts = [
        s.published.bounds.start_ms
        for s in known.sightings.values()
        if known.event.id in s.shows and s.published and s.published.bounds.end_ms == end_ms
    ]
    start = min((t for t in starts if t is not None), default=None)
    if start is not None and end_ms % DAY_MS == 0 and end_ms - start > DAY_MS:
        return f"{say.day(start)} to {say.day(end_ms - DAY_MS)} (when it was first seen)"
    return say.moment(end_ms, last=True)
