"""Pictures with little in them: sky, a page of text, night, fog, a wall, the sea. Each from a seed.

These are what matchers lose first, and where they invent links.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from dress import font, words
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw
from placed import Image

Rng = np.random.Generator
Plane = NDArray[np.float32]
WIDE, HIGH = 1024, 768


def plain(kind: str, seed: int) -> Image:
    """Return a picture (h, w, 3; blue first) of a kind of :data:`KINDS`."""
    rng = np.random.default_rng([seed, KINDS.index(kind), 31])
    light = _MAKERS[kind](rng)
    light = light + rng.normal(0, float(rng.uniform(1.2, 3.0)), light.shape)  # the sensor
    light = cv2.GaussianBlur(light.astype(np.float32), (0, 0), 0.6)
    image = np.clip(light, 0, 255).astype(np.uint8)
    if kind != "page" and rng.random() < 0.25:  # some hold their phones upright
        left = int(rng.integers(0, WIDE - 576))
        image = np.ascontiguousarray(image[:, left : left + 576])
    return image


def cloudy(rng: Rng, wide: int, high: int, coarse: float, rough: float = 0.55) -> Plane:
    """Return noise (h, w) of mean 0 and spread 1 with details from 2 px up to ``coarse`` [px]."""
    made = np.zeros((high, wide), np.float32)
    step, weight = coarse, 1.0
    while step >= 2:
        grid = rng.normal(size=(max(2, int(high / step)) + 2, max(2, int(wide / step)) + 2))
        made += weight * cv2.resize(
            grid.astype(np.float32), (wide, high), interpolation=cv2.INTER_CUBIC
        )
        step, weight = step / 2, weight * rough
    return np.asarray((made - made.mean()) / made.std(), np.float32)


def _between(top: NDArray[np.float64], bottom: NDArray[np.float64]) -> Plane:
    """Return a picture that goes from one colour to another."""
    share = np.linspace(0, 1, HIGH)[:, None, None]
    return np.asarray((top * (1 - share) + bottom * share) * np.ones((1, WIDE, 1)), np.float32)


def _sky_light(rng: Rng) -> Plane:
    top = np.array([rng.uniform(150, 225), rng.uniform(90, 150), rng.uniform(40, 100)])
    bottom = top + (255 - top) * float(rng.uniform(0.3, 0.7))
    return _between(top, bottom)


def _sky(rng: Rng) -> Plane:
    """Draw a clear sky with a few clouds."""
    light = _sky_light(rng)
    y, x = np.mgrid[0:HIGH, 0:WIDE].astype(np.float32)
    for _ in range(int(rng.integers(1, 5))):
        at, size = rng.uniform(0, (WIDE, HIGH)), rng.uniform((80, 30), (320, 110))
        near = np.exp(-(((x - at[0]) / size[0]) ** 2 + ((y - at[1]) / size[1]) ** 2))
        body = cloudy(rng, WIDE, HIGH, float(rng.uniform(60, 160))) * 0.45 + 2.2 * near - 0.9
        share = np.clip(body * near * 2.0, 0, 0.9)[..., None]
        shade = 235 + 14 * cloudy(rng, WIDE, HIGH, 90)[..., None]
        light = light * (1 - share) + shade * share
    return light


def _page(rng: Rng) -> Plane:
    """Draw a printed page, photographed or scanned."""
    page = Pillow.new("L", (768, 1024), 255)
    draw = ImageDraw.Draw(page)
    size, left = int(rng.integers(15, 26)), int(rng.integers(50, 110))
    y = float(rng.integers(50, 120))
    if rng.random() < 0.7:
        draw.text((left, y), words(rng, 3).title(), 20, font(size * 2))
        y += size * 3.5
    end = float(rng.uniform(600, 960))
    while y < end:
        last = rng.random() < 0.15
        text = words(rng, 16)
        room = (768 - 2 * left) * (float(rng.uniform(0.2, 0.8)) if last else 1.0)
        while draw.textlength(text, font(size)) > room:
            text = text.rpartition(" ")[0]
        draw.text((left, y), text, 25, font(size))
        y += size * (2.2 if last else 1.45)
    plane = np.asarray(page, np.float32)
    shade = 1 - 0.12 * np.clip(cloudy(rng, 768, 1024, 700), -1, 1)
    paper = np.array([rng.uniform(200, 235), rng.uniform(215, 240), rng.uniform(225, 245)])
    return np.asarray((plane / 255 * shade)[..., None] * paper, np.float32)


def _night(rng: Rng) -> Plane:
    """Draw night: lights far apart, outlines of houses that can hardly be seen."""
    light = _between(rng.uniform(2, 16, 3), rng.uniform(6, 26, 3))
    y, x = np.mgrid[0:HIGH, 0:WIDE].astype(np.float32)
    at = 0.0
    while at < WIDE:
        broad, top = float(rng.uniform(60, 200)), int(rng.uniform(0.35, 0.7) * HIGH)
        light[top:, int(at) : int(at + broad)] *= float(rng.uniform(0.3, 0.8))
        at += broad + float(rng.uniform(0, 80))
    for _ in range(int(rng.integers(6, 16))):
        place = rng.uniform((0, 0.3 * HIGH), (WIDE, 0.95 * HIGH))
        far2 = (x - place[0]) ** 2 + (y - place[1]) ** 2
        hue = np.array([rng.uniform(60, 190), rng.uniform(140, 225), rng.uniform(190, 255)])
        size = float(rng.uniform(1.5, 6))
        glow = np.exp(-far2 / (2 * size**2)) + 0.1 * np.exp(-far2 / (2 * (9 * size) ** 2))
        light += (glow[..., None] * hue).astype(np.float32)
    for _ in range(int(rng.integers(3, 12))):  # windows
        left, top = int(rng.integers(0, WIDE - 20)), int(rng.integers(HIGH // 2, HIGH - 40))
        light[top : top + int(rng.integers(8, 20)), left : left + int(rng.integers(6, 16))] += (
            rng.uniform((20, 60, 80), (60, 130, 170))
        )
    return light


def _fog(rng: Rng) -> Plane:
    """Draw outlines in fog, fainter the farther away."""
    light = _between(rng.uniform(165, 200, 3), rng.uniform(185, 220, 3))
    for depth in range(4):
        line = HIGH * (0.45 + 0.12 * depth) + 45 * cloudy(rng, WIDE, 2, 260)[0]
        for _ in range(int(rng.integers(1, 6))):  # trees, poles, houses
            at, broad = rng.uniform(0, WIDE), rng.uniform(6, 30 + 40 * depth)
            tall = rng.uniform(30, 60 + 60 * depth)
            here = np.abs(np.arange(WIDE) - at) < broad / 2
            line[here] -= tall * (1 + 0.25 * rng.normal(size=int(here.sum()))) ** 2 * 0.8
        below = np.arange(HIGH)[:, None] > line[None]
        soft = cv2.GaussianBlur(below.astype(np.float32), (0, 0), 4 - 0.8 * depth)
        light -= (soft * float(rng.uniform(6, 16)) * (1 + 0.4 * depth))[..., None]
    return light


def _wall(rng: Rng) -> Plane:
    """Draw a plastered wall with a crack and a stain."""
    base = rng.uniform(120, 215, 3)
    rough = cloudy(rng, WIDE, HIGH, float(rng.uniform(8, 24)), 0.8) * float(rng.uniform(1.5, 4))
    slow = cloudy(rng, WIDE, HIGH, 500) * float(rng.uniform(3, 9))
    light = np.asarray(base + (rough + slow)[..., None], np.float32)
    for _ in range(int(rng.integers(1, 3))):
        at, turn = rng.uniform((0, 0), (WIDE, HIGH * 0.3)), float(rng.uniform(0.2, 2.6))
        mask = np.zeros((HIGH, WIDE), np.float32)
        for _ in range(int(rng.integers(30, 90))):
            turn += float(rng.normal(0, 0.3))
            to = at + float(rng.uniform(6, 18)) * np.array([np.cos(turn), abs(np.sin(turn))])
            ends = [tuple(int(v) for v in each) for each in (at, to)]
            cv2.line(mask, ends[0], ends[1], 1.0, int(rng.integers(1, 4)), cv2.LINE_AA)
            at = to
        light -= mask[..., None] * float(rng.uniform(40, 90))
    stain = np.clip(cloudy(rng, WIDE, HIGH, 300) - 1.3, 0, 1)[..., None]
    return np.asarray(light - stain * rng.uniform(5, 45, 3), np.float32)


def _sea(rng: Rng) -> Plane:
    """Draw the sea to the horizon, with or without a ship."""
    light = _sky_light(rng)
    line = int(HIGH * rng.uniform(0.35, 0.6))
    deep = np.array([rng.uniform(80, 140), rng.uniform(70, 120), rng.uniform(20, 80)])
    rows = HIGH - line
    waves = cloudy(rng, WIDE // 2, rows * 3, 40, 0.75)
    near = (np.arange(rows) / rows) ** 1.6  # waves grow towards the camera
    pick = np.clip((rows * 3 - 1) * (1 - (1 - near) ** 1.3), 0, rows * 3 - 1).astype(int)
    drawn = cv2.resize(waves[pick], (WIDE, rows))
    light[line:] = deep + (drawn * (3 + 16 * near)[:, None])[..., None]
    if rng.random() < 0.7:
        x, broad = int(rng.uniform(80, WIDE - 160)), int(rng.integers(20, 90))
        cv2.rectangle(light, (x, line - broad // 6), (x + broad, line + 2), (50, 50, 60), -1)
        cv2.rectangle(
            light, (x + broad // 5, line - broad // 3), (x + broad // 2, line - broad // 6),
            (80, 80, 90), -1,
        )  # fmt: skip
    return light


_MAKERS: dict[str, Callable[[Rng], Plane]] = {
    "sky": _sky,
    "page": _page,
    "night": _night,
    "fog": _fog,
    "wall": _wall,
    "sea": _sea,
}
KINDS = tuple(_MAKERS)
