"""``firsthand new``."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import case_argument, emit, example, json_option, out


@click.command(
    epilog=example("firsthand new tikrit --title 'Killings near Tikrit' --actor 'A. Name'")
)
@case_argument
@click.option("--title", default="", help="What the case is about; it cannot be changed later.")
@click.option(
    "--actor", metavar="NAME", help="Who makes it (default: FIRSTHAND_ACTOR, else your login name)."
)
@click.option(
    "--passphrase", is_flag=True, help="Keep the private key under a passphrase from the start."
)
@json_option
def new(case: Path, title: str, actor: str | None, passphrase: bool, as_json: bool) -> None:
    """Make a case: a folder with a signed ledger. The private key stays with you, outside it.

    The key is in ~/.config/firsthand/keys (or FIRSTHAND_HOME). Keep a copy of it: without the key
    a case can be read and verified, but nothing can be added.

    A passphrase is asked for on the terminal, or read from the file that FIRSTHAND_PASSPHRASE_FILE
    names; `firsthand key protect` adds one later.
    """
    from firsthand.case import Case
    from firsthand.case.custody.passphrase import choose

    chosen = choose("the key of the case") if passphrase else None
    made = Case.create(case, title=title, by=actor, passphrase=chosen)
    if as_json:
        emit({"case": str(case), "origin": made.origin, "vkey": made.vkey})
    else:
        out(f"made {case} ({made.origin})")
        out(f"next: firsthand add {case} PATH...")
