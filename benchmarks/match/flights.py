"""Rendered films: a hand-held camera moves through streets of textured boxes, seeded.

Their own slice of the video benchmark: real parallax, moving people and cars, sensor noise, cuts.
What they lack: lens blur, rolling shutter, real compression history.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT, RATE = 640, 360, 25
_FOCAL = 520.0
_NEAR = 0.6

Array = NDArray[np.float64]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Quad:
    """A textured rectangle: corners (4, 3) [m; right, down, ahead], picture, speed."""

    corners: Array
    texture: Bytes
    speed: Array


def textures(rng: np.random.Generator, photographs: list[Path], count: int) -> list[Bytes]:
    """Return pictures for walls: photographs where there are some, and drawn ones."""
    found: list[Bytes] = []
    for at in range(count):
        if photographs and at % 2 == 0:
            path = photographs[int(rng.integers(len(photographs)))]
            picture = cv2.imread(str(path))
            if picture is not None:
                found.append(np.asarray(cv2.resize(picture, (512, 384)), np.uint8))
                continue
        found.append(_drawn(rng))
    return found


def _drawn(rng: np.random.Generator) -> Bytes:
    """Return a wall with windows, stains and a word or two."""
    base = rng.integers(70, 200, 3)
    wall = np.zeros((384, 512, 3), np.float32) + base
    for scale, strength in ((6, 25), (24, 18), (96, 14)):
        noise = rng.normal(0, strength, (scale * 3 // 4 + 1, scale, 1)).astype(np.float32)
        wall += cv2.resize(noise, (512, 384), interpolation=cv2.INTER_CUBIC)[..., None]
    rows, columns = int(rng.integers(2, 6)), int(rng.integers(3, 9))
    for row in range(rows):
        for column in range(columns):
            if rng.random() < 0.15:
                continue
            x, y = (column + 0.2) * 512 / columns, (row + 0.2) * 384 / rows
            right, bottom = x + 0.55 * 512 / columns, y + 0.6 * 384 / rows
            shade = rng.integers(10, 110, 3).tolist()
            cv2.rectangle(wall, (int(x), int(y)), (int(right), int(bottom)), shade, -1)
            light = rng.integers(150, 250, 3).tolist()
            cv2.rectangle(wall, (int(x), int(y)), (int(right), int(bottom)), light, 2)
    painted = np.clip(wall, 0, 255).astype(np.uint8)
    for _ in range(int(rng.integers(1, 5))):
        word = "".join(chr(int(c)) for c in rng.integers(65, 91, int(rng.integers(3, 8))))
        at = int(rng.integers(0, 380)), int(rng.integers(30, 370))
        shade = rng.integers(0, 255, 3).tolist()
        cv2.putText(
            painted, word, at, int(rng.integers(0, 7)), float(rng.uniform(0.7, 2.2)), shade, 3
        )
    return painted


def scene(rng: np.random.Generator, photographs: list[Path]) -> list[Quad]:
    """Return a street: ground, a backdrop, boxes on both sides, and things that move."""
    walls = textures(rng, photographs, 8)
    still = np.zeros(3)
    ground = np.tile(_drawn(rng), (3, 3, 1))
    quads = [
        Quad(_rectangle((-40, 1.7, 1.0), (80, 0, 0), (0, 0, 60)), ground, still),
        Quad(_rectangle((-45, -22, 58), (90, 0, 0), (0, 24, 0)), walls[0], still),
    ]
    for _ in range(int(rng.integers(8, 14))):
        side = rng.choice([-1, 1])
        x, z = side * rng.uniform(3, 14), rng.uniform(8, 40)
        wide, high, deep = rng.uniform(3, 8), rng.uniform(3, 9), rng.uniform(2, 6)
        left = x if side > 0 else x - wide
        front = walls[int(rng.integers(len(walls)))]
        flank = walls[int(rng.integers(len(walls)))]
        inner = left if side > 0 else left + wide
        quads.append(
            Quad(_rectangle((left, 1.7 - high, z), (wide, 0, 0), (0, high, 0)), front, still)
        )
        quads.append(
            Quad(_rectangle((inner, 1.7 - high, z), (0, 0, deep), (0, high, 0)), flank, still)
        )
    for _ in range(int(rng.integers(4, 9))):
        wide, high = (0.7, 1.7) if rng.random() < 0.6 else (3.5, 1.5)
        at = rng.uniform(-6, 6), 1.7 - high, rng.uniform(6, 22)
        speed = np.array([rng.uniform(-2.5, 2.5), 0, rng.uniform(-0.5, 0.5)])
        body = cv2.resize(_drawn(rng)[:200, :200], (96, 128))
        quads.append(Quad(_rectangle(at, (wide, 0, 0), (0, high, 0)), np.asarray(body), speed))
    return quads


def _rectangle(
    at: tuple[float, float, float], across: tuple[float, ...], down: tuple[float, ...]
) -> Array:
    corner, x, y = np.array(at, float), np.array(across, float), np.array(down, float)
    return np.stack([corner, corner + x, corner + x + y, corner + y])


@dataclass(frozen=True)
class Path3:
    """Where the camera is and how it is turned: slow moves, and the shake of a hand."""

    start: Array
    speed: Array
    turn: Array
    turning: Array
    shakes: Array

    def at(self, t: float) -> tuple[Array, Array]:
        """Return place (3,) and rotation (3, 3) at a time [s]."""
        shake = np.zeros(3)
        for rate, phase, *strength in self.shakes:
            shake += np.sin(2 * np.pi * rate * t + phase) * np.array(strength)
        yaw, pitch, roll = self.turn + self.turning * t + shake
        cy, sy, cp, sp, cr, sr = (f(v) for v in (yaw, pitch, roll) for f in (np.cos, np.sin))
        rotation = (
            np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
            @ np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
            @ np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
        )
        return self.start + self.speed * t, rotation


def path(rng: np.random.Generator) -> Path3:
    """Return one way to move."""
    calm = rng.choice([0.2, 1.0, 2.0])
    shakes = np.array(
        [
            (rng.uniform(0.3, 3.5), rng.uniform(0, 6.3), *(rng.normal(0, 0.006 * calm, 3)))
            for _ in range(5)
        ]
    )
    return Path3(
        start=np.array([rng.uniform(-2, 2), rng.uniform(-0.5, 0.3), rng.uniform(-1, 2)]),
        speed=np.array([rng.uniform(-0.8, 0.8), 0, rng.uniform(-0.2, 1.0)]),
        turn=np.array(
            [rng.uniform(-0.25, 0.25), rng.uniform(-0.05, 0.1), rng.uniform(-0.03, 0.03)]
        ),
        turning=np.array([rng.uniform(-0.06, 0.06), 0, 0]),
        shakes=shakes,
    )


def view(quads: list[Quad], place: Array, rotation: Array, t: float, sky: Bytes) -> Bytes:
    """Return the picture that a camera takes: what is far is painted first."""
    frame = sky.copy()
    seen = []
    for quad in quads:
        corners = (quad.corners + quad.speed * t - place) @ rotation.T
        if corners[:, 2].max() > _NEAR:
            seen.append((float(corners[:, 2].mean()), corners, quad.texture))
    for _, corners, texture in sorted(seen, key=lambda each: -each[0]):
        if corners[:, 2].min() < _NEAR:
            corners, texture = _clipped(corners, texture)
        target = corners[:, :2] / corners[:, 2:] * _FOCAL + (WIDTH / 2, HEIGHT / 2)
        if (target.max(0) < 0).any() or (target.min(0) > (WIDTH, HEIGHT)).any():
            continue
        high, wide = texture.shape[:2]
        size = np.linalg.norm(np.diff(target, axis=0), axis=1).max()
        while max(high, wide) > 2.2 * size and min(high, wide) > 16:
            texture = np.asarray(cv2.pyrDown(texture), np.uint8)
            high, wide = texture.shape[:2]
        source = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
        made = cv2.getPerspectiveTransform(source, target.astype(np.float32))
        cv2.warpPerspective(
            texture, made, (WIDTH, HEIGHT), dst=frame, flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_TRANSPARENT,
        )  # fmt: skip
    return frame


def _clipped(corners: Array, texture: Bytes) -> tuple[Array, Bytes]:
    """Cut off what lies behind the camera, for quads that run ahead along one of their sides."""
    across, down = corners[1] - corners[0], corners[3] - corners[0]
    high, wide = texture.shape[:2]
    if abs(down[2]) > abs(across[2]):
        share = np.clip((_NEAR - corners[0, 2]) / down[2], 0, 0.98)
        if down[2] > 0:
            corners = np.stack(
                [corners[0] + share * down, corners[1] + share * down, corners[2], corners[3]]
            )
            return corners, texture[int(share * high) :]
        corners = np.stack(
            [corners[0], corners[1], corners[1] + share * down, corners[0] + share * down]
        )
        return corners, texture[: max(2, int(share * high))]
    share = np.clip((_NEAR - corners[0, 2]) / across[2], 0, 0.98)
    if across[2] > 0:
        corners = np.stack(
            [corners[0] + share * across, corners[1], corners[2], corners[3] + share * across]
        )
        return corners, texture[:, int(share * wide) :]
    corners = np.stack(
        [corners[0], corners[0] + share * across, corners[3] + share * across, corners[3]]
    )
    return corners, texture[:, : max(2, int(share * wide))]


def film(
    target: Path,
    seed: int,
    photographs: list[Path],
    *,
    take: int = 0,
    seconds: float | None = None,
    skip: float = 0.0,
) -> float:
    """Write a film (H.264) and return its length [s].

    ``take``: another camera and other noise in the same streets at another time. ``skip``: begin so
    much later [s], so that two films can be parts of one.
    """
    rng = np.random.default_rng([seed, 77])
    length = seconds or float(rng.uniform(5, 12))
    shots = int(rng.integers(1, 5))
    streets = [scene(np.random.default_rng([seed, n]), photographs) for n in range(shots)]
    ways = [path(np.random.default_rng([seed, n, 5 + take])) for n in range(shots)]
    bounds = np.linspace(0, length, shots + 1)
    noise = np.random.default_rng([seed, take, 99])
    grain = noise.uniform(1.0, 4.0)
    sky = np.asarray(
        np.linspace((200, 170, 130), (235, 225, 210), HEIGHT)[:, None].repeat(WIDTH, 1), np.uint8
    )
    argv = [
        "ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24",
        "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE), "-i", "-", "-threads", "1", "-c:v", "libx264",
        "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p", str(target),
    ]  # fmt: skip
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as child:
        assert child.stdin is not None
        for n in range(round(skip * RATE), round(length * RATE)):
            t = n / RATE
            shot = min(int(np.searchsorted(bounds, t, side="right")) - 1, shots - 1)
            since = t - bounds[shot]
            picture = view(streets[shot], *ways[shot].at(since), since + 7.0 * take, sky)
            rough = noise.normal(0, grain, picture.shape[:2]).astype(np.float32)[..., None]
            child.stdin.write(np.clip(picture + rough, 0, 255).astype(np.uint8).tobytes())
        child.stdin.close()
    if child.returncode:
        raise RuntimeError(f"ffmpeg could not write {target.name}")
    return length - skip
