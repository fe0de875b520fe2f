"""The worked case `tikrit` says what the public record says, and nothing else.

The record itself is not part of this repository: it lies in ../shared/record beside it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from firsthand.model.claim_values import check_value
from firsthand.model.codec import from_json
from firsthand.model.nouns import Actor, ClaimLink
from firsthand.model.vocabulary import Attribution, Basis, Hedge, Importance, Polarity, Question
from firsthand.words.dates import written_time

DATA = Path(__file__).resolve().parents[2] / "src" / "firsthand" / "demo" / "tikrit"
ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in (DATA / "claims.jsonl").read_text(encoding="utf-8").splitlines()
]
DOCUMENTS: list[dict[str, Any]] = json.loads((DATA / "documents.json").read_text(encoding="utf-8"))
NOTES = {doc["path"]: (DATA / doc["path"]).read_text(encoding="utf-8") for doc in DOCUMENTS}
LINEAGE_NOTE = "notes/lineage-note.txt"
# The record has these two days as null and as approximate.
DATED_OTHERWISE = {"s10": "2014-06-17~", "s19": "2015"}


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in ROWS if row["type"] == kind}


ACTORS, EVENTS, SIGHTINGS, CLAIMS = map(of_type, ("actor", "event", "sighting", "claim"))


def named() -> list[Any]:
    return [pytest.param(claim, id=name) for name, claim in CLAIMS.items()]


@pytest.fixture(scope="session")
def record(shared: Path) -> dict[str, Any]:
    path = shared / "record" / "tikrit-2014.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def numbers(text: str) -> set[int]:
    """Return the whole numbers in a text; a comma may group thousands."""
    found = re.findall(r"\d{1,3}(?:,\d{3})+|\d+", text)
    return {int(number.replace(",", "")) for number in found}


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


def recorded(record: dict[str, Any], source: str) -> str:
    """Return all that the record says for a source, its dates and addresses apart."""
    [entry] = [s for s in record["sources"] if s["id"] == source]
    about = [item for key in ("events", "places") for item in record[key]]
    kept = [{key: entry.get(key) for key in ("date", "publisher", "relay_of", "checked")}]
    kept += [
        {key: item.get(key) for key in ("what", "when", "name")}
        for item in about
        if item.get("source") == source
    ]
    return " ".join(texts(kept))


# ---- inside the data --------------------------------------------------------------------------


def test_ids_are_unique() -> None:
    ids = [(row["type"], row["id"]) for row in ROWS]
    assert len(ids) == len(set(ids)) == sum(map(len, (ACTORS, EVENTS, SIGHTINGS, CLAIMS)))


def test_every_note_is_listed_once() -> None:
    held = sorted(p.relative_to(DATA).as_posix() for p in DATA.glob("notes/*"))
    assert held == sorted(doc["path"] for doc in DOCUMENTS)


@pytest.mark.parametrize("claim", named())
def test_quote_stands_once_in_its_note(claim: dict[str, Any]) -> None:
    assert claim["quote"]
    assert NOTES[claim["doc"]].count(claim["quote"]) == 1
    assert "\n" not in claim["quote"]
    assert claim.get("cue", "") in claim["quote"]


@pytest.mark.parametrize("claim", named())
def test_claim_keeps_to_the_vocabularies(claim: dict[str, Any]) -> None:
    check_value(Question(claim["question"]), claim["value"])
    Polarity(claim["polarity"])
    Hedge(claim["hedge"])
    Attribution(claim["attribution"])
    Basis(claim["basis"])
    Importance(claim["importance"])
    for link in claim.get("links", []):
        assert from_json(ClaimLink, link).why


@pytest.mark.parametrize("claim", named())
def test_claim_refers_to_what_is_there(claim: dict[str, Any]) -> None:
    assert claim["event"] in EVENTS
    assert claim["source_chain"]
    assert set(claim["source_chain"]) <= {*ACTORS, "unattributed"}
    assert claim.get("sighting") in {None, *SIGHTINGS}
    assert {link["claim"] for link in claim.get("links", [])} <= CLAIMS.keys() - {claim["id"]}
    value = claim["value"]
    assert value.get("actor") in {None, *ACTORS}
    if claim["question"] == "when":
        assert written_time(value["edtf"]) is not None


@pytest.mark.parametrize("claim", named())
def test_numbers_of_a_count_are_in_its_quote(claim: dict[str, Any]) -> None:
    if claim["question"] != "count":
        return
    words = {"hundreds": 100, "thousands": 1000, "one thousand": 1000}
    said = numbers(claim["quote"]) | {n for word, n in words.items() if word in claim["quote"]}
    assert {claim["value"]["min"], claim["value"]["max"]} - {None} <= said


def test_only_relays_copy_and_they_copy_the_same_question() -> None:
    for claim in CLAIMS.values():
        copied = [link["claim"] for link in claim.get("links", []) if link["rel"] == "copies"]
        assert (claim["basis"] == "relay") or not copied
        assert all(CLAIMS[other]["question"] == claim["question"] for other in copied)
        assert all(CLAIMS[other]["event"] == claim["event"] for other in copied)
        assert all(CLAIMS[other]["basis"] != "relay" for other in copied), "copies of the origin"


def test_actors_are_known_and_sides_are_marked() -> None:
    for row in ACTORS.values():
        actor = from_json(
            Actor,
            {k: v for k, v in row.items() if k not in ("type", "kind")} | {"type": row["kind"]},
        )
        assert actor.part_of in {None, *ACTORS}
    sides = {name for name, row in ACTORS.items() if row.get("party")}
    state = {"iraqi-army", "al-moussawi", "qasim-ata", "army-experts", "iraqi-officials"}
    assert sides == {"armed-group", "al-sudani"} | state


def test_events_and_sightings_refer_to_what_is_there() -> None:
    for event in EVENTS.values():
        assert {*event.get("after", []), event.get("part_of", "killings")} <= EVENTS.keys()
        assert event.get("source", LINEAGE_NOTE) in NOTES
        assert "when" not in event or written_time(event["when"]) is not None
    for sighting in SIGHTINGS.values():
        assert sighting["account"] in ACTORS
        assert sighting["known_through"] in NOTES
        assert set(sighting.get("shows", [])) <= EVENTS.keys()
        assert written_time(sighting["published"]) is not None
        assert sighting["remark"]


def test_a_claim_in_words_bounds_no_time() -> None:
    showing = [name for name, row in SIGHTINGS.items() if row.get("shows")]
    assert showing == ["photos-on-twitter"]


# ---- beside the record ------------------------------------------------------------------------


def test_documents_repeat_the_record(record: dict[str, Any]) -> None:
    sources = {s["id"]: s for s in record["sources"]}
    listed = {Path(doc["path"]).stem: doc for doc in DOCUMENTS}
    assert listed.keys() == sources.keys() | {"lineage-note"}
    for name, source in sources.items():
        doc = listed[name]
        assert doc["publisher"] == source["publisher"]
        assert doc.get("url") == source["url"]
        assert doc["published"] == DATED_OTHERWISE.get(name, source["date"])
        assert doc["known"] is True
        assert doc["remark"].startswith("The exhibit is our own note")
        assert source.get("relay_of", "") in doc["remark"]
        head = f"Note on: {source['publisher']}, {source['date'] or 'date not shown'}.\n"
        assert NOTES[doc["path"]].startswith(head)


def test_only_addresses_of_the_record(record: dict[str, Any]) -> None:
    known = {source["url"] for source in record["sources"]}
    everything = "\n".join(p.read_text(encoding="utf-8") for p in DATA.rglob("*") if p.is_file())
    assert set(re.findall(r"https?://[^\s\"]+", everything)) <= known


@pytest.mark.parametrize("path", NOTES)
def test_only_numbers_of_the_record(record: dict[str, Any], path: str) -> None:
    source = "s01" if path == LINEAGE_NOTE else Path(path).stem
    assert numbers(NOTES[path]) <= numbers(recorded(record, source))


def test_expected_answers_are_those_of_the_record(record: dict[str, Any]) -> None:
    expected = json.loads((DATA / "expected.json").read_text(encoding="utf-8"))
    assert expected == record["expected_answers"]


def test_readme_names_claims_that_exist() -> None:
    text = (DATA / "README.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`((?:s\d\d|later-story)-[a-z0-9][a-z0-9-]*[a-z0-9])`", text))
    assert told
    assert told <= CLAIMS.keys()
