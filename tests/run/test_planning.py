"""The order of methods, the names of runs, and what people's decisions do to values."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
import toy_methods as toy

from firsthand.case import Case, View
from firsthand.model.canonical import digest_of
from firsthand.model.errors import BadInput
from firsthand.model.nouns import Actor, Assessment, Claim, Event
from firsthand.run import Analysis, Registry
from firsthand.run.method import Method
from firsthand.run.plan import Planner, run_id
from firsthand.run.settle import deciding, settle_claim, settle_finding, within


def named(name: str, makes: tuple[str, ...], reads: tuple[str, ...] = ()) -> Method:
    return dataclasses.replace(toy.first, name=name, makes=makes, reads=reads)


def test_methods_run_after_what_they_read() -> None:
    registry = Registry(reversed(toy.CHAIN))
    assert [m.name for m in registry.order] == ["toy.first", "toy.second", "toy.third"]
    assert registry.downstream("toy.first") == {"toy.second", "toy.third"}
    assert registry.downstream("toy.third") == set()


@pytest.mark.parametrize(
    ("methods", "complaint"),
    [
        ([named("a", ("x",), ("z",)), named("b", ("y",), ("x",)), named("c", ("z",), ("y",))],
         "wait for each other"),
        ([named("a", ("x",), ("x",))], "wait for each other"),
        ([named("a", ("x",)), named("b", ("x", "y"))], "both make x"),
        ([named("a", ("x",)), named("a", ("y",))], "two methods are called a"),
        ([named("a", ("x",), ("nothing",))], "reads nothing, which no method makes"),
    ],
)  # fmt: skip
def test_impossible_registries_are_refused(methods: list[Method], complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        Registry(methods)


def test_unknown_methods_are_named(case: Case) -> None:
    analysis = Analysis(View(case), Registry(toy.CHAIN), record=False)
    with pytest.raises(BadInput, match=r"no method toy\.fourth"):
        analysis.run(only=["toy.fourth"])


def test_a_run_is_named_by_all_that_it_saw() -> None:
    one = run_id(toy.first, {"a": 1}, ["x", "y"])
    assert one == run_id(toy.first, {"a": 1}, ["y", "x"])
    others = {
        run_id(toy.first, {"a": 2}, ["x", "y"]),
        run_id(toy.first, {"a": 1}, ["x"]),
        run_id(dataclasses.replace(toy.first, version="2"), {"a": 1}, ["x", "y"]),
        run_id(toy.second, {"a": 1}, ["x", "y"]),
    }
    assert len(others) == 4
    assert one not in others


def test_an_unrelated_entry_leaves_the_plan_alone(
    case: Case, ask: Callable[..., dict[str, Claim]]
) -> None:
    ask("a", "b")

    def plan() -> dict[str, str]:
        return {p.unit: p.id for p in Planner(View(case)).plan(toy.first, [])}

    before = plan()
    assert set(before) == {"a", "b"}
    with case.batch(by="tester") as batch:
        batch.noun("actor", Actor(id="stranger", name="nobody's source", type="person"))
    assert plan() == before
    with case.batch(by="tester") as batch:
        batch.noun("event", Event(id="a", label="another label"))
    after = plan()
    assert after["a"] != before["a"]
    assert after["b"] == before["b"]


# ---- settling ---------------------------------------------------------------------------------


def act(verdict: str, judged: Any, value: Any = None, name: str = "1") -> Assessment:
    return Assessment(
        id=name, target="t", value_digest=digest_of(judged), verdict=verdict, why="w", value=value
    )


@pytest.mark.parametrize(
    ("old", "new", "tolerance", "expected"),
    [
        (5, 7, 2, True), (5, 8, 2, False), (True, 1, 5, False), (True, True, 0, True),
        ({"a": [1, 2]}, {"a": [2, 1]}, 1, True), ({"a": 1}, {"b": 1}, 9, False),
        ([1], [1, 1], 9, False), ("5", "6", 9, False), (None, 0, 9, False), (None, None, 0, True),
        ({"a": None}, {"a": None}, 0, True),
    ],
)  # fmt: skip
def test_within(old: Any, new: Any, tolerance: int, expected: bool) -> None:
    assert within(old, new, tolerance) is expected


def test_the_newest_act_on_the_value_as_it_stands_decides() -> None:
    acts = [act("reject", 1, name="a"), act("accept", 1, name="b"), act("reject", 2, name="c")]
    assert deciding(acts, 1) == acts[1]
    assert deciding(acts, 2) == acts[2]
    assert deciding(acts, 3) is None


def test_claims_after_an_act(ask: Callable[..., dict[str, Claim]]) -> None:
    claim = ask("a")["a"]
    judged = claim.value
    assert settle_claim(claim, None) == settle_claim(claim, act("accept", judged)) == [claim]
    assert settle_claim(claim, act("reject", judged)) == []
    (corrected,) = settle_claim(claim, act("correct", judged, {"min": 9}))
    assert (corrected.value, corrected.id) == ({"min": 9}, claim.id)
    parts = settle_claim(claim, act("split", judged, [{"min": 1}, {"min": 2}]))
    assert [part.value for part in parts] == [{"min": 1}, {"min": 2}]
    (merged,) = settle_claim(claim, act("merge", judged, {"into": "claim:other"}))
    assert [(link.rel, link.claim) for link in merged.links] == [("copies", "claim:other")]


def test_findings_after_an_act() -> None:
    finding = {"id": "f", "key": "k", "kind": "x", "subjects": ["a"], "value": 1}
    untouched = settle_finding(finding, None)
    assert untouched is not None
    assert (untouched.value, untouched.subjects) == (1, ("a",))
    assert settle_finding(finding, act("accept", 1)) == untouched
    assert settle_finding(finding, act("reject", 1)) is None
    corrected = settle_finding(finding, act("correct", 1, 7))
    assert corrected is not None
    assert corrected.value == 7
