"""What is said on each question of an event: positions, contradictions, independent roots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from firsthand.claims.compare import folded, incompatible, position_key, time_of
from firsthand.model.canonical import Json
from firsthand.model.nouns import Claim
from firsthand.model.values import Interval
from firsthand.model.vocabulary import Hedge, Polarity, Question
from firsthand.run import Inputs, Output, Settled, method

HEDGES = tuple(Hedge)


@method("claims.positions", version="2", reads=("claims.root",), makes=("claims.position",))
def positions(inputs: Inputs) -> Iterator[Output]:
    """Yield one value for each question on which something is said about the event.

    Value: ``{"positions":[{"value","polarity","hedge","by","claims","roots"}],
    "contradictions":[{"what","claims":[[id],[id]]}],"roots":{root:[claim]},
    "independent":[certain,possible],"consistent":value|null}``. ``hedge`` is the surest in the
    position; ``independent`` counts bodies, then single speakers, with one root counted once.
    """
    roots = inputs.of_kind("claims.root")
    about: dict[Question, list[Claim]] = {}
    for claim in inputs.claims:
        if claim.event == inputs.unit:
            about.setdefault(claim.question, []).append(claim)
    for question, claims in sorted(about.items()):
        value = _answer(question, claims, roots)
        yield Output("claims.position", (inputs.unit, str(question)), value)


def _answer(question: Question, claims: list[Claim], roots: Mapping[str, Settled]) -> Json:
    groups: dict[tuple[str, Polarity], list[Claim]] = {}
    for claim in claims:
        groups.setdefault((position_key(question, claim.value), claim.polarity), []).append(claim)
    found = [_position(group, roots) for group in groups.values()]
    by_root: dict[str, list[str]] = {}
    speakers: set[str] = set()
    for claim in claims:
        settled = roots.get(claim.id)
        if settled is not None and settled.value["root"] is not None:
            by_root.setdefault(settled.value["root"], []).append(claim.id)
            speakers.add(settled.value["actor"])
    return {
        "positions": sorted(found, key=lambda p: (-len(p["roots"]), p["claims"])),
        "contradictions": list(_contradictions(question, list(groups.values()))),
        "roots": {root: sorted(ids) for root, ids in sorted(by_root.items())},
        "independent": [len(by_root), len(speakers)],
        "consistent": _consistent(question, claims),
    }


def _position(group: list[Claim], roots: Mapping[str, Settled]) -> Json:
    settled = [roots[claim.id].value for claim in group if claim.id in roots]
    surest = min(group, key=lambda claim: HEDGES.index(claim.hedge))
    return {
        "value": _shared(group),
        "polarity": str(surest.polarity),
        "hedge": str(surest.hedge),
        "by": sorted({value["actor"] for value in settled if value["actor"]}),
        "claims": [claim.id for claim in group],
        "roots": sorted({value["root"] for value in settled if value["root"]}),
    }


def _shared(group: list[Claim]) -> Json:
    """Return what all claims of a position say: nobody is given a detail that another added."""
    first, *others = (claim.value for claim in group)
    if not isinstance(first, dict):
        return first
    return {
        key: item
        for key, item in first.items()
        if all(key in other and folded(other[key]) == folded(item) for other in others)
    }


def _contradictions(question: Question, groups: list[list[Claim]]) -> Iterator[Json]:
    for one, other in combinations(groups, 2):
        a, b = one[0], other[0]
        if Polarity.OPEN in (a.polarity, b.polarity):
            continue
        same = position_key(question, a.value) == position_key(question, b.value)
        if a.polarity == b.polarity:
            denied = a.polarity == Polarity.DENIES
            what = None if denied else incompatible(question, a.value, b.value)
        else:
            what = "asserted and denied" if same else None
        if what is not None:
            sides = [sorted(claim.id for claim in side) for side in (one, other)]
            yield {"what": what, "claims": sorted(sides)}


def _consistent(question: Question, claims: list[Claim]) -> Json:
    """Return what all asserted intervals allow together, or None."""
    asserted = [c.value for c in claims if c.polarity == Polarity.ASSERTS]
    if question == Question.WHEN:
        times = [t for value in asserted if isinstance(value, dict) and (t := time_of(value))]
        common: Interval | None = times[0] if times else None
        for time in times[1:]:
            common = common.intersect(time) if common is not None else None
        return None if common is None else common.to_json()
    if question == Question.COUNT:
        return _common_count(asserted)
    return None


def _common_count(values: list[Json]) -> Json:
    kinds = {(v.get("kind"), str(v.get("scope"))) for v in values if isinstance(v, dict)}
    if len(kinds) != 1:
        return None
    lows = [v["min"] for v in values if v.get("min") is not None]
    highs = [v["max"] for v in values if v.get("max") is not None]
    low, high = max(lows, default=None), min(highs, default=None)
    if low is not None and high is not None and low > high:
        return None
    return {"min": low, "max": high}
