"""The chain of custody names every act, who did it, and what a thing left the case in."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from pathlib import Path

import pytest

from firsthand.case import Case
from firsthand.case.backup import back_up, record_backup
from firsthand.case.custody.scrub import Chosen, record_scrub, scrub
from firsthand.cli.main import run
from firsthand.collect import importing
from firsthand.model.custody import Stamp
from firsthand.model.nouns import Note, content_id
from firsthand.model.values import Digest
from firsthand.model.vocabulary import NoteKind, StampKind, StampState
from firsthand.report.chain import chain


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "home"))
    made = Case.create(tmp_path / "case", title="chain", by="ana")
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.txt").write_text(f"text {name}")
    importing.add(made, [folder], source="a witness", by="ana")
    return made


def digest(text: str) -> Digest:
    return Digest("sha256:" + hashlib.sha256(text.encode()).hexdigest())


def stamp(case: Case, time_ms: int) -> None:
    noun = Stamp(
        id="", state=StampState.RECEIVED, kind=StampKind.RFC3161, authority="tsa",
        size=case.ledger.size(), root="00", checkpoint=digest("x"), time_ms=time_ms,
    )  # fmt: skip
    with case.batch(by="omar") as batch:
        batch.noun("stamp", dataclasses.replace(noun, id=content_id("stamp", noun)))


def test_the_case_as_a_whole_in_ledger_order(case: Case, tmp_path: Path) -> None:
    stamp(case, 1_800_000_000_000)
    record_backup(case, "disk", back_up(case, tmp_path / "copy"), by="omar")
    record_scrub(case, scrub(case.root, Chosen(1, 1, log=True)), by="lea")
    data = chain(case)
    acts = [(act["act"], act["by"]) for act in data["acts"]]
    assert acts == [
        ("case", "ana"), ("session", "ana"), ("import", "ana"), ("session", "ana"),
        ("stamp", "omar"), ("backup", "omar"), ("scrub", "lea"), ("scrub", "lea"),
    ]  # fmt: skip
    assert [a["entry"] for a in data["acts"]] == sorted(a["entry"] for a in data["acts"])
    first, last = data["acts"][0], data["acts"][-1]
    assert first["not_after"]["by"] == "tsa" and first["not_before"] is None
    assert last["not_before"]["time_ms"] == 1_800_000_000_000 and last["not_after"] is None
    assert data["others"]["exhibit"] == 2


def test_one_exhibit_from_the_door_to_the_bundle(case: Case, tmp_path: Path) -> None:
    mine = digest("text a")
    note = Note(id="n1", subject=mine, text="shows the gate", kind=NoteKind.RELEVANCE)
    with case.batch(by="lea") as batch:
        batch.noun("note", note)
        for profile, size in (("full", case.ledger.size()), ("public", 90), ("full", 1)):
            batch.noun("export", {"profile": profile, "size": size, "files": 1, "sha256sums": "x"})
    record_scrub(case, scrub(case.root, Chosen(1, 1, log=False)), by="omar")
    data = chain(case, mine)
    assert data["thing"] == {"kind": "exhibit", "id": mine}
    assert data["came_in"][0]["item"].endswith("a.txt")
    assert data["came_in"][0]["source"] == "a witness"
    assert [act["act"] for act in data["acts"]] == ["exhibit", "import", "note", "scrub"]
    assert data["acts"][2]["says"]["text"] == "shows the gate"
    # A full bundle of that size holds it; of a public one the record cannot say; one that ended
    # before it came in is not named.
    assert [(r["says"]["profile"], r["holds_it"]) for r in data["left_in"]] == [
        ("full", True), ("public", None),
    ]  # fmt: skip


def test_show_says_what_bounds_the_record_and_what_does_not(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = digest("text a")
    assert run(["show", str(case.root), mine]) == 0
    said = capsys.readouterr().out
    assert "no outside time bounds it" in said and "not read again since it came in" in said
    stamp(case, 1_800_000_000_000)
    record_scrub(case, scrub(case.root, Chosen(1, 1, log=False)), by="omar")
    assert run(["show", str(case.root), mine]) == 0
    said = capsys.readouterr().out
    # 1,800,000,000 s after the epoch, by `date -u -d @1800000000`
    assert "not after 2027-01-15T08:00:00" in said and "(tsa, entry" in said
    assert "last read again" in said and "good" in said


def test_the_commands_answer_in_both_forms(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["custody", str(case.root), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["thing"] is None
    assert run(["custody", str(case.root), "a.txt"]) == 0
    assert "sighting" in capsys.readouterr().out
    assert run(["custody", str(case.root), "nothing like it"]) == 2


def state(*folders: Path) -> dict[str, str]:
    found = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.startswith("index.db"):
                found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
            elif path.is_dir():
                found[str(path)] = "folder"
    return found


def test_what_was_viewed_is_never_logged(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = digest("text a")
    case.close()
    home = tmp_path / "home"
    assert home.is_dir()
    before = state(case.root, home, Path(os.environ["HOME"]))
    for command in (
        ["show", str(case.root)],
        ["show", str(case.root), mine],
        ["show", str(case.root), "a.txt", "--json"],
        ["search", str(case.root), "text"],
        ["searches", str(case.root)],
        ["claims", str(case.root)],
        ["custody", str(case.root)],
        ["custody", str(case.root), mine],
        ["protocol-check", str(case.root)],
        ["report", str(case.root), "-o", str(tmp_path / "report")],
        ["verify", str(case.root)],
        ["recheck", str(case.root)],
    ):
        assert run(command) in (0, 2, 5), command
        assert state(case.root, home, Path(os.environ["HOME"])) == before, command
    capsys.readouterr()
