"""One message of a Telegram Desktop export: its text, time, relations and media.

References: ``export_output_json.cpp`` of Telegram Desktop, which writes these fields. It has no
stable specification; fields came and went with its versions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from firsthand.collect.posting import MediaRef, Post, remark_of, written
from firsthand.model.canonical import Json, keepable
from firsthand.model.errors import BadInput
from firsthand.model.nouns import Link, Written
from firsthand.model.values import to_rfc3339

PLATFORM = "telegram"
ALBUM_GUESSED = "the album was inferred: next to each other, same sender, same second"
MENDED = "control characters that the exporter writes against the JSON standard were mended"
NOT_WRITTEN = "the exporter could not write this kind of message"
NO_SENDER = "unknown"

_SKIPPED = re.compile(r"(?:(?P<name>.*) )?\((?P<why>(?:File|Photo) [^()]*)\)\Z", re.DOTALL)
_PEER = re.compile(r"(?:user|chat|channel)([0-9]+)\Z")


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat of the export: its number and its name."""

    ref: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Before:
    """What is remembered of the message before, to tell albums."""

    number: int
    sender: Json
    time: Json
    group: Json
    first: str


def word(value: Json) -> str | None:
    """Return a number or a text as text, or None when it is neither or empty."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return keepable(value)[0] if isinstance(value, str) and value else None


def read_message(
    row: dict[str, Any], chat: Chat, before: Before | None, *, mended: bool = False
) -> tuple[Post, Before | None]:
    """Return the post of a message, and what is to be remembered for the next one.

    Raises
    ------
    BadInput
        When it has no number.
    """
    number = row.get("id")
    if isinstance(number, bool) or not isinstance(number, int):
        raise BadInput("message cannot be read", why="it has no number")
    ref = f"{chat.ref}/{number}"
    kind = word(row.get("type"))
    published = _time(row, "date")
    remarks: list[str | None] = [MENDED if mended else None]
    links = list(_links(row, chat, ref))
    media = tuple(_media(row, ref))
    now = _remember(row, number, ref, before, visible=any(row.get(key) for key in _SHOWN))
    if now is not None and now.first != ref:
        links.append(Link(rel="album", target=now.first))
        remarks.append(None if now.group else ALBUM_GUESSED)
    if kind == "service":
        remarks.append(f"service message: {word(row.get('action')) or 'of unknown kind'}")
    elif kind == "unsupported":
        media = (*media, MediaRef(named=f"message {ref}", reason=NOT_WRITTEN))
    text, parts = _text(row["text"] if "text" in row else row.get("text_entities"))
    links += [Link(rel="link", target=target) for target in parts]
    poll = row.get("poll")
    if text is None and isinstance(poll, dict):
        text, note = _poll(poll), "a poll: its question and answers"
        remarks.append(note)
    remarks += _remarks(row)
    post = Post(
        platform=PLATFORM,
        ref=ref,
        account=_who(row, "actor" if kind == "service" else "from") or chat.name,
        text=text,
        title=chat.name,
        published=published,
        links=tuple(dict.fromkeys(links)),
        media=media,
        remark=remark_of(published, *remarks),
    )
    return post, now


def _time(row: dict[str, Any], name: str) -> Written | None:
    """Return a time: the count of seconds where there is one, since the other has no zone.

    The other is in the zone of the machine that exported, so that two exports of one message would
    not agree in it.
    """
    for text in (word(row.get(f"{name}_unixtime")), word(row.get(name))):
        if text is not None:
            found = written(text)
            if found.bounds.start_ms is not None or text == word(row.get(name)):
                return found
    return None


def _who(row: dict[str, Any], name: str) -> str | None:
    """Return a sender by name and number: names are not unique, numbers are."""
    called, number = word(row.get(name)), word(row.get(f"{name}_id"))
    if called and number:
        return f"{called} ({number})"
    return called or number


def _text(value: Json) -> tuple[str | None, list[str]]:
    """Return the text of a message and the addresses in it."""
    parts = value if isinstance(value, list) else [value]
    texts: list[str] = []
    targets: list[str] = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, dict) and isinstance(part.get("text"), str):
            texts.append(part["text"])
            address = part.get("href") if part.get("type") == "text_link" else part["text"]
            if part.get("type") in ("link", "text_link") and isinstance(address, str) and address:
                targets.append(keepable(address)[0])
    return keepable("".join(texts))[0] or None, targets


def _poll(poll: dict[str, Any]) -> str | None:
    answers = poll.get("answers")
    found = [_text(poll.get("question"))[0]]
    for answer in answers if isinstance(answers, list) else []:
        if isinstance(answer, dict):
            found.append(_text(answer.get("text"))[0])
    return "\n".join(text for text in found if text) or None


def _links(row: dict[str, Any], chat: Chat, ref: str) -> Iterator[Link]:
    reply = word(row.get("reply_to_message_id"))
    if reply:
        peer = _PEER.match(word(row.get("reply_to_peer_id")) or "")
        yield Link(rel="reply", target=f"{peer[1] if peer else chat.ref}/{reply}")
    if "forwarded_from" in row or "forwarded_from_id" in row:
        yield Link(rel="forward", target=_who(row, "forwarded_from") or NO_SENDER)
    if "saved_from" in row:
        yield Link(rel="saved_from", target=word(row["saved_from"]) or NO_SENDER)
    if "edited" in row or "edited_unixtime" in row:
        yield Link(rel="edit", target=ref)  # a later version of the post of this very number
    pinned = word(row.get("message_id"))
    if pinned and row.get("action") == "pin_message":
        yield Link(rel="pin", target=f"{chat.ref}/{pinned}")


def _remarks(row: dict[str, Any]) -> Iterator[str | None]:
    edited = _time(row, "edited")
    if edited is not None:
        start = edited.bounds.start_ms
        when = to_rfc3339(start) if start is not None and edited.text.isdecimal() else edited.text
        yield f"edited {when}: the text is that of the edit"
    for name, said in (("author", "signed"), ("via_bot", "via")):
        value = word(row.get(name))
        yield f"{said} {value}" if value else None
    place = row.get("location_information")
    if isinstance(place, dict):
        names = [word(row.get("place_name")), word(row.get("address"))]
        numbers = [word(place.get("latitude")), word(place.get("longitude"))]
        yield "a location: " + ", ".join(text for text in (*numbers, *names) if text)
    if isinstance(row.get("contact_information"), dict):
        yield "a contact"


_SHOWN = ("photo", "file")


def _media(row: dict[str, Any], ref: str) -> Iterator[MediaRef]:
    for name in (*_SHOWN, "contact_vcard"):
        value = row.get(name)
        if not isinstance(value, str) or not value:
            continue
        skipped = _SKIPPED.match(value)
        if skipped is None:
            yield MediaRef(path=value)
            continue
        called = word(row.get("file_name")) or skipped["name"]
        named = f"{name} of message {ref}" + (f": {called}" if called else "")
        yield MediaRef(named=named, reason=f"not contained: {skipped['why']}"[:500])
        small = row.get("thumbnail")
        if name == "file" and isinstance(small, str) and small and not _SKIPPED.match(small):
            yield MediaRef(path=small)  # the only picture of it that is held


def _remember(
    row: dict[str, Any], number: int, ref: str, before: Before | None, *, visible: bool
) -> Before | None:
    """Return what tells whether the next message continues an album."""
    if not visible:
        return None
    sender = row.get("from_id") or row.get("from")
    time = row.get("date_unixtime") or row.get("date")
    group = word(row.get("media_group_id"))
    first = ref
    if before is not None:
        alike = (before.sender, before.time, before.number + 1) == (sender, time, number)
        # Where the export names groups, they decide.
        same = group == before.group if group or before.group else alike and time is not None
        first = before.first if same else ref
    return Before(number, sender, time, group, first)
