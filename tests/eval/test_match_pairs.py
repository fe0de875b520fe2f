"""The pairs and the scores of benchmarks/match/classes.py and scenes.py."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks" / "match"))

import classes
import scenes
from drawn import COPIES, OVERLAYS
from pair_sets import _identical, _strangers
from PIL import Image
from render3d.places import KINDS
from rolls import half, places


def _answer(true: str, said: str, **more: object) -> dict[str, object]:
    return {"relation": true, "said": said, "a": "x", "b": "y", "maps": [], "truth": {}, **more}


def test_balanced_accuracy_is_the_mean_of_shares_not_of_pairs() -> None:
    answers = [_answer("copy", "copy")] * 90 + [_answer("burst", "copy")] * 5
    answers += [_answer("burst", "burst")] * 5
    found = classes.told(answers)
    assert found["balanced_accuracy"] == pytest.approx((1.0 + 0.5) / 2)
    assert found["table"]["burst"] == {"copy": 5, "burst": 5}


def test_what_would_not_be_wrong_either_counts_as_right_and_nothing_else_does() -> None:
    assert classes.right(_answer("shared_overlay", "unrelated", also=["unrelated"]))
    assert not classes.right(_answer("shared_overlay", "copy", also=["unrelated"]))


def test_a_scene_called_identical_is_as_dear_as_one_called_copy() -> None:
    found = classes.told([_answer("same_scene", said) for said in ("copy", "identical", "burst")])
    assert (found["same_scene_called_copy"], found["same_scene_pairs"]) == (2, 3)


def test_upper_ends_of_shares_are_those_of_clopper_and_pearson() -> None:
    # None of n: 1 - 0.05^(1/n). Two of ten, one-sided 95 %: 0.5069 (binomial tables: P(X <= 2;
    # 10, 0.5069) = 0.05).
    assert classes.upper(0, 100) == pytest.approx(1 - 0.05 ** (1 / 100), abs=1e-9)
    assert classes.upper(2, 10) == pytest.approx(0.5069, abs=2e-4)
    assert classes.upper(3, 3) == 1.0


def test_mates_are_of_one_scene_and_overlays_are_neither_right_nor_wrong() -> None:
    of = {"a1": "street0", "a2": "street0", "b1": "room1", "b2": "room1", "o": "ordinary p1"}
    links = [
        {"a": "a1", "b": "a2", "relation": "same_scene", "score": 0.9},
        {"a": "a1", "b": "o", "relation": "copy", "score": 0.6},
        {"a": "b1", "b": "o", "relation": "shared_overlay", "score": 0.6},
    ]
    found = scenes.scored(of, links)
    assert (found["queries"], found["with_a_mate"]) == (4, 0.5)
    assert found["without"] == ["b1", "b2"]
    assert found["wrong_links"] == [["a1", "o", "copy", 0.6]]
    assert found["by_kind"] == {"room": [0, 2], "street": [2, 2]}


def test_both_halves_have_each_kind_of_place() -> None:
    for which in ("tune", "report"):
        assert {place.kind for place in places() if half(place) == which} == set(KINDS)


def test_one_design_lays_the_same_over_two_pictures_and_names_differ() -> None:
    rng = np.random.default_rng(3)
    pictures = [rng.integers(0, 256, (600, 800, 3)).astype(np.uint8) for _ in range(2)]
    for name, draw in OVERLAYS.items():
        shown = [
            draw(picture, np.random.default_rng(4), np.random.default_rng(number)).astype(int)
            for number, picture in enumerate(pictures)
        ]
        assert shown[0].shape == shown[1].shape
        equal = (shown[0] == shown[1]).all(axis=2).mean()
        # Random pictures have next to no pixel in common: what is equal was drawn over both.
        assert equal > 0.03 or name == "watermark", name
        assert equal < 0.9, name


def test_identical_files_differ_in_bytes_and_not_in_pixels(tmp_path: Path) -> None:
    noise = np.random.default_rng(5).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    cv2.imwrite(str(tmp_path / "one.jpg"), noise)
    for at in range(2):
        pair = _identical(tmp_path, "one.jpg", "real", "tune", at)
        one, other = (tmp_path / pair[key] for key in "ab")
        assert one.read_bytes() != other.read_bytes()
        with Image.open(one) as a, Image.open(other) as b:
            assert np.array_equal(np.asarray(a), np.asarray(b))


def test_copies_are_seeded_and_differ_from_what_was_copied() -> None:
    picture = np.random.default_rng(6).integers(0, 256, (240, 320, 3)).astype(np.uint8)
    for name, attack in COPIES.items():
        one, other = (attack(picture, np.random.default_rng(7)) for _ in range(2))
        assert np.array_equal(one, other), name
        assert one.shape != picture.shape or not np.array_equal(one, picture), name


def test_strangers_are_never_of_one_scene() -> None:
    own = [(f"{kind}{seed}-base.jpg", "rendered") for kind in KINDS for seed in range(2)]
    rng = np.random.default_rng(8)
    for _ in range(50):
        one, other = _strangers(own, rng, alike=True)
        assert one != other
        assert one[0][:3] == other[0][:3]
