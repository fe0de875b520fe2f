"""What truly happened between two photographs of one world, from its geometry alone."""

from __future__ import annotations

import cv2
import numpy as np

from render3d.camera import Array, Camera
from render3d.shoot import Shot

COMMON = 512.0
"""Longest side [px] in which distances are given, as the matcher lays pictures on one another."""


def between(one: Shot, other: Shot, step: int = 8) -> dict[str, float]:
    """Return the truth of two shots.

    Returns
    -------
    dict
        ``overlap``: share of what never moves and is seen in one that other sees, too.
        ``parallax``: 90 % quantile of how far it is from where the best homography puts it
        [px at 512]. ``moving``: larger share of the two pictures that shows things that may move.
        ``shift_m``, ``turn_deg``: how the camera moved.
    """
    still = (one.thing[::step, ::step] == 0) & np.isfinite(one.depth[::step, ::step])
    rows, columns = np.nonzero(still)
    rows, columns = rows * step, columns * step
    moving = max(float((shot.thing > 0).mean()) for shot in (one, other))
    made = {
        "moving": round(moving, 4),
        "shift_m": round(float(np.linalg.norm(np.subtract(one.camera.eye, other.camera.eye))), 3),
        "turn_deg": round(_turn(one.camera, other.camera), 2),
        "overlap": 0.0,
        "parallax": 0.0,
    }
    if len(rows) < 20:
        return made
    places = np.array(one.camera.eye) + one.depth[rows, columns][:, None] * _rays(
        one.camera, columns, rows
    )
    there = other.camera.project(places)
    x, y = np.round(there[:, 0]), np.round(there[:, 1])
    inside = (
        (there[:, 2] > 0)
        & (x >= 0)
        & (y >= 0)
        & (x < other.camera.width)
        & (y < other.camera.height)
    )
    seen = np.zeros(len(rows), bool)
    at = np.flatnonzero(inside)
    deep = other.depth[y[at].astype(int), x[at].astype(int)]
    seen[at] = np.abs(deep - there[at, 2]) < 0.03 * there[at, 2] + 0.05
    made["overlap"] = round(float(seen.mean()), 3)
    if seen.sum() < 20:
        return made
    here = np.stack([columns, rows], axis=1)[seen].astype(np.float64)
    size = COMMON / max(one.camera.width, one.camera.height)
    homography, _ = cv2.findHomography(here * size, there[seen, :2] * size, cv2.LMEDS)
    if homography is None:
        return made
    moved = cv2.perspectiveTransform((here * size)[:, None], homography)[:, 0]
    off = np.linalg.norm(moved - there[seen, :2] * size, axis=1)
    made["parallax"] = round(float(np.quantile(off, 0.9)), 2)
    return made


def _rays(camera: Camera, columns: Array, rows: Array) -> Array:
    focal = camera.focal * max(camera.width, camera.height)
    x, y = (columns - (camera.width - 1) / 2) / focal, (rows - (camera.height - 1) / 2) / focal
    axes = camera.axes()
    return np.asarray(x[:, None] * axes[0] + y[:, None] * axes[1] + axes[2], float)


def _turn(one: Camera, other: Camera) -> float:
    cosine = (np.trace(one.axes() @ other.axes().T) - 1) / 2
    return float(np.rad2deg(np.arccos(np.clip(cosine, -1, 1))))
