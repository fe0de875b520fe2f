"""A program of its own: one picture on standard input, its bare pixels on standard output.

What comes out is a new picture made from red, green and blue values alone, so nothing else of the
file can be in it: no EXIF, XMP or IPTC, no comment, no thumbnail, no profile, no second frame.
"""

from __future__ import annotations

import io
import sys

from PIL import Image

from firsthand.media import colour
from firsthand.media.allowance import Allowance
from firsthand.media.decoding import FORMATS, prepare

LOSSY = ("JPEG", "MPO", "HEIF", "AVIF", "WEBP")
QUALITY = 90
"""Of a copy whose original is lossy, too; others become PNG."""
_ORIENTATION = 0x0112


def bare(data: bytes, allowance: Allowance) -> bytes:
    """Return the first frame of a picture as PNG or JPEG, turned as it is meant to be seen.

    Raises
    ------
    ValueError
        When it has more pixels than allowed.
    OSError
        When it is no picture.
    """
    Image.MAX_IMAGE_PIXELS = (allowance.pixels + 1) // 2
    with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
        if picture.width * picture.height > allowance.pixels:
            raise ValueError("too many pixels")
        kind = str(picture.format)
        picture.load()
        turn = picture.getexif().get(_ORIENTATION, 1)
        turn = turn if turn in range(1, 9) else 1
        size = colour.oriented_size(picture, turn)
        plain = Image.new("RGB", size)
        top = 0
        for strip in colour.strips(picture, turn, []):
            # Through bytes: an image object could carry what its file said along.
            fresh = Image.frombytes("RGB", strip.size, strip.tobytes())
            plain.paste(fresh, (0, top))
            top += strip.height
    sink = io.BytesIO()
    if kind in LOSSY:
        plain.save(sink, "JPEG", quality=QUALITY)
    else:
        plain.save(sink, "PNG")
    return sink.getvalue()


def main() -> None:
    """Read a picture, write its bare copy; fail without a word of what is in it."""
    prepare()
    try:
        made = bare(sys.stdin.buffer.read(), Allowance())
    except Exception as error:
        sys.stderr.write(type(error).__name__)
        raise SystemExit(1) from error
    sys.stdout.buffer.write(made)
