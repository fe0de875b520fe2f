"""``firsthand rebuild``."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import case_argument, emit, json_option, out


@click.command(epilog="Example:  firsthand rebuild tikrit")
@case_argument
@json_option
def rebuild(case: Path, as_json: bool) -> None:
    """Delete the catalog (index.db) and make it again from the ledger, checking as it goes."""
    from firsthand.case import Case

    opened = Case.open(case)
    entries = opened.rebuild()
    counts = opened.catalog.counts()
    if as_json:
        emit({"entries": entries, "counts": counts})
    else:
        out(f"catalog made again from {entries} entries")
