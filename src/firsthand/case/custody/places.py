"""Copies of what others signed, under names that other tools like: ``stamps/<size>/<name>``.

They are conveniences; the objects of the case are the record. So a copy is written only after the
entry that names its bytes is durable, and a copy that is lost is not missed.
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from firsthand.case.case import Case
from firsthand.case.files import storage_error

MOST_CHARACTERS = 100
"""Longest name of a copy; file systems allow 255 bytes, and a number may be added."""

_OTHER = re.compile(r"[^A-Za-z0-9._-]")
_SUFFIX = re.compile(r"(.*?)(\.[A-Za-z0-9]{1,8})?\Z", re.DOTALL)


def plain_name(name: str) -> str:
    """Return a name as it stands under ``stamps/``.

    >>> plain_name("Zeitstempel GmbH/1.tsr"), plain_name("../x"), plain_name("")
    ('Zeitstempel-GmbH-1.tsr', '-.-x', '-')
    """
    stem, suffix = _parts(_OTHER.sub("-", name))
    plain = stem[: MOST_CHARACTERS - len(suffix)] + suffix
    # A leading dot would hide the file, and "." and ".." are folders.
    return "-" + plain[1:] if plain[:1] in ("", ".") else plain


def put_copy(case: Case, size: int, name: str, data: bytes) -> Path:
    """Write a file of ``stamps/<size>/`` and return its place.

    Bytes that are there already under this name, or under this name with a number, stay one file;
    other bytes are never overwritten. To be called after the entry that names the bytes is durable.

    Raises
    ------
    StorageFailed
        When the case cannot be written.
    """
    folder = case.root / "stamps" / str(size)
    stem, suffix = _parts(plain_name(name))
    aside = case.root / "incoming" / f"{os.getpid()}-{secrets.token_hex(8)}"
    number = 1
    try:
        target = folder / f"{stem}{suffix}"
        while target.exists():
            if target.read_bytes() == data:
                return target
            number += 1
            target = folder / f"{stem}-{number}{suffix}"
        case.files.put(aside, target, data)
        case.files.freeze(target)
        for parent in (folder, folder.parent, case.root):
            case.files.sync_dir(parent)
    except OSError as error:
        case.files.drop(aside)
        raise storage_error(error, "write a copy into stamps/") from error
    return target


def _parts(name: str) -> tuple[str, str]:
    found = _SUFFIX.match(name)
    assert found is not None  # it matches every text
    return found[1], found[2] or ""
