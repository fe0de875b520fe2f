"""Words of keypoints: the one that a code is kept under, and those that a query looks into."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from firsthand.match.index.kernels import choose, nearest
from firsthand.match.local.codes import tables

CELLS_KEPT, CELLS_ASKED = 4, 8
"""Coarse means near a keypoint below which its word, or its words, are looked for."""

Floats = NDArray[np.float32]


@cache
def _fixed() -> tuple[Floats, Floats, Floats]:
    """Return products of coarse with fine means, and the squares of each."""
    table = tables()
    between = np.ascontiguousarray(table.coarse @ table.fine.T)
    return between, (table.fine**2).sum(axis=1), (table.coarse**2).sum(axis=1)


def _far(
    descriptors: Floats | NDArray[np.uint8], cells: int
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return products with fine means, distances to coarse ones and which of these are near."""
    table = tables()
    values = np.asarray(descriptors, np.float32)
    coarse = np.asarray(_fixed()[2] - 2 * (values @ table.coarse.T), np.float32)
    first = np.argpartition(coarse, cells, axis=1)[:, :cells].astype(np.int64)
    return np.asarray(values @ table.fine.T, np.float32), coarse, first


def words_of(descriptors: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Return the word of each descriptor, as :func:`firsthand.match.local.codes.words_of` does."""
    found = np.zeros(len(descriptors), np.uint16)
    between, fine, _ = _fixed()
    for at in range(0, len(descriptors), 1 << 14):
        part = slice(at, at + (1 << 14))
        with_fine, coarse, first = _far(descriptors[part], CELLS_KEPT)
        nearest(coarse, first, with_fine, between, fine, found[part])
    return found


def words_to_ask(
    descriptors: Floats | NDArray[np.uint8], sizes: NDArray[np.int64], budget: int, most: int
) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """Return pairs of a word and the descriptor for which its codes are read.

    Each descriptor takes the words nearest to it, whole levels of distance, while there are no more
    than ``most`` and no more codes below them (``sizes``, shape (65536,)) than its ``budget``; at
    least the nearest level that holds any.
    """
    between, fine, _ = _fixed()
    with_fine, coarse, first = _far(descriptors, CELLS_ASKED)
    room = 2 * most * len(descriptors)
    while True:
        words, asked = np.empty(room, np.uint16), np.empty(room, np.uint16)
        count = choose(coarse, first, with_fine, between, fine, sizes, budget, most, words, asked)
        if count <= room:
            break
        room = count
    return words[:count], asked[:count]
