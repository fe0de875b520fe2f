"""Preserved bytes on disk, by SHA-256, read-only: ``objects/sha256/ab/cd/<64 hex>``."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from firsthand.case.files import READ_SIZE, Files, is_regular, storage_error
from firsthand.case.interfaces import Staged
from firsthand.model.errors import BadInput, NotFound
from firsthand.model.values import Digest


def object_path(digest: str) -> str:
    """Return the place of an object below the case folder.

    >>> object_path("sha256:" + "ab" * 32)[:29]
    'objects/sha256/ab/ab/abababab'
    """
    hexes = digest.removeprefix("sha256:")
    return f"objects/sha256/{hexes[:2]}/{hexes[2:4]}/{hexes}"


class DiskBlobs:
    """Blobs below a case folder; new bytes wait in ``incoming/`` on the same file system."""

    def __init__(self, root: Path, files: Files) -> None:
        self.root = root
        self.files = files
        self._dirty: set[Path] = set()

    def path(self, digest: str) -> Path:
        """Return where the bytes lie (or would lie)."""
        return self.root / object_path(digest)

    def has(self, digest: Digest) -> bool:
        """Tell whether the bytes are kept."""
        return self.path(digest).is_file()

    def stage_bytes(self, data: bytes) -> Staged:
        """Put bytes into the waiting room and flush them."""
        path = self._waiting()
        try:
            self.files.write(path, data)
        except OSError as error:
            self.files.remove(path)
            raise storage_error(error, "store an item") from error
        return Staged(Digest("sha256:" + hashlib.sha256(data).hexdigest()), len(data), path)

    def stage(self, source: Path) -> Staged:
        """Copy a file into the waiting room, hashing each byte once on the way.

        Raises
        ------
        BadInput
            When the source is a link, not a regular file, unreadable, or changes while read.
        StorageFailed
            When the case cannot be written.
        """
        is_regular(source)
        path = self._waiting()
        try:
            reader = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError as error:
            raise BadInput("cannot be read", why=os.strerror(error.errno or 0)) from error
        try:
            return self._copy(reader, path)
        except BaseException:
            self.files.remove(path)
            raise
        finally:
            os.close(reader)

    def _copy(self, reader: int, path: Path) -> Staged:
        expected = os.fstat(reader).st_size
        try:
            writer = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
        except OSError as error:
            raise storage_error(error, "store an item") from error
        hasher = hashlib.sha256()
        size = 0
        buffer = memoryview(bytearray(min(READ_SIZE, expected + 1)))
        try:
            while True:
                try:
                    count = os.readv(reader, [buffer])
                except OSError as error:
                    raise BadInput("cannot be read", why=os.strerror(error.errno or 0)) from error
                if not count:
                    break
                chunk = buffer[:count]
                hasher.update(chunk)
                size += count
                try:
                    while chunk:
                        chunk = chunk[os.write(writer, chunk) :]
                except OSError as error:
                    raise storage_error(error, "store an item") from error
            try:
                os.fsync(writer)
            except OSError as error:
                raise storage_error(error, "store an item") from error
        finally:
            os.close(writer)
        return Staged(Digest("sha256:" + hasher.hexdigest()), size, path)

    def stage_many(
        self, sources: Iterable[Path], *, workers: int = 4
    ) -> Iterator[tuple[Path, Staged | Exception]]:
        """Stage files on threads (hashing and writing release the interpreter), in order.

        At most ``4 * workers`` files wait at a time, so memory and disk stay bounded.
        """
        pending = iter(sources)
        with ThreadPoolExecutor(workers) as pool:
            window = [(p, pool.submit(_attempt, self.stage, p)) for p in islice(pending, 4 * workers)]
            while window:
                path, job = window.pop(0)
                for following in islice(pending, 1):
                    window.append((following, pool.submit(_attempt, self.stage, following)))
                yield path, job.result()

    def put(self, staged: Staged) -> bool:
        """Move staged bytes into place; False when they were there already."""
        target = self.path(staged.digest)
        if target.is_file():
            self.files.remove(staged.path)
            return False
        missing = [p for p in (target.parent.parent, target.parent) if not p.is_dir()]
        self.files.make_dir(target.parent)
        self.files.freeze(staged.path)
        self.files.rename(staged.path, target)
        self._dirty.add(target.parent)
        self._dirty.update(p.parent for p in missing)
        return True

    def settle(self) -> None:
        """Flush the names of everything that was put since the last call."""
        for folder in sorted(self._dirty):
            self.files.sync_dir(folder)
        self._dirty.clear()

    def get(self, digest: Digest) -> bytes:
        """Return the bytes of an object.

        Raises
        ------
        NotFound
            When the case does not hold it.
        """
        try:
            return self.files.read(self.path(digest))
        except FileNotFoundError as error:
            raise NotFound(f"object {digest} is not in the case") from error

    def verify(self, digest: Digest) -> bool:
        """Read an object again and compare its digest."""
        try:
            with open(self.path(digest), "rb") as stream:
                return "sha256:" + hashlib.file_digest(stream, "sha256").hexdigest() == digest
        except FileNotFoundError as error:
            raise NotFound(f"object {digest} is not in the case") from error

    def _waiting(self) -> Path:
        return self.root / "incoming" / f"{os.getpid()}-{secrets.token_hex(8)}"

    def sweep(self) -> None:
        """Remove staged bytes whose process is gone: they were never part of the case."""
        for path in (self.root / "incoming").iterdir():
            owner = path.name.split("-")[0]
            if owner.isdigit() and not alive(int(owner)):
                self.files.remove(path)


def alive(pid: int) -> bool:
    """Tell whether a process of this machine is still there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _attempt(stage: Callable[[Path], Staged], path: Path) -> Staged | Exception:
    try:
        return stage(path)
    except Exception as error:
        return error
