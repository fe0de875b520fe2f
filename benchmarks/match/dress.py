"""What people put round and over pictures: phones with an app, banners of broadcasters, logos.

A *design* is what all who use one app or watch one channel see alike; names, words and numbers
differ. There are few designs on purpose: a matcher that takes the dress for the picture links
strangers' screenshots.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont
from placed import Image, Shot

Rng = np.random.Generator
Colour = tuple[int, int, int]

APPS, CHANNELS = 6, 8
"""How many designs there are."""

_STARTS = "ba de fi go hu ka li mo nu pa ra se ti vo zu al er in os".split()
_ENDS = "n r s l m ta ne ri lo su mar den kil tov rash gan bel".split()
_BRANDS = "Chirp Lento Marl Bekko Osno Tavi Quill Dromo".split()
_CHANNELS = "N4 KTV Rasad OMNI 24H Levant Sahel-1 Meridian".split()


@lru_cache(maxsize=64)
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return the font inside Pillow, so that the same is drawn everywhere."""
    return ImageFont.load_default(max(6, size))


def words(rng: Rng, count: int) -> str:
    """Return made-up words."""
    found = []
    for _ in range(count):
        parts = [str(rng.choice(_STARTS)) for _ in range(int(rng.integers(1, 3)))]
        found.append("".join(parts) + str(rng.choice(_ENDS)))
    return " ".join(found)


def _colour(rng: Rng, low: int, high: int) -> Colour:
    r, g, b = (int(each) for each in rng.integers(low, high, 3))
    return r, g, b


def _drawn(page: Pillow.Image) -> Image:
    return np.asarray(page)[..., ::-1].copy()


def _icon(draw: ImageDraw.ImageDraw, kind: int, x: float, y: float, r: float, ink: Colour) -> None:
    """Draw one of the signs that apps have: heart, bubble, arrow, mark, house, glass, man, bell."""
    w = max(2, round(r / 7))
    box = (x - r, y - r, x + r, y + r)
    if kind == 0:
        shape = [(x, y + r), (x - r, y - r / 4), (x - r / 2, y - r), (x, y - r / 3)]
        draw.line([*shape, (x + r / 2, y - r), (x + r, y - r / 4), (x, y + r)], ink, w)
    elif kind == 1:
        draw.ellipse(box, outline=ink, width=w)
        draw.line([(x - r * 0.6, y + r * 0.8), (x - r, y + r * 1.2), (x - r * 0.2, y + r)], ink, w)
    elif kind == 2:
        draw.line(
            [(x - r, y - r), (x + r, y), (x - r, y + r), (x - r / 2, y), (x - r, y - r)], ink, w
        )
    elif kind == 3:
        ring = [(x - r * 0.7, y - r), (x + r * 0.7, y - r), (x + r * 0.7, y + r), (x, y + r / 3)]
        draw.line([*ring, (x - r * 0.7, y + r), (x - r * 0.7, y - r)], ink, w)
    elif kind == 4:
        draw.line([(x - r, y), (x, y - r), (x + r, y)], ink, w)
        draw.rectangle((x - r * 0.7, y, x + r * 0.7, y + r), outline=ink, width=w)
    elif kind == 5:
        draw.ellipse((x - r, y - r, x + r / 2, y + r / 2), outline=ink, width=w)
        draw.line([(x + r * 0.3, y + r * 0.3), (x + r, y + r)], ink, w)
    elif kind == 6:
        draw.ellipse((x - r / 2, y - r, x + r / 2, y), outline=ink, width=w)
        draw.arc((x - r, y + r * 0.1, x + r, y + r * 2), 180, 360, ink, w)
    else:
        draw.polygon([(x, y - r), (x + r, y + r * 0.7), (x - r, y + r * 0.7)], outline=ink, width=w)
        draw.ellipse((x - r / 4, y + r * 0.7, x + r / 4, y + r * 1.1), outline=ink, width=w)


