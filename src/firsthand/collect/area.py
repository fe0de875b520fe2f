"""A folder inside the case for what is unpacked while an import runs; gone when it ends."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firsthand.case import Case
from firsthand.case.blobs import alive
from firsthand.case.files import storage_error
from firsthand.model.errors import BadInput


@contextmanager
def area(case: Case) -> Iterator[Path]:
    """Make a folder for the block; what an import that was killed had unpacked is removed, too."""
    incoming = case.root / "incoming"
    _sweep(incoming)
    # Not named by digits first: those are staged files, which the store sweeps by itself.
    path = incoming / f"zip-{os.getpid()}-{secrets.token_hex(8)}"
    try:
        make_dir(path)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _sweep(incoming: Path) -> None:
    for path in incoming.glob("zip-*-*"):
        owner = path.name.split("-")[1]
        if owner.isdigit() and not alive(int(owner)):
            shutil.rmtree(path, ignore_errors=True)


def make_dir(path: Path) -> None:
    """Make a folder and those above it.

    Raises
    ------
    BadInput
        When a file stands where a folder must be.
    StorageFailed
        When the case cannot be written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise BadInput("cannot be unpacked", why="its name clashes with a file") from error
    except OSError as error:
        raise storage_error(error, "unpack an archive") from error
