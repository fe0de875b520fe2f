"""Two pictures laid on one another in one frame, and compared block by block."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from firsthand.match.local.align import overlap, sane
from firsthand.match.local.kernels import correlate
from firsthand.match.local.picture import Picture

Floats = NDArray[np.float32]

COMMON = 512
"""Longest side [px] at which two pictures are laid on one another."""

BLOCK = 16
"""Side of the blocks that are compared [px of the common size]."""

REACH = 5
"""How far a block is looked for around its place [px of the common size]."""

TEXTURE = 3.0
"""Standard deviation of brightness [of 255] above which a block has something to compare."""


@dataclass(frozen=True, slots=True)
class Laid:
    """Two pictures in one frame: brightness, shape (h, w) each, where both are seen, and the map.

    ``to_a``, ``to_b``: from places in this frame to px of the pictures as shown, shape (3, 3).
    """

    a: Floats
    b: Floats
    seen: NDArray[np.bool_]
    to_a: NDArray[np.float64]
    to_b: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Blocks:
    """What became of each block, arrays of shape (rows, columns).

    Attributes
    ----------
    both, one
        Whether there is something to see in both pictures, or in just one.
    same
        Correlation at its place after a common correction, -1 to 1.
    best
        The best correlation within reach.
    shift
        Where that is, shape (rows, columns, 2) [px of the common size].
    """

    both: NDArray[np.bool_]
    one: NDArray[np.bool_]
    same: Floats
    best: Floats
    shift: Floats


def lay(one: Picture, other: Picture, homography: NDArray[np.float64], side: int = COMMON) -> Laid:
    """Return two pictures in one frame, at the resolution of the coarser.

    The frame is the overlap in b, so that it is upright in b.
    """
    region_a, region_b = overlap(homography, (one.width, one.height), (other.width, other.height))
    x, y, width, height = region_b
    per_a = max(one.gray.shape) / max(one.width, one.height)
    per_b = max(other.gray.shape) / max(other.width, other.height)
    # Pixels of the kept brightness that each has for the overlap.
    have_a = per_a * float(np.sqrt(max(region_a[2] * region_a[3], 1)))
    have_b = per_b * float(np.sqrt(max(width * height, 1)))
    finest = min(have_a, have_b) / float(np.sqrt(max(width * height, 1)))
    factor = max(min(finest, side / max(width, height, 1)), 32 / max(width, height, 1))
    columns, rows = max(8, round(width * factor)), max(8, round(height * factor))
    to_b = np.array([[width / columns, 0, x], [0, height / rows, y], [0, 0, 1.0]])
    to_a = np.linalg.inv(homography) @ to_b
    to_a /= to_a[2, 2]
    laid_a, seen_a = _warped(one, to_a, columns, rows)
    laid_b, seen_b = _warped(other, to_b, columns, rows)
    return Laid(laid_a, laid_b, seen_a & seen_b, to_a, to_b)


def _warped(
    picture: Picture, to_picture: NDArray[np.float64], columns: int, rows: int
) -> tuple[Floats, NDArray[np.bool_]]:
    high, wide = picture.gray.shape
    scale = np.diag([wide / picture.width, high / picture.height, 1.0])
    back = scale @ to_picture
    middle = back @ (columns / 2, rows / 2, 1.0)
    slope = (back[:2, :2] - np.outer(middle[:2] / middle[2], back[2, :2])) / middle[2]
    step = float(np.sqrt(abs(np.linalg.det(slope))))
    gray = picture.gray.astype(np.float32)
    if step > 1.2:  # what is reduced is smoothed before, or it would flicker
        sigma = 0.5 * float(np.sqrt(step * step - 1))
        gray = np.asarray(cv2.GaussianBlur(gray, (0, 0), sigma), np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (columns, rows)
    laid = cv2.warpPerspective(gray, back, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpPerspective(
        np.ones((high, wide), np.uint8), back, size,
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP, borderValue=0,
    )  # fmt: skip
    return np.asarray(laid, np.float32), np.asarray(inside, np.uint8) > 0


def blocks_of(laid: Laid, block: int = BLOCK, reach: int = REACH) -> Blocks:
    """Compare the blocks of two pictures that lie on one another."""
    a = np.asarray(cv2.GaussianBlur(laid.a, (0, 0), 1.0), np.float32)
    b = np.asarray(cv2.GaussianBlur(laid.b, (0, 0), 1.0), np.float32)
    return Blocks(*correlate(a, b, laid.seen, block, reach, TEXTURE))


def corrected(laid: Laid, blocks: Blocks, aligned: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the map from a to b, corrected by where blocks were found, or as it was.

    Keypoints leave a map a pixel or two off; hundreds of blocks say where it lies better.
    """
    good = blocks.both & (blocks.best > 0.6)
    if good.sum() < 12:
        return aligned
    rows, columns = np.nonzero(good)
    block = laid.a.shape[0] // blocks.both.shape[0] if blocks.both.shape[0] > 1 else BLOCK
    block = min(block, BLOCK)
    places = np.stack([columns, rows], axis=1) * float(block) + block / 2
    targets = places + blocks.shift[good]
    made, _ = cv2.findHomography(places, targets, cv2.LMEDS if len(places) >= 20 else 0)
    if made is None or not np.isfinite(made).all() or not sane(np.asarray(made), places):
        return aligned
    # A place in the common frame shows to_a(place) of a; its true mate is to_b(made(place)) of b.
    better = laid.to_b @ made @ np.linalg.inv(laid.to_a)
    if not np.isfinite(better).all() or abs(better[2, 2]) < 1e-9:
        return aligned
    return np.asarray(better / better[2, 2], np.float64)
