"""Plain words for what the record holds as short names."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from firsthand.report.page.times import between

QUESTIONS = {
    "what": "What happened",
    "when": "When",
    "where": "Where",
    "who": "Who",
    "how_many": "How many",
    "why": "Why",
    "genuine": "Is the material genuine",
    "first_seen": "Where it was first seen",
}
"""The eight questions, in the order in which they are answered."""

STATUS = {
    "answered": "Answered",
    "open": "Open",
    "disputed": "Disputed",
    "not_yet": "Not yet",
}

HEDGES = {
    "confirmed": "as confirmed",
    "asserted": "as a fact",
    "probable": "as probable",
    "possible": "as possible",
    "open": "without deciding",
}

POLARITY = {"asserts": "says so", "denies": "denies it", "open": "leaves it open"}

ATTRIBUTION = {
    "own_voice": "in its own voice",
    "direct_quote": "direct quotation",
    "indirect": "indirect speech",
    "passive_unsourced": "no source named",
    "media_content": "read from the media",
    "caption": "caption",
}

BASIS = {
    "claim": "said, nothing shown for it",
    "analysis": "derived from examined material",
    "report": "a record or account of the source's own",
    "relay": "passed on from another source",
}

CLAIM_STATUS = {
    "as_entered": "as entered, not judged since",
    "accepted": "accepted by a person",
    "corrected": "corrected by a person",
    "rejected": "rejected by a person",
    "as_found": "as found, judged by nobody",
}

ABOUT = {
    "act": "what was done",
    "method": "how it was done",
    "when": "when",
    "where": "where",
    "victim_status": "who the victims are",
    "perpetrator": "who did it",
    "count": "how many",
    "motive": "why",
    "authenticity": "whether genuine",
    "provenance": "where it came from",
    "context": "background",
}

RELATIONS = {
    "cites": "cites",
    "copies": "copies",
    "supersedes": "replaces",
    "part_of": "is part of",
    "adds_to": "adds to",
    "retracts": "takes back",
}

VERDICTS = {
    "accept": "Accepted",
    "reject": "Rejected",
    "correct": "Corrected",
    "split": "Split",
    "merge": "Merged",
}

FLAGS = {
    "arithmetic": "The numbers do not add up",
    "bound_as_figure": "A bound is told as the figure",
    "relay_changed_number": "A relay changed the number",
    "relay_changed_scope": "A relay changed what is counted",
    "roots_disagree": "Independent sources disagree",
    "part_exceeds_whole": "A part is larger than the whole",
    "dangling_reference": "A statement refers to one that is not held",
    "cycle": "References run in a ring",
    "link_ignored": "A reference was not followed",
    "date_not_understood": "A date could not be read",
    "hedge_drift": "A relay is surer than its source",
    "taken_after_seen": "A camera's time is later than a sighting",
    "taken_before_event": "A camera's time is earlier than the event",
    "seen_before_event": "Seen before the event",
    "copy_seen_before_event": "A copy was seen before the event",
    "position_outside_named_place": "A camera's position is elsewhere",
}


def words(table: Mapping[str, str], name: str | None) -> str:
    """Return the plain words for a short name; unknown names are only made readable."""
    return "" if name is None else table.get(name, name.replace("_", " "))


def plural(number: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun.

    >>> plural(1, "relay"), plural(1700, "relay"), plural(2, "entry", "entries")
    ('1 relay', '1,700 relays', '2 entries')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def figure(low: int | None, high: int | None) -> str:
    """Write a bounded count.

    >>> figure(160, 190), figure(170, 170), figure(100, None), figure(None, None)
    ('160 to 190', '170', 'at least 100', 'not bounded')
    """
    if low is None:
        return "not bounded" if high is None else f"at most {high:,}"
    if high is None:
        return f"at least {low:,}"
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def bounds(estimate: Mapping[str, Any]) -> str:
    """Write the bounds of an estimate."""
    inside = estimate["bounds"]
    if estimate["kind"] == "time":
        return between(inside["not_before"], inside["not_after"])
    if estimate["kind"] == "count":
        return figure(inside["min"], inside["max"])
    return ", ".join(inside["names"]) or "no area"


def independence(roots: Mapping[str, Sequence[str]], independent: Sequence[int]) -> str:
    """Say how many sources stand behind an answer, and that repeating adds none.

    >>> independence({"hrw": ["c1", "c2", "c3"]}, [1, 1])
    '1 independent source; 2 further statements lead back to it and add none'
    """
    certain, possible = independent
    said = plural(certain, "independent source")
    if possible > certain:
        said += f" for certain, {possible:,} at most"
    repeats = sum(len(claims) for claims in roots.values()) - len(roots)
    if repeats <= 0:
        return said
    back = "it" if len(roots) == 1 else "them"
    leads = "leads" if repeats == 1 else "lead"
    adds = "adds" if repeats == 1 else "add"
    return f"{said}; {plural(repeats, 'further statement')} {leads} back to {back} and {adds} none"


def scope(value: Any) -> str:
    """Write what a group of counts is about."""
    if isinstance(value, Mapping):
        places = value.get("places")
        text = value.get("text") or (", ".join(map(str, places)) if places else "")
        return str(text) or "scope not stated"
    return str(value) if value else "scope not stated"


LONGEST_VALUE = 320
"""Longest value that the page shows [characters]; report.json has it whole."""


def value(item: Any) -> str:
    """Write a JSON value on one line, cut when long."""
    text = item if isinstance(item, str) else json.dumps(item, ensure_ascii=False, sort_keys=True)
    if len(text) <= LONGEST_VALUE:
        return text
    return text[:LONGEST_VALUE] + " … (whole in report.json)"
