"""Inner loops, compiled when first called.

Everything here is plain loops over arrays; what they mean stands where they are called.
"""

# mypy: ignore-errors
# Numba's decorators have no types.

from __future__ import annotations

import numpy as np

from firsthand.media.compiled import compiled, ones

TURNS, SIZES = 12, 16
"""Bins of changes of direction, and of size (one for each doubling)."""


@compiled
def mates(low, high, starts, q_low, q_high, near, mates):
    """Fill in the nearest keypoint of each picture for each of the query, or -1."""
    for at in range(len(q_low)):
        one, two = q_low[at], q_high[at]
        for picture in range(len(starts) - 1):
            best, mate = near + 1, -1
            for other in range(starts[picture], starts[picture + 1]):
                bits = ones(low[other] ^ one) + ones(high[other] ^ two)
                if bits < best:
                    best, mate = bits, other
            mates[at, picture] = mate


@compiled
def votes(sizes, angles, q_sizes, q_angles, mates, weights, tops):
    """Fill in the greatest weight of keypoints that tell of one change of size and direction."""
    bins = np.zeros((SIZES, TURNS), np.float32)
    for picture in range(mates.shape[1]):
        bins[:] = 0
        for at in range(mates.shape[0]):
            mate = mates[at, picture]
            if mate >= 0:
                turn = (angles[mate] - q_angles[at]) & 255
                row = min(max((sizes[mate] - q_sizes[at] + 128) // 16, 0), SIZES - 1)
                bins[row, turn * TURNS // 256] += weights[at]
        top = np.float32(0)
        for row in range(SIZES - 1):
            for column in range(TURNS):
                # What lies at the border of two counts for both.
                right = (column + 1) % TURNS
                count = bins[row, column] + bins[row, right]
                top = max(top, count + bins[row + 1, column] + bins[row + 1, right])
        tops[picture] = top


@compiled
def agreeing(one, other):
    """Return how many pairs of keypoints, at distinct places, one of them explains.

    Rows are x, y, scale, angle; places as shares of the longest side. The size and direction of a
    keypoint say where all others must lie.
    """
    count = len(one)
    best = 0
    for by in range(min(count, 80)):
        factor = other[by, 2] / one[by, 2]
        if factor < 0.03 or factor > 30:
            continue
        turn = other[by, 3] - one[by, 3]
        cos, sin = np.cos(turn) * factor, np.sin(turn) * factor
        seen = np.zeros((24, 24), np.uint8)
        found = 0
        for at in range(count):
            x, y = one[at, 0] - one[by, 0], one[at, 1] - one[by, 1]
            dx = other[by, 0] + cos * x - sin * y - other[at, 0]
            dy = other[by, 1] + sin * x + cos * y - other[at, 1]
            far = abs(other[at, 0] - other[by, 0]) + abs(other[at, 1] - other[by, 1])
            if dx * dx + dy * dy > (0.02 + 0.1 * far) ** 2:
                continue
            ratio = other[at, 2] / one[at, 2] / factor
            if ratio < 0.6 or ratio > 1.7:
                continue
            if np.cos(other[at, 3] - one[at, 3] - turn) < 0.87:
                continue
            # The side on which it is larger tells places apart better.
            place = one if factor < 1 else other
            row, column = int(place[at, 1] * 23.9), int(place[at, 0] * 23.9)
            if not seen[row, column]:
                seen[row, column] = 1
                found += 1
        best = max(best, found)
    return best


@compiled(fast=True)
def correlate(a, b, seen, block, reach, texture):
    """Compare each block of one picture with its surroundings in the other.

    Returns arrays of shape (rows, columns): whether both have something to see, whether just one
    has; the correlation at its place, the best within reach, and where that is (x, y).
    """
    high, wide = a.shape
    rows, columns = max(1, high // block), max(1, wide // block)
    both = np.zeros((rows, columns), np.bool_)
    one = np.zeros((rows, columns), np.bool_)
    same = np.full((rows, columns), np.nan, np.float32)
    best = np.full((rows, columns), np.nan, np.float32)
    shift = np.zeros((rows, columns, 2), np.float32)
    span = 2 * reach + 1
    for row in range(rows):
        for column in range(columns):
            top, left = row * block, column * block
            bottom, right = min(top + block, high), min(left + block, wide)
            count = (bottom - top) * (right - left)
            whole = True
            sum_a = np.float32(0)
            square_a = np.float32(0)
            sum_b = np.float32(0)
            square_b = np.float32(0)
            for y in range(top, bottom):
                for x in range(left, right):
                    whole &= seen[y, x]
                    sum_a += a[y, x]
                    square_a += a[y, x] * a[y, x]
                    sum_b += b[y, x]
                    square_b += b[y, x] * b[y, x]
            if not whole:
                continue
            spread_a = square_a - sum_a * sum_a / count
            spread_b = square_b - sum_b * sum_b / count
            told_a = spread_a > texture * texture * count
            told_b = spread_b > texture * texture * count
            one[row, column] = told_a != told_b
            if not (told_a and told_b):
                continue
            both[row, column] = True
            scores = np.full((span, span), -1.0)
            for down in range(-reach, reach + 1):
                if top + down < 0 or bottom + down > high:
                    continue
                for across in range(-reach, reach + 1):
                    if left + across < 0 or right + across > wide:
                        continue
                    total = np.float32(0)
                    square = np.float32(0)
                    product = np.float32(0)
                    for y in range(top, bottom):
                        for x in range(left, right):
                            value = b[y + down, x + across]
                            total += value
                            square += value * value
                            product += value * a[y, x]
                    spread = square - total * total / count
                    if spread > 1e-6:
                        scores[down + reach, across + reach] = (
                            product - sum_a * total / count
                        ) / np.sqrt(spread_a * spread)
            same[row, column] = scores[reach, reach]
            at = scores.argmax()
            at_y, at_x = at // span, at % span
            best[row, column] = scores[at_y, at_x]
            x_off, y_off = float(at_x - reach), float(at_y - reach)
            if 0 < at_x < span - 1 and scores[at_y, at_x - 1] > -1 and scores[at_y, at_x + 1] > -1:
                x_off += peak(scores[at_y, at_x - 1], scores[at_y, at_x], scores[at_y, at_x + 1])
            if 0 < at_y < span - 1 and scores[at_y - 1, at_x] > -1 and scores[at_y + 1, at_x] > -1:
                y_off += peak(scores[at_y - 1, at_x], scores[at_y, at_x], scores[at_y + 1, at_x])
            shift[row, column, 0] = x_off
            shift[row, column, 1] = y_off
    return both, one, same, best, shift


@compiled
def peak(before, at, after):
    """Return where a parabola through three values is highest, -0.5 to 0.5 from the middle."""
    bend = before - 2 * at + after
    if bend > -1e-6:
        return 0.0
    return min(0.5, max(-0.5, 0.5 * (before - after) / bend))
