"""Programs that meet hostile files run in limited children, and always come to an end.

A child gets a session of its own (killed as a whole), an empty environment, no network, no place to
write but one folder, and bounds on memory, time and output. Under bubblewrap it also sees no other
file than programs and what it is given, and no other process.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from firsthand.media import bubblewrap, confinement, isolation
from firsthand.model.errors import MissingDependency
from firsthand.run.environment import note

_LAUNCHER = os.path.abspath(confinement.__file__)
_PROGRAMS = "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin"
_STDERR_KEPT = 64 << 10
_PIECE = 1 << 16
_GLANCE = 0.05
"""How often [s] to look whether the child ended while something else holds its pipes."""


@dataclass(frozen=True)
class Bounds:
    """What a child may use; ``write_mib`` is for each file, ``output_mib`` for its answer.

    ``forks``: it may start other processes, where the system could keep it from that.
    """

    memory_mib: int = 1024
    cpu_s: int = 30
    wall_s: float = 60
    write_mib: int = 0
    output_mib: int = 64
    files: int = 128
    forks: bool = False


@dataclass(frozen=True)
class Finished:
    """How a child ended: ``ok``, ``failed``, ``timeout``, ``killed`` or ``output`` (too much)."""

    status: str
    code: int | None
    stdout: bytes
    stderr: str
    reason: str | None
    isolation: str


def environment(folder: Path | None) -> dict[str, str]:
    """Return the whole environment of a child; one thread for each library, so time is bounded."""
    return {
        "PATH": _PROGRAMS,
        "HOME": str(folder) if folder else "/nonexistent",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "OMP_THREAD_LIMIT": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def start(
    argv: Sequence[str],
    *,
    bounds: Bounds,
    stdin: int,
    folder: Path | None = None,
    inputs: Iterable[Path | str] = (),
    limit_cpu: bool = True,
) -> tuple[subprocess.Popen[bytes], int]:
    """Start a limited child with pipes; return it and where its isolation can be read.

    ``inputs`` are the files or folders that it may read, at the paths where they lie.
    ``limit_cpu=False`` is for a child that bounds the time of each piece of work itself.

    Raises
    ------
    MissingDependency
        When the program is not installed.
    NotIsolated
        When there is no sandbox here and nobody asked to go on without.
    """
    by = isolation.chosen()
    program = shutil.which(argv[0])
    if program is None:
        raise MissingDependency(
            f"{argv[0]} is not installed", hint=f"install the program {argv[0]}, then try again"
        )
    program = os.path.abspath(program)
    under = bubblewrap.command(program, inputs, folder) if by.startswith("bubblewrap") else []
    settings = {
        "by": by,
        "parent": os.getpid(),
        "memory": bounds.memory_mib << 20,
        "writes": bounds.write_mib << 20,
        "cpu": bounds.cpu_s if limit_cpu else None,
        "files": bounds.files,
        "folder": str(folder.resolve()) if folder else None,
        "forks": bounds.forks,
    }
    report, told = os.pipe()
    try:
        child = subprocess.Popen(
            [*under, sys.executable, "-I", "-S", _LAUNCHER, json.dumps(settings), str(told),
             program, *map(str, argv[1:])],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(folder),
            cwd=folder or "/",
            pass_fds=[told],
            start_new_session=True,
        )  # fmt: skip
    except BaseException:
        os.close(report)
        raise
    finally:
        os.close(told)
    return child, report


def exit_code(code: int, held: str) -> int:
    """Return an exit code in Python's way, minus a signal's number, whatever held the child.

    Bubblewrap gives 128 and the signal's number, as a shell does, so that a program which itself
    ends with such a code is taken to have been killed.
    """
    if not held.startswith("bubblewrap") or not 128 < code < 128 + signal.NSIG:
        return code
    return 128 - code


def stop(child: subprocess.Popen[bytes]) -> None:
    """Kill a child and what is left of its group; under bubblewrap all that it ever started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def end(child: subprocess.Popen[bytes]) -> int:
    """Stop a child, wait for it, close its pipes, return its exit code."""
    stop(child)
    for pipe in (child.stdin, child.stdout, child.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    return child.wait()


def run_limited(
    argv: Sequence[str],
    *,
    bounds: Bounds = Bounds(),
    stdin: Path | bytes | None = None,
    folder: Path | None = None,
    inputs: Iterable[Path | str] = (),
) -> Finished:
    """Run a program to its end within bounds and return how it went; never raises for its faults.

    ``stdin`` is a file to open, bytes, or nothing. ``folder`` is where the program works and the
    only place where it may write, files up to ``write_mib`` each. ``inputs`` are files or folders
    that it reads by their paths; no other file need be there for it.

    Raises
    ------
    MissingDependency
        When the program is not installed.
    NotIsolated
        When there is no sandbox here and nobody asked to go on without.
    OSError
        When the file for its input cannot be opened, or no process can be started.
    """
    with contextlib.ExitStack() as stack:
        source = subprocess.DEVNULL
        if isinstance(stdin, Path):
            source = stack.enter_context(stdin.open("rb")).fileno()
        elif stdin is not None:
            source = subprocess.PIPE
        child, report = start(argv, bounds=bounds, stdin=source, folder=folder, inputs=inputs)
        stack.callback(os.close, report)
        talk = _Talk(child, report, stdin if isinstance(stdin, bytes) else b"")
        try:
            why = talk.until_end(bounds)
        finally:
            code = end(child)
    return talk.finished(code, why, bounds)


class _Talk:
    """What goes to and comes from one child."""

    def __init__(self, child: subprocess.Popen[bytes], report: int, give: bytes) -> None:
        self.child = child
        self.give = memoryview(give)
        self.got = {"stdout": bytearray(), "stderr": bytearray(), "report": bytearray()}
        self.selector = selectors.DefaultSelector()
        assert child.stdout is not None and child.stderr is not None
        for name, pipe in (
            ("stdout", child.stdout.fileno()),
            ("stderr", child.stderr.fileno()),
            ("report", report),
        ):
            os.set_blocking(pipe, False)
            self.selector.register(pipe, selectors.EVENT_READ, name)
        if child.stdin is not None:
            os.set_blocking(child.stdin.fileno(), False)
            self.selector.register(child.stdin.fileno(), selectors.EVENT_WRITE, "stdin")

    def until_end(self, bounds: Bounds) -> str | None:
        """Exchange until all pipes are closed; return ``timeout``, ``output`` or None."""
        until = time.monotonic() + bounds.wall_s
        try:
            while any(key.data != "stdin" for key in self.selector.get_map().values()):
                left = until - time.monotonic()
                if left <= 0:
                    return "timeout"
                for key, _ in self.selector.select(min(left, _GLANCE)):
                    self._move(key.fd, key.data)
                if len(self.got["stdout"]) > bounds.output_mib << 20:
                    return "output"
                if _ended(self.child):
                    # Whatever else holds the pipes has no business any more.
                    stop(self.child)
            while not _ended(self.child):
                if time.monotonic() >= until:
                    return "timeout"
                time.sleep(0.001)
            return None
        finally:
            self.selector.close()

    def _move(self, pipe: int, name: str) -> None:
        if name == "stdin":
            try:
                self.give = self.give[os.write(pipe, self.give[:_PIECE]) :]
            except BlockingIOError:
                return
            except OSError:
                self.give = self.give[:0]  # the program wants no more; its exit code will tell
            if not self.give:
                self.selector.unregister(pipe)
                with contextlib.suppress(OSError):
                    self.child.stdin.close()  # type: ignore[union-attr]
            return
        piece = os.read(pipe, _PIECE)
        if not piece:
            self.selector.unregister(pipe)
        elif name == "stdout" or len(self.got[name]) < _STDERR_KEPT:
            self.got[name] += piece

    def finished(self, code: int, why: str | None, bounds: Bounds) -> Finished:
        """Put together how it ended."""
        held, _, fault = self.got["report"].decode(errors="replace").partition("\n")
        code = exit_code(code, held)
        note("sandbox", held)
        stderr = self.got["stderr"].decode(errors="replace")
        status, reason = why, None
        if why == "timeout":
            reason = f"took longer than {bounds.wall_s:g} s"
        elif why == "output":
            reason = f"gave more than {bounds.output_mib} MiB"
        elif fault:
            status, reason = "failed", f"cannot be started: {fault}"
        else:
            status, reason = outcome(code, bounds.cpu_s)
            if status == "failed" and stderr.strip():
                reason = f"{reason}: {stderr.strip().splitlines()[-1]}"[:500]
        given = bytes(self.got["stdout"][: bounds.output_mib << 20])
        return Finished(status or "ok", code, given, stderr, reason, held)


def _ended(child: subprocess.Popen[bytes]) -> bool:
    return os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def outcome(code: int, cpu_s: int) -> tuple[str, str | None]:
    """Return the status and the reason that an exit code stands for."""
    if code == 0:
        return "ok", None
    if code == -signal.SIGXCPU:
        return "timeout", f"used more than {cpu_s} s of processor time"
    if code < 0:
        with contextlib.suppress(ValueError):
            return "killed", f"ended by {signal.Signals(-code).name}"
        return "killed", f"ended by signal {-code}"
    return "failed", f"exit code {code}"
