"""The keys of a log on disk: ``log/keys/<N>`` ends one key at N entries and begins the next.

A file whose N is not below the size of the log was left by a change that did not complete.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from firsthand.case.files import Files
from firsthand.model.errors import BadInput, StorageFailed, VerificationFailed
from firsthand.tlog import VerifierKey
from firsthand.tlog.rotation import KeyChain
from firsthand.tlog.strict import from_decimal


class LogKeys:
    """Which key of a log counts for which size, as its folder says; read again when files come."""

    def __init__(self, folder: Path, first: VerifierKey, files: Files) -> None:
        self.folder = folder / "keys"
        self.files = files
        self._chain = KeyChain.of(first)
        self._read: tuple[int, ...] = ()
        self._first = self._chain

    def chain(self, size: int) -> KeyChain:
        """Return the keys that count up to a log of ``size`` entries.

        Raises
        ------
        VerificationFailed
            When the note of a change is damaged, or not signed by the key before it.
        StorageFailed
            When the disk refuses to give it.
        """
        wanted = tuple(each for each in key_sizes(self.folder) if each < size)
        if wanted != self._read:
            chain = self._first
            for each in wanted:
                chain = self._extended(chain, each)
            self._chain, self._read = chain, wanted
        return self._chain

    def _extended(self, chain: KeyChain, size: int) -> KeyChain:
        try:
            longer = chain.extended(self.files.read(self.folder / str(size)))
            if longer.keys[-1][0] != size:
                raise VerificationFailed("the note is about another size")
        except StorageFailed:
            raise  # the disk does not give it: that says nothing about its bytes
        except (BadInput, VerificationFailed, OSError) as error:
            raise VerificationFailed(
                f"log/keys/{size} is damaged",
                why=str(error),
                hint="run `firsthand verify`; restore log/ from a copy",
            ) from error
        return longer

    def left_overs(self, size: int) -> Iterator[Path]:
        """Yield the notes of changes that a log of ``size`` entries never saw."""
        yield from (self.folder / str(each) for each in key_sizes(self.folder) if each >= size)


def key_sizes(folder: Path) -> list[int]:
    """Return the sizes at which ``log/keys`` says that a key ends, in order."""
    if not folder.is_dir():
        return []
    return sorted(size for path in folder.iterdir() if (size := _size(path.name)) > 0)


def _size(name: str) -> int:
    try:
        return from_decimal(name, "name of a log key")
    except BadInput:
        return 0
