"""A picture while it is attacked: its pixels, and where its original lies in it.

Coordinates are continuous: the pixel in column i covers i to i + 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Array = NDArray[np.float64]
Box = tuple[float, float, float, float]
"""Left, top, width, height [px]."""


@dataclass(frozen=True)
class Placed:
    """One original within an attacked picture.

    ``map`` (3, 3) takes its pixels to those of the attacked picture, ``seen`` (n, 2) is the outline
    of what is left of it there, in attacked pixels, convex, without what hides it from one side.
    """

    original: str
    map: Array
    seen: Array

    def moved(self, by: Array, width: float, height: float) -> Placed:
        """Return where it is after a further map, in a picture of this size."""
        seen = clipped(applied(by, self.seen), (0, 0, width, height))
        return replace(self, map=by @ self.map, seen=seen)

    def without(self, box: Box) -> Placed:
        """Return it where only what lies inside a box is left to see."""
        return replace(self, seen=clipped(self.seen, box))

    def regions(self) -> tuple[Box, Box]:
        """Return the boxes round what is seen: in the attacked picture, and in the original."""
        return around(self.seen), around(applied(np.linalg.inv(self.map), self.seen))


@dataclass(frozen=True)
class Shot:
    """A picture (h, w, 3; blue first) and the originals in it."""

    image: Image
    holds: tuple[Placed, ...]

    @property
    def width(self) -> int:
        """Return the width [px]."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """Return the height [px]."""
        return int(self.image.shape[0])

    @property
    def side(self) -> int:
        """Return the longest side [px]."""
        return max(self.image.shape[:2])

    def with_pixels(self, image: NDArray[np.generic]) -> Shot:
        """Return it with other pixels in the same places."""
        return replace(self, image=np.clip(image, 0, 255).astype(np.uint8))

    def warped(
        self, by: Array, width: int, height: int, under: Image | None = None, how: int = 1
    ) -> Shot:
        """Return it mapped into a new picture; ``under`` is what it lies on (black without)."""
        half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
        back = np.linalg.inv(half)
        pixels = back @ by @ half  # OpenCV counts from the middle of the first pixel
        size = (width, height)
        edge = cv2.BORDER_CONSTANT
        image = cv2.warpPerspective(self.image, pixels, size, flags=how, borderMode=edge)
        if under is not None:
            whole = np.full(self.image.shape[:2], 255, np.uint8)
            share = cv2.warpPerspective(whole, pixels, size, flags=cv2.INTER_LINEAR)[..., None]
            share = share.astype(np.float32) / 255
            image = (image * share + under * (1 - share) + 0.5).astype(np.uint8)
        return Shot(image, tuple(each.moved(by, width, height) for each in self.holds))

    def resized(self, width: int, height: int) -> Shot:
        """Return it at another size, averaged where it shrinks as good programs do."""
        how = cv2.INTER_AREA if width < self.width else cv2.INTER_CUBIC
        image = cv2.resize(self.image, (width, height), interpolation=how)
        by = np.diag([width / self.width, height / self.height, 1.0])
        return Shot(image, tuple(each.moved(by, width, height) for each in self.holds))

    def scaled(self, factor: float) -> Shot:
        """Return it scaled, at least 8 px each way."""
        return self.resized(max(8, round(self.width * factor)), max(8, round(self.height * factor)))

    def cut(self, left: int, top: int, width: int, height: int) -> Shot:
        """Return a part of it."""
        image = self.image[top : top + height, left : left + width].copy()
        by = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1.0]])
        return Shot(image, tuple(each.moved(by, width, height) for each in self.holds))

    def on(self, under: Image, left: int, top: int) -> Shot:
        """Return it laid on another picture, which must be large enough."""
        image = under.copy()
        image[top : top + self.height, left : left + self.width] = self.image
        by = np.array([[1, 0, left], [0, 1, top], [0, 0, 1.0]])
        wide, high = under.shape[1], under.shape[0]
        return Shot(image, tuple(each.moved(by, wide, high) for each in self.holds))

    def covered(self, left_to_see: Box) -> Shot:
        """Return it, knowing that only a box of it is still to be seen."""
        return replace(self, holds=tuple(each.without(left_to_see) for each in self.holds))


def whole(name: str, image: Image) -> Shot:
    """Return an original as it is."""
    high, wide = image.shape[:2]
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], float)
    return Shot(image, (Placed(name, np.eye(3), corners),))


def applied(by: Array, places: Array) -> Array:
    """Return places (n, 2) after a map (3, 3)."""
    if len(places) == 0:
        return places
    ends = np.column_stack([places, np.ones(len(places))]) @ by.T
    return np.asarray(ends[:, :2] / ends[:, 2:])


def clipped(outline: Array, box: Box) -> Array:
    """Return what of a convex outline (n, 2) lies in a box.

    References
    ----------
    I. E. Sutherland, G. W. Hodgman, "Reentrant polygon clipping", CACM 17 (1974).
    """
    left, top, wide, high = box
    for axis, limit, sign in (
        (0, left, 1),
        (0, left + wide, -1),
        (1, top, 1),
        (1, top + high, -1),
    ):
        kept: list[Array] = []
        for one, other in zip(outline, np.roll(outline, -1, axis=0), strict=True):
            a, b = sign * (one[axis] - limit), sign * (other[axis] - limit)
            if a >= 0:
                kept.append(one)
            if (a > 0 > b) or (a < 0 < b):
                kept.append(one + (other - one) * (a / (a - b)))
        outline = np.array(kept) if kept else np.zeros((0, 2))
    return outline


def around(outline: Array) -> Box:
    """Return the box round an outline (n, 2)."""
    if len(outline) == 0:
        return 0.0, 0.0, 0.0, 0.0
    low, high = outline.min(axis=0), outline.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])


def shared(one: Box, other: Box) -> float:
    """Return how much of two boxes is common: intersection over union."""
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    high = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    both = max(wide, 0.0) * max(high, 0.0)
    every = one[2] * one[3] + other[2] * other[3] - both
    return both / every if every > 0 else 0.0


def structure(image: Image) -> float:
    """Return how much of a picture shows something: the share of 16 x 16 fields with contrast.

    A field has contrast when the brightness in it, at 512 px, varies by 6 of 255 or more; noise of
    a camera is below that, and a single edge above.
    """
    plane = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(plane, (512, 512), interpolation=cv2.INTER_AREA).astype(np.float32)
    small = cv2.GaussianBlur(small, (0, 0), 1.0)
    fields = small.reshape(16, 32, 16, 32).swapaxes(1, 2).reshape(256, -1)
    return float((fields.std(axis=1) >= 6).mean())
