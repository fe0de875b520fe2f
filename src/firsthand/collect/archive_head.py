"""The directory of a zip archive, looked at before anything is unpacked."""

from __future__ import annotations

import os
import stat
import struct
import unicodedata
import zipfile
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from firsthand.collect.items import Limits
from firsthand.model.errors import BadInput

# PKWARE APPNOTE 4.3.14-4.3.16: end of central directory, its zip64 form and locator.
_END = b"PK\x05\x06"
_END_SIZE = 22
_LONGEST_COMMENT = 65_535
_LOCATOR = b"PK\x06\x07"
_END_64 = b"PK\x06\x06"
_BYTES_PER_ENTRY = 1024
"""A directory entry is 46 bytes, a name and extra fields; more than this on average is not a
directory that a person made."""


def directory_size(stream: BinaryIO) -> tuple[int, int]:
    """Return how many entries the directory claims, and its size [B], without reading it.

    Raises
    ------
    BadInput
        When there is no end record.
    """
    end = stream.seek(0, os.SEEK_END)
    start = max(0, end - _END_SIZE - _LONGEST_COMMENT)
    stream.seek(start)
    tail = stream.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + _END_SIZE:
        raise BadInput("not a zip archive", why="it has no end record; it may be cut off")
    entries, size = struct.unpack_from("<HI", tail, at + 10)
    locator = start + at - 20
    if (entries == 0xFFFF or size == 0xFFFFFFFF) and locator >= 0:
        stream.seek(locator)
        found = stream.read(20)
        if found[:4] == _LOCATOR:
            stream.seek(min(struct.unpack_from("<Q", found, 8)[0], end))
            record = stream.read(56)
            if record[:4] == _END_64 and len(record) == 56:
                entries, size = struct.unpack_from("<QQ", record, 32)
    return int(entries), int(size)


def members(path: Path, limits: Limits) -> list[zipfile.ZipInfo]:
    """Return the members of an archive, after looking whether it is safe to unpack at all.

    Raises
    ------
    BadInput
        When it is no archive, or too large, too many, or packed too tightly to be honest.
    """
    with open(path, "rb") as stream:
        entries, size = directory_size(stream)
        packed = stream.seek(0, os.SEEK_END)
        if entries > limits.archive_entries or size > limits.archive_entries * _BYTES_PER_ENTRY:
            raise BadInput("archive not opened", why=f"{entries} entries, {size} bytes of names")
        stream.seek(0)
        with zipfile.ZipFile(stream) as archive:
            found = archive.infolist()
    if len(found) > limits.archive_entries:
        raise BadInput("archive not opened", why=f"{len(found)} entries")
    total = sum(info.file_size for info in found)
    if total > limits.archive_bytes:
        raise BadInput("archive not opened", why=f"it would unpack to {total} bytes")
    if total > limits.archive_ratio_from and total > limits.archive_ratio * packed:
        raise BadInput("archive not opened", why=f"{packed} bytes would unpack to {total}: a bomb")
    return found


def refusal(info: zipfile.ZipInfo) -> str | None:
    """Return why a member must not be unpacked, by its name and type; None when it may."""
    name = info.orig_filename
    pure = PurePosixPath(name)
    if "\0" in name or "\\" in name or pure.is_absolute() or ".." in pure.parts or not pure.parts:
        return f"unsafe name {name[:200]!r}: it would lead out of the folder"
    if len(name) > 1 and name[1] == ":":
        return f"unsafe name {name[:200]!r}: it names a drive"
    mode = info.external_attr >> 16 if info.create_system == 3 else 0
    kind = stat.S_IFMT(mode)
    if kind == stat.S_IFLNK:
        return "a symbolic link: not followed"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "a device, pipe or socket"
    if info.flag_bits & 0x1:
        return "encrypted: unpack it with its password and add the folder"
    return None


def too_tight(info: zipfile.ZipInfo, limits: Limits) -> bool:
    """Tell whether a member is packed more tightly than real files are."""
    return (
        info.file_size > limits.archive_ratio_from
        and info.file_size > limits.archive_ratio * max(info.compress_size, 1)
    )


def same_name(name: str) -> str:
    """Return the form under which two names are one file on some system (case, composition)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
