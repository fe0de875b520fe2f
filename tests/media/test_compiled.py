"""Compiled loops: what they count, and that they run where nothing can be cached."""

from __future__ import annotations

import numpy as np

from firsthand.media.compiled import compiled, ones

TEXT = """
def total(values):
    count = np.uint64(0)
    for value in values:
        count += ones(value)
    return count
"""


def test_a_loop_without_a_place_for_its_cache_is_compiled_all_the_same() -> None:
    """It stands in no file, so that there is no folder beside it. Expected: Python's bit_count."""
    space = {"np": np, "ones": ones}
    exec(TEXT, space)
    values = np.random.default_rng(1).integers(0, 1 << 64, 500, np.uint64, endpoint=False)
    values[:2] = 0, (1 << 64) - 1
    assert compiled(space["total"])(values) == sum(int(value).bit_count() for value in values)
