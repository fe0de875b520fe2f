"""One message of a WhatsApp chat: who wrote it, its text, and media that it names.

The placeholders are those of the app in several languages, as public readers of such files list
them; none was checked against the app.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from firsthand.collect.posting import MediaRef, Post, remark_of
from firsthand.collect.whatsapp_dates import MARKS
from firsthand.model.canonical import keepable
from firsthand.model.nouns import Link, Written

PLATFORM = "whatsapp"
SYSTEM = "a message of the app itself, without a sender"
PERHAPS_SYSTEM = "may be a message of the app itself: it begins with a direction mark"
LEFT_OUT = "left out when the chat was exported"
GONE = "deleted before the chat was exported"

_SENDER = re.compile(r"(?P<name>[^\n]{1,100}?):(?:[ \u200e]|(?=\n)|\Z)(?P<text>.*)\Z", re.DOTALL)
_FILE = r"(?P<file>[^<>:/\\\n]+\.[A-Za-z0-9]{1,5})"
_ANDROID_FILE = re.compile(rf"[{MARKS}]*{_FILE} \((?P<why>[^()\n]+)\)[{MARKS}]*\Z")
_IOS_FILE = re.compile(rf"[{MARKS}]*<(?P<why>[^<>:\n]{{1,30}}): ?{_FILE}>")
_OWN_NAME = re.compile(
    r"(?:IMG|VID|AUD|PTT|STK|DOC)-\d{8}-WA\d+\.\w+|\d{8}-[A-Z]+-[\d-]+\.\w+|\d{8}-.+\.\w+"
)
_SAID_ATTACHED = {"file attached", "attached"}
_OMITTED = {
    "<media omitted>", "<multimedia omitido>", "<medien ausgeschlossen>", "<médias omis>",
    "<mídia oculta>", "<media omessi>", "<medya dahil edilmedi>", "<media weggelaten>",
    "<без медиафайлов>", "<تم استبعاد الوسائط>", "<הושמטה מדיה>", "<archivo omitido>",
}  # fmt: skip
_OMITTED_END = re.compile(
    r"(?:image|video|audio|gif|sticker|document|contact card|video note|view once message"
    r"|media) omitted\Z"
)
_OMITTED_ELSEWHERE = re.compile(
    r"(?:omitid[oa]|weggelassen|absente?|omess[oa]|ocult[oa]|dahil edilmedi|weggelaten"
    r"|отсутствует|пропущен[оа]?|محذوف[ةه]?|תמונה הושמטה)\Z"
)
_DELETED = {
    "this message was deleted", "this message was deleted.", "you deleted this message",
    "you deleted this message.",
}  # fmt: skip
_EDITED = re.compile(rf"[{MARKS}\s]*<This message was edited>[{MARKS}\s]*\Z")


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it stands in the file: its reference, time, and everything after the time."""

    ref: str
    chat: str
    published: Written
    body: str
    remark: str | None = None


def read_message(message: Message, files: Collection[str]) -> Post:
    """Return the post of a message; ``files`` are the names of files beside the chat."""
    sender, text = _sender(message.body)
    remarks = [message.remark]
    links: tuple[Link, ...] = ()
    shown = text.strip(MARKS + " \n")
    if sender is None:
        remarks.append(SYSTEM)
    edited = _EDITED.search(text)
    if edited:
        text = text[: edited.start()]
        links = (Link(rel="edit", target=message.ref),)
        remarks.append("edited: the text is that of the edit")
    media: tuple[MediaRef, ...] = ()
    if sender is not None and _is_omitted(text, shown):
        media = (MediaRef(named=f"{shown.strip('<>')} in message {message.ref}", reason=LEFT_OUT),)
        text = ""
    elif sender is not None and shown.lower() in _DELETED:
        media = (MediaRef(named=f"message {message.ref}", reason=GONE),)
        remarks.append("deleted")
        text = ""
    else:
        text, media = _attached(text, files)
        if sender is not None and not media and text.startswith("\u200e"):
            remarks.append(PERHAPS_SYSTEM)
    return Post(
        platform=PLATFORM,
        ref=message.ref,
        account=sender,
        text=keepable(text)[0] if text.strip(MARKS + " \n") else None,
        title=message.chat,
        published=message.published,
        links=links,
        media=media,
        remark=remark_of(message.published, *remarks),
    )


def _sender(body: str) -> tuple[str | None, str]:
    """Return who wrote a message, and what; nobody for messages of the app."""
    found = _SENDER.match(body)
    name = found["name"].strip(MARKS + " ") if found else ""
    # A name that only opens a quotation is the beginning of a sentence about a changed subject.
    if found is None or not name or name.count('"') % 2 or name.count("“") != name.count("”"):
        return None, body
    return keepable(name)[0], found["text"]


def _is_omitted(text: str, shown: str) -> bool:
    plain = shown.lower()
    if plain in _OMITTED or _OMITTED_END.fullmatch(plain):
        return True
    marked = text.startswith("\u200e") and len(shown) <= 40
    return bool(marked and _OMITTED_ELSEWHERE.search(plain))


def _attached(text: str, files: Collection[str]) -> tuple[str, tuple[MediaRef, ...]]:
    """Take what names an attached file out of a text; return both."""
    first, _, rest = text.partition("\n")
    found = _ANDROID_FILE.match(first)
    if found and _is_file(found["file"], found["why"], files):
        return rest, (MediaRef(path=found["file"].strip(MARKS)),)
    found = _IOS_FILE.search(text)
    if found and _is_file(found["file"], found["why"], files):
        left = text[: found.start()] + text[found.end() :]
        return left.rstrip(MARKS + " "), (MediaRef(path=found["file"].strip(MARKS)),)
    return text, ()


def _is_file(name: str, why: str, files: Collection[str]) -> bool:
    """Tell whether a name is one of an attachment, whatever the language around it."""
    bare = name.strip(MARKS)
    return bare in files or why.strip(MARKS) in _SAID_ATTACHED or bool(_OWN_NAME.fullmatch(bare))
