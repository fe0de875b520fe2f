"""Solids that everything in the scene is built of, and where rays meet them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from math import cos, radians, sin

import numpy as np

from firsthand.demo.quarry.camera import Array

Point = tuple[float, float, float]
Colour = tuple[float, float, float]
NEVER = np.inf


@dataclass(frozen=True, kw_only=True)
class Solid(ABC):
    """What all solids have: colour (linear, 0..1), roughness of its texture, who it belongs to."""

    colour: Colour
    rough: float = 0.1
    owner: int = 0

    @abstractmethod
    def meet(self, origin: Array, rays: Array) -> Array:
        """Return how far along each ray the solid begins [m]; infinite where it is not met.

        ``origin`` has shape (3,) or (n, 3), ``rays`` (3,) or (n, 3).
        """

    @abstractmethod
    def normal(self, points: Array) -> Array:
        """Return the outward direction at points of the surface, shape (n, 3)."""

    @abstractmethod
    def corners(self) -> Array:
        """Return the eight corners of a box around it, shape (8, 3)."""


def _dot(one: Array, other: Array) -> Array:
    found: Array = np.einsum("...i,...i->...", one, other)
    return found


def _around(low: Array, high: Array) -> Array:
    both = np.array([low, high])
    return np.array([[both[i, 0], both[j, 1], both[k, 2]] for i in (0, 1) for j in (0, 1)
                     for k in (0, 1)])  # fmt: skip


def _turn(yaw: float) -> Array:
    angle = radians(yaw)
    return np.array([
        [cos(angle), -sin(angle), 0.0],
        [sin(angle), cos(angle), 0.0],
        [0.0, 0.0, 1.0],
    ])  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Box(Solid):
    """A box that stands level: middle, half sizes [m], turned clockwise by ``yaw`` [degree]."""

    middle: Point
    half: Point
    yaw: float = 0.0

    @cached_property
    def _turned(self) -> Array:
        return _turn(self.yaw)

    def _inside(self, vectors: Array) -> Array:
        found: Array = vectors @ self._turned.T
        return found

    def meet(self, origin: Array, rays: Array) -> Array:
        """Return where rays meet it first [m]."""
        start = self._inside(origin - np.array(self.middle))
        along = self._inside(rays)
        enter: Array = np.array(-np.inf)
        leave: Array = np.array(np.inf)
        with np.errstate(divide="ignore", invalid="ignore"):
            # Axis by axis: numpy is slow at taking the largest of three along the last axis.
            for axis, half in enumerate(self.half):
                inverse = 1.0 / along[..., axis]
                one = (-half - start[..., axis]) * inverse
                other = (half - start[..., axis]) * inverse
                enter = np.fmax(enter, np.fmin(one, other))
                leave = np.fmin(leave, np.fmax(one, other))
        return np.where((leave >= enter) & (enter > 0), enter, NEVER)

    def normal(self, points: Array) -> Array:
        """Return the outward directions."""
        local = self._inside(points - np.array(self.middle)) / np.array(self.half)
        side = np.abs(local).argmax(axis=1)
        rows = np.arange(len(local))
        found = np.zeros_like(local)
        found[rows, side] = np.sign(local[rows, side])
        turned: Array = found @ self._turned
        return turned

    def corners(self) -> Array:
        """Return the corners around it."""
        half = np.array(self.half)
        found: Array = _around(-half, half) @ self._turned + np.array(self.middle)
        return found


@dataclass(frozen=True, kw_only=True)
class Ellipsoid(Solid):
    """An ellipsoid: middle, half axes [m], turned clockwise by ``yaw`` [degree]."""

    middle: Point
    half: Point
    yaw: float = 0.0

    @cached_property
    def _scaled(self) -> Array:
        found: Array = _turn(self.yaw) / np.array(self.half)[:, None]
        return found

    def meet(self, origin: Array, rays: Array) -> Array:
        """Return where rays meet it first [m]."""
        start = (origin - np.array(self.middle)) @ self._scaled.T
        along = rays @ self._scaled.T
        a = _dot(along, along)
        b = _dot(along, start)
        c = _dot(start, start) - 1.0
        inside = b * b - a * c
        t = (-b - np.sqrt(np.maximum(inside, 0.0))) / a
        return np.where((inside > 0) & (t > 0), t, NEVER)

    def normal(self, points: Array) -> Array:
        """Return the outward directions."""
        found = ((points - np.array(self.middle)) @ self._scaled.T) @ self._scaled
        unit: Array = found / np.sqrt((found**2).sum(axis=1, keepdims=True))
        return unit

    def corners(self) -> Array:
        """Return the corners around it."""
        half = np.array(self.half)
        found: Array = _around(-half, half) @ _turn(self.yaw) + np.array(self.middle)
        return found


@dataclass(frozen=True, kw_only=True)
class Tube(Solid):
    """A round bar with round ends from ``start`` to ``end``, ``radius`` thick [m]."""

    start: Point
    end: Point
    radius: float

    def meet(self, origin: Array, rays: Array) -> Array:
        """Return where rays meet it first [m]."""
        # Distance of a ray from the axis, then from the two round ends: plain algebra of the
        # quadratic for a cylinder, and of those for two spheres.
        axis = np.array(self.end) - np.array(self.start)
        length2 = float(axis @ axis)
        from_start = origin - np.array(self.start)
        ray_axis = rays @ axis
        start_axis = from_start @ axis
        a = length2 * _dot(rays, rays) - ray_axis**2
        b = length2 * _dot(from_start, rays) - start_axis * ray_axis
        c = length2 * (_dot(from_start, from_start) - self.radius**2) - start_axis**2
        inside = b * b - a * c
        with np.errstate(divide="ignore", invalid="ignore"):
            t = (-b - np.sqrt(np.maximum(inside, 0.0))) / a
        along = start_axis + t * ray_axis
        good = (inside > 0) & (along > 0) & (along < length2) & (t > 0)
        best = np.where(good, t, NEVER)
        for end in (self.start, self.end):
            best = np.minimum(best, self._ball(np.array(end), origin, rays))
        return best

    def _ball(self, middle: Array, origin: Array, rays: Array) -> Array:
        start = origin - middle
        b = _dot(start, rays)
        inside = b * b - (_dot(start, start) - self.radius**2)
        t = -b - np.sqrt(np.maximum(inside, 0.0))
        return np.where((inside > 0) & (t > 0), t, NEVER)

    def normal(self, points: Array) -> Array:
        """Return the outward directions."""
        axis = np.array(self.end) - np.array(self.start)
        from_start = points - np.array(self.start)
        share = np.clip(from_start @ axis / float(axis @ axis), 0.0, 1.0)
        found: Array = (from_start - share[:, None] * axis) / self.radius
        return found

    def corners(self) -> Array:
        """Return the corners around it."""
        ends = np.array([self.start, self.end])
        return _around(ends.min(axis=0) - self.radius, ends.max(axis=0) + self.radius)
