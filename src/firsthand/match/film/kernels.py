"""Inner loops, compiled when first called; what they mean stands where they are called."""

# mypy: ignore-errors
# Numba's decorators have no types.

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def stretches(score, times_a, times_b, places, fine, speed, offsets, agrees, worst, sparse, near):
    """Return for each offset the greatest sum without a break, and where it begins and ends.

    ``places``: for each step of ``fine`` seconds from the first time of b, the last frame of b not
    after it.
    """
    count = len(offsets)
    top = np.zeros(count)
    first = np.zeros(count, np.int64)
    last = np.full(count, -1, np.int64)
    ends = len(times_b) - 1
    half = 0.5 * (times_b[ends] - times_b[0]) / max(ends, 1)
    for at in range(count):
        running = 0.0
        started = 0
        for row in range(len(times_a)):
            wanted = speed * times_a[row] + offsets[at]
            read = 0.0
            if times_b[0] - half <= wanted <= times_b[ends] + half:
                step = int((wanted - times_b[0]) / fine)
                before = places[min(max(step, 0), len(places) - 1)]
                before = min(before, max(ends - 1, 0))
                after = min(before + 1, ends)
                gap = times_b[after] - times_b[before]
                share = (wanted - times_b[before]) / gap if gap > 0 else 0.0
                share = min(max(share, 0.0), 1.0)
                if gap > sparse:
                    if min(share, 1 - share) * gap > near:
                        continue
                    share = 0.0 if share < 0.5 else 1.0
                read = score[row, before] * (1 - share) + score[row, after] * share
            if running <= 0:
                running = 0.0
                started = row
            running += max(read - agrees, worst)
            if running > top[at]:
                top[at], first[at], last[at] = running, started, row
    return top, first, last
