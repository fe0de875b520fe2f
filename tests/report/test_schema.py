"""The JSON Schema of report.json: it takes what the format document says, and nothing else."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from firsthand.model.errors import BadInput
from firsthand.model.vocabulary import (
    ActorType,
    Attribution,
    Basis,
    Hedge,
    Importance,
    Polarity,
    Question,
    Relation,
    Verdict,
)
from firsthand.report.schema import SCHEMA_FILE, validate

from . import fixture_report

SCHEMA = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))


@pytest.fixture
def report() -> dict[str, Any]:
    return fixture_report.build()


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("hostile", [False, True])
def test_a_full_report_fits(hostile: bool) -> None:
    report = fixture_report.build(hostile=hostile)
    validate(report)
    validate(json.loads(json.dumps(report)))


def test_every_field_of_the_format_document_is_known(repository: Any) -> None:
    """Each name quoted in the shape of docs/report-format.md is a property of the schema."""
    shape = (repository / "docs" / "report-format.md").read_text(encoding="utf-8").split("```")[1]
    quoted = {part for part in shape.split('"')[1::2] if part.isidentifier()}
    known = set(_names(SCHEMA))
    assert quoted - known == set()


def _names(schema: Any) -> list[str]:
    if isinstance(schema, list):
        return [name for item in schema for name in _names(item)]
    if not isinstance(schema, dict):
        return [schema] if isinstance(schema, str) else []
    return [*schema, *(name for item in schema.values() for name in _names(item))]


@pytest.mark.parametrize(
    ("words", "place"),
    [
        (Polarity, ["$defs", "polarity"]),
        (Hedge, ["$defs", "hedge"]),
        (Question, ["$defs", "asked"]),
        (Attribution, ["$defs", "claim", "properties", "attribution"]),
        (Basis, ["$defs", "claim", "properties", "basis"]),
        (Importance, ["$defs", "claim", "properties", "importance"]),
        (ActorType, ["$defs", "actor", "properties", "type"]),
        (Verdict, ["$defs", "assessment", "properties", "verdict"]),
        (
            Relation,
            ["$defs", "claim", "properties", "links", "items", "properties", "rel"],
        ),
    ],
)
def test_vocabularies_are_those_of_the_model(words: Any, place: list[str]) -> None:
    node = SCHEMA
    for step in place:
        node = node[step]
    assert {word for word in node["enum"] if word is not None} == {str(word) for word in words}


@pytest.mark.parametrize("path", ["events", "claims", "sightings", "ledger", "outcomes", "lineage"])
def test_a_missing_field_is_refused(report: dict[str, Any], path: str) -> None:
    del report[path]
    with pytest.raises(BadInput, match=path):
        validate(report)


def _change(report: dict[str, Any], path: list[Any], value: Any) -> None:
    node: Any = report
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (["extra"], 1, "extra"),
        (["claims", 0, "hedge"], "sure", "$.claims[0].hedge"),
        (["claims", 0, "certainty"], 1, "$.claims[0]"),
        (["claims", 0, "exhibit"], "sha256:00", "$.claims[0].exhibit"),
        (["claims", 0, "exhibit"], "sha256:" + "0" * 64 + "\n", "$.claims[0].exhibit"),
        (["claims", 0, "span"], [1], "$.claims[0].span"),
        (["ledger", "root"], "0" * 63, "$.ledger.root"),
        (["ledger", "withheld", 0, "fields"], "all", "$.ledger.withheld[0].fields"),
        (["as_of"], "June", "$.as_of"),
        (["built_at"], "2014-06-17T00:00:00+02:00", "$.built_at"),
        (["events", 0, "questions", "how_many", "status"], "sure", "how_many"),
        (["events", 0, "questions", "genuine", "contradictions", 0, "claims"], [[]], "genuine"),
        (["events", 0, "questions", "how_much"], {}, "$.events[0].questions"),
        (["events", 0, "questions", "when", "estimate", "bounds"], {"min": 1}, "estimate"),
        (["outcomes", "failed"], -1, "$.outcomes.failed"),
    ],
)
def test_what_does_not_fit_is_named(
    report: dict[str, Any], path: list[Any], value: Any, named: str
) -> None:
    _change(report, path, value)
    with pytest.raises(BadInput) as caught:
        validate(report)
    assert named in caught.value.why
    assert caught.value.hint


def test_a_missing_question_is_refused(report: dict[str, Any]) -> None:
    del report["events"][0]["questions"]["why"]
    with pytest.raises(BadInput, match="'why' is a required property"):
        validate(report)


def test_the_error_does_not_repeat_a_whole_case(report: dict[str, Any]) -> None:
    report["claims"] = {"x": "y" * 100_000}
    with pytest.raises(BadInput) as caught:
        validate(report)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("thing", [None, [], "report", 3, {}])
def test_other_things_are_no_report(thing: object) -> None:
    with pytest.raises(BadInput):
        validate(copy.deepcopy(thing))
