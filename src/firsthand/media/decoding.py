"""Decode the bytes of one picture and say what came out. Runs in the decoding child only."""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pi_heif  # type: ignore[import-untyped]
import PIL
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    IcoImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
    features,
)

from firsthand.media import colour, frames, looking
from firsthand.media.allowance import Allowance
from firsthand.media.pdq import HASHER, Sampler, fingerprints, quality, without_edge
from firsthand.model.canonical import Json

_PLUGINS = (
    AvifImagePlugin, BmpImagePlugin, GifImagePlugin, IcoImagePlugin, JpegImagePlugin,
    MpoImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin,
)  # fmt: skip
# A JPEG of several pictures (MPO) is opened as JPEG.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "ICO", "HEIF", "AVIF")
_ANIMATED = {"GIF", "PNG", "WEBP", "AVIF"}
_LIBRARY = {
    "JPEG": "libjpeg_turbo",
    "MPO": "libjpeg_turbo",
    "WEBP": "webp",
    "AVIF": "avif",
    "TIFF": "libtiff",
    "PNG": "zlib",
}
_ORIENTATION = 0x0112


class Refused(Exception):
    """The picture would need more than it may use."""


def prepare() -> None:
    """Set up the decoders of this process."""
    pi_heif.register_heif_opener(thumbnails=False)
    pi_heif.options.DECODE_THREADS = 1
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    warnings.simplefilter("ignore")


def read(data: bytes, allowance: Allowance) -> Json:
    """Return what :meth:`firsthand.media.reader.MediaReader.image` promises, for these bytes.

    Raises
    ------
    MemoryError
        When decoding needs more memory than the process may have.
    """
    if not data:
        return {"status": "failed", "reason": "the file is empty"}
    return _outcome(data, allowance, _picture)


def _outcome(data: bytes, allowance: Allowance, picture: Callable[..., Json]) -> Json:
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        return {"status": "decoded", **picture(data, allowance)}
    except Refused as error:
        return {"status": "refused", "reason": str(error)}
    except Image.DecompressionBombError:
        why = f"a picture inside has more than the {allowance.pixels} pixels allowed"
        return {"status": "refused", "reason": why}
    except UnidentifiedImageError:
        known = ", ".join(FORMATS)
        return {"status": "failed", "reason": f"not a picture in a known format ({known})"}
    except MemoryError:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"[:500]
    return {"status": "failed", "reason": reason, **_partial(data, allowance, picture)}


def look(data: bytes, allowance: Allowance, side: int) -> tuple[Json, bytes]:
    """Return what :meth:`firsthand.media.reader.MediaReader.look` promises, for these bytes.

    Raises
    ------
    MemoryError
        When decoding needs more memory than the process may have.
    """
    if not data:
        return {"status": "failed", "reason": "the file is empty"}, b""
    seen = b""

    def picture(data: bytes, allowance: Allowance) -> Json:
        nonlocal seen
        about, seen = _look(data, allowance, side)
        return about

    return _outcome(data, allowance, picture), seen


def _look(data: bytes, allowance: Allowance, side: int) -> tuple[Json, bytes]:
    Image.MAX_IMAGE_PIXELS = None  # the size is looked at below
    with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
        _allowed(picture, allowance)
        Image.MAX_IMAGE_PIXELS = (allowance.pixels + 1) // 2
        notes: list[str] = []
        number, remark = frames.count(picture, data, allowance.frames)
        if remark:
            notes.append(remark)
        full = looking.open_reduced(picture, side)
        picture.load()
        _allowed(picture, allowance)
        turn = _orientation(picture, notes)
        if turn >= 5:
            full = full[1], full[0]
        small = looking.reduced(picture, turn, side, notes)
        about, brightness = looking.described(small, full)
        return {
            "format": picture.format,
            "frames": number,
            "animated": number > 1 and picture.format in _ANIMATED,
            **about,
            "decoder": _decoder(str(picture.format)),
            "notes": notes,
        }, brightness


