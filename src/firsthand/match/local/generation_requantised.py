"""Whether one JPEG picture is the other one encoded anew.

An encoder rounds each frequency of each 8 x 8 block to a multiple of its step. When A was made from
the decoded B, rounding B's frequencies by A's steps gives A's numbers, one by one. When both were
made from a third picture, the errors of B's own rounding put some of them on the wrong side.

References
----------
ITU-T T.81 (09/92), A.3.3 (transform), A.3.4 (quantisation).
Z. Fan, R. de Queiroz, "Identification of bitmap compression history", IEEE Trans. Image
Processing 12(2), 2003, doi:10.1109/TIP.2002.807361 (what rounding leaves in decoded pixels).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from firsthand.match.local.align import moved
from firsthand.match.local.generation_files import Coded
from firsthand.match.local.picture import Picture

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]
T = TypeVar("T", bound=np.generic)

_MOST_BLOCKS = 4000
_RIM = 3
"""How far the map may be off [px]."""

_LEAST_STEP = 4
"""Steps below drown in the rounding of decoded pixels."""

_MARGIN = 0.8
"""What an encoder's integer transform may be off [units of an unquantised frequency]."""

_WIDTH = 4.0
"""Frequencies up to so much further from a rounding border are the test: others always agree."""

_LEAST_TESTS = 200
_LEAST_BLOCKS = 20
_EQUAL = 0.97
"""Share of equal pixels from which two pictures are the same, encoded or not."""

_TURNS: dict[int, tuple[bool, int]] = {
    1: (False, 0), 2: (True, 0), 3: (False, 2), 4: (True, 2),
    5: (True, 1), 6: (False, 3), 7: (True, 3), 8: (False, 1),
}  # fmt: skip
"""Exif orientation: whether the stored picture is mirrored, then how often it is turned left by 90
degrees, to be shown."""


@dataclass(frozen=True, slots=True)
class Foretold:
    """How well one picture's numbers follow from the other's pixels.

    ``tests``: frequencies near a rounding border. ``wrong``: share of them on its wrong side.
    """

    tests: int
    wrong: float

    @property
    def exact(self) -> bool:
        """Tell whether all follow (but for a few that other software rounds otherwise)."""
        return self.tests >= _LEAST_TESTS and self.wrong <= 0.0015


def basis() -> Floats:
    """Return the 8 x 8 matrix of the transform, rows are frequencies (T.81 A.3.3)."""
    k, n = np.meshgrid(np.arange(8), np.arange(8), indexing="ij")
    made = np.cos((2 * n + 1) * k * np.pi / 16) / 2
    made[0] /= np.sqrt(2)
    return np.asarray(made, np.float64)


def frequencies(gray: NDArray[np.uint8] | NDArray[np.float32]) -> Floats:
    """Return the transform of all whole 8 x 8 blocks, shape (rows, columns, 8, 8)."""
    rows, columns = gray.shape[0] // 8, gray.shape[1] // 8
    blocks = gray[: rows * 8, : columns * 8].astype(np.float64) - 128
    blocks = blocks.reshape(rows, 8, columns, 8).transpose(0, 2, 1, 3)
    matrix = basis()
    return np.asarray(matrix @ blocks @ matrix.T, np.float64)


