"""Films drawn in memory, whose times are known, and what was done to them."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from firsthand.match.film.index import FilmIndex, search
from firsthand.match.film.link import link_films
from firsthand.match.film.photo import link_picture
from firsthand.match.film.strip import Strip, strip_of_frames
from firsthand.match.local.picture import Picture

_SPEC = importlib.util.spec_from_file_location(
    "made_films", Path(__file__).with_name("made_films.py")
)
assert _SPEC is not None and _SPEC.loader is not None
made_films = importlib.util.module_from_spec(_SPEC)
sys.modules["made_films"] = made_films
_SPEC.loader.exec_module(made_films)
film, changed = made_films.film, made_films.changed


@pytest.fixture(scope="module")
def original() -> Strip:
    return strip_of_frames(film(1, walker=0))


def letterboxed(frame: np.ndarray) -> np.ndarray:
    return np.pad(frame, ((60, 60), (0, 0)))


def covered(frame: np.ndarray) -> np.ndarray:
    frame = frame.copy()
    frame[216:] = 30
    cv2.putText(frame, "BREAKING NEWS", (20, 252), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 240, 2)
    return frame


def turned(frame: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.warpAffine(frame, cv2.getRotationMatrix2D((240, 135), 5, 1), (480, 270)))


def reduced(frame: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.resize(frame, (320, 180), interpolation=cv2.INTER_AREA))


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame, reduced, letterboxed, covered, turned,
        lambda frame: frame[:, ::-1],
        lambda frame: frame[30:246, 20:404],
        lambda frame: frame[70:232, 150:438],
    ],
    ids=["same", "reduced", "letterbox", "banner", "rotate 5", "mirror", "crop 80", "crop 60"],
)  # fmt: skip
def test_a_copy_is_found_with_its_moment(
    original: Strip, change: Callable[[np.ndarray], np.ndarray]
) -> None:
    copy = strip_of_frames(changed(film(1, walker=0, start=2.0, end=5.0, noise=9), change))
    links = link_films(copy, original)
    assert [link.relation for link in links] == ["copy"]
    assert links[0].offset == pytest.approx(2.0, abs=0.15)
    assert links[0].speed == pytest.approx(1.0, abs=0.06)


def test_a_faster_copy(original: Strip) -> None:
    copy = strip_of_frames(film(1, walker=0, speed=1.5, noise=9))
    (link,) = link_films(copy, original)
    assert link.offset is not None and link.speed is not None
    assert link.speed == pytest.approx(1.5, abs=0.06)
    assert link.speed * 2 + link.offset == pytest.approx(3.0, abs=0.2)


def test_where_the_crop_lies_is_told(original: Strip) -> None:
    copy = strip_of_frames(changed(film(1, walker=0, noise=9), lambda f: f[70:232, 150:438]))
    (link,) = link_films(copy, original)
    assert link.region_b == pytest.approx((150, 70, 288, 162), abs=4)


def test_another_film_is_not_linked(original: Strip) -> None:
    assert link_films(strip_of_frames(film(2, walker=0)), original) == []


def test_the_same_banner_over_two_films_links_nothing() -> None:
    one, other = (strip_of_frames(changed(film(seed), covered)) for seed in (1, 2))
    assert link_films(one, other) == []


def test_two_parts_of_one_shot_are_no_copies_of_one_another() -> None:
    place = lambda t: (200 + 30 * t, 160.0)  # noqa: E731
    one = strip_of_frames(film(1, place=place, end=4.0, walker=0))
    other = strip_of_frames(film(1, place=place, start=4.5, end=8.5, walker=0, noise=9))
    assert [link for link in link_films(one, other) if link.relation == "copy"] == []


def test_one_fixed_camera_at_two_times_is_no_copy() -> None:
    place = lambda t: (300.0, 200.0)  # noqa: E731
    one = strip_of_frames(film(1, place=place, walker=0))
    other = strip_of_frames(film(1, place=place, walker=1, noise=9))
    assert [link for link in link_films(one, other) if link.relation == "copy"] == []


def test_stills_are_linked_without_a_moment() -> None:
    place = lambda t: (300.0, 200.0)  # noqa: E731
    one = strip_of_frames(film(1, place=place))
    other = strip_of_frames(film(1, place=place, noise=9))
    (link,) = link_films(one, other)
    assert link.relation == "copy" and link.offset is None and link.speed is None


def test_black_films_are_not_linked() -> None:
    black = [(n * 125, np.zeros((270, 480), np.uint8)) for n in range(20)]
    assert link_films(strip_of_frames(black), strip_of_frames(black)) == []


def test_a_programme_that_shows_two_parts(original: Strip) -> None:
    parts = [*film(1, walker=0, end=2.0, noise=9)]
    for source in (film(2, end=2.0), film(1, walker=0, start=3.0, end=5.5, noise=8)):
        parts += [(parts[-1][0] + 125 + at, frame) for at, frame in source]
    links = link_films(strip_of_frames(parts), original)
    found = sorted((link.time_a[0], link.offset) for link in links)
    # The second part begins at 4 s of the programme and shows the film from 3 s on.
    assert [start for start, _ in found] == pytest.approx([0.0, 4.0], abs=0.3)
    assert [offset for _, offset in found] == pytest.approx([0.0, -1.0], abs=0.15)


def test_a_photograph_of_one_moment(original: Strip) -> None:
    moment, frame = list(film(1, walker=0, noise=5))[24]
    links = link_picture(Picture("p", frame, 480, 270), original)
    assert links and links[0].relation == "copy"
    assert links[0].offset == pytest.approx(moment / 1000, abs=0.13)
    other = Picture("q", made_films.wide(3)[:270, :480].copy(), 480, 270)
    assert link_picture(other, original) == []


def test_one_film_among_several(original: Strip) -> None:
    strips = {"right": original} | {f"other {n}": strip_of_frames(film(n)) for n in (4, 5, 6)}
    index = FilmIndex(strips)
    crop = changed(film(1, walker=0, start=1.0, end=4.0, noise=7), lambda f: f[40:240, 60:420])
    found = search(strip_of_frames(crop), index, strips.__getitem__)
    assert list(found) == ["right"]
    assert found["right"][0].offset == pytest.approx(1.0, abs=0.15)
