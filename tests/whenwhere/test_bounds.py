"""Bounds by events, posts and named areas; expected intervals were worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.model.nouns import Claim, Event, Sighting, Written, finding_key
from firsthand.model.values import Digest, Interval, Span
from firsthand.model.vocabulary import Attribution, Hedge, Polarity, Question
from firsthand.run import Inputs, Settled
from firsthand.whenwhere import bounds
from firsthand.whenwhere.clues import Clue, common, minimal_conflicts
from firsthand.words.dates import written_time


def written(text: str) -> Written:
    found = written_time(text)
    assert found is not None
    return found


FALL = Event(id="fall", label="City falls", when=written("2014-06-11"))
EVENT = Event(id="e", label="Killings", after=("fall",))


def seen(name: str, when: str) -> Sighting:
    return Sighting(
        id=f"sighting:{name}", platform="x", ref=name, published=written(when), shows=("e",)
    )


def said(name: str, question: Question, value: Any, hedge: Hedge = Hedge.ASSERTED) -> Claim:
    return Claim(
        id=name,
        question=question,
        event="e",
        value=value,
        polarity=Polarity.ASSERTS,
        hedge=hedge,
        attribution=Attribution.INDIRECT,
        source_chain=("ngo",),
        exhibit=Digest("sha256:" + "0" * 64),
        span=Span(0, 1),
        quote="x",
    )


def run(
    *claims: Claim, sightings: tuple[Sighting, ...] = (), party: bool = False, via: bool = False
) -> dict[str, Any]:
    root = {"root": "ngo", "actor": "ngo", "via": ["z"] if via else [], "party": party}
    findings = tuple(
        Settled(c.id, finding_key("claims.root", (c.id,)), "claims.root", (c.id,), root)
        for c in claims
    )
    inputs = Inputs(
        unit="e", claims=claims, events=(EVENT, FALL), sightings=sightings, findings=findings
    )
    return {output.kind: output.value for output in bounds.function(inputs)}


def test_after_the_event_and_not_after_the_first_post() -> None:
    time = run(sightings=(seen("b", "2014-06-16"), seen("a", "2014-06-14T10:00+03:00")))
    known = time["whenwhere.time"]["known"]
    assert known["earliest"] == "2014-06-11T00:00:00Z"
    assert known["latest"] == "2014-06-14T07:01:00Z"  # 10:00+03:00 is 07:00Z, to the minute
    assert known["from"] == ["fall", "sighting:a"]


def test_what_a_source_says_narrows_what_is_known() -> None:
    when = said("c", Question.WHEN, {"edtf": "2014-06-11/2014-06-14"})
    time = run(when, sightings=(seen("a", "2014-06-16"),))["whenwhere.time"]
    assert time["bounds"]["latest"] == "2014-06-15T00:00:00Z"
    assert time["known"]["latest"] == "2014-06-17T00:00:00Z"


@pytest.mark.parametrize("kind", ["possible", "party", "relay"])
def test_some_words_bound_nothing(kind: str) -> None:
    hedge = Hedge.POSSIBLE if kind == "possible" else Hedge.ASSERTED
    when = said("c", Question.WHEN, {"edtf": "2014-06-12"}, hedge)
    time = run(when, party=kind == "party", via=kind == "relay")["whenwhere.time"]
    assert time["bounds"]["latest"] is None


def test_an_impossible_set_is_named_and_not_merged() -> None:
    when = said("c", Question.WHEN, {"edtf": "2014-06-20"})
    time = run(when, sightings=(seen("a", "2014-06-14"),))["whenwhere.time"]
    assert time["bounds"] is None
    assert time["conflict"] == [["c", "sighting:a"]]
    assert time["known"]["latest"] == "2014-06-15T00:00:00Z"


def test_relation_to_a_dated_event() -> None:
    when = said("c", Question.WHEN, {"edtf": "unknown", "relation": "before", "anchor": "fall"})
    time = run(when)["whenwhere.time"]
    assert time["bounds"] == {
        "earliest": "2014-06-11T00:00:00Z",
        "latest": "2014-06-12T00:00:00Z",
        "from": ["c", "fall"],
    }


def test_areas_nest_and_conflicts_are_named() -> None:
    names = [("a", "Salah ad-Din", "admin1"), ("b", "Tikrit", "place")]
    place = run(*(said(n, Question.WHERE, {"place": p, "level": v}) for n, p, v in names))
    assert place["whenwhere.place"]["agreed"] == ["Salah ad-Din", "Tikrit"]
    names.append(("c", "Mosul", "place"))
    place = run(*(said(n, Question.WHERE, {"place": p, "level": v}) for n, p, v in names))
    assert ["Mosul", "Tikrit"] in place["whenwhere.place"]["conflict"]
    assert "Tikrit" not in place["whenwhere.place"]["agreed"]


def test_a_site_lies_in_what_its_name_says() -> None:
    site = said(
        "s", Question.WHERE, {"place": "field north of the palace, Tikrit", "level": "site"}
    )
    province = said("p", Question.WHERE, {"place": "Salahuddin province", "level": "admin1"})
    place = run(site, province)["whenwhere.place"]
    assert place["agreed"] == ["Salahuddin province", "field north of the palace, Tikrit"]
    missing = said("n", Question.WHERE, {"place": None, "level": "site"})
    assert run(site, missing)["whenwhere.place"]["not_located"] == ["n"]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), min_size=1, max_size=6))
def test_conflicts_are_minimal_and_real(pairs: list[tuple[int, int]]) -> None:
    clues = [Clue("said", f"c{n}", Interval(a, a + b)) for n, (a, b) in enumerate(pairs)]
    by_id = {clue.id: clue for clue in clues}
    found = minimal_conflicts(clues)
    assert bool(found) == (common(clues) is None)
    for ids in found:
        members = [by_id[i] for i in ids]
        assert common(members) is None
        for left_out in members:
            assert common([m for m in members if m is not left_out]) is not None