def encoded_by(gray: NDArray[np.float32], steps: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return brightness as a JPEG encoder with these steps leaves it; edges stay as they are."""
    found = frequencies(gray)
    matrix = basis()
    back = matrix.T @ (np.round(found / steps) * steps) @ matrix + 128
    rows, columns = found.shape[:2]
    made = gray.copy()
    made[: rows * 8, : columns * 8] = back.transpose(0, 2, 1, 3).reshape(rows * 8, columns * 8)
    return np.clip(made, 0, 255)


def foretold(
    child: Picture, parent: Picture, to_parent: Floats, how: Coded | None
) -> Foretold | None:
    """Return how well the child's numbers follow from the parent's pixels.

    None unless both are held at full size, the child is a JPEG, and it lies on the parent without
    any change of size (turns by 90 degrees, mirroring and crops are allowed).
    """
    if how is None or not (_whole(child) and _whole(parent)):
        return None
    cut = same_pixels(child, parent, to_parent)
    if cut is None:
        return None
    ours, theirs, seen = (stored(each, how.turn) for each in (child.gray, *cut))
    if ours.shape != (how.height, how.width):
        return None
    usable = _usable(ours, theirs, seen)
    x, a = frequencies(theirs)[usable], frequencies(ours)[usable]
    if len(x) < _LEAST_BLOCKS or float((ours == theirs)[seen > 0].mean()) > _EQUAL:
        return None  # equal pixels follow from each other both ways
    if len(x) > _MOST_BLOCKS:
        chosen = np.linspace(0, len(x) - 1, _MOST_BLOCKS).astype(int)
        x, a = x[chosen], a[chosen]
    steps = how.steps.astype(np.float64)
    numbers = np.round(a / steps)
    # The pixels must be on this grid, or the tables are not those that made them.
    used = np.broadcast_to(steps >= _LEAST_STEP, a.shape)
    if not used.any() or float(np.abs(a - numbers * steps)[used].mean()) > 1.2:
        return None
    rounded = np.round(x / steps)
    border = (0.5 - np.abs(x / steps - rounded)) * steps
    test = used & (border > _MARGIN) & (border < _MARGIN + _WIDTH) & ((rounded != 0) | (border < 2))
    count = int(test.sum())
    return Foretold(count, float((rounded != numbers)[test].mean()) if count else 1.0)


def same_pixels(child: Picture, parent: Picture, to_parent: Floats) -> tuple[Bytes, Bytes] | None:
    """Return the parent's pixels in the child's frame, when no pixel had to be made anew.

    The second: 255 where the parent has any.
    """
    width, height = child.width, child.height
    corners = np.array([[0, 0], [width - 1, 0], [0, height - 1], [width - 1, height - 1]], float)
    placed = moved(to_parent, corners)
    linear = np.linalg.lstsq(corners - corners.mean(0), placed - placed.mean(0), rcond=None)[0].T
    whole = np.round(linear)
    if np.abs(whole @ whole.T - np.eye(2)).max() > 0.1:
        return None
    middle = placed.mean(0) - whole @ corners.mean(0)
    if np.abs(corners @ whole.T + middle - placed).max() > max(3.0, 0.006 * max(width, height)):
        return None
    # All shifts at once: with a rim, of which a part is taken for each.
    start = np.round(middle) - whole @ (_RIM, _RIM)
    matrix = np.hstack([whole, start[:, None]])
    size = (width + 2 * _RIM, height + 2 * _RIM)
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    wide = np.asarray(cv2.warpAffine(parent.gray, matrix, size, flags=flags), np.uint8)
    full = np.full(parent.gray.shape, 255, np.uint8)
    there = np.asarray(cv2.warpAffine(full, matrix, size, flags=flags), np.uint8)
    best: tuple[float, Bytes, Bytes] | None = None
    for dy in range(2 * _RIM + 1):
        for dx in range(2 * _RIM + 1):
            part = slice(dy, dy + height), slice(dx, dx + width)
            seen = there[part][::3] > 0
            if seen.mean() < 0.05:
                continue
            off = cv2.absdiff(wide[part][::3], child.gray[::3])
            # What was drawn over must not say where the rest lies.
            mean = float(np.minimum(off, 24)[seen].mean())
            if best is None or mean < best[0]:
                best = mean, wide[part], there[part]
    return (best[1], best[2]) if best is not None else None


def stored(seen: NDArray[T], turn: int) -> NDArray[T]:
    """Return a picture as stored in the file from what is shown."""
    flipped, lefts = _TURNS.get(turn, (False, 0))
    back = np.rot90(seen, -lefts)
    return np.ascontiguousarray(back[:, ::-1] if flipped else back)


def shown(kept: NDArray[T], turn: int) -> NDArray[T]:
    """Return a picture as shown from what is stored."""
    flipped, lefts = _TURNS.get(turn, (False, 0))
    return np.ascontiguousarray(np.rot90(kept[:, ::-1] if flipped else kept, lefts))


def _usable(ours: Bytes, theirs: Bytes, seen: Bytes) -> NDArray[np.bool_]:
    """Return the blocks that both show whole, without clipped tones, and not drawn over."""
    rows, columns = ours.shape[0] // 8, ours.shape[1] // 8

    def blocks(gray: Bytes) -> Bytes:
        whole = gray[: rows * 8, : columns * 8].reshape(rows, 8, columns, 8)
        return np.asarray(whole.swapaxes(1, 2).reshape(rows, columns, 64), np.uint8)

    good = blocks(seen).min(axis=2) > 0
    for each in (ours, theirs):
        tones = blocks(each)
        good &= (tones.min(axis=2) >= 3) & (tones.max(axis=2) <= 252)
    if not good.any():
        return np.asarray(good, np.bool_)
    off = blocks(np.asarray(cv2.absdiff(ours, theirs), np.uint8)).mean(axis=2)
    far = good & (off > max(6.0, 3 * float(np.quantile(off[good], 0.5))))
    near = np.asarray(cv2.dilate(far.astype(np.uint8), np.ones((3, 3), np.uint8))) > 0
    return np.asarray(good & ~near, np.bool_)


def _whole(picture: Picture) -> bool:
    return picture.gray.shape == (picture.height, picture.width)
