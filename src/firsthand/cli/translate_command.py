"""``firsthand translate``."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import by_option, case_argument, emit, example, json_option, out
from firsthand.model.errors import BadInput, UsageError


@click.command(
    epilog=example(
        "firsthand translate tikrit sha256:ab12 --to en --translator 'S. Haddad' "
        "--text 'The bodies lie near the palace.'"
    )
)
@case_argument
@click.argument("thing")
@click.option("--to", "lang_to", required=True, metavar="xx", help="Language of the translation.")
@click.option("--from", "lang_from", metavar="xx", help="Language of the original (BCP 47).")
@click.option(
    "--translator",
    required=True,
    metavar="NAME",
    help="Who translated; with --machine the program and its version.",
)
@click.option("--machine", is_flag=True, help="A program translated it, no person.")
@click.option("--text", help="The translation.")
@click.option(
    "--file", "path", type=click.Path(path_type=Path), help="A UTF-8 file with the translation."
)
@click.option("--quote", metavar="WORDS", help="Only these words of the original were translated.")
@by_option
@json_option
def translate(
    case: Path,
    thing: str,
    lang_to: str,
    lang_from: str | None,
    translator: str,
    machine: bool,
    text: str | None,
    path: Path | None,
    quote: str | None,
    by: str | None,
    as_json: bool,
) -> None:
    """Record a translation of a text exhibit or of a post, with its translator.

    THING is an id (it may be shortened) or the ref of a sighting. Nothing is translated by
    firsthand itself. Claims quote the original, never a translation.
    """
    from firsthand.case import Case
    from firsthand.collect.acts import translate as record
    from firsthand.report.identify import identify

    if (text is None) == (path is None):
        raise UsageError("give the translation once", hint="with --text or with --file")
    if path is not None:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise BadInput(f"{path} is not UTF-8 text", why=str(error)) from error
    opened = Case.open(case, write=True)
    found = identify(opened, thing)
    done = record(
        opened, found.kind, found.data, text=text or "", lang_to=lang_to, lang_from=lang_from,
        translator=translator, machine=machine, quote=quote, by=by,
    )  # fmt: skip
    if as_json:
        emit(done)
    else:
        out(f"{'entered' if done['new'] else 'known already:'} {done['id']}")
