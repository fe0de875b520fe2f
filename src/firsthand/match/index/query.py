"""What is looked for in an index: keypoints of a picture, as they are and mirrored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firsthand.match.local.coded import Coded
from firsthand.match.local.codes import CODE, packed, tables
from firsthand.match.local.features import QUERY_MOST, Features, mirrored

_SPREAD = 38.0
"""How far from the mean a bit says that a descriptor is, for words from bits alone. Chosen on the
photographs that the tables are made of: the right word is among the nearest 16 for 0.85, and among
48 for 0.96 of keypoints. (The mean distance is 22; farther out fewer words are confused.)"""


@dataclass(frozen=True, slots=True)
class Query:
    """Keypoints to look for; row n + i is the mirror image of row i.

    Attributes
    ----------
    codes
        Dtype :data:`CODE`, shape (2 n,).
    descriptors
        RootSIFT times 512, shape (2 n, 128): they say which words are near.
    """

    codes: NDArray[np.void]
    descriptors: NDArray[np.float32]

    def __len__(self) -> int:
        """Return how many keypoints the picture has."""
        return len(self.codes) // 2

    @staticmethod
    def of(features: Features, most: int = QUERY_MOST) -> Query:
        """Look for the keypoints of a picture."""
        kept = features.first(most)
        both = kept, mirrored(kept)
        return Query(
            np.concatenate([packed(each) for each in both]).astype(CODE, copy=False),
            np.concatenate([each.descriptors for each in both]).astype(np.float32),
        )

    @staticmethod
    def of_codes(kept: Coded) -> Query:
        """Look for keypoints of which only codes were kept; their words are guessed from the bits.

        In some ten thousand pictures it finds what :meth:`of` finds; in more, fewer.
        """
        codes = np.concatenate([kept.codes, kept.turned()]).astype(CODE, copy=False)
        return Query(codes, described(codes["bits"]))


def described(bits: NDArray[np.uint64]) -> NDArray[np.float32]:
    """Return descriptors that have these bits, shape (n, 128); :func:`bits_of` undone, roughly."""
    table = tables()
    signs = np.unpackbits(
        np.ascontiguousarray(bits, "<u8").view(np.uint8).reshape(-1, 16), axis=1, bitorder="little"
    )
    turned = (signs.astype(np.float32) - np.float32(0.5)) * np.float32(2 * _SPREAD)
    return np.asarray(np.maximum(table.mean + turned @ table.axes.T, 0), np.float32)
