"""Build JPEG files with EXIF that no well-behaved writer would write.

The bytes follow TIFF 6.0, section 2, and Exif 2.32 (CIPA DC-008), 4.6, so that tests know what
stands in a file without asking a reader.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

Entry = tuple[int, str, object]
"""Tag number, type (ascii, byte, short, long, ratio, undefined), value."""

MAKE, MODEL, ORIENTATION, SOFTWARE, MODIFIED = 0x010F, 0x0110, 0x0112, 0x0131, 0x0132
TAKEN, DIGITIZED, OFFSET, OFFSET_TAKEN, SUBSECOND = 0x9003, 0x9004, 0x9010, 0x9011, 0x9291
LAT_REF, LAT, LON_REF, LON, TIME, STATUS, DATE = 1, 2, 3, 4, 7, 9, 0x1D

_TYPES = {"byte": (1, 1), "ascii": (2, 1), "short": (3, 2), "long": (4, 4), "ratio": (5, 8),
          "undefined": (7, 1)}  # fmt: skip
_EXIF_POINTER, _GPS_POINTER = 0x8769, 0x8825


def _packed(kind: str, value: object) -> tuple[int, bytes]:
    if kind == "ascii":
        data = str(value).encode() + b"\0"
        return len(data), data
    if kind in ("undefined", "byte") and isinstance(value, bytes):
        return len(value), value
    values = value if isinstance(value, list) else [value]
    form = {"byte": "B", "short": "H", "long": "I", "ratio": "II"}[kind]
    flat = [struct.pack(">" + form, *(v if kind == "ratio" else (v,))) for v in values]
    return len(values), b"".join(flat)


def _directory(entries: Sequence[Entry], at: int) -> bytes:
    """Return one IFD with its values behind it; duplicate tags are kept."""
    head, tail = struct.pack(">H", len(entries)), b""
    behind = at + 2 + 12 * len(entries) + 4
    for tag, kind, value in sorted(entries, key=lambda e: e[0]):
        count, data = _packed(kind, value)
        if len(data) <= 4:
            field = data.ljust(4, b"\0")
        else:
            field = struct.pack(">I", behind + len(tail))
            tail += data + b"\0" * (len(data) % 2)
        head += struct.pack(">HHI", tag, _TYPES[kind][0], count) + field
    return head + b"\0\0\0\0" + tail


def exif(
    main: Sequence[Entry] = (), photo: Sequence[Entry] = (), gps: Sequence[Entry] = ()
) -> bytes:
    """Return a TIFF block with IFD0, an Exif IFD and a GPS IFD."""
    pointers = 12 * (bool(photo) + bool(gps))
    # The size of IFD0 does not depend on the pointers' values, so it is built twice.
    first = [*main]
    first += [(_EXIF_POINTER, "long", 0)] if photo else []
    first += [(_GPS_POINTER, "long", 0)] if gps else []
    size = len(_directory(first, 8))
    assert pointers <= size
    second = _directory(photo, 8 + size) if photo else b""
    third = _directory(gps, 8 + size + len(second)) if gps else b""
    real: list[Entry] = [*main]
    real += [(_EXIF_POINTER, "long", 8 + size)] if photo else []
    real += [(_GPS_POINTER, "long", 8 + size + len(second))] if gps else []
    return b"MM\0\x2a\0\0\0\x08" + _directory(real, 8) + second + third


def segment(marker: int, data: bytes) -> bytes:
    """Return one JPEG segment."""
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def jpeg(path: Path, *segments: bytes, size: tuple[int, int] = (64, 48)) -> Path:
    """Write a small grey JPEG with the given segments right after its start."""
    buffer = io.BytesIO()
    Image.new("RGB", size, (120, 120, 120)).save(buffer, "JPEG")
    data = buffer.getvalue()
    path.write_bytes(data[:2] + b"".join(segments) + data[2:])
    return path


def photo(path: Path, **parts: Sequence[Entry]) -> Path:
    """Write a JPEG with an EXIF segment of the given parts (main, photo, gps)."""
    return jpeg(path, segment(0xE1, b"Exif\0\0" + exif(**parts)))


def degrees(whole: int, minutes: int, hundredths: int = 0) -> list[tuple[int, int]]:
    """Return degrees, minutes and hundredths of a second as EXIF ratios."""
    return [(whole, 1), (minutes, 1), (hundredths, 100)]
