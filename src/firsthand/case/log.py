"""The signed log on disk: C2SP tiles, entry bundles, and one checkpoint that decides everything."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

from firsthand.case.files import Files
from firsthand.case.log_keys import LogKeys
from firsthand.model.errors import BadInput, CaseBusy, NotACase, StorageFailed, VerificationFailed
from firsthand.tlog import (
    TILE_WIDTH,
    Checkpoint,
    Frontier,
    SignedCheckpoint,
    Signer,
    Tile,
    TileHashes,
    VerifierKey,
    decode_bundle,
    grow_bundles,
    grow_tiles,
    leaf_hashes,
    tile_at,
)

MAX_LEVELS = 8
"""256**8 entries fill every level; no log on earth is larger."""


class DiskLog:
    """A log below ``CASE/log``; whoever appends must hold the case's lock."""

    def __init__(self, case: Path, vkey: str, files: Files, signer: Signer | None = None) -> None:
        self.folder = case / "log"
        self.aside = case / "incoming"
        self.files = files
        self.signer = signer
        self.key = VerifierKey.parse(vkey)
        """The first key; :meth:`key_for` gives the one that counts for a size."""
        self.keys = LogKeys(self.folder, self.key, files)

    def read_tile(self, path: str) -> bytes:
        """Return the bytes of a tile or bundle by its path below the log's folder, unchecked.

        Raises
        ------
        VerificationFailed
            When it is missing.
        """
        try:
            return self.files.read(self.folder / path)
        except FileNotFoundError as error:
            raise VerificationFailed(
                "part of the log is missing",
                why=path,
                hint="run `firsthand verify`; restore log/ from a copy",
            ) from error

    def checkpoint(self) -> Checkpoint:
        """Return the signed tree head.

        Raises
        ------
        NotACase
            When there is none.
        VerificationFailed
            When its signature or form is wrong.
        """
        try:
            data = self.files.read(self.folder / "checkpoint")
        except FileNotFoundError as error:
            raise NotACase("the log has no checkpoint", why=str(self.folder)) from error
        try:
            # Keys are read after the checkpoint: a note about one is written before it.
            signed = SignedCheckpoint.parse(data)
            return self.keys.chain(signed.checkpoint.size).verify(signed)
        except StorageFailed:
            raise
        except (BadInput, VerificationFailed) as error:
            raise VerificationFailed(
                "the checkpoint of the log is damaged",
                why=str(error),
                hint="run `firsthand verify`; restore log/ from a copy",
            ) from error

    def key_for(self, size: int) -> VerifierKey:
        """Return the key whose signature counts for a log of ``size`` entries."""
        return self.keys.chain(size).key_for(size)

    def size(self) -> int:
        """Return the number of entries that the checkpoint covers; 0 in a log that is new."""
        return self.checkpoint().size if (self.folder / "checkpoint").exists() else 0

    def entries(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the entries ``[start, end)``, each bundle read once."""
        end = min(end, self.size())
        for number in range(start // TILE_WIDTH, -(-end // TILE_WIDTH)):
            base = number * TILE_WIDTH
            yield from self._bundle(number)[max(start - base, 0) : end - base]

    def _bundle(self, number: int) -> list[bytes]:
        size = self.size()
        while True:
            tile = tile_at(None, number, size)
            try:
                return decode_bundle(self.read_tile(tile.path), tile.width)
            except VerificationFailed:
                # Another process may have appended: the partial bundle has become a larger one.
                size, before = self.size(), size
                if size == before:
                    raise

    def check(self) -> None:
        """Compare all entries with the checkpoint.

        Raises
        ------
        VerificationFailed
            When they are not what was signed.
        """
        if not (size := self.size()):
            return
        head = self.checkpoint()
        if self.root_at(head.size) != head.root:
            raise VerificationFailed(
                "the entries of the log are not those that were signed",
                why=f"another root at {size} entries",
                hint="run `firsthand verify`; restore log/ from a copy",
            )

    def root_at(self, size: int) -> bytes:
        """Return the root over the first ``size`` entries, computed from the entries themselves."""
        tree = Frontier()
        for number in range(-(-size // TILE_WIDTH)):
            tree.extend(leaf_hashes(self._bundle(number)[: size - number * TILE_WIDTH]))
        return tree.root()

    def append(self, expected_size: int, entries: Sequence[bytes]) -> int:
        """Append entries durably; return the new size."""
        if self.signer is None:
            raise BadInput("the log was opened for reading")
        size = self.size()
        if size != expected_size:
            raise CaseBusy("the log has moved on", why=f"{size} entries, not {expected_size}")
        new = size + len(entries)
        if self.signer.verifier != self.key_for(new):
            raise CaseBusy(
                "the key of the log was replaced meanwhile", hint="run the same command again"
            )
        leaves = leaf_hashes(entries)
        frontier = TileHashes(size, self.read_tile).frontier()
        if size and frontier.root() != self.checkpoint().root:
            raise VerificationFailed(
                "the log cannot be continued",
                why="its tiles are not those of its checkpoint",
                hint="run `firsthand verify`; restore log/ from a copy",
            )
        frontier.extend(leaves)
        folders: set[Path] = set()
        written = grow_bundles(entries, size, self.read_tile) | grow_tiles(
            leaves, size, self.read_tile
        )
        for path, data in written.items():
            self._put(self.folder / path, data, folders)
        for folder in sorted(folders):
            self.files.sync_dir(folder)
        signed = Checkpoint(self.key.name, new, frontier.root()).signed_by(self.signer)
        self.files.put(self.aside / "checkpoint", self.folder / "checkpoint", bytes(signed))
        self.files.sync_dir(self.folder)
        return new

    def discard(self, old: int, size: int) -> None:
        """Remove what an append from ``old`` entries on left behind beside a tree of ``size``."""
        remove_all(self.files, left_overs(self.folder, old, size))

    def discard_keys(self) -> None:
        """Remove the note of a change of keys that did not complete, durably."""
        remove_all(self.files, self.keys.left_overs(self.size()))

    def _put(self, path: Path, data: bytes, folders: set[Path]) -> None:
        for folder in path.parents:
            folders.add(folder)
            if folder == self.folder:
                break
        self.files.put(self.aside / "tile", path, data)


def right_edge(size: int) -> list[str]:
    """Return the paths of the partial tiles and the partial bundle of a tree of this size."""
    paths: list[str] = []
    level, count = 0, size
    while count:
        number, width = divmod(count, TILE_WIDTH)
        if width:
            if level == 0:
                paths.append(Tile(None, number, width).path)
            paths.append(Tile(level, number, width).path)
        level, count = level + 1, number
    return paths


def remove_all(files: Files, paths: Iterable[Path]) -> None:
    """Remove files and the folders that they leave empty, durably."""
    folders: set[Path] = set()
    for path in list(paths):
        files.remove(path)
        files.remove_dir(path.parent)
        folders.add(path.parent)
    for folder in sorted({f if f.is_dir() else f.parent for f in folders}):
        files.sync_dir(folder)


def left_overs(folder: Path, old: int, size: int) -> Iterator[Path]:
    """Yield tiles and bundles from the edge of ``old`` on that a tree of ``size`` has not."""
    keep = {folder / path for path in right_edge(size)}
    for level in range(MAX_LEVELS):
        old, size = old // TILE_WIDTH, size // TILE_WIDTH
        for kind in (level, None) if level == 0 else (level,):

            def path_of(number: int, kind: int | None = kind) -> Path:
                return folder / Tile(kind, number).path

            yield from strays(path_of, (old, size), keep)


def strays(
    path_of: Callable[[int], Path], edges: tuple[int, int], keep: Collection[Path]
) -> Iterator[Path]:
    """Yield files of one kind that do not belong: partial ones but for ``keep``, full ones beyond.

    ``edges`` are the number of full files before the interrupted append and now. Assumes that an
    append writes from the edge on, without leaving a hole.
    """
    number = min(edges)
    while True:
        full = path_of(number)
        partials = full.with_name(full.name + ".p")
        there = sorted(partials.iterdir()) if partials.is_dir() else []
        yield from (path for path in there if path not in keep)
        if full.is_file():
            there.append(full)
            if number >= edges[1]:
                yield full
        if not there and number >= edges[1]:
            return
        number += 1
