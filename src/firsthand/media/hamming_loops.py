"""The inner loop of :mod:`firsthand.media.hamming`, compiled when it is first called.

It stands apart because the compiler takes half a second to import, which commands that compare
nothing need not wait for.
"""

# mypy: ignore-errors
# Numba's decorators have no types.

from __future__ import annotations

import numpy as np

from firsthand.media.compiled import compiled, ones

NOWHERE = -(1 << 62)

_CHUNK = 32


@compiled
def compare(codes, queries, begin, own, radius, query, item, bits):
    """Fill in which codes are within the radius of each query, from query ``begin`` on.

    ``own``: place of the first query among the codes; each is compared only with codes behind its
    own place, which may lie before the first code. :data:`NOWHERE`: with all codes. Stops before a
    query whose answers may not fit. Returns how many there are, and the query to begin with next.
    """
    count = 0
    limit = np.uint64(radius)
    for number in range(begin, len(queries)):
        at = min(max(own + number + 1, 0), len(codes))
        if count + len(codes) - at > len(item):
            return count, number
        a, b, c, d = queries[number]
        while at < len(codes):
            stop = min(at + _CHUNK, len(codes))
            some = np.uint64(0)
            for place in range(at, stop):
                apart = ones(codes[place, 0] ^ a) + ones(codes[place, 1] ^ b)
                apart += ones(codes[place, 2] ^ c) + ones(codes[place, 3] ^ d)
                some += np.uint64(apart <= limit)
            if some:
                for place in range(at, stop):
                    apart = ones(codes[place, 0] ^ a) + ones(codes[place, 1] ^ b)
                    apart += ones(codes[place, 2] ^ c) + ones(codes[place, 3] ^ d)
                    if apart <= limit:
                        query[count] = number
                        item[count] = place
                        bits[count] = apart
                        count += 1
            at = stop
    return count, len(queries)
