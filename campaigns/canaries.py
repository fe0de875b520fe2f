"""A case with a canary in every kind of input: made-up words that stand nowhere else.

A canary is one word of small letters (or digits where a number is asked for), so that it survives
folding, lower case and every encoding that keeps letters. Everything here is invented.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import struct
import time
import zipfile
import zlib
from pathlib import Path
from typing import Any

from canary_custody import cosigned, custody, person_key

from firsthand.case import Case, View
from firsthand.case.backup import back_up, record_backup
from firsthand.case.custody import letting_out
from firsthand.case.custody.persons import sign_here
from firsthand.case.merging import merge
from firsthand.collect import add
from firsthand.collect.acts import record_search, tag, translate
from firsthand.collect.entering import enter
from firsthand.model.custody import Authority, KeyRecord, Policy
from firsthand.model.nouns import Sighting
from firsthand.model.values import Digest
from firsthand.model.vocabulary import KeyRole, KeyState, StampKind
from firsthand.report.registry import registry
from firsthand.run import Analysis


class Canaries:
    """Words by what they stand in; each is made of its label, so that a run can be repeated."""

    def __init__(self) -> None:
        self.words: dict[str, str] = {}
        self.digests: dict[str, str] = {}
        self.entries: dict[str, int] = {}

    def __call__(self, label: str) -> str:
        digest = hashlib.sha256(f"canary {label}".encode()).digest()
        self.words[label] = "q" + "".join(chr(97 + byte % 26) for byte in digest[:13])
        return self.words[label]

    def number(self, label: str) -> str:
        """Return a canary of digits."""
        digest = hashlib.sha256(f"canary {label}".encode()).digest()
        self.words[label] = "7" + str(int.from_bytes(digest[:8], "big"))[:14]
        return self.words[label]

    def bytes_of(self, label: str, data: bytes) -> bytes:
        """Note the digest of bytes: whoever holds them must not learn that the case has them."""
        self.digests[label] = hashlib.sha256(data).hexdigest()
        return data


def jpeg(c: Canaries, shade: int, of: str = "") -> bytes:
    """Return a photograph with canaries in EXIF, XMP, IPTC and its comment."""
    from PIL import Image

    picture = Image.new("RGB", (96, 64))
    picture.putdata([((x * shade) % 256, (y * 3) % 256, (x ^ y) % 256)
                     for y in range(64) for x in range(96)])  # fmt: skip
    exif = Image.Exif()
    exif[0x013B] = c(f"{of}exif artist")
    exif[0x8298] = c(f"{of}exif copyright")
    exif[0x010E] = c(f"{of}exif description")
    exif[0x9C9D] = c(f"{of}exif xp author").encode("utf-16-le")
    inner = exif.get_ifd(0x8769)
    inner[0xA430] = c(f"{of}exif owner")
    inner[0xA431] = c(f"{of}exif serial")
    inner[0x9286] = b"ASCII\0\0\0" + c(f"{of}exif comment").encode()
    inner[0xA435] = c(f"{of}exif lens serial")
    place = exif.get_ifd(0x8825)
    place[0x001C] = b"ASCII\0\0\0" + c(f"{of}gps area").encode()
    sink = io.BytesIO()
    xmp = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>{c(of + "xmp")}</a></x:xmpmeta>'.encode()
    picture.save(sink, "JPEG", exif=exif, xmp=xmp, comment=c(f"{of}jpeg comment").encode())
    data = sink.getvalue()
    name = c(f"{of}iptc byline").encode()
    record = b"\x1c\x02\x50" + struct.pack(">H", len(name)) + name
    record += b"\0" * (len(record) % 2)
    block = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(record)) + record
    return data[:2] + b"\xff\xed" + struct.pack(">H", len(block) + 2) + block + data[2:]


def png(c: Canaries) -> bytes:
    """Return a picture with canaries in text chunks, plain and compressed."""
    from PIL import Image, PngImagePlugin

    info = PngImagePlugin.PngInfo()
    info.add_text("Author", c("png text"))
    info.add_text("Comment", c("png compressed text"), zip=True)
    sink = io.BytesIO()
    Image.radial_gradient("L").resize((90, 70)).save(sink, "PNG", pnginfo=info)
    return sink.getvalue()


def pdf(c: Canaries) -> bytes:
    """Return a page with a canary in its text (deflated) and one in its information."""
    text = zlib.compress(f"BT /F1 12 Tf 72 720 Td ({c('pdf text')}) Tj ET".encode())
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n" % len(text) + text + b"\nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        f"<</Author({c('pdf author')})/Title({c('pdf title')})>>".encode(),
    ]
    data, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n" % number + each + b"\nendobj\n"
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"trailer<</Size %d/Root 1 0 R/Info 6 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return data + tail % (len(objects) + 1, start)


def page(c: Canaries) -> bytes:
    """Return a saved page: text, title, meta, comment, cookie in a script."""
    words = " ".join(f"The mayor said that road {n} was closed." for n in range(20))
    return (
        f"<!doctype html><html><head><title>{c('html title')}</title>"
        f'<meta name="author" content="{c("html meta")}"><!-- {c("html comment")} -->'
        f'<script>document.cookie="session={c("html cookie")}"</script></head>'
        f"<body><article><p>{words} {c('html text')}</p></article></body></html>"
    ).encode()


def mhtml(c: Canaries) -> bytes:
    """Return a page as a browser saves it, its text in base64."""
    inner = f"<html><body><p>{'Words of the page. ' * 30}{c('mhtml text')}</p></body></html>"
    return (
        "From: <Saved by Blink>\r\n"
        f"Snapshot-Content-Location: http://{c('mhtml host')}.example/\r\n"
        f"Subject: {c('mhtml subject')}\r\nDate: Sat, 4 May 2024 10:00:00 -0000\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: multipart/related; type="text/html"; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Location: http://{c('mhtml host')}.example/\r\n\r\n"
        f"{base64.encodebytes(inner.encode()).decode()}\r\n--b--\r\n"
    ).encode()


def warc(c: Canaries) -> bytes:
    """Return a capture with what a collector's browser sent and got; each record gzipped."""

    def record(kind: str, more: str, body: bytes) -> bytes:
        head = (
            f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Date: 2024-05-04T10:00:00Z\r\n"
            f"WARC-Record-ID: <urn:uuid:{hashlib.md5(kind.encode()).hexdigest()}>\r\n{more}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return gzip.compress(head.encode() + body + b"\r\n\r\n")

    url = f"WARC-Target-URI: http://{c('warc host')}.example/{c('warc path')}\r\n"
    words = f"<html><body><p>{'What the page said. ' * 30}{c('warc text')}</p></body></html>"
    answer = (
        f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Cookie: s={c('warc cookie')}\r\n\r\n"
    )
    ask = f"GET / HTTP/1.1\r\nAuthorization: Bearer {c('warc authorization')}\r\n\r\n"
    ip = "WARC-IP-Address: 203.0.113.77\r\n"
    kind = "Content-Type: application/http; msgtype="
    return (
        record("warcinfo", "", f"operator: {c('warc operator')}\r\n".encode())
        + record(
            "request", url + "Content-Type: application/http; msgtype=request\r\n", ask.encode()
        )
        + record(
            "response",
            f"{url}{ip}{kind}response\r\n",
            answer.encode() + words.encode(),
        )
    )


def lines(rows: list[Any]) -> bytes:
    """Return JSON lines; characters beyond ASCII as escapes in every second one."""
    return "".join(
        json.dumps(row, ensure_ascii=bool(at % 2)) + "\n" for at, row in enumerate(rows)
    ).encode()


def material(c: Canaries, inbox: Path) -> list[tuple[Path, str | None]]:
    """Write every kind of input and return what to add, with its kind."""
    made: list[tuple[Path, str | None]] = []

    def put(path: str, data: bytes, kind: str | None = None, add_it: bool = True) -> Path:
        target = inbox / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        if add_it:
            made.append((target, kind))
        return target

    folder = c("folder name")
    photo = c.bytes_of("digest of a photograph", jpeg(c, 5))
    put(f"{folder}/{c('file name')}.jpg", photo, add_it=False)
    put(f"{folder}/drawing.png", c.bytes_of("digest of a drawing", png(c)), add_it=False)
    note = c.bytes_of("digest of a text", f"Notes of a visit. {c('text file')}\n".encode())
    put(f"{folder}/notes.txt", note, add_it=False)
    made.append((inbox / folder, "folder"))
    put("page.html", page(c), "article")
    put("page.mhtml", mhtml(c))
    put("capture.warc.gz", warc(c))
    put("paper.pdf", pdf(c))
    post = {
        "id": c.number("post id"), "platform": "telegram", "user": c("post user"),
        "t": "2024-05-04T10:00:00Z", "url": f"https://t.example/{c('post url')}",
        "text": f"Seen at the mill {c('post text')} \u0642\u0631\u064a\u0629", "lang": "en",
        "title": c("post title"), "remark": c("post remark"),
        "media": [{"path": "m/p.jpg"}, {"path": f"{c('missing medium')}.jpg"}],
        "unknown": c("post unknown field"),
    }  # fmt: skip
    other = {"id": c.number("other post"), "platform": "x", "user": "b", "t": 1714813200,
             "text": f"Other words {c('other text')}", "repost_of": post["id"]}  # fmt: skip
    put(
        "posts/m/p.jpg",
        c.bytes_of("digest of a posted picture", jpeg(c, 9, "posted ")),
        add_it=False,
    )
    put("posts/posts.jsonl", lines([post, other]), "posts")
    table = f"id,user,text,t\n{c.number('csv id')},{c('csv user')},{c('csv text')},1714813300\n"
    put("table/posts.csv", table.encode("utf-8-sig"), "posts")
    tweet = {"id_str": c.number("x id"), "created_at": "Wed Jun 11 10:00:00 +0000 2014",
             "full_text": f"{c('x text')} &amp; more"}  # fmt: skip
    account = {"username": c("x user"), "email": f"{c('x email')}@example.org",
               "accountId": c.number("x account")}  # fmt: skip
    for name, key, value in (("tweets", "tweet", tweet), ("account", "account", account)):
        text = f"window.YTD.{name}.part0 = " + json.dumps([{key: value}])
        put(f"twitter-archive/data/{name}.js", text.encode(), add_it=False)
    made.append((inbox / "twitter-archive", "x-archive"))
    message = {"id": 1, "type": "message", "date": "2014-06-14T10:00:00",
               "date_unixtime": "1402740000", "from": c("telegram name"), "from_id": "user5",
               "text": c("telegram text"), "forwarded_from": c("telegram forward")}  # fmt: skip
    chat = {"name": c("telegram chat"), "type": "public_channel", "id": 99, "messages": [message]}
    put("ChatExport/result.json", json.dumps(chat).encode(), add_it=False)
    archive = inbox / "export.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("ChatExport/result.json", json.dumps(chat))
        packed.comment = c("zip comment").encode()
    made.append((archive, None))
    chat_text = (
        f"14/06/2014, 21:03 - {c('whatsapp name')}: {c('whatsapp text')}\n"
        "14/06/2014, 21:04 - +1 202 555 0143: more words\n"
    )
    put(f"WhatsApp Chat with {c('whatsapp chat')}.txt", chat_text.encode(), "whatsapp")
    info = {"id": c("yt-dlp id"), "title": c("yt-dlp title"), "uploader": c("yt-dlp uploader"),
            "description": c("yt-dlp description"), "extractor": "generic", "ext": "mp4",
            "webpage_url": f"https://v.example/{c('yt-dlp url')}", "timestamp": 1714806000,
            "http_headers": {"Cookie": c("yt-dlp cookie")}, "formats": []}  # fmt: skip
    put("saved/clip [x].info.json", json.dumps(info).encode(), add_it=False)
    put("saved/clip [x].mp4", b"\0\0\0\x18ftypmp42" + os.urandom(8) + b"no film", add_it=False)
    made.append((inbox / "saved", "yt-dlp"))
    gallery = {"category": "directlink", "filename": "p", "extension": "jpg",
               "domain": f"{c('gallery-dl host')}.example", "path": c("gallery-dl path"),
               "author": c("gallery-dl author"), "content": c("gallery-dl text")}  # fmt: skip
    put("gallery/p.jpg", jpeg(c, 11, "gallery "), add_it=False)
    put("gallery/p.jpg.json", json.dumps(gallery).encode(), add_it=False)
    made.append((inbox / "gallery", "gallery-dl"))
    aa = f"https://a.example/{c('auto-archiver url')},{c('auto-archiver title')},x,done\n"
    put("auto/db.csv", b"url,title,text,status\n" + aa.encode(), None)
    put(
        "news.txt",
        f"A doctor, {c('source in text')}, said that 12 bodies came.".encode(),
        "article",
    )
    claims: list[dict[str, Any]] = [
        {"type": "event", "id": c("event id"), "label": c("event label"),
         "places": [c("event place")], "when": "2024-05-04"},
        {"type": "actor", "id": c("actor id"), "name": c("actor name"), "kind": "person",
         "aliases": [c("actor alias")], "interest": c("actor interest")},
        {"type": "claim", "id": c("claim label"), "doc": "news.txt", "question": "count",
         "event": c("event id"), "quote": "12 bodies came", "basis": "report",
         "value": {"kind": "bodies", "min": 12, "max": 12,
                   "scope": {"text": c("claim scope"), "places": [c("claim place")]}},
         "source_chain": [c("actor id"), c("claim source")]},
        {"type": "claim", "id": "second", "doc": "news.txt", "question": "act",
         "event": c("event id"), "quote": f"A doctor, {c('source in text')}",
         "value": {"act": "killing", "victim": c("claim victim"), "result": c("claim result")},
         "source_chain": [c("actor id")], "cue": c("claim cue")},
        {"type": "claim", "id": "third", "doc": "news.txt", "question": "where",
         "event": c("event id"), "quote": "said", "value": {"place": c("claim named place")},
         "source_chain": [c("actor id")]},
    ]  # fmt: skip
    said = {"polarity": "asserts", "hedge": "asserted", "attribution": "indirect"}
    rows = [said | row if row["type"] == "claim" else row for row in claims]
    put("claims.jsonl", lines(rows), "claims")
    return made


def witness(name: str) -> str:
    """Return the key of a witness that nobody has (C2SP tlog-cosignature: type 0x04)."""
    key = b"\x04" + hashlib.sha256(name.encode()).digest()
    short = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex()
    return f"{name}+{short}+{base64.b64encode(key).decode()}"


PERSON_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJmHqDmQGNQUkcXYZ0xTm0bLLCb5MTyCSHPQz8V+gSa1"
"""A public key of nobody: 32 bytes of a hash, for its comment."""


def acts(c: Canaries, case: Case, folder: Path) -> None:
    """Enter what persons enter, with a canary in every text."""
    by = c("by")
    event = c("event id")
    post = next(n["id"] for _, n, _ in case.catalog.sightings() if n["ref"] == c.words["post id"])
    photo = f"sha256:{c.digests['digest of a photograph']}"
    with case.batch(by=by) as batch:
        batch.noun("sighting", Sighting(
            id="sighting:" + "5" * 64, platform="website", ref=c("sighting ref"),
            url=f"https://s.example/{c('sighting url')}", account=c("sighting account"),
            title=c("sighting title"), remark=c("sighting remark"), shows=(event,),
            exhibits=(Digest(photo),)))  # fmt: skip
    enter(case, {"type": "note", "subject": photo, "text": c("note")}, by=by)
    enter(case, {"type": "mark", "exhibit": photo, "kind": "outline", "value": {"x": 1},
                 "text": c("mark")}, by=by)  # fmt: skip
    tag(case, photo, [c("tag")], by=by)
    record_search(case, {"where": c("search place"), "query": c("search query"), "found": 1,
                         "why": c("search reason"), "name": c("search name")}, by=by)  # fmt: skip
    known = case.catalog.sighting(post)
    assert known is not None
    translate(case, "sighting", known[2], text=c("translation"), lang_to="fr",
              translator=c("translator"), by=by)  # fmt: skip
    Analysis(View(case), registry(), record=True, by=by).run()
    from firsthand.report.judge import judge

    claim = next(n.id for n in case.catalog.nouns("claim") if n.data["label"] == "second")
    judge(case, registry(), claim, "accept", None, c("assessment reason"), by=by)
    with case.batch(by=by) as batch:
        authority = Authority(name=c("authority name"), kind=StampKind.RFC3161,
                              url=f"https://{c('authority host')}.example/tsr")  # fmt: skip
        witnesses = (witness(c("witness name")),)
        batch.noun("policy", Policy(id="policy:1", why=c("policy reason"), witnesses=witnesses,
                                    stamps=1, authorities=(authority,)))  # fmt: skip
        batch.noun("key", KeyRecord(
            id="key:1", role=KeyRole.PERSON, state=KeyState.ADDED, name=c("key person"),
            key=f"{PERSON_KEY} {c('key comment')}", valid_from=1))  # fmt: skip
        batch.noun("export", {"profile": "full", "files": 1, "sha256sums": "sha256:" + "0" * 64,
                              "size": 1, "to": [c("recipient")]})  # fmt: skip
    copy = folder / c("backup folder")
    record_backup(case, c("backup name"), back_up(case, copy), by=by)
    # A reason is on record and never in a bundle; taken back, the acts change nothing.
    letting_out.seal(case, "entry:0", why=c("reason of a seal"), by=by)
    letting_out.seal(case, "entry:0", why="again", lift=True, by=by)


def build(folder: Path) -> tuple[Case, Canaries]:
    """Make the case; the environment's names of user and home are canaries, too."""
    c = Canaries()
    os.environ["FIRSTHAND_ACTOR"] = c("FIRSTHAND_ACTOR")
    os.environ["LOGNAME"] = os.environ["USER"] = c("login name")
    os.environ["HOME"] = str(folder / c("home folder"))
    os.environ["FIRSTHAND_HOME"] = f"{os.environ['HOME']}/keys"
    os.environ["TZ"] = "Pacific/Chatham"
    time.tzset()
    inbox = folder / c("inbox folder")
    inbox.mkdir(parents=True)
    case = Case.create(folder / c("case folder"), title=c("case title"))
    for path, kind in material(c, inbox):
        add(case, [path], kind=kind, source=c("source of files"))
    custody(c, case, folder)
    acts(c, case, folder)
    c.words["time zone"] = "pacific/chatham"
    c.words["address"] = "203.0.113.77"
    c.words["phone"] = "202 555 0143"
    return case, c


def merged(case: Case, c: Canaries, folder: Path) -> None:
    """Take another case in, with canaries of its own."""
    other = Case.create(folder / c("other folder"), title=c("other title"), by=c("other person"))
    (folder / "other.txt").write_text(f"Words of the other case {c('other words')}")
    add(other, [folder / "other.txt"], kind="folder", by=c.words["other person"])
    enter(other, {"type": "actor", "id": "z", "name": c("other actor"), "kind": "person"},
          by=c.words["other person"])  # fmt: skip
    by = c.words["other person"]
    cosigned(other, f"{c('other witness')}.example/w", c("other reason of a witness"), by)
    key = person_key(c, folder / "pens", "other key of a person")
    sign_here(other, key, person=c("other person who signs"), by=by)
    merge(case, other.root)
