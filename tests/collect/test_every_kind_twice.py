"""Every kind of input that `add` knows, added twice: the second time adds nothing."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case
from firsthand.collect import KINDS, add

FIXTURES = Path(__file__).parent.parent / "fixtures"
PICTURE = b"\x89PNG\r\n\x1a\n not much of a picture"


def _folder(inbox: Path) -> Path:
    path = inbox / "files"
    path.mkdir()
    (path / "a.png").write_bytes(PICTURE)
    (path / "b.txt").write_text("Words in a file.")
    return path


def _posts(inbox: Path) -> Path:
    (inbox / "a.png").write_bytes(PICTURE)
    rows = [
        {"id": "1", "t": 1402480800, "platform": "x", "user": "u", "text": "one",
         "media": ["a.png", "gone.jpg"]},
        {"id": "2", "t": 1402480900, "platform": "x", "user": "v", "repost_of": "1"},
    ]  # fmt: skip
    path = inbox / "posts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def _article(inbox: Path) -> Path:
    path = inbox / "page.html"
    words = " ".join(f"The mayor said that the road to village {n} was closed." for n in range(20))
    path.write_text(f"<!doctype html><html><body><article><p>{words}</p></article></body></html>")
    return path


def _claims(inbox: Path) -> Path:
    (inbox / "news.txt").write_text("A doctor said that 12 bodies were brought in.")
    rows = [
        {"type": "event", "id": "mill", "label": "The mill"},
        {"type": "claim", "id": "c1", "doc": "news.txt", "question": "count", "event": "mill",
         "value": {"kind": "bodies", "min": 12, "max": 12}, "source_chain": ["a doctor"],
         "quote": "12 bodies were brought in", "basis": "report"},
    ]  # fmt: skip
    path = inbox / "claims.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def _x_archive(inbox: Path) -> Path:
    data = inbox / "twitter-archive" / "data"
    (data / "tweets_media").mkdir(parents=True)
    (data / "tweets_media" / "7-photo.jpg").write_bytes(PICTURE)
    tweet = {
        "id_str": "7",
        "created_at": "Wed Jun 11 10:00:00 +0000 2014",
        "full_text": "a picture and one that is gone",
        "in_reply_to_status_id_str": "6",
        "entities": {"media": [{"media_url": "http://pbs.example/photo.jpg", "id_str": "70"}]},
    }
    (data / "tweets.js").write_text(
        "window.YTD.tweets.part0 = " + json.dumps([{"tweet": tweet}], indent=2)
    )
    return inbox / "twitter-archive"


def _telegram(inbox: Path) -> Path:
    path = inbox / "ChatExport_2014-06-15"
    (path / "photos").mkdir(parents=True)
    (path / "photos" / "photo_1.jpg").write_bytes(PICTURE)
    message = {"type": "message", "from": "Someone", "from_id": "user5"}
    messages = [
        {"id": 1, "date": "2014-06-14T10:00:00", "date_unixtime": "1402740000", "text": "one",
         "photo": "photos/photo_1.jpg", "width": 1, "height": 1} | message,
        {"id": 2, "date": "2014-06-14T10:01:00", "date_unixtime": "1402740060", "text": "two",
         "photo": "photos/gone.jpg", "reply_to_message_id": 1} | message,
    ]  # fmt: skip
    chat = {"name": "A channel", "type": "public_channel", "id": 99, "messages": messages}
    (path / "result.json").write_text(json.dumps(chat, indent=1))
    return path


def _whatsapp(inbox: Path) -> Path:
    path = inbox / "WhatsApp Chat with Friends.txt"
    path.write_text(
        "14/06/2014, 21:03 - Amal: first words\n"
        "14/06/2014, 21:04 - Basim: <Media omitted>\n"
        "15/06/2014, 09:00 - Amal: more\nover two lines\n"
    )
    return path


def _zip(inbox: Path) -> Path:
    made = _telegram(inbox)
    path = inbox / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(made.rglob("*")):
            archive.write(file, file.relative_to(inbox))
    return path


def _copied(*parts: str) -> Callable[[Path], Path]:
    def make(inbox: Path) -> Path:
        source = FIXTURES.joinpath(*parts)
        target = inbox / source.name
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)
        return target

    return make


MAKE: dict[str, Callable[[Path], Path]] = {
    "folder": _folder,
    "posts": _posts,
    "claims": _claims,
    "article": _article,
    "x-archive": _x_archive,
    "telegram": _telegram,
    "whatsapp": _whatsapp,
    "auto-archiver": _copied("auto-archiver", "flat"),
    "yt-dlp": _copied("yt-dlp"),
    "gallery-dl": _copied("gallery-dl"),
    "pdf": _copied("browser", "quarry.pdf"),
    "warc": _copied("warc", "capture.warc.gz"),
    "wacz": _copied("warc", "capture.wacz"),
    "zip": _zip,
}
MHTML = _copied("browser", "quarry.mhtml")
NEEDS = {"claims": "news.txt"}
"""What must be in the case first."""


def test_no_kind_is_left_out() -> None:
    assert set(MAKE) == set(KINDS)


def everything(case: Case) -> dict[str, Any]:
    """Return what a case holds, without the records that it was taken in (again)."""
    kinds = ("exhibit", "gap", "claim", "event", "actor", "note")
    nouns = {kind: sorted(noun.id for noun in case.catalog.nouns(kind)) for kind in kinds}
    sightings = {noun["id"]: (noun, text) for _, noun, text in case.catalog.sightings()}
    return {**nouns, "sightings": sightings}


@pytest.mark.parametrize("recognised", [False, True], ids=["named", "recognised"])
@pytest.mark.parametrize(("kind", "make"), [*MAKE.items(), ("article", MHTML)])
def test_the_second_time_adds_nothing(
    case: Case,
    inbox: Path,
    take: Callable[..., Any],
    kind: str,
    make: Callable[[Path], Path],
    recognised: bool,
) -> None:
    path = make(inbox)
    if kind in NEEDS:
        add(case, [inbox / NEEDS[kind]], kind="article", by="tester")
    options = {} if recognised else {"kind": kind}
    (first,) = take(path, **options)["imports"]
    assert first["kind"] == kind
    assert first["exhibits"] + first["sightings"] + first["claims"] > 0
    before = everything(case)

    (second,) = take(path, **options)["imports"]
    brought = ("done", "exhibits", "sightings", "gaps", "claims")
    assert {name: second[name] for name in brought} == dict.fromkeys(brought, 0)
    assert second["already"] == first["done"] + first["already"]
    assert everything(case) == before
