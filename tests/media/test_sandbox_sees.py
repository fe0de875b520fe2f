"""What a child cannot see or reach, under bubblewrap; and which sandbox is taken when."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from firsthand.media import bubblewrap, isolation, sandbox
from firsthand.media.sandbox import Bounds, Finished, run_limited
from firsthand.model.errors import BadInput, ExitCode, NotIsolated
from firsthand.run import environment

SECRET = "what nobody may read"


def python(program: str, *arguments: str, **options: object) -> Finished:
    return run_limited([sys.executable, "-I", "-c", program, *arguments], **options)  # type: ignore[arg-type]


@pytest.fixture
def under(monkeypatch: pytest.MonkeyPatch) -> None:
    if bubblewrap.available() is None:
        pytest.skip("no bubblewrap that works here; CI has it")
    monkeypatch.setenv(isolation.VARIABLE, "bubblewrap")


@pytest.fixture
def fresh() -> Iterator[None]:
    """Let what was found out about this machine be found out anew."""
    for each in (isolation._chosen, isolation.limits, bubblewrap.available, bubblewrap._program):
        each.cache_clear()
    yield
    for each in (isolation._chosen, isolation.limits, bubblewrap.available, bubblewrap._program):
        each.cache_clear()


# ---- files ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("under")
def test_home_and_its_secrets_are_not_there(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id_ed25519").write_text(SECRET)
    program = """
import os, sys
for path in sys.argv[1:]:
    try:
        print(len(os.listdir(path) if os.path.isdir(path) else open(path).read()))
    except FileNotFoundError:
        print("not there")
"""
    paths = [str(home), str(home / ".ssh" / "id_ed25519"), "/etc/passwd", "/etc/shadow",
             "/etc/hostname", "/etc/machine-id", "/var", "/tmp", "/home", "/run", "/sys",
             "/mnt"]  # fmt: skip
    done = python(program, *paths)
    shown = dict(zip(paths, done.stdout.decode().split("\n"), strict=False))
    # A folder is there, and empty but for that, where this Python lies in it.
    python_lies = bubblewrap._of_python()
    needed = {each for each in paths if any(bubblewrap._within(p, (each,)) for p in python_lies)}
    assert {path for path, said in shown.items() if said != "not there"} == needed


@pytest.mark.usefixtures("under")
def test_no_more_than_programs_and_python_is_there() -> None:
    """Every file that can be found outside of /usr and /proc belongs to Python or the system."""
    program = """
import os
for top, folders, files in os.walk("/"):
    if top == "/":
        folders[:] = [f for f in folders if f not in ("usr", "proc", "dev")]
    for each in files:
        print(os.path.join(top, each))
"""
    done = python(program, bounds=Bounds(output_mib=64))
    import firsthand

    known = (*bubblewrap._of_python(), *bubblewrap._SYSTEM, *bubblewrap._OF_ETC)
    found = done.stdout.decode("utf-8", "surrogateescape").splitlines()
    assert str(Path(firsthand.__file__)) in found
    assert [each for each in found if not bubblewrap._within(each, known)] == []


@pytest.mark.usefixtures("under")
def test_an_input_is_seen_and_what_lies_beside_it_is_not(tmp_path: Path) -> None:
    name = "line\nfeed \udcff 'x'"  # a name that is not text
    (tmp_path / name).write_text("the input")
    (tmp_path / "beside").write_text(SECRET)
    program = "import os, sys; print(open(sys.argv[1]).read(), os.listdir(sys.argv[2]))"
    done = python(program, str(tmp_path / name), str(tmp_path), inputs=[tmp_path / name])
    assert done.stdout.decode() == f"the input {[name]!r}\n"


@pytest.mark.usefixtures("under")
def test_an_input_cannot_be_changed(tmp_path: Path) -> None:
    kept, folder = tmp_path / "kept", tmp_path / "work"
    kept.write_text("kept")
    folder.mkdir()
    program = """
