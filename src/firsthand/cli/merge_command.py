"""``firsthand merge``."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import (
    by_option,
    case_argument,
    counted,
    emit,
    example,
    json_option,
    out,
    progress,
)
from firsthand.model.canonical import Json
from firsthand.model.errors import ExitCode, UsageError

SAID = {
    "entered": "entered",
    "already": "known already",
    "history_only": "kept in its history only (runs and the like)",
    "withheld": "withheld there",
    "unknown": "of a kind that is not known here, kept in its history only",
    "unreadable": "that cannot be read here, kept in its history only",
}


@click.command(epilog=example("firsthand merge tikrit ../colleague/tikrit-2 --dry-run"))
@case_argument
@click.argument("other", required=False, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would come of it; write nothing.")
@click.option(
    "--restore",
    is_flag=False,
    flag_value="",
    metavar="[ORIGIN]",
    help="Make a case again that was merged, as it was then, from what this case keeps: by its "
    "origin, a part of that, or its title; alone when only one was merged.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="With --restore: a new folder for it.",
)
@by_option
@json_option
def merge(
    case: Path,
    other: Path | None,
    dry_run: bool,
    restore: str | None,
    output: Path | None,
    by: str | None,
    as_json: bool,
) -> int:
    """Take OTHER, the case folder of another person, into CASE; both histories are kept.

    OTHER must verify. Each exhibit and post is there once afterwards; every entry that is taken
    over names who made it, when, and where it stands in the other ledger. Where both say different
    things under one id, CASE's version stays current and the conflict is named. Merging twice adds
    nothing. OTHER is not changed.
    """
    from firsthand.case import Case
    from firsthand.report.merging import merge as take_in
    from firsthand.report.merging import restore_merged

    if restore is not None:
        if other is not None or output is None or dry_run:
            raise UsageError("--restore takes -o DIR and no other case")
        with progress("objects") as tick:
            made = restore_merged(Case.open(case), restore, output, tick=tick)
        if as_json:
            emit(made)
        else:
            out(f"restored {made['origin']}: {counted(made['size'], 'entry')}")
            out(f"verified: {made['verdict']}")
        return ExitCode.VERIFICATION_FAILED if made["verdict"] == "failed" else ExitCode.OK
    if other is None or output is not None:
        raise UsageError("name the other case", hint="firsthand merge CASE OTHER")
    with progress("entries") as tick:
        done = take_in(Case.open(case, write=True), other, by=by, dry_run=dry_run, tick=tick)
    if as_json:
        emit(done)
    else:
        _print(case, done)
    return ExitCode.OK


def _print(case: Path, done: Json) -> None:
    if done["status"] == "contained":
        out(f"already contained: {done['origin']} at {counted(done['size'], 'entry')}")
        return
    planned = done["status"] == "planned"
    out(f"{'would merge' if planned else 'merged'} {done['origin']}")
    for name, words in SAID.items():
        if done["counts"][name]:
            out(f"  {counted(done['counts'][name], 'entry')} {words}")
    for each in done["conflicts"]:
        out(f"  conflict: {each['kind']} {each['id']}: what this case says stays current")
    if not planned:
        out(f"next: firsthand analyse {case}")
