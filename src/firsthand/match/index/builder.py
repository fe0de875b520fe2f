"""Filling an index: pictures are gathered in memory and written as segments."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from firsthand.match.index.segment import MOST
from firsthand.match.index.store import Store
from firsthand.match.index.words import words_of
from firsthand.match.local.codes import packed
from firsthand.match.local.features import INDEX_MOST, Features

_SMALL = 8
"""Segments of less than half the usual size that may stand side by side before they are merged."""


class Builder:
    """Adds pictures to an index; a context manager that writes the rest when it ends well.

    What was flushed survives a crash; pictures that were added since then must be added again.
    Memory: 7 kB for each picture that is not yet written, and as much again while writing.
    """

    def __init__(self, folder: Path | Store, most: int = MOST) -> None:
        """Write segments of so many pictures, fewer in the last one."""
        self.store = folder if isinstance(folder, Store) else Store(folder)
        self._most = min(most, MOST)
        self._held: dict[bytes, tuple[NDArray[np.void], NDArray[np.uint16]]] = {}

    def __enter__(self) -> Builder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if kind is None:
            self.flush()
            sizes = [each["pictures"] for each in self.store.read()["segments"]]
            if sum(size < self._most // 2 for size in sizes) > _SMALL:
                self.store.compact(self._most)

    def add(self, name: bytes, features: Features) -> None:
        """Add a picture by its digest; one of this name that is there already is replaced."""
        kept = features.first(INDEX_MOST)
        self.add_codes(name, packed(kept), words_of(kept.descriptors))

    def add_codes(self, name: bytes, codes: NDArray[np.void], words: NDArray[np.uint16]) -> None:
        """Add a picture by codes made elsewhere (:func:`packed`) and their words."""
        self._held[name] = codes, words
        if len(self._held) >= self._most:
            self.flush()

    def flush(self) -> None:
        """Write what was added since the last time as a segment."""
        if not self._held:
            return
        parts = list(self._held.values())
        self.store.add(
            list(self._held),
            np.concatenate([codes for codes, _ in parts]),
            np.concatenate([words for _, words in parts]).astype(np.uint16),
            np.array([len(codes) for codes, _ in parts]),
        )
        self._held = {}
