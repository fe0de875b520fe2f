"""A person's act changes the report, and a further act restores it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def case(built: Any, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built.folder / "case", tmp_path / "case"))


def how_many(built: Any, case: Path, folder: Path) -> Any:
    done = built.run("report", str(case), "-o", str(folder), "--as-of", "2014-06-28")
    assert done.returncode == 0, done.stderr
    report = json.loads((folder / "report.json").read_text())
    event = next(e for e in report["events"] if e["id"] == "killings")
    return event["questions"]["how_many"], report


def test_a_correction_changes_the_report_and_undo_restores_it(
    built: Any, case: Path, tmp_path: Path
) -> None:
    before, whole = how_many(built, case, tmp_path / "before")
    claim = next(c for c in whole["claims"] if c["label"] == "s12-count")
    value = json.dumps({**claim["value"], "min": 150, "max": 180})
    done = built.run(
        "assess", str(case), "s12-count", "correct", "--value", value, "--why", "misread"
    )
    assert done.returncode == 0, done.stderr
    changed, report = how_many(built, case, tmp_path / "changed")
    assert changed["estimate"]["bounds"] == {"min": 150, "max": 180}
    shown = next(c for c in report["claims"] if c["label"] == "s12-count")
    assert shown["status"] == "corrected"
    assert report["assessments"][-1]["why"] == "misread"
    # The record keeps what was entered: the quote did not change.
    assert shown["quote"] == claim["quote"]
    done = built.run("assess", str(case), "s12-count", "accept", "--why", "the note was right")
    assert done.returncode == 0, done.stderr
    restored, _ = how_many(built, case, tmp_path / "restored")
    assert restored["answer"] == before["answer"]
    assert restored["estimate"] == before["estimate"]
    # Done, undone and done again are three acts, and the last one counts.
    built.run("assess", str(case), "s12-count", "correct", "--value", value, "--why", "misread")
    again, _ = how_many(built, case, tmp_path / "again")
    assert again["estimate"]["bounds"] == {"min": 150, "max": 180}
    assert built.run("verify", str(case)).returncode == 0


def test_a_rejected_claim_takes_no_part(built: Any, case: Path, tmp_path: Path) -> None:
    assert built.run("assess", str(case), "s12-count", "reject", "--why", "x").returncode == 0
    after, report = how_many(built, case, tmp_path / "after")
    assert "s12-count" not in {c["label"] for c in report["claims"] if c["status"] != "rejected"}
    assert "documented: 160-190" not in after["answer"].lower() or "1 root" in after["answer"]


def test_only_runs_downstream_are_made_again(built: Any, case: Path) -> None:
    assert built.json("analyse", str(case))["new"] == 0
    built.run("assess", str(case), "s02-mosul-count", "reject", "--why", "another event")
    # The claim is about one event: its lineage, positions, tolls and bounds, and no other run.
    analysed = built.json("analyse", str(case))
    runs = {
        n["id"]: n
        for n in json.loads(built.run("show", str(case), "s02-mosul-count", "--json").stdout)[
            "used_by"
        ]
    }
    assert analysed["new"] == len({(r["method"]) for r in runs.values()})
    assert {r["unit"] for r in runs.values()} == {"mosul-civilians"}


def test_a_finding_can_be_corrected(built: Any, case: Path, tmp_path: Path) -> None:
    done = built.run("report", str(case), "-o", str(tmp_path / "b"))
    assert done.returncode == 0
    whole = json.loads((tmp_path / "b" / "report.json").read_text())
    place = next(
        f for f in whole["findings"]
        if f["kind"] == "whenwhere.place" and f["subjects"] == ["killings"]
    )  # fmt: skip
    value = {**place["value"], "agreed": ["Tikrit"]}
    done = built.run(
        "assess", str(case), place["id"], "correct", "--value", json.dumps(value), "--why", "surer"
    )
    assert done.returncode == 0, done.stderr
    built.run("report", str(case), "-o", str(tmp_path / "c"))
    changed = json.loads((tmp_path / "c" / "report.json").read_text())
    event = next(e for e in changed["events"] if e["id"] == "killings")
    assert event["questions"]["where"]["estimate"]["bounds"]["names"] == ["Tikrit"]
    found = next(f for f in changed["findings"] if f["key"] == place["key"])
    assert found["status"] == "corrected" and found["value"] == place["value"]


def test_what_cannot_be_judged_is_refused(built: Any, case: Path) -> None:
    for arguments, code in (
        (("s12-count", "correct", "--why", "x"), 2),
        (("nothing-such", "accept", "--why", "x"), 2),
        (("s12-count", "accept", "--why", " "), 2),
        (("s12-count", "split", "--value", "[]", "--why", "x"), 2),
        (("hrw", "accept", "--why", "x"), 2),
        (("s12-count", "correct", "--value", "{", "--why", "x"), 1),
    ):
        done = built.run("assess", str(case), *arguments)
        assert done.returncode == code, (arguments, done.stderr)
        assert "error:" in done.stderr
