"""Preserved bytes on disk, by SHA-256, read-only: ``objects/sha256/ab/cd/<64 hex>``."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO

from firsthand.case.copying import digest_of_file
from firsthand.case.files import READ_SIZE, Files, is_regular, storage_error
from firsthand.case.interfaces import Staged
from firsthand.model.errors import BadInput, NotFound, VerificationFailed
from firsthand.model.values import Digest, digest_bytes

MANY = 16
"""From this number on, files or folders are flushed together rather than one by one."""

FLUSHERS = 16
"""Threads that flush folders where the system cannot flush everything at once."""

AHEAD = 256
"""Files that may be staged ahead of whoever takes them in."""


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
        self._waiting_for_flush: set[Path] = set()

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
            self.files.drop(path)
            raise storage_error(error, "store an item") from error
        return Staged(Digest("sha256:" + hashlib.sha256(data).hexdigest()), len(data), path)

    def stage_written(self, write: Callable[[IO[bytes]], None]) -> Staged:
        """Let a function write a file in the waiting room; flush it and hash what is there."""
        path = self._waiting()
        try:
            with os.fdopen(self.files.create(path), "wb") as stream:
                write(stream)
                stream.flush()
                self.files.flush(stream.fileno())
            return Staged(digest_of_file(path), path.stat().st_size, path)
        except OSError as error:
            self.files.drop(path)
            raise storage_error(error, "store an item") from error
        except BaseException:
            self.files.drop(path)
            raise

    def stage(self, source: Path, *, now: bool = True) -> Staged:
        """Copy a file into the waiting room, hashing each byte once on the way.

        ``now``: flush it at once; otherwise :meth:`flush` does so for many together.

        Raises
        ------
        BadInput
            When the source is a link, not a regular file, unreadable, or changes while read.
        StorageFailed
            When the case cannot be written.
        """
        try:
            is_regular(source)
            # Without waiting: a pipe may stand there by now.
            reader = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError as error:
            raise BadInput("vanished before it could be read") from error
        except OSError as error:
            raise BadInput("cannot be read", why=os.strerror(error.errno or 0)) from error
        path = self._waiting()
        try:
            return self._copy(reader, path, now=now)
        except BaseException:
            self.files.drop(path)
            raise
        finally:
            os.close(reader)

    def _copy(self, reader: int, path: Path, *, now: bool) -> Staged:
        before = os.fstat(reader)
        try:
            writer = self.files.create(path)
        except OSError as error:
            raise storage_error(error, "store an item") from error
        hasher = hashlib.sha256()
        size = 0
        buffer = memoryview(bytearray(min(READ_SIZE, before.st_size + 1)))
        try:
            while True:
                try:
                    count = os.readv(reader, [buffer])
                except OSError as error:
                    raise BadInput("cannot be read", why=os.strerror(error.errno or 0)) from error
                if not count:
                    break
                hasher.update(buffer[:count])
                size += count
                try:
                    self.files.extend(writer, buffer[:count])
                except OSError as error:
                    raise storage_error(error, "store an item") from error
            try:
                if now:
                    self.files.flush(writer)
                else:
                    self.files.start_flush(writer)
                    self._waiting_for_flush.add(path)
            except OSError as error:
                raise storage_error(error, "store an item") from error
        finally:
            os.close(writer)
        after = os.fstat(reader)
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise BadInput(
                "changed while it was read", hint="add it again when nothing writes to it"
            )
        return Staged(Digest("sha256:" + hasher.hexdigest()), size, path)

    def stage_many(
        self, sources: Iterable[Path], *, workers: int = 0
    ) -> Iterator[tuple[Path, Staged | Exception]]:
        """Stage files on threads (hashing and writing release the interpreter), in order.

        At most ``AHEAD`` files wait at a time, so memory and disk stay bounded.
        """
        pending = iter(sources)
        stage = partial(self.stage, now=False)
        with ThreadPoolExecutor(workers or min(4, os.cpu_count() or 1)) as pool:
            window = [(p, pool.submit(_attempt, stage, p)) for p in islice(pending, AHEAD)]
            try:
                while window:
                    path, job = window.pop(0)
                    for following in islice(pending, 1):
                        window.append((following, pool.submit(_attempt, stage, following)))
                    yield path, job.result()
            finally:
                for _, job in window:  # only when whoever asked wants no more
                    if isinstance(staged := job.result(), Staged):
                        self.files.drop(staged.path)

    def flush(self, staged: Sequence[Staged]) -> None:
        """Make the bytes of staged items durable that were not flushed one by one."""
        paths = [item.path for item in staged if item.path in self._waiting_for_flush]
        if len(paths) < MANY or not self.files.sync_all(self.root):
            for path in paths:
                fd = os.open(path, os.O_RDONLY)
                try:
                    self.files.flush(fd)
                finally:
                    os.close(fd)
        self._waiting_for_flush.difference_update(paths)

    def drop(self, staged: Staged) -> None:
        """Give up staged bytes."""
        self._waiting_for_flush.discard(staged.path)
        self.files.drop(staged.path)

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
        folders = sorted(self._dirty)
        if len(folders) < MANY or not self.files.sync_all(self.root):
            # Flushes that wait together share one commit of the file system's journal.
            with ThreadPoolExecutor(FLUSHERS if len(folders) >= MANY else 1) as pool:
                for _ in pool.map(self.files.sync_dir, folders):
                    pass
        self._dirty.clear()

    def get(self, digest: Digest) -> bytes:
        """Return the bytes of an object.

        Raises
        ------
        NotFound
            When the case does not hold it.
        VerificationFailed
            When the bytes are not those that were preserved.
        """
        try:
            data = self.files.read(self.path(digest))
        except FileNotFoundError as error:
            raise NotFound(f"object {digest} is not in the case") from error
        if digest_bytes(data) != digest:
            raise VerificationFailed(
                f"object {digest} was altered",
                why="its bytes have another digest",
                hint="run `firsthand verify` for the whole picture; restore objects/ from a copy",
            )
        return data

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
