"""``firsthand new``."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import case_argument, emit, json_option, out


@click.command(
    epilog="Example:  firsthand new tikrit --title 'Killings near Tikrit' --actor 'A. Name'"
)
@case_argument
@click.option("--title", default="", help="What the case is about.")
@click.option("--actor", metavar="NAME", help="Who makes it.")
@json_option
def new(case: Path, title: str, actor: str | None, as_json: bool) -> None:
    """Make a case: a folder with a signed ledger. The private key stays with you, outside it."""
    from firsthand.case import Case

    made = Case.create(case, title=title, by=actor)
    if as_json:
        emit({"case": str(case), "origin": made.origin, "vkey": made.vkey})
    else:
        out(f"made {case} ({made.origin})")
        out(f"next: firsthand add {case} PATH...")
