"""What the bytes of a JPEG file say about how it was made. Nothing is decoded here.

References
----------
ITU-T T.81 (09/92), B.2: marker segments; B.2.4.1: quantization tables; figure A.6: zig-zag order.
CIPA DC-008-2019 (Exif 2.32), 4.6: IFDs; tags 0x010F, 0x0110, 0x0112, 0x9003, 0x0201.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MOST_SEGMENTS = 512
_MOST_ENTRIES = 256

_ZIGZAG = np.argsort(
    [
        (i + j) * 64 + (i if (i + j) % 2 else j)
        for i in range(8)
        for j in range(8)
    ],
    kind="stable",
)  # fmt: skip
"""Place in an 8 x 8 block, row by row, of the n-th number of a table (T.81 figure A.6)."""


@dataclass(frozen=True, slots=True)
class Coded:
    """How a JPEG file was encoded.

    Attributes
    ----------
    steps
        Quantisation steps of brightness, shape (8, 8), rows are vertical frequencies.
    width, height
        As stored [px].
    turn
        Exif orientation, 1 to 8.
    camera
        Whether it names a camera or the time of exposure.
    thumbnail
        Width and height [px] of the preview inside, or None.
    """

    steps: NDArray[np.int64]
    width: int
    height: int
    turn: int = 1
    camera: bool = False
    thumbnail: tuple[int, int] | None = None


def coded(data: bytes | None) -> Coded | None:
    """Return how a JPEG file was encoded, or None when it is none or too odd to say."""
    if data is None or data[:2] != b"\xff\xd8":
        return None
    tables: dict[int, NDArray[np.int64]] = {}
    frame: tuple[int, int, int] | None = None
    exif = b""
    for marker, body in _segments(data):
        if marker == 0xDB:
            _tables(body, tables)
        elif marker == 0xE1 and body[:6] == b"Exif\0\0" and not exif:
            exif = body[6:]
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC) and frame is None:
            if len(body) < 9 or body[0] != 8:
                return None
            height, width = struct.unpack(">HH", body[1:5])
            frame = width, height, body[8]
    if frame is None or frame[2] not in tables or not all(frame[:2]):
        return None
    turn, camera, thumbnail = _exif(exif)
    return Coded(tables[frame[2]], frame[0], frame[1], turn, camera, thumbnail)


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield marker and content of each segment before the pixels."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        while at < len(data) - 1 and data[at] == 0xFF and data[at + 1] == 0xFF:
            at += 1
        if at + 4 > len(data) or data[at] != 0xFF:
            return
        marker = data[at + 1]
        if marker in (0xDA, 0xD9):
            return
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
            continue
        (size,) = struct.unpack(">H", data[at + 2 : at + 4])
        if size < 2:
            return
        yield marker, data[at + 4 : at + 2 + size]
        at += 2 + size


def _tables(body: bytes, into: dict[int, NDArray[np.int64]]) -> None:
    at = 0
    while at < len(body):
        wide, name = body[at] >> 4, body[at] & 15
        size = 128 if wide else 64
        part = body[at + 1 : at + 1 + size]
        if len(part) < size or wide > 1:
            return
        numbers = np.frombuffer(part, ">u2" if wide else np.uint8).astype(np.int64)
        if (numbers > 0).all():
            table = np.zeros(64, np.int64)
            table[_ZIGZAG] = numbers
            into[name] = table.reshape(8, 8)
        at += 1 + size


def _exif(body: bytes) -> tuple[int, bool, tuple[int, int] | None]:
    if body[:2] not in (b"II", b"MM") or len(body) < 8:
        return 1, False, None
    order = "<" if body[:2] == b"II" else ">"
    (start,) = struct.unpack(order + "I", body[4:8])
    first, following = _entries(body, start, order)
    turn = first.get(0x0112, 1)
    inner, _ = _entries(body, first.get(0x8769, 0), order) if 0x8769 in first else ({}, 0)
    camera = 0x010F in first or 0x0110 in first or 0x9003 in inner
    preview, _ = _entries(body, following, order) if following else ({}, 0)
    at, size = preview.get(0x0201, 0), preview.get(0x0202, 0)
    small = coded(body[at : at + size]) if at and size and at + size <= len(body) else None
    return (
        turn if 1 <= turn <= 8 else 1,
        camera,
        (small.width, small.height) if small is not None else None,
    )


def _entries(body: bytes, at: int, order: str) -> tuple[dict[int, int], int]:
    """Return the entries of one IFD (a number each: the value, or where it is), and the next."""
    if at <= 0 or at + 2 > len(body):
        return {}, 0
    (count,) = struct.unpack(order + "H", body[at : at + 2])
    found: dict[int, int] = {}
    for entry in range(min(count, _MOST_ENTRIES)):
        part = body[at + 2 + 12 * entry : at + 14 + 12 * entry]
        if len(part) < 12:
            return found, 0
        tag, kind = struct.unpack(order + "HH", part[:4])
        short = kind == 3
        found[tag] = struct.unpack(order + ("H" if short else "I"), part[8 : 10 if short else 12])[
            0
        ]
    end = at + 2 + 12 * count
    following = struct.unpack(order + "I", body[end : end + 4])[0] if end + 4 <= len(body) else 0
    return found, following
