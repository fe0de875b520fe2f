"""What a person enters: ``claim``, ``actor``, ``event``, ``note``, ``mark``, ``sighting``."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import (
    by_option,
    case_argument,
    emit,
    example,
    fields_argument,
    json_option,
    object_of,
    out,
    safe,
)
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput


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
    _note_unknown_event(case, data)


def _note_unknown_event(case: Path, data: Json) -> None:
    """Say so when what was entered is about an event that the case does not know (yet)."""
    from firsthand.case import Case

    named = [data.get("event"), *(data.get("shows") or ())]
    catalog = Case.open(case).catalog
    for event in named:
        if isinstance(event, str) and not catalog.has("event", event):
            click.echo(
                f"note: the case has no event {safe(event)} yet; enter it with `firsthand event`",
                err=True,
            )


@click.command(
    epilog=example(
        'firsthand claim tikrit \'{"doc": "notes/s12.txt", "question": "count", '
        '"event": "killings", "value": {"kind": "killed", "min": 160, "max": 190}, '
        '"source_chain": ["hrw"], "quote": "160 to 190 men", "basis": "analysis"}\''
    )
)
@case_argument
@fields_argument
@by_option
@json_option
def claim(case: Path, fields: str, by: str | None, as_json: bool) -> None:
    """Enter a claim: who says what about which question of which event, with the very words.

    Fields: doc (path, digest, address or post id of a text in the case), question, event, value,
    source_chain (who tells it first, whose word it is last) and quote, which must stand in the
    document; also id (a label), basis, cue, span, links, sighting, importance, lang. When not
    given, polarity is asserts, hedge asserted, attribution indirect. Values: docs/howto/claims.md.
    """
    defaults = {"polarity": "asserts", "hedge": "asserted", "attribution": "indirect"}
    _enter(case, "claim", {**defaults, **object_of(fields)}, by, as_json)


@click.command(
    epilog=example(
        'firsthand actor tikrit \'{"id": "hrw", "name": "Human Rights Watch", "kind": "office"}\''
    )
)
@case_argument
@fields_argument
@by_option
@json_option
def actor(case: Path, fields: str, by: str | None, as_json: bool) -> None:
    """Say who someone is: name, kind, aliases, whether a party to the conflict, part of what.

    Fields: id, name and kind (outlet, account, agency, office, person, group or device); also
    aliases, party (true or false), interest, part_of (id of a larger body). Entering the same id
    again replaces the fields; both entries stay in the ledger.
    """
    _enter(case, "actor", object_of(fields), by, as_json)


@click.command(
    epilog=example(
        'firsthand event tikrit \'{"id": "killings", "label": "Killings near '
        'Tikrit", "after": ["tikrit-taken"]}\''
    )
)
@case_argument
@fields_argument
@by_option
@json_option
def event(case: Path, fields: str, by: str | None, as_json: bool) -> None:
    """Say what the questions are about; `after` and `before` name dated events that bound it.

    Fields: id and label; also when (EDTF), places (names), part_of (id of a wider event), after,
    before (ids of events), source. Entering the same id again replaces the fields.
    """
    _enter(case, "event", object_of(fields), by, as_json)


@click.command(
    epilog=example(
        'firsthand sighting tikrit \'{"id": "post-1", "platform": "twitter", '
        '"account": "x", "published": "2014-06-14", "shows": ["killings"]}\''
    )
)
@case_argument
@fields_argument
@by_option
@json_option
def sighting(case: Path, fields: str, by: str | None, as_json: bool) -> None:
    """Write down where something was seen, by which account, when (as written).

    Fields: id (post id, address or a name of your own) and platform; also account, published
    (EDTF or with zone), url, title, lang, exhibits (paths or digests that the case holds), shows
    (events that the media shows), known_through (the exhibit that tells of it, when nobody here
    saw it), remark.
    """
    _enter(case, "sighting", object_of(fields), by, as_json)


@click.command(
    epilog=example("firsthand note tikrit sha256:ab12 'first mention of the base' --kind relevance")
)
@case_argument
@click.argument("subject")
@click.argument("text")
@click.option(
    "--kind", type=click.Choice(["relevance"]), help="relevance: why the item belongs in the case."
)
@by_option
@json_option
def note(
    case: Path, subject: str, text: str, kind: str | None, by: str | None, as_json: bool
) -> None:
    """Say why an item matters. SUBJECT is an id (it may be shortened) or the label of a claim."""
    from firsthand.case import Case
    from firsthand.report.identify import identify

    found = identify(Case.open(case), subject)
    data: Json = {"subject": found.id, "text": text}
    _enter(case, "note", {**data, **({"kind": kind} if kind else {})}, by, as_json)


@click.command(
    epilog=example(
        "firsthand mark tikrit sha256:ab12 box --value '{\"px\": [10, 20, 110, 80]}' "
        "--text 'sign over the gate'"
    )
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
    """Enter a mark on an exhibit: what is where in it. KIND is a word of your own, such as box."""
    from firsthand.case import Case
    from firsthand.report.identify import identify

    found = identify(Case.open(case), exhibit)
    if found.kind != "exhibit":
        raise BadInput(
            f"{found.kind} {found.id} is not an exhibit", hint="marks are drawn on exhibits"
        )
    data: Json = {"exhibit": found.id, "kind": kind, "value": object_of(value)}
    _enter(case, "mark", {**data, **({"text": text} if text else {})}, by, as_json)
