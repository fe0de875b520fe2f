"""Surfaces drawn from a seed: plaster, brick, facades, ground, cloth, posters. Values are sRGB."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Rng = np.random.Generator
Image = NDArray[np.float32]
"""Shape (h, w, 3), 0 to 1, red first."""


_seen: dict[object, tuple[object, NDArray[np.float32]]] = {}


def remembered(draw: Callable[..., Image]) -> Callable[..., Image]:
    """Return what was drawn before from the same state of chance, and move chance on the same way.

    One place is built for each of its moments, and most of its surfaces stay what they are.
    """

    def again(rng: Rng, *others: object) -> Image:
        key = (draw.__name__, others, repr(rng.bit_generator.state))
        if key not in _seen:
            made = draw(rng, *others)
            _seen[key] = rng.bit_generator.state, made
        after, made = _seen[key]
        rng.bit_generator.state = after
        return made

    return again


def forget() -> None:
    """Forget surfaces, before another place is built."""
    _seen.clear()


def noise(rng: Rng, high: int, wide: int, cells: float, octaves: int = 4) -> Image:
    """Return smooth noise, shape (h, w), about -1 to 1; ``cells`` across the longest side."""
    total = np.zeros((high, wide), np.float32)
    size = max(high, wide)
    for octave in range(octaves):
        step = max(1.0, size / (cells * 2**octave))
        shape = max(2, round(high / step) + 2), max(2, round(wide / step) + 2)
        grain = rng.standard_normal(shape).astype(np.float32)
        fine = cv2.resize(grain, (wide, high), interpolation=cv2.INTER_CUBIC)
        total += np.asarray(fine, np.float32) * 0.5**octave
    return total / 1.6


def flat(rng: Rng, colour: tuple[float, float, float], high: int, wide: int, rough: float,
         cells: float = 6.0, octaves: int = 7) -> Image:  # fmt: skip
    """Return a rough surface of one colour."""
    shade = 1 + rough * noise(rng, high, wide, cells, octaves)
    return np.clip(np.array(colour, np.float32) * shade[..., None], 0.02, 0.98)


def colour(
    rng: Rng, low: float = 0.25, high: float = 0.85, vivid: float = 0.2
) -> tuple[float, float, float]:
    """Return any colour between two brightnesses."""
    grey = rng.uniform(low, high)
    each = np.clip(grey * (1 + vivid * rng.uniform(-1, 1, 3)), 0.03, 0.97)
    return float(each[0]), float(each[1]), float(each[2])


@remembered
def plaster(rng: Rng, high: int = 768, wide: int = 768) -> Image:
    """Return a plastered wall with stains and cracks."""
    image = flat(rng, colour(rng, 0.5, 0.85), high, wide, 0.06, 4)
    image *= 1 - 0.25 * np.clip(noise(rng, high, wide, 5, 5) - 0.5, 0, 1)[..., None]
    for _ in range(rng.integers(4, 12)):
        _crack(rng, image, rng.uniform(0.2, 0.6), 1)
    for _ in range(rng.integers(2, 7)):  # where plaster has fallen off
        x, y = rng.integers(0, wide), rng.integers(0, high)
        angles = np.linspace(0, 2 * np.pi, 14, endpoint=False)
        reach = rng.uniform(10, 60) * rng.uniform(0.5, 1.3, 14)
        ring = np.stack([x + reach * np.cos(angles), y + reach * np.sin(angles)], 1)
        tone = colour(rng, 0.3, 0.6)
        cv2.fillPoly(image, [ring.astype(np.int32)], tone, cv2.LINE_AA)
    return image


def _crack(rng: Rng, image: Image, dark: float, width: int) -> None:
    high, wide = image.shape[:2]
    place = np.array([rng.uniform(0, wide), rng.uniform(0, high)])
    turn = rng.uniform(0, 2 * np.pi)
    path = [place]
    for _ in range(rng.integers(8, 40)):
        turn += rng.normal(0, 0.5)
        place = place + rng.uniform(4, 16) * np.array([np.cos(turn), np.sin(turn)])
        path.append(place)
    tone = tuple(float(v) for v in image[int(path[0][1]), int(path[0][0])] * dark)
    cv2.polylines(image, [np.array(path, np.int32)], False, tone, width, cv2.LINE_AA)


@remembered
def brick(rng: Rng, high: int = 768, wide: int = 768, rows: int = 28) -> Image:
    """Return courses of bricks."""
    image = flat(rng, colour(rng, 0.5, 0.7, 0.1), high, wide, 0.08)
    base = np.array(colour(rng, 0.3, 0.6, 0.1)) * (1.25, 0.85, 0.7)
    tall, long = high / rows, high / rows * 2.6
    for row in range(rows):
        for column in range(-1, int(wide / long) + 1):
            x = (column + 0.5 * (row % 2)) * long
            tone = np.clip(base * rng.normal(1, 0.14) * rng.normal(1, 0.03, 3), 0.04, 0.95)
            low, far = (
                (round(x) + 1, round(row * tall) + 1),
                (round(x + long) - 2, round((row + 1) * tall) - 2),
            )
            cv2.rectangle(image, low, far, tuple(map(float, tone)), -1)
    return np.clip(image * (1 + 0.10 * noise(rng, high, wide, 20, 6)[..., None]), 0, 1)


def word(rng: Rng, low: int = 3, high: int = 9) -> str:
    """Return letters that read like a word."""
    pairs = rng.integers(low, high)
    return "".join(
        "bdfgklmnprstvz"[rng.integers(14)] + "aeiou"[rng.integers(5)] for _ in range(pairs)
    )[:high]


def write(image: Image, text: str, place: tuple[int, int], font: int, size: float,
           ink: tuple[float, float, float], thick: int) -> None:  # fmt: skip
    """Write on a picture; OpenCV writes on bytes only."""
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.putText(mask, text, place, font, size, 255, thick, cv2.LINE_AA)
    share = mask[..., None] / np.float32(255)
    image[:] = image * (1 - share) + np.array(ink, np.float32) * share


FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_TRIPLEX,
          cv2.FONT_HERSHEY_COMPLEX)  # fmt: skip


@remembered
def ground(rng: Rng, kind: str, size: int = 1024) -> Image:
    """Return asphalt, cobbles, grass, soil or gravel."""
    tones = {
        "asphalt": (0.34, 0.34, 0.35), "cobbles": (0.45, 0.42, 0.38), "grass": (0.34, 0.40, 0.20),
        "soil": (0.50, 0.40, 0.29), "gravel": (0.55, 0.52, 0.47),
    }  # fmt: skip
    rough = {"asphalt": 0.10, "cobbles": 0.12, "grass": 0.42, "soil": 0.20, "gravel": 0.28}[kind]
    image = flat(rng, tones[kind], size, size, rough, 8, 8)
    image *= 1 + 0.18 * noise(rng, size, size, 3, 4)[..., None]
    if kind == "cobbles":
        for y in range(0, size, 22):
            for x in range(-(y // 22 % 2) * 14, size, 28):
                tone = tuple(
                    float(v)
                    for v in np.clip(np.array(tones[kind]) * rng.normal(1, 0.15), 0.05, 0.9)
                )
                cv2.ellipse(image, (x + 14, y + 11), (12, 9), 0, 0, 360, tone, -1, cv2.LINE_AA)
    if kind in ("asphalt", "soil"):
        for _ in range(25):
            _crack(rng, image, 0.6, 2)
        for _ in range(10):
            place = int(rng.integers(0, size)), int(rng.integers(0, size))
            axes = int(rng.integers(15, 90)), int(rng.integers(10, 60))
            tone = tuple(float(v) for v in np.array(tones[kind]) * rng.uniform(0.7, 1.2))
            cv2.ellipse(
                image, place, axes, float(rng.uniform(0, 180)), 0, 360, tone, -1, cv2.LINE_AA
            )
        image = image * (1 + 0.1 * rng.standard_normal((size, size, 1)).astype(np.float32))
    if kind in ("gravel", "soil", "grass"):
        stones = 500 if kind == "gravel" else 120
        for _ in range(stones):
            place = int(rng.integers(0, size)), int(rng.integers(0, size))
            tone = tuple(
                float(v) for v in np.clip(np.array(tones[kind]) * rng.uniform(0.5, 1.6), 0, 1)
            )
            cv2.circle(image, place, int(rng.integers(2, 8)), tone, -1, cv2.LINE_AA)
    return np.clip(image, 0.02, 0.95)


@remembered
def planks(rng: Rng, size: int = 512, boards: int = 9, across: bool = False) -> Image:
    """Return boards or corrugated sheets."""
    image = flat(rng, colour(rng, 0.3, 0.6, 0.25), size, size, 0.08)
    grain = cv2.resize(rng.standard_normal((size, 12)).astype(np.float32), (size, size))
    image *= 1 + 0.06 * grain.T[..., None]
    for edge in np.linspace(0, size, boards + 1):
        cv2.line(image, (int(edge), 0), (int(edge), size), (0.1, 0.1, 0.1), 3)
    for board in range(boards):
        image[:, board * size // boards : (board + 1) * size // boards] *= rng.uniform(0.8, 1.2)
    return np.clip(image.transpose(1, 0, 2).copy() if across else image, 0, 1)


def cloth(rng: Rng) -> Image:
    """Return plain or striped cloth."""
    image = flat(rng, colour(rng, 0.1, 0.85, 0.6), 128, 128, 0.05)
    if rng.random() < 0.4:
        band = int(rng.integers(8, 24))
        for y in range(0, 128, 2 * band):
            image[y : y + band] = colour(rng, 0.1, 0.9, 0.6)
    return image


def poster(rng: Rng, high: int = 384, wide: int = 384) -> Image:
    """Return a sheet with shapes and words."""
    image = np.empty((high, wide, 3), np.float32)
    image[:] = colour(rng, 0.1, 0.95, 0.6)
    for _ in range(rng.integers(4, 12)):
        place = int(rng.integers(0, wide)), int(rng.integers(0, high))
        reach = int(rng.integers(10, wide // 3))
        if rng.random() < 0.5:
            cv2.circle(image, place, reach, colour(rng, 0.05, 0.95, 0.8), -1, cv2.LINE_AA)
        else:
            cv2.rectangle(
                image,
                place,
                (place[0] + reach, place[1] + reach // 2),
                colour(rng, 0.05, 0.95, 0.8),
                -1,
            )
    for _ in range(rng.integers(2, 6)):
        font = FONTS[rng.integers(len(FONTS))]
        place = int(rng.integers(0, wide // 2)), int(rng.integers(30, high))
        write(image, word(rng), place, font, rng.uniform(0.6, 2.0), colour(rng, 0, 1, 0.5), 2)
    return np.clip(image * (1 + 0.02 * noise(rng, high, wide, 8)[..., None]), 0, 1)


def vehicle(rng: Rng) -> Image:
    """Return the side of a van or car: paint, windows, wheels, a word."""
    image = flat(rng, colour(rng, 0.15, 0.85, 0.5), 256, 512, 0.02)
    for x in (40, 180, 320):
        cv2.rectangle(image, (x, 30), (x + 110, 100), (0.10, 0.12, 0.14), -1)
        cv2.line(image, (x + 20, 95), (x + 80, 35), (0.4, 0.42, 0.45), 5)
    for x in (110, 400):
        cv2.circle(image, (x, 240), 50, (0.06, 0.06, 0.06), -1, cv2.LINE_AA)
        cv2.circle(image, (x, 240), 25, (0.5, 0.5, 0.5), -1, cv2.LINE_AA)
    write(image, word(rng), (150, 170), FONTS[rng.integers(4)], 1.6, colour(rng, 0, 1, 0.5), 3)
    cv2.line(image, (250, 100), (250, 215), (0.05, 0.05, 0.05), 2)
    return image


@remembered
def books(rng: Rng) -> Image:
    """Return shelves of books."""
    image = flat(rng, (0.35, 0.25, 0.17), 768, 512, 0.1)
    for top in range(10, 768, 126):
        x = 8
        while x < 490:
            wide, tall = int(rng.integers(8, 30)), int(rng.integers(70, 108))
            if rng.random() < 0.9:
                tone = colour(rng, 0.1, 0.8, 0.7)
                cv2.rectangle(image, (x, top + 112 - tall), (x + wide - 2, top + 112), tone, -1)
                band = top + 112 - int(tall * rng.uniform(0.3, 0.8))
                cv2.line(image, (x + 1, band), (x + wide - 3, band), colour(rng, 0.1, 0.95, 0.7), 4)
            x += wide
    return image


def foliage(rng: Rng, size: int = 96) -> NDArray[np.float32]:
    """Return a few leaves with holes between, shape (h, w, 4), alpha last."""
    image = np.zeros((size, size, 4), np.float32)
    image[..., :3] = (0.22, 0.34, 0.12)
    for _ in range(14):
        place = int(rng.integers(8, size - 8)), int(rng.integers(8, size - 8))
        axes = int(rng.integers(7, 16)), int(rng.integers(4, 8))
        tone = np.array([0.26, 0.40, 0.14]) * rng.uniform(0.6, 1.4)
        cv2.ellipse(image, place, axes, float(rng.uniform(0, 180)), 0, 360, (*tone, 1.0), -1)
    return image
