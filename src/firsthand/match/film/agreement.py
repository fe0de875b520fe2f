"""How well each frame of one film agrees with each of another, under one map between the frames."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Map = NDArray[np.float64]

BLOCK = 8
"""Side of a block [px of the common grid]."""

_GRID = 128
"""Longest side of the common grid [px]."""

_TEXTURE = 3.0
"""Standard deviation of brightness [of 255] above which a block has something to compare."""

_LEAST_BLOCKS = 6
_BLANK = 0.08
"""Share of the blocks that must have something to see, or a frame is blank."""
_CLOSE = 0.9
_BANNER = 0.35
"""Share of the blocks that what is drawn over a film may cover."""


@dataclass(frozen=True, slots=True)
class Laid:
    """Frames of two films in one grid.

    ``a``, ``b``: blocks with mean 0 and length 1, shape (blocks, n, 64) and (blocks, m, 64);
    ``told_a``, ``told_b``: whether a block has something to see, (n, blocks) and (m, blocks);
    ``plain_a``, ``plain_b``: brightness of the grid, (n, pixels) and (m, pixels), same order;
    ``places``: row and column of each block, (blocks, 2).
    """

    a: Floats
    b: Floats
    told_a: Floats
    told_b: Floats
    plain_a: Floats
    plain_b: Floats
    places: NDArray[np.int64]


def lay(a: NDArray[np.uint8], b: NDArray[np.uint8], homography: Map) -> Laid | None:
    """Return thumbnails of two films, (n, h, w) and (m, h', w'), in the grid of their overlap.

    ``homography`` maps px of thumbnails of a to px of those of b. None: they hardly overlap.
    """
    high_a, wide_a = a.shape[1:]
    high_b, wide_b = b.shape[1:]
    corners = np.array([[0, 0, 1], [wide_a - 1, 0, 1], [0, high_a - 1, 1],
                        [wide_a - 1, high_a - 1, 1.0]]).T  # fmt: skip
    x, y, depth = homography @ corners
    if (depth * depth[0] <= 0).any():
        return None
    x, y = x / depth, y / depth
    left, right = max(0.0, x.min()), min(wide_b - 1.0, x.max())
    top, bottom = max(0.0, y.min()), min(high_b - 1.0, y.max())
    width, height = right - left, bottom - top
    if width < BLOCK or height < BLOCK:
        return None
    # Pixels of a for one of b, in the middle: what is smaller sets the grid.
    middle = (left + right) / 2, (top + bottom) / 2
    back = np.asarray(np.linalg.inv(homography), np.float64)
    finer_a = float(np.sqrt(abs(np.linalg.det(_slope(back, *middle)))))
    factor = min(1.0, finer_a) * min(1.0, _GRID / max(width, height))
    # A picture in the corner of another is a few blocks only, so it is looked at enlarged.
    factor = max(factor, min(1.0, finer_a) * 1.0, 4 * BLOCK / max(width, height))
    columns, rows = max(1, round(width * factor / BLOCK)), max(1, round(height * factor / BLOCK))
    step_x, step_y = width / (columns * BLOCK), height / (rows * BLOCK)
    to_b = np.array([[step_x, 0, left], [0, step_y, top], [0, 0, 1.0]])
    to_a = back @ to_b
    size = columns * BLOCK, rows * BLOCK
    whole = np.full((high_a, wide_a), 255, np.uint8)
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    inside = cv2.warpPerspective(whole, to_a, size, flags=flags, borderValue=0)
    seen = _blocks(np.asarray(inside)[None].astype(np.float32), columns, rows).min(axis=2)[:, 0] > 0
    if seen.sum() < 4:
        return None
    reach = float(np.sqrt(step_x * step_y))
    laid_a = _blocks(_warped(a, to_a, size, reach * finer_a), columns, rows)[seen]
    laid_b = _blocks(_warped(b, to_b, size, reach), columns, rows)[seen]
    places = np.argwhere(seen.reshape(rows, columns)).astype(np.int64)
    unit_a, told_a = _units(laid_a)
    unit_b, told_b = _units(laid_b)
    return Laid(unit_a, unit_b, told_a, told_b, _rows(laid_a), _rows(laid_b), places)


def _rows(blocks: Floats) -> Floats:
    return np.ascontiguousarray(blocks.transpose(1, 0, 2).reshape(blocks.shape[1], -1))


def _slope(homography: Map, x: float, y: float) -> Map:
    depth = homography[2] @ (x, y, 1.0)
    at = (homography[:2] @ (x, y, 1.0)) / depth
    return np.asarray((homography[:2, :2] - np.outer(at, homography[2, :2])) / depth, np.float64)


def _warped(frames: NDArray[np.uint8], to_frame: Map, size: tuple[int, int], step: float) -> Floats:
    """Return frames in the grid, shape (n, rows, columns), smoothed as far as they are reduced."""
    sigma = 0.5 * float(np.sqrt(max(step * step - 1, 0.0)))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = np.empty((len(frames), size[1], size[0]), np.float32)
    for at, frame in enumerate(frames):
        source = frame.astype(np.float32)
        if sigma > 0.3:
            source = np.asarray(cv2.GaussianBlur(source, (0, 0), sigma), np.float32)
        made = cv2.warpPerspective(
            source, to_frame, size, flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        laid[at] = cv2.GaussianBlur(made, (0, 0), 0.8)
    return laid


def _blocks(frames: Floats, columns: int, rows: int) -> Floats:
    """Return frames as blocks, shape (blocks, n, 64)."""
    cut = frames.reshape(len(frames), rows, BLOCK, columns, BLOCK).transpose(1, 3, 0, 2, 4)
    return np.ascontiguousarray(cut.reshape(rows * columns, len(frames), BLOCK * BLOCK))


def _units(blocks: Floats) -> tuple[Floats, Floats]:
    centred = blocks - blocks.mean(axis=2, keepdims=True)
    length = np.sqrt((centred * centred).sum(axis=2, keepdims=True))
    told = (length[..., 0] > _TEXTURE * BLOCK).T.astype(np.float32)
    return centred / np.maximum(length, 1e-6), np.ascontiguousarray(told)


def agreement(laid: Laid) -> tuple[Floats, NDArray[np.bool_]]:
    """Return how well each frame of a agrees with each of b, and where that says nothing, (n, m).

    Mean correlation, 0 to 1, of the blocks that have something to see in both; where much is to be
    seen in one only, it counts against them. Two frames that are plain both, as black ones, say
    nothing, neither for nor against; nor do a plain one and one that is plain but for a banner.
    """
    count = laid.told_a @ laid.told_b.T
    either = np.maximum(laid.told_a.sum(axis=1)[:, None], laid.told_b.sum(axis=1)[None])
    total = np.zeros_like(count)
    for block in range(len(laid.a)):
        alike = np.maximum(laid.a[block] @ laid.b[block].T, 0)
        total += alike * laid.told_a[:, block, None] * laid.told_b[None, :, block]
    score = total / np.maximum(np.maximum(count, 0.6 * either), 1)
    least = min(_LEAST_BLOCKS, len(laid.a))
    fewer = np.minimum(laid.told_a.sum(axis=1)[:, None], laid.told_b.sum(axis=1)[None])
    blank = (fewer < max(least, _BLANK * len(laid.a))) & (either < _BANNER * len(laid.a))
    return np.where((count >= least) & ~blank, score, 0).astype(np.float32), blank


def reached(laid: Laid, frames_a: NDArray[np.int64], frames_b: NDArray[np.int64]) -> float:
    """Return which share of a stretch's blocks agrees closely in its better moments.

    In a copy each block does: frames of the two films fall together now and then, even where a
    hand-held camera makes all that lies between them differ. What is drawn over a copy agrees never
    and does not count, nor does what lies beside it. In another take of the same scene the
    blocks that stand nearer or have moved agree a little at all times.
    """
    alike = np.einsum("knp,knp->nk", laid.a[:, frames_a], laid.b[:, frames_b])
    told = (laid.told_a[frames_a] * laid.told_b[frames_b]) > 0
    often = told.sum(axis=0) >= max(3, 0.3 * len(frames_a))
    if not often.any():
        return 0.0
    values = np.where(told, alike, np.nan)[:, often]
    better = np.nanquantile(values, 0.8, axis=0)
    places = laid.places[often]
    covered = places[better < 0.5]
    far = np.ones(len(places), np.bool_)
    if len(covered):
        far = np.abs(places[:, None] - covered[None]).max(axis=2).min(axis=1) > 1
    if far.sum() < _LEAST_BLOCKS:
        far = better >= 0.5
    return float((better[far] >= _CLOSE).mean()) if far.any() else 0.0
