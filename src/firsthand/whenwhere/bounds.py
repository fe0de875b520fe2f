"""When and where an event can have been, by dated events, dated posts and what sources say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from firsthand.model.canonical import Json
from firsthand.model.nouns import Claim, Event
from firsthand.model.values import Interval
from firsthand.model.vocabulary import Hedge, Polarity, Question
from firsthand.run import Inputs, Output, Settled, method
from firsthand.whenwhere.clues import Clue, binding, common, minimal_conflicts
from firsthand.whenwhere.places import Named, agreed, candidate_of, conflicts, nest
from firsthand.words.dates import written_time

SURE = (Hedge.CONFIRMED, Hedge.ASSERTED, Hedge.PROBABLE)
"""A time that a source only thinks possible bounds nothing."""


@method(
    "whenwhere.bounds",
    version="3",
    takes=("claim", "actor", "event", "sighting"),
    reads=("claims.root", "whenwhere.seen"),
    makes=("whenwhere.time", "whenwhere.place"),
)
def bounds(inputs: Inputs) -> Iterator[Output]:
    """Yield the time and the place of the event, as far as they are bounded.

    Time: ``{"known":{"earliest","latest","from"}, "bounds":{…}|null, "conflict":[[id]]|null,
    "clues":[…], "within_day":[{"claim","text"}]}``. ``known`` uses dated events and dated
    posts (of what shows the event, or of copies of that) only; ``bounds`` also what sources
    say. Place: ``{"named":[…],"agreed":[names, widest first],"conflict":[[name,name]],
    "not_located":[claim]}``.

    Assumes
        Posts marked as showing the event do show it, and so do copies of what they carry; events
        marked before or after are, and the time that a person gave the event itself holds.
    """
    about = [c for c in inputs.claims if c.event == inputs.unit and c.polarity == Polarity.ASSERTS]
    roots = inputs.of_kind("claims.root")
    time = _time(inputs, [c for c in about if c.question == Question.WHEN], roots)
    if time is not None:
        yield Output("whenwhere.time", (inputs.unit,), time)
    where = [c for c in about if c.question == Question.WHERE]
    if where:
        yield Output("whenwhere.place", (inputs.unit,), _place(where, roots))


def _time(inputs: Inputs, claims: list[Claim], roots: Mapping[str, Settled]) -> Json | None:
    events = {event.id: event for event in inputs.events}
    known = list(_known(inputs, events.get(inputs.unit), events))
    said = list(_said(claims, events, roots))
    if not known and not said:
        return None
    firm, all_told = common(known), common([*known, *said])
    conflict = None if all_told is not None else minimal_conflicts([*known, *said])
    return {
        "known": None if firm is None else {**firm.to_json(), "from": binding(known, firm)},
        "bounds": None
        if all_told is None
        else {**all_told.to_json(), "from": binding([*known, *said], all_told)},
        "conflict": conflict,
        "clues": [clue.to_json() for clue in [*known, *said]],
        "within_day": [
            {"claim": claim.id, "text": str(claim.value["anchor"])}
            for claim in claims
            if claim.value.get("relation") == "time_of_day" and claim.value.get("anchor")
        ],
    }


def _known(inputs: Inputs, event: Event | None, events: Mapping[str, Event]) -> Iterator[Clue]:
    if event is not None and event.when is not None:
        yield Clue("dated_event", event.id, event.when.bounds)
    for name in event.after if event else ():
        anchor = events.get(name)
        if anchor is not None and anchor.when is not None:
            yield Clue("after_event", name, Interval(anchor.when.bounds.start_ms, None))
    for name in event.before if event else ():
        anchor = events.get(name)
        if anchor is not None and anchor.when is not None:
            yield Clue("before_event", name, Interval(None, anchor.when.bounds.end_ms))
    for sighting in inputs.sightings:
        if inputs.unit in sighting.shows and sighting.published is not None:
            yield Clue("seen", sighting.id, Interval(None, sighting.published.bounds.end_ms))
    shown = inputs.of_kind("whenwhere.seen").get(inputs.unit)
    copy = shown.value["copy"] if shown is not None else None
    if copy is not None:
        yield Clue("copy_seen", copy["sighting"], Interval(None, copy["latest_ms"]))


def _said(
    claims: list[Claim], events: Mapping[str, Event], roots: Mapping[str, Settled]
) -> Iterator[Clue]:
    for claim in claims:
        settled = roots.get(claim.id)
        # A relay says nothing new, and a party's word is shown but bounds nothing.
        if claim.hedge not in SURE or settled is None or settled.value["via"]:
            continue
        if settled.value["party"] or settled.value["root"] is None:
            continue
        found = _stated(claim.value, events)
        if found is not None:
            yield Clue("said", claim.id, found, settled.value["root"])


def _stated(value: Json, events: Mapping[str, Event]) -> Interval | None:
    anchor = events.get(str(value.get("anchor") or ""))
    if anchor is not None and anchor.when is not None:
        around = anchor.when.bounds
        if value.get("relation") == "after":
            return Interval(around.start_ms, None)
        if value.get("relation") == "before":
            return Interval(None, around.end_ms)
    written = written_time(str(value.get("edtf") or ""))
    if written is not None and written.bounds != Interval():
        return written.bounds
    first = written_time(str(value["earliest"])) if value.get("earliest") else None
    last = written_time(str(value["latest"])) if value.get("latest") else None
    if first is None and last is None:
        return None
    start = first.bounds.start_ms if first else None
    return Interval(start, last.bounds.end_ms if last else None)


def _place(claims: list[Claim], roots: Mapping[str, Settled]) -> Json:
    groups: dict[tuple[str | None, str], list[Claim]] = {}
    not_located = []
    for claim in claims:
        name, level = claim.value.get("place"), str(claim.value.get("level") or "place")
        if not name:
            if not _relayed(claim, roots):
                not_located.append(claim.id)
            continue
        candidate = _candidate(claim)
        # A site keeps its own name; anything else is one place however sources spell it.
        same = str(name) if level == "site" or candidate is None else None
        groups.setdefault((candidate, same or level), []).append(claim)
    named = [_named(group, roots) for group in groups.values()]
    sourced = [place for place in named if place.roots]
    return {
        "named": [place.to_json() for place in nest(named)],
        "agreed": [place.name for place in agreed(sourced)],
        "conflict": conflicts(sourced),
        "not_located": sorted(not_located),
    }


def _named(group: list[Claim], roots: Mapping[str, Settled]) -> Named:
    level = str(group[0].value.get("level") or "place")
    candidate = _candidate(group[0])
    # As sources spell it, the commonest spelling first; the gazetteer's own may be another script.
    spelled = Counter(str(claim.value["place"]) for claim in group)
    name = min(spelled, key=lambda text: (-spelled[text], text))
    return Named(name, level, candidate, tuple(c.id for c in group), _roots(group, roots))


def _candidate(claim: Claim) -> str | None:
    chosen = claim.value.get("candidates") or []
    level = str(claim.value.get("level") or "place")
    return str(chosen[0]) if chosen else candidate_of(str(claim.value["place"]), level)


def _relayed(claim: Claim, roots: Mapping[str, Settled]) -> bool:
    return claim.id in roots and bool(roots[claim.id].value["via"])


def _roots(claims: list[Claim], roots: Mapping[str, Settled]) -> tuple[str, ...]:
    found = {roots[c.id].value["root"] for c in claims if c.id in roots}
    return tuple(sorted(root for root in found if root))
