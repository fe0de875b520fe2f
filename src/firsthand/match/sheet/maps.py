"""How one picture of a link lies on the other, for whoever draws it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from firsthand.model.canonical import Json

Array = NDArray[np.float64]
Size = Sequence[int]

_TURNS: dict[str, tuple[tuple[int, int, int], tuple[int, int, int]]] = {
    # New x and new y: factors of x and y, and which last column or row is added (1: of x, 2: of y).
    "none": ((1, 0, 0), (0, 1, 0)),
    "rotated_90": ((0, 1, 0), (-1, 0, 1)),
    "rotated_180": ((-1, 0, 1), (0, -1, 2)),
    "rotated_270": ((0, -1, 2), (1, 0, 0)),
    "upside_down": ((1, 0, 0), (0, -1, 2)),
    "mirrored": ((-1, 0, 1), (0, 1, 0)),
    "transposed": ((0, 1, 0), (1, 0, 0)),
    "transposed_other": ((0, -1, 2), (-1, 0, 1)),
}
"""The eight symmetries of a picture, by the names of :data:`firsthand.match.near.TRANSFORMS`."""


def map_of(link: Json, size_a: Size, size_b: Size) -> Array | None:
    """Return the map from px of a to px of b, shape (3, 3), or None when nothing tells it.

    A closer look measured it; without one, two copies by fingerprint fill each other's frame.
    """
    measured = link.get("evidence", {}).get("homography_e9")
    if measured is not None:
        found = np.array(measured, np.float64).reshape(3, 3) / 1e9
        return found if np.isfinite(found).all() and abs(np.linalg.det(found)) > 1e-12 else None
    if link["relation"] not in ("identical", "copy") or link.get("time_a") or link.get("time_b"):
        return None
    turn = _TURNS.get(link.get("transform", "none"))
    return None if turn is None else _whole(turn, size_a, size_b)


def _whole(turn: tuple[Size, Size], size_a: Size, size_b: Size) -> Array:
    width, height = size_a
    last = (0, width - 1, height - 1)
    turned = np.array([[x, y, last[add]] for x, y, add in turn] + [[0, 0, 1]], np.float64)
    across = turn[0][0] != 0
    new = (width, height) if across else (height, width)
    grow = np.diag([size_b[0] / new[0], size_b[1] / new[1], 1.0])
    middle = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    return np.asarray(np.linalg.inv(middle) @ grow @ middle @ turned, np.float64)


def reduced(found: Array, grow_a: Size | Array, grow_b: Size | Array) -> list[float]:
    """Return a map for pictures drawn at another size, nine numbers by rows, the last 1.

    ``grow_a``, ``grow_b``: factors from px as shown to px as drawn, across and down.
    """
    by_a = np.diag([1 / grow_a[0], 1 / grow_a[1], 1.0])
    by_b = np.diag([grow_b[0], grow_b[1], 1.0])
    made = by_b @ found @ by_a
    scale = made[2, 2] if abs(made[2, 2]) > 1e-12 else 1.0
    return [round(float(value), 9) for value in (made / scale).ravel()]


def places(link: Json, at: Callable[[list[int]], list[float]]) -> list[list[float]]:
    """Return the matched places of a link, each through ``at``; none when it names none."""
    return [at(point) for point in link.get("evidence", {}).get("points", ())]
