"""Which of many films may have something in common with one; only those are laid on one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from firsthand.match.film.guesses import NEAR_BITS, SEEN
from firsthand.match.film.link import FilmLink, link_films
from firsthand.match.film.strip import Strip
from firsthand.match.local.scan import Scan
from firsthand.media.hamming import hash_index

CODE_BITS = 46
"""Bits of 256 up to which fingerprints make a candidate among many films; below the 60 of one pair
since an index of many finds chance neighbours, and up to 47 it finds all by their parts."""

MOST = 10
"""Films that are looked at closer for each one."""

_FRAMES, _FINE = 80, 8
_MATES = 30

assert CODE_BITS <= NEAR_BITS


class FilmIndex:
    """Fingerprints and keypoints of many films, and the search for those that share something."""

    def __init__(self, strips: Mapping[str, Strip]) -> None:
        """Take in all films; the strips themselves are not kept."""
        codes, owners = [np.zeros((0, 32), np.uint8)], []
        points: dict[str, NDArray[np.void]] = {}
        self._films = list(strips)
        for at, strip in enumerate(strips.values()):
            for plain, seen in (
                (strip.codes, strip.quality),
                (strip.inner_codes, strip.inner_quality),
            ):
                unlike = np.unique(plain[seen >= SEEN, 0], axis=0)
                codes.append(unlike)
                owners.append(np.full(len(unlike), at))
            points |= {
                f"{at} {n}": key.codes for n, key in enumerate(strip.keys) if len(key.coarse)
            }
        self._codes = hash_index(np.ascontiguousarray(np.concatenate(codes)))
        self._owners = np.concatenate([*owners, np.zeros(0, np.int64)]).astype(np.int64)
        self._scan = Scan(points)

    def candidates(self, strip: Strip, most: int = MOST) -> list[str]:
        """Return the films that may share something with this one, the likeliest first."""
        by_codes = self._by_codes(strip)
        by_points: Counter[int] = Counter()
        for key in strip.fine[:: -(-max(len(strip.fine), 1) // _FINE)]:
            assert key.wanted is not None
            for hit in self._scan.search(key.wanted, _MATES):
                film = int(hit.name.partition(" ")[0])
                by_points[film] = max(by_points[film], hit.agreeing)
        # Either kind fills half; neither must push out what only the other sees.
        order = [film for film, _ in by_codes.most_common(most)]
        order += [film for film, _ in by_points.most_common(most) if film not in order]
        return [self._films[film] for film in order]

    def _by_codes(self, strip: Strip) -> Counter[int]:
        found: Counter[int] = Counter()
        for plain, seen in (
            (strip.codes, strip.quality),
            (strip.inner_codes, strip.inner_quality),
        ):
            told = np.flatnonzero(seen >= SEEN)
            told = told[:: -(-max(len(told), 1) // _FRAMES)]
            if not len(told):
                continue
            queries = np.ascontiguousarray(plain[told].reshape(-1, 32))
            matches = self._codes.search(queries, CODE_BITS)
            pairs = np.unique(np.stack([matches.query // 8, self._owners[matches.item]]), axis=1)
            for film in pairs[1]:
                found[int(film)] += 1
        return found


def search(
    strip: Strip, index: FilmIndex, opened: Callable[[str], Strip], leave_out: str | None = None
) -> dict[str, list[FilmLink]]:
    """Return the links of a film with those of an index, by name; films without any are left out.

    ``opened`` gives the strip of a candidate; ``leave_out`` is the film itself, when it is there.
    """
    found = {}
    for name in index.candidates(strip):
        if name != leave_out and (links := link_films(strip, opened(name))):
            found[name] = links
    return found