def phone(shot: Shot, own: Rng, app: int | None = None) -> Shot:
    """Show a picture in an app on a phone, as a screenshot has it."""
    app = int(own.integers(APPS)) if app is None else app
    design = np.random.default_rng([7001, app])
    wide = int(own.choice([720, 1080, 1080, 1170]))
    high = round(wide * float(own.choice([16 / 9, 19.5 / 9, 20 / 9])))
    u = wide / 360  # the unit of design, as phones have it
    dark = bool(design.random() < 0.5)
    paper: Colour = _colour(design, 0, 26) if dark else _colour(design, 244, 256)
    ink: Colour = (236, 236, 238) if dark else (18, 18, 22)
    faint: Colour = (130, 132, 138)
    brand = _colour(design, 40, 220)
    page = Pillow.new("RGB", (wide, high), paper)
    draw = ImageDraw.Draw(page)
    _status(draw, own, u, wide, ink)
    y = 28 * u
    if design.random() < 0.75:  # the bar of the app
        draw.text((14 * u, y + 10 * u), _BRANDS[app], brand, font(round(22 * u)))
        for at in range(int(design.integers(1, 4))):
            _icon(
                draw, int(design.integers(4, 8)), wide - (24 + 38 * at) * u, y + 24 * u, 9 * u, ink
            )
        y += 48 * u
        draw.line([(0, y), (wide, y)], faint, 1)
    hue = _colour(own, 40, 220)
    draw.ellipse((12 * u, y + 10 * u, 46 * u, y + 44 * u), fill=hue)
    draw.text((22 * u, y + 16 * u), words(own, 1)[0].upper(), (255, 255, 255), font(round(18 * u)))
    draw.text((56 * u, y + 10 * u), words(own, 2).title(), ink, font(round(14 * u)))
    when = f"@{words(own, 1)} · {int(own.integers(1, 24))}h"
    draw.text((56 * u, y + 29 * u), when, faint, font(round(12 * u)))
    for dot in range(3):
        x = wide - (20 + 6 * dot) * u
        draw.ellipse((x - u, y + 26 * u, x + 2 * u, y + 29 * u), fill=faint)
    y += 54 * u
    above = bool(design.random() < 0.5)
    if above:
        y = _said(draw, own, y, u, ink, int(own.integers(1, 4)))
    gap = round(float(design.choice([0, 0, 12])) * u)
    room = high - y - 150 * u
    shown = shot.scaled((wide - 2 * gap) / shot.width)
    if shown.height > room:  # too tall: the app cuts it
        tall = round(room)
        shown = shown.cut(0, int(own.integers(0, shown.height - tall + 1)), shown.width, tall)
    top = round(y)
    y += shown.height + 22 * u
    for at in range(4):
        x = (26 + 46 * at) * u if at < 3 else wide - 26 * u
        _icon(draw, int(design.integers(0, 4)), x, y, 10 * u, ink)
        if design.random() < 0.5:
            draw.text(
                (x + 14 * u, y - 8 * u), str(own.integers(1, 990)), faint, font(round(12 * u))
            )
    y += 24 * u
    likes = f"{int(own.integers(3, 9000)):,} {'likes' if app % 2 else 'views'}"
    draw.text((14 * u, y), likes, ink, font(round(13 * u)))
    y += 22 * u
    if y < high - 110 * u:
        y = _said(draw, own, y, u, ink, int(own.integers(1, 4)))
    answers = int(own.integers(0, 8))
    while answers and y < high - 110 * u:  # what others wrote below
        answers -= 1
        draw.ellipse((14 * u, y, 34 * u, y + 20 * u), fill=_colour(own, 30, 230))
        draw.text((42 * u, y), words(own, 1), faint, font(round(12 * u)))
        draw.text(
            (42 * u, y + 16 * u), words(own, int(own.integers(2, 6))), ink, font(round(13 * u))
        )
        y += 44 * u
    draw.rectangle((0, high - 58 * u, wide, high), fill=paper)
    draw.line([(0, high - 58 * u), (wide, high - 58 * u)], faint, 1)
    for at in range(5):
        _icon(draw, int(design.integers(4, 8)), wide * (at + 0.5) / 5, high - 36 * u, 10 * u, ink)
    draw.rounded_rectangle((wide * 0.33, high - 9 * u, wide * 0.67, high - 5 * u), 2 * u, fill=ink)
    return shown.on(_drawn(page), gap, top)


