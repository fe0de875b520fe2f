"""What a child process may do: the one place that knows the operating system.

This file is also a program of its own, so that a child limits itself before the tool starts:
``python -I -S confinement.py SETTINGS REPORT_FD PROGRAM ARGUMENT…`` with settings as JSON. It must
import nothing but the standard library. What the system does not offer is left out and not
reported; whoever started it learns from the report what was in force.

References
----------
Linux manual pages prctl(2), seccomp(2), unshare(2), landlock(7), setrlimit(2); constants are from
the kernel's headers linux/prctl.h, linux/seccomp.h, linux/landlock.h, linux/audit.h.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import platform
import resource
import signal
import sys
from collections.abc import Iterable
from typing import Any

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP = 1, 38, 22
_SECCOMP_MODE_FILTER = 2
_CLONE_NEWUSER, _CLONE_NEWNET = 0x1000_0000, 0x4000_0000
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
# Access rights 1 and 4 to 12 of linux/landlock.h: writing, removing, making; 13 and 14 came later.
_WRITES = 1 << 1 | sum(1 << bit for bit in range(4, 13))
_WRITES_SINCE = {2: 1 << 13, 3: 1 << 14}
_WRITE_FILE, _TRUNCATE = 1 << 1, 1 << 14
_O_PATH = 0o10000000

# Machine: audit architecture and the numbers of system calls (arch/*/syscalls of the kernel).
_CALLS: dict[str, tuple[int, dict[str, int]]] = {
    "x86_64": (
        0xC000_003E,
        {"socket": 41, "ptrace": 101, "io_uring_setup": 425, "execve": 59, "execveat": 322,
         "kill": 62, "process_vm_readv": 310, "process_vm_writev": 311, "unshare": 272,
         "setns": 308, "mount": 165, "keyctl": 250, "bpf": 321, "perf_event_open": 298,
         "fork": 57, "vfork": 58, "clone": 56, "clone3": 435},
    ),
    "aarch64": (
        0xC000_00B7,
        {"socket": 198, "ptrace": 117, "io_uring_setup": 425, "execve": 221, "execveat": 281,
         "kill": 129, "process_vm_readv": 270, "process_vm_writev": 271, "unshare": 97,
         "setns": 268, "mount": 40, "keyctl": 219, "bpf": 280, "perf_event_open": 241,
         "clone": 220, "clone3": 435},
    ),
}  # fmt: skip
NO_CONNECTIONS = (
    "socket", "ptrace", "io_uring_setup", "process_vm_readv", "process_vm_writev", "unshare",
    "setns", "mount", "keyctl", "bpf", "perf_event_open",
)  # fmt: skip
NO_PROGRAMS = ("execve", "execveat", "kill")

# Classic BPF (linux/filter.h): LD|W|ABS, JMP|JEQ|K, JMP|JGE|K, JMP|JSET|K, RET|K.
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _GIVE = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE = 0x7FFF_0000, 0x0005_0000  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # places in struct seccomp_data
_OTHER_NUMBERS = 0x4000_0000  # the second set of numbers of x86_64 (x32)
_CLONE_THREAD = 0x0001_0000
_ENDS = {"allow": _ALLOW, "refuse": _REFUSE | errno.EPERM, "unknown": _REFUSE | errno.ENOSYS}


class _Filter(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("jt", ctypes.c_uint8),
        ("jf", ctypes.c_uint8),
        ("k", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("filter", ctypes.POINTER(_Filter)))


class _Ruleset(ctypes.Structure):
    _fields_ = (("handled", ctypes.c_uint64),)


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def die_with(parent: int) -> bool:
    """Ask the kernel to kill this process when its parent ends; tell whether it will.

    Fails when the parent is gone already. Linux only. The signal comes when the *thread* ends that
    started this process, so that thread must outlive it.
    """
    if sys.platform != "linux":
        return False
    done = bool(_libc().prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0) == 0)
    if os.getppid() != parent:
        os._exit(1)
    return done


def renounce_privileges() -> bool:
    """Let no program that is started from here gain privileges; tell whether that holds."""
    return sys.platform == "linux" and bool(_libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)


def leave_network() -> bool:
    """Move to a network namespace with no interface but a loopback that is down."""
    if sys.platform != "linux":
        return False
    # Root needs no user namespace, and would lose the right to read other people's files in it.
    flags = _CLONE_NEWNET if os.geteuid() == 0 else _CLONE_NEWNET | _CLONE_NEWUSER
    return bool(_libc().unshare(flags) == 0)


_Step = tuple[int, int, str, str]
"""Instruction, its number, and where to go if it holds and if not (empty: to the next step)."""


def _install(steps: list[_Step]) -> bool:
    """Let the kernel judge every system call by these steps; tell whether it will.

    They begin with the number of the call loaded, on this machine's own set of numbers, and end
    by allowing it.
    """
    if sys.platform != "linux" or platform.machine() not in _CALLS:
        return False
    whole: list[_Step] = [
        (_LOAD, _ARCHITECTURE, "", ""),
        (_EQUAL, _CALLS[platform.machine()][0], "", "refuse"),
        (_LOAD, _NUMBER, "", ""),
        (_AT_LEAST, _OTHER_NUMBERS, "refuse", ""),
        *steps,
    ]
    place = {name: len(whole) + at for at, name in enumerate(_ENDS)}
    filters = (_Filter * (len(whole) + len(_ENDS)))()
    for at, (code, number, holds, not_so) in enumerate(whole):
        # A jump counts from the line after its own.
        there, here = (place[to] - at - 1 if to else 0 for to in (holds, not_so))
        filters[at] = _Filter(code, there, here, number)
    for name, value in _ENDS.items():
        filters[place[name]] = _Filter(_GIVE, 0, 0, value)
    program = _Program(len(filters), filters)
    return bool(
        _libc().prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0
    )


def _numbers() -> dict[str, int]:
    return _CALLS.get(platform.machine(), (0, {}))[1]


def refuse_calls(names: Iterable[str]) -> bool:
    """Make the kernel answer these system calls with EPERM; tell whether it will.

    Assumes :func:`renounce_privileges`. Needs a machine whose call numbers are known here.
    """
    known = _numbers()
    return _install([(_EQUAL, known[name], "refuse", "") for name in names if name in known])


def refuse_processes() -> bool:
    """Let this process start threads but no other process; tell whether that holds.

    Assumes :func:`renounce_privileges`. The flags of ``clone3`` lie in memory where a filter
    cannot look, so it is answered as unknown, and the C library falls back on ``clone``.
    """
    known = _numbers()
    if not known:
        return False
    steps: list[_Step] = [
        (_EQUAL, known[name], "refuse", "") for name in ("fork", "vfork") if name in known
    ]
    steps += [
        (_EQUAL, known["clone3"], "unknown", ""),
        (_EQUAL, known["clone"], "", "allow"),
        (_LOAD, _FIRST_ARGUMENT, "", ""),  # its low half: both machines are little-endian
        (_ANY_BIT, _CLONE_THREAD, "allow", "refuse"),
    ]
    return _install(steps)


def write_only_in(folder: str | None) -> bool:
    """Refuse every change of the file system outside a folder, or everywhere; tell whether so.

    ``/dev/null`` stays writable. Assumes :func:`renounce_privileges`. Linux 5.13 or newer.
    """
    if sys.platform != "linux":
        return False
    call = _libc().syscall
    call.restype = ctypes.c_long
    newest = call(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if newest < 1:
        return False
    handled = _WRITES | sum(bit for since, bit in _WRITES_SINCE.items() if newest >= since)
    ruleset = _Ruleset(handled)
    rules = call(
        _LANDLOCK_CREATE, ctypes.byref(ruleset), ctypes.c_size_t(ctypes.sizeof(ruleset)), 0
    )
    if rules < 0:
        return False
    allowed = [("/dev/null", (_WRITE_FILE | _TRUNCATE) & handled)]
    if folder is not None:
        allowed.append((folder, handled))
    try:
        for path, rights in allowed:
            place = os.open(path, _O_PATH | os.O_CLOEXEC)
            try:
                rule = _Beneath(rights, place)
                if call(_LANDLOCK_ADD, rules, 1, ctypes.byref(rule), 0) != 0:
                    return False
            finally:
                os.close(place)
        return bool(call(_LANDLOCK_RESTRICT, rules, 0) == 0)
    finally:
        os.close(rules)


def bound(kind: int, amount: int, beyond: int = 0) -> bool:
    """Set a resource limit, as far as the system knows it; the hard one lies ``beyond``."""
    with contextlib.suppress(OSError, ValueError):  # macOS knows no bound on address space
        _, hard = resource.getrlimit(kind)
        most = amount + beyond if hard == resource.RLIM_INFINITY else min(amount + beyond, hard)
        resource.setrlimit(kind, (min(amount, most), most))
        return True
    return False


def confine(settings: dict[str, Any]) -> str:
    """Limit this process and return by what and how far, as words with commas.

    ``settings``: ``by`` (``bubblewrap VERSION``, ``limits`` or ``none``), ``parent`` (process id),
    ``memory`` and ``writes`` [bytes], ``cpu`` [s] or None, ``files``, ``folder`` or None, ``forks``
    (whether it may start processes). Bubblewrap has given a namespace of processes, of the file
    system and of the network already; ``none`` sets resource limits only.
    """
    inside = str(settings["by"]).startswith("bubblewrap")
    guarded = settings["by"] != "none"
    force: dict[str, bool] = {}
    if inside:
        force |= dict.fromkeys(
            ("own file system", "own processes", "dies with its parent", "no network"), True
        )
    else:
        force["dies with its parent"] = die_with(settings["parent"])
    force["no new privileges"] = renounce_privileges()
    if guarded and not inside:
        force["no network"] = leave_network()
    if guarded:
        force["no writing outside"] = write_only_in(settings["folder"])
    force["memory"] = bound(resource.RLIMIT_AS, settings["memory"])
    if settings["cpu"] is not None:
        force["processor time"] = bound(resource.RLIMIT_CPU, settings["cpu"], beyond=1)
    force["size of files"] = bound(resource.RLIMIT_FSIZE, settings["writes"])
    bound(resource.RLIMIT_NOFILE, settings["files"])
    bound(resource.RLIMIT_CORE, 0)
    if guarded:
        force["no sockets"] = refuse_calls(NO_CONNECTIONS)
        force["no new processes"] = not settings["forks"] and refuse_processes()
    held = ", ".join(name for name, is_held in force.items() if is_held)
    return f"{settings['by']}: {held}"


def main() -> None:
    """Limit this process and become the program."""
    report = int(sys.argv[2])
    os.set_inheritable(report, False)  # it ends when the program begins
    try:
        os.write(report, confine(json.loads(sys.argv[1])).encode())
    except BrokenPipeError:
        os._exit(1)  # whoever started it is gone already
    given = {name: value for name, value in os.environ.items() if name != "PWD"}
    try:
        os.execve(sys.argv[3], sys.argv[3:], given)
    except OSError as error:
        os.write(report, f"\n{error.strerror}".encode())
        os._exit(127)


if __name__ == "__main__":
    main()