import os, sys
for act in (lambda: open(sys.argv[1], "r+"), lambda: os.unlink(sys.argv[1]),
            lambda: os.chmod(sys.argv[1], 0o777), lambda: open("/new", "w"),
            lambda: open("/dev/shm/new", "w"), lambda: os.mkdir("/usr/new"),
            lambda: open("/proc/self/oom_score_adj", "w").write("0")):
    try:
        act()
        print("done")
    except OSError:
        print("refused")
open("made", "w").write("x")
"""
    done = python(program, str(kept), inputs=[kept], folder=folder, bounds=Bounds(write_mib=1))
    assert done.stdout.split() == [b"refused"] * 7, done
    assert (folder / "made").read_text() == "x"
    assert kept.read_text() == "kept"


@pytest.mark.usefixtures("under")
def test_without_landlock_the_mounts_alone_hold(tmp_path: Path) -> None:
    """Older kernels lack it, so the file system itself must be read-only."""
    program = """
import os
for place in ("/", "/usr", "/dev", "/dev/shm", "/proc", "/etc"):
    try:
        open(os.path.join(place, "new"), "w")
        print(place)
    except OSError:
        pass
"""
    command = bubblewrap.command(sys.executable, (), None)
    done = subprocess.run(
        [*command, sys.executable, "-I", "-S", "-c", program], capture_output=True, check=True
    )
    assert done.stdout in (b"", b"/dev/shm\n")  # memory of the child's own, gone with it


@pytest.mark.usefixtures("under")
def test_an_input_that_is_gone_is_for_the_program_to_tell(tmp_path: Path) -> None:
    done = python("import sys; open(sys.argv[1])", str(tmp_path / "x"), inputs=[tmp_path / "x"])
    assert "FileNotFoundError" in str(done.reason)


# ---- processes and network ----------------------------------------------------------------------


@pytest.mark.usefixtures("under")
def test_no_other_process_is_seen_or_can_be_traced() -> None:
    program = """
import ctypes, os
print(sorted(int(each) for each in os.listdir("/proc") if each.isdigit()) == [1, os.getpid()])
libc = ctypes.CDLL(None, use_errno=True)
print(libc.ptrace(16, 1, 0, 0), ctypes.get_errno())
try:
    os.kill(int(__import__("sys").argv[1]), 0)
    print("seen")
except ProcessLookupError:
    print("no such process")
"""
    done = python(program, str(os.getpid()))
    # errno 1 is EPERM; 16 is PTRACE_ATTACH (linux/ptrace.h).
    assert done.stdout.decode().splitlines() == ["True", "-1 1", "no such process"], done


@pytest.mark.usefixtures("under")
def test_no_listener_of_this_machine_is_reached_by_any_way(tmp_path: Path) -> None:
    """The namespace alone holds: the filter of system calls, which refuses sockets, is left out."""
    name = secrets.token_hex(8)
    path = str(tmp_path / "socket")
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX) as abstract,
        socket.socket(socket.AF_UNIX) as named,
    ):
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(0.5)
        abstract.bind(f"\0{name}")
        named.bind(path)
        for each in (abstract, named):
            each.listen()
        port = udp.getsockname()[1]
        program = f"""
import socket
def tried(name, act):
    try:
        act()
        print(name, "reached")
    except OSError as error:
        print(name, type(error).__name__)
