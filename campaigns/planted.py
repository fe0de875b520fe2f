"""Mistakes in the order of writing, planted so that the crash campaign can be seen to find them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from disk import Recorder

from firsthand.case import log as log_module
from firsthand.case.files import Files
from firsthand.case.ledger import Ledger
from firsthand.case.openings import entry_bytes, seal_fields


@contextlib.contextmanager
def replaced(owner: Any, name: str, other: Any) -> Iterator[None]:
    real = getattr(owner, name)
    setattr(owner, name, other)
    try:
        yield
    finally:
        setattr(owner, name, real)


@dataclass(frozen=True)
class Planted:
    """A mistake: flushes that are left out, or a method that does things in another order."""

    scenario: str = "first batch"
    skips: Callable[[str, Path], bool] | None = None
    patch: Callable[[], Any] = contextlib.nullcontext

    def recorder(self, top: Path, *, syncfs: bool = True) -> Recorder:
        if self.skips is None:
            return Recorder(top, syncfs=syncfs)
        made = Forgetful(top, syncfs=syncfs)
        made.skips = self.skips
        return made


class Forgetful(Recorder):
    """Leaves out some flushes."""

    skips: Callable[[str, Path], bool]

    def flush(self, fd: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{fd}"))
        super().flush(fd)
        if self.skips("flush", path):
            self.ops.pop()

    def sync_dir(self, path: Path) -> None:
        if not self.skips("flush_dir", path):
            super().sync_dir(path)

    def sync_all(self, path: Path) -> bool:
        return self.skips("flush_all", path) or super().sync_all(path)


def _file(name: str) -> Callable[[str, Path], bool]:
    return lambda kind, path: kind == "flush" and path.name == name


def _folder(part: str) -> Callable[[str, Path], bool]:
    return lambda kind, path: kind == "flush_dir" and part in path.parts[path.parts.index("disk") :]


def _entries(ledger: Ledger, drafts: Sequence[Any]) -> tuple[int, list[bytes], list[bytes]]:
    size = ledger.size()
    sealed = [draft.sealed or seal_fields(draft.fields) for draft in drafts]
    entries = [entry_bytes(d.kind, s.root) for d, s in zip(drafts, sealed, strict=True)]
    return size, entries, [each.line(size + n) for n, each in enumerate(sealed)]


def _log_before_objects(self: Ledger, drafts: Sequence[Any], staged: Sequence[Any] = ()) -> Any:
    size, entries, lines = _entries(self, drafts)
    self._write_openings(size, lines)
    new = self.log.append(size, entries)
    self._write_objects(size, staged)
    self.finish(size, new)
    return list(range(size, new))


def _openings_last(self: Ledger, drafts: Sequence[Any], staged: Sequence[Any] = ()) -> Any:
    size, entries, lines = _entries(self, drafts)
    self._write_objects(size, staged)
    new = self.log.append(size, entries)
    self._write_openings(size, lines)
    self.finish(size, new)
    return list(range(size, new))


def _journal_first(self: Ledger, old: int, size: int) -> None:
    self.files.remove(self._journal)
    self.log.discard(old, size)
    log_module.remove_all(self.files, self._stray_openings(old, size))


def _tidied_early(self: Ledger, drafts: Sequence[Any], staged: Sequence[Any] = ()) -> Any:
    """Removes the partial tiles of the old size before the new checkpoint is in place."""
    size, entries, lines = _entries(self, drafts)
    self._write_objects(size, staged)
    self._write_openings(size, lines)
    real = self.files.put

    def put(aside: Path, target: Path, data: bytes) -> None:
        if target.name == "checkpoint":
            self.log.discard(size, size + len(entries))
        real(aside, target, data)

    with replaced(self.files, "put", put):
        new = self.log.append(size, entries)
    self.finish(size, new)
    return list(range(size, new))


def _without_journal(self: Ledger, size: int, staged: Sequence[Any]) -> None:
    self.blobs.flush(staged)
    for item in staged:
        self.blobs.put(item)
    self.blobs.settle()


def _in_place(self: Files, aside: Path, target: Path, data: bytes) -> None:
    if target.name != "checkpoint":
        _real_put(self, aside, target, data)
        return
    self.remove(target)
    self.write(target, data)


_real_put = Files.put


def _not_flushed(files: Files, paths: Any) -> None:
    for path in list(paths):
        files.remove(path)
        files.remove_dir(path.parent)


def _method(owner: Any, name: str, other: Any) -> Callable[[], Any]:
    return lambda: replaced(owner, name, other)


PLANTED = {
    "objects are not flushed": Planted(
        skips=lambda kind, path: kind == "flush" and path.name.split("-")[0].isdigit()
    ),
    "many objects are not flushed": Planted("bulk", lambda kind, _: kind == "flush_all"),
    "openings are not flushed": Planted(skips=_file("opening")),
    "tiles are not flushed": Planted(skips=_file("tile")),
    "the checkpoint is not flushed": Planted(skips=_file("checkpoint")),
    "folders of objects are not flushed": Planted(skips=_folder("objects")),
    "folders of openings are not flushed": Planted(skips=_folder("openings")),
    "folders of tiles are not flushed": Planted(skips=_folder("tile")),
    "the folder of the checkpoint is not flushed": Planted(
        skips=lambda kind, path: kind == "flush_dir" and path.name == "log"
    ),
    "the folder of the journal is not flushed": Planted(skips=_folder("incoming")),
    "the folder of a new case is not flushed": Planted(
        "making", lambda kind, path: kind == "flush_dir" and path.name == "case"
    ),
    "copies are not flushed": Planted(
        "stamp and copies", lambda kind, path: kind == "flush_dir" and "stamps" in path.parts
    ),
    "the log before the objects": Planted(patch=_method(Ledger, "append", _log_before_objects)),
    "openings after the checkpoint": Planted(patch=_method(Ledger, "append", _openings_last)),
    "the checkpoint written in place": Planted(patch=_method(Files, "put", _in_place)),
    "the journal removed first": Planted(patch=_method(Ledger, "finish", _journal_first)),
    "old tiles removed before the checkpoint": Planted(
        patch=_method(Ledger, "append", _tidied_early)
    ),
    "objects without a journal": Planted(patch=_method(Ledger, "_write_objects", _without_journal)),
    "what was tidied is not flushed": Planted(
        patch=_method(log_module, "remove_all", _not_flushed)
    ),
}
"""By what was done wrong."""
