"""How one picture lies on another: the map between them that most of their keypoints agree on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from firsthand.match.boxes import Box
from firsthand.match.local.features import Features, mirrored

SIDE = 900.0
"""Longest side [px] that tolerances are meant for; places are measured in this scale."""

_RATIO = 0.85
"""Nearest over second nearest distance up to which a match is taken (Lowe 2004: 0.8)."""

_APART = 9.0
"""Places at least so far from one another [px of SIDE] are different ones; two keypoints nearer
than that say the same thing twice."""

_MOST = 700
"""Matches that are looked at, the surest ones."""

_PROPOSALS = 200
"""Matches that propose a map, the surest ones."""

_STEPS = (24.0, 10.0, 5.0, 3.0)
"""Tolerances [px of SIDE] while a map is refined: size and direction of one keypoint are rough."""

_LEAST = 5
"""Matches at distinct places below which nothing is called a map."""

_SIMILAR = 0.6
"""Natural logarithm of scale, and radians: how far a match may be from the map it supports."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """One map from picture a to picture b, with what supports it.

    Attributes
    ----------
    homography
        Shape (3, 3), from px of a to px of b as shown, full sizes; last element 1.
    points_a, points_b
        Places of the matches that agree with it, shape (n, 2) [px].
    loose_a, loose_b
        Places of the other good matches of the two pictures that fall into the overlap, (m, 2).
    support
        How many matches at distinct places agree.
    residual
        Median distance of agreeing matches from where the map puts them [px at 900 px side].
    mirrored
        Whether the map turns the picture over.
    region_a, region_b
        The overlap on both sides.
    """

    homography: NDArray[np.float64]
    points_a: NDArray[np.float32]
    points_b: NDArray[np.float32]
    loose_a: NDArray[np.float32]
    loose_b: NDArray[np.float32]
    support: int
    residual: float
    mirrored: bool
    region_a: Box
    region_b: Box

    def swapped(self) -> Aligned:
        """Return the map from b to a."""
        back = np.linalg.inv(self.homography)
        return replace(
            self,
            homography=np.asarray(back / back[2, 2], np.float64),
            points_a=self.points_b,
            points_b=self.points_a,
            loose_a=self.loose_b,
            loose_b=self.loose_a,
            region_a=self.region_b,
            region_b=self.region_a,
        )


@dataclass(frozen=True, slots=True)
class Matches:
    """Pairs of keypoints that look alike: places [px of SIDE], change of angle [rad], log scale."""

    a: NDArray[np.float64]
    b: NDArray[np.float64]
    turn: NDArray[np.float64]
    grow: NDArray[np.float64]


def align(
    a: Features, b: Features, *, most_maps: int = 1, mirror: bool | None = None
) -> list[Aligned]:
    """Return the maps from a to b that keypoints agree on, the best supported first.

    ``most_maps`` above 1: what one map explains is taken away and the rest looked at again, as for
    collages and for scenes with several planes. ``mirror``: look for maps that turn the picture
    over, or for others only; None for both. No randomness: each match proposes a map.
    """
    found: list[Aligned] = []
    for turned in (False, True) if mirror is None else (mirror,):
        one = mirrored(a) if turned else a
        matches = alike(one, b)
        left = np.ones(len(matches.a), bool)
        for _ in range(most_maps):
            kept = _agreeing(matches, left)
            if kept is None:
                break
            homography, inside = kept
            found.append(_aligned(matches, homography, inside, left, a, b, turned))
            left &= ~_near_map(matches, homography, _STEPS[1])
    return sorted(found, key=lambda each: -each.support)[: 2 * most_maps]


def alike(a: Features, b: Features, ratio: float = _RATIO) -> Matches:
    """Return the pairs of keypoints whose descriptors are nearer than any other place is."""
    empty = np.zeros((0, 2))
    if len(a) < 2 or len(b) < 2:
        return Matches(empty, empty, empty[:, 0], empty[:, 0])
    size_a, size_b = SIDE / max(a.width, a.height), SIDE / max(b.width, b.height)
    products = a.descriptors.astype(np.float32) @ b.descriptors.astype(np.float32).T
    near = min(5, len(b) - 1)
    top = np.argpartition(-products, near, axis=1)[:, : near + 1]
    order = np.argsort(-np.take_along_axis(products, top, axis=1), axis=1, kind="stable")
    top = np.take_along_axis(top, order, axis=1)
    best = np.take_along_axis(products, top, axis=1)
    # Descriptors have length 512, so that a product says how far they are apart.
    distance = np.sqrt(np.maximum(2 * 512.0**2 - 2 * best, 1.0))
    place = b.xy[top] * size_b
    apart = np.linalg.norm(place - place[:, :1], axis=2) >= _APART
    second = np.where(apart.any(axis=1), np.argmax(apart, axis=1), near)
    share = distance[:, 0] / distance[np.arange(len(a)), second]
    kept = np.flatnonzero(share < ratio)
    kept = kept[np.argsort(share[kept], kind="stable")[:_MOST]]
    mate = top[kept, 0]
    return Matches(
        a=a.xy[kept].astype(np.float64) * size_a,
        b=b.xy[mate].astype(np.float64) * size_b,
        turn=(b.angle[mate] - a.angle[kept]).astype(np.float64),
        grow=np.log(b.scale[mate] * size_b / (a.scale[kept] * size_a)).astype(np.float64),
    )


def _agreeing(
    matches: Matches, left: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
    """Return the map [px of SIDE] that most matches agree with, and which do."""
    which = np.flatnonzero(left)
    if len(which) < _LEAST:
        return None
    a, b = matches.a[which], matches.b[which]
    turn, grow = matches.turn[which], matches.grow[which]
    factor = np.exp(grow)
    cos, sin = np.cos(turn) * factor, np.sin(turn) * factor
    # Each match (row) moves every place (column) by its own scale and direction.
    by = slice(0, _PROPOSALS)
    apart_a, apart_b = a[None] - a[by, None], b[None] - b[by, None]
    off_x = cos[by, None] * apart_a[..., 0] - sin[by, None] * apart_a[..., 1] - apart_b[..., 0]
    off_y = sin[by, None] * apart_a[..., 0] + cos[by, None] * apart_a[..., 1] - apart_b[..., 1]
    likewise = (np.abs(grow - grow[by, None]) < _SIMILAR) & (
        np.cos(turn - turn[by, None]) > np.cos(_SIMILAR)
    )
    # The error of a proposal grows with the distance from the match that makes it.
    reach = _STEPS[0] + 0.08 * np.hypot(apart_b[..., 0], apart_b[..., 1])
    agree = (np.hypot(off_x, off_y) < reach) & likewise
    best: tuple[int, NDArray[np.float64], NDArray[np.bool_]] | None = None
    for row in np.argsort(-agree.sum(axis=1), kind="stable")[:8]:
        made = _refined(a, b, agree[row])
        if made is not None:
            count = distinct(b[made[1]], a[made[1]])
            if best is None or count > best[0]:
                best = count, *made
    if best is None or best[0] < _LEAST:
        return None
    inside = np.zeros(len(matches.a), bool)
    inside[which[best[2]]] = True
    return best[1], inside


def _refined(
    a: NDArray[np.float64], b: NDArray[np.float64], agree: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
    inside = agree
    homography = None
    for step in _STEPS:
        if inside.sum() < 4:
            return None
        homography = _fit(a[inside], b[inside], step)
        if homography is None or not sane(homography, a[inside]):
            return None
        inside = np.hypot(*(moved(homography, a) - b).T) < step
    return (homography, inside) if homography is not None and inside.sum() >= 4 else None


def _fit(a: NDArray[np.float64], b: NDArray[np.float64], step: float) -> NDArray[np.float64] | None:
    """Fit an affine map, or a homography where enough places support its two further numbers."""
    count = distinct(b, a)
    if count >= 12 and step < _STEPS[0]:
        made, _ = cv2.findHomography(a, b, cv2.LMEDS if count >= 20 else 0)
        if made is not None and np.isfinite(made).all() and sane(np.asarray(made, np.float64), a):
            return np.asarray(made, np.float64)
    # Centred: places of 900 px beside a column of ones make a badly conditioned system.
    mid_a, mid_b = a.mean(axis=0), b.mean(axis=0)
    if count >= 6:
        linear, _, rank, _ = np.linalg.lstsq(a - mid_a, b - mid_b, rcond=None)
        if rank < 2:
            return None
        linear = linear.T
    else:
        # A similarity, mirrored maps being looked for in a mirrored picture.
        x, y = (a - mid_a).T
        u, v = (b - mid_b).T
        size = float((x * x + y * y).sum())
        if size <= 0:
            return None
        real, imaginary = float((x * u + y * v).sum()) / size, float((x * v - y * u).sum()) / size
        linear = np.array([[real, -imaginary], [imaginary, real]])
    made = np.eye(3)
    made[:2, :2] = linear
    made[:2, 2] = mid_b - linear @ mid_a
    return made


def sane(homography: NDArray[np.float64], places: NDArray[np.float64]) -> bool:
    """Tell whether a map does to these places what a camera or an editor can do.

    It keeps the side up, stretches no direction more than 3.5 times as much as the other, is
    between 1/16 and 16 times in size, which differs less than 6 times from place to place.
    """
    if not np.isfinite(homography).all() or abs(homography[2, 2]) < 1e-9:
        return False
    low, high = places.min(axis=0), places.max(axis=0)
    corners = np.array([[low[0], low[1]], [high[0], low[1]], [low[0], high[1]], [high[0], high[1]]])
    areas = []
    for x, y in (*corners, places.mean(axis=0)):
        depth = homography[2] @ (x, y, 1.0)
        if depth / homography[2, 2] <= 0.05:
            return False
        at = (homography[:2] @ (x, y, 1.0)) / depth
        slope = (homography[:2, :2] - np.outer(at, homography[2, :2])) / depth
        area = float(np.linalg.det(slope))
        stretch = np.linalg.svd(slope, compute_uv=False)
        if not 1 / 256 < area < 256 or stretch[0] > 3.5 * stretch[1]:
            return False
        areas.append(area)
    return max(areas) < 6 * min(areas)


def moved(homography: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where a map puts places, shape (n, 2)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        all_three = places @ homography[:, :2].T + homography[:, 2]
        found = all_three[:, :2] / all_three[:, 2:]
    return np.where(np.isfinite(found), found, 1e9)


def distinct(one: NDArray[np.float64], other: NDArray[np.float64]) -> int:
    """Return how many distinct places there are on the side that has fewer."""
    return min(
        len(np.unique(np.floor(side / _APART).astype(np.int64), axis=0)) if len(side) else 0
        for side in (one, other)
    )


def _near_map(matches: Matches, homography: NDArray[np.float64], step: float) -> NDArray[np.bool_]:
    return np.asarray(np.hypot(*(moved(homography, matches.a) - matches.b).T) < step, np.bool_)


def _aligned(
    matches: Matches,
    homography: NDArray[np.float64],
    inside: NDArray[np.bool_],
    left: NDArray[np.bool_],
    a: Features,
    b: Features,
    turned: bool,
) -> Aligned:
    size_a, size_b = SIDE / max(a.width, a.height), SIDE / max(b.width, b.height)
    off = np.hypot(*(moved(homography, matches.a[inside]) - matches.b[inside]).T)
    scale_in, scale_out = np.diag([size_a, size_a, 1.0]), np.diag([1 / size_b, 1 / size_b, 1.0])
    whole = scale_out @ homography @ scale_in
    points_a, loose_a = matches.a / size_a, matches.a / size_a
    if turned:
        flip = np.array([[-1.0, 0, a.width - 1], [0, 1, 0], [0, 0, 1]])
        whole = whole @ flip
        points_a = loose_a = np.stack([a.width - 1 - points_a[:, 0], points_a[:, 1]], axis=1)
    whole /= whole[2, 2]
    region_a, region_b = overlap(whole, (a.width, a.height), (b.width, b.height))
    points_b = matches.b / size_b
    apart = left & ~inside & ~_near_map(matches, homography, _STEPS[1])
    within = apart & _inside(points_a, region_a) & _inside(points_b, region_b)
    return Aligned(
        homography=whole,
        points_a=points_a[inside].astype(np.float32),
        points_b=points_b[inside].astype(np.float32),
        loose_a=loose_a[within].astype(np.float32),
        loose_b=points_b[within].astype(np.float32),
        support=distinct(matches.b[inside], matches.a[inside]),
        residual=float(np.median(off)) if inside.any() else 0.0,
        mirrored=turned,
        region_a=region_a,
        region_b=region_b,
    )


def _inside(places: NDArray[np.float64], box: Box) -> NDArray[np.bool_]:
    x, y, width, height = box
    return np.asarray(
        (places[:, 0] >= x)
        & (places[:, 1] >= y)
        & (places[:, 0] < x + width)
        & (places[:, 1] < y + height),
        np.bool_,
    )


def overlap(
    homography: NDArray[np.float64], size_a: tuple[int, int], size_b: tuple[int, int]
) -> tuple[Box, Box]:
    """Return the boxes that the two frames have in common, in a and in b [px]."""
    back = np.asarray(np.linalg.inv(homography), np.float64)
    return _seen(back, size_b, size_a), _seen(homography, size_a, size_b)


def _seen(homography: NDArray[np.float64], inner: tuple[int, int], outer: tuple[int, int]) -> Box:
    """Return the box in the outer picture that the frame of the inner one covers."""
    share = np.linspace(0, 1, 9)
    across, down = np.meshgrid(share * (inner[0] - 1), share * (inner[1] - 1))
    grid = np.stack([across.ravel(), down.ravel(), np.ones(81)])
    x, y, depth = homography @ grid
    ahead = depth / homography[2, 2] > 0.02
    if not ahead.any():
        return 0, 0, 0, 0
    x, y = x[ahead] / depth[ahead], y[ahead] / depth[ahead]
    left, top = max(0.0, x.min()), max(0.0, y.min())
    right, bottom = min(outer[0] - 1.0, x.max()), min(outer[1] - 1.0, y.max())
    if right <= left or bottom <= top:
        return 0, 0, 0, 0
    return round(left), round(top), max(1, round(right - left + 1)), max(1, round(bottom - top + 1))
