"""All sightings of a case as posts that any case can take in again: posts.jsonl and media/."""

from __future__ import annotations

import hashlib
import json
import mimetypes
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from firsthand.case import Case
from firsthand.case.files import READ_SIZE, storage_error
from firsthand.model.canonical import Json
from firsthand.model.codec import from_json
from firsthand.model.errors import BadInput, NotFound, VerificationFailed
from firsthand.model.nouns import Sighting, Written
from firsthand.model.values import Digest

LONGEST_ROW = (1 << 20) - (1 << 10)
"""Bytes of a row with its text; readers take lines of 1 MiB (``collect.items.Limits``)."""

Tick = Callable[[int, int | None, str], None]

_TYPES = mimetypes.MimeTypes(filenames=())
"""File endings as Python knows them, whatever the system says."""


def export_posts(case: Case, folder: Path, *, tick: Tick = lambda d, t, c: None) -> Json:
    """Write ``posts.jsonl`` with a row per sighting, and ``media/`` with what they carry.

    Adding ``posts.jsonl`` to a new case gives equal sightings: same ids, same fields. A text that
    makes a row too long is named by its digest.

    Returns
    -------
    dict
        ``{"folder","posts","media","not_held","texts_by_digest"}``: media that the case does not
        hold stay named by their digest, as do texts that it does not hold or that are too long.

    Raises
    ------
    BadInput
        When the folder exists and is not empty.
    VerificationFailed
        When the bytes of a medium are not those that were preserved.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} exists and is not empty", hint="choose another folder")
    counts = {"posts": 0, "media": 0, "not_held": 0, "texts_by_digest": 0}
    types = {n.id: str(n.data["media_type"]) for n in case.catalog.nouns("exhibit")}
    sightings = case.catalog.sightings()
    done: dict[Digest, str | None] = {}
    try:
        (folder / "media").mkdir(parents=True, exist_ok=True)
        part = folder / ".posts.jsonl.part"
        with part.open("wb") as stream:
            for number, (_, noun, content) in enumerate(sightings):
                sighting = from_json(Sighting, noun)
                tick(number, len(sightings), sighting.ref)
                for digest in sighting.exhibits:
                    if digest not in done:
                        done[digest] = _copy(case, digest, types.get(digest), folder)
                        counts["media" if done[digest] else "not_held"] += 1
                line = _line(case, sighting, content, done, types)
                counts["texts_by_digest"] += b'"text_sha256":' in line
                counts["posts"] += 1
                stream.write(line)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, folder / "posts.jsonl")
    except OSError as error:
        raise storage_error(error, "write the posts") from error
    return {"folder": str(folder), **counts}


def _line(
    case: Case,
    sighting: Sighting,
    content: str | None,
    media: dict[Digest, str | None],
    types: dict[str, str],
) -> bytes:
    row = dict(_row(sighting))
    carried = [_medium(digest, media[digest], types) for digest in sighting.exhibits]
    row |= {"media": carried} if carried else {}
    text = content if content is not None else _text(case, sighting.text)
    if text:
        line = _encoded({**row, "text": text})
        if len(line) <= LONGEST_ROW:
            return line
    return _encoded({**row, **({"text_sha256": sighting.text} if sighting.text else {})})


def _encoded(row: Json) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _row(sighting: Sighting) -> Iterator[tuple[str, Json]]:
    """Yield the fields of a row that say something, in the order in which people read them."""
    links = [{"rel": link.rel, "target": link.target} for link in sighting.links]
    fields: dict[str, Json] = {
        "id": sighting.ref,
        "platform": sighting.platform,
        "user": sighting.account,
        **_time(sighting.published, "t", "t_bounds"),
        "url": sighting.url,
        "title": sighting.title,
        "lang": sighting.lang,
        "links": links or None,
        "shows": list(sighting.shows) or None,
        "known_through": sighting.known_through,
        **_time(sighting.removed, "removed_at", "removed_bounds"),
        "remark": sighting.remark,
    }
    yield from ((name, value) for name, value in fields.items() if value is not None)


def _time(written: Written | None, name: str, bounds: str) -> dict[str, Json]:
    # The bounds go along: an importer may have known more than the writing says.
    if written is None:
        return {}
    return {name: written.text, bounds: written.bounds.to_json()}


def _medium(digest: Digest, path: str | None, types: dict[str, str]) -> Json:
    found = {"sha256": digest, "path": path, "media_type": types.get(digest)}
    return {name: value for name, value in found.items() if value is not None}


def _text(case: Case, digest: Digest | None) -> str | None:
    """Return a text that is kept as an exhibit."""
    if digest is None:
        return None
    try:
        return case.text(digest)
    except (BadInput, NotFound):
        return None


def _copy(case: Case, digest: Digest, media_type: str | None, folder: Path) -> str | None:
    """Copy the bytes of a medium; return its path below the folder, None when it is not held."""
    source = case.blobs.path(digest)
    if media_type is None or not source.is_file():
        return None
    hexes = digest.removeprefix("sha256:")
    name = f"media/{hexes}{_TYPES.guess_extension(media_type.partition(';')[0]) or '.bin'}"
    hasher = hashlib.sha256()
    with source.open("rb") as reader, (folder / name).open("wb") as writer:
        while chunk := reader.read(READ_SIZE):
            hasher.update(chunk)
            writer.write(chunk)
    if hasher.hexdigest() != hexes:
        raise VerificationFailed(
            f"exhibit {digest} is damaged", hint="run `firsthand verify`; restore it from a copy"
        )
    return name
