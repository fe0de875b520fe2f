"""The child that decodes pictures for a model: each becomes a square of RGB.

It has no model, and the model's child has no files of others: what a hostile picture does to a
decoder ends here.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import resource
import sys
from typing import Any

from PIL import Image, UnidentifiedImageError

from firsthand.match.learned.exchange import Answers, asked
from firsthand.media import looking
from firsthand.media.allowance import Allowance
from firsthand.media.decoding import FORMATS, prepare
from firsthand.model.canonical import Json

_ORIENTATION = 0x0112
_LONGEST = 4096


def serve(settings: Json) -> None:
    """Answer requests ``{"bytes","sha256"}`` with ``{"status", …}`` and the pixels, row by row."""
    answers = Answers()
    prepare()
    allowance = Allowance(**settings["allowance"])
    for request, data in asked(sys.stdin.buffer):
        _allow_time(allowance.cpu_s)
        answers.give(*_answer(request, data, settings, allowance))


def _answer(request: Json, data: bytes, settings: Json, allowance: Allowance) -> tuple[Json, bytes]:
    found = hashlib.sha256(data).hexdigest()
    if request["sha256"] not in (None, found):
        return _no("failed", f"the file was altered: it is sha256:{found} now")
    if not data:
        return _no("failed", "the file is empty")
    try:
        return square(data, settings["size"], settings["fit"], allowance)
    except UnidentifiedImageError:
        return _no("failed", f"not a picture in a known format ({', '.join(FORMATS)})")
    except Image.DecompressionBombError:
        return _no(
            "refused", f"a picture inside has more than the {allowance.pixels} pixels allowed"
        )
    except MemoryError:
        return _no("refused", "needs more memory than allowed")
    except Exception as error:  # whatever a decoder raises is the file's outcome
        return _no("failed", f"{type(error).__name__}: {error}"[:500])


def square(data: bytes, size: int, fit: str, allowance: Allowance) -> tuple[Json, bytes]:
    """Return what is said of a picture, and its pixels in RGB, shape (size, size, 3).

    Raises
    ------
    OSError, ValueError, MemoryError
        And whatever else a decoder raises for a broken picture.
    """
    Image.MAX_IMAGE_PIXELS = None  # the size is looked at below
    with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
        width, height = picture.size
        if width * height > allowance.pixels:
            why = f"{width} x {height} pixels are more than the {allowance.pixels} allowed"
            return _no("refused", why)
        Image.MAX_IMAGE_PIXELS = (allowance.pixels + 1) // 2  # of pictures inside of containers
        # So that the shorter side still has all that the model is shown.
        side = min(-(-size * max(width, height) // min(width, height)), _LONGEST)
        full = looking.open_reduced(picture, side)
        picture.load()
        turn = _orientation(picture)
        small: Any = looking.reduced(picture, turn, side, [])
    box = None
    if fit == "crop":
        edge = min(small.size)
        left, top = (small.width - edge) // 2, (small.height - edge) // 2
        box = (left, top, left + edge, top + edge)
    shown = small.resize((size, size), Image.Resampling.BICUBIC, box=box)
    wide, high = (full[1], full[0]) if turn >= 5 else full
    return {"status": "decoded", "width": wide, "height": high}, shown.tobytes()


def _no(status: str, reason: str) -> tuple[Json, bytes]:
    return {"status": status, "reason": reason}, b""


def _orientation(picture: Image.Image) -> int:
    with contextlib.suppress(Exception):  # broken EXIF must not cost the picture
        said = picture.getexif().get(_ORIENTATION, 1)
        return int(said) if said in range(1, 9) else 1
    return 1


def _allow_time(seconds: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    with contextlib.suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(
            resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + seconds, hard)
        )
