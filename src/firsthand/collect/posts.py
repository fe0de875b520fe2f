"""Streams of posts as JSON lines or CSV: each post a sighting row, its media exhibits or gaps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from firsthand.collect.items import Context, Item, failed, reason_of
from firsthand.collect.lines import Line, each_line
from firsthand.collect.posting import MediaRef, Post, Poster, is_digest, keep_file, remark_of
from firsthand.collect.posting import written as read_written
from firsthand.collect.recognising import delimiter
from firsthand.collect.sniffing import CSV, JSON_LINES
from firsthand.collect.tables import each_row
from firsthand.model.canonical import Json, keepable
from firsthand.model.errors import BadInput
from firsthand.model.nouns import Link, Written
from firsthand.model.values import Interval
from firsthand.words.dates import written_time

_LINKS = (("repost_of", "repost"), ("reply_to", "reply"), ("quote_of", "quote"))

READ = frozenset(
    "id platform user t t_bounds text text_sha256 url lang title removed_at removed_bounds links "
    "repost_of reply_to quote_of media shows known_through remark".split()
)
"""Fields of a post that are read; any others stay in the file."""

MOST_UNREAD = 50
"""Fields of one post that are told of."""

UNREAD = "field {name} is not read (see docs/howto/collect.md)"

Record = tuple[str, dict[str, Any]]
"""Name of the item, and the fields of the post."""


def items(context: Context, path: Path) -> Iterator[Item]:
    """Yield items for the file itself and for each post in it."""
    table = path.suffix.lower() in (".csv", ".tsv")
    name, kept = yield from keep_file(context, path, CSV if table else JSON_LINES)
    poster = Poster(context, path.parent)
    lines = each_line(kept, context.limits.line)
    if table:
        records = each_row(kept, name, context.limits.line, delimiter(path))
    else:
        records = (_record(name, line) for line in lines)
    for record in records:
        yield record if isinstance(record, Item) else _item(context, poster, record)
    yield from poster.absent_originals()


def _record(name: str, line: Line) -> Item | Record:
    where = f"{name}:{line.number}"
    if line.problem is not None:
        return failed(where, line.problem)
    try:
        # Numbers with a fraction stay as they are written; only times have them.
        value = json.loads(line.text, parse_float=str)
    except (ValueError, RecursionError) as error:
        return failed(where, f"not JSON: {reason_of(error)}")
    if not isinstance(value, dict):
        return failed(where, "not a JSON object")
    return where, value


def _item(context: Context, poster: Poster, record: Record) -> Item:
    where, row = record
    for name in sorted(row.keys() - READ, key=str)[:MOST_UNREAD]:
        context.note(UNREAD.format(name=keepable(str(name))[0][:64]))
    try:
        post = _post(row)
    except BadInput as error:
        return failed(where, error)
    if post.published is None:
        context.note("field t is missing or empty: nothing bounds them")
    elif post.published.bounds == Interval():
        context.note("the time in field t cannot be read: nothing bounds them")
    return poster.item(where, post)


def _unreadable(why: str) -> BadInput:
    return BadInput("post cannot be read", why=why)


def _word(row: dict[str, Any], name: str) -> str | None:
    value = row.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise _unreadable(f"{name} is not a text")
    return keepable(value)[0]


def _digest(row: dict[str, Any], name: str) -> str | None:
    value = _word(row, name)
    if value is None:
        return None
    hexes = value.removeprefix("sha256:").lower()
    if not is_digest(hexes):
        raise _unreadable(f"{name} is not a SHA-256 digest")
    return f"sha256:{hexes}"


def _time(row: dict[str, Any], name: str, bounds: str) -> Written | None:
    """Return a time with its writing, and with other bounds than it has when those are given."""
    value = row.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _unreadable(f"{name} is not a time")
    text = keepable(str(value))[0]
    if row.get(bounds) in (None, ""):
        return read_written(text)
    return Written(text=text, bounds=_interval(row[bounds], bounds))


def _interval(value: Json, name: str) -> Interval:
    """Read ``{"earliest","latest"}``: RFC 3339 to the millisecond, latest the first one outside."""
    if not isinstance(value, dict):
        raise _unreadable(f"{name} is not an object")
    sides: list[int | None] = []
    for side in ("earliest", "latest"):
        text = value.get(side)
        found = written_time(text) if isinstance(text, str) else None
        if text is not None and (found is None or found.bounds.start_ms is None):
            raise _unreadable(f"{name}.{side} is not a time")
        sides.append(found.bounds.start_ms if found else None)
    return Interval(*sides)


def _post(row: dict[str, Any]) -> Post:
    ref = _word(row, "id")
    if ref is None:
        raise _unreadable("it has no id")
    published = _time(row, "t", "t_bounds")
    remark = _word(row, "remark")
    stated = bool(remark or row.get("t_bounds"))
    return Post(
        platform=_word(row, "platform") or "unknown",
        ref=ref,
        account=_word(row, "user"),
        text=_word(row, "text"),
        text_sha256=_digest(row, "text_sha256"),
        url=_word(row, "url"),
        lang=_word(row, "lang"),
        title=_word(row, "title"),
        published=published,
        removed=_time(row, "removed_at", "removed_bounds"),
        links=_links(row),
        media=tuple(_media(row.get("media"))),
        shows=_shows(row.get("shows")),
        known_through=_digest(row, "known_through"),
        # A row that states its bounds or its remark is taken at its word.
        remark=remark if stated else remark_of(published),
    )


def _links(row: dict[str, Any]) -> tuple[Link, ...]:
    """Return the relations of a row: its list first, then the fields that have names."""
    listed = row.get("links")
    if listed in (None, ""):
        listed = []
    if not isinstance(listed, list):
        raise _unreadable("links is not a list")
    found: list[Link] = []
    for each in listed:
        if not isinstance(each, dict):
            raise _unreadable("a link is not an object")
        rel, target = _word(each, "rel"), _word(each, "target")
        if not rel or not target:
            raise _unreadable("a link needs rel and target")
        found.append(Link(rel=rel, target=target))
    for name, rel in _LINKS:
        if target := _word(row, name):
            found.append(Link(rel=rel, target=target))
    return tuple(dict.fromkeys(found))


def _shows(value: Json) -> tuple[str, ...]:
    if value in (None, ""):
        return ()
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _unreadable("shows is not a list of texts")
    return tuple(keepable(each)[0] for each in value)


def _media(media: Json) -> Iterator[MediaRef]:
    """Yield what a post says about its media: per item ``path`` and/or ``sha256``.

    A text stands for several, separated by ``;``: paths below the file's folder, or digests.
    """
    if media is None or media == "":
        return
    if isinstance(media, str):
        media = [part.strip() for part in media.split(";") if part.strip()]
    if not isinstance(media, list):
        raise _unreadable("media is not a list")
    for each in media:
        if isinstance(each, str):
            hexes = each.removeprefix("sha256:").lower()
            each = {"sha256" if is_digest(hexes) else "path": each}
        if not isinstance(each, dict):
            raise _unreadable("media is neither text nor object")
        path = each.get("path") or each.get("file")
        digest = each.get("sha256")
        hexes = digest.removeprefix("sha256:").lower() if isinstance(digest, str) else ""
        good = is_digest(hexes)
        yield MediaRef(
            path=path if isinstance(path, str) else None,
            sha256=f"sha256:{hexes}" if good else None,
            # A digest that is none does not cost us the post: the medium is missing all the same.
            named=digest if isinstance(digest, str) and not good else None,
        )
