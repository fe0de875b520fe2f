"""``firsthand report``."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import as_of_option, case_argument, emit, example, json_option, out


@click.command(epilog=example("firsthand report tikrit -o tikrit-report --as-of 2014-06-17"))
@case_argument
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar="DIR",
    help="Folder for report.json and report.html.",
)
@click.option(
    "--annex", is_flag=True, help="Also copy media into DIR/annex (shown on a click only)."
)
@as_of_option
@json_option
def report(case: Path, output: Path, annex: bool, as_of: str | None, as_json: bool) -> None:
    """Write report.json (the record) and report.html (the same for people; offline, printable)."""
    from firsthand.case import Case
    from firsthand.report.build import build
    from firsthand.report.folder import copy_annex, write_report
    from firsthand.report.registry import registry
    from firsthand.report.schema import validate

    opened = Case.open(case, fresh=True)
    made = build(opened, registry(), as_of=as_of)
    validate(made)
    write_report(output, made)
    copied = copy_annex(opened, output, made) if annex else 0
    if as_json:
        emit({"report": str(output / "report.json"), "page": str(output / "report.html"),
              "as_of": as_of, "annex": copied})  # fmt: skip
    else:
        out(f"wrote {output / 'report.html'} and report.json")
