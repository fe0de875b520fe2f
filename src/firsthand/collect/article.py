"""Web pages and texts: the original and its text as exhibits, and a sighting at its address."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from firsthand.case import Staged
from firsthand.collect import folder, mhtml
from firsthand.collect.extraction import Extractor
from firsthand.collect.items import Context, Item, Kept, failed, reason_of, safe_below, shown_name
from firsthand.collect.pages import Document, page_items, read_page, read_text
from firsthand.collect.recognising import MANIFEST
from firsthand.collect.sniffing import HTML, JSON, MHTML, TEXT, media_type
from firsthand.model.canonical import Json, keepable
from firsthand.model.errors import BadInput, StorageFailed

_MANIFEST_LIMIT = 64 << 20


def items(context: Context, path: Path) -> Iterator[Item]:
    """Yield items for one document, for a manifest, or for a folder with a manifest in it."""
    if path.is_dir() and not path.is_symlink():
        if not os.path.lexists(path / MANIFEST):
            name = context.prefix + shown_name(path.name)[0]
            yield failed(name, f"the folder has no {MANIFEST}: add its pages one by one")
            return
        yield from folder_items(context, path, folder.base_name(path))
        return
    with Extractor(context.limits) as extractor:
        if path.name == MANIFEST:
            yield from _manifest(context, path, extractor)
        else:
            about = Document(path=path.name, url=context.url)
            yield from _document(context, path, about, extractor)


def folder_items(context: Context, path: Path, name: str) -> Iterator[Item]:
    """Yield the documents of a folder's manifest, then its other files as files under a name."""
    with Extractor(context.limits) as extractor:
        named = yield from _manifest(context, path / MANIFEST, extractor)
    rest = folder.relative(folder.walk(path, name, context.case.root))
    yield from folder.file_items(context, (f for f in rest if f.path not in named))


def _manifest(
    context: Context, path: Path, extractor: Extractor
) -> Generator[Item, None, set[Path]]:
    """Yield the manifest's own item and those of its documents; return the paths it names."""
    name = context.prefix + shown_name(path.name)[0]
    staged = context.case.stage(path)
    data = staged.path.read_bytes() if staged.size <= _MANIFEST_LIMIT else b""
    yield Item(name=name, kept=(Kept(staged=staged, media_type=JSON),))
    named = {path}
    try:
        rows = json.loads(data.decode("utf-8-sig"), parse_float=str)
        if not isinstance(rows, list):
            raise BadInput("not a list of documents", why=type(rows).__name__)
    except (ValueError, RecursionError, BadInput) as error:
        yield failed(f"{name}#documents", f"the manifest cannot be read: {reason_of(error)}")
        return named
    context.expect(len(rows) + 1)
    for number, row in enumerate(rows):
        try:
            document = _read_row(row)
            found = safe_below(path.parent, document.path)
        except BadInput as error:
            yield failed(f"{name}#{number}", error)
            continue
        named.add(found)
        yield from _document(context, found, document, extractor)
    return named


def _read_row(row: Json) -> Document:
    if not isinstance(row, dict):
        raise BadInput("document cannot be read", why="not an object")
    kinds: dict[str, type] = {field.name: str for field in fields(Document)} | {"known": bool}
    for key, value in row.items():
        if key not in kinds:
            raise BadInput(
                "document cannot be read",
                why=f"{keepable(key)[0]!r} is not known",
                hint=f"known: {', '.join(kinds)}",
            )
        if value is not None and not isinstance(value, kinds[key]):
            raise BadInput("document cannot be read", why=f"{key} is not {kinds[key].__name__}")
    if not row.get("path"):
        raise BadInput("document cannot be read", why="no path")
    clean: dict[str, Any] = {
        key: keepable(value)[0] if key != "path" and isinstance(value, str) else value
        for key, value in row.items()
        if value is not None
    }
    return Document(**clean)


def _document(
    context: Context, path: Path, document: Document, extractor: Extractor
) -> Iterator[Item]:
    name = context.prefix + shown_name(document.path)[0]
    try:
        staged = context.case.stage(path)
    except StorageFailed:
        raise
    except (BadInput, OSError) as error:
        yield failed(name, error)
        return
    kind = media_type(staged.path)
    if kind == MHTML:
        yield from mhtml.page_items(context, name, document, staged, extractor)
        return
    if kind == HTML:
        reading = read_page(
            context, staged, extractor, lambda source: _beside(context, path.parent, source)
        )
    else:
        reading = read_text(staged)
        kind = TEXT if reading.text else kind
    original = Kept(staged=staged, media_type=kind)
    yield from page_items(context, name, document, original, reading)


def _beside(context: Context, below: Path, source: str) -> Kept:
    """Keep a picture that lies beside the page."""
    staged: Staged = context.case.stage(safe_below(below, source))
    return Kept(staged=staged, media_type=media_type(staged.path))
