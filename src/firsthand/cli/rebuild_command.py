"""``firsthand rebuild``."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import case_argument, emit, example, json_option, out


@click.command(epilog=example("firsthand rebuild tikrit"))
@case_argument
@json_option
def rebuild(case: Path, as_json: bool) -> None:
    """Delete the catalog (index.db) and make it again from the ledger, checking as it goes.

    The catalog holds nothing of its own: do this when it is damaged or was made by another version.
    """
    from firsthand.case import Case

    opened = Case.open(case)
    entries = opened.rebuild()
    counts = opened.catalog.counts()
    if as_json:
        emit({"entries": entries, "counts": counts})
    else:
        out(f"catalog made again from {entries} entries")
