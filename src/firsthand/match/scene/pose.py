"""How a camera turned and in which direction it moved between two photographs of one scene.

The length of the way is not to be had from two photographs. Neither is its direction when all
that both show lies in one plane, or when the camera hardly moved; then only the turn is given.
Which of the three it is, is decided by what explains the matches at the least cost (GRIC).

References
----------
R. Hartley, A. Zisserman, "Multiple View Geometry in Computer Vision", 2nd ed., Cambridge 2004,
chapters 9, 11 and 13. P. H. S. Torr, "An assessment of information criteria for motion model
selection", CVPR 1997, doi:10.1109/CVPR.1997.609296 (GRIC).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from firsthand.match.local.align import SIDE, distinct, moved
from firsthand.match.scene.fitting import fit_essential, fit_rotation, sampson
from firsthand.match.scene.rotation import angle_between, nearest

Array = NDArray[np.float64]

SIGMA = 0.7
"""Standard deviation of the place of a keypoint [px at 900 px side]."""

LEAST = 16
"""Matches at distinct places below which nothing is said about a pose."""

LEAST_PARALLAX = np.deg2rad(1.0)
"""Angle under which both cameras must be seen from a typical far part of what moved least: below it
the direction of the way is noise."""

ROTATION, PLANE, GENERAL = "rotation", "plane", "general"


@dataclass(frozen=True, slots=True)
class Pose:
    """The turn and the way from camera a to camera b.

    Attributes
    ----------
    kind
        ``rotation`` (the camera turned and hardly moved), ``plane`` (all that both show lies in one
        plane) or ``general``.
    rotation
        Shape (3, 3), from the frame of a (x right, y down, z ahead) to that of b.
    others
        Rotations that explain a plane as well.
    direction
        Unit vector to camera b in the frame of a; None where it cannot be told.
    rotation_sigma
        Standard deviation of the turn about x, y, z [rad], lens taken as right.
    direction_sigma
        Of the direction [rad].
    parallax
        Median angle under which both cameras are seen from the matched places [rad].
    inside
        Which matches agree, shape (n,).
    """

    kind: str
    rotation: Array
    others: tuple[Array, ...]
    direction: Array | None
    rotation_sigma: Array
    direction_sigma: float | None
    parallax: float
    inside: NDArray[np.bool_]


def pose(a: Array, b: Array, focal_a: float, focal_b: float) -> Pose | None:
    """Return the relative pose that matched places show, or None when they show none.

    Parameters
    ----------
    a, b
        Places from the middle of each photograph, shape (n, 2) [px, full size], matched.
    focal_a, focal_b
        Focal lengths [px, full size]. Assumes pinhole cameras whose axis is in the middle.
    """
    if len(a) < LEAST:
        return None
    rays_a, rays_b = a / focal_a, b / focal_b
    # One pixel of 900 in units of the focal lengths; both photographs have about the same.
    unit = 0.5 * (_pixel(a, focal_a) + _pixel(b, focal_b))
    sigma = SIGMA * unit
    general = fit_essential(rays_a, rays_b, sigma)
    turned = fit_rotation(rays_a, rays_b, sigma)
    flat = _homography(rays_a, rays_b, sigma)
    n = len(a)
    costs: dict[str, float] = {}
    if turned is not None:
        costs[ROTATION] = _gric(_transfer(turned.rotation, rays_a, rays_b) / sigma, 2, 3, n)
    if flat is not None:
        costs[PLANE] = _gric(_transfer(flat, rays_a, rays_b) / sigma, 2, 8, n)
    if general is not None:
        off = sampson(general.rotation, general.way, rays_a, rays_b) / sigma
        costs[GENERAL] = _gric(off, 3, 5, n)
    if not costs:
        return None
    kind = min(costs, key=lambda name: costs[name])
    if kind == GENERAL and general is not None:
        inside = np.abs(sampson(general.rotation, general.way, rays_a, rays_b)) < 3 * sigma
        ahead, parallax = _depths(general.rotation, general.way, rays_a, rays_b)
        inside &= ahead
        # Places in front of both cameras: a wrong matrix has half of them behind.
        if not _plenty(a, b, inside, focal_a, focal_b) or inside.sum() < 0.5 * n:
            return None
        typical = float(np.median(parallax[inside]))
        known = float(
            np.percentile(parallax[inside], 75)
        ) >= LEAST_PARALLAX and general.way_sigma < np.deg2rad(25)
        return Pose(
            GENERAL,
            general.rotation,
            (),
            -general.rotation.T @ general.way if known else None,
            general.rotation_sigma,
            general.way_sigma if known else None,
            typical,
            inside,
        )
    if kind == PLANE and flat is not None:
        inside = _transfer(flat, rays_a, rays_b) < 3 * sigma
        choices = _of_plane(flat, rays_a[inside], rays_b[inside])
        if not choices or not _plenty(a, b, inside, focal_a, focal_b):
            return None
        spread = max((angle_between(choices[0], other) for other in choices), default=0.0)
        blur = np.full(3, max(float(sigma) / np.sqrt(max(inside.sum() - 8, 1)) * 3, spread / 2))
        return Pose(PLANE, choices[0], tuple(choices[1:]), None, blur, None, 0.0, inside)
    assert turned is not None
    inside = _transfer(turned.rotation, rays_a, rays_b) < 3 * sigma
    if not _plenty(a, b, inside, focal_a, focal_b):
        return None
    return Pose(ROTATION, turned.rotation, (), None, turned.rotation_sigma, None, 0.0, inside)


def _pixel(places: Array, focal: float) -> float:
    reach = float(np.abs(places).max()) * 2
    return max(reach, 1.0) / SIDE / focal


def _plenty(a: Array, b: Array, inside: NDArray[np.bool_], focal_a: float, focal_b: float) -> bool:
    scale_a = 1 / (_pixel(a, focal_a) * focal_a)
    scale_b = 1 / (_pixel(b, focal_b) * focal_b)
    return distinct(a[inside] * scale_a, b[inside] * scale_b) >= LEAST


def _gric(off: Array, dimension: int, parameters: int, n: int) -> float:
    """Return GRIC of residuals in standard deviations; 4 = numbers of a match of two places."""
    bad = 2.0 * (4 - dimension)
    kept = np.minimum(off**2, bad)
    return float(kept.sum() + np.log(4.0) * dimension * n + np.log(4.0 * n) * parameters)


def _transfer(homography: Array, a: Array, b: Array) -> Array:
    """Return how far places are from where a map puts them, both ways, the mean."""
    forth = np.hypot(*(moved(homography, a) - b).T)
    back = np.hypot(*(moved(np.asarray(np.linalg.inv(homography), np.float64), b) - a).T)
    return np.asarray(np.sqrt((forth**2 + back**2) / 2) / np.sqrt(2), np.float64)


def _homography(a: Array, b: Array, sigma: float) -> Array | None:
    try:
        found, _ = cv2.findHomography(a, b, cv2.USAC_MAGSAC, 3 * sigma, maxIters=3000)
    except cv2.error:
        return None
    if found is None or not np.isfinite(found).all() or abs(np.linalg.det(found)) < 1e-9:
        return None
    return np.asarray(found, np.float64)


def _depths(rotation: Array, way: Array, a: Array, b: Array) -> tuple[NDArray[np.bool_], Array]:
    """Tell which places are in front of both cameras, and the angle of their rays [rad]."""
    one = np.hstack([a, np.ones((len(a), 1))])
    other = np.hstack([b, np.ones((len(b), 1))]) @ rotation
    centre = -rotation.T @ way
    one /= np.linalg.norm(one, axis=1, keepdims=True)
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    cos = np.clip(np.sum(one * other, axis=1), -1, 1)
    along_a, along_b = one @ centre, other @ centre
    # Nearest points of two rays: s one = centre + t other (Hartley and Zisserman, 12.2).
    below = 1 - cos**2
    s, t = along_a - cos * along_b, cos * along_a - along_b
    # Rays that are all but parallel meet far away, before or behind by chance.
    far = below < np.deg2rad(0.2) ** 2
    return np.asarray(((s > 0) & (t > 0)) | far, np.bool_), np.arccos(cos)


def _of_plane(homography: Array, a: Array, b: Array) -> list[Array]:
    """Return the rotations that a map of a plane can come from, the likeliest first."""
    if np.linalg.det(homography) < 0:
        homography = -homography
    count, turns, ways, normals = cv2.decomposeHomographyMat(homography, np.eye(3))
    found: list[Array] = []
    one = np.hstack([a, np.ones((len(a), 1))])
    for at in range(count):
        # The plane must lie before camera a, all of it.
        if np.mean(one @ np.asarray(normals[at]).reshape(3) > 0) < 0.95:
            continue
        turn = nearest(np.asarray(turns[at], np.float64))
        if all(angle_between(turn, other) > np.deg2rad(0.05) for other in found):
            found.append(turn)
    return sorted(found, key=lambda turn: angle_between(np.eye(3), turn))
