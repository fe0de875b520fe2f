"""A zip whose bytes follow from its files alone: stored, with fixed dates and modes."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path
from typing import IO

from firsthand.case.files import READ_SIZE

DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a zip can name (APPNOTE 4.4.6)."""


class Archive:
    """Writes files below one top folder and remembers digest and size of each."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self.zip = zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED)
        self.name = name
        self.digests: dict[str, str] = {}
        self.sizes: dict[str, int] = {}

    def add(self, path: str, content: bytes | Path) -> None:
        """Add a file; a path is read in pieces and hashed as it is copied."""
        if isinstance(content, bytes):
            self.zip.writestr(self._info(path, len(content)), content)
            digest, size = hashlib.sha256(content).hexdigest(), len(content)
        else:
            digest, size = self._copy(path, content)
        self.digests[path], self.sizes[path] = digest, size

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        """Write the directory of the zip."""
        self.zip.close()

    def _info(self, path: str, size: int) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(f"{self.name}/{path}", DATE)
        info.create_system = 3
        info.external_attr = 0o644 << 16
        info.file_size = size
        return info

    def _copy(self, path: str, content: Path) -> tuple[str, int]:
        hasher = hashlib.sha256()
        with content.open("rb") as source:
            size = os.fstat(source.fileno()).st_size
            with self.zip.open(self._info(path, size), "w") as member:
                while chunk := source.read(READ_SIZE):
                    hasher.update(chunk)
                    member.write(chunk)
        return hasher.hexdigest(), size
