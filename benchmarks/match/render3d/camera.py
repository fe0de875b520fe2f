"""A camera: where it stands and looks, and what its sensor and processing do to light."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Camera:
    """A pinhole camera.

    ``eye`` [m]; ``yaw`` clockwise from north, ``pitch`` up, ``roll`` [rad]; ``focal`` as a share of
    the longest side; ``width``, ``height`` [px].
    """

    eye: tuple[float, float, float]
    yaw: float
    pitch: float = 0.0
    roll: float = 0.0
    focal: float = 0.8
    width: int = 1024
    height: int = 768

    def axes(self) -> Array:
        """Return right, down and ahead as rows, shape (3, 3)."""
        cy, sy, cp, sp = np.cos(self.yaw), np.sin(self.yaw), np.cos(self.pitch), np.sin(self.pitch)
        ahead = np.array([sy * cp, cy * cp, sp])
        right = np.array([cy, -sy, 0.0])
        down = np.cross(ahead, right)
        cr, sr = np.cos(self.roll), np.sin(self.roll)
        return np.stack([cr * right + sr * down, -sr * right + cr * down, ahead])

    def project(self, places: Array) -> Array:
        """Return px and depth of places (n, 3); px are meaningless where depth is not positive."""
        seen = (places - np.array(self.eye)) @ self.axes().T
        focal = self.focal * max(self.width, self.height)
        deep = np.where(np.abs(seen[:, 2]) < 1e-9, 1e-9, seen[:, 2])
        x = focal * seen[:, 0] / deep + (self.width - 1) / 2
        y = focal * seen[:, 1] / deep + (self.height - 1) / 2
        return np.stack([x, y, seen[:, 2]], axis=1)

    def rays(self) -> Array:
        """Return the direction of each pixel, with 1 along the view, shape (h, w, 3)."""
        focal = self.focal * max(self.width, self.height)
        x = (np.arange(self.width) - (self.width - 1) / 2) / focal
        y = (np.arange(self.height) - (self.height - 1) / 2) / focal
        across, down = np.meshgrid(x, y)
        axes = self.axes()
        return np.asarray(
            across[..., None] * axes[0] + down[..., None] * axes[1] + axes[2], np.float64
        )

    def scaled(self, factor: int) -> Camera:
        """Return the camera with so many times the pixels."""
        return replace(self, width=self.width * factor, height=self.height * factor)

    def at(self, target: tuple[float, float, float]) -> Camera:
        """Return the camera turned to look at a place [m]."""
        dx, dy, dz = (t - e for t, e in zip(target, self.eye, strict=True))
        return replace(
            self, yaw=float(np.arctan2(dx, dy)), pitch=float(np.arctan2(dz, np.hypot(dx, dy)))
        )

    def shaken(self, rng: np.random.Generator, turn: float, shift: float) -> Camera:
        """Return the camera a moment later in a hand: turned [rad] and shifted [m] a little."""
        move = rng.normal(size=3)
        move *= shift / np.linalg.norm(move)
        turns = rng.normal(size=3)
        turns *= turn / np.linalg.norm(turns)
        return replace(
            self,
            eye=tuple(float(e + m) for e, m in zip(self.eye, move, strict=True)),
            yaw=self.yaw + float(turns[0]),
            pitch=self.pitch + float(turns[1]),
            roll=self.roll + float(turns[2]),
        )


@dataclass(frozen=True)
class Body:
    """What one camera does to light: gain, colour, noise, sharpening, compression."""

    exposure: float
    white: tuple[float, float, float]
    shot: float
    read: float
    sharpen: float
    vignette: float
    gamma: float
    quality: int

    @staticmethod
    def of(rng: np.random.Generator) -> Body:
        """Return any camera."""
        white = rng.uniform(0.88, 1.12, 3)
        return Body(
            exposure=float(rng.uniform(0.75, 1.25)),
            white=(float(white[0]), 1.0, float(white[2])),
            shot=float(rng.uniform(0.0003, 0.0015)),
            read=float(rng.uniform(0.001, 0.004)),
            sharpen=float(rng.uniform(0.2, 0.9)),
            vignette=float(rng.uniform(0.0, 0.3)),
            gamma=float(rng.uniform(0.42, 0.50)),
            quality=int(rng.integers(78, 96)),
        )


def develop(light: NDArray[np.float32], body: Body, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the picture of light, shape (h, w, 3), blue first as OpenCV has it.

    Noise is new for each picture: photons (its square grows with light) and reading.
    """
    high, wide = light.shape[:2]
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    far = ((x - wide / 2) ** 2 + (y - high / 2) ** 2) / (wide**2 / 4 + high**2 / 4)
    # Metering: a camera sets the middle brightness itself, and its owner a little more or less.
    gain = body.exposure * 0.20 / max(float(np.median(light)), 1e-4)
    seen = light * gain * (1 - body.vignette * far)[..., None] * np.array(body.white, np.float32)
    sigma = np.sqrt(body.shot * np.maximum(seen, 0) + body.read**2)
    seen = seen + sigma * rng.standard_normal(seen.shape).astype(np.float32)
    seen = cv2.GaussianBlur(seen.astype(np.float32), (0, 0), 0.5)  # demosaicing and denoising
    seen = np.clip(seen, 0, None)
    tone = (seen / (1 + 0.25 * seen) * 1.1) ** body.gamma
    soft = cv2.GaussianBlur(tone.astype(np.float32), (0, 0), 1.2)
    tone = tone + body.sharpen * (tone - soft)
    return np.asarray(np.clip(tone[..., ::-1] * 255 + 0.5, 0, 255), np.uint8)


def jpeg(image: NDArray[np.uint8], quality: int) -> bytes:
    """Return a picture as JPEG."""
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return bytes(data.tobytes())
