"""A page of a very large case: what is referred to is on it, the rest is counted."""

from __future__ import annotations

from typing import Any

import pytest

from firsthand.report.page import extent
from firsthand.report.page.extent import on_page


def sighting(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": f"sighting:{number:064d}", "shows": [], "exhibits": [], **fields}


def report(sightings: list[dict[str, Any]], **lists: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {"exhibits": [], "findings": [], "runs": [], "gaps": []}
    return {"sightings": sightings, "outcomes": {"not_done": []}, "events": []} | empty | lists


def test_a_small_report_stands_on_the_page_as_it_is() -> None:
    whole = report([sighting(n) for n in range(9)])
    assert on_page(whole) == (whole, {})


def test_what_is_referred_to_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extent, "MOST", 3)
    many = [sighting(n) for n in range(10)]
    many[6]["exhibits"] = ["sha256:" + "a" * 64]
    many[8]["shows"] = ["mill"]
    claims = [{"id": "claim:x", "sighting": many[9]["id"]}]
    shown, left_out = on_page(report(many, claims=claims))
    assert shown["sightings"] == [many[6], many[8], many[9]]
    assert left_out == {"sightings": 7}
    assert len(many) == 10  # report.json keeps them all


def test_failures_are_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extent, "MOST", 2)
    whole = report([]) | {"outcomes": {"done": 1, "not_done": [{"item": n} for n in range(5)]}}
    shown, left_out = on_page(whole)
    assert [row["item"] for row in shown["outcomes"]["not_done"]] == [0, 1]
    assert left_out == {"outcomes": 3}
