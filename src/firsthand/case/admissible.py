"""Whether an entry of another case may stand in this ledger, where it could never be taken out.

A log that verifies says that nobody changed it, not that what it holds can be read: an entry that
this version cannot read would make every later view of the case fail.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from firsthand.case.interfaces import LedgerEntry
from firsthand.case.rows import read_rows
from firsthand.model.canonical import Json
from firsthand.model.claim_values import check_value
from firsthand.model.codec import from_json
from firsthand.model.errors import BadInput
from firsthand.model.nouns import (
    Actor,
    Assessment,
    Claim,
    Event,
    Exhibit,
    Gap,
    Mark,
    Merge,
    Note,
    SearchRecord,
    Sighting,
    Tag,
    Translation,
    content_id,
    sighting_id,
)
from firsthand.model.values import Digest
from firsthand.model.vocabulary import Question, Verdict

Blob = Callable[[Digest], bytes]

NOUNS: Mapping[str, type] = {
    "actor": Actor,
    "assessment": Assessment,
    "claim": Claim,
    "event": Event,
    "exhibit": Exhibit,
    "gap": Gap,
    "mark": Mark,
    "merge": Merge,
    "note": Note,
    "search": SearchRecord,
    "sighting": Sighting,
    "tag": Tag,
    "translation": Translation,
}
"""What the body of an entry of a kind must be; of other kinds it is any object."""

CHOSEN = frozenset(("actor", "event"))
"""Kinds whose ids people choose; those of others follow from their content."""


def check_admissible(entry: LedgerEntry, blob: Blob) -> None:
    """Check that everything which will be read out of an entry can be read.

    ``blob`` returns the bytes of an object that the entry names.

    Raises
    ------
    BadInput
        When the entry cannot be read, or an id is not that of its content.
    """
    fields = entry.fields or {}
    body = fields.get("body")
    if not isinstance(body, dict):
        raise BadInput("record cannot be read", why=f"the body of a {entry.kind} is no object")
    _check_origin(fields)
    named = _named(fields.get("objects"))
    if entry.kind == "sighting":
        _check_sighting(body)
    elif entry.kind in NOUNS:
        _check_noun(entry.kind, body)
    if entry.kind == "exhibit" and named.get(body["digest"]) != body["size"]:
        raise BadInput("record cannot be read", why="an exhibit does not name its object")
    if entry.kind == "import":
        _check_import(body, named, blob)


def _check_origin(fields: Json) -> None:
    """Check who acted, and when, here and in each case that the entry went through."""
    at: Json = fields
    while at is not None:
        if not isinstance(at, dict):
            raise BadInput("record cannot be read", why="where it came from is no object")
        if at is not fields and not all(isinstance(at.get(n), str) for n in ("origin", "root")):
            raise BadInput("record cannot be read", why="where it came from is not said")
        for name, kind in (("by", str), ("at_ms", int), ("entry", int)):
            if at.get(name) is not None and not isinstance(at[name], kind):
                raise BadInput("record cannot be read", why=f"{name} is not {kind.__name__}")
        at = at.get("from")


def _named(objects: Json) -> dict[str, int]:
    found: dict[str, int] = {}
    for item in objects if isinstance(objects, list) else ():
        digest, size = (item.get(n) if isinstance(item, dict) else None for n in ("sha256", "size"))
        if not isinstance(digest, str) or not isinstance(size, int):
            raise BadInput("record cannot be read", why="an object is not named by digest and size")
        found[f"sha256:{digest}"] = size
    return found


def _check_noun(kind: str, body: Json) -> None:
    noun: object = from_json(NOUNS[kind], body)
    own = body.get("id")
    if own is not None and kind not in CHOSEN and own != content_id(kind, noun):
        raise BadInput("record cannot be read", why=f"the id of a {kind} is not of its content")
    if isinstance(noun, Claim):
        check_value(Question(noun.question), noun.value)
    elif isinstance(noun, Assessment):
        _check_act(noun)


def _check_act(act: Assessment) -> None:
    verdict, value = Verdict(act.verdict) if act.verdict in list(Verdict) else None, act.value
    fits = {
        Verdict.SPLIT: isinstance(value, list) and len(value) > 1,
        Verdict.MERGE: isinstance(value, dict) and isinstance(value.get("into"), str),
        Verdict.CORRECT: value is not None,
        Verdict.ACCEPT: value is None,
        Verdict.REJECT: value is None,
    }
    if verdict is None or not fits[verdict]:
        raise BadInput("record cannot be read", why=f"the value does not fit {act.verdict!r}")


def _check_sighting(body: Json) -> None:
    noun = from_json(Sighting, body)
    when = noun.published.text if noun.published else None
    own = sighting_id(noun.platform, noun.ref, noun.account, when, noun.exhibits, noun.text)
    # One entered by a person has no text in its id (collect/claims.py).
    bare = sighting_id(noun.platform, noun.ref, noun.account, when, noun.exhibits, None)
    if noun.id not in (own, bare):
        raise BadInput("record cannot be read", why="the id of a sighting is not of its content")


def _check_import(body: Json, named: Mapping[str, int], blob: Blob) -> None:
    for name, table in (("rows", "outcomes"), ("sightings", "sightings")):
        digest = body.get(name)
        if not digest:
            continue
        if digest not in named:
            raise BadInput("record cannot be read", why=f"an import does not name its {name}")
        for row in read_rows(table, blob(Digest(digest))):
            if table == "sightings":
                _check_row(row)
            elif row["item"] is None or row["status"] is None:
                raise BadInput("record cannot be read", why="an outcome lacks its item or status")


def _check_row(row: Mapping[str, str | None]) -> None:
    try:
        noun = json.loads(row["noun"] or "")
    except (ValueError, RecursionError) as error:
        raise BadInput("record cannot be read", why="a row of sightings is not JSON") from error
    _check_sighting(noun)
    if row["id"] != noun["id"]:
        raise BadInput("record cannot be read", why="a row of sightings has another id")
