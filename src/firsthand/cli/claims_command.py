"""``firsthand claims`` on a case: positions, contradictions, roots."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import (
    as_of_option,
    case_argument,
    counted,
    emit,
    example,
    json_option,
    out,
)


@click.command(epilog=example("firsthand claims tikrit --as-of 2014-06-17"))
@case_argument
@as_of_option
@json_option
def claims(case: Path, as_of: str | None, as_json: bool) -> None:
    """Show for each question who says what, where they contradict, and how many roots there are.

    Works on claims that people entered or imported; proposals from texts are not built yet.
    """
    from firsthand.case import Case
    from firsthand.report.build import build
    from firsthand.report.compare import compared
    from firsthand.report.registry import registry

    report = build(Case.open(case), registry(), as_of=as_of)
    data = compared(report)
    if as_json:
        emit(data)
        return
    names = {actor["id"]: actor["name"] for actor in report["actors"]}
    for question in data["questions"]:
        certain, possible = question["independent"]
        number = str(certain) if certain == possible else f"{certain} to {possible}"
        roots = f"{number} independent {'root' if number == '1' else 'roots'}"
        out(f"{question['event']} / {question['question']}: {roots}")
        for position in question["positions"]:
            by = ", ".join(names.get(actor, actor) for actor in position["by"]) or "-"
            number = counted(len(position["claims"]), "claim")
            out(f"  {position['text']}  [{position['hedge']}]  {by}  ({number})")
        for sides in question["sides"]:
            out(f"  contradiction: {' against '.join(map(', '.join, sides))}")
    if not data["questions"]:
        out("no claims yet: enter them with `firsthand claim`, or add a file of claims")
