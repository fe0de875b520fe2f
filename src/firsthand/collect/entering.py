"""What a person enters directly, one thing at a time, read by the same rules as a claims file."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from firsthand.case import Case
from firsthand.collect.claim_sources import Sources
from firsthand.collect.claims import READERS, Row
from firsthand.collect.items import Kept
from firsthand.model.canonical import Json, digest_of
from firsthand.model.codec import from_json
from firsthand.model.errors import BadInput
from firsthand.model.nouns import Mark, content_id
from firsthand.model.values import Digest, digest, digest_bytes


def enter(case: Case, value: dict[str, Any], *, by: str | None = None) -> Json:
    """Record one claim, actor, event, sighting, note or mark; ``type`` says which.

    Documents are named by path (from the working folder), digest, address or post id.

    Returns
    -------
    dict
        ``{"id","type","new","entry"}``; ``new`` is False when the case has exactly this already.

    Raises
    ------
    BadInput
        When a field is missing or wrong, or the quote is not in the document.
    """
    kind = str(value.get("type"))
    kept: tuple[Kept, ...] = ()
    objects: list[Digest] = []
    if kind == "mark":
        noun: Any = _mark(case, value)
        objects = [noun.exhibit]
    elif kind in READERS:
        value = _with_digests(value if value.get("id") else _labelled(kind, value))
        row = Row("entered", value)
        _, noun, kept = READERS[kind](row, Sources(case, Path.cwd()))
        objects = [noun.exhibit] if kind == "claim" else []
    else:
        raise BadInput(f"{kind!r} cannot be entered", hint=f"one of: {', '.join(READERS)}, mark")
    with case.batch(by=by) as batch:
        for each in kept:
            batch.exhibit(each.staged, each.media_type, derivation=each.derivation)
        new = batch.noun(kind, noun, objects)
    if kind == "sighting":
        known = case.catalog.sighting(noun.id)
        entry = known[0] if known else None
    else:
        found = case.catalog.noun(kind, noun.id)
        entry = found.entry if found else None
    return {"id": noun.id, "type": kind, "new": new, "entry": entry}


def _with_digests(value: dict[str, Any]) -> dict[str, Any]:
    """Name documents that are given as paths by their digests: a person may stand anywhere."""
    found = dict(value)
    for field in ("doc", "known_through"):
        path = Path(str(value[field])) if isinstance(value.get(field), str) else None
        with contextlib.suppress(OSError):
            if path is not None and path.is_file():
                found[field] = digest_bytes(path.read_bytes())
    return found


def _labelled(kind: str, value: dict[str, Any]) -> dict[str, Any]:
    """Give a claim or sighting that a person did not name a label that says nothing."""
    if kind not in ("claim", "sighting"):
        return value
    return {**value, "id": f"{kind}-{digest_of(value).removeprefix('sha256:')[:8]}"}


def _mark(case: Case, value: dict[str, Any]) -> Mark:
    exhibit = digest(str(value.get("exhibit")))
    if not case.catalog.has("exhibit", exhibit):
        raise BadInput(f"{exhibit} is not an exhibit of the case")
    body = {key: item for key, item in value.items() if key not in ("type", "id")}
    bare = from_json(Mark, {**body, "id": ""})
    return from_json(Mark, {**body, "id": content_id("mark", bare)})
