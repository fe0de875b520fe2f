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
from firsthand.match.scene.fitting import Essential, fit_essential, fit_rotation, sampson
from firsthand.match.scene.rotation import angle_between, nearest

Array = NDArray[np.float64]

SIGMA = 0.7
"""Standard deviation of the place of a keypoint [px at 900 px side]."""

LEAST = 16
"""Matches at distinct places below which nothing is said about a pose."""

LEAST_PARALLAX = np.deg2rad(1.0)
"""Angle under which both cameras must be seen from a quarter of the matched places: below it the
direction of the way is noise."""

HALVES = 11
"""How often a pose is found from half of the matches."""

MOST_TURN_SPREAD = np.deg2rad(2.5)
"""How far two thirds of these may turn from the pose; beyond, nothing is said."""

MOST_DIRECTION_SIGMA = np.deg2rad(25.0)
"""Standard deviation of a direction above which it is no direction."""

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
    rays = Rays(a / focal_a, b / focal_b, _pixel(a, focal_a), _pixel(b, focal_b))
    general = fit_essential(rays.a, rays.b, rays.sigma)
    turned = fit_rotation(rays.a, rays.b, rays.sigma)
    flat = _homography(rays)
    costs: dict[str, float] = {}
    if turned is not None:
        costs[ROTATION] = _gric(_transfer(turned.rotation, rays) / rays.sigma, 2, 3)
    if flat is not None:
        costs[PLANE] = _gric(_transfer(flat, rays) / rays.sigma, 2, 8)
    if general is not None:
        off = sampson(general.rotation, general.way, rays.a, rays.b)
        costs[GENERAL] = _gric(off / rays.sigma, 3, 5)
    kind = min(costs, key=lambda name: costs[name], default=None)
    if kind == GENERAL and general is not None:
        return _general(general, rays)
    if kind == PLANE and flat is not None:
        return _plane(flat, rays)
    if turned is None:
        return None
    inside = _transfer(turned.rotation, rays) < 3 * rays.sigma
    if not rays.plenty(inside):
        return None
    return Pose(ROTATION, turned.rotation, (), None, turned.rotation_sigma, None, 0.0, inside)


@dataclass(frozen=True, slots=True)
class Rays:
    """Matched places over focal lengths, shape (n, 2), and one px of 900 in that unit."""

    a: Array
    b: Array
    pixel_a: float
    pixel_b: float

    @property
    def sigma(self) -> float:
        """Return the standard deviation of a keypoint; that of both photographs is about one."""
        return SIGMA * 0.5 * (self.pixel_a + self.pixel_b)

    def plenty(self, inside: NDArray[np.bool_]) -> bool:
        """Tell whether enough matches at distinct places agree."""
        return distinct(self.a[inside] / self.pixel_a, self.b[inside] / self.pixel_b) >= LEAST


def _general(found: Essential, rays: Rays) -> Pose | None:
    off = np.abs(sampson(found.rotation, found.way, rays.a, rays.b))
    # Places in front of both cameras: a wrong matrix has half of them behind.
    ahead, angles = _depths(found.rotation, found.way, rays.a, rays.b)
    inside = (off < 3 * rays.sigma) & ahead
    if not rays.plenty(inside) or inside.sum() < 0.5 * len(inside):
        return None
    seen = angles[inside]
    turn_spread, way_spread = _spread(found, rays)
    if turn_spread > MOST_TURN_SPREAD:
        return None
    way_sigma = max(found.way_sigma, way_spread)
    known = float(np.percentile(seen, 75)) >= LEAST_PARALLAX and way_sigma < MOST_DIRECTION_SIGMA
    return Pose(
        kind=GENERAL,
        rotation=found.rotation,
        others=(),
        direction=-found.rotation.T @ found.way if known else None,
        rotation_sigma=np.maximum(found.rotation_sigma, turn_spread / np.sqrt(3)),
        direction_sigma=way_sigma if known else None,
        parallax=float(np.median(seen)),
        inside=inside,
    )


def _spread(found: Essential, rays: Rays) -> tuple[float, float]:
    """Return by how much turn and way differ when half of the matches are left out [rad].

    The spread over halves is that of the estimate itself (delete-half jackknife; Shao and Wu 1989,
    doi:10.1214/aos/1176347263), and it shows where there are two answers, which residuals do not.
    """
    draw = np.random.default_rng(0)
    turns, ways = [], []
    for _ in range(HALVES):
        half = draw.permutation(len(rays.a))[: max(len(rays.a) // 2, 8)]
        made = fit_essential(rays.a[half], rays.b[half], rays.sigma)
        turns.append(np.pi if made is None else angle_between(found.rotation, made.rotation))
        ways.append(
            np.pi if made is None else float(np.arccos(np.clip(found.way @ made.way, -1, 1)))
        )
    return float(np.percentile(turns, 68)), float(np.percentile(ways, 68))


def _plane(flat: Array, rays: Rays) -> Pose | None:
    inside = _transfer(flat, rays) < 3 * rays.sigma
    choices = _of_plane(flat, rays.a[inside])
    if not choices or not rays.plenty(inside):
        return None
    blur = 3 * rays.sigma / float(np.sqrt(max(int(inside.sum()) - 8, 1)))
    sigma = np.full(3, blur)
    return Pose(PLANE, choices[0], tuple(choices[1:]), None, sigma, None, 0.0, inside)


def _pixel(places: Array, focal: float) -> float:
    reach = float(np.abs(places).max()) * 2
    return max(reach, 1.0) / SIDE / focal


def _gric(off: Array, dimension: int, parameters: int) -> float:
    """Return GRIC of residuals in standard deviations; 4 = numbers of a match of two places."""
    n, bad = len(off), 2.0 * (4 - dimension)
    kept = np.minimum(off**2, bad)
    return float(kept.sum() + np.log(4.0) * dimension * n + np.log(4.0 * n) * parameters)


def _transfer(homography: Array, rays: Rays) -> Array:
    """Return how far matches are from where a map puts them, both ways, as one place's error."""
    forth = np.hypot(*(moved(homography, rays.a) - rays.b).T)
    back = np.hypot(*(moved(np.asarray(np.linalg.inv(homography), np.float64), rays.b) - rays.a).T)
    return np.asarray(np.sqrt(forth**2 + back**2) / 2, np.float64)


def _homography(rays: Rays) -> Array | None:
    try:
        found, _ = cv2.findHomography(
            rays.a, rays.b, cv2.USAC_MAGSAC, 3 * rays.sigma, maxIters=3000
        )
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


def _of_plane(homography: Array, a: Array) -> list[Array]:
    """Return the rotations that a map of a plane can come from, the likeliest first."""
    if np.linalg.det(homography) < 0:
        homography = -homography
    count, turns, _, normals = cv2.decomposeHomographyMat(homography, np.eye(3))
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
