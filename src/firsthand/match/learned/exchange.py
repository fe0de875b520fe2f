"""A limited child that is asked one thing after another: a line of JSON and bytes, both ways.

The child is a function of this room that is given its settings. It reads from standard input with
:func:`asked` and answers with :class:`Answers`; nothing else that it prints reaches anyone.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from firsthand.media import confinement, sandbox
from firsthand.model.canonical import Json
from firsthand.run.environment import note

# The front doors of the room stay shut in the child: behind them are compilers and their caches,
# which need a place to write, and a second of start.
_START = (
    "import importlib,json,os,sys,types\n"
    "sys.path[:] = json.loads(sys.argv[1])\n"
    "import firsthand\n"
    "place = os.path.dirname(firsthand.__file__)\n"
    "for room in 'match', 'match/learned':\n"
    "    shut = types.ModuleType('firsthand.' + room.replace('/', '.'))\n"
    "    shut.__path__ = [os.path.join(place, room)]\n"
    "    sys.modules[shut.__name__] = shut\n"
    "importlib.import_module(sys.argv[2]).serve(json.loads(sys.argv[3]))\n"
)
_LONGEST_LINE = 1 << 16
_PIECE = 1 << 20
_READS = 1 << 18


class ChildEnded(Exception):
    """The child ended, or answered what nobody can read; says how."""


class Child:
    """A limited process that serves requests; not for several threads at once."""

    def __init__(
        self,
        module: str,
        settings: Json,
        *,
        bounds: sandbox.Bounds,
        inputs: Iterable[Path] = (),
        folder: Path | None = None,
        largest_answer: int,
    ) -> None:
        """Start ``module.serve(settings)``; ``largest_answer`` [bytes] bounds what it may send."""
        self.largest = largest_answer
        path = json.dumps([os.path.abspath(entry) for entry in sys.path])
        self.process, report = sandbox.start(
            [sys.executable, "-I", "-c", _START, path, module, json.dumps(settings)],
            bounds=bounds,
            stdin=subprocess.PIPE,
            inputs=inputs,
            folder=folder,
            limit_cpu=False,
        )
        with os.fdopen(report, "rb") as stream:
            self.isolation = stream.read().decode(errors="replace").partition("\n")[0]
        note("sandbox", self.isolation)
        given, taken, said = self.process.stdin, self.process.stdout, self.process.stderr
        assert given is not None and taken is not None and said is not None
        self.given, self.taken, self.said = given.fileno(), taken.fileno(), said.fileno()
        os.set_blocking(self.given, False)
        os.set_blocking(self.said, False)

    def ask(self, request: Json, data: bytes, seconds: float) -> tuple[Json, bytes]:
        """Send a request with bytes and return the answer with its own.

        Raises
        ------
        TimeoutError
            When there is no answer in time.
        ChildEnded
            When the child ended before it answered.
        """
        stop = time.monotonic() + seconds
        line = json.dumps(request | {"bytes": len(data)}).encode() + b"\n"
        for view in (memoryview(line), memoryview(data)):
            while view:
                # An answer before all was sent is that of a child which gave up.
                ready, free, _ = select.select([self.taken], [self.given], [], _left(stop))
                if ready:
                    return self.answer(stop - time.monotonic())
                if not free:
                    raise TimeoutError
                with contextlib.suppress(BlockingIOError):
                    try:
                        view = view[os.write(self.given, view[:_PIECE]) :]
                    except BrokenPipeError:
                        raise self._ended() from None
        return self.answer(stop - time.monotonic())

    def answer(self, seconds: float) -> tuple[Json, bytes]:
        """Return what the child says by itself or was asked for; raises as :meth:`ask`."""
        stop = time.monotonic() + seconds
        held = bytearray()
        while (end := held.find(b"\n")) < 0:
            if len(held) > _LONGEST_LINE:
                raise ChildEnded("its answer has no end")
            self._more(held, stop)
        try:
            said = json.loads(held[:end])
            announced = int(said.pop("bytes"))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ChildEnded("its answer cannot be read") from None
        if not 0 <= announced <= self.largest:
            raise ChildEnded("its answer is too large")
        del held[: end + 1]
        while len(held) < announced:
            self._more(held, stop)
        if len(held) > announced:
            raise ChildEnded("it answered more than was asked")
        return said, bytes(held)

    def _more(self, held: bytearray, stop: float) -> None:
        ready, _, _ = select.select([self.taken], [], [], _left(stop))
        if not ready:
            raise TimeoutError
        piece = os.read(self.taken, _READS)
        if not piece:
            raise self._ended()
        held += piece

    def _ended(self) -> ChildEnded:
        """Return how it ended; its pipes are closed already, so that it does so by itself."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        last = ""
        with contextlib.suppress(OSError):
            lines = os.read(self.said, 1 << 16).decode(errors="replace").strip().splitlines()
            last = lines[-1] if lines else ""
        code = self.process.returncode
        if code is None:
            return ChildEnded("it closed its answers and went on")
        _, reason = sandbox.outcome(sandbox.exit_code(code, self.isolation), 0)
        return ChildEnded(
            ": ".join(filter(None, (reason or "it ended without a word", last)))[:500]
        )

    def close(self) -> None:
        """End the child."""
        sandbox.end(self.process)


def _left(stop: float) -> float:
    return max(stop - time.monotonic(), 0)


class Answers:
    """The child's way back. Made first of all, so that nothing that is printed looks like it."""

    def __init__(self) -> None:
        """Keep standard output for answers, and give what is printed elsewhere to nobody."""
        self._stream = os.fdopen(os.dup(1), "wb")
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        confinement.refuse_calls(confinement.NO_PROGRAMS)

    def give(self, said: Json, data: bytes = b"") -> None:
        """Answer with a line and bytes."""
        self._stream.write(json.dumps(said | {"bytes": len(data)}).encode() + b"\n" + data)
        self._stream.flush()


def asked(stream: BinaryIO) -> Iterator[tuple[Json, bytes]]:
    """Yield requests with their bytes until nobody asks any more."""
    while line := stream.readline():
        request = json.loads(line)
        data = stream.read(request["bytes"])
        if len(data) < request["bytes"]:
            return
        yield request, data
