"""Leaving things out never breaks the log, is always said, and never stops a report.

Normally one entry of each type and every fifth entry; FIRSTHAND_WITHHELD=all takes all of them.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case
from firsthand.case.openings import _leaf
from firsthand.model import canonical
from firsthand.report.build import build
from firsthand.report.checking import check
from firsthand.report.html import render
from firsthand.report.registry import registry
from firsthand.report.schema import validate
from firsthand.tlog import decode_bundle

from .conftest import Command

ALL = os.environ.get("FIRSTHAND_WITHHELD") == "all"
SHARE = 5
FIELDS = ("at_ms", "body", "by", "objects")


def opening_file(case: Path) -> Path:
    [path] = [p for p in (case / "openings").rglob("*") if p.is_file()]
    return path


def lines_of(case: Path) -> list[bytes]:
    return opening_file(case).read_bytes().splitlines(keepends=True)


def types_of(case: Path) -> list[str]:
    [path] = [p for p in (case / "log" / "tile" / "entries").rglob("*") if p.is_file()]
    found = decode_bundle(path.read_bytes(), int(path.name))
    return [json.loads(entry)["t"] for entry in found]


def without_entry(case: Path, index: int) -> None:
    lines = lines_of(case)
    opening_file(case).write_bytes(b"".join(lines[:index] + lines[index + 1 :]))


def without_field(case: Path, index: int, name: str) -> None:
    lines = lines_of(case)
    data = json.loads(lines[index])
    assert data["i"] == index
    data["f"] = [_leaf(part).hex() if part[1] == name else part for part in data["f"]]
    assert sum(isinstance(part, str) for part in data["f"]) == 1
    lines[index] = canonical.dumps(data) + b"\n"
    opening_file(case).write_bytes(b"".join(lines))


def chosen(types: list[str]) -> list[int]:
    """Every fifth entry, and the first of each type."""
    if ALL:
        return list(range(len(types)))
    return sorted({types.index(kind) for kind in types} | set(range(0, len(types), SHARE)))


def check_verdict(case: Path, index: int, kind: str) -> None:
    verdict = check(case)
    assert verdict["verdict"] == "incomplete", verdict["problems"][:3]
    assert {problem.get("entry") for problem in verdict["problems"]} == {index}
    said = [item["what"] for item in verdict["not_checked"]]
    assert f"content of entry {index} (type {kind}) is withheld or removed" in said


def check_report(report: dict[str, Any], page: str, index: int, kind: str, fields: object) -> None:
    assert report["ledger"]["withheld"] == [{"entry": index, "type": kind, "fields": fields}]
    section = page.split('id="withheld-h">')[1].split("</section>")[0]
    said = " ".join(re.sub("<[^>]*>", " ", section).split())
    what = "the whole entry" if fields == "*" else "1 field"
    assert f" {index} {kind} {what}" in said


def report_of(case: Path) -> tuple[dict[str, Any], str]:
    opened = Case.open(case)
    assert opened.rebuild() == opened.ledger.size()
    report = build(opened, registry())
    opened.close()
    validate(report)
    return report, render(report)


def run_over(case: Path, hide: Callable[[int, str], list[tuple[str, object]]]) -> None:
    """Hide, look and restore, entry by entry; failures are collected so that all are told."""
    original = opening_file(case).read_bytes()
    types = types_of(case)
    failures = []
    for index in chosen(types):
        for what, fields in hide(index, types[index]):
            try:
                check_verdict(case, index, types[index])
                check_report(*report_of(case), index, types[index], fields)
            except Exception as error:
                failures.append(f"entry {index} ({types[index]}), {what}: {error!r}")
            opening_file(case).write_bytes(original)
    assert not failures, "\n".join(failures)
    assert check(case)["verdict"] == "ok"


@pytest.mark.slow
def test_any_entry_can_be_withheld_as_a_whole(case: Path) -> None:
    def hide(index: int, kind: str) -> list[tuple[str, object]]:
        without_entry(case, index)
        return [("whole", "*")]

    run_over(case, hide)


@pytest.mark.slow
def test_any_field_can_be_withheld(case: Path) -> None:
    seen: dict[str, int] = {}

    def hide(index: int, kind: str) -> list[tuple[str, object]]:
        # The body of the first of each type, then the fields in turn.
        name = FIELDS[(1 + seen.setdefault(kind, 0)) % 4]
        seen[kind] += 1
        without_field(case, index, name)
        return [(name, 1)]

    run_over(case, hide)


@pytest.mark.parametrize("name", FIELDS)
def test_each_field_of_the_genesis_entry_can_be_withheld(case: Path, name: str) -> None:
    without_field(case, 0, name)
    check_verdict(case, 0, "case")
    check_report(*report_of(case), 0, "case", 1)


def test_the_commands_work_without_the_genesis_entry(
    case: Path, command: Command, tmp_path: Path
) -> None:
    without_entry(case, 0)
    checked = command("verify", case, "--json")
    assert checked.returncode == 5
    assert command("rebuild", case).returncode == 0
    done = command("report", case, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "out" / "report.json").read_bytes())
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    check_report(report, page, 0, "case", "*")
    assert report["case"]["title"] is None
    assert report["case"]["origin"]
    assert command("show", case).returncode == 0


def test_a_case_without_any_opening_still_reports(
    case: Path, command: Command, tmp_path: Path
) -> None:
    types = types_of(case)
    opening_file(case).unlink()
    assert check(case)["verdict"] == "incomplete"
    report, page = report_of(case)
    assert [item["entry"] for item in report["ledger"]["withheld"]] == list(range(len(types)))
    assert report["events"] == []
    assert "the whole entry" in page


def test_an_export_declares_what_is_withheld(case: Path, command: Command, tmp_path: Path) -> None:
    types = types_of(case)
    without_entry(case, types.index("claim"))
    without_field(case, types.index("actor"), "by")
    done = command("export", case, "-o", tmp_path / "bundle.zip")
    assert done.returncode == 0, done.stderr
    verdict = check(tmp_path / "bundle.zip")
    assert verdict["problems"] == []
    said = {item["what"]: item["why"] for item in verdict["not_checked"]}
    for kind in ("claim", "actor"):
        index = types.index(kind)
        key = f"content of entry {index} (type {kind}) is withheld or removed"
        assert said[key] == "declared in the signed data/withheld.json"
