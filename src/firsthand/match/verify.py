"""Looks closer at pairs of pictures that may have something in common."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from firsthand.match.local.pairs import PairLink, compare, directed
from firsthand.match.local.picture import Picture

MOST_HELD = 192
"""Pictures that are held in memory at a time, about 1 MB each."""

Pair = tuple[str, str]
Open = Callable[[str], Picture | None]


class Verifier:
    """Compares pairs by name; pictures are opened when needed and the last ones kept."""

    def __init__(self, open_picture: Open, jobs: int = 1) -> None:
        """Take what opens a picture by its name, from any thread (None: it cannot be opened)."""
        self._open = open_picture
        self._jobs = jobs
        self._held: OrderedDict[str, Picture | None] = OrderedDict()
        self._lock = threading.Lock()

    def verify(
        self,
        pairs: Mapping[Pair, bool | None],
        which_way: Collection[Pair] | None = None,
        tick: Callable[[int, int, str], None] = lambda *_: None,
    ) -> Iterator[tuple[Pair, PairLink | None]]:
        """Yield what the two pictures of each pair are to each other, in order of pairs.

        ``pairs``: whether one is mirrored; None where that is not known. ``which_way``: those of
        which is asked which was made from which, which takes longer than all else; None for all.
        """
        ordered = sorted(pairs)
        with ThreadPoolExecutor(self._jobs) as pool:
            results = pool.map(
                lambda pair: self._one(pair, pairs[pair], which_way is None or pair in which_way),
                ordered,
            )
            for done, (pair, found) in enumerate(zip(ordered, results, strict=True)):
                tick(done, len(ordered), pair[0])
                yield pair, found
        tick(len(ordered), len(ordered), "")

    def _one(self, pair: Pair, turned: bool | None, which_way: bool) -> PairLink | None:
        one, other = self.picture(pair[0]), self.picture(pair[1])
        if one is None or other is None:
            return None
        found = compare(one, other, mirror=turned)
        return directed(found, one, other) if found is not None and which_way else found

    def picture(self, name: str) -> Picture | None:
        """Return a picture, or None when it cannot be opened (any more)."""
        with self._lock:
            if name in self._held:
                self._held.move_to_end(name)
                return self._held[name]
        opened = self._open(name)
        with self._lock:
            self._held[name] = opened
            while len(self._held) > MOST_HELD:
                self._held.popitem(last=False)
        return opened
