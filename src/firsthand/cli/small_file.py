"""Small files that a command is given or makes: keys, signatures, documents."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from firsthand.model.errors import BadInput

MOST = 1 << 20
"""Largest small file read [bytes]; keys, signatures and documents take some thousand."""


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a small file; ``-`` reads standard input.

    Raises
    ------
    BadInput
        When it cannot be read, or is larger than any such file.
    """
    try:
        if str(path) == "-":
            data = sys.stdin.buffer.read(MOST + 1)
        else:
            with path.open("rb") as stream:
                data = stream.read(MOST + 1)
    except OSError as error:
        raise BadInput(f"{path} cannot be read", why=error.strerror or str(error)) from error
    if len(data) > MOST:
        raise BadInput(f"{path} is too large", why=f"more than {MOST} bytes")
    return data


def read_text(path: Path) -> str:
    """Return the text of a small file; bytes that are no UTF-8 become question marks."""
    return read_bytes(path).decode("utf-8", "replace")


def write_new(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write a file that must not be there yet, flushed; ``private``: for this user only.

    Raises
    ------
    BadInput
        When it is there, or cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(path, flags, 0o600 if private else 0o644), "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except FileExistsError as error:
        raise BadInput(f"{path} exists already", hint="choose another name") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be written", why=error.strerror or str(error)) from error
