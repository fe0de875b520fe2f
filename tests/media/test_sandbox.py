"""Children are held to their bounds, whatever they try. No test here asserts how long it took."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from firsthand.media import bubblewrap, confinement, sandbox
from firsthand.media.sandbox import Bounds, Finished, run_limited
from firsthand.model.errors import MissingDependency


def python(program: str, *arguments: str, **options: object) -> Finished:
    return run_limited([sys.executable, "-I", "-c", program, *arguments], **options)  # type: ignore[arg-type]


linux = pytest.mark.skipif(sys.platform != "linux", reason="what only Linux offers")


@pytest.fixture(autouse=True, params=["bubblewrap", "limits"])
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run each test under both sandboxes, each forced."""
    if request.param == "bubblewrap" and bubblewrap.available() is None:
        pytest.skip("no bubblewrap that works here; CI has it")
    monkeypatch.setenv("FIRSTHAND_SANDBOX", request.param)
    yield request.param


def test_bytes_go_in_and_come_out() -> None:
    data = os.urandom(3 << 20)
    done = python("import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()[::-1])", stdin=data)
    assert (done.status, done.code, done.reason) == ("ok", 0, None)
    assert done.stdout == data[::-1]


def test_a_file_is_its_input(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"what stands in it")
    done = python("print(__import__('sys').stdin.read())", stdin=tmp_path / "in")
    assert done.stdout == b"what stands in it\n"


def test_input_that_is_not_wanted_does_no_harm() -> None:
    assert python("pass", stdin=bytes(5 << 20)).status == "ok"


def test_the_environment_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTHAND_SECRET", "x")
    names = eval(python("import os; print(sorted(os.environ))").stdout)
    assert names == sorted(sandbox.environment(None))


def test_only_the_standard_streams_are_open() -> None:
    kept = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(kept, True)
    try:
        done = python(
            "import os; print([n for n in range(3, 100) if os.path.exists(f'/dev/fd/{n}')])"
        )
    finally:
        os.close(kept)
    assert done.stdout == b"[]\n"


def test_exit_code_and_last_line_are_told() -> None:
    done = python("import sys; print('first', file=sys.stderr); sys.exit('no moov atom')")
    assert (done.status, done.code) == ("failed", 1)
    assert done.reason == "exit code 1: no moov atom"


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(MissingDependency, match="no-such-program"):
        run_limited(["no-such-program"])


@linux
def test_memory() -> None:
    done = python("bytearray(600 << 20)", bounds=Bounds(memory_mib=256))
    assert done.status == "failed" and "MemoryError" in str(done.reason)


def test_processor_time() -> None:
    done = python("while True: pass", bounds=Bounds(cpu_s=1))
    assert (done.status, done.reason) == ("timeout", "used more than 1 s of processor time")


def test_waiting_time() -> None:
    done = python("import time; time.sleep(600)", bounds=Bounds(wall_s=0.5))
    assert (done.status, done.reason) == ("timeout", "took longer than 0.5 s")


def test_output() -> None:
    done = python("while True: print('x' * 1000)", bounds=Bounds(output_mib=1))
    assert (done.status, done.reason) == ("output", "gave more than 1 MiB")
    assert len(done.stdout) == 1 << 20


def test_errors_without_end_are_cut() -> None:
    done = python("import sys; sys.stderr.write('x' * 5_000_000)")
    assert done.status == "ok" and len(done.stderr) <= 1 << 17


def test_a_crash() -> None:
    done = python("import os; os.abort()")
    assert (done.status, done.reason) == ("killed", "ended by SIGABRT")


def running(mark: str) -> list[str]:
    """Return the processes of this machine that have a word among their arguments."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark.encode() in each.read_bytes().split(b"\0"):
                found.append(each.parent.name)
        except OSError:
            continue
    return found


def gone(mark: str) -> bool:
    """Tell whether all processes with a word among their arguments end soon."""
    for _ in range(500):
        if not running(mark):
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def mark(request: pytest.FixtureRequest) -> str:
    """Return seconds to sleep that no other process of this machine sleeps."""
    return f"6{os.getpid()}{abs(hash(request.node.name)) % 1000:03}"


@linux
@pytest.mark.parametrize("ending", ["", "; time.sleep(600)"], ids=["leaves it", "is killed"])
def test_a_grandchild_ends_too(ending: str, mark: str) -> None:
    program = (
        f"import subprocess, time; subprocess.Popen(['sleep', '{mark}']); print(1, flush=True)"
    )
    bounds = Bounds(wall_s=3 if ending else 60, forks=True)
    done = python(program + ending, bounds=bounds)
    assert (done.status, done.stdout) == ("timeout" if ending else "ok", b"1\n")
    assert gone(mark)


@linux
def test_a_child_dies_with_whoever_started_it(mark: str) -> None:
    program = f"""
