"""The worked case ``tikrit``: public record in our own words, no media at all.

Source notes and hand-coded claims ship with the package (``demo/tikrit/``). The case is built by
the same steps that a person would take, and answered as of five dates.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from firsthand.case import Case, View
from firsthand.collect import add
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput
from firsthand.report.build import build
from firsthand.report.bundle.giving import give
from firsthand.report.folder import write_report
from firsthand.report.registry import registry
from firsthand.report.schema import validate
from firsthand.run import Analysis

DATA = Path(__file__).parent / "tikrit"
TITLE = "Killings near Tikrit, June 2014 (public record)"
MAIN_EVENT = "killings"
MARKER = "built-by-firsthand-demo"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Dated:
    """What the case answers as of one date, beside what the record lets one expect."""

    date: str | None
    expected: str
    answers: dict[str, str]
    report: Path


def build_case(folder: Path, say: Say) -> Case:
    """Make the case below a folder, or take it up where an earlier call stopped.

    Raises
    ------
    BadInput
        When the folder holds something else.
    """
    marker = folder / MARKER
    if folder.exists() and any(folder.iterdir()) and not marker.exists():
        raise BadInput(
            f"{folder} is not empty and was not made by the demo",
            hint="choose another folder with -o DIR",
        )
    folder.mkdir(parents=True, exist_ok=True)
    marker.touch()
    path = folder / "case"
    if (path / "log" / "checkpoint").exists():
        case = Case.open(path, write=True)
    else:
        case = Case.create(path, title=TITLE, by="demo")
    say("adding 21 source notes and the claims that people coded from them")
    for name, kind in (("documents.json", "article"), ("claims.jsonl", "claims")):
        summary = add(case, [DATA / name], kind=kind, source="public record", by="demo")
        failed = [o for o in summary["outcomes"] if o["status"] in ("failed", "quarantined")]
        if failed:
            raise BadInput(f"{failed[0]['item']} was not taken in", why=str(failed[0]["reason"]))
    say("running the methods")
    Analysis(View(case), registry(), record=True, by="demo").run()
    return case


def dated_answers(case: Case, folder: Path) -> Iterator[Dated]:
    """Write a report for each date of the record, and yield its answers."""
    methods = registry()
    expected: Json = json.loads((DATA / "expected.json").read_text(encoding="utf-8"))
    # Last without a date: the story that tells hundreds as thousands has none, so no date has it.
    for date, text in [
        *expected.items(),
        (None, "all of the above, and hundreds told as thousands"),
    ]:
        report = build(case, methods, as_of=date)
        validate(report)
        target = folder / "reports" / (date or "all")
        write_report(target, report)
        event = next(e for e in report["events"] if e["id"] == MAIN_EVENT)
        answers = {asked: q["answer"] for asked, q in event["questions"].items()}
        if date is None:
            around = next(e for e in report["events"] if e["id"] == event["part_of"])
            answers["how_many_around"] = around["questions"]["how_many"]["answer"]
        yield Dated(date, text, answers, target / "report.html")


def bundle(case: Case, folder: Path) -> Path:
    """Write the signed bundle of the whole case once; return its path."""
    target = folder / "tikrit.zip"
    if not target.exists():
        give(case, target, registry(), by="demo")
    return target
