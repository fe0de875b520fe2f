"""Archives of auto-archiver: the table ``db.csv``, the ``metadata.json`` of items, their media."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from firsthand.collect import folder
from firsthand.collect.addresses import normalised
from firsthand.collect.captured import captured
from firsthand.collect.items import Context, Item, failed, make_gap, shown_name
from firsthand.collect.literals import LONGEST, read_literal
from firsthand.collect.posting import MediaRef, Post, Poster, keep_file, remark_of
from firsthand.collect.sniffing import CSV
from firsthand.collect.tables import each_row
from firsthand.model.canonical import keepable
from firsthand.model.errors import BadInput, StorageFailed
from firsthand.model.nouns import Written
from firsthand.model.values import Interval
from firsthand.words.dates import written_time

CHECKED = "checked against folders that auto-archiver 1.2.9 made (layouts flat and url)"
COLUMNS = frozenset({"status", "metadata", "media"})
NO_PICTURE_TIME = (
    "auto-archiver gives the server's Last-Modified as the time of a bare file: {} is not taken as "
    "the time of publication"
)
ZONES = (
    "auto-archiver's own tables relabel times to UTC without converting them (1.2.9, get_timestamp)"
)
_OWN = ("metadata_json", "_final_media")
"""Ids of media that auto-archiver adds of itself: the item's JSON and its page."""
_ACCOUNT = ("author", "uploader_id", "uploader", "channel_id", "channel", "creator", "username")
_JSON_LIMIT = 16 << 20
_DEEPEST = 6


@dataclass(slots=True)
class Archive:
    """One archive folder while it is read."""

    context: Context
    root: Path
    poster: Poster
    files: dict[str, list[str]] = field(default_factory=dict)
    """Paths below the root, by the name of the file."""
    read: set[str] = field(default_factory=set)
    """Paths of item JSON that a row of the table stands for."""


def items(context: Context, path: Path) -> Iterator[Item]:
    """Yield items for an archive folder, or for one table and the media that it names."""
    if path.is_dir() and not path.is_symlink():
        yield from folder_items(context, path, folder.base_name(path))
        return
    archive = _archive(context, path.parent)
    yield from _table(archive, path)
    archive.poster.used.add(path)
    named = [path.parent / name for name in sorted(archive.read)]
    found = (each for name in named for each in folder.walk(name, _below(path.parent, name)))
    yield from folder.file_items(context, found)


def folder_items(context: Context, path: Path, name: str) -> Iterator[Item]:
    """Yield the items of an archive folder, then its other files as files under a name."""
    archive = _archive(context, path)
    for table in sorted(path.glob("*.csv")):
        if is_table(table):
            try:
                yield from _table(archive, table)
                archive.poster.used.add(table)
            except StorageFailed:
                raise
            except (BadInput, OSError) as error:
                yield failed(context.prefix + shown_name(table.name)[0], error)
    for below in sorted(each for names in archive.files.values() for each in names):
        if below.endswith(".json") and below not in archive.read:
            yield from _lone_json(archive, below)
    yield from rest(context, path, name, archive.poster.used)


def rest(context: Context, path: Path, name: str, used: set[Path]) -> Iterator[Item]:
    """Yield the files of a folder that are not media of a post, as plain files."""
    walked = folder.relative(folder.walk(path, name, context.case.root))
    yield from folder.file_items(context, (each for each in walked if each.path not in used))


def is_table(path: Path) -> bool:
    """Tell by its header whether a CSV file is the table of an archive."""
    try:
        with open(path, "rb") as stream:
            line = stream.readline(1 << 12)
    except OSError:
        return False
    return set(line.decode("utf-8-sig", "replace").strip().split(",")) == COLUMNS


def is_archive(path: Path) -> bool:
    """Tell whether a folder is an archive: it holds such a table."""
    return any(is_table(each) for each in sorted(path.glob("*.csv"))[:100])


def is_part(path: Path, _media_type: str) -> bool:
    """Tell whether a file is such a table."""
    return path.suffix.lower() == ".csv" and is_table(path)


def is_item(value: Any) -> bool:
    """Tell whether JSON is what auto-archiver writes about one item."""
    return isinstance(value, dict) and set(value) >= COLUMNS and isinstance(value["media"], list)


def _archive(context: Context, root: Path) -> Archive:
    archive = Archive(context, root, Poster(context, root))
    for each in folder.relative(folder.walk(root, "", context.case.root)):
        if each.reason is None:
            archive.files.setdefault(each.path.name, []).append(each.name)
    return archive


def _below(root: Path, path: Path) -> str:
    return shown_name(path.relative_to(root).as_posix())[0]


def _table(archive: Archive, path: Path) -> Iterator[Item]:
    context = archive.context
    name, kept = yield from keep_file(context, path, CSV)
    for row in each_row(kept, name, context.limits.line, ",", field=LONGEST):
        if isinstance(row, Item):
            yield row
            continue
        where, cells = row
        try:
            metadata = read_literal(cells.get("metadata") or "{}")
            media = read_literal(cells.get("media") or "[]")
            yield _item(archive, where, cells.get("status"), metadata, media)
        except BadInput as error:
            yield failed(where, error)


def _lone_json(archive: Archive, below: str) -> Iterator[Item]:
    """Yield the item of JSON that no table names; other JSON is left to the plain files."""
    value = _json(archive.root / below)
    if is_item(value):
        where = archive.context.prefix + shown_name(below)[0]
        try:
            yield _item(archive, where, value["status"], value["metadata"], value["media"])
        except BadInput as error:
            yield failed(where, error)


def _json(path: Path) -> Any:
    try:
        if path.stat().st_size > _JSON_LIMIT:
            return None
        return json.loads(path.read_bytes(), parse_float=str)
    except (OSError, ValueError, RecursionError):
        return None


