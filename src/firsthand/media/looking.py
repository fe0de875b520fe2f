"""Brightness of a picture, reduced, for whoever compares pictures. Runs in the decoding child only.

A photograph of eight megapixels is decoded at an eighth to a half of its size by the JPEG decoder
itself, which costs a third of decoding all of it. So there is no digest of its pixels here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from firsthand.media import colour
from firsthand.media.pdq import HASHER, Sampler, fingerprints, quality, without_edge
from firsthand.model.canonical import Json

_SMALL = 64


def open_reduced(picture: Image.Image, side: int) -> tuple[int, int]:
    """Let the decoder reduce a picture that is far larger than needed; return its full size."""
    size = picture.size
    if picture.format == "JPEG" and max(size) > 2 * side:
        picture.draft(None, (side * size[0] // max(size), side * size[1] // max(size)))
    return size


def reduced(picture: Image.Image, turn: int, side: int, notes: list[str]) -> Image.Image:
    """Return a loaded picture in RGB as it is meant to be seen, at most ``side`` px long."""
    width, height = colour.oriented_size(picture, turn)
    whole = Image.new("RGB", (width, height)) if max(width, height) <= side else None
    if whole is not None:
        top = 0
        for strip in colour.strips(picture, turn, notes):
            whole.paste(strip, (0, top))
            top += strip.height
        return whole
    # Strips would show at their seams if each were reduced alone; reduced in the stored form first.
    stored = picture.size
    factor = side / max(stored)
    size = max(1, round(stored[0] * factor)), max(1, round(stored[1] * factor))
    how = Image.Resampling.NEAREST if picture.mode in ("P", "1") else Image.Resampling.BOX
    if picture.mode in ("P", "1") and "transparency" not in picture.info:
        picture, how = picture.convert("RGB"), Image.Resampling.BOX
    small = picture.resize(size, how, reducing_gap=None)
    small.info = dict(picture.info)
    return reduced(small, turn, side, notes)


def described(picture: Image.Image, full: tuple[int, int]) -> tuple[Json, bytes]:
    """Return what is said of a reduced picture in RGB, and its brightness, row by row.

    ``full`` is its size as shown [px] before it was reduced.
    """
    gray = np.asarray(picture.convert("L"))
    brightness = np.asarray(picture.convert("F"), dtype=np.float32)
    sampler = Sampler(picture.width, picture.height)
    sampler.take(brightness)
    samples = sampler.samples()
    return {
        "width": full[0],
        "height": full[1],
        "gray_width": picture.width,
        "gray_height": picture.height,
        "pdq": fingerprints(samples),
        "pdq_quality": quality(samples),
        "pdq_without_edge": without_edge(samples),
        "saturation": saturation(picture),
        "hasher": HASHER,
    }, gray.tobytes()


def saturation(picture: Image.Image) -> float:
    """Return how colourful a picture is: mean distance of its colours from grey [0 to 255]."""
    small: Any = picture.resize((_SMALL, _SMALL), Image.Resampling.BOX)
    values = np.asarray(small, dtype=np.float32)
    return round(float((values.max(axis=2) - values.min(axis=2)).mean()), 2)
