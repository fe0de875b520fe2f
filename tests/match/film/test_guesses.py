"""Turned and flipped frames: the map that fingerprints propose is the one that was applied."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from firsthand.match.film.guesses import by_codes
from firsthand.match.film.strip import strip_of_frames


def scene(seed: int) -> np.ndarray:
    """Return a square picture of smooth blobs, 240 px."""
    noise = np.random.default_rng(seed).normal(0, 1, (12, 12)).astype(np.float32)
    smooth = cv2.resize(noise, (240, 240), interpolation=cv2.INTER_CUBIC)
    return np.clip(128 + 60 * smooth, 0, 255).astype(np.uint8)


TURNS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], Callable[..., tuple[int, int]]]] = {
    # numpy's operation, and where pixel x, y of a picture of side n + 1 comes to lie by it
    "none": (lambda p: p, lambda x, y, n: (x, y)),
    "rot90": (np.rot90, lambda x, y, n: (y, n - x)),
    "rot180": (lambda p: np.rot90(p, 2), lambda x, y, n: (n - x, n - y)),
    "rot270": (lambda p: np.rot90(p, 3), lambda x, y, n: (n - y, x)),
    "flipud": (np.flipud, lambda x, y, n: (x, n - y)),
    "fliplr": (np.fliplr, lambda x, y, n: (n - x, y)),
    "transpose": (np.transpose, lambda x, y, n: (y, x)),
    "other": (lambda p: np.rot90(p, 2).T, lambda x, y, n: (n - y, n - x)),
}


@pytest.mark.parametrize("name", TURNS)
def test_the_map_is_the_one_applied(name: str) -> None:
    turn, goes = TURNS[name]
    picture = scene(1)
    marked = np.zeros((240, 240), np.uint8)
    marked[30, 70] = 1
    # What numpy does to one marked pixel is what the map must do.
    ((y, x),) = np.argwhere(turn(marked))
    assert (x, y) == goes(70, 30, 239)
    one = strip_of_frames([(0, np.ascontiguousarray(picture))])
    other = strip_of_frames([(0, np.ascontiguousarray(turn(picture)))])
    guess = by_codes(one, other)[0]
    at = guess.unit @ (70 / 239, 30 / 239, 1)
    assert at[:2] / at[2] * 239 == pytest.approx((x, y), abs=0.5)


def test_bars_are_part_of_the_map() -> None:
    picture = scene(2)
    one = strip_of_frames([(0, np.pad(picture, ((60, 60), (0, 0))))])
    other = strip_of_frames([(0, picture)])
    found = [guess.unit for guess in by_codes(one, other)]
    # Row 60 of 360 of the padded picture is row 0 of the other; row 300 is its end.
    expected = np.array([[1, 0, 0], [0, 1.5, -0.25], [0, 0, 1]])
    assert any(np.allclose(unit, expected, atol=0.02) for unit in found)


def test_unlike_pictures_give_no_guess() -> None:
    one, other = (strip_of_frames([(0, scene(seed))]) for seed in (3, 4))
    assert by_codes(one, other) == []
