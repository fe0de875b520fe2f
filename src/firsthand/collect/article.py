"""Web pages and texts: the original and its text as exhibits, and a sighting at its address."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from firsthand.case import Staged
from firsthand.collect import folder
from firsthand.collect.addresses import normalised
from firsthand.collect.extraction import Extractor, derivation
from firsthand.collect.items import (
    Context,
    Item,
    Kept,
    failed,
    make_gap,
    reason_of,
    safe_below,
    shown_name,
)
from firsthand.collect.recognising import MANIFEST
from firsthand.collect.sniffing import HTML, JSON, TEXT, media_type
from firsthand.model.canonical import Json, keepable
from firsthand.model.errors import BadInput, StorageFailed
from firsthand.model.nouns import Gap, Sighting, Written, sighting_id
from firsthand.model.values import Digest, Interval
from firsthand.words.dates import written_time

_MANIFEST_LIMIT = 64 << 20
FROM_PAGE = "publication time from the page's own metadata"
UNREAD_TIME = "the publication time could not be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a manifest or the options say about one document.

    ``known``: the file only tells of the document at the address, which nobody here saw.
    """

    path: str
    published: str | None = None
    publisher: str | None = None
    url: str | None = None
    lang: str | None = None
    title: str | None = None
    remark: str | None = None
    known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What came out of an original: its text, what the page says about itself, what it shows."""

    text: Kept | None = None
    about: Json = None
    pictures: tuple[Kept, ...] = ()
    gaps: tuple[tuple[str, str, str | None], ...] = ()
    problem: str | None = None


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
    if kind == HTML:
        reading = _read_page(context, path, staged, extractor)
    else:
        reading = _read_text(staged)
        kind = TEXT if reading.text else kind
    original = Kept(staged=staged, media_type=kind)
    sighting, problem = _sighting(context, name, document, staged, reading)
    derived = (reading.text,) if reading.text and reading.text.staged is not staged else ()
    yield Item(
        name=name,
        kept=(original, *derived, *reading.pictures),
        sighting=sighting,
        gaps=_gaps(context, reading, sighting),
    )
    if reading.problem:
        yield failed(f"{name}#text", reading.problem)
    if problem:
        yield failed(f"{name}#published", problem)


def _read_text(staged: Staged) -> Reading:
    data = staged.path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return Reading(problem=f"not UTF-8 text: {error.reason} at byte {error.start}")
    if "\0" in text or not text.strip():
        return Reading(problem="no text in it" if not text.strip() else "not text: null characters")
    return Reading(text=Kept(staged=staged, media_type=TEXT))


def _read_page(context: Context, path: Path, staged: Staged, extractor: Extractor) -> Reading:
    try:
        about = extractor.read(staged.path.read_bytes())
    except BadInput as error:
        return Reading(problem=reason_of(error))
    pictures, gaps = _pictures(context, path.parent, about["images"])
    if about["text"] is None:
        problem = "no text was found in the page"
        return Reading(about=about, pictures=pictures, gaps=gaps, problem=problem)
    text = Kept(
        staged=context.case.blobs.stage_bytes(keepable(about["text"])[0].encode()),
        media_type=TEXT,
        derived_from=staged.digest,
        derivation=derivation(),
    )
    return Reading(text=text, about=about, pictures=pictures, gaps=gaps)


def _pictures(
    context: Context, below: Path, sources: list[str]
) -> tuple[tuple[Kept, ...], tuple[tuple[str, str, str | None], ...]]:
    """Keep the pictures that lie beside the page; the others are known to be missing."""
    held: list[Kept] = []
    missing: list[tuple[str, str, str | None]] = []
    for source in sources:
        if source.startswith("data:"):
            continue  # it stands in the page itself
        shown = keepable(source)[0][:2000]
        try:
            staged = context.case.stage(safe_below(below, source))
            held.append(Kept(staged=staged, media_type=media_type(staged.path)))
        except StorageFailed:
            raise
        except (BadInput, OSError, ValueError):
            missing.append((f"picture {shown}", "named by the page but not held", shown))
    more = len(missing) - context.limits.page_gaps
    if more > 0:
        missing = missing[: context.limits.page_gaps]
        missing.append((f"{more} more pictures", "named by the page but not held", None))
    return tuple(held), tuple(missing)


def _gaps(context: Context, reading: Reading, sighting: Sighting) -> tuple[Gap, ...]:
    return tuple(make_gap(what, why, sighting.id, ref) for what, why, ref in reading.gaps)


def _sighting(
    context: Context, name: str, document: Document, staged: Staged, reading: Reading
) -> tuple[Sighting, str | None]:
    """Return the sighting of a document, and what was wrong with its publication time."""
    about = reading.about or {}
    remarks = [document.remark] if document.remark else []
    published, problem = context.published, None
    if published is None and document.published is not None:
        published = written_time(document.published)
        if published is None:
            problem = f"{UNREAD_TIME}: {document.published[:200]!r}"
            published = Written(text=document.published[:200], bounds=Interval())
            remarks.append(UNREAD_TIME)
    elif published is None and about.get("date"):
        published = written_time(str(about["date"]))
        remarks.append(FROM_PAGE)
    publisher = context.publisher or document.publisher
    if publisher is None and about.get("sitename"):
        publisher = keepable(about["sitename"])[0]
        remarks.append("publisher from the page's own metadata")
    url = document.url or context.url
    title = document.title or about.get("title")
    lang = context.lang or document.lang or about.get("lang")
    pictures = tuple(dict.fromkeys(kept.staged.digest for kept in reading.pictures))
    exhibits: tuple[Digest, ...] = () if document.known else (staged.digest, *pictures)
    text = reading.text.staged.digest if reading.text else None
    ref = normalised(url) if url else name
    when = published.text if published else None
    sighting = Sighting(
        id=sighting_id("web", ref, publisher, when, exhibits, text),
        platform="web",
        ref=ref,
        url=url,
        account=publisher,
        published=published,
        exhibits=exhibits,
        text=text,
        title=keepable(title)[0] if title else None,
        lang=keepable(lang)[0] if lang else None,
        known_through=staged.digest if document.known else None,
        remark="; ".join(remarks) or None,
    )
    return sighting, problem