def _status(draw: ImageDraw.ImageDraw, own: Rng, u: float, wide: int, ink: Colour) -> None:
    time = f"{int(own.integers(24)):02d}:{int(own.integers(60)):02d}"
    draw.text((14 * u, 6 * u), time, ink, font(round(13 * u)))
    for bar in range(4):
        x = wide - (84 - 5 * bar) * u
        draw.rectangle((x, (17 - 3 * bar) * u, x + 3 * u, 20 * u), fill=ink)
    for ring in range(3):
        r = (3 + 3 * ring) * u
        x, y = wide - 52 * u, 20 * u
        draw.arc((x - r, y - r, x + r, y + r), 225, 315, ink, max(1, round(1.5 * u)))
    draw.rounded_rectangle(
        (wide - 38 * u, 8 * u, wide - 14 * u, 20 * u), 3 * u, outline=ink, width=max(1, round(u))
    )
    full = float(own.uniform(3, 20))
    draw.rectangle((wide - 36 * u, 10 * u, wide - (36 - full) * u, 18 * u), fill=ink)


def _said(
    draw: ImageDraw.ImageDraw, own: Rng, y: float, u: float, ink: Colour, lines: int
) -> float:
    for _ in range(lines):
        draw.text((14 * u, y), words(own, int(own.integers(3, 6))), ink, font(round(14 * u)))
        y += 20 * u
    return y + 8 * u


def banner(shot: Shot, own: Rng, channel: int | None = None, least: float = 0.12) -> Shot:
    """Lay a broadcaster's opaque band with text over an edge, and its logo in a corner."""
    channel = int(own.integers(CHANNELS)) if channel is None else channel
    design = np.random.default_rng([7002, channel])
    wide, high = shot.width, shot.height
    tall = round(high * float(own.uniform(least, least + 0.1)))
    back, second = _colour(design, 0, 200), _colour(design, 0, 256)
    below = bool(design.random() < 0.8)
    page = Pillow.fromarray(np.ascontiguousarray(shot.image[..., ::-1]))
    draw = ImageDraw.Draw(page)
    top = high - tall if below else 0
    draw.rectangle((0, top, wide, top + tall), fill=back)
    draw.rectangle((0, top, wide, top + max(2, tall // 14)), fill=second)
    ink: Colour = (250, 250, 250) if sum(back) < 380 else (15, 15, 15)
    text = words(own, 8).upper() if design.random() < 0.5 else words(own, 8).capitalize()
    if design.random() < 0.6:
        label = str(design.choice(["BREAKING", "LIVE", "URGENT", "EXCLUSIVE"]))
        size = font(round(tall * 0.26))
        end = draw.textlength(label, size) + tall * 0.4
        draw.rectangle((0, top + tall * 0.12, end, top + tall * 0.5), fill=second)
        light = (255, 255, 255) if sum(second) < 380 else (0, 0, 0)
        draw.text((tall * 0.2, top + tall * 0.17), label, light, size)
        draw.text((tall * 0.2, top + tall * 0.55), text, ink, font(round(tall * 0.3)))
    else:
        draw.text((tall * 0.2, top + tall * 0.28), text, ink, font(round(tall * 0.42)))
    _logo(draw, design, channel, wide, high, own)
    seen = (0.0, 0.0, float(wide), float(top)) if below else (0.0, float(tall), wide, high - tall)
    return shot.with_pixels(_drawn(page)).covered(seen)


def _logo(
    draw: ImageDraw.ImageDraw, design: Rng, channel: int, wide: int, high: int, own: Rng
) -> None:
    """Draw the logo: where it stands differs from copy to copy, how it looks does not."""
    size = round(min(wide, high) * 0.09)
    name = _CHANNELS[channel]
    hue, ink = _colour(design, 60, 256), _colour(design, 0, 60)
    left = bool(own.random() < 0.5)
    broad = draw.textlength(name, font(size)) + size * 0.6
    x = size * 0.4 if left else wide - broad - size * 0.4
    y = size * 0.4 if own.random() < 0.7 else high * 0.62
    draw.rounded_rectangle((x, y, x + broad, y + size * 1.4), size * 0.3, fill=hue)
    draw.text((x + size * 0.3, y + size * 0.1), name, ink, font(size))
