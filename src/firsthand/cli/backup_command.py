"""``firsthand backup``."""

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
    safe,
)
from firsthand.model.errors import BadInput


@click.command(
    epilog=example("firsthand backup tikrit /media/disk/tikrit --name 'disk in the safe'")
)
@case_argument
@click.argument("target", metavar="DEST", type=click.Path(path_type=Path))
@click.option(
    "--name",
    default="second copy",
    show_default=True,
    help="What the place is called on record; the path never is.",
)
@by_option
@json_option
def backup(case: Path, target: Path, name: str, by: str | None, as_json: bool) -> None:
    """Copy the case to a second folder, or bring an older copy there up to date.

    What is there with the right bytes is read and not copied again; what is written is read again.
    Interrupted, run it again. Nothing is deleted, and a folder that is no older copy of this case
    is refused. That there is a copy goes on record, where the key of the case is at hand.
    """
    from firsthand.case import Case
    from firsthand.case.backup import back_up, record_backup

    with progress("objects") as tick:
        done = back_up(Case.open(case), target, tick=tick)
    recorded = True
    try:
        record_backup(Case.open(case, write=True), name, done, by=by)
    except BadInput as error:
        recorded = False
        click.echo(f"note: the copy is made, but not on record: {safe(error)}", err=True)
    if as_json:
        emit({**done, "recorded": recorded})
        return
    out(
        f"backup: {counted(done['size'], 'entry')}, {counted(done['objects'], 'object')}: "
        f"{done['copied']} copied, {done['already']} there already, {done['repaired']} repaired"
    )
    out(f"check: firsthand verify {target}")
