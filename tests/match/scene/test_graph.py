"""The graph of a rendered scene: shots, overlaps and turns against the cameras that saw it."""

from __future__ import annotations

from itertools import combinations
from math import hypot
from typing import Any

import numpy as np
import pytest

from firsthand.match.scene.graph import rings, scene_graph
from firsthand.match.scene.view import FILM_DIAGONAL, View

FOCAL35 = 1000 * FILM_DIAGONAL / hypot(1200, 900)
PLACES = {"a": ((-2.0, 0, 0), 9.0), "b": ((0.3, 0, 0.4), 0.0), "c": ((2.2, -0.2, 0), -8.0)}


@pytest.fixture(scope="module")
def grays(camera: Any, yard: Any) -> dict[str, Any]:
    return {name: camera(at, yaw=yaw).picture(yard) for name, (at, yaw) in PLACES.items()}


def views(grays: dict[str, Any], focal35: float | None) -> dict[str, View]:
    made = {name: View(name, gray, 1200, 900, focal35) for name, gray in grays.items()}
    return made | {"a copy": made["a"], "other": made["a"]}


LINKS = [
    *({"a": a, "b": b, "relation": "same_scene", "transform": "none"}
      for a, b in combinations(PLACES, 2)),
    {"a": "a", "b": "a copy", "relation": "copy", "transform": "none"},
    {"a": "x", "b": "y", "relation": "copy", "transform": "none"},
    {"a": "c", "b": "logo", "relation": "shared_overlay", "transform": "none"},
]  # fmt: skip


def test_shots_overlaps_and_turns(grays: dict[str, Any]) -> None:
    found = scene_graph(LINKS, views(grays, FOCAL35).get)
    (scene,) = found["scenes"]  # two copies and a logo are no scene
    assert scene["shots"] == [["a", "a copy"], ["b"], ["c"]]
    assert scene["rings"] == {"closed": 1, "open": []}
    for edge in scene["edges"]:
        (at_a, yaw_a), (at_b, yaw_b) = PLACES[edge["a"]], PLACES[edge["b"]]
        made = edge["pose"]
        assert edge["status"] == "estimated" and made["kind"] == "general"
        assert made["focal"] == "stated"
        assert made["yaw_mdeg"] == pytest.approx((yaw_b - yaw_a) * 1000, abs=700)
        assert made["yaw_low_mdeg"] <= made["yaw_mdeg"] <= made["yaw_high_mdeg"]
        assert made["pitch_mdeg"] == pytest.approx(0, abs=700)
        assert made["distance"] is None
        way = np.subtract(at_b, at_a)
        turn = np.deg2rad(yaw_a)  # the direction is in the frame of a
        own = np.array([
            np.cos(turn) * way[0] - np.sin(turn) * way[2],
            way[1],
            np.sin(turn) * way[0] + np.cos(turn) * way[2],
        ])  # fmt: skip
        said = np.array(made["direction_ppm"]) / 1e6
        assert np.degrees(np.arccos(min(1.0, said @ own / np.linalg.norm(own)))) < 8
        x, y, w, h = edge["region_a"]
        assert x >= 0 and y >= 0 and x + w <= 1200 and y + h <= 900


def test_all_numbers_are_integers(grays: dict[str, Any]) -> None:
    def check(value: Any) -> None:
        assert not isinstance(value, float)
        for each in value.values() if isinstance(value, dict) else ():
            check(each)
        for each in value if isinstance(value, list) else ():
            check(each)

    check(scene_graph(LINKS, views(grays, None).get))


def test_an_assumed_lens_is_said_and_widens_the_bounds(grays: dict[str, Any]) -> None:
    links = LINKS[:1]
    stated = scene_graph(links, views(grays, FOCAL35).get)["scenes"][0]["edges"][0]["pose"]
    assumed = scene_graph(links, views(grays, None).get)["scenes"][0]["edges"][0]["pose"]
    assert assumed["focal"] == "assumed"
    width = {
        name: pose["yaw_high_mdeg"] - pose["yaw_low_mdeg"]
        for name, pose in (("stated", stated), ("assumed", assumed))
    }
    assert width["assumed"] > width["stated"]
    assert assumed["yaw_low_mdeg"] <= -9000 <= assumed["yaw_high_mdeg"]


def test_mirrored_and_missing_shots_have_no_pose(grays: dict[str, Any]) -> None:
    links = [
        {"a": "a", "b": "b", "relation": "burst", "transform": "mirrored"},
        {"a": "b", "b": "gone", "relation": "same_scene", "transform": "none"},
    ]
    (scene,) = scene_graph(links, views(grays, None).get)["scenes"]
    assert [edge["pose"] for edge in scene["edges"]] == [None, None]
    assert "mirrored" in scene["edges"][0]["why"]
    assert "opened" in scene["edges"][1]["why"]


def test_a_ring_that_does_not_close_is_named() -> None:
    def edge(a: str, b: str, yaw: int) -> dict[str, Any]:
        pose = {"kind": "general", "yaw_mdeg": yaw, "pitch_mdeg": 0, "roll_mdeg": 0}
        return {"a": a, "b": b, "pose": pose}

    good = [edge("a", "b", 10_000), edge("b", "c", 5_000), edge("a", "c", 15_000)]
    assert rings(good) == {"closed": 1, "open": []}
    bad = [*good[:2], edge("a", "c", 40_000)]
    assert rings(bad) == {"closed": 0, "open": [["a", "b", "c"]]}
