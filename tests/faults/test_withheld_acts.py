"""What people did on working days, and merged entries, may be withheld as anything else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from firsthand.case import Case
from firsthand.case.backup import back_up, record_backup
from firsthand.case.case import read_head
from firsthand.collect import add, enter
from firsthand.collect.acts import record_search, tag, translate
from firsthand.report.build import build
from firsthand.report.checking import check
from firsthand.report.html import render
from firsthand.report.merging import merge, restore_merged
from firsthand.report.registry import registry
from firsthand.report.schema import validate

from .test_withheld import opening_file, types_of, without_entry, without_field

KINDS = {"tag", "translation", "search", "backup", "merge", "note"}


@pytest.fixture
def worked(tmp_path: Path) -> Path:
    """A case with an entry of every kind that is new, and one that was merged into it."""
    other = Case.create(tmp_path / "other", by="eva")
    post = {"id": "1", "platform": "x", "user": "a", "t": "2014-06-14T10:00Z", "text": "صور"}
    (tmp_path / "posts.jsonl").write_text(json.dumps(post) + "\n")
    add(other, [tmp_path / "posts.jsonl"], by="eva")
    noun = other.catalog.sightings()[0][1]
    tag(other, noun["id"], ["trench"], by="eva")
    translate(other, "sighting", noun, text="pictures", lang_to="en", translator="t", by="eva")
    enter(other, {"type": "note", "subject": noun["id"], "text": "n", "kind": "relevance"})
    enter(other, {"type": "event", "id": "e", "label": "theirs"})
    case = Case.create(tmp_path / "case", by="ana")
    enter(case, {"type": "event", "id": "e", "label": "ours"})
    record_search(case, {"where": "case", "query": "x", "name": "all"}, by="ana")
    merge(case, other.root, by="ana")
    record_backup(case, "disk", back_up(case, tmp_path / "copy"), by="ana")
    other.close()
    case.close()
    return case.root


def holds(root: Path) -> None:
    assert check(root)["verdict"] == "incomplete"
    case = Case.open(root)
    case.rebuild()
    report = build(case, registry())
    validate(report)
    render(report)
    case.close()


def test_any_act_and_any_field_of_it_can_be_withheld(worked: Path) -> None:
    original = opening_file(worked).read_bytes()
    types = types_of(worked)
    assert set(types) >= KINDS
    for index, kind in enumerate(types):
        if kind not in KINDS and kind not in ("import", "sighting", "event"):
            continue
        without_entry(worked, index)
        holds(worked)
        opening_file(worked).write_bytes(original)
        names = ["at_ms", "body", "by", "objects"]
        merged = b'"from"' in original.splitlines()[index]
        for name in [*names, "from"] if merged else names[1:3]:
            without_field(worked, index, name)
            holds(worked)
            opening_file(worked).write_bytes(original)
    assert check(worked)["verdict"] == "ok"


def test_what_is_withheld_there_is_not_entered_here(worked: Path, tmp_path: Path) -> None:
    types = types_of(worked)
    for kind in ("tag", "translation"):
        without_field(worked, types.index(kind), "body")
    without_entry(worked, types.index("note"))
    case = Case.create(tmp_path / "third", by="ben")
    done = merge(case, worked, by="ben")
    assert done["counts"]["withheld"] == 3
    assert done["counts"]["unknown"] == 0
    assert [n for kind in ("tag", "translation", "note") for n in case.catalog.nouns(kind)] == []
    assert check(case.root)["verdict"] == "ok"
    again = restore_merged(case, read_head(worked)["origin"], tmp_path / "again")
    assert (again["missing"], again["verdict"]) == ([], "incomplete")
    assert opening_file(tmp_path / "again").read_bytes() == opening_file(worked).read_bytes()
    case.close()
