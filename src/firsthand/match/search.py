"""Which pairs of pictures deserve a closer look: near by fingerprint, or with common keypoints."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firsthand.match.index.builder import Builder
from firsthand.match.index.query import Query, described
from firsthand.match.index.search import Index
from firsthand.match.local.coded import Coded
from firsthand.match.local.codes import words_of
from firsthand.match.local.scan import LEAST_AGREEING, Hit, Scan
from firsthand.match.near import REFLECTIONS, near_pairs
from firsthand.match.prints import Print

NEAR = 60
"""Bits of 256 up to which two fingerprints make two pictures worth a closer look. Of 1.16 million
pairs of different photographs the nearest was 80 apart (matching.md, 3a)."""

MOST_EACH = 24
"""Pictures that are looked at closer for each one."""

FEW = 1000
"""Pictures up to which every keypoint meets all others; beyond, an index of words is searched."""

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Hint:
    """Why a pair deserves a closer look: how near [bits] or minus how many keypoints agree."""

    measure: int
    mirrored: bool


def by_print(prints: Mapping[str, Print], wanted: Callable[[str, str], bool]) -> dict[Pair, Hint]:
    """Return pairs of pictures that are near by fingerprint."""
    names = [name for name, made in prints.items() if made.codes]
    having = [prints[name] for name in names]
    found: dict[Pair, Hint] = {}
    for codes in (
        [made.codes for made in having],
        [made.top for made in having],
        [made.bottom for made in having],
    ):
        known = [at for at, each in enumerate(codes) if each]
        for near in near_pairs([codes[at] for at in known], NEAR):
            one, other = names[known[near.a]], names[known[near.b]]
            if wanted(one, other):
                _keep(found, one, other, Hint(near.bits, near.transform >= REFLECTIONS))
    return found


def _keep(found: dict[Pair, Hint], one: str, other: str, hint: Hint) -> None:
    pair = (one, other) if one < other else (other, one)
    if pair not in found or hint.measure < found[pair].measure:
        found[pair] = hint


def fewest(pairs: Mapping[Pair, Hint], most: int) -> set[Pair]:
    """Return the nearest ``most`` of each picture: of 500 copies not all pairs are looked at."""
    count: dict[str, int] = {}
    kept: set[Pair] = set()
    for pair in sorted(pairs, key=lambda each: (pairs[each].measure, each)):
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
) -> dict[Pair, Hint]:
    """Return pairs of pictures with keypoints in common."""
    found: dict[Pair, Hint] = {}
    with _finder(coarse) as search:
        for done, (name, codes) in enumerate(fine.items()):
            tick(done, len(fine), name)
            for hit in search(codes, most + 1):
                if hit.name != name and wanted(name, hit.name):
                    _keep(found, name, hit.name, Hint(-hit.agreeing, hit.mirrored))
    return found


@contextmanager
def _finder(
    pictures: Mapping[str, NDArray[np.void]],
) -> Iterator[Callable[[Coded, int], list[Hit]]]:
    """Yield the search that suits so many pictures."""
    if len(pictures) <= FEW:
        yield Scan(pictures).search
        return
    names = {hashlib.sha256(n.encode(errors="surrogateescape")).digest(): n for n in pictures}
    with tempfile.TemporaryDirectory(prefix="firsthand-") as folder:
        index = _index(Path(folder), {key: pictures[name] for key, name in names.items()})

        def search(query: Coded, most: int) -> list[Hit]:
            return [
                Hit(names[hit.name], hit.support, hit.mirrored)
                for hit in index.search(Query.of_codes(query), most)
                if hit.support >= LEAST_AGREEING
            ]

        yield search


def _index(folder: Path, pictures: Mapping[bytes, NDArray[np.void]]) -> Index:
    with Builder(folder) as builder:
        for name, codes in pictures.items():
            words = words_of(np.clip(described(codes["bits"]), 0, 255).astype(np.uint8))
            builder.add_codes(name, codes, words[:, 0].astype(np.uint16))
    return Index.open(folder)
