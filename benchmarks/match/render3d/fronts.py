"""Fronts of houses: windows, no two alike, a door, a sign, pipes, scrawls."""

from __future__ import annotations

import cv2
import numpy as np

from render3d.textures import (
    FONTS,
    Image,
    Rng,
    brick,
    colour,
    noise,
    plaster,
    remembered,
    word,
    write,
)

Colour = tuple[float, float, float]


@remembered
def facade(rng: Rng, floors: int, bays: int) -> Image:
    """Return the front of a house with windows, no two alike, a door, a sign and pipes."""
    high, wide = 1024, 1024
    image = brick(rng, high, wide, 70) if rng.random() < 0.35 else plaster(rng, high, wide)
    image = image.copy()
    cell_h, cell_w = high / floors, wide / bays
    frame, dark = colour(rng, 0.5, 0.95, 0.1), colour(rng, 0.05, 0.2)
    share_w, share_h = rng.uniform(0.35, 0.6), rng.uniform(0.45, 0.65)
    door = rng.integers(0, bays)
    for floor in range(floors):
        y0 = floor * cell_h + cell_h * (1 - share_h) / 2
        cv2.line(image, (0, int((floor + 1) * cell_h)), (wide, int((floor + 1) * cell_h)), frame, 3)
        for bay in range(bays):
            x0 = bay * cell_w + cell_w * (1 - share_w) / 2
            x1, y1 = x0 + cell_w * share_w, y0 + cell_h * share_h
            if floor == floors - 1 and bay == door:
                y1 = (floor + 1) * cell_h
                _panel(image, x0, y0, x1, y1, colour(rng, 0.15, 0.5, 0.5), dark)
                continue
            _window(rng, image, (x0, y0, x1, y1), frame, dark)
    for _ in range(rng.integers(1, 4)):
        x = int(rng.integers(0, bays) * cell_w)
        cv2.line(image, (x, 0), (x, high), tuple(v * 0.5 for v in frame), 6)
    if rng.random() < 0.8:
        _sign(rng, image, int(high - cell_h * 1.02), int(wide * rng.uniform(0.05, 0.5)))
    for _ in range(rng.integers(0, 3)):
        _scrawl(rng, image, high - cell_h * 0.5)
    return np.clip(image, 0, 1)


def _panel(image: Image, x0: float, y0: float, x1: float, y1: float,
           fill: tuple[float, float, float], line: tuple[float, float, float]) -> None:  # fmt: skip
    cv2.rectangle(image, (int(x0), int(y0)), (int(x1), int(y1)), fill, -1)
    cv2.rectangle(image, (int(x0), int(y0)), (int(x1), int(y1)), line, 4)
    middle = int((x0 + x1) / 2)
    cv2.line(image, (middle, int(y0)), (middle, int(y1)), line, 2)


def _window(rng: Rng, image: Image, box: tuple[float, float, float, float],
            frame: Colour, dark: Colour) -> None:  # fmt: skip
    x0, y0, x1, y1 = (int(v) for v in box)
    pane = np.linspace(0, 1, y1 - y0)[:, None, None] * rng.uniform(0, 0.5) + np.array(dark)
    pane = pane + 0.1 * noise(rng, y1 - y0, x1 - x0, 3, 3)[..., None]
    image[y0:y1, x0:x1] = np.clip(pane, 0.02, 1)
    state = rng.random()
    if state < 0.35:  # a curtain
        drop = y0 + int((y1 - y0) * rng.uniform(0.3, 1.0))
        cv2.rectangle(
            image, (x0, y0), (x0 + int((x1 - x0) * rng.uniform(0.3, 1)), drop), colour(rng), -1
        )
    elif state < 0.5:  # a blind
        for y in range(y0, y0 + int((y1 - y0) * rng.uniform(0.3, 1)), 7):
            cv2.line(image, (x0, y), (x1, y), frame, 4)
    cv2.rectangle(image, (x0, y0), (x1, y1), frame, int(rng.integers(4, 9)))
    middle = (x0 + x1) // 2
    cv2.line(image, (middle, y0), (middle, y1), frame, 4)
    if rng.random() < 0.6:
        bar = y0 + int((y1 - y0) * 0.35)
        cv2.line(image, (x0, bar), (x1, bar), frame, 4)
    cv2.rectangle(image, (x0 - 8, y1), (x1 + 8, y1 + 8), tuple(v * 0.8 for v in frame), -1)


def _sign(rng: Rng, image: Image, y: int, x: int) -> None:
    text, ground = word(rng).upper(), colour(rng, 0.1, 0.9, 0.8)
    size = rng.uniform(1.2, 2.2)
    font = FONTS[rng.integers(len(FONTS))]
    (wide, high), _ = cv2.getTextSize(text, font, size, 4)
    cv2.rectangle(image, (x - 12, y - high - 14), (x + wide + 12, y + 16), ground, -1)
    ink = (0.95, 0.95, 0.9) if sum(ground) < 1.5 else (0.08, 0.08, 0.1)
    write(image, text, (x, y), font, size, ink, 4)


def _scrawl(rng: Rng, image: Image, y: float) -> None:
    x = rng.uniform(0.05, 0.7) * image.shape[1]
    ink = colour(rng, 0.1, 0.8, 0.9)
    path = np.cumsum(rng.normal(0, 18, (30, 2)) + np.array([5, 0]), axis=0) + np.array([x, y])
    cv2.polylines(image, [path.astype(np.int32)], False, ink, int(rng.integers(3, 8)), cv2.LINE_AA)
