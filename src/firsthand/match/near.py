"""Pairs of fingerprints that are near each other under one of the eight symmetries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firsthand.match.prints import HASH_BYTES, ORIENTATIONS, Print

TRANSFORMS = (
    "none",
    "rotated_90",
    "rotated_180",
    "rotated_270",
    "upside_down",
    "mirrored",
    "transposed",
    "transposed_other",
)
"""The symmetries in the order of :func:`firsthand.media.pdq.fingerprints`: turned by so many
degrees counter-clockwise, flipped top to bottom, left to right, at either diagonal."""

REFLECTIONS = 4
"""From here on they turn a picture over."""

INVERSE = (0, 3, 2, 1, 4, 5, 6, 7)
"""Which symmetry undoes which; a reflection undoes itself."""

BLOCK = 1 << 22
"""Pairs whose distances are computed at a time; bounds the memory to about 100 MB."""


@dataclass(frozen=True, slots=True)
class Near:
    """Two positions ``a < b`` of a list, how far apart [bits of 256], and by which symmetry.

    ``transform`` is the place in :data:`TRANSFORMS` of what turns picture a into picture b.
    """

    a: int
    b: int
    bits: int
    transform: int


def near_pairs(codes: Sequence[Sequence[bytes]], radius: int) -> list[Near]:
    """Return all pairs within ``radius`` bits of each other, each once, with its best symmetry.

    Exact: every symmetry of each picture is compared with every other picture as it stands.

    >>> one, other = [bytes(32)] * 8, [bytes([255] * 32)] * 7 + [bytes([1] + [0] * 31)]
    >>> near_pairs([one, other], 31)
    [Near(a=0, b=1, bits=1, transform=7)]
    """
    # Compiled loops take a second to bring in: only for those who compare.
    from firsthand.media.hamming import hash_index

    if len(codes) < 2:
        return []
    turned = _turned(codes)
    index = hash_index(np.ascontiguousarray(turned[:, 0]))
    best: dict[tuple[int, int], tuple[int, int]] = {}
    for symmetry in range(ORIENTATIONS):
        found = index.search(np.ascontiguousarray(turned[:, symmetry]), radius)
        rows = zip(found.query.tolist(), found.item.tolist(), found.bits.tolist(), strict=True)
        for query, item, bits in rows:
            if query == item:
                continue
            forward = query < item
            pair = (query, item) if forward else (item, query)
            # The query was turned to meet the other; read from the other side it is turned back.
            each = (bits, symmetry if forward else INVERSE[symmetry])
            if pair not in best or each < best[pair]:
                best[pair] = each
    return [Near(a, b, bits, turn) for (a, b), (bits, turn) in sorted(best.items())]


def _turned(codes: Sequence[Sequence[bytes]]) -> NDArray[np.uint8]:
    """Return codes as bytes, shape (pictures, symmetries, 32)."""
    rows = np.array([np.frombuffer(b"".join(each), np.uint8) for each in codes])
    return rows.reshape(len(codes), ORIENTATIONS, HASH_BYTES)


def distances(queries: NDArray[np.uint64], base: NDArray[np.uint64]) -> NDArray[np.uint16]:
    """Return how many bits differ, shape (queries, base), of codes of shape (n, 4)."""
    found = np.zeros((len(queries), len(base)), np.uint16)
    for word in range(base.shape[1]):
        found += np.bitwise_count(queries[:, word, None] ^ base[None, :, word])
    return found


def bits_between(one: Print | None, other: Print | None) -> tuple[int, int]:
    """Return how far two prints are apart [bits], and by which symmetry; 256 without hashes."""
    if one is None or other is None or not one.codes or not other.codes:
        return 256, 0
    plain = int.from_bytes(other.codes[0], "big")
    found = [(int.from_bytes(code, "big") ^ plain).bit_count() for code in one.codes]
    turn = min(range(ORIENTATIONS), key=found.__getitem__)
    return found[turn], turn


def widest(codes: Sequence[Sequence[bytes]], most: int = 2000) -> int | None:
    """Return the largest distance [bits] between any two, each pair under its best symmetry.

    None for fewer than two; of more than ``most`` the first stands for all that follow it.
    """
    if len(codes) < 2:
        return None
    words = _turned(codes).view(np.uint64)
    queries = words if len(codes) <= most else words[:1]
    base = np.ascontiguousarray(words[:, 0])
    found = 0
    for start in range(0, len(queries), max(1, BLOCK // len(base))):
        part = queries[start : start + max(1, BLOCK // len(base))]
        best = np.min([distances(part[:, turn], base) for turn in range(ORIENTATIONS)], axis=0)
        found = max(found, int(best.max()))
    return found
