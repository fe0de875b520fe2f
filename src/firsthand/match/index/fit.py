"""Which matched keypoints of two pictures agree on one map: inner loops.

Plain loops over arrays; see :func:`agree`.
"""

# mypy: ignore-errors
# Numba's decorators have no types.

from __future__ import annotations

import numpy as np

from firsthand.media.compiled import compiled

PROPOSALS = 80
GRID = 40
"""Places in one cell of a grid of so many on the longest side count as one."""


@compiled
def alike(one, other, at, factor, turn):
    """Tell whether a pair of keypoints changes size and direction as a map does."""
    ratio = other[at, 2] / one[at, 2] / factor
    return 0.6 < ratio < 1.7 and np.cos(other[at, 3] - one[at, 3] - turn) > 0.87


@compiled
def propose(one, other, by, near):
    """Mark the pairs that lie where one of them says."""
    factor = other[by, 2] / one[by, 2]
    turn = other[by, 3] - one[by, 3]
    cos, sin = np.cos(turn) * factor, np.sin(turn) * factor
    for at in range(len(one)):
        x, y = one[at, 0] - one[by, 0], one[at, 1] - one[by, 1]
        dx = other[by, 0] + cos * x - sin * y - other[at, 0]
        dy = other[by, 1] + sin * x + cos * y - other[at, 1]
        far = abs(other[at, 0] - other[by, 0]) + abs(other[at, 1] - other[by, 1])
        reach = 0.02 + 0.1 * far
        near[at] = dx * dx + dy * dy < reach * reach and alike(one, other, at, factor, turn)


@compiled
def places(keypoints, inside):
    """Return how many cells of a grid marked keypoints are in."""
    seen = np.zeros((GRID, GRID), np.bool_)
    count = 0
    for at in range(len(keypoints)):
        if inside[at]:
            row = min(int(keypoints[at, 1] * GRID), GRID - 1)
            column = min(int(keypoints[at, 0] * GRID), GRID - 1)
            if not seen[row, column]:
                seen[row, column] = True
                count += 1
    return count


@compiled
def distinct(one, other, inside):
    """Return at how many distinct places marked pairs are, on the side that has fewer."""
    return min(places(one, inside), places(other, inside))


@compiled
def fitted(one, other, inside, affine):
    """Fit an affine map to marked pairs; of fewer than six, or in a line, a similarity."""
    count = 0
    ax = ay = bx = by = 0.0
    for at in range(len(one)):
        if inside[at]:
            count += 1
            ax += one[at, 0]
            ay += one[at, 1]
            bx += other[at, 0]
            by += other[at, 1]
    if count < 2:
        return False
    ax, ay, bx, by = ax / count, ay / count, bx / count, by / count
    xx = xy = yy = xu = yu = xv = yv = 0.0
    for at in range(len(one)):
        if inside[at]:
            x, y = one[at, 0] - ax, one[at, 1] - ay
            u, v = other[at, 0] - bx, other[at, 1] - by
            xx += x * x
            xy += x * y
            yy += y * y
            xu += x * u
            yu += y * u
            xv += x * v
            yv += y * v
    whole = xx + yy
    if whole <= 1e-12:
        return False
    det = xx * yy - xy * xy
    if count >= 6 and det > 0.003 * whole * whole:
        affine[0, 0], affine[0, 1] = (xu * yy - yu * xy) / det, (yu * xx - xu * xy) / det
        affine[1, 0], affine[1, 1] = (xv * yy - yv * xy) / det, (yv * xx - xv * xy) / det
    else:
        affine[0, 0] = affine[1, 1] = (xu + yv) / whole
        affine[1, 0] = (xv - yu) / whole
        affine[0, 1] = -affine[1, 0]
    affine[0, 2] = bx - affine[0, 0] * ax - affine[0, 1] * ay
    affine[1, 2] = by - affine[1, 0] * ax - affine[1, 1] * ay
    return True


@compiled
def agree(one, other, inside, affine):
    """Find the map from one picture to another that most keypoints agree with.

    Each pair of keypoints (x, y, scale, angle; places as shares of the longest side) says by its
    size and direction where all others must lie. The best proposal is fitted again to those that
    agree, as an affine map, twice. Fills in ``inside`` and ``affine`` (2, 3), and returns at how
    many distinct places they agree.
    """
    count = len(one)
    best, chosen = 0, -1
    near = np.zeros(count, np.bool_)
    for by in range(min(count, PROPOSALS)):
        factor = other[by, 2] / one[by, 2]
        if factor < 0.03 or factor > 30:
            continue
        propose(one, other, by, near)
        found = distinct(one, other, near)
        if found > best:
            best, chosen = found, by
    if chosen < 0:
        return 0
    propose(one, other, chosen, inside)
    for reach in (0.03, 0.02):
        if not fitted(one, other, inside, affine):
            break
        turn = np.arctan2(affine[1, 0] - affine[0, 1], affine[0, 0] + affine[1, 1])
        area = affine[0, 0] * affine[1, 1] - affine[0, 1] * affine[1, 0]
        if area <= 0:
            return 0
        grow = np.sqrt(area)
        for at in range(count):
            x, y = one[at, 0], one[at, 1]
            dx = affine[0, 0] * x + affine[0, 1] * y + affine[0, 2] - other[at, 0]
            dy = affine[1, 0] * x + affine[1, 1] * y + affine[1, 2] - other[at, 1]
            inside[at] = dx * dx + dy * dy < reach * reach and alike(one, other, at, grow, turn)
    return distinct(one, other, inside)
