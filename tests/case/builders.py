"""Files that fail on purpose, and what a case folder holds."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from firsthand.case import Case
from firsthand.case.blobs import DiskBlobs
from firsthand.case.files import Files
from firsthand.case.ledger import Ledger
from firsthand.case.log import DiskLog
from firsthand.model.nouns import Note

CALLS = (
    "make_dir", "create", "extend", "flush", "rename", "freeze", "sync_dir", "remove", "remove_dir",
)  # fmt: skip
"""Every call of Files that changes the disk, none of which is made of others."""


class Crash(BaseException):
    """The process ends here; nothing of it can be caught."""


class BrokenFiles(Files):
    """Does as told up to the k-th call, which raises instead (and every later one, if it must)."""

    def __init__(self, at: int, error: Callable[[], BaseException], *, lasting: bool) -> None:
        self.calls: list[str] = []
        self.at = at
        self.error = error
        self.lasting = lasting

    def passes(self, name: str) -> None:
        self.calls.append(name)
        number = len(self.calls)
        if number == self.at or (self.lasting and number > self.at > 0):
            raise self.error()


def _guard(name: str) -> Any:
    real = getattr(Files, name)

    def call(self: BrokenFiles, *args: Any) -> Any:
        self.passes(name)
        return real(self, *args)

    return call


for _name in CALLS:
    setattr(BrokenFiles, _name, _guard(_name))


def break_files(case: Case, files: Files) -> None:
    """Let an open case use other file operations from now on."""
    case.files = files
    case.log = DiskLog(case.root, case.vkey, files, case.log.signer)
    case.blobs = DiskBlobs(case.root, files)
    case.ledger = Ledger(case.root, case.log, case.blobs, files)


def note(number: int) -> Note:
    return Note(id=f"note-{number}", subject="case", text=f"note {number}")


def grow(case: Case, size: int) -> None:
    """Append notes until the case has so many entries."""
    with case.batch(by="tester") as batch:
        for number in range(case.ledger.size(), size):
            batch.noun("note", note(number))


def bring(case: Case, data: bytes, *notes: int) -> None:
    """Append one batch: an exhibit with these bytes, and notes."""
    staged = case.blobs.stage_bytes(data)
    with case.batch(by="tester") as batch:
        batch.exhibit(staged, "application/octet-stream")
        for number in notes:
            batch.noun("note", note(number))


def evidence(root: Path) -> dict[str, str]:
    """Return path and digest of all files that are evidence: no working files."""
    found = {}
    for name in ("case.json", "log", "openings", "objects", "stamps"):
        top = root / name
        paths = [top] if top.is_file() else sorted(top.rglob("*"))
        for path in paths:
            if path.is_file():
                data = hashlib.sha256(path.read_bytes()).hexdigest()
                found[os.fspath(path.relative_to(root))] = data
    return found
