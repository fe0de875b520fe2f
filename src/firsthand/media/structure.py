"""Which kinds of metadata a file carries, from its outline alone; nothing is decoded.

Most pictures that platforms hand out carry none, and starting a metadata reader for each of them
is the dearest part of reading nothing.

References
----------
JPEG: ITU-T T.81, annex B. PNG: W3C PNG (third edition), 5.3 and 11.3. GIF: GIF89a, 15 to 26.
WebP: RFC 9649, section 2.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
from pathlib import Path
from typing import BinaryIO

MOST_PARTS = 4096
"""Segments or chunks looked at; a file with more is read whatever it holds."""

_JFIF, _ADOBE, _COMMENT = 0xE0, 0xEE, 0xFE
_STANDALONE = {0x01, *range(0xD0, 0xD9)}
_SCAN, _END = 0xDA, 0xD9
_PNG_TEXT = {b"tEXt": "text", b"zTXt": "text", b"iTXt": "text", b"eXIf": "exif", b"tIME": "time"}


def carried(path: Path) -> list[str]:
    """Return the sorted kinds of metadata in a file; an empty list when it can hold none.

    JPEG, PNG, GIF, WebP and BMP are looked through. Other formats give ``container``: they hold
    metadata in places that only their readers know. A damaged outline gives ``damaged`` besides
    what was found before the damage.

    Raises
    ------
    OSError
        When the file cannot be read, or is a pipe, a device or a folder.
    """
    # A pipe in the place of a file must not hold up anything.
    place = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(place, "rb") as file:
        if not stat.S_ISREG(os.fstat(place).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        head = file.read(16)
        file.seek(0)
        try:
            if head.startswith(b"\xff\xd8"):
                found = _jpeg(file)
            elif head.startswith(b"\x89PNG\r\n\x1a\n"):
                found = _png(file)
            elif head[:6] in (b"GIF87a", b"GIF89a"):
                found = _gif(file)
            elif head[:4] == b"RIFF" and head[8:12] == b"WEBP":
                found = _webp(file)
            elif head.startswith(b"BM"):
                found = set()
            else:
                found = {"container"} if head else set()
        except _TooMany:
            found = {"many parts"}
    return sorted(found)


class _TooMany(Exception):
    pass


def _exactly(file: BinaryIO, count: int) -> bytes | None:
    data = file.read(count)
    return data if len(data) == count else None


def _jpeg(file: BinaryIO) -> set[str]:
    file.seek(2)
    found: set[str] = set()
    for _ in range(MOST_PARTS):
        start = _exactly(file, 2)
        if start is None or start[0] != 0xFF:
            return found | {"damaged"}
        marker = start[1]
        while marker == 0xFF:  # fill bytes may stand before any marker (B.1.1.2)
            after = file.read(1)
            if not after:
                return found | {"damaged"}
            marker = after[0]
        if marker in (_SCAN, _END):
            return found
        if marker in _STANDALONE:
            continue
        size = _exactly(file, 2)
        length = struct.unpack(">H", size)[0] - 2 if size else -1
        if length < 0:
            return found | {"damaged"}
        head = file.read(min(length, 64))
        kind = _jpeg_kind(marker, head)
        if kind:
            found.add(kind)
        file.seek(length - len(head), 1)
    raise _TooMany


def _jpeg_kind(marker: int, head: bytes) -> str | None:
    if marker == _COMMENT:
        return "comment"
    if not 0xE0 <= marker <= 0xEF or marker in (_JFIF, _ADOBE):
        return None
    known = {
        b"Exif\0": "exif",
        b"http://ns.adobe.com/xap/": "xmp",
        b"http://ns.adobe.com/xmp/": "xmp",
        b"Photoshop 3.0": "iptc",
        b"ICC_PROFILE\0": None,
    }
    for start, kind in known.items():
        if head.startswith(start):
            return kind
    return f"app{marker - 0xE0}"


def _png(file: BinaryIO) -> set[str]:
    file.seek(8)
    found: set[str] = set()
    for _ in range(MOST_PARTS):
        head = _exactly(file, 8)
        if head is None:
            return found | {"damaged"}
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IEND":
            return found
        if kind in _PNG_TEXT:
            words = file.read(min(length, 32))
            file.seek(-len(words), 1)
            found.add("xmp" if words.startswith(b"XML:com.adobe.xmp") else _PNG_TEXT[kind])
        elif kind == b"caBX":
            found.add("content credentials")
        file.seek(length + 4, 1)
    raise _TooMany


def _gif(file: BinaryIO) -> set[str]:
    screen = _exactly(file, 13)
    if screen is None:
        return {"damaged"}
    found: set[str] = set()
    _skip_colours(file, screen[10])
    for _ in range(MOST_PARTS):
        kind = file.read(1)
        if kind == b"\x3b":
            return found
        if kind == b"\x2c":
            image = _exactly(file, 9)
            if image is None:
                return found | {"damaged"}
            _skip_colours(file, image[8])
            file.seek(1, 1)
        elif kind == b"\x21":
            label = file.read(1)
            if label == b"\xfe":
                found.add("comment")
            elif label == b"\xff":
                name = file.read(12)[1:]
                found |= {"xmp"} if name == b"XMP DataXMP" else set()
                if name == b"XMP DataXMP":
                    return found  # what follows is text with a trailer, not sub-blocks alone
        else:
            return found | {"damaged"}
        if not _skip_blocks(file):
            return found | {"damaged"}
    raise _TooMany


def _skip_colours(file: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        file.seek(3 << ((flags & 7) + 1), 1)


def _skip_blocks(file: BinaryIO) -> bool:
    for _ in range(1 << 20):
        size = file.read(1)
        if not size:
            return False
        if size == b"\0":
            return True
        file.seek(size[0], 1)
    raise _TooMany


def _webp(file: BinaryIO) -> set[str]:
    file.seek(12)
    found: set[str] = set()
    for _ in range(MOST_PARTS):
        head = file.read(8)
        if not head:
            return found
        if len(head) < 8:
            return found | {"damaged"}
        kind, length = struct.unpack("<4sI", head)
        if kind == b"EXIF":
            found.add("exif")
        elif kind == b"XMP ":
            found.add("xmp")
        file.seek(length + (length & 1), 1)
    raise _TooMany
