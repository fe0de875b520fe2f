"""Claims files: what is taken in, and that a claim without its very words never is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case
from firsthand.collect import enter
from firsthand.model.errors import BadInput, NotFound

Take = Callable[..., Any]
Reasons = Callable[[Any], dict[str, str]]
Lines = Callable[..., bytes]

TEXT = "😀 The army said that 160 to 190 men were killed. Others doubt it.\r\nThe end. The end.\n"
DIGEST = "sha256:" + hashlib.sha256(TEXT.encode()).hexdigest()
QUOTE = "160 to 190 men were killed"


def claim(label: str | None = "c1", **more: Any) -> dict[str, Any]:
    row = {
        "id": label, "doc": "a.txt", "question": "count", "event": "killings",
        "value": {"min": 160, "max": 190, "kind": "killed"}, "polarity": "asserts",
        "hedge": "asserted", "attribution": "indirect", "source_chain": ["army"], "quote": QUOTE,
    }  # fmt: skip
    return {key: value for key, value in {**row, **more}.items() if value is not None}


@pytest.fixture
def told(case: Case, inbox: Path, take: Take, write_lines: Lines) -> Callable[..., Any]:
    """A case with one article; importing rows that quote it."""
    (inbox / "a.txt").write_bytes(TEXT.encode())
    take(inbox / "a.txt", published="2014-06-17", publisher="Paper", url="http://example.org/a")

    def run(*rows: Any) -> Any:
        path = inbox / "claims.jsonl"
        path.write_bytes(write_lines(*rows))
        return take(path, kind="claims")

    return run


def claims(case: Case) -> dict[str, Any]:
    return {noun.data.get("label", noun.id): noun.data for noun in case.catalog.nouns("claim")}


def test_a_claim_is_anchored_and_dated(case: Case, told: Any) -> None:
    summary = told(claim(cue="said", importance="core", basis="analysis", lang="en"))
    assert summary["totals"]["claims"] == 1
    found = claims(case)["c1"]
    assert found["exhibit"] == DIGEST
    # Code points: the emoji is one, though four bytes and two UTF-16 units.
    start = found["span"]["start"]
    assert (start, found["span"]["end"]) == (21, 47)
    assert TEXT[21:47] == QUOTE
    ((_, sighting, _),) = case.catalog.sightings()
    assert found["sighting"] == sighting["id"]
    assert (found["cue"], found["basis"], found["importance"]) == ("said", "analysis", "core")
    again = told(claim(cue="said", importance="core", basis="analysis", lang="en"))
    assert (again["totals"]["already"], again["totals"]["done"]) == (2, 0)


@pytest.mark.parametrize("doc", ["a.txt", DIGEST, DIGEST[7:], "http://example.org/a#x"])
def test_documents_by_path_digest_and_address(case: Case, told: Any, doc: str) -> None:
    assert told(claim(doc=doc))["totals"]["claims"] == 1


def test_claims_on_a_page_stand_in_its_text(
    case: Case, inbox: Path, take: Take, write_lines: Lines
) -> None:
    page = f"<html><body><article><p>{TEXT * 2}</p></article></body></html>"
    (inbox / "p.html").write_text(page.replace("\r\n", " "), encoding="utf-8")
    take(inbox / "p.html")
    (inbox / "c.jsonl").write_bytes(
        write_lines(claim(doc="p.html", span=[21, 47]), claim("c2", doc="p.html"))
    )
    summary = take(inbox / "c.jsonl")
    ((_, sighting, _),) = case.catalog.sightings()
    assert claims(case)["c1"]["exhibit"] == sighting["text"]
    assert "more than once" in summary["outcomes"][0]["reason"]


def test_claims_on_a_post_make_its_text_an_exhibit(
    case: Case, inbox: Path, take: Take, write_lines: Lines
) -> None:
    row = {"id": "77", "t": "2014-06-14", "platform": "twitter", "user": "x", "text": TEXT}
    (inbox / "posts.jsonl").write_bytes(write_lines(row))
    take(inbox / "posts.jsonl")
    (inbox / "c.jsonl").write_bytes(write_lines(claim(doc="77"), claim("c2", doc="77")))
    summary = take(inbox / "c.jsonl")
    assert summary["totals"]["failed"] == 0
    ((_, sighting, _),) = case.catalog.sightings()
    assert claims(case)["c1"]["sighting"] == sighting["id"]
    assert case.text(claims(case)["c2"]["exhibit"]) == TEXT
    case.rebuild()
    assert len(claims(case)) == 2


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"quote": "200 men were killed"}, "not in the text"),
        ({"quote": "The end."}, "more than once"),
        ({"span": [0, 5]}, "not at its span"),
        ({"span": [5, 5]}, "span is empty"),
        ({"span": [21, 9999]}, "not at its span"),
        ({"span": [True, 5]}, "not [start, end]"),
        ({"span": "21-47"}, "not [start, end]"),
        ({"quote": ""}, "quote is missing"),
        ({"doc": "nowhere.txt"}, "is not found"),
        ({"doc": "sha256:" + "0" * 64}, "not in the case"),
        ({"doc": "/etc/hostname"}, "is not found"),
        ({"question": "colour"}, "one of: act, method"),
        ({"hedge": "sure"}, "one of: confirmed"),
        ({"polarity": "maybe"}, "one of: asserts"),
        ({"attribution": "hearsay"}, "one of: own_voice"),
        ({"value": {"min": 1, "kind": "murdered"}}, "one of: killed"),
        ({"value": {"min": 5, "max": 1, "kind": "killed"}}, "above max"),
        ({"value": {"min": 1.5, "kind": "killed"}}, "floating-point"),
        ({"value": {"min": 1, "kind": "killed", "colour": "red"}}, "colour is not known"),
        ({"value": {"min": 1, "kind": "killed", "scope": {"from": "then"}}}, "time cannot be"),
        ({"value": {"min": 2**60, "kind": "killed"}}, "53 bits"),
        ({"source_chain": "army"}, "not a list"),
        ({"event": None}, "lacks event"),
        ({"event": ""}, "event is missing"),
        ({"colour": "red"}, "colour is not known"),
        ({"sighting": "nothing"}, "is not in the case"),
        ({"links": [{"rel": "cites", "claim": "c9"}]}, "neither in this file"),
        ({"links": [{"rel": "hints_at", "claim": "c0"}]}, "one of: cites"),
        ({"links": ["c0"]}, "needs rel and claim"),
        ({"cue": "\ud800"}, "surrogate"),
        ({"id": 7}, "needs an id"),
    ],
)
def test_a_claim_that_is_not_usable_is_an_outcome(
    case: Case, told: Any, reasons: Reasons, change: dict[str, Any], why: str
) -> None:
    row = json.dumps({**claim(), **change}).encode() if "cue" in change else claim(**change)
    summary = told(claim("c0"), row)
    assert summary["totals"]["claims"] == 1
    assert summary["totals"]["failed"] == 1
    assert why in reasons(summary)["claims.jsonl:2"]
    assert set(claims(case)) == {"c0"}


def test_broken_lines(case: Case, told: Any, reasons: Reasons) -> None:
    summary = told(
        b"\xff", b"{", b"[1]", b"[" * 100_000, {"type": "verdict"}, {"type": ["claim"]},
        b'{"id": NaN}', claim(),
    )  # fmt: skip
    assert summary["totals"]["failed"] == 7
    assert "one of: claim, actor" in reasons(summary)["claims.jsonl:5"]
    assert set(claims(case)) == {"c1"}


def test_links_are_by_label_in_any_order(case: Case, told: Any, reasons: Reasons) -> None:
    summary = told(
        claim("b", links=[{"rel": "supersedes", "claim": "a", "why": "newer"}]),
        claim("a"),
        claim("x", links=[{"rel": "cites", "claim": "y"}]),
        claim("y", links=[{"rel": "cites", "claim": "x"}]),
        claim("self", links=[{"rel": "cites", "claim": "self"}]),
        claim("bad", hedge="sure"),
        claim("on-bad", links=[{"rel": "copies", "claim": "bad"}]),
        claim("a"),
    )
    found = claims(case)
    assert set(found) == {"a", "b"}
    assert found["b"]["links"] == [{"rel": "supersedes", "claim": found["a"]["id"], "why": "newer"}]
    why = reasons(summary)
    assert "circle" in why["claims.jsonl:3"]
    assert "circle" in why["claims.jsonl:4"]
    assert "circle" in why["claims.jsonl:5"]
    assert "not taken in" in why["claims.jsonl:7"]
    assert "used twice" in why["claims.jsonl:8"]
    second = told(claim("c", links=[{"rel": "adds_to", "claim": "a"}]))  # a is in the case
    assert second["totals"]["claims"] == 1


def test_actors_events_sightings_and_notes(case: Case, told: Any, reasons: Reasons) -> None:
    summary = told(
        {"type": "note", "subject": "c1", "text": "central"},
        claim("c1", sighting="feed-post", event="killings"),
        {"type": "sighting", "id": "feed-post", "platform": "twitter", "account": "feed",
         "published": "2014-06-14T10:00+03:00", "known_through": "a.txt", "shows": ["killings"]},
        {"type": "event", "id": "killings", "label": "Killings", "when": "2014-06-11/2014-06-14",
         "places": ["Tikrit"], "after": ["fall"]},
        {"type": "actor", "id": "army", "name": "Army", "kind": "group", "party": True},
        {"type": "outlet", "id": "paper", "name": "Paper"},
        {"type": "actor", "id": "none", "name": "No kind"},
        {"type": "event", "id": "e2", "label": "E", "when": "some day"},
        {"type": "sighting", "id": "s2", "platform": "x", "known_through": "b.txt"},
        {"type": "sighting", "id": "s3"},
    )  # fmt: skip
    assert set(reasons(summary)) == {f"claims.jsonl:{number}" for number in (7, 8, 9, 10)}
    hand = next(n for _, n, _ in case.catalog.sightings() if n["ref"] == "feed-post")
    assert hand["published"]["bounds"]["start_ms"] == 1402729200000  # 07:00 UTC
    assert (hand["known_through"], hand["shows"]) == (DIGEST, ["killings"])
    found = claims(case)["c1"]
    assert found["sighting"] == hand["id"]
    (event,) = case.catalog.nouns("event")
    assert event.data["when"]["text"] == "2014-06-11/2014-06-14"
    assert {n.id: n.data["type"] for n in case.catalog.nouns("actor")} == {
        "army": "group", "paper": "outlet",
    }  # fmt: skip
    (note,) = case.catalog.nouns("note")
    assert note.data["subject"] == found["id"]


def test_the_output_of_firsthand_claims(case: Case, told: Any, reasons: Reasons) -> None:
    told({"type": "actor", "id": "army", "name": "The Army", "kind": "group", "party": True})
    inner = {key: value for key, value in claim().items() if key != "doc"}
    row = {
        "doc": "a.txt", "text_sha256": DIGEST[7:], "lang": "en", "claims": [inner, "broken"],
        "actors": {
            "army": {"name": "army", "aliases": [], "type": "agency"},
            "new": {"name": "New", "aliases": ["N"], "type": "person"},
        },
    }  # fmt: skip
    summary = told(row)
    found = claims(case)["a.txt:c1"]
    assert found["lang"] == "en"
    actors = {noun.id: noun.data for noun in case.catalog.nouns("actor")}
    assert (actors["army"]["name"], actors["army"]["party"]) == ("The Army", True)
    assert actors["new"]["aliases"] == ["N"]
    assert list(reasons(summary)) == ["claims.jsonl:1#1"]
    other = told({**row, "text_sha256": "0" * 64})
    assert "another text" in " ".join(reasons(other).values())


def test_one_document_over_many_lines(case: Case, inbox: Path, told: Any, take: Take) -> None:
    told(claim("first"))
    inner = {key: value for key, value in claim().items() if key != "doc"}
    document = {"doc": "a.txt", "claims": [inner], "actors": {}}
    (inbox / "out.json").write_text(json.dumps([document], indent=1))
    summary = take(inbox / "out.json")
    assert summary["imports"][0]["kind"] == "claims"
    assert set(claims(case)) == {"first", "a.txt:c1"}


def test_a_public_sighting_dates_a_claim_before_a_file_does(
    case: Case, inbox: Path, take: Take, told: Any
) -> None:
    take(inbox / "a.txt", kind="folder")
    told(claim())
    sightings = {n["id"]: n for _, n, _ in case.catalog.sightings()}
    assert sightings[claims(case)["c1"]["sighting"]]["platform"] == "web"


def test_a_document_by_its_path_in_the_case(
    case: Case, inbox: Path, take: Take, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = inbox / "notes"
    folder.mkdir()
    (folder / "a.txt").write_bytes(TEXT.encode())
    take(folder)
    monkeypatch.chdir(tmp_path)  # the path does not lead to the file from here
    enter(case, {**claim(doc="notes/a.txt"), "type": "claim"})
    assert claims(case)["c1"]["exhibit"] == DIGEST
    (folder / "a.txt").write_bytes(b"another text")
    take(folder)
    with pytest.raises(NotFound) as refused:
        enter(case, {**claim("c2", doc="notes/a.txt"), "type": "claim"})
    assert "several texts" in str(refused.value)


def test_entering_one_at_a_time(
    case: Case, inbox: Path, told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told({"type": "outlet", "id": "paper", "name": "Paper"})
    monkeypatch.chdir(inbox)
    first = enter(case, {**claim(None), "type": "claim"}, by="me")
    again = enter(case, {**claim(None), "type": "claim"}, by="me")
    assert (first["new"], again["new"], first["id"]) == (True, False, again["id"])
    actor = {"type": "actor", "id": "hrw", "name": "HRW", "actor_type": "office"}
    assert enter(case, actor)["id"] == "hrw"
    mark = {"type": "mark", "exhibit": DIGEST, "kind": "box", "value": {"px": [1, 2, 3, 4]}}
    assert enter(case, mark)["id"].startswith("mark:")
    note = {"type": "note", "subject": DIGEST, "text": "why"}
    assert enter(case, note)["new"]
    size = case.ledger.size()
    for row in (
        {**claim(None, quote="never said"), "type": "claim"},
        {"type": "verdict"},
        {**mark, "exhibit": "sha256:" + "0" * 64},
        # An event without an id has the unit of methods on the whole case: no report could be made.
        {"type": "event", "id": "", "label": "E"},
        {"type": "event", "id": " ", "label": "E"},
        {"type": "actor", "id": "", "name": "A", "kind": "person"},
        {**note, "text": ""},
    ):
        with pytest.raises(BadInput):
            enter(case, row)
    assert case.ledger.size() == size
    for entry in case.ledger.entries():
        if entry.kind == "claim" and entry.fields:
            assert {"sha256": DIGEST[7:], "size": len(TEXT.encode())} in entry.fields["objects"]
