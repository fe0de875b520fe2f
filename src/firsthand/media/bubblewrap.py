"""What a child sees under bubblewrap: programs, this Python, its inputs, one folder to write in.

No home, no /tmp, nothing of /etc but the table of libraries and Debian's choices of them; its own
/proc with its own processes; no network. See bwrap(1).
"""

from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import firsthand

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_MORE = ("/opt", "/nix/store", "/gnu/store", "/home/linuxbrew/.linuxbrew")
"""Where else programs are installed; shown only to a program that lies there."""
_OF_ETC = ("/etc/ld.so.cache", "/etc/alternatives")
_PLACES = "/usr/local/bin:/usr/bin:/bin"
_PROBE_S = 20
"""A kernel that does not answer by then [s] is taken not to offer it."""


@cache
def available() -> str | None:
    """Return ``bubblewrap VERSION`` when children can be started under it here, else None."""
    program = _program()
    if program is None or sys.platform != "linux":
        return None
    look = [program, *arguments(sys.executable), "--", sys.executable, "-I", "-S", "-c", "pass"]
    version = _run([program, "--version"])
    if version is None or _run(look) is None:
        return None
    return version.strip() or "bubblewrap"


def command(program: str, inputs: Iterable[Path | str], folder: Path | None) -> list[str]:
    """Return what to put before a program's arguments; ``folder`` is the one it may write in."""
    return [str(_program()), *arguments(program, inputs, folder), "--"]


def arguments(
    program: str, inputs: Iterable[Path | str] = (), folder: Path | None = None
) -> list[str]:
    """Return bubblewrap's arguments; what comes later lies over what came before."""
    args = [
        # A new user namespace even for root, whose rights outside are of no use inside it then.
        "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
        "--hostname", "sandbox", "--proc", "/proc", "--dev", "/dev",
    ]  # fmt: skip
    for path in _SYSTEM:
        if os.path.islink(path):
            args += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            args += ["--ro-bind", path, path]
    for path in _OF_ETC:
        args += ["--ro-bind-try", path, path]
    for path in (*_of_python(), *_of_program(program)):
        args += ["--ro-bind", path, path]
    for each in inputs:
        path = os.path.abspath(each)
        args += ["--ro-bind-try", path, path]  # a file that is gone is the program's to report
    if folder is not None:
        args += ["--bind", str(folder.resolve()), str(folder.resolve())]
    args += ["--remount-ro", "/dev", "--remount-ro", "/"]
    return [*args, "--chdir", str(folder.resolve()) if folder is not None else "/"]


@cache
def _program() -> str | None:
    return shutil.which("bwrap", path=_PLACES)


def _run(argv: Sequence[str]) -> str | None:
    """Return what a program says, or None when it does not end well."""
    try:
        done = subprocess.run(
            argv, capture_output=True, text=True, timeout=_PROBE_S, check=True, env={}
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


@cache
def _of_python() -> tuple[str, ...]:
    """Return the folders of the interpreter, its packages and firsthand itself."""
    packages = [each for each in (*site.getsitepackages(), site.getusersitepackages())]
    wanted = [sys.base_prefix, sys.prefix, str(Path(firsthand.__file__).parent)]
    wanted += [each for each in packages if each in sys.path]
    wanted += [os.path.realpath(each) for each in wanted]
    return tuple(
        dict.fromkeys(each for each in wanted if os.path.isdir(each) and not _within(each, _SYSTEM))
    )


def _of_program(program: str) -> tuple[str, ...]:
    """Return what must be seen for a program that is not among the system's."""
    real = os.path.realpath(program)
    found = tuple(each for each in _MORE if _within(real, (each,)))
    if not found and not _within(real, (*_SYSTEM, *_of_python())):
        found = (program,)
    return found


def _within(path: str, folders: Iterable[str]) -> bool:
    return any(path == each or path.startswith(each.rstrip("/") + "/") for each in folders)
