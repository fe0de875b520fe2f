"""Copying preserved bytes to another folder so that what arrived there has been read again."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from firsthand.case.files import READ_SIZE, Files
from firsthand.model.errors import VerificationFailed
from firsthand.model.values import Digest


def digest_of_file(path: Path, *, fresh: bool = False) -> Digest:
    """Return the digest of a file; ``fresh`` asks the system to read it from the disk again."""
    hasher = hashlib.sha256()
    with path.open("rb") as stream:
        if fresh and hasattr(os, "posix_fadvise"):  # Linux; elsewhere memory may answer
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while chunk := stream.read(READ_SIZE):
            hasher.update(chunk)
    return Digest("sha256:" + hasher.hexdigest())


def copy_object(source: Path, aside: Path, target: Path, digest: Digest, files: Files) -> int:
    """Copy an object: aside, flushed, read again, moved into place; return its size [bytes].

    Raises
    ------
    VerificationFailed
        When the source, or what was read again, does not have the digest; nothing is put in place.
    """
    files.remove(aside)
    size = 0
    hasher = hashlib.sha256()
    try:
        with source.open("rb") as reader:
            writer = files.create(aside)
            try:
                while chunk := reader.read(READ_SIZE):
                    hasher.update(chunk)
                    files.extend(writer, memoryview(chunk))
                    size += len(chunk)
                files.flush(writer)
            finally:
                os.close(writer)
        if "sha256:" + hasher.hexdigest() != digest:
            raise VerificationFailed(
                f"object {digest} is damaged",
                why="its bytes do not have its digest",
                hint="run `firsthand verify`; restore it from another copy",
            )
        if digest_of_file(aside, fresh=True) != digest:
            raise VerificationFailed(
                f"object {digest} did not arrive as it was sent",
                why="the copy reads differently",
                hint="the disk that is written to may be failing: use another one",
            )
        files.freeze(aside)
        files.make_dir(target.parent)
        files.rename(aside, target)
    except BaseException:
        files.drop(aside)
        raise
    return size
