"""Which pairs of pictures deserve a closer look: near by fingerprint, or with common keypoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from firsthand.match.local.coded import Coded
from firsthand.match.local.scan import Scan
from firsthand.match.near import near_pairs
from firsthand.match.prints import Print

NEAR = 60
"""Bits of 256 up to which two fingerprints make two pictures worth a closer look. Of 1.16 million
pairs of different photographs the nearest was 80 apart (matching.md, 3a)."""

MOST_EACH = 24
"""Pictures that are looked at closer for each one."""

Pair = tuple[str, str]


def by_print(prints: Mapping[str, Print], wanted: Callable[[str, str], bool]) -> dict[Pair, int]:
    """Return pairs of pictures that are near by fingerprint, and how far [bits of 256]."""
    names = [name for name, made in prints.items() if made.codes]
    having = [prints[name] for name in names]
    found: dict[Pair, int] = {}
    for codes in (
        [made.codes for made in having],
        [made.top for made in having],
        [made.bottom for made in having],
    ):
        known = [at for at, each in enumerate(codes) if each]
        for near in near_pairs([codes[at] for at in known], NEAR):
            one, other = names[known[near.a]], names[known[near.b]]
            if wanted(one, other):
                pair = (min(one, other), max(one, other))
                found[pair] = min(near.bits, found.get(pair, near.bits))
    return found


def fewest(pairs: Mapping[Pair, float], most: int = MOST_EACH) -> set[Pair]:
    """Return the nearest ``most`` of each picture: of 500 copies not all pairs are looked at."""
    count: dict[str, int] = {}
    kept: set[Pair] = set()
    for pair in sorted(pairs, key=lambda each: (pairs[each], each)):
        if min(count.get(name, 0) for name in pair) < most:
            kept.add(pair)
            for name in pair:
                count[name] = count.get(name, 0) + 1
    return kept


def by_keypoints(
    coarse: Mapping[str, NDArray[np.void]],
    fine: Mapping[str, Coded],
    wanted: Callable[[str, str], bool],
    most: int = MOST_EACH,
    tick: Callable[[int, int, str], None] = lambda *_: None,
) -> dict[Pair, int]:
    """Return pairs of pictures with keypoints in common, and minus how many."""
    index = Scan(coarse)
    found: dict[Pair, int] = {}
    for done, (name, each) in enumerate(fine.items()):
        tick(done, len(fine), name)
        for other, votes in index.search(each, most + 1):
            if other != name and wanted(name, other):
                pair = (min(name, other), max(name, other))
                found[pair] = min(-votes, found.get(pair, -votes))
    return found
