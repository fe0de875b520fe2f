"""The history of a case as one file: its log, openings and stamps; and a case made from that again.

The file is a stored zip whose bytes follow from the history alone, so that the same history is the
same exhibit. The objects are not in it: the case that keeps the file keeps them, too.
"""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from firsthand.case.blobs import DiskBlobs, object_path
from firsthand.case.copying import copy_object
from firsthand.case.files import READ_SIZE, Files, storage_error
from firsthand.case.interfaces import Staged
from firsthand.case.ledger import Ledger
from firsthand.case.log import DiskLog
from firsthand.case.log_keys import key_sizes
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput, CaseBusy, StorageFailed
from firsthand.model.values import Digest
from firsthand.tlog import entry_bundles, hash_tiles

MEDIA_TYPE = "application/vnd.firsthand.history+zip"
DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a zip can name (APPNOTE 4.4.6): these bytes have no date of their own."""

_MEMBER = re.compile(r"case\.json|(?:log|openings|stamps)(?:/[A-Za-z0-9][A-Za-z0-9._-]*)+")

Tick = Callable[[int, int | None, str], None]


def quiet(done: int, total: int | None, what: str) -> None:
    """Show nothing."""


class Closed:
    """A case folder that is only read, without touching its catalog or anything else in it."""

    def __init__(self, root: Path, head: Json) -> None:
        self.root = root
        self.origin, self.vkey = str(head["origin"]), str(head["vkey"])
        files = Files()
        self.log = DiskLog(root, self.vkey, files)
        self.blobs = DiskBlobs(root, files)
        self.ledger = Ledger(root, self.log, self.blobs, files)

    def objects(self) -> Iterator[Digest]:
        """Yield the digests of all objects that lie there, in order."""
        for path in sorted((self.root / "objects" / "sha256").glob("[0-9a-f]*/[0-9a-f]*/*")):
            if re.fullmatch("[0-9a-f]{64}", path.name):
                yield Digest(f"sha256:{path.name}")


def history_files(root: Path, size: int) -> Iterator[str]:
    """Yield the files of the history of a case at a size, below its folder, in order."""
    yield "case.json"
    names = [f"log/{tile.path}" for tile in (*hash_tiles(size), *entry_bundles(size))]
    names += [f"log/keys/{each}" for each in key_sizes(root / "log" / "keys") if each < size]
    # A bundle of openings has the name of its entry bundle; one that is withheld has no file.
    bundles = (tile.path.removeprefix("tile/entries/") for tile in entry_bundles(size))
    names += [name for each in bundles if (root / (name := f"openings/{each}")).is_file()]
    names += [p.relative_to(root).as_posix() for p in (root / "stamps").rglob("*") if p.is_file()]
    yield from sorted(["log/checkpoint", *names])


def pack(source: Closed, size: int, target: DiskBlobs) -> Staged:
    """Stage the history of a case of a known size in the waiting room of another.

    Raises
    ------
    CaseBusy
        When somebody wrote to the case meanwhile.
    """
    head = (source.root / "log" / "checkpoint").read_bytes()
    try:
        staged = target.stage_written(lambda stream: _pack(source.root, size, stream))
    except StorageFailed as error:
        if not isinstance(error.__cause__, FileNotFoundError):
            raise
        # The partial tiles of its size are gone: somebody appended.
        raise CaseBusy("the other case changed while it was read", why=error.why) from error
    now = (source.root / "log" / "checkpoint").read_bytes()
    if now != head or source.log.size() != size:
        target.drop(staged)
        raise CaseBusy("the other case changed while it was read", hint="run the command again")
    return staged


def _pack(root: Path, size: int, stream: IO[bytes]) -> None:
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name in history_files(root, size):
            info = zipfile.ZipInfo(name, DATE)
            info.create_system = 3
            info.external_attr = 0o644 << 16
            with (root / name).open("rb") as source:
                info.file_size = os.fstat(source.fileno()).st_size
                with archive.open(info, "w") as member:
                    shutil.copyfileobj(source, member, READ_SIZE)


def unpack(archive: Path, folder: Path) -> None:
    """Write the files of a history into a folder.

    Raises
    ------
    BadInput
        When the archive is none, or names anything else than a history has.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            infos = opened.infolist()
            if sum(info.file_size for info in infos) > archive.stat().st_size:
                raise BadInput("the history cannot be read", why="its files do not fit into it")
            for info in infos:
                if not _MEMBER.fullmatch(info.filename) or info.compress_type:
                    raise BadInput("the history cannot be read", why=repr(info.filename[:80]))
                path = folder / info.filename
                path.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(info) as source, path.open("xb") as target:
                    shutil.copyfileobj(source, target, READ_SIZE)
    except (zipfile.BadZipFile, FileExistsError, EOFError) as error:
        raise BadInput("the history cannot be read", why=str(error)) from error


def restore(
    history: Path, blobs: DiskBlobs, folder: Path, head: Callable[[Path], Json], tick: Tick = quiet
) -> Json:
    """Make a case from its history and from the objects that another case keeps.

    Returns
    -------
    dict
        ``{"folder","origin","size","root","objects","missing"}``; objects that are not kept are
        listed as missing. The private key never was in a case, so the case can be read only.
        All of it is on the disk when this returns.

    Raises
    ------
    BadInput
        When the folder exists and is not empty, or the history is damaged.
    VerificationFailed
        When a kept object is damaged.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} exists and is not empty", hint="choose another folder")
    try:
        for name in ("log", "openings", "objects/sha256", "stamps"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        unpack(history, folder)
        made = Closed(folder, head(folder))
        made.log.check()
        missing, copied = [], 0
        for digest in sorted(_named(made.ledger)):
            tick(copied, None, digest)
            if not blobs.has(digest):
                missing.append(digest)
                continue
            aside, target = folder / "openings" / ".aside", folder / object_path(digest)
            copy_object(blobs.path(digest), aside, target, digest, blobs.files)
            copied += 1
        _settle(folder, blobs.files)
    except OSError as error:
        raise storage_error(error, "restore the case") from error
    point = made.log.checkpoint()
    return {
        "folder": str(folder),
        "origin": made.origin,
        "size": point.size,
        "root": point.root.hex(),
        "objects": copied,
        "missing": missing,
    }


def _settle(folder: Path, files: Files) -> None:
    """Flush every file and every name below a folder, and the name of the folder."""
    if not files.sync_all(folder):
        for base, _, names in os.walk(folder, topdown=False):
            for name in names:
                fd = os.open(os.path.join(base, name), os.O_RDONLY | os.O_NOFOLLOW)
                try:
                    files.flush(fd)
                finally:
                    os.close(fd)
            files.sync_dir(Path(base))
    files.sync_dir(folder.absolute().parent)


def _named(ledger: Ledger) -> set[Digest]:
    return {
        Digest(f"sha256:{item['sha256']}")
        for entry in ledger.entries()
        for item in (entry.fields or {}).get("objects") or ()
    }
