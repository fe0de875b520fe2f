"""Worlds as triangles: boxes, walls, ground, capsules and leaves, each with its texture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass
class Mesh:
    """Triangles: corners (n, 3, 3) [m; x east, y north, z up], normals, uv (n, 3, 2), texture (n,).

    ``thing`` says which movable thing each triangle belongs to; 0 is what never moves.
    """

    corners: list[Array] = field(default_factory=list)
    normals: list[Array] = field(default_factory=list)
    uv: list[Array] = field(default_factory=list)
    texture: list[NDArray[np.int64]] = field(default_factory=list)
    thing: list[NDArray[np.int64]] = field(default_factory=list)
    now: int = 0

    def add(self, corners: Array, uv: Array, texture: int, normals: Array | None = None) -> None:
        """Add triangles; without normals each is flat."""
        if normals is None:
            flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
            flat /= np.linalg.norm(flat, axis=1, keepdims=True) + 1e-12
            normals = np.repeat(flat[:, None], 3, axis=1)
        self.corners.append(np.asarray(corners, float))
        self.normals.append(np.asarray(normals, float))
        self.uv.append(np.asarray(uv, float))
        self.texture.append(np.full(len(corners), texture))
        self.thing.append(np.full(len(corners), self.now))

    def quad(self, corner: Sequence[float], along: Sequence[float], up: Sequence[float],
             texture: int, repeat: tuple[float, float] = (1.0, 1.0)) -> None:  # fmt: skip
        """Add a rectangle: a corner and its two edges [m]; the texture's top is at the far."""
        p, e, f = (np.asarray(each, float) for each in (corner, along, up))
        s, t = repeat
        self.add(
            np.array([[p, p + e, p + e + f], [p, p + e + f, p + f]]),
            np.array([[[0, t], [s, t], [s, 0]], [[0, t], [s, 0], [0, 0]]]),
            texture,
        )

    def box(self, middle: Sequence[float], size: Sequence[float], texture: int, turn: float = 0.0,
            repeat: tuple[float, float] = (1.0, 1.0), roof: int | None = None) -> None:  # fmt: skip
        """Add an upright box on its base ``middle``, turned [rad] about the vertical."""
        cos, sin = np.cos(turn), np.sin(turn)
        x, y = np.array([cos, sin, 0.0]), np.array([-sin, cos, 0.0])
        up = np.array([0, 0, size[2]])
        base = np.asarray(middle, float)
        half = [(-1, -1, x, 0), (1, -1, y, 1), (1, 1, -x, 0), (-1, 1, -y, 1)]
        for sx, sy, along, side in half:
            corner = base + sx * x * size[0] / 2 + sy * y * size[1] / 2
            self.quad(corner, along * size[side], up, texture, repeat)
        corner = base - x * size[0] / 2 - y * size[1] / 2 + up
        self.quad(corner, x * size[0], y * size[1], texture if roof is None else roof, repeat)

    def capsule(
        self, one: Sequence[float], other: Sequence[float], radius: float, texture: int
    ) -> None:
        """Add a rod with round ends between two places [m]."""
        a, b = np.asarray(one, float), np.asarray(other, float)
        axis = b - a
        length = float(np.linalg.norm(axis))
        axis = axis / length if length > 1e-9 else np.array([0, 0, 1.0])
        side = np.cross(axis, [1.0, 0, 0] if abs(axis[0]) < 0.9 else [0, 1.0, 0])
        side /= np.linalg.norm(side)
        third = np.cross(axis, side)
        rings, around = [], 10
        for lift in np.linspace(-np.pi / 2, 0, 4):
            rings.append((a + axis * radius * np.sin(lift), radius * np.cos(lift), np.sin(lift)))
        for lift in np.linspace(0, np.pi / 2, 4):
            rings.append((b + axis * radius * np.sin(lift), radius * np.cos(lift), np.sin(lift)))
        turns = np.linspace(0, 2 * np.pi, around + 1)
        out = np.cos(turns)[:, None] * side + np.sin(turns)[:, None] * third
        places = np.array([centre + reach * out for centre, reach, _ in rings])
        facing = np.array([np.sqrt(1 - sine * sine) * out + sine * axis for *_, sine in rings])
        at = np.linspace(0, 1, len(rings))
        uv = np.stack(np.meshgrid(np.linspace(0, 1, around + 1), at), axis=-1)
        self.grid(places, uv, texture, facing)

    def grid(self, places: Array, uv: Array, texture: int, normals: Array | None = None) -> None:
        """Add a surface through a grid of places, shape (rows, columns, 3)."""
        if normals is None:
            down = np.gradient(places, axis=0)
            across = np.gradient(places, axis=1)
            normals = np.cross(across, down)
            normals /= np.linalg.norm(normals, axis=2, keepdims=True) + 1e-12

        def split(grid: Array) -> Array:
            a, b, c, d = grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]
            pair = np.stack([np.stack([a, b, c], axis=2), np.stack([a, c, d], axis=2)], axis=2)
            return np.asarray(pair.reshape(-1, 3, grid.shape[-1]))

        self.add(split(places), split(uv), texture, split(normals))

    def leaves(self, places: Array, size: Array, seed: int, texture: int) -> None:
        """Add a square with holes at each place, shape (n, 3), turned any way; sizes [m]."""
        rng = np.random.default_rng(seed)
        one = rng.normal(size=(len(places), 3))
        one /= np.linalg.norm(one, axis=1, keepdims=True)
        two = np.cross(one, rng.normal(size=(len(places), 3)))
        two /= np.linalg.norm(two, axis=1, keepdims=True)
        p, e, f = places, one * size[:, None], two * size[:, None]
        corners = np.stack(
            [np.stack([p, p + e, p + e + f], 1), np.stack([p, p + e + f, p + f], 1)], 1
        )
        uv = np.array([[[0, 1], [1, 1], [1, 0]], [[0, 1], [1, 0], [0, 0.0]]])
        self.add(corners.reshape(-1, 3, 3), np.tile(uv, (len(places), 1, 1)), texture)

    def joined(self) -> tuple[Array, Array, Array, NDArray[np.int64], NDArray[np.int64]]:
        """Return corners, normals, uv, texture and thing of all triangles."""
        return (
            np.concatenate(self.corners), np.concatenate(self.normals), np.concatenate(self.uv),
            np.concatenate(self.texture), np.concatenate(self.thing),
        )  # fmt: skip
