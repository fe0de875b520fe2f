"""Values of claims: the closed vocabularies, as the interface document lists them."""

from __future__ import annotations

from typing import Any

import pytest

from firsthand.model.claim_values import check_value
from firsthand.model.errors import BadInput
from firsthand.model.vocabulary import Question


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("act", {"act": "mass_execution", "victim": "soldiers", "result": "deaths", "scope": "x"}),
        ("method", {"stage": "restraint", "means": "hands bound", "range": "close"}),
        ("when", {"edtf": "unknown"}),
        ("when", {"edtf": "2014-06-11/..", "earliest": "2014-06-11T00:00:00Z", "latest": None,
                  "relation": "after", "anchor": "tikrit"}),
        ("where", {"place": "Tikrit", "level": "place", "country": "IQ", "candidates": ["a"]}),
        ("victim_status", {"status": "disputed", "options": ["civilian", "combatant"]}),
        ("perpetrator", {"actor": "armed-group"}),
        ("count", {"min": None, "max": 1700, "approx": True, "kind": "pictured",
                   "scope": {"places": ["Tikrit"], "from": "2014-06-11", "text": "x"}}),
        ("motive", {"motive": "execution_of_sentence", "for": "x"}),
        ("authenticity", {"genuine": None}),
        ("authenticity", {"genuine": False, "content": "the photographs"}),
        ("provenance", {"platform": "twitter", "tag": "x", "role": "first"}),
        ("context", {"text": "background"}),
    ],
)  # fmt: skip
def test_known_values(question: str, value: dict[str, Any]) -> None:
    check_value(Question(question), value)


@pytest.mark.parametrize(
    ("question", "value", "said"),
    [
        ("act", {"act": "murder"}, "mass_execution"),
        ("act", {"victim": "x"}, "act is missing"),
        ("act", {"act": ["killing"]}, "not known"),
        ("method", {"stage": "cleanup", "means": "x"}, "filming"),
        ("when", {"edtf": 2014}, "not text"),
        ("where", {"place": "Tikrit", "level": "city"}, "admin1"),
        ("where", {"place": "Tikrit", "candidates": "x"}, "not a list"),
        ("victim_status", {"status": "soldier"}, "hors_de_combat"),
        ("victim_status", {"status": "disputed", "options": ["soldier"]}, "options 'soldier'"),
        ("count", {"min": True, "kind": "killed"}, "whole number"),
        ("count", {"min": -1, "kind": "killed"}, "negative"),
        ("count", {"min": 1}, "kind is missing"),
        ("count", {"min": 2, "max": 1, "kind": "killed"}, "above max"),
        ("count", {"min": 1, "kind": "killed", "scope": {"where": "x"}}, "scope.where"),
        ("count", {"min": 1, "kind": "killed", "scope": 3}, "neither text nor"),
        ("motive", {"motive": "anger"}, "sectarian"),
        ("authenticity", {"genuine": "yes"}, "true or false"),
        ("authenticity", {"genuine": 1}, "true or false"),
        ("provenance", {"platform": "x"}, "telegram"),
        ("provenance", {}, "empty"),
        ("context", {"mood": "x"}, "mood is not known"),
        ("perpetrator", "armed-group", "not an object"),
    ],
)
def test_unknown_values_name_what_is_known(question: str, value: Any, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        check_value(Question(question), value)
    assert said in f"{caught.value} {caught.value.hint}"
