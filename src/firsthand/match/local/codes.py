"""Compact codes of keypoints: 128 bits and a word each, in 24 bytes with a picture's number.

Bits are the signs of the descriptor turned to its principal axes. A word is the nearest of 256
means, and of 256 means of what then is left: 65,536 words from two small tables. The tables were
made once by tools/train_codes.py and are part of the format: codes of different cases compare.

References
----------
Y. Gong, S. Lazebnik et al., "Iterative Quantization", IEEE TPAMI 35(12), 2013,
doi:10.1109/TPAMI.2012.193 (signs after a rotation).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from firsthand.match.local.features import Features

TABLES = "codes-1"
"""Name of the tables; an index made with others cannot be searched with these."""

BITS = 128
COARSE = FINE = 256
WORDS = COARSE * FINE

CODE = np.dtype(
    [("bits", "<u8", (2,)), ("x", "u1"), ("y", "u1"), ("scale", "u1"), ("angle", "u1")], align=False
)
"""One keypoint in 20 bytes. ``x``, ``y``: place as a share of the longest side, times 255;
``scale``: 16 steps for each doubling of the share of the longest side, from 2**-12 on; ``angle``:
256 steps."""

_SCALE_STEPS, _SCALE_ORIGIN = 16.0, 12.0


@dataclass(frozen=True, slots=True)
class Tables:
    """What turns descriptors into codes: mean (128,), axes (128, 128), means of words."""

    mean: NDArray[np.float32]
    axes: NDArray[np.float32]
    coarse: NDArray[np.float32]
    fine: NDArray[np.float32]


@cache
def tables() -> Tables:
    """Return the tables that ship with firsthand."""
    held = files("firsthand.match").joinpath("data", f"{TABLES}.npz")
    with held.open("rb") as stream, np.load(stream) as read:
        return Tables(
            *(read[name].astype(np.float32) for name in ("mean", "axes", "coarse", "fine"))
        )


def bits_of(descriptors: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return 128 bits for each descriptor, shape (n, 2)."""
    table = tables()
    turned = (descriptors.astype(np.float32) - table.mean) @ table.axes
    return np.packbits(turned > 0, axis=1, bitorder="little").view("<u8").astype(np.uint64)


def words_of(descriptors: NDArray[np.uint8], most: int = 1) -> NDArray[np.int32]:
    """Return the ``most`` nearest words of each descriptor, the nearest first, shape (n, most).

    Of 65,536 only those below the 4 to 16 nearest coarse means are looked at.
    """
    table = tables()
    values = descriptors.astype(np.float32)
    near = 4 if most == 1 else 16
    coarse = _distances(values, table.coarse)
    first = np.argpartition(coarse, near, axis=1)[:, :near]
    # |x - c - f|^2 = |x - c|^2 - 2 (x - c).f + |f|^2, with the product split in two.
    with_fine = values @ table.fine.T
    between = table.coarse @ table.fine.T
    fine = (table.fine**2).sum(axis=1)
    total = (
        np.take_along_axis(coarse, first, axis=1)[:, :, None]
        - 2 * (with_fine[:, None, :] - between[first])
        + fine
    ).reshape(len(values), near * FINE)
    most = min(most, total.shape[1])
    if most == 1:
        chosen = total.argmin(axis=1)[:, None]
    else:
        chosen = np.argpartition(total, most - 1, axis=1)[:, :most]
        order = np.argsort(np.take_along_axis(total, chosen, axis=1), axis=1, kind="stable")
        chosen = np.take_along_axis(chosen, order, axis=1)
    words = np.take_along_axis(first, chosen // FINE, axis=1) * FINE + chosen % FINE
    return np.asarray(words, np.int32)


def _distances(values: NDArray[np.float32], means: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(
        (values**2).sum(axis=1)[:, None] - 2 * values @ means.T + (means**2).sum(axis=1), np.float32
    )


def packed(features: Features) -> NDArray[np.void]:
    """Return the codes of keypoints, dtype :data:`CODE`."""
    longest = float(max(features.width, features.height, 1))
    made = np.zeros(len(features), CODE)
    made["bits"] = bits_of(features.descriptors)
    places = np.clip(features.xy / longest * 255 + 0.5, 0, 255).astype(np.uint8)
    made["x"], made["y"] = places[:, 0], places[:, 1]
    level = (np.log2(np.maximum(features.scale / longest, 1e-9)) + _SCALE_ORIGIN) * _SCALE_STEPS
    made["scale"] = np.clip(level + 0.5, 0, 255).astype(np.uint8)
    made["angle"] = np.round(features.angle * (256 / (2 * np.pi))).astype(np.int64) % 256
    return made


def unpacked(codes: NDArray[np.void]) -> NDArray[np.float32]:
    """Return x, y and scale as shares of the longest side, and angle [rad], shape (n, 4)."""
    return np.stack(
        [
            codes["x"] / np.float32(255),
            codes["y"] / np.float32(255),
            np.exp2(codes["scale"] / np.float32(_SCALE_STEPS) - np.float32(_SCALE_ORIGIN)),
            codes["angle"] * np.float32(2 * np.pi / 256),
        ],
        axis=1,
    ).astype(np.float32)
