"""Both indexes find exactly what comparing all bits of all codes finds.

Expected values: Python's own integers, `(a ^ b).bit_count()`, for every pair.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from firsthand.media import hamming
from firsthand.media.hamming import FlatIndex, HashIndex, PartIndex, codes_of, hash_index

Codes = np.ndarray[Any, np.dtype[np.uint8]]
Found = set[tuple[int, int, int]]
RADII = [0, 5, 15, 16, 31, 32, 47, 48, 90]


def changed(code: Codes, bits: int, rng: np.random.Generator) -> Codes:
    flipped = np.unpackbits(code)
    flipped[rng.choice(256, bits, replace=False)] ^= 1
    return np.packbits(flipped)


def scattered(rng: np.random.Generator) -> Codes:
    """Random codes, and copies of some of them at every distance up to 60."""
    codes = rng.integers(0, 256, (240, 32), dtype=np.uint8)
    copies = [changed(codes[at], at, rng) for at in range(61)]
    return np.concatenate([codes, copies])


def clustered(rng: np.random.Generator) -> Codes:
    """Few centres with many neighbours, as series of one scene have."""
    centres = rng.integers(0, 256, (5, 32), dtype=np.uint8)
    picked = rng.integers(0, 5, 240)
    return np.array([changed(centres[at], int(rng.integers(0, 40)), rng) for at in picked])


def crowded(rng: np.random.Generator) -> Codes:
    """Parts that nearly all codes share, as plain surfaces have; some codes are equal."""
    codes = rng.integers(0, 256, (240, 32), dtype=np.uint8)
    codes[:, :20] = 0
    codes[100:140] = codes[100]
    codes[200:220] = 255
    return codes


def uneven(rng: np.random.Generator) -> Codes:
    """Bits that are mostly zero, so that values of a part are far from equally frequent."""
    return np.packbits(rng.random((240, 256)) < 0.1, axis=1)


def compared(queries: Codes, codes: Codes, radius: int) -> Found:
    asked = [int.from_bytes(each.tobytes(), "big") for each in queries]
    kept = [int.from_bytes(each.tobytes(), "big") for each in codes]
    return {
        (query, item, bits)
        for query, one in enumerate(asked)
        for item, other in enumerate(kept)
        if (bits := (one ^ other).bit_count()) <= radius
    }


def as_set(found: hamming.Matches) -> Found:
    rows = list(
        zip(*(each.tolist() for each in (found.query, found.item, found.bits)), strict=True)
    )
    assert len(rows) == len(set(rows)), "a pair was found twice"
    return set(rows)


@pytest.mark.parametrize("small_portions", [False, True], ids=["at once", "in portions"])
@pytest.mark.parametrize("make", [scattered, clustered, crowded, uneven])
@pytest.mark.parametrize("index", [FlatIndex, PartIndex])
def test_nothing_is_missed(
    index: Callable[[Codes], HashIndex],
    make: Callable[[np.random.Generator], Codes],
    small_portions: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if small_portions:
        monkeypatch.setattr(hamming, "_CANDIDATES", 1000)
        monkeypatch.setattr(hamming, "_BLOCK", 64)
        monkeypatch.setattr(hamming, "_DEAR", 0)  # never gives up on looking up parts
    rng = np.random.default_rng(20140613)
    codes = make(rng)
    queries = np.array([changed(codes[at], at % 50, rng) for at in range(0, 240, 12)])
    built = index(codes)
    assert len(built) == len(codes)
    whole = compared(queries, codes, max(RADII))
    all_pairs = compared(codes, codes, max(RADII))
    for radius in RADII:
        expected = {row for row in whole if row[2] <= radius}
        found = built.search(queries, radius)
        assert as_set(found) == expected
        order = list(zip(found.query.tolist(), found.item.tolist(), strict=True))
        assert order == sorted(order)
        pairs = {row for row in all_pairs if row[0] < row[1] and row[2] <= radius}
        seen = [row for portion in built.pairs(radius) for row in as_set(portion)]
        assert len(seen) == len(set(seen))
        assert set(seen) == pairs


def test_codes_that_differ_in_every_bit() -> None:
    """256 does not fit the byte in which counts are summed."""
    codes = np.array([[0] * 32, [255] * 32], np.uint8)
    assert as_set(FlatIndex(codes).search(codes[:1], 256)) == {(0, 0, 0), (0, 1, 256)}
    assert as_set(FlatIndex(codes).search(codes[:1], 255)) == {(0, 0, 0)}


@pytest.mark.parametrize("index", [FlatIndex, PartIndex])
def test_without_codes_or_queries(index: Callable[[Codes], HashIndex]) -> None:
    none = np.zeros((0, 32), np.uint8)
    one = np.zeros((1, 32), np.uint8)
    assert len(index(none).search(one, 31)) == 0
    assert len(index(one).search(none, 31)) == 0
    assert sum(len(portion) for portion in index(none).pairs(31)) == 0


def test_the_size_decides_which_index() -> None:
    assert isinstance(hash_index(np.zeros((1000, 32), np.uint8)), FlatIndex)
    assert isinstance(hash_index(np.zeros((100_000, 32), np.uint8)), PartIndex)


def test_a_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        hash_index(np.zeros((5, 31), np.uint8))


def test_codes_of_hashes() -> None:
    assert codes_of(["00" * 31 + "ff", "ab" * 32]).tolist() == [[0] * 31 + [255], [0xAB] * 32]


def test_memory_of_a_code() -> None:
    """Part of the promise: at most 110 bytes for each code when there are many."""
    count = 200_000
    index = PartIndex(np.random.default_rng(3).integers(0, 256, (count, 32), dtype=np.uint8))
    arrays = [each for each in vars(index).values() if isinstance(each, np.ndarray)]
    own = sum(each.nbytes for each in arrays if each.base is None)
    shared_codes = index._codes.nbytes if index._codes.base is not None else 0
    assert own + shared_codes <= 110 * count + (9 << 20)