tried("tcp", lambda: socket.create_connection(("127.0.0.1", {tcp.getsockname()[1]}), 3))
tried("abstract", lambda: socket.socket(socket.AF_UNIX).connect("\\x00{name}"))
tried("named", lambda: socket.socket(socket.AF_UNIX).connect({path!r}))
tried("outside", lambda: socket.create_connection(("192.0.2.1", 80), 3))
datagrams = socket.socket(type=socket.SOCK_DGRAM)
tried("udp", lambda: datagrams.sendto(b"x", ("127.0.0.1", {port})))
"""
        command = bubblewrap.command(sys.executable, (), None)
        done = subprocess.run(
            [*command, sys.executable, "-I", "-S", "-c", program],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        said = dict(line.split() for line in done.stdout.splitlines())
        assert said.pop("udp") in ("reached", "OSError")  # to its own loopback, where nobody is
        with pytest.raises(TimeoutError):
            udp.recv(1)
    assert said == {
        "tcp": "ConnectionRefusedError", "abstract": "ConnectionRefusedError",
        "named": "FileNotFoundError", "outside": "OSError",
    }  # fmt: skip


@pytest.mark.usefixtures("under")
def test_the_name_of_this_machine_is_not_told() -> None:
    assert python("print(__import__('os').uname().nodename)").stdout == b"sandbox\n"


# ---- which one ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "began"), [("bubblewrap", "bubblewrap "), ("limits", "limits: "), ("none", "none: ")]
)
def test_each_can_be_forced_and_is_recorded(
    asked: str, began: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if asked == "bubblewrap" and bubblewrap.available() is None:
        pytest.skip("no bubblewrap that works here; CI has it")
    monkeypatch.setenv(isolation.VARIABLE, asked)
    environment.collect()
    done = python("pass")
    assert done.isolation.startswith(began)
    assert environment.collect() == {"sandbox": done.isolation}
    assert environment.collect() == {}


def test_none_still_bounds_memory_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(isolation.VARIABLE, "none")
    done = python("while True: pass", bounds=Bounds(cpu_s=1))
    assert done.status == "timeout"
    assert "no network" not in done.isolation and "no sockets" not in done.isolation


def test_a_machine_without_any_is_refused(
    monkeypatch: pytest.MonkeyPatch, fresh: None, tmp_path: Path
) -> None:
    """As on macOS, or in a container that forbids namespaces and filters."""
    monkeypatch.delenv(isolation.VARIABLE, raising=False)
    monkeypatch.setattr(bubblewrap, "_PLACES", str(tmp_path))
    unable = tmp_path / "confinement.py"
    unable.write_text("def confine(settings): return 'limits: memory, size of files'\n")
    monkeypatch.setattr(isolation.confinement, "__file__", str(unable))
    with pytest.raises(NotIsolated, match="no bubblewrap") as refused:
        python("pass")
    assert refused.value.exit_code == ExitCode.MISSING_DEPENDENCY == 3
    assert "install bubblewrap" in refused.value.hint and "=none" in refused.value.hint
    monkeypatch.setenv(isolation.VARIABLE, "limits")
    with pytest.raises(NotIsolated):
        python("pass")
    monkeypatch.setenv(isolation.VARIABLE, "none")
    assert python("print(1)").stdout == b"1\n"


def test_without_bubblewrap_the_limits_are_taken(
    monkeypatch: pytest.MonkeyPatch, fresh: None, tmp_path: Path
) -> None:
    monkeypatch.delenv(isolation.VARIABLE, raising=False)
    monkeypatch.setattr(bubblewrap, "_PLACES", str(tmp_path))
    assert isolation.chosen() == "limits"
    monkeypatch.setenv(isolation.VARIABLE, "bubblewrap")
    with pytest.raises(NotIsolated, match="bubblewrap does not work here"):
        isolation.chosen()


def test_a_bubblewrap_that_does_not_work_is_not_taken(
    monkeypatch: pytest.MonkeyPatch, fresh: None, tmp_path: Path
) -> None:
    """As where the system forbids namespaces to users."""
    (tmp_path / "bwrap").write_text('#!/bin/sh\n[ "$1" = --version ] && echo bubblewrap 9\n')
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setattr(bubblewrap, "_PLACES", str(tmp_path))
    monkeypatch.delenv(isolation.VARIABLE, raising=False)
    assert isolation.chosen() == "limits"


def test_another_word_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(isolation.VARIABLE, "off")
    with pytest.raises(BadInput, match="'off'"):
        isolation.chosen()


@pytest.mark.parametrize(
    ("code", "held", "expected"),
    [
        (0, "bubblewrap 0.8.0: x", 0),
        (134, "bubblewrap 0.8.0: x", -6),
        (134, "limits: x", 134),
        (-6, "limits: x", -6),
        (1, "bubblewrap 0.8.0: x", 1),
        (255, "bubblewrap 0.8.0: x", 255),
        (128, "bubblewrap 0.8.0: x", 128),
    ],
)
def test_exit_codes_mean_the_same(code: int, held: str, expected: int) -> None:
    assert sandbox.exit_code(code, held) == expected
