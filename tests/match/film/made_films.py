"""Films drawn in memory: a window that moves over a wide picture, and things that move in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]
Place = Callable[[float], tuple[float, float]]


def wide(seed: int) -> Gray:
    """Return a picture of 1200 x 700 px of blobs, boxes and lines."""
    rng = np.random.default_rng(seed)
    picture = np.full((700, 1200), 120, np.uint8)
    for _ in range(260):
        x, y = int(rng.integers(1200)), int(rng.integers(700))
        size, shade = int(rng.integers(6, 60)), int(rng.integers(10, 245))
        if rng.random() < 0.5:
            cv2.rectangle(picture, (x, y), (x + size, y + size // 2), shade, -1)
        else:
            cv2.circle(picture, (x, y), size // 2, shade, -1)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.2), np.uint8)


def shaking(seed: int) -> Place:
    """Return the way of a hand-held camera: where the window is at a time [s], in px."""
    rng = np.random.default_rng(seed)
    waves = [(rng.uniform(0.2, 1.5), rng.uniform(0, 6.3), *rng.normal(0, 24, 2)) for _ in range(4)]
    pan = rng.uniform(10, 25)

    def place(t: float) -> tuple[float, float]:
        x, y = 220 + pan * t, 160.0
        for rate, phase, across, down in waves:
            x += across * np.sin(6.28 * rate * t + phase)
            y += down * np.sin(6.28 * rate * t + phase)
        return float(np.clip(x, 0, 700)), float(np.clip(y, 0, 400))

    return place


def film(
    seed: int,
    *,
    start: float = 0.0,
    end: float = 6.0,
    speed: float = 1.0,
    place: Place | None = None,
    walker: int | None = None,
    noise: int = 0,
) -> Iterator[tuple[int, Gray]]:
    """Yield frames of 480 x 270 px, eight a second, from one moment of a scene to another [s].

    ``walker``: a dark body crosses the picture, on a way of its own for each number. ``noise``:
    another number, other noise.
    """
    picture, way = wide(seed), place or shaking(seed)
    rng = np.random.default_rng(noise)
    for n in range(round((end - start) / speed * 8)):
        t = start + speed * n / 8
        x, y = way(t)
        map_of = np.array([[1, 0, -x], [0, 1, -y]], np.float64)
        frame = np.asarray(cv2.warpAffine(picture, map_of, (480, 270)), np.uint8).copy()
        if walker is not None:
            across = int(240 + 200 * np.sin(1.1 * t + 2.0 * walker))
            down = int(100 + 60 * np.cos(0.7 * t + 1.3 * walker))
            cv2.rectangle(frame, (across, down), (across + 45, down + 100), 15, -1)
            cv2.circle(frame, (across + 22, down), 20, 230, -1)
        rough = rng.normal(0, 2.5, frame.shape)
        yield n * 125, np.clip(frame + rough, 0, 255).astype(np.uint8)


def changed(
    frames: Iterator[tuple[int, Gray]], change: Callable[[Gray], Gray]
) -> Iterator[tuple[int, Gray]]:
    """Yield frames to which something was done."""
    for time_ms, frame in frames:
        yield time_ms, np.ascontiguousarray(change(frame))
