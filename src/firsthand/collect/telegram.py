"""Exports of Telegram Desktop: ``result.json`` of one chat or of all, with the media beside it."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from firsthand.collect.exports import Export, open_export
from firsthand.collect.items import Context, Item, failed
from firsthand.collect.json_stream import Element, Place, Scalar, elements
from firsthand.collect.posting import Poster
from firsthand.collect.sniffing import JSON, TEXT, UNKNOWN
from firsthand.collect.telegram_posts import Before, Chat, read_message, word
from firsthand.model.errors import BadInput

CHECKED = "unverified: written after the source of the exporter, not checked against a real export"
RESULT = "result.json"
PAGE = "messages.html"
PAGE_UNREAD = (
    "messages of an HTML export are kept as a file and not read: export the chat again as "
    "machine-readable JSON"
)
NO_RESULT = "there is no such file: give the folder of the export, in which it lies"

_HEAD = 1 << 14
_CHAT = re.compile(
    r'"type"\s*:\s*"(?:saved_messages|replies|personal_chat|bot_chat|private_group|'
    r'private_supergroup|public_supergroup|private_channel|public_channel|verification_codes)"'
)
_ALL = re.compile(r'\s*\{\s*"about"\s*:\s*"[^"]*[Tt]elegram')
_CONTROL = re.compile(r"(?<!\\)((?:\\\\)*)\\x([0-9A-F]{2})")


def _head(path: Path) -> str:
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return ""
        with open(path, "rb") as stream:
            return stream.read(_HEAD).decode("utf-8", "replace").removeprefix("\ufeff")
    except OSError:
        return ""


def _is_result(head: str) -> bool:
    if not head.lstrip().startswith("{"):
        return False
    return bool(_ALL.match(head)) or ('"messages"' in head and bool(_CHAT.search(head)))


def _is_page(head: str) -> bool:
    return "<title>Exported Data</title>" in head and 'class="page_wrap' in head


def is_export(path: Path) -> bool:
    """Tell whether a folder is an export, as JSON or as HTML."""
    return _is_result(_head(path / RESULT)) or _is_page(_head(path / PAGE))


def is_part(path: Path, media_type: str) -> bool:
    """Tell whether a file is the JSON of an export."""
    return media_type in (JSON, TEXT, UNKNOWN) and _is_result(_head(path))


def items(context: Context, path: Path) -> Iterator[Item]:
    """Yield items for an export that is a folder, or for its JSON file alone."""
    yield from folder_items(context, path)


def folder_items(context: Context, path: Path, name: str | None = None) -> Iterator[Item]:
    """Yield the messages of an export, then its other files as files under a name."""
    export, only = open_export(context, path, name)
    poster = Poster(context, export.root)
    result = only or RESULT
    if only is None and not os.path.lexists(export.root / RESULT):
        if os.path.lexists(export.root / PAGE):
            yield failed(f"{export.shown(PAGE)}#messages", PAGE_UNREAD)
        else:
            yield failed(export.shown(RESULT), NO_RESULT)
    else:
        yield from _read(export, poster, result)
    yield from poster.absent_originals()
    yield from export.rest(poster.used)


def _read(export: Export, poster: Poster, relative: str) -> Iterator[Item]:
    kept = yield from export.keep(relative, JSON)
    if kept is None:
        return
    name, path = kept
    chats, number = _chats(path, export.context.limits.line)
    if not export.whole:
        export.context.expect(number + 1)
    before: Before | None = None
    where: Place | None = None
    try:
        for each in _elements(path, export.context.limits.line):
            if isinstance(each, Scalar):
                continue
            if each.path != where:
                where, before = each.path, None
            item = f"{name}#" + "/".join(str(part) for part in (*each.path, each.number))
            chat = chats.get(each.path[:-1])
            if each.problem is not None or not isinstance(each.value, dict):
                before = None
                yield failed(item, each.problem or "not an object")
                continue
            try:
                if chat is None:
                    raise BadInput("message cannot be read", why="its chat has no number")
                post, before = read_message(each.value, chat, before, mended=each.mended)
            except BadInput as error:
                before = None
                yield failed(item, error)
                continue
            yield poster.item(item, post)
    except BadInput as error:
        yield failed(f"{name}#", error)


def _chats(path: Path, limit: int) -> tuple[dict[Place, Chat], int]:
    """Return the chats by their place, and how many messages there are.

    A chat's number may stand behind its messages, where another program wrote the file.
    """
    found: dict[Place, dict[str, str | None]] = {}
    number = 0
    try:
        for each in _elements(path, limit):
            if isinstance(each, Element):
                number += 1
            elif each.path[-1:] in (("id",), ("name",)) and _wanted((*each.path[:-1], "messages")):
                found.setdefault(each.path[:-1], {})[str(each.path[-1])] = word(each.value)
    except BadInput:
        pass  # told when the messages are read
    chats = {
        place: Chat(ref, fields.get("name"))
        for place, fields in found.items()
        if (ref := fields.get("id"))
    }
    return chats, number


def _elements(path: Path, limit: int) -> Iterator[Scalar | Element]:
    with open(path, "rb") as stream:
        yield from elements(stream, _wanted, limit, mend=_mend)


def _wanted(place: Place) -> bool:
    if place[-1:] != ("messages",):
        return False
    return len(place) == 1 or (len(place) == 4 and place[0] in ("chats", "left_chats"))


def _mend(text: str) -> str:
    r"""Turn the exporter's own way to write control characters into that of JSON.

    >>> _mend(r'{"a": "\x1F", "b": "\\x1F"}')
    '{"a": "\\u001F", "b": "\\\\x1F"}'
    """
    return _CONTROL.sub(r"\1\\u00\2", text)