def _partial(data: bytes, allowance: Allowance, picture: Callable[..., Json]) -> Json:
    """Return what can be seen of a broken picture, marked as partial, or nothing."""
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        seen = picture(data, allowance)
    except Exception:  # it stays failed, with the reason of the strict try
        return {}
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
    seen["notes"].append("what could not be decoded is grey or black here")
    return {"partial": True, **seen}


def _picture(data: bytes, allowance: Allowance) -> Json:
    Image.MAX_IMAGE_PIXELS = None  # the size is looked at below
    with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
        _allowed(picture, allowance)
        # Pictures inside of containers; Pillow refuses at twice this number.
        Image.MAX_IMAGE_PIXELS = (allowance.pixels + 1) // 2
        notes: list[str] = []
        number, remark = frames.count(picture, data, allowance.frames)
        if remark:
            notes.append(remark)
        depth = _depth(picture, data)
        said = _orientation(picture, notes)
        picture.load()
        _allowed(picture, allowance)
        # Some decoders turn the picture themselves and take the tag away.
        turn = _orientation(picture, [])
        return {
            "format": picture.format,
            "mode": picture.mode,
            "orientation": int(picture.info.get("original_orientation") or said),
            "frames": number,
            "animated": number > 1 and picture.format in _ANIMATED,
            "depth": depth,
            "alpha": colour.has_alpha(picture),
            "icc": bool(picture.info.get("icc_profile")),
            **_seen(picture, turn, notes),
            "decoder": _decoder(str(picture.format)),
            "hasher": HASHER,
            "notes": notes,
        }


def _allowed(picture: Image.Image, allowance: Allowance) -> None:
    width, height = picture.size
    if width * height > allowance.pixels:
        raise Refused(f"{width} x {height} pixels are more than the {allowance.pixels} allowed")


def _orientation(picture: Image.Image, notes: list[str]) -> int:
    try:
        value = picture.getexif().get(_ORIENTATION, 1)
    except Exception as error:  # broken EXIF must not cost the picture
        notes.append(f"orientation not read: {type(error).__name__}")
        return 1
    if value == 0:  # written by programs that do not know it
        return 1
    if value in range(1, 9):
        return int(value)
    notes.append(f"orientation {value!r} is unknown, taken as 1"[:100])
    return 1


def _depth(picture: Image.Image, data: bytes) -> int:
    """Return the bits of a sample as the file stores it."""
    if "bit_depth" in picture.info:
        return int(picture.info["bit_depth"])
    if picture.mode.startswith("I;16"):
        return 16
    if picture.mode in ("I", "F"):
        return 32
    if picture.format == "PNG":  # Pillow reads colour of 16 bits as 8; IHDR says what it was
        return max(data[24], 8) if len(data) > 24 else 8
    tags: Any = getattr(picture, "tag_v2", None)
    if tags is not None:
        stored = tags.get(258, 8)  # BitsPerSample
        return max(int(np.max(stored)), 8)
    return 8


def _seen(picture: Image.Image, turn: int, notes: list[str]) -> Json:
    """Return size, digest and fingerprints of the picture as it is meant to be seen."""
    width, height = colour.oriented_size(picture, turn)
    digest = hashlib.sha256(b"RGB %d %d\n" % (width, height))
    sampler = Sampler(width, height)
    for strip in colour.strips(picture, turn, notes):
        digest.update(strip.tobytes())
        # Pillow's "F" is brightness without rounding; its "L" moves up to six bits of the hash.
        brightness = np.frombuffer(strip.convert("F").tobytes(), dtype=np.float32)
        sampler.take(brightness.reshape(strip.height, width))
    samples = sampler.samples()
    return {
        "width": width,
        "height": height,
        "pixels": f"sha256:{digest.hexdigest()}",
        "pdq": fingerprints(samples),
        "pdq_quality": quality(samples),
        "pdq_without_edge": without_edge(samples),
    }


def _decoder(kind: str) -> str:
    if kind == "HEIF":
        return f"pi-heif {pi_heif.__version__} (libheif {pi_heif.libheif_version()})"
    library = _LIBRARY.get(kind)
    version = features.version(library) if library else None
    return f"Pillow {PIL.__version__}" + (f" ({library} {version})" if version else "")
