"""Zip archives: listed before they are unpacked, each member an item like any other file."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from firsthand.case.files import storage_error
from firsthand.collect import (
    article,
    auto_archiver,
    claims,
    folder,
    gallery_dl,
    pdf,
    posts,
    telegram,
    warc,
    whatsapp,
    x_archive,
    ytdlp,
)
from firsthand.collect.archive_head import members, refusal, same_name, too_tight
from firsthand.collect.area import area, make_dir
from firsthand.collect.items import (
    QUARANTINED,
    Context,
    Item,
    Kept,
    failed,
    reason_of,
    shown_name,
)
from firsthand.collect.recognising import recognise
from firsthand.collect.sniffing import ZIP
from firsthand.model.canonical import keepable
from firsthand.model.errors import BadInput, StorageFailed

_CHUNK = 1 << 20
_READ_OUT = {
    "article": article.items,
    "pdf": pdf.items,
    "posts": posts.items,
    "telegram": telegram.items,
    "whatsapp": whatsapp.items,
    "warc": warc.items,
    "x-archive": x_archive.items,
}
_WHOLE = {
    "article": article.folder_items,
    "telegram": telegram.folder_items,
    "whatsapp": whatsapp.folder_items,
    "x-archive": x_archive.folder_items,
    "auto-archiver": auto_archiver.folder_items,
    "yt-dlp": ytdlp.folder_items,
    "gallery-dl": gallery_dl.folder_items,
    "wacz": warc.folder_items,
}
"""Folders that are one export: read out as a whole, under the name of the archive."""
ReadItems = Callable[[Context, Path], Iterator[Item]]
# What a damaged or unsupported member makes zipfile raise.
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


def items(context: Context, path: Path) -> Iterator[Item]:
    """Yield items for the archive itself and for each member."""
    name = context.prefix + shown_name(path.name)[0]
    staged = context.case.stage(path)
    digest = staged.digest
    yield Item(name=name, kept=(Kept(staged=staged, media_type=ZIP),))
    context.flush()
    kept = context.case.blobs.path(digest)
    try:
        listed = members(kept, context.limits)
    except StorageFailed:
        raise
    except BadInput as error:
        yield _quarantined(f"{name}!/", error)
        return
    except _DAMAGED as error:
        yield failed(f"{name}!/", f"not a readable archive: {reason_of(error)}")
        return
    context.expect(len(listed) + 1)
    inside = replace(context, prefix=f"{name}!/")
    with area(context.case) as space:
        yield from _unpacked(inside, kept, listed, space)
        yield from _taken_in(inside, space)


def wacz_items(context: Context, path: Path) -> Iterator[Item]:
    """Yield items for a WACZ package, packed or not."""
    if path.is_dir() and not path.is_symlink():
        yield from warc.folder_items(context, path, folder.base_name(path))
    else:
        yield from items(context, path)


def _quarantined(name: str, error: str | BaseException) -> Item:
    return Item(name=name, status=QUARANTINED, reason=reason_of(error))


def _unpacked(
    context: Context, archive: Path, listed: list[zipfile.ZipInfo], space: Path
) -> Iterator[Item]:
    """Unpack into a folder; yield the outcomes of members that stay packed."""
    met: set[str] = set()
    with zipfile.ZipFile(archive) as opened:
        for info in listed:
            name = context.prefix + keepable(info.orig_filename.replace("\0", "\\0"))[0][:1000]
            why = refusal(info)
            if why is not None:
                yield failed(name, why)
            elif info.is_dir():
                continue
            elif same_name(info.filename) in met:
                yield _quarantined(name, "another member has this name")
            elif too_tight(info, context.limits):
                ratio = info.file_size // max(info.compress_size, 1)
                yield _quarantined(name, f"packed {ratio}:1 to {info.file_size} bytes: a bomb")
            else:
                met.add(same_name(info.filename))
                try:
                    _unpack(opened, info, space / info.filename)
                except StorageFailed:
                    raise
                except BadInput as error:
                    yield failed(name, error)
                except _DAMAGED as error:
                    yield failed(name, f"cannot be unpacked: {reason_of(error)}")


def _unpack(opened: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> None:
    try:
        if len(os.fsencode(target.name)) > 255 or len(os.fsencode(target)) > 4000:
            raise BadInput("cannot be unpacked", why="its name is too long")
    except UnicodeEncodeError as error:
        raise BadInput("cannot be unpacked", why="its name is not text") from error
    make_dir(target.parent)
    try:
        with opened.open(info) as source:
            _copy(source, target, info.file_size)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _copy(source: object, target: Path, size: int) -> None:
    try:
        writer = open(target, "xb")  # noqa: SIM115
    except FileExistsError as error:
        raise BadInput("cannot be unpacked", why="its name clashes with another") from error
    except OSError as error:
        raise storage_error(error, "unpack an archive") from error
    left = size
    with writer:
        while chunk := source.read(_CHUNK):  # type: ignore[attr-defined]
            left -= len(chunk)
            if left < 0:
                raise BadInput("cannot be unpacked", why="it is larger than the archive says")
            try:
                writer.write(chunk)
            except OSError as error:
                raise storage_error(error, "unpack an archive") from error


def _taken_in(context: Context, space: Path) -> Iterator[Item]:
    """Yield the items of what was unpacked, by the same recognition as outside an archive."""
    tops = list(space.iterdir())
    below = tops[0] if len(tops) == 1 and tops[0].is_dir() else space
    whole = _WHOLE.get(recognise(below))
    if whole is not None:
        start = "" if below == space else f"{shown_name(below.name)[0]}/"
        yield from whole(replace(context, prefix=context.prefix + start), below, "")
        return
    plain: list[folder.Found] = []
    last: list[folder.Found] = []
    for found in folder.relative(folder.walk(space, "")):
        kind = recognise(found.path) if found.reason is None else "folder"
        if kind == "claims":  # they need the documents that they quote
            last.append(found)
        elif kind in _READ_OUT:
            yield from _read_out(context, found, _READ_OUT[kind])
        else:
            plain.append(found)
    yield from folder.file_items(context, iter(plain))
    for found in last:
        yield from _read_out(context, found, claims.items)


def _read_out(context: Context, found: folder.Found, importer: ReadItems) -> Iterator[Item]:
    start = found.name[: -len(found.path.name)]
    inside = replace(context, prefix=context.prefix + shown_name(start)[0])
    try:
        yield from importer(inside, found.path)
    except StorageFailed:
        raise
    except (BadInput, OSError) as error:
        yield failed(context.prefix + shown_name(found.name)[0], error)
