"""Streams of posts as JSON lines or CSV: each post a sighting row, its media exhibits or gaps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firsthand.case.lookup import each_sighting
from firsthand.collect.items import (
    Context,
    Item,
    Kept,
    failed,
    is_gone,
    make_gap,
    reason_of,
    safe_below,
    shown_name,
)
from firsthand.collect.lines import Line, each_line
from firsthand.collect.recognising import delimiter
from firsthand.collect.sniffing import CSV, JSON_LINES, media_type
from firsthand.collect.tables import each_row
from firsthand.model.canonical import Json, keepable
from firsthand.model.errors import BadInput, StorageFailed
from firsthand.model.nouns import Gap, Link, Sighting, Written, sighting_id
from firsthand.model.values import Digest, Interval, digest_bytes
from firsthand.words.dates import written_time

NOT_CONTAINED = "not contained in the export"
_LINKS = (("repost_of", "repost"), ("reply_to", "reply"), ("quote_of", "quote"))
_GAPS_AT_ONCE = 200
_HEX = frozenset("0123456789abcdef")

Record = tuple[str, dict[str, Any]]
"""Name of the item, and the fields of the post."""


@dataclass(slots=True)
class Stream:
    """One file of posts while it is read."""

    context: Context
    folder: Path
    media: dict[str, Digest | str] = field(default_factory=dict)
    """By path: the digest of what was kept, or why it was not."""
    missing: set[str] = field(default_factory=set)
    """Media that have a gap already."""
    reposted: dict[tuple[str, str], str] = field(default_factory=dict)
    """(platform, post id) of originals that reposts name, with the first sighting to do so."""


def items(context: Context, path: Path) -> Iterator[Item]:
    """Yield items for the file itself and for each post in it."""
    name = context.prefix + shown_name(path.name)[0]
    table = path.suffix.lower() in (".csv", ".tsv")
    staged = context.case.stage(path)
    digest = staged.digest
    yield Item(name=name, kept=(Kept(staged=staged, media_type=CSV if table else JSON_LINES),))
    context.flush()  # from here on the kept bytes are read, not a file that may change
    kept = context.case.blobs.path(digest)
    stream = Stream(context, path.parent)
    lines = each_line(kept, context.limits.line)
    if table:
        records = each_row(kept, name, context.limits.line, delimiter(path))
    else:
        records = (_record(name, line) for line in lines)
    for record in records:
        yield record if isinstance(record, Item) else _item(stream, record)
    context.flush()
    yield from _absent_originals(stream)


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


def _item(stream: Stream, record: Record) -> Item:
    where, post = record
    try:
        return _post(stream, where, post)
    except StorageFailed:
        raise
    except BadInput as error:
        return failed(where, error)


def _word(post: dict[str, Any], name: str) -> str | None:
    value = post.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise BadInput("post cannot be read", why=f"{name} is not a text")
    return keepable(value)[0]


def _time(post: dict[str, Any], name: str) -> Written | None:
    """Return a time with its writing; what cannot be read bounds nothing."""
    value = post.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadInput("post cannot be read", why=f"{name} is not a time")
    text = keepable(str(value))[0]
    return written_time(text) or Written(text=text[:200], bounds=Interval())


def _post(stream: Stream, where: str, post: dict[str, Any]) -> Item:
    ref = _word(post, "id")
    if ref is None:
        raise BadInput("post cannot be read", why="it has no id")
    platform = _word(post, "platform") or "unknown"
    account, content, url = _word(post, "user"), _word(post, "text"), _word(post, "url")
    lang, published, removed = _word(post, "lang"), _time(post, "t"), _time(post, "removed_at")
    targets = [(field, rel, _word(post, field)) for field, rel in _LINKS]
    links = tuple(Link(rel=rel, target=target) for _, rel, target in targets if target)
    named = _media_rows(post.get("media"))
    kept, exhibits, absent = _media(stream, named)
    text = digest_bytes(content.encode()) if content else None
    identity = sighting_id(
        platform, ref, account, published.text if published else None, exhibits, text
    )
    unread = published is not None and published.bounds == Interval()
    sighting = Sighting(
        id=identity,
        platform=platform,
        ref=ref,
        url=url,
        account=account,
        published=published,
        exhibits=exhibits,
        text=text,
        lang=lang,
        links=links,
        removed=removed,
        remark="the publication time could not be read" if unread else None,
    )
    for each, _, target in targets:
        if each == "repost_of" and target:
            stream.reposted.setdefault((platform, target), identity)
    gaps = _gaps(stream, absent, identity)
    return Item(name=where, kept=kept, sighting=sighting, content=content, gaps=gaps)


def _media_rows(media: Json) -> list[dict[str, str]]:
    """Return what a post says about its media: per item ``path`` and/or ``sha256``.

    A text stands for several, separated by ``;``: paths below the file's folder, or digests.
    """
    if media is None or media == "":
        return []
    if isinstance(media, str):
        media = [part.strip() for part in media.split(";") if part.strip()]
    if not isinstance(media, list):
        raise BadInput("post cannot be read", why="media is not a list")
    found = []
    for each in media:
        if isinstance(each, str):
            hexes = each.removeprefix("sha256:").lower()
            each = {"sha256" if _is_digest(hexes) else "path": each}
        if not isinstance(each, dict):
            raise BadInput("post cannot be read", why="media is neither text nor object")
        path = each.get("path") or each.get("file")
        digest = each.get("sha256")
        row: dict[str, str] = {}
        if isinstance(path, str):
            row["path"] = path
        if isinstance(digest, str):
            hexes = digest.removeprefix("sha256:").lower()
            # A digest that is none does not cost us the post: the medium is missing all the same.
            row["sha256" if _is_digest(hexes) else "named"] = (
                f"sha256:{hexes}" if _is_digest(hexes) else digest
            )
        found.append(row)
    return found


def _is_digest(text: str) -> bool:
    return len(text) == 64 and set(text) <= _HEX


def _media(
    stream: Stream, named: list[dict[str, str]]
) -> tuple[tuple[Kept, ...], tuple[Digest, ...], list[tuple[str, str, str | None]]]:
    """Keep media that are there; return also all digests of the post, and what is missing.

    A digest that the export states belongs to the post whether or not the bytes are held, so that
    a post keeps its identity when the bytes come later.
    """
    kept: list[Kept] = []
    digests: list[Digest] = []
    absent: list[tuple[str, str, str | None]] = []
    for row in named:
        stated = Digest(row["sha256"]) if "sha256" in row else None
        why = NOT_CONTAINED
        if "path" in row:
            found = _local(stream, row["path"], kept)
            if found.startswith("sha256:"):
                digests.append(Digest(found))
                if stated not in (None, found):
                    reason = "the file in the export has other bytes than the export states"
                    absent.append((f"media {stated}", reason, stated))
                continue
            why = found
        if stated is not None:
            digests.append(stated)
            if stream.context.case.catalog.has("exhibit", stated):
                continue
        named_as = row.get("path") or row.get("named")
        what = keepable(named_as or stated or "without a name")[0][:2000]
        absent.append((f"media {what}", why, stated or (what if named_as else None)))
    return tuple(kept), tuple(dict.fromkeys(digests)), absent


def _local(stream: Stream, name: str, kept: list[Kept]) -> str:
    """Return the digest of a file beside the posts, or why there is none."""
    known = stream.media.get(name)
    if known is not None:
        return known
    try:
        staged = stream.context.case.stage(safe_below(stream.folder, name))
    except StorageFailed:
        raise
    except (BadInput, OSError, ValueError) as error:
        known = NOT_CONTAINED if is_gone(error) else f"{NOT_CONTAINED}: {reason_of(error)}"
    else:
        kept.append(Kept(staged=staged, media_type=media_type(staged.path)))
        known = staged.digest
    stream.media[name] = known
    return known


def _gaps(
    stream: Stream, absent: list[tuple[str, str, str | None]], sighting: str
) -> tuple[Gap, ...]:
    """Return a gap for each medium that no earlier post of the file missed."""
    found = []
    for what, why, ref in absent:
        if what not in stream.missing:
            stream.missing.add(what)
            found.append(make_gap(what, why, sighting, ref))
    return tuple(found)


def _absent_originals(stream: Stream) -> Iterator[Item]:
    """Yield gaps for reposted posts that neither this file nor the case holds."""
    wanted = stream.reposted
    for platform in sorted({platform for platform, _ in wanted}):
        for noun in each_sighting(stream.context.case.catalog, platform):
            wanted.pop((platform, noun["ref"]), None)
    gaps = [
        make_gap(f"post {ref} on {platform}", f"reposted, but {NOT_CONTAINED}", sighting, ref)
        for (platform, ref), sighting in wanted.items()
    ]
    for start in range(0, len(gaps), _GAPS_AT_ONCE):
        part = tuple(gaps[start : start + _GAPS_AT_ONCE])
        yield Item(name="reposted posts that are not held", gaps=part, counted=False)
