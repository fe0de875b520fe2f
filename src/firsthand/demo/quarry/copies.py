"""What happens to a picture on its way: each kind of copy, and whether PDQ can still link it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from random import Random
from typing import Any

from PIL import Image, ImageDraw, ImageFont, ImageOps

REACHABLE = ("recompressed", "resized", "mirrored", "grey", "banner", "stripped")
"""Kinds that a whole-image hash links; a banner of at most 6 % of the height is one of them."""

OUT_OF_REACH = ("crop", "collage", "screenshot", "tall_banner")
HIGHEST_BANNER = 0.06

Params = dict[str, int]


@dataclass(frozen=True)
class Copy:
    """One copy: its bytes, what it was made of, how, and which originals it shows."""

    key: str
    data: bytes
    kind: str
    source: str
    of: tuple[str, ...]
    params: Params

    @property
    def reachable(self) -> bool:
        """Whether a whole-image hash can link it to its source."""
        return self.kind in REACHABLE

    @property
    def sha256(self) -> str:
        """Digest of the bytes [hex]."""
        return sha256(self.data).hexdigest()


def decoded(data: bytes) -> Image.Image:
    """Return the picture in a file, as somebody who copies it gets it."""
    with Image.open(io.BytesIO(data)) as found:
        return found.convert("RGB")


def encoded(image: Image.Image, quality: int) -> bytes:
    """Return a picture as JPEG without any metadata."""
    data = io.BytesIO()
    image.save(data, "JPEG", quality=quality)
    return data.getvalue()


def without_metadata(jpeg: bytes) -> bytes:
    """Return the very same JPEG picture without its application and comment segments."""
    kept, at = bytearray(jpeg[:2]), 2
    while jpeg[at + 1] != 0xDA:  # from the start of scan on there are no segments to skip
        size = 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if not (0xE1 <= jpeg[at + 1] <= 0xEF or jpeg[at + 1] == 0xFE):
            kept += jpeg[at : at + size]
        at += size
    return bytes(kept + jpeg[at:])


def altered(
    random: Random, kind: str, image: Image.Image, words: str
) -> tuple[Image.Image, Params]:
    """Return what a kind makes of a picture, and with which numbers.

    Parameters
    ----------
    words
        What a banner or a screen says.
    """
    return _MAKERS[kind](random, image, words)


def collage(random: Random, images: list[Image.Image]) -> tuple[Image.Image, Params]:
    """Return four pictures in one."""
    width, height = 640, 480
    sheet = Image.new("RGB", (2 * width + 12, 2 * height + 12), (random.randint(0, 255),) * 3)
    for number, image in enumerate(images[:4]):
        small = image.resize((width, height), Image.Resampling.LANCZOS)
        sheet.paste(small, ((number % 2) * (width + 12), (number // 2) * (height + 12)))
    return sheet, {"pictures": len(images[:4])}


def _same(random: Random, image: Image.Image, words: str) -> tuple[Image.Image, Params]:
    return image, {}


def _resized(random: Random, image: Image.Image, words: str) -> tuple[Image.Image, Params]:
    share = random.randint(30, 80)
    size = (image.width * share // 100, image.height * share // 100)
    return image.resize(size, Image.Resampling.LANCZOS), {"scale_percent": share}


def _mirrored(random: Random, image: Image.Image, words: str) -> tuple[Image.Image, Params]:
    return ImageOps.mirror(image), {}


def _grey(random: Random, image: Image.Image, words: str) -> tuple[Image.Image, Params]:
    return image.convert("L").convert("RGB"), {}


def _banner(random: Random, image: Image.Image, words: str) -> tuple[Image.Image, Params]:
    permille = random.randint(35, int(HIGHEST_BANNER * 1000))
    return _with_banner(random, image, words, permille)


def _tall_banner(random: Random, image: Image.Image, words: str) -> tuple[Image.Image, Params]:
    return _with_banner(random, image, words, random.randint(600, 700))


def _with_banner(
    random: Random, image: Image.Image, words: str, permille: int
) -> tuple[Image.Image, Params]:
    found = image.copy()
    high = image.height * permille // 1000
    top = random.choice((0, image.height - high))
    draw = ImageDraw.Draw(found)
    colour = random.choice(((120, 20, 20), (16, 60, 40), (20, 30, 90)))
    draw.rectangle((0, top, image.width, top + high - 1), fill=colour)
    size = max(12, min(high * 2 // 3, 54))
    draw.text((size, top + (high - size) // 2), words, font=_font(size), fill=(235, 235, 225))
    return found, {"height_permille": permille, "at_top": int(top == 0)}


def _crop(random: Random, image: Image.Image, words: str) -> tuple[Image.Image, Params]:
    share = random.randint(50, 66)
    width, height = image.width * share // 100, image.height * share // 100
    left = random.randint(0, image.width - width)
    top = random.randint(0, image.height - height)
    box = (left, top, left + width, top + height)
    return image.crop(box), {"left": left, "top": top, "width": width, "height": height}


def _screenshot(random: Random, image: Image.Image, words: str) -> tuple[Image.Image, Params]:
    screen = Image.new("RGB", (720, 1440), (250, 250, 250))
    draw = ImageDraw.Draw(screen)
    draw.rectangle((0, 0, 720, 48), fill=(20, 20, 24))
    clock = f"{random.randint(0, 23):02}:{random.randint(0, 59):02}"
    draw.text((24, 10), clock, font=_font(24), fill=(255, 255, 255))
    draw.text((600, 10), f"{random.randint(8, 99)} %", font=_font(24), fill=(255, 255, 255))
    draw.ellipse((24, 80, 104, 160), fill=(90, 110, 140))
    draw.text((124, 100), words[:38], font=_font(30), fill=(20, 20, 20))
    high = 720 * image.height // image.width
    screen.paste(image.resize((720, high), Image.Resampling.LANCZOS), (0, 200))
    for line in range(4):
        text = f"{random.choice(('What is this', 'Where', 'Is this real', 'Source'))}?"
        draw.text((124, 260 + high + 130 * line), text, font=_font(28), fill=(40, 40, 40))
        draw.ellipse((30, 250 + high + 130 * line, 100, 320 + high + 130 * line), fill=(150,) * 3)
    return screen, {"left": 0, "top": 200, "width": 720, "height": high}


def _font(size: int) -> Any:
    return ImageFont.load_default(size)


_MAKERS: dict[str, Callable[[Random, Image.Image, str], tuple[Image.Image, Params]]] = {
    "recompressed": _same,
    "stripped": _same,
    "resized": _resized,
    "mirrored": _mirrored,
    "grey": _grey,
    "banner": _banner,
    "tall_banner": _tall_banner,
    "crop": _crop,
    "screenshot": _screenshot,
}
