"""The made-up web site that fixtures are taken from: pictures, pages, a clip, one account.

Everything is generated; nothing on it ever happened. It is served on loopback under the name
`HOST`, which nobody can register (RFC 2606), with fixed dates so that fixtures change little.
"""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

from PIL import Image, ImageDraw

HOST, PORT = "quarry-news.example", 8931
SITE = f"http://{HOST}:{PORT}"
LAST_MODIFIED = "Sat, 04 May 2024 07:00:00 GMT"

# Laid before the environment of each package: the name leads to loopback, nothing else changes.
NAMES = f"""\
import socket
_real = socket.getaddrinfo
def _look_up(host, *rest, **options):
    name = host.decode() if isinstance(host, bytes) else host
    return _real("127.0.0.1" if name == {HOST!r} else host, *rest, **options)
socket.getaddrinfo = _look_up
"""

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Men led away from the quarry</title>
<meta property="article:published_time" content="2024-05-04T12:30:00+03:00">
<meta property="og:site_name" content="Quarry News"></head><body>
<nav>Home Sport Weather</nav><article><h1>Men led away from the quarry</h1>
<p>Witnesses said that dozens of men were led away from the quarry on Saturday, and that nobody
has seen them since then. عُثر على صور في الموقع.</p>
<p>A spokesman said that the pictures were taken by a guard, and that at least twelve men had been
held in the yard beside the road.</p>
<img src="/pictures/field.jpg" alt="field"><img src="/pictures/road.png" alt="road">
</article></body></html>"""

SECOND = PAGE.replace("Men led away from", "Relatives wait at").replace(
    "2024-05-04T12:30:00+03:00", "2024-05-05T09:00:00Z"
)

CLIP_PAGE = """<!doctype html><html lang="en"><head><title>Clip from the quarry</title>
<meta name="description" content="Trucks on the quarry road."></head><body>
<video poster="/pictures/road.png" title="clip"><source src="/video/clip.mp4" type="video/mp4">
<track kind="subtitles" srclang="ar" src="/video/clip.vtt"></video></body></html>"""

SUBTITLES = "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nشاحنات على الطريق\n"

ACCOUNT = {
    "id": "7", "username": "quarry_watch", "acct": "quarry_watch", "display_name": "Quarry Watch",
    "created_at": "2023-01-01T00:00:00.000Z", "note": "", "url": f"{SITE}/@quarry_watch",
    "avatar": f"{SITE}/pictures/road.png", "emojis": [], "fields": [],
}  # fmt: skip


def _status(number: str, text: str, when: str, pictures: list[str], reply: str | None) -> object:
    attached = [
        {
            "id": f"{number}{index}", "type": "image", "url": f"{SITE}/pictures/{name}",
            "preview_url": f"{SITE}/pictures/{name}", "remote_url": None, "meta": {},
            "description": "a field with a truck", "blurhash": None,
        }
        for index, name in enumerate(pictures)
    ]  # fmt: skip
    return {
        "id": number, "created_at": when, "in_reply_to_id": reply, "in_reply_to_account_id": None,
        "sensitive": True, "spoiler_text": "", "visibility": "public", "language": "en",
        "uri": f"{SITE}/users/quarry_watch/statuses/{number}",
        "url": f"{SITE}/@quarry_watch/{number}",
        "replies_count": 1, "reblogs_count": 4, "favourites_count": 0, "content": f"<p>{text}</p>",
        "reblog": None, "account": ACCOUNT, "media_attachments": attached, "mentions": [],
        "tags": [{"name": "quarry", "url": f"{SITE}/tags/quarry"}], "emojis": [], "card": None,
        "poll": None,
    }  # fmt: skip


STATUSES = {
    "112380": _status("112380", "Two trucks at the quarry #quarry", "2024-05-04T07:15:30.000Z",
                      ["field.jpg", "road.png"], None),
    "112381": _status("112381", "The same field, an hour later", "2024-05-04T08:20:00.000Z",
                      ["field-copy.jpg"], "112380"),
}  # fmt: skip


def picture(kind: str, seed: int) -> bytes:
    """Return a small drawn scene as JPEG (with EXIF) or PNG."""
    image = Image.new("RGB", (160, 120), (150 + seed, 180, 210))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 70, 160, 120), fill=(180, 150 + seed, 100))
    draw.polygon([(60, 120), (100, 120), (85, 70), (78, 70)], fill=(90, 90, 90))
    draw.rectangle((20 + 9 * seed, 60, 50 + 9 * seed, 78), fill=(80, 70, 30))
    out = io.BytesIO()
    if kind == "PNG":
        image.save(out, "PNG", optimize=True)
    else:
        exif = Image.Exif()
        exif[0x010F], exif[0x0110] = "Quarry", "Model 1"  # Make, Model
        exif[0x0132] = "2024:05:04 09:58:01"  # DateTime
        image.save(out, "JPEG", quality=70, exif=exif)
    return out.getvalue()


def clip(work: Path) -> bytes:
    """Return a clip of two seconds, made by ffmpeg from its own test pattern."""
    path = work / "clip.mp4"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=size=96x72:rate=5:duration=2",
         "-pix_fmt", "yuv420p", "-bitexact", str(path)],
        check=True,
    )  # fmt: skip
    return path.read_bytes()


def content(work: Path) -> dict[str, tuple[str, bytes]]:
    """Return what lies at each path: media type and bytes."""
    field = picture("JPEG", 1)
    found = {
        "/pictures/field.jpg": ("image/jpeg", field),
        "/pictures/field-copy.jpg": ("image/jpeg", field),
        "/pictures/road.png": ("image/png", picture("PNG", 5)),
        "/news/quarry.html": ("text/html; charset=utf-8", PAGE.encode()),
        "/news/relatives.html": ("text/html; charset=utf-8", SECOND.encode()),
        "/video/clip.html": ("text/html; charset=utf-8", CLIP_PAGE.encode()),
        "/video/clip.mp4": ("video/mp4", clip(work)),
        "/video/clip.vtt": ("text/vtt", SUBTITLES.encode()),
        "/api/v1/instance": ("application/json", json.dumps({"uri": HOST}).encode()),
    }
    for number, status in STATUSES.items():
        body = json.dumps(status).encode()
        found[f"/api/v1/statuses/{number}"] = ("application/json", body)
    return found


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    content: ClassVar[dict[str, tuple[str, bytes]]] = {}

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/old":
            self.send_response(302)
            self.send_header("Location", "/news/quarry.html")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        kind, body = self.content.get(path, ("text/plain", b"nothing here"))
        packed = path.endswith("relatives.html")
        body = gzip.compress(body, mtime=0) if packed else body
        self.send_response(200 if path in self.content else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if packed:
            self.send_header("Content-Encoding", "gzip")
        if path in self.content:
            self.send_header("Last-Modified", LAST_MODIFIED)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def version_string(self) -> str:
        return "quarry"

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(work: Path) -> Iterator[None]:
    """Serve the site on loopback while the block runs."""
    _Handler.content = content(work)
    server = ThreadingHTTPServer(("127.0.0.1", PORT), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
