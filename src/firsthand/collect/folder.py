"""Folders and single files: each file an exhibit, and a sighting of it at its path."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from firsthand.case import Staged
from firsthand.collect.items import Context, Item, Kept, failed, reason_of, shown_name
from firsthand.collect.sniffing import media_type
from firsthand.model.errors import CaseBusy, StorageFailed
from firsthand.model.nouns import Sighting, sighting_id
from firsthand.model.values import Digest

CHANGED = "changed while it was read: add it again when nothing writes to it"
DEEPEST = 200
"""Levels of folders that are entered; deeper ones are made to exhaust something."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file that a walk met; with a reason when it cannot be taken in."""

    path: Path
    name: str
    reason: str | None = None
    state: tuple[int, int] | None = None


def walk(root: Path, name: str, case_root: Path | None = None) -> Iterator[Found]:
    """Yield what lies in a folder in the order of the bytes of its names; no link is followed."""
    levels: list[Iterator[tuple[Path, str]]] = [iter([(root, name)])]
    while levels:
        step = next(levels[-1], None)
        if step is None:
            levels.pop()
            continue
        path, shown = step
        try:
            status = os.lstat(path)
        except OSError as error:
            yield Found(path, shown, reason_of(error))
            continue
        if not stat.S_ISDIR(status.st_mode):
            yield _file(path, shown, status)
        elif case_root is not None and _same(status, case_root):
            yield Found(path, shown, "the folder of this case itself: left out")
        elif len(levels) > DEEPEST:
            yield Found(path, shown, f"folders nested deeper than {DEEPEST}")
        else:
            try:
                names = sorted(os.listdir(path), key=os.fsencode)
            except OSError as error:
                yield Found(path, shown, reason_of(error))
                continue
            levels.append(iter([(path / below, f"{shown}/{below}") for below in names]))


def _file(path: Path, shown: str, status: os.stat_result) -> Found:
    if stat.S_ISREG(status.st_mode):
        return Found(path, shown, state=(status.st_size, status.st_mtime_ns))
    what = "a symbolic link: not followed" if stat.S_ISLNK(status.st_mode) else None
    return Found(path, shown, f"not a regular file: {what or 'a device, pipe or socket'}")


def _same(status: os.stat_result, other: Path) -> bool:
    try:
        return os.path.samestat(status, os.stat(other))
    except OSError:
        return False


def relative(found: Iterator[Found]) -> Iterator[Found]:
    """Take the slash off names of a walk that began with an empty name."""
    for each in found:
        yield replace(each, name=each.name.lstrip("/"))


def base_name(path: Path) -> str:
    """Return the own name of a path, also of ``.``; links are not resolved."""
    return os.path.basename(os.path.abspath(path))


def items(context: Context, path: Path) -> Iterator[Item]:
    """Yield an item for each file in a folder, or for the one file."""
    yield from file_items(context, walk(path, base_name(path), context.case.root))


def file_items(context: Context, found: Iterator[Found]) -> Iterator[Item]:
    """Yield the items of files; hashing and copying run on threads, the order stays."""
    waiting: deque[Found] = deque()

    def sources() -> Iterator[Path]:
        for each in found:
            waiting.append(each)
            if each.reason is None:
                yield each.path

    for _, result in context.case.stage_many(sources()):
        while waiting[0].reason is not None:
            yield _refused(context, waiting.popleft())
        each = waiting.popleft()
        if isinstance(result, (StorageFailed, CaseBusy)):
            raise result
        name = context.prefix + shown_name(each.name)[0]
        if isinstance(result, Exception):
            yield failed(name, result)
        elif changed(each):
            context.case.discard(result)
            yield failed(name, CHANGED)
        else:
            yield file_item(context, each.name, result)
    while waiting:
        yield _refused(context, waiting.popleft())


def _refused(context: Context, each: Found) -> Item:
    return failed(context.prefix + shown_name(each.name)[0], each.reason or "refused")


def changed(each: Found) -> bool:
    """Tell whether a file is other than when it was listed; one that is gone by now is not."""
    if each.state is None:
        return False
    try:
        status = os.lstat(each.path)
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) != each.state


def file_item(context: Context, name: str, staged: Staged, *, remark: str | None = None) -> Item:
    """Return the item of one staged file."""
    shown, raw = shown_name(name)
    kind = media_type(staged.path)
    ref = context.prefix + shown
    exhibits: tuple[Digest, ...] = (staged.digest,)
    remarks = [text for text in (remark, raw and f"bytes of the name (hex): {raw}") if text]
    if kind == "application/zip" and context.prefix:
        remarks.append("an archive inside an archive: kept, not opened")
    sighting = Sighting(
        id=sighting_id("file", ref, context.source, None, exhibits, None),
        platform="file",
        ref=ref,
        account=context.source,
        exhibits=exhibits,
        remark="; ".join(remarks) or None,
    )
    return Item(name=ref, kept=(Kept(staged=staged, media_type=kind),), sighting=sighting)
