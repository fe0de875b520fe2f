"""Web captures: WARC files and WACZ packages. Each response is a sighting at its address.

The time in a capture is when somebody fetched the page, not when it was published: it stands in
the remark. A page that states no publication time was published no later than that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urljoin

from firsthand.case import Staged
from firsthand.collect import folder
from firsthand.collect.addresses import normalised
from firsthand.collect.area import area
from firsthand.collect.captured import captured
from firsthand.collect.extraction import Extractor
from firsthand.collect.items import (
    QUARANTINED,
    Context,
    Item,
    Kept,
    failed,
    make_gap,
    safe_below,
    shown_name,
)
from firsthand.collect.pages import Document, page_items, read_page
from firsthand.collect.sniffing import HTML, WARC, media_type
from firsthand.collect.warc_records import Damaged, Record, each_record
from firsthand.collect.warc_stream import is_start
from firsthand.model.canonical import Json, keepable
from firsthand.model.errors import BadInput, StorageFailed
from firsthand.model.nouns import Gap, Sighting, sighting_id
from firsthand.model.values import Digest

CHECKED = "checked against captures of warcio 1.8.1 (WARC 1.0 and 1.1) and wacz 0.6.0 (WACZ 1.1.1)"
PACKAGE = "datapackage.json"
_ENDINGS = (".warc", ".warc.gz")
_PACKAGE_LIMIT = 64 << 20


@dataclass(slots=True)
class Capture:
    """What was captured together: one WARC file, or all those of a package."""

    context: Context
    pictures: dict[str, Digest] = field(default_factory=dict)
    """Bodies by address."""
    payloads: dict[str, Digest] = field(default_factory=dict)
    """Bodies by the digest that the capture states."""
    later: list[tuple[str, Digest, Record, Staged | None]] = field(default_factory=list)
    """Pages and revisits, which need what may come after them; with the file they stand in."""
    met: set[str] = field(default_factory=set)
    """Addresses that were captured."""


def items(context: Context, path: Path) -> Iterator[Item]:
    """Yield items for a WARC file and for each response in it."""
    with area(context.case) as space:
        capture = Capture(context)
        yield from _file(capture, path, shown_name(path.name)[0], space)
        yield from _second_look(capture)


def folder_items(context: Context, path: Path, name: str) -> Iterator[Item]:
    """Yield items for an unpacked WACZ package: its captures, then its other files."""
    start = f"{name}/" if name else ""
    used: set[Path] = set()
    yield from _package(context, path, start)
    with area(context.case) as space:
        capture = Capture(context)
        for each in sorted(path.glob("archive/*")):
            if each.name.endswith(_ENDINGS):
                used.add(each)
                shown = f"{start}archive/{shown_name(each.name)[0]}"
                try:
                    yield from _file(capture, each, shown, space)
                except StorageFailed:
                    raise
                except (BadInput, OSError) as error:
                    yield failed(context.prefix + shown, error)
        yield from _second_look(capture)
    yield from _listed(capture, path)
    walked = folder.relative(folder.walk(path, name, context.case.root))
    yield from folder.file_items(context, (each for each in walked if each.path not in used))


def is_package(path: Path) -> bool:
    """Tell whether a folder is an unpacked WACZ package."""
    return (path / PACKAGE).is_file() and (path / "archive").is_dir()


def is_packed(path: Path) -> bool:
    """Tell whether a gzip file is a WARC file."""
    with open(path, "rb") as stream:
        return is_start(stream, 0)


def _file(capture: Capture, path: Path, shown: str, space: Path) -> Iterator[Item]:
    context = capture.context
    name = context.prefix + shown
    staged = context.case.stage(path)
    digest = staged.digest
    yield Item(name=name, kept=(Kept(staged=staged, media_type=WARC),))
    context.flush()
    for record in each_record(context.case.blobs.path(digest), space, context.limits):
        where = f"{name}#{record.offset}"
        if isinstance(record, Damaged):
            status = QUARANTINED if record.bomb else "failed"
            yield Item(name=where, status=status, reason=record.reason)
            continue
        yield from _met(capture, where, digest, record)


def _met(capture: Capture, where: str, warc: Digest, record: Record) -> Iterator[Item]:
    """Yield what can be said of a record at once; keep the others for later."""
    capture.met.add(normalised(record.uri))
    if record.problem is not None:
        status = QUARANTINED if record.bomb else "failed"
        yield Item(name=f"{where}#body", status=status, reason=record.problem)
    if record.digests is False:
        yield failed(f"{where}#digest", "the bytes are not those whose digest the record states")
    staged = None
    if record.body is not None:
        staged = capture.context.case.stage(record.body)
        record.body.unlink()
        if (record.status or 200) < 300:
            capture.pictures.setdefault(normalised(record.uri), staged.digest)
            if record.payload_digest and record.digests is not False:
                capture.payloads.setdefault(record.payload_digest, staged.digest)
    if record.kind == "revisit" or (staged is not None and media_type(staged.path) == HTML):
        capture.later.append((where, warc, record, staged))
        return
    kept = () if staged is None else (_kept(staged, warc),)
    digests = () if staged is None else (staged.digest,)
    yield _plain(record, where, kept, digests)


def _kept(staged: Staged, warc: Digest) -> Kept:
    """Keep a body: the bytes of the server, so that other rooms look at them as such."""
    return Kept(
        staged=staged, media_type=media_type(staged.path), derivation=f"warc.body of {warc}"
    )


def _second_look(capture: Capture) -> Iterator[Item]:
    with Extractor(capture.context.limits) as extractor:
        for where, warc, record, staged in capture.later:
            if record.kind == "revisit":
                yield _revisit(capture, where, record)
            elif staged is not None:
                yield from _page(capture, where, record, _kept(staged, warc), extractor)


def _remark(where: str, record: Record) -> str:
    shown = where.rpartition("/")[2]
    parts = [
        f"captured {record.date or 'at an unknown time'} by the clock of whoever did so, which is "
        f"no time of publication: {record.kind} record {record.id or 'without an id'} in {shown}"
    ]
    if record.status is not None and record.status != 200:
        parts.append(f"the server answered {record.status}")
    if record.location:
        parts.append(f"it led on to {record.location[:500]}")
    if record.coding:
        parts.append(f"the body is still coded: {record.coding[:40]}")
    if record.truncated:
        parts.append(f"the capture was cut short: {record.truncated[:40]}")
    if record.digests is None and record.kind != "revisit":
        parts.append("the record states no digest")
    return "; ".join(parts)


def _plain(
    record: Record, where: str, kept: tuple[Kept, ...], digests: tuple[Digest, ...], why: str = ""
) -> Item:
    """Return the item of a response that is no page."""
    web = record.uri.lower().startswith(("http://", "https://"))
    ref = normalised(record.uri) if web else record.uri
    platform = "web" if web else "file"
    when = captured(record.date)
    sighting = Sighting(
        id=sighting_id(platform, ref, None, when.text if when else None, digests, None),
        platform=platform,
        ref=ref,
        url=record.uri if web else None,
        published=when,
        exhibits=digests,
        remark=_remark(where, record) + why,
    )
    return Item(name=where, kept=kept, sighting=sighting, gaps=_refused(record, sighting))


def _refused(record: Record, sighting: Sighting) -> tuple[Gap, ...]:
    if record.status is None or record.status < 400:
        return ()
    reason = f"the server answered {record.status} when it was captured"
    return (make_gap(f"page {record.uri}", reason, sighting.id, record.uri),)


def _revisit(capture: Capture, where: str, record: Record) -> Item:
    """Return the item of an address whose body was captured before, under this or another one."""
    found = capture.payloads.get(record.payload_digest or "")
    if found is None and record.payload_digest is None and record.refers_to:
        found = capture.pictures.get(normalised(record.refers_to))
    if found is not None:
        return _plain(record, where, (), (found,), "; the same bytes as an earlier record")
    item = _plain(record, where, (), ())
    assert item.sighting is not None
    reason = "captured earlier, in a file that was not added with this one"
    gap = make_gap(f"body of {record.uri}", reason, item.sighting.id, record.payload_digest)
    return replace(item, gaps=(*item.gaps, gap))


def _page(
    capture: Capture, where: str, record: Record, original: Kept, extractor: Extractor
) -> Iterator[Item]:
    def find(source: str) -> Digest | None:
        return capture.pictures.get(normalised(urljoin(record.uri, source)))

    if not record.uri.lower().startswith(("http://", "https://")):
        yield _plain(record, where, (original,), (original.staged.digest,))
        return
    reading = read_page(capture.context, original.staged, extractor, find)
    when = captured(record.date)
    about = Document(path=where, url=record.uri, remark=_remark(where, record), captured=when)
    for item in page_items(capture.context, where, about, original, reading):
        if item.sighting is not None:
            yield replace(item, gaps=(*item.gaps, *_refused(record, item.sighting)))
        else:
            yield item


def _json(path: Path) -> Json:
    try:
        if path.stat().st_size > _PACKAGE_LIMIT:
            return None
        return json.loads(path.read_bytes(), parse_float=str)
    except (OSError, ValueError, RecursionError):
        return None


def _package(context: Context, path: Path, start: str) -> Iterator[Item]:
    """Yield a failed item for each file that is not what the package says (WACZ 1.1.1, 5.3)."""
    package = _json(path / PACKAGE)
    resources = package.get("resources") if isinstance(package, dict) else None
    if not isinstance(resources, list):
        yield failed(f"{context.prefix}{start}{PACKAGE}#resources", "no list of files can be read")
        return
    stated = [each for each in resources if isinstance(each, dict)]
    digest = _json(path / "datapackage-digest.json")
    if isinstance(digest, dict):
        stated.append(digest)
    for each in stated:
        named, text = each.get("path"), each.get("hash")
        if not isinstance(named, str) or not isinstance(text, str):
            continue
        shown = keepable(named)[0][:1000]
        try:
            algorithm, _, hexes = text.lower().partition(":")
            if algorithm not in ("sha256", "md5"):
                raise BadInput(f"its digest cannot be checked: {keepable(text)[0][:60]}")
            with open(safe_below(path, named), "rb") as stream:
                found = hashlib.file_digest(stream, algorithm).hexdigest()
            if found != hexes:
                raise BadInput(f"other bytes than the package states: {algorithm} is {found}")
        except (BadInput, OSError, ValueError) as error:
            yield failed(f"{context.prefix}{start}{shown}#digest", error)


def _listed(capture: Capture, path: Path) -> Iterator[Item]:
    """Yield gaps for pages that the package lists and does not hold."""
    gaps: list[Gap] = []
    for each in sorted(path.glob("pages/*.jsonl")):
        try:
            lines = each.read_bytes()[:_PACKAGE_LIMIT].split(b"\n")
        except OSError:
            continue
        for line in lines:
            try:
                row = json.loads(line, parse_float=str)
            except (ValueError, RecursionError):
                continue
            url = row.get("url") if isinstance(row, dict) else None
            if isinstance(url, str) and normalised(url) not in capture.met:
                shown = keepable(url)[0][:2000]
                gaps.append(make_gap(f"page {shown}", "listed but not captured", None, shown))
    limit = capture.context.limits.page_gaps
    for at in range(0, min(len(gaps), 50 * limit), limit):
        yield Item(name="listed pages", gaps=tuple(gaps[at : at + limit]), counted=False)
