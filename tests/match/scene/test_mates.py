"""Shots of one rendered scene find each other; other places, and logos, do not."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from firsthand.match.scene.epipolar import surprise
from firsthand.match.scene.mates import ALWAYS, NEVER, mates, scene_pairs
from firsthand.match.scene.view import View


def view(name: str, gray: Any, focal35: float | None = None) -> View:
    return View(name, gray, gray.shape[1], gray.shape[0], focal35)


@pytest.fixture(scope="module")
def shots(camera: Any, yard: Any, street: Any) -> dict[str, View]:
    return {
        "left": view("left", camera((-2.5, 0, 0), yaw=12).picture(yard)),
        "right": view("right", camera((2.5, 0, 0.5), yaw=-12).picture(yard)),
        "near": view("near", camera((0.2, 0, 1.5), pitch=2).picture(yard)),
        "street": view("street", camera().picture(street)),
        "street 2": view("street 2", camera((1, 0, 0.3), yaw=-6).picture(street)),
    }


def test_shots_of_one_place_are_mates_and_of_two_places_are_none(shots: dict[str, View]) -> None:
    found = scene_pairs(combinations(shots, 2), shots.get)
    assert set(found) == {
        ("left", "near"), ("left", "right"), ("right", "near"), ("street", "street 2")
    }  # fmt: skip
    for (one, _), both in found.items():
        x, y, w, h = both.region_a
        assert x >= 0 and y >= 0 and x + w <= shots[one].width and y + h <= shots[one].height
        assert both.support >= 14


def test_matched_places_are_the_same_place(camera: Any, yard: Any, shots: dict[str, View]) -> None:
    """What matches on the far wall must be where that wall is seen by the other camera."""
    both = mates(shots["left"], shots["right"])
    assert both is not None
    wall = yard[0].corners
    middle = np.array([599.5, 449.5])
    seen = [
        np.asarray(camera((-2.5, 0, 0), yaw=12).sees(wall) + middle, np.float32),
        np.asarray(camera((2.5, 0, 0.5), yaw=-12).sees(wall) + middle, np.float32),
    ]
    by = cv2.getPerspectiveTransform(*seen)
    moved = cv2.perspectiveTransform(both.points_a[None].astype(np.float32), by)[0]
    apart = np.linalg.norm(moved - both.points_b, axis=1)
    # The rest stands before the wall, and is shifted against it.
    assert 0.3 < (apart < 4).mean() < 0.98


def test_one_logo_in_two_pictures_is_no_scene(shots: dict[str, View]) -> None:
    logo = np.random.default_rng(5).integers(0, 255, (12, 20)).astype(np.uint8)
    logo = cv2.resize(logo, (190, 110), interpolation=cv2.INTER_CUBIC)
    marked = []
    for name in ("left", "street"):
        gray = shots[name].gray.copy()
        gray[20:130, 980:1170] = logo
        marked.append(view(name, gray))
    assert mates(*marked) is None


def test_what_cannot_be_opened_is_left_out(shots: dict[str, View]) -> None:
    assert scene_pairs([("left", "gone")], shots.get) == {}


def test_flat_pictures_are_no_scene() -> None:
    flat = view("flat", np.full((300, 400), 90, np.uint8))
    assert mates(flat, view("flat 2", np.full((300, 400), 91, np.uint8))) is None


def test_surprise_counts_accidents() -> None:
    assert surprise(7, 100) == 0.0
    # Eight of eight by hand: (8 - 7) C(8, 8) C(8, 7) p, p = 2 * 1125 / 607500 * 2 = 0.0074074;
    # -log10(8 * 0.0074074) = 1.2272.
    assert surprise(8, 8) == pytest.approx(1.2272, abs=1e-4)
    assert surprise(20, 100) > surprise(12, 100)
    assert surprise(20, 200) < surprise(20, 100)


def test_a_wall_seen_very_much_aslant_needs_tilted_views(camera: Any, yard: Any) -> None:
    """75 degrees around the wall: hardly a keypoint looks the same, until one view is tilted."""
    around = np.deg2rad(76)
    aside = camera((-12 * np.sin(around), 0, 12 - 12 * np.cos(around)), yaw=76)
    wall = [type(yard[0])(yard[0].corners * (0.6, 0.7, 1), yard[0].paint)]
    one, other = view("front", camera().picture(wall)), view("aside", aside.picture(wall))
    plain, tilted = mates(one, other, tilts=NEVER), mates(one, other, tilts=ALWAYS)
    assert tilted is not None
    assert tilted.support > 40 and (plain is None or plain.support < tilted.support / 2)
    # Where the wall's own map puts them.
    middle = np.array([599.5, 449.5])
    corners = wall[0].corners
    by = cv2.getPerspectiveTransform(
        np.asarray(camera().sees(corners) + middle, np.float32),
        np.asarray(aside.sees(corners) + middle, np.float32),
    )
    moved = cv2.perspectiveTransform(tilted.points_a[None].astype(np.float32), by)[0]
    assert (np.linalg.norm(moved - tilted.points_b, axis=1) < 8).mean() > 0.9


@pytest.mark.parametrize(("scene", "least"), [("scene-facade", 3), ("scene-street", 10)])
def test_real_shots_of_one_place(shared: Path, scene: str, least: int) -> None:
    folder = shared / "photos" / scene
    if not folder.is_dir():
        pytest.skip("no ../shared/photos")
    views = {}
    for path in sorted(folder.glob("*.jpg"))[:5]:
        gray = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        assert gray is not None
        views[path.stem] = view(path.stem, np.asarray(gray, np.uint8))
    found = scene_pairs(combinations(views, 2), views.get, tilts=NEVER)
    assert len(found) >= least
    assert {name for pair in found for name in pair} == set(views)
