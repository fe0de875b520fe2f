"""From whatever a file holds to red, green and blue of eight bits, strip by strip.

Runs in the decoding child only.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from PIL import Image, ImageCms, features

_STRIP = 64
"""Rows at a time [px]: what is made of a picture of 100 megapixels needs little memory."""
_SIXTEEN = {"I;16": "<u2", "I;16L": "<u2", "I;16B": ">u2", "I;16N": "=u2"}
_ALPHA = {"RGBA", "LA", "PA", "La", "RGBa"}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each EXIF orientation (Exif 2.32, tag 0x0112)."""


def oriented_size(picture: Image.Image, orientation: int) -> tuple[int, int]:
    """Return width and height [px] after the orientation was applied."""
    width, height = picture.size
    return (height, width) if orientation >= 5 else (width, height)


def strips(picture: Image.Image, orientation: int, notes: list[str]) -> Iterator[Image.Image]:
    """Yield a loaded picture from top to bottom as it is meant to be seen, in RGB.

    What had to be decided is added to ``notes``.
    """
    _, height = oriented_size(picture, orientation)
    convert = _converter(picture, notes)
    for top in range(0, height, _STRIP):
        bottom = min(top + _STRIP, height)
        piece = picture.crop(_source(picture.size, orientation, top, bottom))
        if orientation in _TURNS:
            piece = piece.transpose(_TURNS[orientation])
        yield convert(piece)


def _source(
    size: tuple[int, int], orientation: int, top: int, bottom: int
) -> tuple[int, int, int, int]:
    """Return the box of the stored picture that becomes rows ``top`` to ``bottom``."""
    width, height = size
    if orientation in (3, 4):
        return 0, height - bottom, width, height - top
    if orientation in (5, 6):
        return top, 0, bottom, height
    if orientation in (7, 8):
        return width - bottom, 0, width - top, height
    return 0, top, width, bottom


def has_alpha(picture: Image.Image) -> bool:
    """Tell whether parts of a picture may be transparent."""
    return picture.mode in _ALPHA or "transparency" in picture.info


def _converter(picture: Image.Image, notes: list[str]) -> Callable[[Image.Image], Image.Image]:
    mode = picture.mode
    if has_alpha(picture):
        flat, mode = _on_white(notes), "RGB"
    elif mode in _SIXTEEN or mode in ("I", "F"):
        flat, mode = _eight_bits(picture, notes), "L"
    elif mode in ("P", "1", "HSV", "YCbCr"):
        flat, mode = (lambda piece: piece.convert("RGB")), "RGB"
    else:
        flat = _same
    managed = _managed(picture.info.get("icc_profile"), mode, notes)
    if managed is not None:
        return lambda piece: managed(flat(piece))
    return lambda piece: flat(piece).convert("RGB")


def _same(piece: Image.Image) -> Image.Image:
    return piece


def _on_white(notes: list[str]) -> Callable[[Image.Image], Image.Image]:
    remark = "transparent parts are shown on white"

    def flat(piece: Image.Image) -> Image.Image:
        if piece.mode == "La":
            piece = piece.convert("LA")
        piece = piece.convert("RGBA")
        extrema: Any = piece.getextrema()
        if extrema[3][0] == 255:
            return piece.convert("RGB")
        if remark not in notes:
            notes.append(remark)
        white = Image.new("RGBA", piece.size, "white")
        return Image.alpha_composite(white, piece).convert("RGB")

    return flat


def _eight_bits(picture: Image.Image, notes: list[str]) -> Callable[[Image.Image], Image.Image]:
    """Return what scales samples of more than eight bits; 65535 becomes 255."""
    kind = {"I": "=i4", "F": "=f4"}.get(picture.mode) or _SIXTEEN[picture.mode]
    low, high = 0.0, 65535.0
    if picture.mode in ("I", "F"):
        found: Any = picture.getextrema()
        low, high = _range(picture.mode, float(found[0]), float(found[1]))
        notes.append(f"samples from {low:g} to {high:g} are shown as 0 to 255")

    def flat(piece: Image.Image) -> Image.Image:
        samples = np.frombuffer(piece.tobytes(), dtype=kind).astype(np.float64)
        scaled = np.nan_to_num((samples - low) * (255 / ((high - low) or 1)))
        grey = np.clip(np.floor(scaled + 0.5), 0, 255).astype(np.uint8)
        return Image.frombytes("L", piece.size, grey.tobytes())

    return flat


def _range(mode: str, low: float, high: float) -> tuple[float, float]:
    """Return the range that samples were meant to have: no file says it."""
    if not (np.isfinite(low) and np.isfinite(high)):
        return 0.0, 1.0
    for usual in (1.0, 255.0, 65535.0) if mode == "F" else (65535.0,):
        if low >= 0 and high <= usual:
            return 0.0, usual
    return low, high


def _managed(
    profile: bytes | None, mode: str, notes: list[str]
) -> Callable[[Image.Image], Image.Image] | None:
    """Return what converts from the file's colour profile to sRGB, or None when nothing does."""
    if mode == "LAB":
        return _transform(ImageCms.createProfile("LAB"), "LAB", notes)
    if not profile:
        return None
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = given.profile.xcolor_space.strip()
        if "sRGB" in (given.profile.profile_description or ""):
            return None
        if {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}.get(space) != mode:
            notes.append(f"colour profile not applied: it is for {space}, the picture is {mode}")
            return None
        return _transform(given, mode, notes)
    except Exception as error:  # a broken profile must not cost the picture
        notes.append(f"colour profile not applied: {type(error).__name__}")
        return None


def _transform(profile: Any, mode: str, notes: list[str]) -> Callable[[Image.Image], Image.Image]:
    change = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB")
    notes.append(f"colours converted to sRGB by littlecms2 {features.version('littlecms2')}")

    def convert(piece: Image.Image) -> Image.Image:
        changed = ImageCms.applyTransform(piece, change)
        return piece if changed is None else changed

    return convert
