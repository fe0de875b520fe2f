"""``firsthand key export``, ``key import`` and ``key paper``: copies of private keys."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import case_argument, counted, emit, example, json_option, out
from firsthand.cli.small_file import read_bytes, read_text, write_new
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput


@click.command("export", epilog=example("firsthand key export tikrit tikrit-keys.age"))
@case_argument
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path))
@json_option
def export(case: Path, target: Path, as_json: bool) -> None:
    """Write the private keys of the case into one file, always under a passphrase.

    With this file and a copy of the case folder, work goes on at another machine. Let one machine
    write at a time: two that go on with copies of one case make two histories. `age -d` opens the
    file, too.
    """
    from firsthand.case import Case
    from firsthand.case.custody.carrying import export_keys
    from firsthand.case.custody.passphrase import choose

    opened = Case.open(case)
    data, names = export_keys(opened, choose("the file of keys"))
    write_new(target, data, private=True)
    if as_json:
        emit({"file": str(target), "keys": names})
    else:
        out(f"wrote {target}: {counted(len(names), 'key')} ({', '.join(names)})")
        out("keep it apart from the case; on the other machine: firsthand key import FILE")


@click.command("import", epilog=example("firsthand key import tikrit-keys.age"))
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--paper", "typed", is_flag=True, help="FILE is the typed text of `key paper`; - is stdin."
)
@click.option("--passphrase", is_flag=True, help="With --paper: keep the keys under a passphrase.")
@json_option
def take(source: Path, typed: bool, passphrase: bool, as_json: bool) -> None:
    """Take private keys in: from the file of `key export`, or from paper.

    Keys of a file are kept under its passphrase. A key that is here already stays as it is kept.
    """
    from firsthand.case.custody.carrying import read_keys, take_in
    from firsthand.case.custody.paper import read_paper
    from firsthand.case.custody.passphrase import ask, choose

    if typed:
        signers = read_paper(read_text(source))
        word = choose("the keys") if passphrase else None
    else:
        data = read_bytes(source)
        if not data.startswith((b"-----BEGIN AGE", b"age-encryption.org/")):
            raise BadInput(
                f"{source} is no file of keys",
                why="not an age file",
                hint="give the file that `firsthand key export` wrote, or use --paper",
            )
        word = ask("the file of keys")
        signers = read_keys(data, word)
    rows: list[Json] = [
        {"key": each.key, "already": each.already} for each in take_in(signers, word)
    ]
    if as_json:
        emit(rows)
        return
    for row in rows:
        out(f"{'was here already' if row['already'] else 'taken in'}: {row['key']}")


@click.command(epilog=example("firsthand key paper tikrit"))
@case_argument
@json_option
def paper(case: Path, as_json: bool) -> None:
    """Print the current private keys of the case as text for paper: to print, and to type in again.

    Not encrypted: whoever reads it can sign. Print it on a printer that keeps nothing, lock it
    away, and close the terminal. `key import --paper -` reads it back and names a mistyped line.
    """
    from firsthand.case import Case
    from firsthand.case.custody import keeping
    from firsthand.case.custody.keys import own_keys
    from firsthand.case.custody.paper import write_paper

    own = [row for row in own_keys(Case.open(case)) if row.valid_to is None]
    if not own:
        raise BadInput("no private key of this case is on this machine")
    sheets = [(row, write_paper(keeping.load_key(row.key))) for row in own]
    if as_json:
        emit([{"role": str(row.role), "key": row.key, "paper": text} for row, text in sheets])
        return
    out("# Private keys of a firsthand case. Whoever reads this can sign in its name.")
    out("# To type in again: firsthand key import --paper -   (lines with # need not be typed)")
    for row, text in sheets:
        out()
        out(f"# {row.role} key")
        out(text.rstrip())
