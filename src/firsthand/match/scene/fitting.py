"""Fits a rotation, or a rotation and a direction, to rays of two cameras, with what it is worth.

References
----------
D. Nister, "An efficient solution to the five-point relative pose problem", PAMI 26(6), 2004,
doi:10.1109/TPAMI.2004.17 (through OpenCV). R. Hartley, A. Zisserman, "Multiple View Geometry",
2nd ed., section 11.4.3 (Sampson distance), appendix 6 (least squares, covariance).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from firsthand.match.scene.rotation import cross, matrix_of, nearest

Array = NDArray[np.float64]

_STEPS = 12
_SMALL = 1e-6


@dataclass(frozen=True, slots=True)
class Essential:
    """Rotation and direction from camera a to b (x_b = R x_a + way), with standard deviations."""

    rotation: Array
    way: Array
    rotation_sigma: Array
    way_sigma: float


@dataclass(frozen=True, slots=True)
class Turned:
    """A rotation, with standard deviations about x, y, z [rad]."""

    rotation: Array
    rotation_sigma: Array


def sampson(rotation: Array, way: Array, a: Array, b: Array) -> Array:
    """Return signed first-order distances of matched rays (z = 1) from an epipolar geometry."""
    essential = cross(way) @ rotation
    one, other = (np.hstack([side, np.ones((len(side), 1))]) for side in (a, b))
    lines_b, lines_a = one @ essential.T, other @ essential
    below = np.sqrt(
        lines_b[:, 0] ** 2 + lines_b[:, 1] ** 2 + lines_a[:, 0] ** 2 + lines_a[:, 1] ** 2
    )
    return np.asarray(np.sum(other * lines_b, axis=1) / np.maximum(below, 1e-12), np.float64)


def fit_essential(a: Array, b: Array, sigma: float) -> Essential | None:
    """Return the pose that most rays agree with, refined over all that do."""
    try:
        found, _ = cv2.findEssentialMat(
            a, b, np.eye(3), method=cv2.USAC_MAGSAC, prob=0.9999, threshold=2 * sigma,
            maxIters=5000,
        )  # fmt: skip
        if found is None or found.shape[0] < 3:
            return None
        essential = np.asarray(found[:3], np.float64)
        _, rotation, way, _ = cv2.recoverPose(essential, a, b, np.eye(3))
    except cv2.error:
        return None

    def at(step: Array) -> tuple[Array, Array]:
        beside, upright = _tangent(way_now[0])
        moved = way_now[0] + step[3] * beside + step[4] * upright
        return matrix_of(step[:3]) @ rotation_now[0], moved / np.linalg.norm(moved)

    rotation_now: list[Array] = [np.asarray(rotation, np.float64)]
    way_now: list[Array] = [np.asarray(way, np.float64).reshape(3)]

    def off(step: Array) -> Array:
        return sampson(*at(step), a, b)

    def take(step: Array) -> None:
        rotation_now[0], way_now[0] = at(step)

    spread = _descend(off, take, 5, sigma)
    if spread is None:
        return None
    return Essential(
        rotation_now[0],
        way_now[0],
        np.asarray(np.sqrt(np.diag(spread)[:3]), np.float64),
        float(np.sqrt(np.diag(spread)[3:].sum())),
    )


def fit_rotation(a: Array, b: Array, sigma: float) -> Turned | None:
    """Return the rotation that most rays agree with, refined over all that do."""
    one, other = (np.hstack([side, np.ones((len(side), 1))]) for side in (a, b))
    one /= np.linalg.norm(one, axis=1, keepdims=True)
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    # Two rays make a rotation; of many such the one with which most agree.
    draw = np.random.default_rng(0)
    best, most = None, -1
    for _ in range(200):
        pick = draw.choice(len(a), 3, replace=False)
        made = nearest(other[pick].T @ one[pick])
        count = int((np.linalg.norm(one @ made.T - other, axis=1) < 4 * sigma).sum())
        if count > most:
            best, most = made, count
    if best is None or most < 3:
        return None
    now: list[Array] = [best]

    def off(step: Array) -> Array:
        turned = one @ (matrix_of(step) @ now[0]).T
        with np.errstate(divide="ignore", invalid="ignore"):
            apart = turned[:, :2] / np.where(np.abs(turned[:, 2:]) < 1e-6, 1e-6, turned[:, 2:])
        return np.asarray((apart - b).ravel(), np.float64)

    def take(step: Array) -> None:
        now[0] = matrix_of(step) @ now[0]

    spread = _descend(off, take, 3, sigma)
    if spread is None:
        return None
    return Turned(now[0], np.asarray(np.sqrt(np.diag(spread)), np.float64))


def _descend(
    off: Callable[[Array], Array], take: Callable[[Array], None], numbers: int, sigma: float
) -> Array | None:
    """Minimise distances step by step (Levenberg-Marquardt); return the covariance, or None.

    Cauchy weights, so that wrong matches that slipped in pull less the farther off they are.
    """
    damping = 1e-3
    still = np.zeros(numbers)
    for _ in range(_STEPS):
        now, slope = off(still), _slope(off, numbers)
        weight = 1 / (1 + (now / (2 * sigma)) ** 2)
        normal = slope.T @ (slope * weight[:, None])
        pull = slope.T @ (weight * now)
        try:
            damped = normal + damping * np.diag(np.diag(normal) + 1e-12)
            step = np.asarray(-np.linalg.solve(damped, pull), np.float64)
        except np.linalg.LinAlgError:
            return None
        if _cost(off(step), sigma) < _cost(now, sigma):
            take(step)
            damping = max(damping / 10, 1e-9)
            if np.abs(step).max() < 1e-9:
                break
        else:
            damping *= 10
            if damping > 1e6:
                break
    now, slope = off(still), _slope(off, numbers)
    near = np.abs(now) < 3 * sigma
    if near.sum() <= numbers:
        return None
    noise = max(float(np.mean(now[near] ** 2)) * near.sum() / (near.sum() - numbers), 1e-16)
    normal = slope[near].T @ slope[near]
    if np.linalg.cond(normal) > 1e14:
        return None
    return np.asarray(np.linalg.inv(normal) * noise, np.float64)


def _cost(off: Array, sigma: float) -> float:
    return float(np.log1p((off / (2 * sigma)) ** 2).sum())


def _slope(off: Callable[[Array], Array], numbers: int) -> Array:
    columns: list[Array] = []
    for at in range(numbers):
        step = np.zeros(numbers)
        step[at] = _SMALL
        columns.append(np.asarray((off(step) - off(-step)) / (2 * _SMALL), np.float64))
    return np.stack(columns, axis=1)


def _tangent(way: Array) -> tuple[Array, Array]:
    """Return two directions at right angles to a unit vector and to each other."""
    least = np.eye(3)[int(np.argmin(np.abs(way)))]
    beside = np.cross(way, least)
    beside /= np.linalg.norm(beside)
    return beside, np.cross(way, beside)
