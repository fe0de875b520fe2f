"""Damaged exports, ten of each kind: every byte is kept, every item has an outcome, none stops."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case
from firsthand.collect import recognise

Take = Callable[..., Any]

MESSAGES = {
    "name": "Channel", "type": "public_channel", "id": 77,
    "messages": [
        {"id": number, "type": "message", "date_unixtime": "1402740000", "from": "A",
         "text": ["a", {"type": "text_link", "text": "b", "href": "h"}], "photo": "a.jpg",
         "poll": {"question": "q", "answers": [{"text": "a"}]}, "reply_to_message_id": 3}
        for number in range(8)
    ],
}  # fmt: skip
POSTS = [
    {"tweet": {"id_str": str(number), "full_text": "RT @a: b", "edit_info": {"initial": {}},
               "created_at": "Wed Jun 11 10:00:00 +0000 2014",
               "entities": {"urls": [{"expanded_url": "https://x.com/a/status/5"}],
                            "media": [{"media_url_https": "https://example.org/b.jpg"}]}}}
    for number in range(8)
]  # fmt: skip
CHAT = "".join(
    f"{number}/06/2014, 10:00 - A: {text}\nmore: of it\n"
    for number, text in enumerate(
        ("a", "a.jpg (file attached)", "\u200e<attached: b.jpg>", "<Media omitted>", ""), 1
    )
)
EXPORTS = {
    "telegram": ("result.json", json.dumps(MESSAGES, indent=1)),
    "x-archive": ("tweets.js", "window.YTD.tweets.part0 = " + json.dumps(POSTS)),
    "whatsapp": ("_chat.txt", CHAT),
}
PIECES = (
    b'"', b"{", b"}", b"[", b"]", b"null", b"1e999", b"NaN", b"-", b"\\", b"\\u0000", b"\\ud83d",
    b"\xff", b"\0", b"\n", b"9" * 30, b"true", b":", b"- ", b"\xe2\x80\x8e",
)  # fmt: skip


def damaged(data: bytes, chance: random.Random) -> bytes:
    found = bytearray(data)
    for _ in range(chance.randrange(1, 8)):
        at = chance.randrange(len(found))
        match chance.randrange(4):
            case 0:
                del found[at : at + chance.randrange(200)]
            case 1:
                start = chance.randrange(len(found))
                found[at:at] = found[start : start + chance.randrange(60)]
            case _:
                found[at : at + chance.randrange(6)] = chance.choice(PIECES)
    return bytes(found)


@pytest.mark.parametrize("kind", EXPORTS)
def test_damage(case: Case, inbox: Path, take: Take, kind: str) -> None:
    """The balance of every import is checked by ``take`` from the ledger."""
    name, text = EXPORTS[kind]
    chance = random.Random(kind)
    path = inbox / name
    for _ in range(10):
        data = damaged(text.encode(), chance)
        path.write_bytes(data)
        recognise(path)
        recognise(inbox)
        # A beginning that is broken too makes it no export, and only then nothing is kept.
        summary = take(chance.choice((path, inbox)), kind=kind)
        unread = all("no posts of an archive" in row["reason"] for row in summary["outcomes"])
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        assert case.catalog.has("exhibit", digest) or (unread and summary["outcomes"])
    before = case.catalog.counts()["sightings"]
    case.rebuild()
    assert case.catalog.counts()["sightings"] == before > 5
