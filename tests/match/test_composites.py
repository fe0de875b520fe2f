"""A picture put together from others joins none of them; one of which parts were cut does."""

from __future__ import annotations

from firsthand.match.composites import Shown, composites, sides

LEFT, RIGHT, WHOLE = (0, 0, 400, 300), (400, 0, 400, 300), (0, 0, 800, 300)


def test_a_collage_shows_two_pictures_in_two_places() -> None:
    shown = [
        *sides("collage", "one", (LEFT, (0, 0, 40, 30)), (0.5, 1.0), "undetermined"),
        *sides("collage", "two", (RIGHT, (0, 0, 40, 30)), (0.5, 1.0), "a_from_b"),
    ]
    assert composites(shown) == {"collage"}


def test_what_was_cut_twice_is_no_composite() -> None:
    shown = [
        *sides("cut-1", "whole", ((0, 0, 40, 30), LEFT), (1.0, 0.5), "a_from_b"),
        *sides("cut-2", "whole", ((0, 0, 40, 30), RIGHT), (1.0, 0.5), "a_from_b"),
    ]
    assert composites(shown) == set()


def test_two_copies_of_one_part_make_no_composite() -> None:
    near = (20, 10, 400, 280)
    shown = [
        Shown("post", "first", LEFT, 0.5, False),
        Shown("post", "second", near, 0.5, False),
        Shown("post", "third", WHOLE, 1.0, False),
    ]
    assert composites(shown) == set()
