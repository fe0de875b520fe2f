"""Pages saved as MHTML: the page and its pictures in one file, as browsers and Hunchly write it.

References: RFC 2557 (MIME encapsulation of aggregate documents), RFC 2392 (cid addresses).
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.message import Message
from urllib.parse import urljoin

from firsthand.case import Staged
from firsthand.collect.captured import captured
from firsthand.collect.extraction import Extractor
from firsthand.collect.items import Context, Item, Kept, failed
from firsthand.collect.pages import Document, Reading, read_page
from firsthand.collect.pages import page_items as items_of_page
from firsthand.collect.sniffing import HTML, MHTML, sniff
from firsthand.model.canonical import keepable
from firsthand.model.errors import BadInput
from firsthand.model.values import Digest

LARGEST = 256 << 20
"""Bytes of one file: it is held in memory while it is taken apart."""
MOST_PARTS = 5000
_DEEPEST = 10
CHECKED = "MHTML checked against a page saved by Chromium 156 (Page.captureSnapshot)"


@dataclass(slots=True)
class _Page:
    """What was taken out of one file."""

    html: bytes = b""
    location: str | None = None
    parts: list[tuple[tuple[str, ...], bytes]] = field(default_factory=list)
    """Names under which the page can call a part, and its bytes."""


def page_items(
    context: Context, name: str, document: Document, staged: Staged, extractor: Extractor
) -> Iterator[Item]:
    """Yield the item of a saved page: the file, its page, its text and its pictures."""
    original = Kept(staged=staged, media_type=MHTML)
    try:
        message, page = _read(staged)
    except BadInput as error:
        yield Item(name=name, kept=(original,))
        yield failed(f"{name}#text", error)
        return
    how = f"mhtml.part of {staged.digest}"
    html = Kept(
        staged=context.case.blobs.stage_bytes(page.html),
        media_type=HTML,
        derived_from=staged.digest,
        derivation=how,
    )
    held = {}
    for names, data in page.parts:
        # The bytes are those that the server gave, so other rooms shall look at them as such.
        part = Kept(
            staged=context.case.blobs.stage_bytes(data),
            media_type=sniff(data[: 1 << 16], whole=len(data) <= 1 << 16),
            derivation=how,
        )
        held.update(dict.fromkeys(names, part))
    base = page.location or ""

    def find(source: str) -> Digest | None:
        found = held.get(source) or held.get(urljoin(base, source))
        return found.staged.digest if found else None

    reading: Reading = read_page(context, html.staged, extractor, find)
    saved = _header(message, "Date")
    told = f"the page was saved {saved} by the clock of whoever did so" if saved else None
    said = replace(
        document,
        url=document.url or context.url or page.location,
        title=document.title or _header(message, "Subject"),
        remark="; ".join(text for text in (document.remark, told) if text) or None,
        captured=captured(saved),
    )
    parts = tuple({kept.staged.digest: kept for kept in held.values()}.values())
    yield from items_of_page(context, name, said, original, reading, parts=(html, *parts))


def _header(message: Message, name: str) -> str | None:
    value = message.get(name)
    text = keepable(" ".join(str(value).split()))[0][:1000] if value else ""
    return text or None


def _read(staged: Staged) -> tuple[Message, _Page]:
    if staged.size > LARGEST:
        raise BadInput("not taken apart", why=f"{staged.size} bytes are more than {LARGEST}")
    try:
        message = email.message_from_bytes(staged.path.read_bytes(), policy=email.policy.compat32)
        page = _taken_apart(message)
    except (ValueError, LookupError, RecursionError, AttributeError, TypeError) as error:
        raise BadInput("not taken apart", why=str(error)[:200]) from error
    if not page.html.strip():
        raise BadInput("no text was read", why="there is no page in the file")
    return message, page


def _taken_apart(message: Message) -> _Page:
    """Return the page and its parts; the first part that is HTML is the page (RFC 2557, 3)."""
    page = _Page()
    waiting: list[tuple[Message, int]] = [(message, 0)]
    count = 0
    while waiting:
        part, depth = waiting.pop()
        count += 1
        if count > MOST_PARTS or depth > _DEEPEST:
            raise BadInput("not taken apart", why="too many or too deeply nested parts")
        inner = part.get_payload()
        if isinstance(inner, list):
            waiting += [(each, depth + 1) for each in reversed(inner) if isinstance(each, Message)]
            continue
        data = part.get_payload(decode=True)
        if not isinstance(data, bytes) or not data:
            continue
        location, name = _header(part, "Content-Location"), _header(part, "Content-ID")
        if part.get_content_type() == HTML and not page.html:
            page.html = data
            page.location = location or _header(message, "Snapshot-Content-Location")
        elif part.get_content_maintype() in ("image", "video", "audio"):
            cid = f"cid:{name.strip('<>')}" if name else None
            page.parts.append((tuple(each for each in (location, cid) if each), data))
    return page
