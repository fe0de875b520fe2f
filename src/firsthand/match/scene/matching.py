"""Which keypoints of two photographs are the same thing: nearest in both directions, and alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firsthand.match.local.align import SIDE
from firsthand.match.local.features import Features

RATIO = 0.88
"""Nearest over second nearest distance up to which a match is taken. Lowe (2004) takes 0.8; here
geometry decides, and of two far apart shots few matches are left at 0.8."""

_APART = 9.0
"""Keypoints nearer than this [px at 900 px side] are one place, no second nearest."""

_RIVALS = 6


@dataclass(frozen=True, slots=True)
class Pairs:
    """Matches of photograph a and b, the surest first.

    Attributes
    ----------
    a, b
        Places, shape (n, 2) [px of a longest side of 900].
    turn
        Change of direction from a to b [rad].
    grow
        Natural logarithm of the change of size.
    share
        Nearest over second nearest distance.
    """

    a: NDArray[np.float64]
    b: NDArray[np.float64]
    turn: NDArray[np.float64]
    grow: NDArray[np.float64]
    share: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.a)

    def chosen(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> Pairs:
        """Return some of them."""
        return Pairs(
            self.a[which], self.b[which], self.turn[which], self.grow[which], self.share[which]
        )


def no_pairs() -> Pairs:
    """Return no matches."""
    place, one = np.zeros((0, 2)), np.zeros(0)
    return Pairs(place, place, one, one, one)


def joined(many: list[Pairs]) -> Pairs:
    """Return several sets of matches as one, each pair of places once (the surest)."""
    held = [each for each in many if len(each)]
    if not held:
        return no_pairs()
    whole = Pairs(
        np.concatenate([p.a for p in held]),
        np.concatenate([p.b for p in held]),
        np.concatenate([p.turn for p in held]),
        np.concatenate([p.grow for p in held]),
        np.concatenate([p.share for p in held]),
    )
    whole = whole.chosen(np.argsort(whole.share, kind="stable"))
    cells = np.floor(np.concatenate([whole.a, whole.b], axis=1) / 3.0).astype(np.int64)
    _, first = np.unique(cells, axis=0, return_index=True)
    return whole.chosen(np.sort(first))


def match(a: Features, b: Features, ratio: float = RATIO) -> Pairs:
    """Return the keypoints of a and b that are each other's nearest and alone in being so."""
    if len(a) < 2 or len(b) < 2:
        return no_pairs()
    size_a, size_b = SIDE / max(a.width, a.height), SIDE / max(b.width, b.height)
    products = a.descriptors.astype(np.float32) @ b.descriptors.astype(np.float32).T
    mate = products.argmax(axis=1)
    back = products.argmax(axis=0)
    mutual = np.flatnonzero(back[mate] == np.arange(len(a)))
    if not len(mutual):
        return no_pairs()
    # Both photographs must have no second place that looks nearly as much alike.
    forth = _far(products[mutual, mate[mutual]])
    share = forth / _far(_second(products[mutual], b.xy * size_b, mate[mutual]))
    alone = share < ratio
    mutual, forth, share = mutual[alone], forth[alone], share[alone]
    if not len(mutual):
        return no_pairs()
    seen_back = np.ascontiguousarray(products.T[mate[mutual]])
    share = np.maximum(share, forth / _far(_second(seen_back, a.xy * size_a, mutual)))
    kept = np.flatnonzero(share < ratio)
    kept = kept[np.argsort(share[kept], kind="stable")]
    one, other = mutual[kept], mate[mutual[kept]]
    return Pairs(
        a=a.xy[one].astype(np.float64) * size_a,
        b=b.xy[other].astype(np.float64) * size_b,
        turn=(b.angle[other] - a.angle[one]).astype(np.float64),
        grow=np.log(b.scale[other] * size_b / (a.scale[one] * size_a)).astype(np.float64),
        share=share[kept].astype(np.float64),
    )


def _far(products: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return distances from products of descriptors of length 512."""
    return np.asarray(np.sqrt(np.maximum(2 * 512.0**2 - 2 * products, 1.0)), np.float32)


def _second(
    products: NDArray[np.float32], places: NDArray[np.float32], best: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Return the largest product of each row at a place apart from that of the best."""
    most = min(_RIVALS, products.shape[1] - 1)
    top = np.argpartition(-products, most, axis=1)[:, : most + 1]
    values = np.take_along_axis(products, top, axis=1)
    apart = np.linalg.norm(places[top] - places[best][:, None], axis=2) >= _APART
    found = np.where(apart, values, -np.inf).max(axis=1)
    return np.asarray(np.where(np.isfinite(found), found, values.min(axis=1)), np.float32)
