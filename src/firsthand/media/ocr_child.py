"""A program of its own: turn one picture into grey pages that a text reader does well on.

Standard output is one line of JSON and then the pages as PNG, one behind the other. The line is
``{"width", "height", "pages": [{"top", "bottom", "margin", "scale_milli", "bytes"}]}``: the sizes,
top and bottom in pixels of the oriented picture, the margin in pixels of the page. Or it is
``{"reason"}`` and nothing follows.

The first page is the whole picture. Others are bands of it that have one background, such as the
banner of a channel, and what is nearly white in it, such as letters set straight onto a photograph:
alone they are read better than among everything else.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import warnings

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from firsthand.media import colour
from firsthand.media.allowance import Allowance
from firsthand.media.decoding import FORMATS, prepare
from firsthand.model.canonical import Json

ENLARGE, LONGEST = 1.6, 2600
"""Whole pictures are enlarged that much, up to that side [px]. Measured on 60 made pictures of 540
to 1920 px: words of English banners found 78 % as they are, 100 % enlarged 1.6 times; of Arabic
screenshots 87 % and 99 %. Bands are not enlarged: Arabic words found 100 %, enlarged 77 %."""

MOST_BANDS = 4
_TOLERANCE, _SHARE, _LEAST = 14, 0.5, 14
"""A row belongs to a band when half of it is within 14 of its median brightness [0 to 255]; a band
has 14 rows and more, since lower text is hardly read."""
_MARGIN = 20

WHITE = 235
"""Brightness [0 to 255] from which a pixel is taken for a white letter. Measured on 20 made
pictures with outlined white letters on a photograph: words found 29 %, with this page 85 % and
more."""

_WHITE_LEAST, _WHITE_MOST = 0.0003, 0.25
"""Share of white pixels outside of which there are no letters, or only a white background."""
_ORIENTATION = 0x0112


def grey(path: str, allowance: Allowance) -> Image.Image:
    """Return the picture as it is meant to be seen, in grey.

    Raises
    ------
    ValueError
        When it has more pixels than allowed.
    """
    with Image.open(path, formats=FORMATS) as picture:
        if picture.width * picture.height > allowance.pixels:
            raise ValueError(f"{picture.width} x {picture.height} pixels are more than allowed")
        picture.load()
        turn = _orientation(picture)
        whole = Image.new("L", colour.oriented_size(picture, turn))
        top = 0
        for strip in colour.strips(picture, turn, []):
            whole.paste(strip.convert("L"), (0, top))
            top += strip.height
    return whole


def _orientation(picture: Image.Image) -> int:
    with contextlib.suppress(Exception):  # broken EXIF must not cost the text
        said = picture.getexif().get(_ORIENTATION, 1)
        return int(said) if said in range(1, 9) else 1
    return 1


def bands(picture: Image.Image) -> list[tuple[int, int]]:
    """Return (top, bottom) [px] of the highest bands with one background, at most four."""
    rows = np.asarray(picture)
    medians = np.median(rows, axis=1)
    plain = (np.abs(rows - medians[:, None]) <= _TOLERANCE).mean(axis=1) >= _SHARE
    found, top, height = [], 0, picture.height
    while top < height:
        end = top + 1
        if plain[top]:
            while end < height and plain[end] and abs(medians[end] - medians[top]) <= _TOLERANCE:
                end += 1
            # A picture that is plain as a whole, such as a screenshot, needs no band.
            if _LEAST <= end - top < height // 2 and _has_marks(rows[top:end], medians[top]):
                found.append((top, end))
        top = end
    highest = sorted(found, key=lambda band: band[0] - band[1])[:MOST_BANDS]
    return sorted(highest)


def _has_marks(rows: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], background: float) -> bool:
    """Say whether something stands out from the background, as letters do and sky does not."""
    return bool((np.abs(rows - background) > 4 * _TOLERANCE).mean() > 0.01)


def pages(picture: Image.Image) -> list[tuple[Json, bytes]]:
    """Return the pages of a picture, each as what it is and as PNG."""
    scale = min(1.0, LONGEST / max(picture.size))
    small = _resized(picture, scale)
    whole = _resized(picture, min(ENLARGE, LONGEST / max(picture.size)))
    made = [_page(whole, 0, picture.height, whole.width / picture.width, 0)]
    for top, bottom in bands(small):
        band = small.crop((0, top, small.width, bottom))
        background = int(np.median(np.asarray(band)))
        if background < 128:  # dark on light is what tesseract was trained on
            band, background = ImageOps.invert(band), 255 - background
        band = ImageOps.expand(band, _MARGIN, background)
        made.append(_page(band, round(top / scale), round(bottom / scale), scale, _MARGIN))
    white = np.asarray(small) >= WHITE
    if _WHITE_LEAST <= white.mean() <= _WHITE_MOST:
        letters = Image.fromarray(np.where(white, 0, 255).astype(np.uint8))
        made.append(_page(letters, 0, picture.height, scale, 0))
    return made


def _resized(picture: Image.Image, scale: float) -> Image.Image:
    if scale == 1:
        return picture
    size = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _page(
    picture: Image.Image, top: int, bottom: int, scale: float, margin: int
) -> tuple[Json, bytes]:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    data = buffer.getvalue()
    about = {
        "top": top, "bottom": bottom, "margin": margin, "bytes": len(data),
        "scale_milli": max(round(scale * 1000), 1),
    }  # fmt: skip
    return about, data


def main() -> None:
    """Answer for the path in the first argument."""
    warnings.simplefilter("ignore")
    allowance = Allowance()
    prepare()
    Image.MAX_IMAGE_PIXELS = allowance.pixels // 2  # Pillow refuses at twice this number
    made: list[tuple[Json, bytes]] = []
    try:
        picture = grey(sys.argv[1], allowance)
        made = pages(picture)
        size = {"width": picture.width, "height": picture.height}
        answer: Json = size | {"pages": [about for about, _ in made]}
    except MemoryError:
        answer, made = {"reason": "needs more memory than allowed"}, []
    except Exception as fault:  # decoders fail in many ways; each is an outcome of this file
        answer, made = {"reason": _reason(fault)}, []
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    for _, data in made:
        sys.stdout.buffer.write(data)


def _reason(fault: Exception) -> str:
    if isinstance(fault, UnidentifiedImageError):
        return f"not a picture in a known format ({', '.join(FORMATS)})"
    if isinstance(fault, OSError) and fault.strerror:
        return f"cannot be read: {fault.strerror}"
    return f"{type(fault).__name__}: {fault}"[:300]


if __name__ == "__main__":
    main()
