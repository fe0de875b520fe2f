"""What a person enters: ``claim``, ``actor``, ``event``, ``note``, ``mark``, ``sighting``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from firsthand.cli.shared import by_option, case_argument, emit, fields_argument, json_option, out
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput, UsageError


def _parse(text: str) -> Json:
    source = sys.stdin.read() if text == "-" else text
    try:
        data = json.loads(source)
    except json.JSONDecodeError as error:
        raise UsageError(
            "that is not JSON", why=str(error), hint="quote it; - reads stdin"
        ) from error
    if not isinstance(data, dict):
        raise UsageError("one JSON object is needed")
    return data


def _enter(case: Path, kind: str, data: Json, by: str | None, as_json: bool) -> None:
    from firsthand.case import Case
    from firsthand.collect import enter

    entered = enter(Case.open(case, write=True), {**data, "type": kind}, by=by)
    if as_json:
        emit(entered)
    elif entered["new"]:
        out(f"entered {entered['id']}")
    else:
        out(f"known already: {entered['id']}")


@click.command(
    epilog='Example:  firsthand claim tikrit \'{"doc": "notes/s12.txt", "question": "count", '
    '"event": "killings", "value": {"kind": "killed", "min": 160, "max": 190}, '
    '"source_chain": ["hrw"], "quote": "160 to 190 men", "basis": "analysis"}\''
)
@case_argument
@fields_argument
@by_option
@json_option
def claim(case: Path, fields: str, by: str | None, as_json: bool) -> None:
    """Enter a claim: who says what about which question of which event, with the very words.

    The quote must stand in the document. Missing: polarity asserts, hedge asserted, attribution
    indirect.
    """
    defaults = {"polarity": "asserts", "hedge": "asserted", "attribution": "indirect"}
    _enter(case, "claim", {**defaults, **_parse(fields)}, by, as_json)


@click.command(
    epilog='Example:  firsthand actor tikrit \'{"id": "hrw", "name": "Human Rights Watch", '
    '"actor_type": "office"}\''
)
@case_argument
@fields_argument
@by_option
@json_option
def actor(case: Path, fields: str, by: str | None, as_json: bool) -> None:
    """Say who someone is: name, kind, aliases, whether a party to the conflict, part of what."""
    _enter(case, "actor", _parse(fields), by, as_json)


@click.command(
    epilog='Example:  firsthand event tikrit \'{"id": "killings", "label": "Killings near '
    'Tikrit", "after": ["tikrit-taken"]}\''
)
@case_argument
@fields_argument
@by_option
@json_option
def event(case: Path, fields: str, by: str | None, as_json: bool) -> None:
    """Say what the questions are about; `after` and `before` name dated events that bound it."""
    _enter(case, "event", _parse(fields), by, as_json)


@click.command(
    epilog='Example:  firsthand sighting tikrit \'{"id": "post-1", "platform": "twitter", '
    '"account": "x", "published": "2014-06-14", "shows": ["killings"]}\''
)
@case_argument
@fields_argument
@by_option
@json_option
def sighting(case: Path, fields: str, by: str | None, as_json: bool) -> None:
    """Write down where something was seen, by which account, when (as written)."""
    _enter(case, "sighting", _parse(fields), by, as_json)


@click.command(epilog="Example:  firsthand note tikrit sha256:ab12 'first mention of the base'")
@case_argument
@click.argument("subject")
@click.argument("text")
@by_option
@json_option
def note(case: Path, subject: str, text: str, by: str | None, as_json: bool) -> None:
    """Say why an item matters."""
    from firsthand.case import Case
    from firsthand.report.identify import identify

    found = identify(Case.open(case), subject)
    _enter(case, "note", {"subject": found.id, "text": text}, by, as_json)


@click.command(
    epilog="Example:  firsthand mark tikrit sha256:ab12 box --value '{\"px\": [10, 20, 110, 80]}' "
    "--text 'sign over the gate'"
)
@case_argument
@click.argument("exhibit")
@click.argument("kind")
@click.option(
    "--value",
    metavar="JSON",
    required=True,
    help="Points, outline, bearing or measure; whole numbers with the unit in the name.",
)
@click.option("--text", help="A description.")
@by_option
@json_option
def mark(
    case: Path, exhibit: str, kind: str, value: str, text: str | None, by: str | None, as_json: bool
) -> None:
    """Enter a mark on an exhibit: what is where in it."""
    from firsthand.case import Case
    from firsthand.report.identify import identify

    found = identify(Case.open(case), exhibit)
    if found.kind != "exhibit":
        raise BadInput(f"{found.kind} {found.id} is not an exhibit")
    data: Json = {"exhibit": found.id, "kind": kind, "value": _parse(value)}
    _enter(case, "mark", {**data, **({"text": text} if text else {})}, by, as_json)
