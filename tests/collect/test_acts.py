"""What people do on a working day: tags, translations, relevance, searches on record."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case, View
from firsthand.cli.main import run
from firsthand.collect import enter
from firsthand.collect.acts import record_search, saved, tag, translate
from firsthand.model.errors import BadInput
from firsthand.model.vocabulary import NoteKind
from firsthand.report.checking import check
from firsthand.report.identify import identify
from firsthand.report.searching import find
from firsthand.report.trace import trace

ARABIC = "وجدت الجثث قرب القصر"
ENGLISH = "The bodies were found near the palace"


@pytest.fixture
def posts(case: Case, inbox: Path, take: Callable[..., Any], write_lines: Any) -> list[str]:
    """Two posts; their ids in the case."""
    (inbox / "posts.jsonl").write_bytes(
        write_lines(
            {"id": "1", "platform": "x", "user": "a", "text": ARABIC, "lang": "ar"},
            {"id": "2", "platform": "x", "user": "b", "text": "a football match"},
        )
    )
    take(inbox / "posts.jsonl")
    return [noun["id"] for _, noun, _ in case.catalog.sightings()]


def tables(case: Case) -> Any:
    """Everything that the catalog knows, but for the numbers of rows."""
    with case.catalog.engine.connect() as connection:
        names = ("entries", "nouns", "sightings", "words")
        read = {n: connection.exec_driver_sql(f"SELECT * FROM {n}").fetchall() for n in names}
    return {name: [tuple(row) for row in rows] for name, rows in read.items()}


def holds(case: Case) -> None:
    """The case verifies, and a catalog made from nothing is the one that grew with it."""
    grown = tables(case)
    assert check(case.root)["verdict"] == "ok"
    case.rebuild()
    assert tables(case) == grown


def test_tagging_taking_off_and_tagging_again_are_three_acts(case: Case, posts: list[str]) -> None:
    first = tag(case, posts[0], ["trench", "  to   check "], by="a")
    assert [(t["label"], t["new"]) for t in first] == [("trench", True), ("to check", True)]
    assert not tag(case, posts[0], ["trench"], by="b")[0]["new"]
    assert tag(case, posts[0], ["trench"], remove=True, by="b")[0]["new"]
    assert [t.label for t, _ in View(case).tags] == ["to check"]
    assert not tag(case, posts[0], ["trench"], remove=True)[0]["new"]
    assert tag(case, posts[0], ["trench"], by="a")[0]["new"]
    assert [t.label for t, _ in View(case).tags] == ["to check", "trench"]
    acts = [n.data for n in case.catalog.nouns("tag") if n.data["label"] == "trench"]
    assert [act.get("after") for act in acts] == [None, acts[0]["id"], acts[1]["id"]]
    holds(case)


@pytest.mark.parametrize("label", ["", "  ", "x" * 201])
def test_a_label_that_is_none_is_refused(case: Case, posts: list[str], label: str) -> None:
    size = case.ledger.size()
    with pytest.raises(BadInput, match="1 to 200"):
        tag(case, posts[0], ["fine", label])
    assert case.ledger.size() == size


def test_a_translation_is_found_and_names_its_translator(case: Case, posts: list[str]) -> None:
    _, _, noun, _ = case.catalog.sighting(posts[0]) or pytest.fail("no sighting")
    made = translate(
        case, "sighting", noun, text=ENGLISH, lang_to="en", translator="S. Haddad", by="desk"
    )
    again = translate(case, "sighting", noun, text=ENGLISH, lang_to="en", translator="S. Haddad")
    assert (made["new"], again["new"], again["id"]) == (True, False, made["id"])
    machine = translate(
        case, "sighting", noun, text="bodies near castle", lang_to="en", machine=True,
        translator="argos 1.9", quote="الجثث قرب القصر",
    )  # fmt: skip
    (one, other) = View(case).translations
    assert (one.lang_from, one.machine, one.span) == ("ar", False, None)  # the post says "ar"
    assert other.machine and other.span is not None
    assert other.span.of(ARABIC) == "الجثث قرب القصر"
    assert [ref for _, ref, _ in find(case, "palace", (), (), 9)] == [made["id"]]
    assert [ref for _, ref, _ in find(case, "bodies", (), ("translation",), 9)] == sorted(
        [made["id"], machine["id"]],
        key=lambda ref: ref != machine["id"],  # the shorter text of the two ranks first (BM25)
    )
    holds(case)


def test_what_has_no_text_cannot_be_translated(case: Case, inbox: Path, take: Any) -> None:
    (inbox / "a.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    take(inbox / "a.jpg")
    (exhibit,) = [n.data for n in case.catalog.nouns("exhibit")]
    sighting = case.catalog.sightings()[0][1]
    for kind, noun, why in (
        ("exhibit", exhibit, "is not a text"),
        ("sighting", sighting, "no text that is held"),
        ("event", {"id": "e"}, "cannot be translated"),
    ):
        with pytest.raises(BadInput, match=why):
            translate(case, kind, noun, text="x", lang_to="en", translator="t")


def test_a_note_on_relevance_is_told_from_others(case: Case, posts: list[str]) -> None:
    about = {"type": "note", "subject": posts[0]}
    enter(case, {**about, "text": "names the palace", "kind": "relevance"})
    enter(case, {**about, "text": "ask the author"})
    assert [n.kind for n in View(case).notes] == [NoteKind.RELEVANCE, None]
    with pytest.raises(BadInput, match="'mood' is not known"):
        enter(case, {**about, "text": "x", "kind": "mood"})
    holds(case)


def test_tags_and_kinds_narrow_a_search(case: Case, posts: list[str]) -> None:
    enter(case, {"type": "event", "id": "match", "label": "Football match"})
    tag(case, posts[1], ["sport", "old"])
    enter(case, {"type": "actor", "id": "match", "name": "Football agency", "kind": "agency"})
    tag(case, identify(case, "event:match").subject, ["sport"])
    assert {ref for _, ref, _ in find(case, "football", (), (), 9)} == {"match", posts[1]}
    tagged = find(case, "football", ("sport",), (), 9)  # not the agency that has the same id
    assert sorted(kind for kind, _, _ in tagged) == ["event", "sighting"]
    assert trace(case, "event:match")["tags"] and not trace(case, "actor:match")["tags"]
    assert [ref for _, ref, _ in find(case, "football", (), ("event",), 9)] == ["match"]
    assert [ref for _, ref, _ in find(case, "football", ("sport", "old"), (), 9)] == [posts[1]]
    shown = {ref: text for _, ref, text in find(case, "", ("sport",), (), 9)}
    assert shown == {"match": "Football match", posts[1]: "a football match"}
    text = case.catalog.nouns("exhibit")[0].id
    tag(case, text, ["sport"])
    assert ("exhibit", text) in {row[:2] for row in find(case, "", ("sport",), (), 9)}
    assert find(case, "palace", ("sport",), (), 9) == []


def test_a_search_is_on_record_only_when_asked(
    case: Case, posts: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    size = case.ledger.size()
    root = str(case.root)
    assert run(["search", root, "football", "--json"]) == 0
    assert run(["show", root, posts[0], "--json"]) == 0
    assert run(["searches", root, "--json"]) == 0
    assert case.ledger.size() == size  # looking leaves no trace
    capsys.readouterr()
    save = ["--save", "sport", "--why", "tag hijack"]
    assert run(["search", root, "football", *save, "--json"]) == 0
    assert run(["search", root, "@sport", "--json"]) == 0
    first, second = capsys.readouterr().out.split("]\n[")
    assert json.loads(first + "]") == json.loads("[" + second)
    assert case.ledger.size() == size + 1
    assert run(["search", root, "football", "--log", "--limit", "1"]) == 0
    assert run(["search", root, "football", "--log"]) == 0  # on another day: another record
    assert case.ledger.size() == size + 3
    assert run(["search", root, "football", *save]) == 0
    assert case.ledger.size() == size + 3  # saved so already
    assert run(["search", root, "@nothing"]) == 2
    assert run(["search", root]) == 1
    data = View(case).searches
    assert [(s.where, s.query, s.found) for s in data] == [("case", "football", 1)] * 3
    holds(case)


def test_a_search_made_elsewhere_is_recorded_once(case: Case) -> None:
    made = {
        "where": "x.com", "query": "#worldcup", "at": "2014-06-15T18:00Z", "found": 40,
        "filters": {"lang": "ar"},
    }  # fmt: skip
    assert record_search(case, made)["new"]
    assert not record_search(case, made)["new"]
    (kept,) = View(case).searches
    assert kept.at is not None
    assert kept.at.bounds.to_json()["earliest"] == "2014-06-15T18:00:00Z"
    assert saved(case) == {}
    for wrong in (
        {"where": "x.com"},
        {**made, "at": "some day"},
        {**made, "filters": "ar"},
        {**made, "seen": ["sha256:00"]},
        {**made, "found": "many"},
    ):
        with pytest.raises(BadInput):
            record_search(case, wrong)
    holds(case)


def test_commands_of_a_day(
    case: Case, posts: list[str], inbox: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = str(case.root)
    (inbox / "en.txt").write_text(ENGLISH, encoding="utf-8")
    (inbox / "bad.txt").write_bytes(b"\xff\xfe\x00")
    to = ["--to", "en", "--translator", "S. Haddad"]
    assert run(["translate", root, posts[0][:24], *to, "--file", str(inbox / "en.txt")]) == 0
    assert run(["translate", root, posts[0], *to, "--file", str(inbox / "bad.txt")]) == 2
    assert run(["translate", root, posts[0], *to]) == 1
    assert run(["tag", root, posts[0], "palace", "--by", "desk"]) == 0
    assert run(["tag", root, "0", "palace"]) == 2
    assert run(["note", root, posts[0], "names the place", "--kind", "relevance"]) == 0
    capsys.readouterr()
    assert run(["show", root, posts[0], "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [(t["label"], t["by"]) for t in shown["tags"]] == [("palace", "desk")]
    assert [(n["kind"], n["text"]) for n in shown["notes"]] == [("relevance", "names the place")]
    assert [(t["text"], t["translator"]) for t in shown["translations"]] == [(ENGLISH, "S. Haddad")]
    assert run(["show", root, posts[0]]) == 0
    assert "en, translated by S. Haddad: " + ENGLISH in capsys.readouterr().out
    holds(case)