import os, subprocess, sys
from firsthand.media.sandbox import Bounds, start
child, report = start(["sleep", "{mark}"], bounds=Bounds(), stdin=subprocess.DEVNULL)
while os.read(report, 1000):
    pass
print("started", flush=True)
sys.stdin.read()
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None and parent.stdin is not None
    assert parent.stdout.readline() == b"started\n"
    assert running(mark)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    parent.stdin.close()
    assert gone(mark)


@linux
def test_a_child_that_is_stopped_is_gone_with_all_it_started(mark: str) -> None:
    """A session of its own is what a hostile program would flee into."""
    program = (
        "import subprocess, time;"
        f"subprocess.Popen(['sleep', '{mark}'], start_new_session=True); time.sleep(600)"
    )
    done = python(program, bounds=Bounds(wall_s=3, forks=True))
    assert done.status == "timeout"
    if done.isolation.startswith("bubblewrap"):
        assert gone(mark)
    else:  # nothing here holds it, which is why no child may start another unless it must
        for each in running(mark):
            os.kill(int(each), 9)


@linux
def test_a_fork_bomb() -> None:
    program = """
import os
made = 0
for _ in range(1000):
    try:
        if os.fork() == 0:
            os._exit(0)
        made += 1
    except PermissionError:
        pass
print(made)
"""
    done = python(program)
    assert "no new processes" in done.isolation
    assert (done.status, done.stdout) == ("ok", b"0\n")


@linux
def test_threads_can_be_started() -> None:
    program = "import threading as t; a = t.Thread(target=print, args=('x',)); a.start(); a.join()"
    assert python(program).stdout == b"x\n"


@linux
def test_a_program_started_by_a_program() -> None:
    done = python("import subprocess; subprocess.run(['true'])")
    assert "PermissionError" in str(done.reason)


# ---- writing ----------------------------------------------------------------------------------


def test_nothing_can_be_written_without_a_folder(tmp_path: Path) -> None:
    done = python("import sys; open(sys.argv[1], 'w').write('x')", str(tmp_path / "made"))
    assert done.status == "failed"
    assert not (tmp_path / "made").exists() or (tmp_path / "made").stat().st_size == 0


@linux
def test_only_the_folder_can_be_changed(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (outside / "kept").write_bytes(b"kept")
    program = """
import os, sys
outside = sys.argv[1]
open("made", "w").write("x")
for act in (
    lambda: open(outside + "/made", "w"),
    lambda: os.unlink(outside + "/kept"),
    lambda: os.rename("made", outside + "/made"),
    lambda: os.truncate(outside + "/kept", 0),
    lambda: os.mkdir(outside + "/made"),
):
    try:
        act()
        print("done")
    except OSError:
        print("refused")
"""
    done = python(program, str(outside), folder=inside, bounds=Bounds(write_mib=1))
    if "no writing outside" not in done.isolation:
        pytest.skip("this kernel has no Landlock (Linux 5.13 or newer); CI has it")
    assert done.stdout.split() == [b"refused"] * 5, done
    assert [path.name for path in inside.iterdir()] == ["made"]
    assert (outside / "kept").read_bytes() == b"kept"


def test_size_of_what_is_written(tmp_path: Path) -> None:
    program = "open('fits', 'wb').write(bytes(1 << 20)); open('more', 'wb').write(bytes(2 << 20))"
    done = python(program, folder=tmp_path, bounds=Bounds(write_mib=1))
    assert done.status == "failed"
    assert (tmp_path / "fits").stat().st_size == 1 << 20
    assert (tmp_path / "more").stat().st_size <= 1 << 20


# ---- network ----------------------------------------------------------------------------------


@linux
@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK"])
def test_no_socket_can_be_made(family: str) -> None:
    done = python(f"import socket; socket.socket(socket.{family})")
    assert "no sockets" in done.isolation
    assert "PermissionError" in str(done.reason)


@linux
def test_a_listener_on_this_machine_is_not_reached() -> None:
    """The namespace alone holds, too: the filter of system calls is left out here."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        program = f"""
import importlib.util, socket
spec = importlib.util.spec_from_file_location("confinement", {confinement.__file__!r})
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print(module.leave_network(), flush=True)
try:
    socket.create_connection(("127.0.0.1", {port}), timeout=5)
    print("reached")
except OSError:
    print("not reached")
"""
        done = subprocess.run(
            [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True
        )
    moved, reached = done.stdout.split("\n")[:2]
    # Where the system gives no namespace, the filter of system calls is what holds.
    assert reached == ("not reached" if moved == "True" else "reached")
