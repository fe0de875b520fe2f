"""Keypoints of a picture with descriptors: RootSIFT, spread over the picture.

References
----------
D. G. Lowe, "Distinctive Image Features from Scale-Invariant Keypoints", IJCV 60(2), 2004,
doi:10.1023/B:VISI.0000029664.99615.94.
R. Arandjelovic, A. Zisserman, "Three things everyone should know to improve object retrieval",
CVPR 2012, doi:10.1109/CVPR.2012.6248018 (RootSIFT).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

INDEX_SIDE, INDEX_MOST = 512, 300
"""Longest side [px] and number of keypoints of a picture that others are searched in."""

QUERY_SIDE, QUERY_MOST = 900, 1000
"""The same of a picture that is searched for: twice as fine, since a screenshot or a collage shows
what it holds at a fraction of its size."""

_CONTRAST = 0.02
"""Half of OpenCV's usual threshold: fog, night and blurred copies have weak keypoints only."""
_GRID = 8
_SCALE_OF_BYTES = 512.0
"""A descriptor of length 1 in bytes: its largest component is below 0.5."""

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Features:
    """Keypoints of one picture, in such an order that the first n are a good choice of n.

    Attributes
    ----------
    xy
        Places, shape (n, 2) [px of the picture as shown, full size; x right, y down].
    scale
        Size of each [px, full size], the sigma of its blob.
    angle
        Its direction [rad, 0 to 2 pi, from x towards y].
    descriptors
        RootSIFT times 512, shape (n, 128).
    width, height
        Of the picture as shown [px].
    """

    xy: Floats
    scale: Floats
    angle: Floats
    descriptors: Bytes
    width: int
    height: int

    def __len__(self) -> int:
        return len(self.xy)

    def first(self, most: int) -> Features:
        """Return the first so many."""
        return self.chosen(slice(0, most))

    def chosen(self, which: slice | NDArray[np.int64] | NDArray[np.bool_]) -> Features:
        """Return some of them."""
        return Features(
            self.xy[which],
            self.scale[which],
            self.angle[which],
            self.descriptors[which],
            self.width,
            self.height,
        )


def none(width: int, height: int) -> Features:
    """Return no keypoints of a picture of this size."""
    one = np.zeros(0, np.float32)
    return Features(one.reshape(0, 2), one, one, np.zeros((0, 128), np.uint8), width, height)


def extract(gray: Bytes, width: int, height: int, *, side: int, most: int) -> Features:
    """Return the keypoints of a picture.

    Parameters
    ----------
    gray
        Brightness, shape (h, w), of the picture or a reduced one.
    width, height
        Of the picture as shown, full size [px]; places are given in these.
    side
        Longest side [px] to which it is reduced before; it is never enlarged.
    most
        Keypoints that are kept.
    """
    reduced = fitted(gray, side)
    if min(reduced.shape) < 12:
        return none(width, height)
    finder = cv2.SIFT.create(nfeatures=0, contrastThreshold=_CONTRAST)
    points = finder.detect(reduced, None)
    if not points:
        return none(width, height)
    table = np.array([(p.pt[0], p.pt[1], p.size, p.angle, p.response) for p in points], np.float32)
    kept = _spread(table, reduced.shape[1], reduced.shape[0], most)
    chosen, found = finder.compute(reduced, [points[at] for at in kept])
    table = np.array([(p.pt[0], p.pt[1], p.size, p.angle) for p in chosen], np.float32)
    if found is None or not len(table):
        return none(width, height)
    times = np.array([width / reduced.shape[1], height / reduced.shape[0]], np.float32)
    return Features(
        xy=(table[:, :2] + 0.5) * times - 0.5,
        scale=np.asarray(table[:, 2] * (times.mean() / 2), np.float32),
        angle=np.deg2rad(table[:, 3]) % np.float32(2 * np.pi),
        descriptors=rooted(np.asarray(found, np.float32)),
        width=width,
        height=height,
    )


def fitted(gray: Bytes, side: int) -> Bytes:
    """Return a picture reduced to a longest side [px]; smaller ones stay as they are."""
    height, width = gray.shape
    if max(height, width) <= side:
        return gray
    factor = side / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)


def rooted(sift: Floats) -> Bytes:
    """Return RootSIFT as bytes: square roots of the shares, so that all have one length."""
    total = np.maximum(sift.sum(axis=1, keepdims=True), 1e-6)
    rooted = np.minimum(np.sqrt(sift / total) * _SCALE_OF_BYTES + 0.5, 255)
    return np.asarray(rooted, np.uint8)


def _spread(table: Floats, width: int, height: int, most: int) -> NDArray[np.int64]:
    """Return rows in order of use: strong and large ones first, and none of a crowded place.

    Each cell of a grid gives its best keypoint, then each its second best, and so on. Large ones
    are what is left when a copy is reduced.
    """
    # One place with two directions makes two keypoints; both are of use.
    worth = table[:, 4] * np.sqrt(table[:, 2])
    cell = np.minimum(
        (table[:, 1] * _GRID / height).astype(np.int64), _GRID - 1
    ) * _GRID + np.minimum((table[:, 0] * _GRID / width).astype(np.int64), _GRID - 1)
    best = np.lexsort((table[:, 1], table[:, 0], -worth))
    cells = cell[best]
    order = np.argsort(cells, kind="stable")
    ranks = np.empty(len(best), np.int64)
    starts = np.searchsorted(cells[order], np.arange(_GRID * _GRID))
    ranks[order] = np.arange(len(best)) - starts[cells[order]]
    # A cell full of grass must not push out all that an emptier one has.
    turn = np.lexsort((np.arange(len(best)), ranks // 4))
    return np.asarray(best[turn[:most]], np.int64)


_ROWS = np.arange(128).reshape(4, 4, 8)[::-1][:, :, (8 - np.arange(8)) % 8].reshape(-1)


def mirrored(features: Features) -> Features:
    """Return what would be found in the picture flipped left to right, without looking again.

    In the frame of a keypoint its mirror image is upside down: the rows of cells change places,
    and directions turn the other way.
    """
    xy = features.xy.copy()
    xy[:, 0] = features.width - 1 - xy[:, 0]
    return Features(
        xy=xy,
        scale=features.scale,
        angle=(np.float32(np.pi) - features.angle) % np.float32(2 * np.pi),
        descriptors=features.descriptors[:, _ROWS],
        width=features.width,
        height=features.height,
    )
