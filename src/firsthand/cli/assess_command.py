"""``firsthand assess``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from firsthand.cli.shared import by_option, case_argument, emit, example, json_option, out
from firsthand.model.errors import UsageError

PAST = {
    "accept": "accepted",
    "reject": "rejected",
    "correct": "corrected",
    "split": "split",
    "merge": "merged",
}


@click.command(
    epilog=example(
        "firsthand assess tikrit claim:3fa1 correct --value '{\"genuine\": true}' "
        "--why 'the note misread the page'"
    )
)
@case_argument
@click.argument("target")
@click.argument("verdict", type=click.Choice(["accept", "reject", "correct", "split", "merge"]))
@click.option(
    "--value",
    metavar="JSON",
    help="For correct the whole new value (`firsthand show` prints the present one); "
    'for split a list of values; for merge {"into": full id of a claim}.',
)
@click.option("--why", required=True, help="The reason; it becomes part of the record.")
@by_option
@json_option
def assess(
    case: Path,
    target: str,
    verdict: str,
    value: str | None,
    why: str,
    by: str | None,
    as_json: bool,
) -> None:
    """Record a person's judgement on a finding or claim (ids may be shortened).

    TARGET is the id of a finding or claim, or the label of a claim. The newest act on the present
    value decides; `accept` after `correct` restores the value. Nothing is ever deleted.
    """
    from firsthand.case import Case
    from firsthand.report.judge import judge
    from firsthand.report.registry import registry

    try:
        parsed = None if value is None else json.loads(value)
    except json.JSONDecodeError as error:
        raise UsageError(
            "--value is not JSON",
            why=str(error),
            hint="put single quotes around it: --value '{\"genuine\": true}'",
        ) from error
    act = judge(Case.open(case, write=True), registry(), target, verdict, parsed, why, by=by)
    if as_json:
        emit({"id": act.id, "target": act.target, "verdict": act.verdict})
    else:
        out(f"{PAST[act.verdict]} {act.target}")
        out(f"next: firsthand analyse {case}")
