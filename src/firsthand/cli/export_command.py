"""``firsthand export``."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import by_option, case_argument, emit, example, json_option, out, progress
from firsthand.model.errors import UsageError


@click.command(epilog=example("firsthand export tikrit -o tikrit.zip"))
@case_argument
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE.zip",
    help="The bundle to write.",
)
@click.option(
    "--profile",
    type=click.Choice(["public", "court", "full"]),
    default="full",
    help="What goes in; only `full` (everything) exists yet.",
)
@by_option
@json_option
def export(case: Path, output: Path, profile: str, by: str | None, as_json: bool) -> None:
    """Write a signed zip with the whole case, the report, and verify.py for a stranger.

    The zip holds EVERYTHING in the case, names and media too: give it only to those who may have
    it.
    """
    if profile != "full":
        raise UsageError(
            f"the profile {profile} does not exist yet",
            why="a partial bundle must not leak what it leaves out, and that is not built",
            hint="export with --profile full to people who may see everything",
        )
    from firsthand.case import Case
    from firsthand.report.build import build
    from firsthand.report.export import export as write
    from firsthand.report.export import record_export
    from firsthand.report.registry import registry

    opened = Case.open(case, write=True, fresh=True)
    made = build(opened, registry())
    with progress("files") as tick:
        summary = write(opened, output, made, tick=tick)
    record_export(opened, summary, profile, by=by)
    if as_json:
        emit(summary)
    else:
        out(f"wrote {output} ({summary['files']} files)")
        out("next: give somebody else the checkpoint in it, so that later versions can be compared")
        out(f"check: firsthand verify {output}   or, unpacked:  python3 verify.py .")
