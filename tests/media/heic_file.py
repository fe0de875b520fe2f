"""A HEIC picture put together around one frame that ffmpeg encodes: nothing else here writes one.

Boxes by ISO/IEC 14496-12 (meta, iloc, iinf) and 23008-12 (ispe, irot, hvc1 items).
"""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

WIDTH, HEIGHT = 256, 192


def _box(kind: bytes, *parts: bytes) -> bytes:
    data = b"".join(parts)
    return struct.pack(">I", len(data) + 8) + kind + data


def _full(kind: bytes, *parts: bytes, version: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", version << 24), *parts)


def _found(data: bytes, kind: bytes) -> bytes:
    at = data.index(kind) - 4
    return data[at : at + struct.unpack(">I", data[at : at + 4])[0]]


def film(folder: Path) -> Path:
    """Return a film of one frame, coded as HEVC; needs ffmpeg with libx265."""
    path = folder / "one-frame.mp4"
    source = f"testsrc=d=1:r=1:s={WIDTH}x{HEIGHT}"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, "-frames:v", "1",
         "-c:v", "libx265", "-pix_fmt", "yuv420p", "-x265-params", "log-level=none", str(path)],
        check=True,
    )  # fmt: skip
    return path


def heic(one_frame: bytes, quarter_turns: int = 0) -> bytes:
    """Return a HEIC of the frame of a film, to be turned counter-clockwise when it is shown."""
    payload = _found(one_frame, b"mdat")[8:]
    properties = [
        _found(one_frame, b"hvcC"),
        _full(b"ispe", struct.pack(">II", WIDTH, HEIGHT)),
        _box(b"irot", bytes([quarter_turns])),
    ]
    uses = bytes([0x81, 0x02, 0x83])  # properties by number; the high bit: essential
    kind = _box(b"ftyp", b"heic", bytes(4), b"mif1heic")

    def meta(offset: int) -> bytes:
        entry = _full(b"infe", struct.pack(">HH", 1, 0), b"hvc1", b"\0", version=2)
        place = struct.pack(">HHHII", 1, 0, 1, offset, len(payload))
        return _full(
            b"meta",
            _full(b"hdlr", bytes(4), b"pict", bytes(13)),
            _full(b"pitm", struct.pack(">H", 1)),
            _full(b"iloc", b"\x44\0", struct.pack(">H", 1), place),
            _full(b"iinf", struct.pack(">H", 1), entry),
            _box(
                b"iprp",
                _box(b"ipco", *properties),
                _full(b"ipma", struct.pack(">IHB", 1, 1, len(uses)), uses),
            ),
        )

    head = len(kind) + len(meta(0)) + 8
    return kind + meta(head) + _box(b"mdat", payload)
