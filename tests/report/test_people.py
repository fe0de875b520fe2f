"""What people did on working days stands in the report, with who and which entry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case
from firsthand.case.backup import back_up, record_backup
from firsthand.collect import add, enter
from firsthand.collect.acts import record_search, tag, translate
from firsthand.report.build import build
from firsthand.report.html import render
from firsthand.report.merging import merge
from firsthand.report.registry import registry
from firsthand.report.schema import validate

from . import fixture_report

LISTS = ("tags", "notes", "translations", "searches", "merges", "backups")


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "home"))
    made = Case.create(tmp_path / "case", title="test", by="ana")
    post = {"id": "1", "platform": "x", "user": "a", "t": "2014-06-14T10:00Z", "text": "صور"}
    (tmp_path / "posts.jsonl").write_text(json.dumps(post) + "\n")
    add(made, [tmp_path / "posts.jsonl"], by="ana")
    yield made
    made.close()


def acts(case: Case, tmp_path: Path) -> Any:
    """Do one act of each kind; return the report."""
    sighting = case.catalog.sightings()[0][1]
    subject = sighting["id"]
    tag(case, subject, ["trench", "<b>bold</b>"], by="ana")
    tag(case, subject, ["wrong"], by="ana")
    tag(case, subject, ["wrong"], remove=True, by="ben")
    enter(case, {"type": "event", "id": "mill", "label": "Killings at the mill"}, by="ana")
    tag(case, "event:mill", ["main"], by="ana")
    enter(
        case, {"type": "note", "subject": subject, "text": "first", "kind": "relevance"}, by="ana"
    )
    translate(case, "sighting", sighting, text="<i>pictures", lang_to="en", lang_from="ar",
              translator="argos 1.9", machine=True, quote="صور", by="ana")  # fmt: skip
    record_search(case, {"where": "x.com", "query": "#a", "at": "2014-06-15", "found": 3}, by="ana")
    record_search(case, {"where": "case", "query": "pictures", "name": "all"}, by="ana")
    other = Case.create(tmp_path / "other", by="eva")
    enter(other, {"type": "event", "id": "e", "label": "Event"}, by="eva")
    merge(case, other.root, by="ana")
    other.close()
    record_backup(case, "disk <safe>", back_up(case, tmp_path / "copy"), by="ana")
    report = build(case, registry())
    validate(report)
    return report


def test_each_act_stands_in_the_report_with_who_did_it(case: Case, tmp_path: Path) -> None:
    report = acts(case, tmp_path)
    assert {name: len(report[name]) for name in LISTS} == {
        "tags": 3, "notes": 1, "translations": 1, "searches": 2, "merges": 1, "backups": 1,
    }  # fmt: skip
    assert [t["label"] for t in report["tags"]] == ["trench", "<b>bold</b>", "main"]
    assert {row["by"] for name in LISTS for row in report[name]} == {"ana"}
    assert report["translations"][0]["span"] == [0, 3]
    first, second = report["searches"]
    assert (first["stated_at"], first["found"], second["stated_at"]) == ("2014-06-15", 3, None)
    assert second["name"] == "all"
    (backup,) = report["backups"]
    assert backup["entry"] == backup["size"]  # the copy ends where its own entry stands
    for name in LISTS:
        for row in report[name]:
            assert case.catalog.entry(row["entry"])["type"] in {
                "tag", "note", "translation", "search", "merge", "backup",
            }  # fmt: skip


def test_the_page_shows_them_and_escapes_them(case: Case, tmp_path: Path) -> None:
    page = render(acts(case, tmp_path))
    section = page.split('id="noted-h">')[1].split("</section>")[0]
    for words in ("trench", "Relevance.", "machine translation by", "saved as", "argos 1.9"):
        assert words in section
    assert "&lt;b&gt;bold" in section
    assert "<b>bold" not in page and "<i>pictures" not in page and "<safe>" not in page
    assert ">wrong<" not in section
    assert '<a href="#event-mill"><bdi dir="auto">Killings at the mill</bdi></a>' in section


def test_a_date_leaves_out_what_is_said_of_posts_that_do_not_count(
    case: Case, tmp_path: Path
) -> None:
    acts(case, tmp_path)
    early = build(case, registry(), as_of="2014-06-01")
    assert (early["notes"], early["translations"]) == ([], [])
    assert [t["label"] for t in early["tags"]] == ["main"]
    assert len(early["searches"]) == 2
    assert len(build(case, registry(), as_of="2014-06-14")["tags"]) == 3


def test_a_report_of_the_time_before_these_lists_is_still_one() -> None:
    report = fixture_report.build()
    for name in LISTS:
        report.pop(name, None)
    validate(report)
    assert "Nobody has noted anything yet." in render(report)
