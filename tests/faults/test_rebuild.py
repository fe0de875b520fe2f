"""Everything but the ledger can be deleted and made again: elsewhere, in any locale and zone."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case
from firsthand.case.files import locked
from firsthand.case.ledger import Draft
from firsthand.demo.tikrit_case import DATA

from .conftest import Command

DATES = [None, *json.loads((DATA / "expected.json").read_text(encoding="utf-8"))]
SURROUNDINGS = [
    ("C", "Asia/Baghdad", "0"),
    ("C.UTF-8", "America/Los_Angeles", "1"),
    ("C", "America/Los_Angeles", "12345"),
    ("C.UTF-8", "Asia/Baghdad", "12345"),
]
# One process runs several commands: locale, zone and hash seed are fixed when it starts.
SCRIPT = """
import sys
from firsthand.cli.main import run
if __name__ == "__main__":
    for line in sys.stdin.read().splitlines():
        code = run(line.split("\\t"))
        if code:
            sys.exit(code)
"""


def commands(folder: Path, env: dict[str, str], *lines: list[str]) -> None:
    script = folder / "commands.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, str(script)],
        input="\n".join("\t".join(line) for line in lines),
        capture_output=True,
        encoding="utf-8",
        errors="backslashreplace",
        env={**os.environ, **env},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def report_commands(case: Path, folder: Path) -> list[list[str]]:
    return [
        ["report", str(case), "-o", str(folder / str(date)), *(["--as-of", date] if date else [])]
        for date in DATES
    ]


def reports(folder: Path) -> dict[str | None, bytes]:
    """Reports as they were written, but for the time at which that was."""
    found = {}
    for date in DATES:
        data = (folder / str(date) / "report.json").read_bytes()
        built_at = json.loads(data)["built_at"]
        assert data.count(f'"built_at":"{built_at}"'.encode()) == 1
        found[date] = data.replace(f'"built_at":"{built_at}"'.encode(), b'"built_at":null')
    return found


@pytest.fixture(scope="module")
def first(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str | None, bytes]:
    """Reports of the case where it was made, from the catalog that grew with it."""
    folder = tmp_path_factory.mktemp("first")
    assert (demo / "case" / "index.db").exists()
    commands(folder, {}, *report_commands(demo / "case", folder))
    return reports(folder)


@pytest.mark.slow
@pytest.mark.parametrize(("locale", "zone", "seed"), SURROUNDINGS)
def test_rebuilt_elsewhere_the_reports_are_the_same_bytes(
    first: dict[str | None, bytes], case: Path, tmp_path: Path, locale: str, zone: str, seed: str
) -> None:
    env = {"LC_ALL": locale, "LANG": locale, "TZ": zone, "PYTHONHASHSEED": seed}
    commands(tmp_path, env, ["rebuild", str(case)], *report_commands(case, tmp_path / "out"))
    assert reports(tmp_path / "out") == first


def test_dates_differ_from_one_another(first: dict[str | None, bytes]) -> None:
    assert len(set(first.values())) == len(DATES)


def test_report_works_without_rebuild_and_without_key(
    first: dict[str | None, bytes], case: Path, tmp_path: Path
) -> None:
    assert not (case / "index.db").exists()
    env = {"FIRSTHAND_HOME": str(tmp_path / "no keys here")}
    commands(tmp_path, env, *report_commands(case, tmp_path / "out"))
    assert reports(tmp_path / "out") == first


def test_a_damaged_or_foreign_catalog_is_replaced(
    first: dict[str | None, bytes], case: Path, tmp_path: Path
) -> None:
    (case / "index.db").write_bytes(b"SQLite format 3\0" + bytes(5000))
    commands(tmp_path, {}, *report_commands(case, tmp_path / "out"))
    assert reports(tmp_path / "out") == first


def claim_of(case: Path) -> tuple[Path, dict[str, Any]]:
    """Return the text object that some claim quotes, and the claim."""
    opened = Case.open(case)
    claim = opened.catalog.nouns("claim")[0].data
    path = opened.blobs.path(claim["exhibit"])
    opened.close()
    return path, claim


@pytest.mark.parametrize("where", ["in the quote", "beside the quote"])
def test_rebuild_finds_a_text_that_was_changed(case: Path, command: Command, where: str) -> None:
    path, claim = claim_of(case)
    text = path.read_text(encoding="utf-8")
    at = claim["span"]["start"] if where == "in the quote" else claim["span"]["end"] + 1
    changed = text[:at] + ("X" if text[at] != "X" else "Y") + text[at + 1 :]
    path.write_text(changed, encoding="utf-8")
    done = command("rebuild", case)
    assert done.returncode in (2, 4)
    assert path.name in done.stderr or f"the quote of claim {claim['label']} is not" in done.stderr
    assert "hint:" in done.stderr
    path.write_text(text, encoding="utf-8")
    assert command("rebuild", case).returncode == 0


def test_rebuild_finds_a_text_that_is_gone(case: Path, command: Command) -> None:
    path, _ = claim_of(case)
    path.unlink()
    done = command("rebuild", case)
    assert done.returncode in (2, 4)
    assert path.name in done.stderr


@pytest.mark.parametrize("fake", ["quote", "span"])
def test_a_quote_that_does_not_stand_in_its_source_is_found_though_it_is_signed(
    case: Path, command: Command, fake: str
) -> None:
    """Whoever holds the key can sign anything; the quote is still held against its source."""
    _, claim = claim_of(case)
    false = copy.deepcopy(claim) | {"id": "false"}
    if fake == "quote":
        false["quote"] = "".join("x" if c.isalpha() else c for c in claim["quote"])
    else:
        false["span"] = {key: at + 1 for key, at in claim["span"].items()}
    opened = Case.open(case, write=True)
    named = {"sha256": claim["exhibit"].removeprefix("sha256:")}
    named["size"] = opened.blobs.path(claim["exhibit"]).stat().st_size
    fields = {"at_ms": 0, "body": false, "by": "nobody", "objects": [named]}
    with locked(case / "lock"):
        [entry] = opened.ledger.append([Draft("claim", fields)])
    opened.close()
    done = command("rebuild", case)
    assert done.returncode == 4
    assert "quote" in done.stderr
    checked = command("verify", case, "--json")
    assert checked.returncode == 4
    assert {p.get("entry") for p in json.loads(checked.stdout)["problems"]} == {entry}


def test_the_original_is_not_needed(case: Path, command: Command, tmp_path: Path) -> None:
    """The copy stays whole when it is copied once more and the first copy is gone."""
    shutil.copytree(case, tmp_path / "third")
    shutil.rmtree(case)
    assert command("rebuild", tmp_path / "third").returncode == 0
    assert command("verify", tmp_path / "third").returncode == 0
