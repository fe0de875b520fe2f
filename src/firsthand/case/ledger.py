"""The ledger: objects, openings and log written in the one order that survives a crash.

Order of a batch (docs/case-format.md): objects into place and flushed, openings, tiles, checkpoint;
only then is anything acknowledged. The catalog follows and can always be rebuilt.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from firsthand.case.blobs import DiskBlobs, object_path
from firsthand.case.files import Files, storage_error
from firsthand.case.interfaces import LedgerEntry, Staged
from firsthand.case.log import DiskLog, remove_all, strays
from firsthand.case.openings import (
    Opening,
    Sealed,
    check,
    entry_bytes,
    entry_kind,
    read_bundle,
    seal_fields,
)
from firsthand.model import canonical
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput, FirsthandError, StorageFailed
from firsthand.tlog import TILE_WIDTH, Tile


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry that is about to be appended."""

    kind: str
    fields: Mapping[str, Json]
    sealed: Sealed | None = None

    @classmethod
    def checked(cls, kind: str, fields: Mapping[str, Json]) -> Draft:
        """Seal the fields now, so that what cannot be recorded is refused before anything is."""
        return cls(kind, fields, seal_fields(fields))


class Ledger:
    """Entries of a case on disk. Whoever calls :meth:`append` must hold the case's lock."""

    def __init__(self, root: Path, log: DiskLog, blobs: DiskBlobs, files: Files) -> None:
        self.root = root
        self.log = log
        self.blobs = blobs
        self.files = files

    @property
    def _journal(self) -> Path:
        return self.root / "incoming" / "batch.json"

    def append(self, drafts: Sequence[Draft], staged: Sequence[Staged] = ()) -> list[int]:
        """Write a batch durably and return the indices of its entries.

        Raises
        ------
        StorageFailed
            When the disk refuses. The checkpoint then still names the state before, unless it was
            its own last flush that failed: then the batch is there, but perhaps not durably.
        """
        size = self.size()
        sealed = [draft.sealed or seal_fields(draft.fields) for draft in drafts]
        entries = [
            entry_bytes(draft.kind, each.root) for draft, each in zip(drafts, sealed, strict=True)
        ]
        try:
            self._write_objects(size, staged)
            self._write_openings(size, [each.line(size + n) for n, each in enumerate(sealed)])
            new = self.log.append(size, entries)
        except (OSError, StorageFailed) as error:
            with contextlib.suppress(OSError, FirsthandError):
                self.recover()  # give back the space; if that fails too, the next writer does it
            if isinstance(error, StorageFailed):
                raise
            raise storage_error(error, "write to the case") from error
        # The batch is durable; the next writer tidies up.
        with contextlib.suppress(OSError, StorageFailed):
            self.finish(size, new)
        return list(range(size, new))

    def size(self) -> int:
        """Return the number of entries; 0 while the case is being made."""
        return self.log.size()

    def entries(self, start: int = 0, end: int | None = None) -> Iterator[LedgerEntry]:
        """Yield entries with their openings, each checked against the log.

        Raises
        ------
        VerificationFailed
            When an opening does not match its entry, or entries are missing.
        """
        end = self.size() if end is None else end
        bundle: dict[int, Opening] = {}
        loaded = -1
        for index, raw in enumerate(self.log.entries(start, end), start):
            tile = index // TILE_WIDTH
            if tile != loaded:
                bundle, loaded = self._openings(tile), tile
            kind, fields = entry_kind(raw)
            opening = bundle.get(index)
            if opening is not None:
                check(opening, fields)
            if opening is None:
                yield LedgerEntry(index, kind, None, root=fields.hex())
            else:
                opened, hidden = opening.fields, opening.withheld
                yield LedgerEntry(index, kind, opened, hidden, root=fields.hex())

    def interrupted(self) -> bool:
        """Tell whether a batch is being written, or was when its process ended."""
        return self._journal.exists() or any(self.log.keys.left_overs(self.size()))

    def recover(self) -> None:
        """Remove what an interrupted batch left behind. Nothing of it was acknowledged.

        The batch may also have completed and crashed before the journal went: then its objects are
        named by entries and stay.
        """
        self.log.discard_keys()
        try:
            old, brought = self._read_journal()
        except FileNotFoundError:
            return
        except (ValueError, KeyError, TypeError):
            self.files.remove(self._journal)  # torn itself: nothing had been moved yet
            return
        size = self.size()
        places = {self.root / object_path(hexes) for hexes in brought}
        for entry in self.entries(min(old, size)) if brought and size else ():
            brought -= {item["sha256"] for item in (entry.fields or {}).get("objects") or []}
        for hexes in brought:
            self.files.remove(self.root / object_path(hexes))
        # The interrupted batch may have made folders without flushing them.
        for folder in sorted({above for place in places for above in list(place.parents)[:3]}):
            if folder.is_dir():
                self.files.sync_dir(folder)
        self.finish(old, size)

    def begun_at(self, size: int) -> int:
        """Return the size that the log had before an interrupted batch; ``size`` without one."""
        try:
            return self._read_journal()[0]
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return size

    def _read_journal(self) -> tuple[int, set[str]]:
        journal = json.loads(self.files.read(self._journal))
        return int(journal["size"]), {str(hexes) for hexes in journal["objects"]}

    def finish(self, old: int, size: int) -> None:
        """Remove what a tree of ``size`` does not need, and last the note that says so."""
        self.log.discard(old, size)
        remove_all(self.files, self._stray_openings(old, size))
        self.files.remove(self._journal)

    def _write_objects(self, size: int, staged: Sequence[Staged]) -> None:
        fresh = [item for item in staged if not self.blobs.has(item.digest)]
        hexes = sorted({item.digest.removeprefix("sha256:") for item in fresh})
        journal = canonical.dumps({"objects": hexes, "size": size}) + b"\n"
        self.files.put(self._journal.with_name("journal"), self._journal, journal)
        self.files.sync_dir(self._journal.parent)
        self.blobs.flush(staged)
        for item in staged:
            self.blobs.put(item)
        self.blobs.settle()

    def _opening_path(self, tile: int, width: int) -> Path:
        # Named as the entry bundle is, so that one number says where everything of an entry lies.
        return self.root / "openings" / Tile(None, tile, width).path.removeprefix("tile/entries/")

    def _openings(self, tile: int) -> dict[int, Opening]:
        size = self.size()
        path = self._opening_path(tile, min(TILE_WIDTH, size - tile * TILE_WIDTH))
        try:
            return read_bundle(self.files.read(path))
        except FileNotFoundError:
            # Withheld, unless another process appended and the partial bundle became a larger one.
            return {} if self.size() == size else self._openings(tile)
        except StorageFailed:
            raise
        except BadInput as error:
            raise BadInput(
                "opened fields cannot be read",
                why=f"{path}: {error}",
                hint="run `firsthand verify`; restore openings/ from a copy",
            ) from error

    def _write_openings(self, size: int, fresh: Sequence[bytes]) -> None:
        tile, width = divmod(size, TILE_WIDTH)
        first = b""
        if width and (path := self._opening_path(tile, width)).exists():
            first = self.files.read(path)
        folders: set[Path] = set()
        new = size + len(fresh)
        for number in range(tile, -(-new // TILE_WIDTH)):
            base = number * TILE_WIDTH
            part = fresh[max(base - size, 0) : base + TILE_WIDTH - size]
            target = self._opening_path(number, min(TILE_WIDTH, new - base))
            data = (first if number == tile else b"") + b"".join(part)
            self.files.put(self.root / "incoming" / "opening", target, data)
            for folder in (target.parent, *target.parents):
                folders.add(folder)
                if folder == self.root / "openings":
                    break
        for folder in sorted(folders):
            self.files.sync_dir(folder)

    def _stray_openings(self, old: int, size: int) -> Iterator[Path]:
        tile, width = divmod(size, TILE_WIDTH)
        keep = {self._opening_path(tile, width)} if width else set()

        def path_of(number: int) -> Path:
            return self._opening_path(number, TILE_WIDTH)

        yield from strays(path_of, (old // TILE_WIDTH, tile), keep)
