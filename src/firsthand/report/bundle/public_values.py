"""Values of claims and estimates as far as they are numbers, times, areas and closed words."""

from __future__ import annotations

from collections.abc import Mapping

from firsthand.model.canonical import Json
from firsthand.model.claim_values import ACTS, COUNTED, LEVELS, MOTIVES, PLATFORMS, STAGES, STATUSES
from firsthand.model.vocabulary import Question
from firsthand.report.bundle.public_entries import Test, matches, whole

TIME = matches(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z")
DAY = matches(r"\d{4}(-\d\d(-\d\d)?)?")
EDTF = matches(r"unknown|[0-9TZXu:/.~?%+-]{1,40}")
CLOCK = matches(r"\d\d:\d\d(/\d\d:\d\d)?")
AREA = matches(r"geonames:\d{1,12}|[A-Z]{2}(-[A-Z0-9]{1,3})?")
COUNTRY = matches("[A-Z]{2}")
RELATION = matches("after|before|during|on|time_of_day")


def one_of(words: tuple[str, ...]) -> Test:
    """Return a test for the words of a closed vocabulary."""
    return lambda value: isinstance(value, str) and value in words


def flag(value: Json) -> bool:
    """Tell whether a value is true, false or not known."""
    return value is None or isinstance(value, bool)


VALUES: Mapping[str, Mapping[str, Test]] = {
    Question.ACT: {"act": one_of(ACTS)},
    Question.METHOD: {"stage": one_of(STAGES)},
    Question.WHEN: {"edtf": EDTF, "earliest": DAY, "latest": DAY, "relation": RELATION},
    Question.WHERE: {"level": one_of(LEVELS), "country": COUNTRY},
    Question.VICTIM_STATUS: {"status": one_of(STATUSES)},
    Question.COUNT: {"min": whole, "max": whole, "approx": flag, "kind": one_of(COUNTED)},
    Question.MOTIVE: {"motive": one_of(MOTIVES)},
    Question.AUTHENTICITY: {"genuine": flag},
    Question.PROVENANCE: {"platform": one_of(PLATFORMS)},
}
"""What of a value may leave, by its question; who is named in it, and all else, stays in."""


def value_of(question: str, value: Json) -> dict[str, Json]:
    """Return what may leave of the value of a claim."""
    if not isinstance(value, dict):
        return {}
    shape = VALUES.get(question, {})
    found = {
        name: value[name] for name, test in shape.items() if name in value and test(value[name])
    }
    if question == Question.WHEN and found.get("relation") == "time_of_day":
        anchor = value.get("anchor")
        found |= {"time_of_day": anchor} if CLOCK(anchor) else {}
    if question == Question.WHERE and isinstance(value.get("candidates"), list):
        found["areas"] = [each for each in value["candidates"] if AREA(each)]
    if question == Question.VICTIM_STATUS and isinstance(value.get("options"), list):
        found["options"] = [each for each in value["options"] if one_of(STATUSES)(each)]
    return found


def estimate_of(estimate: Json) -> Json:
    """Return the bounds of an estimate, without what they rest on."""
    if not isinstance(estimate, dict):
        return None
    bounds = estimate["bounds"]
    if estimate["kind"] == "time":
        sides = {side: bounds[side] for side in ("not_before", "not_after")}
        return {"kind": "time"} | {s: t if TIME(t) else None for s, t in sides.items()}
    if estimate["kind"] == "area":
        return {"kind": "area", "areas": sorted({each for each in bounds["ids"] if AREA(each)})}
    if estimate["kind"] == "count":
        return {"kind": "count"} | figure_of(bounds)
    return None


def figure_of(bounds: Mapping[str, Json]) -> dict[str, Json]:
    """Return the two sides of a number."""
    return {side: bounds[side] if whole(bounds.get(side)) else None for side in ("min", "max")}
