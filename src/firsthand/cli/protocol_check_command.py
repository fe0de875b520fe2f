"""``firsthand protocol-check``."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import case_argument, emit, example, json_option, out


@click.command("protocol-check", epilog=example("firsthand protocol-check tikrit"))
@case_argument
@json_option
def protocol_check(case: Path, as_json: bool) -> None:
    """Hold a case against the Berkeley Protocol: met, not met, or cannot tell, row by row.

    Each row says why, and where to look or what to run next. Paragraph numbers that were not
    checked against the text are marked so. No result says that a case follows the Protocol.
    """
    from firsthand.case import Case
    from firsthand.report.protocol import protocol_check as judge

    data = judge(Case.open(case))
    if as_json:
        emit(data)
        return
    phase = None
    for row in data["rows"]:
        if row["phase"] != phase:
            phase = row["phase"]
            out(phase.upper())
        out(f"  {row['verdict'].upper()}: {row['requirement']}")
        out(f"      {row['why']}")
        out(f"      paragraph {row['paragraph']}, {row['paragraph_is']}")
        links = row["links"]
        if links["entries"]:
            out("      entries: " + ", ".join(map(str, links["entries"])))
        if links["ids"]:
            out("      such as: " + ", ".join(links["ids"][:3]))
        for command in links["commands"]:
            out(f"      next: {command}")
    out(", ".join(f"{number} {verdict}" for verdict, number in data["counts"].items()))
    out(f"note: {data['source']}")
