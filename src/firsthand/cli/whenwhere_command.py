"""``firsthand whenwhere``: bounds on time and place."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import (
    as_of_option,
    case_argument,
    emit,
    example,
    json_option,
    out,
    paragraph,
)
from firsthand.model.errors import UsageError


@click.command(epilog=example("firsthand whenwhere tikrit --as-of 2014-06-28"))
@case_argument
@as_of_option
@json_option
def whenwhere(case: Path, as_of: str | None, as_json: bool) -> None:
    """Bound when and where the events of a case happened, by dated events, posts and named areas.

    Copies of what shows an event bound it, too. Times and positions in files stand beside the
    bounds and narrow nothing. Observations of sun and shadow are not built yet.
    """
    if case.is_file():
        raise UsageError(
            "observation files cannot be read yet",
            why="bounds come from dated events, posts and what sources say, in a case",
            hint="firsthand whenwhere CASE",
        )
    from firsthand.case import Case
    from firsthand.report.build import build
    from firsthand.report.registry import registry

    report = build(Case.open(case), registry(), as_of=as_of)
    if as_json:
        kinds = (
            "whenwhere.time", "whenwhere.place", "whenwhere.seen",
            "whenwhere.exhibit_time", "whenwhere.exhibit_place",
        )  # fmt: skip
        emit({
            "events": [
                {"id": event["id"], "when": event["questions"]["when"],
                 "where": event["questions"]["where"]}
                for event in report["events"]
            ],
            "findings": [f for f in report["findings"] if f["kind"] in kinds],
        })  # fmt: skip
        return
    for event in report["events"]:
        out(event["label"])
        for asked in ("when", "where"):
            paragraph(event["questions"][asked]["answer"], f"  {asked}: ", "      ")
            for flag in event["questions"][asked]["flags"]:
                paragraph(flag["why"], "  beware: ", "      ")
    if not report["events"]:
        out("no events yet: say what the questions are about with `firsthand event`")
