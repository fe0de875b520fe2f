"""Media types by content. The name of a file proves nothing and is not looked at."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

HEAD = 1 << 16
"""Bytes looked at [B]; signatures lie in the first few, text must be text up to here."""

UNKNOWN = "application/octet-stream"
TEXT = "text/plain"
HTML = "text/html"
JSON = "application/json"
JSON_LINES = "application/x-ndjson"
CSV = "text/csv"
ZIP = "application/zip"
PDF = "application/pdf"
GZIP = "application/gzip"
WARC = "application/warc"
MHTML = "multipart/related"

# Signatures: WHATWG MIME Sniffing (mimesniff.spec.whatwg.org), sections 6.1-6.4 and 7.1;
# TIFF 6.0 section 2, ISO/IEC 14496-12 (brands), ID3v2.4 section 3.1, PKWARE APPNOTE 4.3,
# RFC 1952 section 2.3.1, ISO 28500 (WARC).
_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"\0\0\1\0", "image/x-icon"),
    (b"\0\0\1\xba", "video/mpeg"),
    (b"FLV\1", "video/x-flv"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (b"%PDF-", PDF),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"ID3", "audio/mpeg"),
    (b"\x1f\x8b\x08", GZIP),
    (b"WARC/1.", WARC),
)
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_PACKET = 188
_BMP_HEADERS = tuple(size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124))
_HTML_STARTS = (b"<!doctype html", b"<html", b"<head", b"<body")


def media_type(path: Path) -> str:
    """Return the media type of the bytes of a file; ``application/octet-stream`` when unknown."""
    with open(path, "rb") as stream:
        head = stream.read(HEAD)
        rest = stream.read(1)
    return sniff(head, whole=not rest)


def sniff(head: bytes, *, whole: bool = True) -> str:
    r"""Return the media type of bytes by their first part; ``whole`` when nothing follows it.

    >>> sniff(b"GIF89a..."), sniff("صورة".encode()), sniff(b"a\0b")
    ('image/gif', 'text/plain', 'application/octet-stream')
    """
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    return _container(head) or _text(head, whole) or UNKNOWN


def _container(head: bytes) -> str | None:
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}.get(
            head[8:12]
        )
    # "BM" alone may begin a text: the size of the header that follows must be one of Windows' own.
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0" and head[14:18] in _BMP_HEADERS:
        return "image/bmp"
    if head[4:8] == b"ftyp":
        brands = {head[8:12]} | {head[i : i + 4] for i in range(16, _size(head), 4)}
        if b"avif" in brands:
            return "image/avif"
        if head[8:12] in _HEIF_BRANDS:
            return "image/heic"
        return "video/quicktime" if head[8:12] == b"qt  " else "video/mp4"
    if head[4:8] in (b"moov", b"mdat", b"wide", b"free"):  # QuickTime before ISO brands
        return "video/quicktime"
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    # Packets of 188 bytes, each beginning with the same sign (ISO/IEC 13818-1, 2.4.3.2).
    start = head[: 4 * _PACKET]
    if len(head) > len(start) and set(start[::_PACKET]) == {0x47} and b"\0" in start:
        return "video/mp2t"
    # MPEG audio frame: 11 bits of sync, then version, layer and bit rate that exist.
    if len(head) > 3 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[2] >> 4 not in (0, 15):
        return "audio/mpeg"
    return None


def _size(head: bytes) -> int:
    return min(int.from_bytes(head[:4], "big"), 256, len(head))


def _text(head: bytes, whole: bool) -> str | None:
    if not head or b"\0" in head:
        return None
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        text = decoder.decode(head, final=whole)
    except UnicodeDecodeError:
        return HTML if _is_html(head) else MHTML if _is_mhtml(head) else None
    if _is_html(head):
        return HTML
    if _is_mhtml(head):
        return MHTML
    start = text.lstrip("\ufeff \t\r\n")[:1]
    return (_json(text, whole) if start in ("{", "[") else None) or TEXT


def _is_mhtml(head: bytes) -> bool:
    """Tell by its header fields whether a file is a page with its parts (RFC 2557)."""
    fields, blank, _ = head[:8192].replace(b"\r\n", b"\n").partition(b"\n\n")
    lines = fields.lower().replace(b"\n\t", b" ").replace(b"\n ", b" ").split(b"\n")
    return (
        bool(blank)
        and any(line.startswith(b"content-type: multipart/related") for line in lines)
        and all(b":" in line for line in lines)
    )


def _is_html(head: bytes) -> bool:
    start = head[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    while start.startswith((b"<!--", b"<?xml")):
        end = b"-->" if start.startswith(b"<!--") else b"?>"
        _, found, start = start.partition(end)
        if not found:
            return False
        start = start.lstrip()
    return start.startswith(_HTML_STARTS)


def _json(text: str, whole: bool) -> str | None:
    text = text.lstrip("\ufeff")
    if whole and parses(text):
        return JSON
    first, newline, _ = text.lstrip().partition("\n")
    if newline and parses(first):
        return JSON_LINES
    return None if whole else JSON


def parses(text: str) -> bool:
    """Tell whether a text is one JSON value."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
