"""The only place where a case touches the file system, as an object that tests can replace.

Every durable step of the store is one of these calls, so a fault can be injected at each of them
(a full disk, an input/output error, a crash between two calls).
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

from firsthand.model.errors import BadInput, CaseBusy, StorageFailed

READ_SIZE = 1 << 20
"""Bytes read at a time: large enough for hashing to be the limit, small enough for memory."""

_HINTS = {
    errno.ENOSPC: "free some space, then run the same command again; nothing acknowledged is lost",
    errno.EDQUOT: "the disk quota is used up; free some space, then run the same command again",
    errno.EROFS: "the case lies on a read-only file system; copy it to a disk that can be written",
    errno.EACCES: "check the permissions of the case folder",
    errno.EPERM: "check the permissions of the case folder",
    errno.EIO: "the disk reports an input/output error; copy the case elsewhere and verify it",
}


_RANGE_WRITE = 2
"""SYNC_FILE_RANGE_WRITE of sync_file_range(2): start, do not wait."""


def _library() -> ctypes.CDLL | None:
    system = os.uname()
    version = re.match(r"(\d+)\.(\d+)", system.release)
    if system.sysname != "Linux" or version is None:
        return None
    if (int(version[1]), int(version[2])) < (5, 8):
        return None
    library = ctypes.CDLL(None, use_errno=True)
    known = hasattr(library, "syncfs") and hasattr(library, "sync_file_range")
    return library if known else None


_LIBC = _library()


def storage_error(error: OSError, doing: str) -> StorageFailed:
    """Turn an operating system error into one that says what to do next."""
    where = f" ({error.filename})" if error.filename else ""
    return StorageFailed(
        f"could not {doing}",
        why=f"{os.strerror(error.errno or errno.EIO)}{where}",
        hint=_HINTS.get(error.errno or 0, "check the disk, then run the same command again"),
    )


class Files:
    """Durable file operations below one folder."""

    def make_dir(self, path: Path) -> None:
        """Create a folder and its parents; it may be there already."""
        path.mkdir(parents=True, exist_ok=True)

    def create(self, path: Path) -> int:
        """Create a file that must not be there; return its descriptor, which the caller closes."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)

    def extend(self, fd: int, data: memoryview) -> None:
        """Write all bytes at the end of what was written so far."""
        while data:
            data = data[os.write(fd, data) :]

    def flush(self, fd: int) -> None:
        """Flush a file to the disk."""
        os.fsync(fd)

    def start_flush(self, fd: int) -> None:
        """Let the disk begin with what was written, without waiting; only a matter of speed."""
        if _LIBC is not None:
            _LIBC.sync_file_range(fd, ctypes.c_int64(0), ctypes.c_int64(0), _RANGE_WRITE)

    def sync_all(self, path: Path) -> bool:
        """Flush everything on the file system of a folder; False where that is not to be had.

        One such call for many files and folders is far quicker than one flush for each. Linux
        reports lost writes through it since 5.8 (syncfs(2)); elsewhere callers flush one by one.
        """
        if _LIBC is None:
            return False
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            if _LIBC.syncfs(fd) != 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number), str(path))
        finally:
            os.close(fd)
        return True

    def write(self, path: Path, data: bytes) -> None:
        """Create a file with these bytes and flush it to the disk; it must not be there."""
        fd = self.create(path)
        try:
            self.extend(fd, memoryview(data))
            self.flush(fd)
        finally:
            os.close(fd)

    def rename(self, source: Path, target: Path) -> None:
        """Move a file into place, replacing what is there."""
        os.rename(source, target)

    def freeze(self, path: Path) -> None:
        """Make a file read-only."""
        os.chmod(path, 0o444)

    def sync_dir(self, path: Path) -> None:
        """Flush the names in a folder to the disk."""
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def remove(self, path: Path) -> None:
        """Remove a file if it is there."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)

    def drop(self, path: Path) -> None:
        """Remove a working file if that is possible; the next writer sweeps what stays."""
        with contextlib.suppress(OSError):
            self.remove(path)

    def remove_dir(self, path: Path) -> None:
        """Remove an empty folder; one that is not empty stays."""
        with contextlib.suppress(OSError):
            os.rmdir(path)

    def read(self, path: Path) -> bytes:
        """Return all bytes of a file.

        Raises
        ------
        FileNotFoundError
            When it is not there.
        StorageFailed
            When the disk refuses to give them.
        """
        try:
            return self.fetch(path)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise storage_error(error, "read from the case") from error

    def fetch(self, path: Path) -> bytes:
        """Return all bytes of a file, with the errors of the operating system."""
        return path.read_bytes()

    def put(self, aside: Path, target: Path, data: bytes) -> None:
        """Write aside, flush, move into place: the target is either as before or complete."""
        self.remove(aside)
        self.write(aside, data)
        self.make_dir(target.parent)
        self.rename(aside, target)


@contextlib.contextmanager
def locked(path: Path, *, patience_s: float = 60.0) -> Iterator[None]:
    """Hold the write lock of a case for one batch.

    Raises
    ------
    CaseBusy
        When another process holds it for longer than ``patience_s`` seconds.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        deadline = time.monotonic() + patience_s
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise CaseBusy(
                        "another process is writing to the case",
                        hint="wait until it ends, then run the command again",
                    ) from None
                time.sleep(0.01)
        yield
    finally:
        os.close(fd)  # closing releases the lock


def is_regular(path: Path) -> None:
    """Refuse links, devices, pipes and folders as sources of bytes.

    Raises
    ------
    BadInput
        When the path is not a regular file.
    """
    mode = os.lstat(path).st_mode
    kinds = {0o120000: "a symbolic link", 0o040000: "a folder", 0o010000: "a pipe"}
    kind = mode & 0o170000
    if kind != 0o100000:
        raise BadInput("not a regular file", why=kinds.get(kind, "a device or socket"))
