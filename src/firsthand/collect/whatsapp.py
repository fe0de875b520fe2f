"""Chats that WhatsApp exported as text, ``_chat.txt`` or ``WhatsApp Chat with ….txt``."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from firsthand.collect.exports import Export, open_export
from firsthand.collect.folder import base_name
from firsthand.collect.items import Context, Item, failed, shown_name
from firsthand.collect.lines import each_line
from firsthand.collect.posting import Poster
from firsthand.collect.sniffing import TEXT, UNKNOWN
from firsthand.collect.whatsapp_dates import Head, head_of, order_of, time_of
from firsthand.collect.whatsapp_posts import Message, read_message

CHECKED = (
    "unverified: written after public readers of the format, not checked against a real export"
)
CUT = "a line of it could not be read"
_HEAD = 1 << 16
_NAMED = re.compile(r"_chat|whatsapp", re.IGNORECASE)
_ENGLISH = re.compile(r"WhatsApp Chat (?:with|-) +", re.IGNORECASE)


def is_part(path: Path, media_type: str) -> bool:
    """Tell whether a file is a chat: it begins with a message, and is named as one or has two."""
    if media_type not in (TEXT, UNKNOWN) or path.suffix.lower() != ".txt":
        return False
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return False
        with open(path, "rb") as stream:
            text = stream.read(_HEAD).decode("utf-8", "replace").removeprefix("\ufeff")
    except OSError:
        return False
    lines = [line for line in text.splitlines() if line.strip()]
    first = head_of(lines[0]) if lines else None
    if first is None:
        return False
    heads = sum(head_of(line, first.style) is not None for line in lines[:200])
    return heads > 1 or bool(_NAMED.search(path.name))


def is_export(path: Path) -> bool:
    """Tell whether a folder holds a chat that is named as one, or a chat as its only text."""
    return bool(_chats(path))


def _chats(root: Path) -> list[str]:
    texts = [name for name in _names(root) if name.lower().endswith(".txt")]
    # In some languages the name of the file has another word for the app.
    named = texts if len(texts) == 1 else [name for name in texts if _NAMED.search(name)]
    return [name for name in named if is_part(root / name, TEXT)]


def _names(root: Path) -> list[str]:
    try:
        return sorted(os.listdir(root), key=os.fsencode)
    except OSError:
        return []


def items(context: Context, path: Path) -> Iterator[Item]:
    """Yield items for an export that is a folder, or for the text of a chat alone."""
    yield from folder_items(context, path)


def folder_items(context: Context, path: Path, name: str | None = None) -> Iterator[Item]:
    """Yield the messages of each chat of a folder, then its other files as files under a name."""
    export, only = open_export(context, path, name)
    files = frozenset(_names(export.root))
    poster = Poster(context, export.root)
    for relative in [only] if only is not None else _chats(export.root):
        yield from _read(export, poster, relative, files)
    yield from export.rest(poster.used)


def chat_name(export: Export, relative: str) -> str:
    """Return the name of a chat: that of its file, or of what holds a ``_chat.txt``."""
    stem = PurePosixPath(relative).stem
    if stem.lower() == "_chat":
        above = export.shown(relative).split("/")[-2:-1]
        stem = above[0] if above else base_name(export.root)
        stem = re.sub(r"\.zip!?\Z", "", stem, flags=re.IGNORECASE)
    return _ENGLISH.sub("", shown_name(stem)[0]) or "chat"


def _read(export: Export, poster: Poster, relative: str, files: frozenset[str]) -> Iterator[Item]:
    kept = yield from export.keep(relative, TEXT)
    if kept is None:
        return
    name, path = kept
    limit = export.context.limits.line
    order = order_of(_heads(path, limit))
    orders, why = order.allowed()
    if not order.lines:
        yield failed(f"{name}#messages", "no message begins in it")
        return
    if not export.whole:
        export.context.expect(order.lines + 1)
    chat = chat_name(export, relative)
    at_once: dict[str, int] = {}
    for each in _messages(name, path, limit):
        if isinstance(each, Item):
            yield each
            continue
        published, several = time_of(each.head, orders)
        # Messages have no number: the time as written, and which of those of that time it is.
        at_once[each.head.when] = at_once.get(each.head.when, 0) + 1
        ref = f"{chat}/{each.head.when}/{at_once[each.head.when]}"
        remarks = [why if several or len(orders) == 1 else None, CUT if each.cut else None]
        message = Message(
            ref, chat, published, "\n".join(each.lines), "; ".join(r for r in remarks if r) or None
        )
        yield poster.item(f"{name}:{each.number}", read_message(message, files))


@dataclass(slots=True)
class _Open:
    """A message while its lines come in."""

    number: int
    head: Head
    lines: list[str] = field(default_factory=list)
    size: int = 0
    cut: bool = False


def _messages(name: str, path: Path, limit: int) -> Iterator[_Open | Item]:
    now: _Open | None = None
    style: int | None = None
    orphan = False
    for line in each_line(path, limit, blank=True):
        where = f"{name}:{line.number}"
        if line.problem is not None:
            if now is not None:
                now.cut = True
            yield failed(where, line.problem)
            continue
        text = line.text.rstrip("\r\n")
        head = head_of(text, style)
        if head is not None:
            if now is not None:
                yield now
            style = head.style
            now = _Open(line.number, head, [head.rest], len(head.rest))
        elif now is None:
            if text.strip() and not orphan:
                yield failed(where, "no message begins before this line")
                orphan = True
        elif now.size + len(text) > limit:
            if not now.cut:
                yield failed(where, f"a message longer than {limit} characters is cut off here")
            now.cut = True
        else:
            now.lines.append(text)
            now.size += len(text) + 1
    if now is not None:
        while now.lines and not now.lines[-1].strip():
            now.lines.pop()
        yield now


def _heads(path: Path, limit: int) -> Iterator[Head]:
    style: int | None = None
    for line in each_line(path, limit):
        head = head_of(line.text.rstrip("\r\n"), style) if line.problem is None else None
        if head is not None:
            style = head.style
            yield head
