"""Files to squares of pixels for a model, through a limited child; each file has an outcome."""

from __future__ import annotations

import os
import stat
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firsthand.match.learned.exchange import Child, ChildEnded
from firsthand.media import sandbox
from firsthand.media.allowance import Allowance
from firsthand.model.canonical import Json

Square = NDArray[np.uint8]
_CHILD = "firsthand.match.learned.picture_child"
_SERVES = 1000
"""Files until a child is replaced, so that no leak of a decoder adds up."""


class Squares:
    """Decodes pictures to squares of RGB; a context manager, not for several threads at once."""

    def __init__(self, size: int, fit: str, allowance: Allowance | None = None) -> None:
        """Make squares of this side [px]; ``fit`` as in :class:`~.settings.Settings`."""
        self.size, self.fit = size, fit
        self.allowance = allowance or Allowance()
        self._child: Child | None = None
        self._served = 0

    def __enter__(self) -> Squares:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def square(self, path: Path, sha256: str | None = None) -> tuple[Json, Square | None]:
        """Return the outcome of a file, and its square, shape (size, size, 3), or None.

        The outcome is ``{"status": "decoded"|"failed"|"refused"|"timeout"|"killed", "reason"?,
        "width", "height" [px as shown]}``. Never raises for what is wrong with the file. With
        ``sha256`` (64 digits) its bytes must have this digest.
        """
        try:
            data = self._bytes(path)
        except OSError as error:
            return _no("failed", f"cannot be read: {error.strerror or error}"), None
        if isinstance(data, dict):
            return data, None
        found = self._ask(data, sha256) or self._ask(data, sha256)
        if found is None:
            return _no("killed", "its decoder died twice"), None
        return found

    def _bytes(self, path: Path) -> bytes | Json:
        # A pipe or a device in the place of a file must not hold up anything.
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(file, "rb") as stream:
            about = os.fstat(file)
            if not stat.S_ISREG(about.st_mode):
                return _no("failed", "not a regular file")
            if about.st_size > self.allowance.file_mib << 20:
                return _no("refused", f"the file is larger than {self.allowance.file_mib} MiB")
            return stream.read((self.allowance.file_mib << 20) + 1)

    def _ask(self, data: bytes, sha256: str | None) -> tuple[Json, Square | None] | None:
        """Return what became of a file, or None when a fresh child should be asked."""
        fresh = self._child is None
        if self._child is None:
            self._child = self._start()
        self._served += 1
        try:
            said, pixels = self._child.ask({"sha256": sha256}, data, self.allowance.wall_s)
        except TimeoutError:
            self.close()
            return _no("timeout", f"took longer than {self.allowance.wall_s:g} s"), None
        except ChildEnded as error:
            self.close()
            return (_no("killed", f"its decoder died: {error}"), None) if fresh else None
        except BaseException:
            self.close()  # an answer that is still to come would be taken for the next file's
            raise
        if self._served >= _SERVES:
            self.close()
        shape = (self.size, self.size, 3)
        if said["status"] != "decoded":
            return said, None
        if len(pixels) != self.size * self.size * 3:
            return _no("failed", "its decoder gave another number of pixels"), None
        return said, np.frombuffer(pixels, np.uint8).reshape(shape)

    def _start(self) -> Child:
        self._served = 0
        return Child(
            _CHILD,
            {"size": self.size, "fit": self.fit, "allowance": asdict(self.allowance)},
            bounds=sandbox.Bounds(memory_mib=self.allowance.memory_mib, files=64),
            largest_answer=self.size * self.size * 3,
        )

    def close(self) -> None:
        """End the child; the next file starts another."""
        if self._child is not None:
            self._child.close()
            self._child = None


def _no(status: str, reason: str) -> Json:
    return {"status": status, "reason": reason}
