"""A second copy of a case to repair from: a backup, a copied folder, or a full export.

Nothing in it is trusted: it may be damaged itself, or made to harm. Files are only offered, and
whoever takes them holds them against what the ledger of the first case says.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from firsthand.case.blobs import object_path
from firsthand.case.copying import copy_object
from firsthand.case.custody.shelf import MAX_FILE, Shelf
from firsthand.case.files import READ_SIZE, Files
from firsthand.model.errors import BadInput, FirsthandError
from firsthand.model.values import Digest

_KEPT = re.compile(r"case\.json|(?:log|openings|stamps)(?:/[A-Za-z0-9-][A-Za-z0-9._-]*)+")
_HEAD = re.compile(r"((?:[^/]+/)?(?:data/)?)case\.json")

MOST_EXPANDED = 100
"""How many times larger than the zip its log may be (the limit of the export format)."""

_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError)


@dataclass
class SecondCopy:
    """A copy that is open: a shelf with its log, and its objects."""

    shelf: Shelf
    archive: zipfile.ZipFile | None = None
    prefix: str = ""

    def fetch(self, digest: Digest, aside: Path, target: Path, files: Files) -> bool:
        """Put an object into place if the copy has its bytes, read again; False if it has not."""
        name = object_path(digest)
        try:
            if self.archive is None:
                source = self.shelf.root / name
                if source.is_symlink() or not source.is_file():
                    return False
                copy_object(source, aside, target, digest, files)
                return True
            with tempfile.TemporaryDirectory() as folder:
                unpacked = Path(folder) / "object"
                with self.archive.open(self.prefix + name) as member, unpacked.open("xb") as out:
                    shutil.copyfileobj(member, out, READ_SIZE)
                copy_object(unpacked, aside, target, digest, files)
                return True
        except (KeyError, *_UNREADABLE, FirsthandError):
            return False

    def holds(self, digest: Digest) -> bool:
        """Tell whether something lies there under the digest (not yet whether it is right)."""
        name = object_path(digest)
        if self.archive is None:
            return (self.shelf.root / name).is_file()
        return self.prefix + name in self.archive.NameToInfo


@contextlib.contextmanager
def open_copy(path: Path) -> Iterator[SecondCopy]:
    """Open a second copy: a case folder, an unpacked export, or an export zip.

    Raises
    ------
    BadInput
        When there is no case in it.
    """
    if path.is_dir():
        inner = [path, path / "data", *sorted(p for p in path.glob("*") if p.is_dir())]
        inner += [p / "data" for p in inner[2:]]
        for folder in inner:
            if (folder / "case.json").is_file() or (folder / "log" / "checkpoint").is_file():
                yield SecondCopy(Shelf(folder))
                return
        raise BadInput(f"{path} holds no case", hint="name a backup, an export, or a copied case")
    try:
        archive = zipfile.ZipFile(path)
    except _UNREADABLE as error:
        raise BadInput(
            f"{path} cannot be read as a copy of a case",
            why=str(error) or type(error).__name__,
            hint="name a folder or a zip; decrypt an .age file first",
        ) from error
    with archive, tempfile.TemporaryDirectory() as temporary:
        heads = [m for m in map(_HEAD.fullmatch, archive.NameToInfo) if m]
        if not heads:
            raise BadInput(f"{path} holds no case", hint="name an export of this case")
        prefix = heads[0][1]
        _unpack(archive, prefix, Path(temporary), path.stat().st_size * MOST_EXPANDED)
        yield SecondCopy(Shelf(Path(temporary)), archive, prefix)


def _unpack(archive: zipfile.ZipFile, prefix: str, folder: Path, most: int) -> None:
    """Write everything but the objects; a member that cannot be read is left out."""
    for info in archive.infolist():
        name = info.filename.removeprefix(prefix)
        if not info.filename.startswith(prefix) or not _KEPT.fullmatch(name):
            continue
        most -= info.file_size
        if info.file_size > MAX_FILE or most < 0:
            continue
        target = folder / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(info))
        except _UNREADABLE:
            continue
