"""Bars of known size around noise."""

from __future__ import annotations

import numpy as np
import pytest

from firsthand.match.film.bars import WHOLE, within_bars


def framed(top: int, bottom: int, left: int, right: int, shade: int = 0) -> np.ndarray:
    picture = np.full((180, 320), shade, np.uint8)
    rng = np.random.default_rng(1)
    inside = rng.integers(0, 255, (180 - top - bottom, 320 - left - right))
    picture[top : 180 - bottom, left : 320 - right] = inside
    return picture


@pytest.mark.parametrize("shade", [0, 16, 255])
def test_bars_are_left_out(shade: int) -> None:
    box = within_bars(framed(30, 24, 0, 0, shade))
    assert box == pytest.approx((0, 30 / 180, 1, 126 / 180))
    box = within_bars(framed(0, 0, 60, 80, shade))
    assert box == pytest.approx((60 / 320, 0, 180 / 320, 1))


def test_a_picture_without_bars_stays_whole() -> None:
    assert within_bars(framed(0, 0, 0, 0)) == WHOLE
    assert within_bars(framed(2, 1, 0, 0)) == WHOLE


def test_a_plain_picture_has_no_bars() -> None:
    assert within_bars(np.full((90, 160), 40, np.uint8)) == WHOLE
    assert within_bars(framed(80, 80, 0, 0)) == WHOLE


def test_two_plain_halves_have_no_picture_between_them() -> None:
    halves = np.full((90, 160), 20, np.uint8)
    halves[50:] = 200
    assert within_bars(halves) == WHOLE
