"""Rotations as vectors and matrices, and the essential matrix that goes with one."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def matrix_of(vector: Array) -> Array:
    """Return the rotation matrix of an axis times its angle [rad] (Rodrigues)."""
    return np.asarray(cv2.Rodrigues(np.asarray(vector, np.float64).reshape(3, 1))[0], np.float64)


def vector_of(rotation: Array) -> Array:
    """Return axis times angle [rad] of a rotation matrix."""
    return np.asarray(cv2.Rodrigues(rotation)[0], np.float64).reshape(3)


def nearest(matrix: Array) -> Array:
    """Return the rotation nearest to a matrix (Frobenius norm; Procrustes)."""
    u, _, v = np.linalg.svd(matrix)
    return np.asarray(u @ np.diag([1.0, 1.0, np.linalg.det(u @ v)]) @ v, np.float64)


def angle_between(one: Array, other: Array) -> float:
    """Return the angle between two rotations [rad]."""
    return float(np.linalg.norm(vector_of(one.T @ other)))


def cross(vector: Array) -> Array:
    """Return the matrix that takes the cross product with a vector."""
    x, y, z = vector
    return np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]], np.float64)


def yaw_pitch_roll(rotation: Array) -> tuple[float, float, float]:
    """Return how camera b looks, as seen from camera a [rad].

    ``rotation`` takes places of the frame of a (x right, y down, z ahead) to that of b. Yaw is
    positive when b looks further to the right, pitch when it looks further up, roll when b is
    turned clockwise about where it looks. Order: yaw, then pitch, then roll.
    """
    ahead = rotation.T @ (0.0, 0.0, 1.0)
    yaw = np.arctan2(ahead[0], ahead[2])
    pitch = np.arcsin(np.clip(-ahead[1], -1, 1))
    right = np.array([np.cos(yaw), 0, -np.sin(yaw)])
    down = np.cross(ahead, right)
    across = rotation.T @ (1.0, 0.0, 0.0)
    roll = np.arctan2(across @ down, across @ right)
    return float(yaw), float(pitch), float(roll)
