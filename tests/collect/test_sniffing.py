"""Media types by content; signatures as in the WHATWG MIME Sniffing standard and file formats."""

from __future__ import annotations

import pytest

from firsthand.collect.sniffing import sniff

FTYP = b"\0\0\0\x18ftyp"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\xff\xd8\xff\xe1\0\0Exif", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\0\0", "image/png"),
        (b"GIF87a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (FTYP + b"heic\0\0\0\0mif1heic", "image/heic"),
        (FTYP + b"mif1\0\0\0\0mif1heic", "image/heic"),
        (FTYP + b"mif1\0\0\0\0mif1avif", "image/avif"),
        (FTYP + b"isom\0\0\x02\0isommp41", "video/mp4"),
        (FTYP + b"qt  \0\0\0\0qt  \0\0\0\0", "video/quicktime"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "video/quicktime"),
        (b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x86webm", "video/webm"),
        (b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x86matroska", "video/x-matroska"),
        (b"II*\0\x08\0\0\0", "image/tiff"),
        (b"MM\0*\0\0\0\x08", "image/tiff"),
        (b"BM\x36\x30\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "image/bmp"),
        (b"BM is how this text begins, and no picture", "text/plain"),
        (b"\0\0\1\0\1\0\x10\x10", "image/x-icon"),
        (b"\0\0\1\xba\x44", "video/mpeg"),
        (b"FLV\1\5\0\0\0\x09", "video/x-flv"),
        ((b"G\x40\0\x10" + bytes(184)) * 5, "video/mp2t"),
        (b"G" * 1000, "text/plain"),
        (b"ID3\x04\0", "audio/mpeg"),
        (b"\xff\xfb\x90\x64\0\0", "audio/mpeg"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"PK\x03\x04\x14\0", "application/zip"),
        (b"PK\x05\x06" + bytes(18), "application/zip"),
        (b"\xef\xbb\xbf  <!DOCTYPE html><p>x", "text/html"),
        (b"<!-- saved -->\n<HTML lang=ar>", "text/html"),
        (b"<html><p>\xe9</p>", "text/html"),  # a page in another encoding is still a page
        (b'{"a": 1}', "application/json"),
        (b'[\n {"a": 1}\n]', "application/json"),
        (b'{"a": 1}\n{"a": 2}\n', "application/x-ndjson"),
        ("تكريت".encode(), "text/plain"),
        (b"{not json", "text/plain"),
        (b"text \xff\xfe", "application/octet-stream"),
        (b"a\0b", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_by_content(head: bytes, expected: str) -> None:
    assert sniff(head) == expected


def test_a_character_cut_at_the_end_of_the_part_is_still_text() -> None:
    cut = "é".encode()[:1]
    assert sniff(b"a" + cut, whole=False) == "text/plain"
    assert sniff(b"a" + cut, whole=True) == "application/octet-stream"
