"""What may be judged, and how; the effect on reports is in tests/demo/test_tikrit_judged.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from firsthand.case import Case, View
from firsthand.collect import add, enter
from firsthand.model.errors import BadInput
from firsthand.report.build import build
from firsthand.report.judge import judge
from firsthand.report.registry import registry
from firsthand.run import Analysis

TEXT = "A doctor said that 12 bodies were brought. Later he said 14 bodies."


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "home"))
    (tmp_path / "note.txt").write_text(TEXT)
    made = Case.create(tmp_path / "case")
    with made.batch() as batch:
        batch.exhibit(made.stage(tmp_path / "note.txt"), "text/plain")
    enter(made, {"type": "event", "id": "e", "label": "E", "when": "2024-05-02"})
    for name, quote, count in (("a", "12 bodies", 12), ("b", "14 bodies", 14)):
        value = {"kind": "bodies", "min": count, "max": count}
        enter(made, claim(tmp_path, name, quote, value))
    return made


def claim(folder: Path, name: str, quote: str, value: Any) -> dict[str, Any]:
    return {
        "type": "claim",
        "id": name,
        "doc": str(folder / "note.txt"),
        "question": "count",
        "event": "e",
        "value": value,
        "polarity": "asserts",
        "hedge": "asserted",
        "attribution": "indirect",
        "source_chain": ["a doctor"],
        "quote": quote,
        "basis": "report",
    }


def test_a_correction_keeps_to_the_vocabulary(case: Case) -> None:
    with pytest.raises(BadInput, match="heads"):
        judge(case, registry(), "a", "correct", {"kind": "heads", "min": 1}, "x")
    with pytest.raises(BadInput):
        judge(case, registry(), "a", "split", [{"kind": "bodies", "min": 1}, {"min": 2}], "x")
    assert not case.catalog.nouns("assessment")


def test_merge_takes_labels_and_refuses_itself(case: Case) -> None:
    act = judge(case, registry(), "a", "merge", {"into": "b"}, "the same statement")
    assert act.value["into"].startswith("claim:")
    with pytest.raises(BadInput):
        judge(case, registry(), "a", "merge", {"into": "a"}, "x")


def test_split_puts_the_parts_in_place_of_the_claim(case: Case) -> None:
    from firsthand.case import View
    from firsthand.run import Analysis

    parts = [{"kind": "bodies", "min": n, "max": n} for n in (5, 7)]
    judge(case, registry(), "a", "split", parts, "two groups")
    resolved = Analysis(View(case), registry(), record=False).run()
    [position] = [f for f in resolved.findings if f["kind"] == "claims.position"]
    minima = sorted(p["value"]["min"] for p in position["value"]["positions"])
    assert minima == [5, 7, 14]


def test_a_corrected_finding_keeps_its_shape(case: Case) -> None:
    from firsthand.case import View
    from firsthand.run import Analysis

    Analysis(View(case), registry(), record=True).run()
    resolved = Analysis(View(case), registry(), record=False).run()
    toll = next(f for f in resolved.findings if f["kind"] == "count.toll")
    for wrong in ({}, [], {"groups": "x", "wording": ""}, {"groups": [1], "wording": ""}):
        with pytest.raises(BadInput):
            judge(case, registry(), toll["id"], "correct", wrong, "x")


def test_an_event_that_a_person_dated_has_bounds(case: Case) -> None:
    from firsthand.report.build import build

    report = build(case, registry())
    when = report["events"][0]["questions"]["when"]
    assert when["estimate"]["bounds"]["not_before"] == "2024-05-02T00:00:00Z"
    assert when["estimate"]["bounds"]["not_after"] == "2024-05-03T00:00:00Z"
    assert when["status"] == "answered"


def test_a_split_claim_is_reported_as_its_parts(case: Case) -> None:
    from firsthand.report.build import build
    from firsthand.report.identify import identify

    parts = [{"kind": "bodies", "min": n, "max": n} for n in (5, 7)]
    judge(case, registry(), "a", "split", parts, "two groups")
    report = build(case, registry())
    claims = {c["label"]: c for c in report["claims"]}
    assert [claims[label]["value"]["min"] for label in ("a/1", "a/2", "b")] == [5, 7, 14]
    named = {i for e in report["events"] for q in e["questions"].values()
             for p in q["positions"] for i in p["claims"]}  # fmt: skip
    assert named == {c["id"] for c in claims.values()}
    assert identify(case, claims["a/2"]["id"]).data["label"] == "a"


def test_a_changed_catalog_never_reaches_a_report(case: Case) -> None:
    from sqlalchemy import text

    from firsthand.report.build import build

    with case.catalog.engine.begin() as connection:
        connection.execute(text("UPDATE nouns SET json = replace(json, '12', '1200')"))
    fresh = Case.open(case.root, fresh=True)
    how_many = build(fresh, registry())["events"][0]["questions"]["how_many"]
    assert "1,200" not in how_many["answer"] and "1200" not in str(how_many["groups"])


def test_what_is_entered_again_with_other_content_is_refused(case: Case, tmp_path: Path) -> None:
    seen = {"type": "sighting", "id": "s", "platform": "x", "published": "2024-05-02"}
    assert enter(case, {**seen, "shows": ["e"]})["new"]
    assert not enter(case, {**seen, "shows": ["e"]})["new"]
    with pytest.raises(BadInput, match="other particulars"):
        enter(case, {**seen, "shows": ["f"]})
    other = claim(tmp_path, "a", "14 bodies", {"kind": "bodies", "min": 14, "max": 14})
    with pytest.raises(BadInput, match="taken"):
        enter(case, other)


def test_a_corrected_link_keeps_to_the_words_that_groups_and_reports_know(
    case: Case, tmp_path: Path
) -> None:
    for name, size in (("large", (320, 240)), ("small", (160, 120))):
        noise = Image.effect_noise((16, 12), 90).resize((320, 240))
        if name == "small":
            noise = Image.open(tmp_path / "large.png")
        noise.resize(size).save(tmp_path / f"{name}.png")
        add(case, [tmp_path / f"{name}.png"])
    only = ("match.copies",)
    found = Analysis(View(case), registry(), record=True).run(only=only)
    (link,) = found.of_kind("match.link")
    for field, word in (("relation", "similar"), ("transform", "turned"), ("derived", None)):
        with pytest.raises(BadInput, match=field):
            judge(case, registry(), link["id"], "correct", {**link["value"], field: word}, "x")
    corrected = {**link["value"], "derived": "b_from_a"}
    judge(case, registry(), link["id"], "correct", corrected, "the small one lacks the margin")
    groups = build(case, registry())["groups"]
    assert [each["derived"] for group in groups for each in group["links"]] == ["b_from_a"]
