"""Pictures are read through one limited child process, which is replaced when it dies.

The child is given the bytes of each file and no path: it could open none.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import stat
import subprocess
import sys
import time
import weakref
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firsthand.media import sandbox
from firsthand.media.allowance import Allowance
from firsthand.model.canonical import Json
from firsthand.run.environment import note

_START = (
    "import json,sys; sys.path[:]=json.loads(sys.argv[1]); "
    "from firsthand.media.child import serve; serve(sys.argv[2])"
)
_LONGEST_ANSWER = 1 << 20
_LARGEST = 1 << 25
"""Bytes of brightness that one answer may bring."""
_PIECE = 1 << 20
_USUAL = Allowance()
_SERVES = 1000
"""Files until a child is replaced, so that no leak of a decoder adds up."""


class _Child:
    """One decoding process."""

    def __init__(self, allowance: Allowance) -> None:
        path = json.dumps([os.path.abspath(entry) for entry in sys.path])
        self.process, report = sandbox.start(
            [sys.executable, "-I", "-c", _START, path, json.dumps(asdict(allowance))],
            bounds=sandbox.Bounds(memory_mib=allowance.memory_mib, files=64),
            stdin=subprocess.PIPE,
            limit_cpu=False,
        )
        with os.fdopen(report, "rb") as stream:
            self.isolation = stream.read().decode(errors="replace")
        self.served = 0

        given, taken = self.process.stdin, self.process.stdout
        assert given is not None and taken is not None
        self.given, self.taken = given.fileno(), taken.fileno()
        os.set_blocking(self.given, False)

    def ask(self, request: Json, file: int, seconds: float) -> tuple[bytes, bytes] | None:
        """Give a file and return the answer, or None when the child ended.

        Raises
        ------
        TimeoutError
            When there is no answer in time.
        OSError
            When the file cannot be read.
        ValueError
            When the file is shorter now than it was.
        """
        stop = time.monotonic() + seconds
        for piece in _pieces(request, file):
            view = memoryview(piece)
            while view:
                # A child that answers before it has all is one that died, or gave up.
                readable, writable, _ = select.select(
                    [self.taken], [self.given], [], max(stop - time.monotonic(), 0)
                )
                if not readable and not writable:
                    raise TimeoutError
                if readable:
                    return self._answer(stop)
                try:
                    view = view[os.write(self.given, view[:_PIECE]) :]
                except BlockingIOError:
                    continue
                except BrokenPipeError:
                    return None
        return self._answer(stop)

    def _answer(self, stop: float) -> tuple[bytes, bytes] | None:
        """Return the line of an answer and the bytes that it announces."""
        held = bytearray()
        while (end := held.find(b"\n")) < 0:
            if len(held) > _LONGEST_ANSWER or not self._more(held, stop):
                return None
        line = bytes(held[:end])
        del held[: end + 1]
        try:
            announced = int(json.loads(line)["bytes"])
        except (ValueError, KeyError, TypeError):
            return None
        if not 0 <= announced <= _LARGEST:
            return None
        while len(held) < announced:
            if not self._more(held, stop):
                return None
        return line, bytes(held)

    def _more(self, held: bytearray, stop: float) -> bool:
        ready, _, _ = select.select([self.taken], [], [], max(stop - time.monotonic(), 0))
        if not ready:
            raise TimeoutError
        piece = os.read(self.taken, 1 << 20)
        held += piece
        return bool(piece)


def _pieces(request: Json, file: int) -> Iterator[bytes]:
    """Yield a request and the bytes that it announces."""
    yield json.dumps(request).encode() + b"\n"
    left = int(request["bytes"])
    while left:
        piece = os.read(file, min(left, _PIECE))
        if not piece:
            raise ValueError("changed while it was read")
        left -= len(piece)
        yield piece


class MediaReader:
    """Decodes pictures in a limited child; a context manager, which starts it when needed.

    Not for several threads at once.
    """

    def __init__(self, allowance: Allowance = _USUAL) -> None:
        """Allow each picture so much; see :class:`firsthand.media.allowance.Allowance`."""
        self.allowance = allowance
        self._child: _Child | None = None
        self._finish: weakref.finalize[..., MediaReader] | None = None
        self._owner = os.getpid()

    def __enter__(self) -> MediaReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def isolation(self) -> str:
        """Return what limits the child is under, in words."""
        return self._ready().isolation

    def image(self, path: Path | str, sha256: str | None = None) -> Json:
        """Decode a picture and return what it is; never raises for what is wrong with the file.

        ``sha256`` (64 digits, ``sha256:`` before them or not): the bytes must have this digest.

        Returns ``{"status": "decoded" | "failed" | "refused" | "timeout" | "killed"}`` with
        ``reason`` when it is not ``decoded``. A decoded picture, and what can be seen of a broken
        one (``partial``), has: ``format``, ``mode``, ``width`` and ``height`` [px, as it is meant
        to be seen], ``orientation`` [1 to 8, as the file says], ``frames`` [count, up to a limit],
        ``animated``, ``depth`` [bits], ``alpha``, ``icc``, ``pixels`` (SHA-256 of ``RGB width
        height``, a line feed and the oriented pixels in sRGB), ``pdq`` [8 hashes, the first is of
        the picture as it is], ``pdq_quality`` [0 to 100], ``pdq_without_edge`` (see
        :func:`firsthand.media.pdq.without_edge`), ``decoder``, ``hasher``, ``notes``.
        """
        try:
            # A pipe or a device in the place of a file must not hold up anything.
            file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            return _unreadable(error)
        try:
            return self._image(file, os.path.basename(os.fspath(path)), sha256)
        finally:
            os.close(file)

    def look(
        self, path: Path | str, sha256: str | None = None, side: int = 1024
    ) -> tuple[Json, NDArray[np.uint8] | None]:
        """Decode a picture at a reduced size; never raises for what is wrong with the file.

        Returns what is known of it, with the same ``status`` and ``reason`` as :meth:`image`, and
        its brightness, shape (h, w), longest side at most ``side`` [px], or None. A decoded one has
        ``format``, ``width`` and ``height`` [px, full size, as it is meant to be seen], ``frames``,
        ``animated``, ``pdq``, ``pdq_quality``, ``pdq_without_edge`` (of the reduced picture: a few
        bits off those of the whole), ``saturation`` [0 to 255], ``decoder``, ``notes``.

        Raises
        ------
        ValueError
            When ``side`` is not between 16 and 4096.
        """
        if not 16 <= side <= 4096:
            raise ValueError("side must be between 16 and 4096")
        try:
            file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            return _unreadable(error), None
        try:
            about = self._image(file, os.path.basename(os.fspath(path)), sha256, look=side)
        finally:
            os.close(file)
        raw = about.pop("brightness", b"")
        high, wide = about.get("gray_height", 0), about.get("gray_width", 0)
        if not raw or len(raw) != high * wide:
            return about, None
        return about, np.frombuffer(raw, np.uint8).reshape(high, wide)

    def _image(self, file: int, name: str, sha256: str | None, look: int = 0) -> Json:
        about = os.fstat(file)
        if not stat.S_ISREG(about.st_mode):
            return {"status": "failed", "reason": "not a regular file"}
        if about.st_size > self.allowance.file_mib << 20:
            return {
                "status": "refused",
                "reason": f"the file is larger than {self.allowance.file_mib} MiB",
            }
        digest = sha256.removeprefix("sha256:") if sha256 else None
        request = {"name": name, "sha256": digest, "bytes": about.st_size}
        if look:
            request["look"] = look
        try:
            outcome = self._outcome(request, file)
            if outcome is None:
                # The child had served others: only a fresh one can show that this file is to blame.
                outcome = self._outcome(request, file)
        except BaseException:
            self.close()  # an answer that is still to come would be taken for the next file's
            raise
        return outcome

    def _outcome(self, request: Json, file: int) -> Json:
        """Return what became of one file, or None when it should be tried in a fresh child."""
        child, allowed = self._ready(), self.allowance
        note("sandbox", child.isolation)
        fresh = child.served == 0
        child.served += 1
        try:
            os.lseek(file, 0, os.SEEK_SET)
            answer = child.ask(request, file, allowed.wall_s)
        except TimeoutError:
            self.close()
            return {"status": "timeout", "reason": f"took longer than {allowed.wall_s:g} s"}
        except OSError as error:
            self.close()
            return _unreadable(error)
        except ValueError as error:
            self.close()
            return {"status": "failed", "reason": str(error)}
        if answer is None:
            # Its pipes are closed, so it ends by itself; killing it first would hide how.
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(allowed.wall_s)
            code = child.process.returncode
            self.close()
            if code is not None:
                code = sandbox.exit_code(code, child.isolation)
            return _blame(code, allowed) if fresh else None
        outcome: Json = json.loads(answer[0])
        outcome.pop("bytes", None)
        if answer[1]:
            outcome["brightness"] = answer[1]
        if outcome.pop("worn", False):
            self.close()
            return outcome if fresh else None
        if child.served >= _SERVES:
            self.close()
        return outcome

    def _ready(self) -> _Child:
        if self._owner != os.getpid():  # a forked process must not talk on its parent's pipes
            self._child, self._finish, self._owner = None, None, os.getpid()
        if self._child is not None and self._child.process.poll() is not None:
            self.close()  # it died between two files, which is nobody's fault
        if self._child is None:
            self._child = _Child(self.allowance)
            self._finish = weakref.finalize(self, sandbox.end, self._child.process)
        return self._child

    def close(self) -> None:
        """End the child; the next picture starts another."""
        if self._finish is not None:
            self._finish()
        self._child = self._finish = None


def _unreadable(error: OSError) -> Json:
    return {"status": "failed", "reason": f"cannot be read: {error.strerror or error}"}


def _blame(code: int | None, allowed: Allowance) -> Json:
    if code is None:
        return {"status": "killed", "reason": "its decoder closed its answers and went on"}
    if code == -signal.SIGXCPU:
        why = f"used more than {allowed.cpu_s} s of processor time"
        return {"status": "timeout", "reason": why}
    _, reason = sandbox.outcome(code, allowed.cpu_s)
    return {"status": "killed", "reason": f"its decoder died: {reason or 'without a word'}"}
