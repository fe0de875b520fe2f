"""The table answers from the ledger alone, never for the better, and marks what was not checked.

Rows and paragraph numbers: the table that the project keeps of what others quote. Verdicts of the
worked steps are by hand from what was done to the case.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case
from firsthand.case.custody import clock
from firsthand.case.custody.scrub import Chosen, record_scrub, scrub
from firsthand.cli.main import run
from firsthand.collect import importing
from firsthand.model.nouns import Backup, Note
from firsthand.model.vocabulary import NoteKind
from firsthand.report.protocol import protocol_check


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "home"))
    return Case.create(tmp_path / "case", title="protocol", by="ana")


def rows(case: Case) -> dict[str, dict[str, Any]]:
    return {row["requirement"]: row for row in protocol_check(case)["rows"]}


def row(case: Case, words: str) -> dict[str, Any]:
    (found,) = [row for name, row in rows(case).items() if words in name]
    return found


def bring(case: Case, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.bin").write_bytes(b"a")
    (folder / "b.bin").write_bytes(b"b")
    importing.add(case, [folder], by="ana")


def test_an_empty_case_meets_nothing_by_itself(case: Case) -> None:
    verdicts = {name: row["verdict"] for name, row in rows(case).items()}
    assert "met" not in verdicts.values()
    assert len(verdicts) == 25


def test_the_paragraphs_of_the_table_are_there_and_marked(case: Case) -> None:
    data = protocol_check(case)
    numbers = " ".join(row["paragraph"] for row in data["rows"])
    for paragraph in (
        "80", "97", "148", "153-156", "155(f)", "155(g)", "155(h)", "159-166", "167", "168-169",
        "170-172", "177-178", "184-185", "188-194", "Annex IV", "Annexes I-III",
    ):  # fmt: skip
        assert paragraph in numbers, paragraph
    assert {row["paragraph_is"] for row in data["rows"]} == {"second-hand", "unchecked"}
    assert "was not at hand" in data["source"]


def test_verdicts_follow_what_is_done(case: Case, tmp_path: Path) -> None:
    bring(case, tmp_path)
    ids = [noun.id for noun in case.catalog.nouns("exhibit")]
    assert row(case, "why it matters")["verdict"] == "not met"
    assert set(row(case, "why it matters")["links"]["ids"]) == set(ids)
    with case.batch(by="ana") as batch:
        for number, digest in enumerate(ids):
            batch.noun("note", Note(id=f"n{number}", subject=digest, text="why",
                                    kind=NoteKind.RELEVANCE))  # fmt: skip
    assert row(case, "why it matters")["verdict"] == "met"
    assert row(case, "three copies")["verdict"] == "not met"
    with case.batch(by="ana") as batch:
        for name in ("safe", "bank", "safe"):
            batch.noun("backup", Backup(name=name, size=1, root=name, objects=0, bytes=0))
    # Three on record; where they lie nobody can say.
    assert row(case, "three copies")["verdict"] == "cannot tell"
    assert row(case, "regularly")["verdict"] == "not met"
    record_scrub(case, scrub(case.root, Chosen(1, 1, log=False)), by="ana")
    assert row(case, "regularly")["verdict"] == "met"
    assert row(case, "chain of custody")["verdict"] == "cannot tell"  # nobody outside signed


def test_a_reading_of_last_year_is_not_regular(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(case, tmp_path)
    record_scrub(case, scrub(case.root, Chosen(1, 1, log=False)), by="ana")
    later = clock.wall_ms() + 40 * 86_400_000
    monkeypatch.setattr(clock, "wall_ms", lambda: later)
    with case.batch(by="ana") as batch:
        batch.noun("note", Note(id="later", subject="case", text="still here"))
    assert row(case, "regularly")["verdict"] == "not met"
    for part in (1, 2):  # two halves are a whole
        assert row(case, "regularly")["verdict"] == "not met"
        record_scrub(case, scrub(case.root, Chosen(part, 2, log=False)), by="ana")
    assert row(case, "regularly")["verdict"] == "met"


def test_damage_that_was_found_and_not_repaired_is_said(case: Case, tmp_path: Path) -> None:
    bring(case, tmp_path)
    case.blobs.path(case.catalog.nouns("exhibit")[0].id).unlink()
    record_scrub(case, scrub(case.root, Chosen(1, 1, log=False)), by="ana")
    assert row(case, "untouched")["verdict"] == "not met"
    assert row(case, "regularly")["verdict"] == "not met"


@pytest.mark.parametrize(
    ("said", "verdict"), [(True, "met"), (False, "not met"), (None, "cannot tell")]
)
def test_the_clock_is_called_kept_only_when_the_kernel_says_so(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: bool | None, verdict: str
) -> None:
    monkeypatch.setattr(clock, "synchronised", lambda: said)
    bring(case, tmp_path)
    assert row(case, "NTP")["verdict"] == verdict


def test_it_never_says_that_a_case_complies(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["protocol-check", str(case.root)]) == 0
    said = capsys.readouterr().out
    assert "complian" not in said.lower() and "complies" not in said.lower()
    assert "second-hand" in said and "unchecked" in said
    assert run(["protocol-check", str(case.root), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert sum(data["counts"].values()) == len(data["rows"])
