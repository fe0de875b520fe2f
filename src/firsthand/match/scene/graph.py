"""Photographs of one scene as a graph: who overlaps whom where, and how cameras stood.

Input for counting (each place once) and for order in time. Nothing here is a place on earth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import degrees, sqrt

import numpy as np
from numpy.typing import NDArray

from firsthand.match.scene.mates import Mates, mates
from firsthand.match.scene.pose import GENERAL, PLANE, ROTATION, Pose, pose
from firsthand.match.scene.rotation import angle_between, yaw_pitch_roll
from firsthand.match.scene.view import FOCAL_RANGE, USUAL_FOCAL, View
from firsthand.match.thin import components
from firsthand.model.canonical import Json

SHOTS = ("same_scene", "burst")
"""Relations between two shots, from which a pose may be had; copies are one shot."""

COPIES = ("identical", "copy")

MOST_POINTS = 60
"""Matched places that a record holds; of more, some spread over all."""

MOST_RING = 5.0
"""Degrees by which three turns in a ring may miss where they began."""

WHY = {
    ROTATION: "the camera turned; it did not move enough for a direction to be told",
    PLANE: "all that both show lies in one plane, which has two explanations: no direction",
    GENERAL: "things at different distances shifted against each other",
}


def scene_graph(links: Iterable[Json], view: Callable[[str], View | None]) -> Json:
    """Return the scenes that links of ``firsthand match --json`` make, each a connected set.

    ``{"scenes": [{"shots": [[path, …copies of one shot]…], "edges": [edge…], "rings": {"closed",
    "open": [[path, path, path]…]}}], "units": text}``; an edge is :func:`edge_of`. A scene has two
    shots at least. ``view`` returns a photograph, or None when it cannot be opened.
    """
    held = list(links)
    shots = {name: shot for shot in _shots(held) for name in shot}
    edges = []
    for link in held:
        if link["relation"] not in SHOTS:
            continue
        one, other = view(link["a"]), view(link["b"])
        if one is None or other is None:
            edges.append(_unknown(link, "a photograph could not be opened"))
        elif link.get("transform", "none") != "none":
            # A mirrored picture shows a scene that does not exist; turned ones lost their upright.
            edges.append(_unknown(link, "one of the two is mirrored or turned"))
        else:
            edges.append(edge_of(link["relation"], one, other, mates(one, other)))
    connected = components([_Edge(link["a"], link["b"]) for link in held if _joins(link)])
    scenes = []
    for members in connected:
        own = [edge for edge in edges if edge["a"] in members]
        if own:
            scenes.append(
                {
                    "shots": sorted({tuple(shots.get(name, [name])) for name in members}),
                    "edges": own,
                    "rings": rings(own),
                }
            )
    for scene in scenes:
        scene["shots"] = [list(shot) for shot in scene["shots"]]
    return {"scenes": scenes, "units": "px of the photograph as shown; mdeg = 1/1000 degree"}


@dataclass(frozen=True, slots=True)
class _Edge:
    """Two names that belong together."""

    a: str
    b: str
    bits: int = 0


def _joins(link: Json) -> bool:
    return link["relation"] in SHOTS or link["relation"] in COPIES


def _shots(links: Sequence[Json]) -> list[list[str]]:
    """Return which names are copies of one shot."""
    same = [_Edge(link["a"], link["b"]) for link in links if link["relation"] in COPIES]
    return [sorted(members) for members in components(same)]


def edge_of(relation: str, one: View, other: View, found: Mates | None) -> Json:
    """Return what two shots of one scene have in common, in integers.

    ``{"a","b","relation","status","region_a":[x,y,w,h]|null,"region_b","matches","support",
    "surprise_mdec","points":[[xa,ya,xb,yb]…],"fundamental_e9":[9]|null,"pose":{…}|null,"why"}``.
    ``fundamental_e9`` is F of x_b' F x_a = 0 times 10^9 for px divided by the longest side of each.
    The pose is from a to b: ``{"kind":"rotation|plane|general","focal":"stated|assumed",
    "yaw_mdeg","pitch_mdeg","roll_mdeg" and each with _low, _high, "direction_ppm":[x,y,z]|null,
    "direction_sigma_mdeg","distance":null,"parallax_mdeg","inliers"}``; yaw is positive to the
    right, pitch up, roll clockwise; the direction is in the frame of a: right, down, ahead.
    ``status``: ``estimated``, ``overlap_only`` (a pose cannot be told) or ``not_shown``.
    """
    if found is None:
        return {
            "a": one.name, "b": other.name, "relation": relation, "status": "not_shown",
            "region_a": None, "region_b": None, "matches": 0, "support": 0, "surprise_mdec": 0,
            "points": [], "fundamental_e9": None, "pose": None,
            "why": "finer keypoints do not confirm one rigid scene",
        }  # fmt: skip
    record = pose_record(one, other, found)
    return {
        "a": one.name,
        "b": other.name,
        "relation": relation,
        "status": "overlap_only" if record is None else "estimated",
        "region_a": list(found.region_a),
        "region_b": list(found.region_b),
        "matches": len(found.points_a),
        "support": found.support,
        "surprise_mdec": round(found.surprise * 1000),
        "points": points_of(found),
        "fundamental_e9": _of_unit(found.fundamental, one, other),
        "pose": record,
        "why": "no one pose explains enough of the matched places"
        if record is None
        else WHY[record["kind"]],
    }


def _unknown(link: Json, why: str) -> Json:
    return {
        "a": link["a"], "b": link["b"], "relation": link["relation"], "status": "not_shown",
        "region_a": link.get("region_a"), "region_b": link.get("region_b"), "matches": 0,
        "support": 0, "surprise_mdec": 0, "points": [], "fundamental_e9": None, "pose": None,
        "why": why,
    }  # fmt: skip


def points_of(found: Mates, most: int = MOST_POINTS) -> list[list[int]]:
    """Return some of the matched places as whole pixels, spread over all."""
    order = np.lexsort((found.points_a[:, 1], found.points_a[:, 0]))
    chosen = order[np.unique(np.linspace(0, len(order) - 1, min(most, len(order))).astype(int))]
    both = np.hstack([found.points_a[chosen], found.points_b[chosen]])
    return [[round(float(value)) for value in row] for row in both]


def _of_unit(fundamental: NDArray[np.float64], one: View, other: View) -> list[int]:
    scale_a, scale_b = (np.diag([max(v.width, v.height)] * 2 + [1.0]) for v in (one, other))
    whole = scale_b @ fundamental @ scale_a
    return [round(float(value) * 1e9) for value in (whole / np.linalg.norm(whole)).ravel()]


def pose_record(one: View, other: View, found: Mates) -> Json | None:
    """Return the relative pose in integers; see :func:`edge_of`.

    Where no focal length is stated, the turn is given for the bounds of what is assumed, too.
    """
    stated = one.stated and other.stated
    middle = _pose(one, other, found, 1.0)
    if middle is None:
        return None
    every = [middle]
    if not stated:
        for factor in FOCAL_RANGE:
            made = _pose(one, other, found, factor / USUAL_FOCAL)
            if made is not None:
                every.append(made)
        if len({each.kind for each in every}) > 1:
            # It depends on the lens whether the camera moved: so it is not known.
            every.sort(key=lambda each: each.direction is not None)
            middle = every[0]
    turns = [yaw_pitch_roll(turn) for each in every for turn in (each.rotation, *each.others)]
    here = yaw_pitch_roll(middle.rotation)
    record: Json = {"kind": middle.kind, "focal": "stated" if stated else "assumed"}
    # Sigma of yaw, pitch and roll: about y, x and z for the small turns that overlaps allow.
    sigma = [middle.rotation_sigma[1], middle.rotation_sigma[0], middle.rotation_sigma[2]]
    for at, name in enumerate(("yaw", "pitch", "roll")):
        values = [turn[at] for turn in turns]
        record[f"{name}_mdeg"] = _mdeg(here[at])
        record[f"{name}_low_mdeg"] = _mdeg(min(values) - 2 * sigma[at])
        record[f"{name}_high_mdeg"] = _mdeg(max(values) + 2 * sigma[at])
    return record | {
        "direction_ppm": None
        if middle.direction is None
        else [round(float(value) * 1e6) for value in middle.direction],
        "direction_sigma_mdeg": _direction_sigma(middle, every),
        "distance": None,
        "parallax_mdeg": _mdeg(middle.parallax),
        "inliers": int(middle.inside.sum()),
    }


def _pose(one: View, other: View, found: Mates, factor: float) -> Pose | None:
    focal_a = one.focal * (1.0 if one.stated else factor)
    focal_b = other.focal * (1.0 if other.stated else factor)
    a = found.points_a - ((one.width - 1) / 2, (one.height - 1) / 2)
    b = found.points_b - ((other.width - 1) / 2, (other.height - 1) / 2)
    return pose(a, b, focal_a, focal_b)


def _direction_sigma(middle: Pose, every: Sequence[Pose]) -> int | None:
    if middle.direction is None or middle.direction_sigma is None:
        return None
    spread = max(
        (
            float(np.arccos(np.clip(middle.direction @ each.direction, -1, 1)))
            for each in every
            if each.direction is not None
        ),
        default=0.0,
    )
    return _mdeg(sqrt(middle.direction_sigma**2 + spread**2))


def _mdeg(angle: float) -> int:
    return round(degrees(angle) * 1000)


def rings(edges: Sequence[Json]) -> Json:
    """Tell for how many rings of three shots the turns come back to where they began.

    A ring that stays open holds a wrong turn: it is named, not mended.
    """
    turns: dict[tuple[str, str], NDArray[np.float64]] = {}
    for edge in edges:
        if edge["pose"] is not None and edge["pose"]["kind"] != PLANE:
            turn = _turn(edge["pose"])
            turns[edge["a"], edge["b"]], turns[edge["b"], edge["a"]] = turn, turn.T
    names = sorted({name for pair in turns for name in pair})
    closed, open_ones = 0, []
    for a, b, c in combinations(names, 3):
        if (a, b) in turns and (b, c) in turns and (a, c) in turns:
            miss = degrees(angle_between(turns[a, c], turns[b, c] @ turns[a, b]))
            if miss <= MOST_RING:
                closed += 1
            else:
                open_ones.append([a, b, c])
    return {"closed": closed, "open": open_ones}


def _turn(record: Mapping[str, int]) -> NDArray[np.float64]:
    """Return the rotation of a record, as :func:`~.rotation.yaw_pitch_roll` reads it."""
    yaw, pitch, roll = (
        np.deg2rad(record[f"{name}_mdeg"] / 1000) for name in ("yaw", "pitch", "roll")
    )
    ahead = np.array([np.sin(yaw) * np.cos(pitch), -np.sin(pitch), np.cos(yaw) * np.cos(pitch)])
    right = np.array([np.cos(yaw), 0.0, -np.sin(yaw)])
    down = np.cross(ahead, right)
    across = np.cos(roll) * right + np.sin(roll) * down
    return np.stack([across, np.cross(ahead, across), ahead])
