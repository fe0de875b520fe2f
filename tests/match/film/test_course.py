"""Lines in time through made tables of agreement."""

from __future__ import annotations

import numpy as np
import pytest

from firsthand.match.film.course import NOTHING, best_course


def table(times_a: np.ndarray, times_b: np.ndarray, speed: float, offset: float) -> np.ndarray:
    """Return agreement that falls with the distance in time from the moment that belongs to it."""
    apart = np.abs(speed * times_a[:, None] + offset - times_b[None])
    rng = np.random.default_rng(3)
    score = 0.25 + 0.7 * np.exp(-((apart / 0.25) ** 2)) + rng.normal(0, 0.03, apart.shape)
    return score.astype(np.float32)


@pytest.mark.parametrize(
    ("speed", "offset"), [(1.0, 0.0), (1.0, 7.3), (1.5, 0.0), (0.75, 2.0), (1.04, 1.0), (2.0, 3.0)]
)
def test_a_line_is_found(speed: float, offset: float) -> None:
    times_a = np.arange(0, 8, 0.125)
    times_b = np.arange(0, 25, 0.125)
    found = best_course(table(times_a, times_b, speed, offset), times_a, times_b)
    assert found is not None
    middle = speed * 4 + offset
    assert found.speed * 4 + found.offset == pytest.approx(middle, abs=0.12)
    assert found.speed == pytest.approx(speed, abs=0.03)
    assert (found.first, found.last) == (0, 63)
    assert found.loose[0] > found.offset - 0.5 and found.loose[1] < found.offset + 0.5


def test_only_the_part_that_agrees() -> None:
    times_a = times_b = np.arange(0, 10, 0.125)
    score = table(times_a, times_b, 1.0, 2.0)
    score[:24] = 0.2
    score[56:] = 0.2
    found = best_course(score, times_a, times_b)
    assert found is not None and (found.first, found.last) == (24, 55)


def test_nothing_agrees() -> None:
    times = np.arange(0, 5, 0.125)
    assert best_course(np.full((40, 40), 0.4, np.float32), times, times) is None


def test_frames_that_say_nothing_carry_no_line() -> None:
    times = np.arange(0, 5, 0.125)
    assert best_course(np.full((40, 40), NOTHING, np.float32), times, times) is None


def test_where_nothing_moves_no_moment_is_told() -> None:
    times_a, times_b = np.arange(0, 3, 0.125), np.arange(0, 9, 0.125)
    found = best_course(np.full((24, 72), 0.97, np.float32), times_a, times_b)
    assert found is not None and found.loose[1] - found.loose[0] > 4


def test_a_short_clip_in_a_long_film_of_few_frames() -> None:
    # Half a second from a frame of b a hand-held camera shows something else.
    times_a, times_b = np.arange(0, 4, 0.125), np.arange(0, 120, 0.5)
    score = table(times_a, times_b, 1.0, 63.2)
    found = best_course(score, times_a, times_b)
    assert found is not None
    assert found.speed * 2 + found.offset == pytest.approx(65.2, abs=0.15)
    assert found.first <= 3 and found.last >= 28
