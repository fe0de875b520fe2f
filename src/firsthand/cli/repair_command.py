"""``firsthand repair``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

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
from firsthand.model.errors import ExitCode, FirsthandError

if TYPE_CHECKING:
    from firsthand.case.custody.repair import Repaired

MOST = 20
"""Files that are listed; --json has all."""


@click.command(epilog=example("firsthand repair tikrit --from /media/disk/tikrit --by ana"))
@case_argument
@click.option(
    "--from",
    "source",
    metavar="COPY",
    type=click.Path(path_type=Path),
    required=True,
    help="A backup, a full export (zip or folder), or another copy of this case.",
)
@click.option(
    "--name",
    default="second copy",
    show_default=True,
    help="What the copy is called on record; the path never is.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@click.option(
    "--keep-damaged",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Where damaged files are kept (default: a folder beside the case).",
)
@by_option
@json_option
def repair(
    case: Path,
    source: Path,
    name: str,
    dry_run: bool,
    keep_damaged: Path | None,
    by: str | None,
    as_json: bool,
) -> int:
    """Replace what is damaged or missing from a second copy.

    Bytes are taken only where they are what the ledger of THIS case says. What is replaced is kept
    aside. The copy may be damaged itself, in other places. Exit 4: something could not be repaired.
    """
    from firsthand.case.custody.repair import repair as mend

    with progress("objects") as tick:
        done = mend(case, source, keep=keep_damaged, dry=dry_run, tick=tick)
    why = None if dry_run or not (done.repaired or done.left) else _record(case, name, done, by)
    if as_json:
        emit(
            {
                "dry_run": dry_run,
                "repaired": done.repaired,
                "left": done.left,
                "notes": done.notes,
                "kept_at": str(done.kept_at) if done.kept_at else None,
                "recorded": bool(done.repaired or done.left) and not dry_run and why is None,
                "not_on_record": why,
            }
        )
    else:
        _print(case, done, dry_run, why)
    return ExitCode.VERIFICATION_FAILED if done.left else ExitCode.OK


def _record(case: Path, name: str, done: Repaired, by: str | None) -> str | None:
    from firsthand.case import Case
    from firsthand.case.custody.repair import record_repair

    try:
        opened = Case.open(case, write=True)
        try:
            record_repair(opened, name, done, by=by)
        finally:
            opened.close()
    except FirsthandError as error:
        return str(error)
    return None


def _print(case: Path, done: Repaired, dry_run: bool, why: str | None) -> None:
    would = "would be repaired" if dry_run else "repaired"
    for title, paths in ((would, done.repaired), ("left as it is", done.left)):
        for path in paths[:MOST]:
            out(f"  {title}: {path}")
        if len(paths) > MOST:
            out(f"  and {len(paths) - MOST} more: see --json")
    for note in done.notes:
        out(f"note: {note}")
    out(f"{counted(len(done.repaired), 'file')} {would}, {len(done.left)} left")
    if done.kept_at:
        out(f"damaged files are kept in {done.kept_at}")
    if why is not None:
        out(f"not on record: {why}")
    out(f"check: firsthand verify {case}" if not done.left else "next: name another copy")
