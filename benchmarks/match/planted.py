"""Real photographs for an index of any size: some planted, some not, all asked for as copies.

Of ../shared/photos/ordinary, sorted by name: every other one is what distractors are made of (the
half that the tables of codes were made of); of the rest two in three are planted in the index, and
one in three is only asked for, so that whatever is found for it is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from firsthand.match.local.features import (
    INDEX_MOST,
    INDEX_SIDE,
    QUERY_MOST,
    QUERY_SIDE,
    Features,
    extract,
)

PHOTOS = Path(__file__).resolve().parents[3] / "shared" / "photos" / "ordinary"

Gray = NDArray[np.uint8]
Dice = np.random.Generator
Attack = Callable[[Gray, Dice, Sequence[Gray]], Gray]


@dataclass(frozen=True, slots=True)
class Asked:
    """A query: the number of the photograph, how it was changed, its keypoints, what is right."""

    photograph: int
    attack: str
    features: Features
    right: frozenset[int]


def photographs(folder: Path = PHOTOS) -> list[Gray]:
    """Return all photographs in order of names; none when they are not there."""
    paths = sorted(folder.glob("*.jpg")) if folder.is_dir() else []
    return [np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), np.uint8) for path in paths]


def role(number: int) -> str:
    """Return what a photograph is used for: distractor, planted or stranger."""
    return "distractor" if number % 2 == 0 else "stranger" if number % 6 == 5 else "planted"


def coarse(gray: Gray) -> Features:
    """Return the keypoints by which a picture is found."""
    return extract(gray, gray.shape[1], gray.shape[0], side=INDEX_SIDE, most=INDEX_MOST)


def asked(pictures: Sequence[Gray], each: int, seed: int) -> Iterator[Asked]:
    """Yield queries: ``each`` of the attacks on every planted photograph and every stranger."""
    names = list(ATTACKS)
    fillers = [at for at in range(len(pictures)) if role(at) == "stranger"]
    for number, picture in enumerate(pictures):
        if role(number) == "distractor":
            continue
        for step in range(each):
            name = names[(number + step * 5) % len(names)]
            dice = np.random.default_rng((seed, number, step))
            other = [at for at in fillers if at != number]
            chosen = [pictures[at] for at in dice.choice(other, 3, replace=False)]
            gray = ATTACKS[name](picture, dice, chosen)
            found = extract(gray, gray.shape[1], gray.shape[0], side=QUERY_SIDE, most=QUERY_MOST)
            right = frozenset({number} if role(number) == "planted" else ())
            yield Asked(number, name, found, right)


def _jpeg(gray: Gray, quality: int) -> Gray:
    _, data = cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def _sized(gray: Gray, factor: float) -> Gray:
    return np.asarray(
        cv2.resize(gray, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8
    )


def _cropped(gray: Gray, area: float, dice: Dice) -> Gray:
    height, width = (round(side * area**0.5) for side in gray.shape)
    top, left = (
        int(dice.integers(whole - part + 1))
        for whole, part in zip(gray.shape, (height, width), strict=True)
    )
    return gray[top : top + height, left : left + width]


def _turned(gray: Gray, degrees: float) -> Gray:
    height, width = gray.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return np.asarray(cv2.warpAffine(gray, turn, (width, height)), np.uint8)


def _screen(gray: Gray, dice: Dice) -> Gray:
    height, width = gray.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + dice.uniform(-0.07, 0.07, (4, 2)).astype(np.float32) * width
    seen = cv2.warpPerspective(gray, cv2.getPerspectiveTransform(corners, moved), (width, height))
    stripes = 10 * np.sin(np.arange(width) * dice.uniform(1.0, 2.5))
    return np.clip(seen + stripes + dice.normal(0, 7, seen.shape), 0, 255).astype(np.uint8)


def _collage(gray: Gray, dice: Dice, others: Sequence[Gray]) -> Gray:
    tiles = [cv2.resize(each, (560, 420), interpolation=cv2.INTER_AREA) for each in others]
    tiles.insert(int(dice.integers(4)), cv2.resize(gray, (560, 420), interpolation=cv2.INTER_AREA))
    return np.vstack([np.hstack(tiles[:2]), np.hstack(tiles[2:])]).astype(np.uint8)


def _inset(gray: Gray, dice: Dice, others: Sequence[Gray]) -> Gray:
    whole = others[0].copy()
    small = _sized(gray, 0.45 * min(np.array(whole.shape) / gray.shape))
    top, left = (
        int(dice.integers(a - b + 1)) for a, b in zip(whole.shape, small.shape, strict=True)
    )
    whole[top : top + small.shape[0], left : left + small.shape[1]] = small
    return whole


def _framed(gray: Gray, dice: Dice, quality: int) -> Gray:
    """A phone's screen with the picture in the middle, and lines of text above and below."""
    width = gray.shape[1]
    page = np.full((round(width * 2.0), width), 245, np.uint8)
    top = (len(page) - gray.shape[0]) // 2
    page[top : top + gray.shape[0]] = gray[: len(page)]
    cv2.putText(page, "12:41    LTE  87%", (20, 40), cv2.FONT_HERSHEY_SIMPLEX, width / 900, 10, 2)
    for at in range(4):
        words = " ".join("".join(chr(97 + c) for c in dice.integers(26, size=6)) for _ in range(5))
        place = (20, len(page) - 40 - 45 * at)
        cv2.putText(page, words, place, cv2.FONT_HERSHEY_SIMPLEX, width / 1100, 30, 2)
    return _jpeg(page, quality)


ATTACKS: dict[str, Attack] = {
    "jpeg 10": lambda g, d, o: _jpeg(g, 10),
    "a quarter of the size": lambda g, d, o: _sized(g, 0.25),
    "an eighth of the size": lambda g, d, o: _sized(g, 0.125),
    "crop to half": lambda g, d, o: _jpeg(_cropped(g, 0.5, d), 70),
    "crop to 30 %": lambda g, d, o: _jpeg(_cropped(g, 0.3, d), 70),
    "turned by 15 degrees": lambda g, d, o: _turned(g, 15),
    "mirrored": lambda g, d, o: np.ascontiguousarray(g[:, ::-1]),
    "blurred": lambda g, d, o: np.asarray(cv2.GaussianBlur(g, (0, 0), 3), np.uint8),
    "off a screen": lambda g, d, o: _screen(g, d),
    "one of four": lambda g, d, o: _collage(g, d, o),
    "on another": lambda g, d, o: _inset(g, d, o),
    "phone": lambda g, d, o: _framed(g, d, 60),
    "crop, turned, phone": lambda g, d, o: _framed(_turned(_cropped(g, 0.4, d), 6), d, 25),
}