def _item(archive: Archive, where: str, status: Any, metadata: Any, media: Any) -> Item:
    if not isinstance(metadata, dict) or not isinstance(media, list):
        raise BadInput("item cannot be read", why="metadata or media are of another kind")
    url = _text(metadata, "url")
    if url is None:
        raise BadInput("item cannot be read", why="it has no url")
    rows = list(_media(media, 0))
    refs = tuple(_ref(archive, row) for row in rows if not _is_own(archive, row))
    stated = _text({"status": status}, "status") or "no status"
    if not refs:
        gap = make_gap(f"page {url}", f"auto-archiver saved nothing of it: {stated}", None, url)
        return Item(name=where, gaps=(gap,), counted=False)
    published, remark = _published(archive, metadata, rows)
    archived = metadata.get("_processed_at")
    done = f"archived {archived} by auto-archiver's clock ({stated})" if archived else stated
    # Set when auto-archiver begins with an item (1.2.9, Metadata.__post_init__), aware and in UTC.
    published = published or captured(keepable(str(archived))[0] if archived else None)
    comments = metadata.get("comments")
    if isinstance(comments, list) and comments:
        done += f"; {len(comments)} comments without ids stand in the archive and were not read"
    post = Post(
        platform="web",
        ref=normalised(url),
        url=url,
        account=next((text for key in _ACCOUNT if (text := _text(metadata, key))), None),
        text=_text(metadata, "content") or _text(metadata, "description"),
        title=_text(metadata, "title"),
        lang=_text(metadata, "language"),
        published=published,
        media=refs,
        remark=remark_of(published, keepable(done)[0][:500], remark),
    )
    return archive.poster.item(where, post)


def _text(values: dict[Any, Any], name: str) -> str | None:
    value = values.get(name)
    return keepable(value)[0] if isinstance(value, str) and value.strip() else None


def _media(rows: Any, depth: int) -> Generator[dict[str, Any], None, None]:
    """Yield media, and those that are properties of others (thumbnails)."""
    if depth > _DEEPEST:
        return
    for row in rows:
        if isinstance(row, dict) and isinstance(row.get("filename"), str):
            yield row
            properties = row.get("properties")
            inner = properties.values() if isinstance(properties, dict) else ()
            for each in inner:
                yield from _media(each if isinstance(each, list) else [each], depth + 1)


def _property(row: dict[str, Any], name: str) -> Any:
    properties = row.get("properties")
    return properties.get(name) if isinstance(properties, dict) else None


def _is_own(archive: Archive, row: dict[str, Any]) -> bool:
    if _property(row, "id") not in _OWN:
        return False
    path = _find(archive, row)
    if path is not None:
        archive.read.add(path)
    return True


def _ref(archive: Archive, row: dict[str, Any]) -> MediaRef:
    stated = _property(row, "hash")
    algorithm, _, hexes = stated.lower().partition(":") if isinstance(stated, str) else ("", "", "")
    known = algorithm == "sha-256" and len(hexes) == 64 and set(hexes) <= set("0123456789abcdef")
    original = _property(row, "original_url")
    return MediaRef(
        path=_find(archive, row),
        sha256=f"sha256:{hexes}" if known else None,
        named=original if isinstance(original, str) else row["filename"],
    )


def _find(archive: Archive, row: dict[str, Any]) -> str | None:
    """Return where below the root the bytes lie: by key, by hash, by the name of the file.

    Keys hold the folder (or bucket) that was saved to, which may have moved since: leading parts
    are left out until something is there.
    """
    urls = row.get("urls")
    keys = [row.get("_key"), *(urls if isinstance(urls, list) else [])]
    for key in keys:
        parts = PurePosixPath(key).parts if isinstance(key, str) and len(key) < 4000 else ()
        have = archive.files.get(parts[-1], []) if parts else []
        for start in range(len(parts)):
            tail = "/".join(parts[start:])
            found = [each for each in have if each == tail or each.endswith(f"/{tail}")]
            if len(found) == 1:
                return found[0]
    stated = _property(row, "hash")
    hexes = stated.lower().partition(":")[2] if isinstance(stated, str) else ""
    # auto-archiver's "static" names are the first 24 digits of the SHA-256 (core/storage.py).
    ends = PurePosixPath(row["filename"]).suffix
    have = archive.files.get(hexes[:24] + ends, []) if len(hexes) == 64 else []
    return have[0] if have else None


def _published(
    archive: Archive, metadata: dict[Any, Any], rows: list[dict[str, Any]]
) -> tuple[Written | None, str | None]:
    """Return the time of publication, and a remark about what auto-archiver says of it."""
    value = metadata.get("timestamp", metadata.get("upload_date"))
    if value in (None, ""):
        return None, None
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    if metadata.get("direct") is True:
        return None, NO_PICTURE_TIME.format(keepable(text)[0][:60])
    if isinstance(value, datetime) and value.tzinfo is None:
        text = _with_zone(archive, text, rows)
    text = keepable(text)[0][:200]
    return written_time(text.replace(" ", "T", 1)) or Written(text=text, bounds=Interval()), ZONES


def _with_zone(archive: Archive, text: str, rows: list[dict[str, Any]]) -> str:
    """Return the time with the zone that the item's JSON states; the table lacks a local one."""
    for row in rows:
        path = _find(archive, row) if _property(row, "id") == _OWN[0] else None
        value = _json(archive.root / path) if path else None
        stated = value["metadata"] if is_item(value) and isinstance(value, dict) else None
        written = stated.get("timestamp") if isinstance(stated, dict) else None
        if isinstance(written, str) and written.replace(" ", "T", 1).startswith(text):
            return written.replace(" ", "T", 1)
    return text
