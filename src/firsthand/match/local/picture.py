"""A decoded picture as this room looks at it, and what was found in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firsthand.match.local.features import (
    INDEX_MOST,
    INDEX_SIDE,
    QUERY_MOST,
    QUERY_SIDE,
    Features,
    extract,
)
from firsthand.model.canonical import Json

SIDE = 1024
"""Longest side [px] of what is kept of a picture while it is compared."""


HEAD_BYTES = 1 << 18


def head_of(path: Path) -> bytes | None:
    """Return the first 256 KiB of a file, None when it cannot be read."""
    try:
        with open(path, "rb") as stream:
            return stream.read(HEAD_BYTES)
    except OSError:
        return None


@dataclass(frozen=True)
class Picture:
    """Brightness of a picture as shown, reduced, and its keypoints.

    Attributes
    ----------
    name
        Whose picture it is.
    gray
        Brightness 0 to 255, shape (h, w), longest side at most :data:`SIDE`.
    width, height
        Of the picture as shown, full size [px].
    about
        What the decoder said (:meth:`firsthand.media.reader.MediaReader.look`).
    head
        The first bytes of the file, for tables and tags; None: not at hand.
    """

    name: str
    gray: NDArray[np.uint8]
    width: int
    height: int
    about: Json = field(default_factory=dict)
    head: bytes | None = field(default=None, repr=False)

    @cached_property
    def fine(self) -> Features:
        """Return the keypoints by which it is looked for in others."""
        return extract(self.gray, self.width, self.height, side=QUERY_SIDE, most=QUERY_MOST)

    @cached_property
    def coarse(self) -> Features:
        """Return the keypoints by which others find it."""
        return extract(self.gray, self.width, self.height, side=INDEX_SIDE, most=INDEX_MOST)
