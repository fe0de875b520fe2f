"""What a person enters one at a time: a claim, an actor, an event, a note, a mark, a sighting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from firsthand.case import Case
from firsthand.collect.claim_sources import Sources
from firsthand.collect.claims import READERS, Row, Taken
from firsthand.model.canonical import Json
from firsthand.model.codec import from_json
from firsthand.model.errors import UsageError
from firsthand.model.nouns import Mark, content_id


def enter(
    case: Case, row: dict[str, Any], *, by: str | None = None, below: Path | None = None
) -> Json:
    """Enter one row, of the shape that a claims file has; ``type`` says what it is.

    A ``mark`` is ``{"type":"mark","exhibit","kind","value","text"?}``. Documents are named by
    digest, by the reference of a sighting, or by a path below ``below`` (the current folder).

    Returns
    -------
    dict
        ``{"id","type","new"}``; ``new`` is False when exactly this was current already.

    Raises
    ------
    BadInput
        When the row cannot be used; nothing is written.
    """
    kind = Row("", row).kind
    sources = Sources(case, below or Path.cwd())
    reader = {**READERS, "mark": _mark}.get(kind)
    if reader is None:
        known = ", ".join((*READERS, "mark"))
        raise UsageError(f"type {kind!r} is not known", hint=f"one of: {known}")
    _, noun, kept = reader(Row(kind, row), sources)
    with case.batch(by=by) as batch:
        for each in kept:
            batch.exhibit(each.staged, each.media_type, derivation=each.derivation)
        objects = [digest for digest in (getattr(noun, "exhibit", None),) if digest]
        new = batch.noun(kind, noun, objects=objects)
    return {"id": noun.id, "type": kind, "new": new}


def _mark(row: Row, sources: Sources) -> Taken:
    body = {key: value for key, value in row.value.items() if key not in ("type", "id")}
    if isinstance(body.get("exhibit"), str):
        body["exhibit"] = sources.file_or_digest(body["exhibit"])
    bare = from_json(Mark, {**body, "id": ""})
    return "mark", from_json(Mark, {**body, "id": content_id("mark", bare)}), ()
