"""More than 300 broken and hostile files: each one recorded outcome, and nothing else happens."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from firsthand.media import reader as reader_module
from firsthand.media.allowance import Allowance
from firsthand.media.reader import MediaReader
from firsthand.media.sandbox import Bounds, run_limited
from firsthand.model import canonical

from . import hostile_files

PROBE = ["ffprobe", "-v", "error", "-print_format", "json", "-show_format", "-show_streams"]
FINGERPRINTS = {"width", "height", "pixels", "pdq", "pdq_quality", "decoder", "notes"}


def tree(*folders: Path) -> dict[str, tuple[int, int, int]]:
    """Return kind, size and time of change of all that lies in folders."""
    found = {}
    for folder in folders:
        for path in [folder, *sorted(folder.rglob("*"))]:
            about = path.lstat()
            size = about.st_size if path.is_file() else 0
            found[str(path)] = (about.st_mode, size, about.st_mtime_ns)
    return found


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Listen where the files lead to; nobody may come."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.mark.slow
def test_each_has_one_outcome_and_nothing_else_happens(
    tmp_path: Path, listener: socket.socket
) -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("no ffmpeg (Debian: ffmpeg); CI has it")
    folder, home = tmp_path / "files", Path(os.environ["HOME"])
    folder.mkdir()
    good = folder / "good.png"
    good.write_bytes(hostile_files.good()["colour.png"])
    written = hostile_files.write(folder, listener.getsockname()[1])
    assert len(written) >= 300
    before, open_before = tree(tmp_path, home), len(os.listdir("/dev/fd"))

    outcomes: Counter[str] = Counter()
    wrong = {}
    with MediaReader() as reader:
        if sys.platform == "linux":
            assert "no sockets" in reader.isolation
        expected = reader.image(good)
        assert expected["status"] == "decoded"
        memory = resident_mb() if sys.platform == "linux" else 0.0
        for number, (path, hostile) in enumerate(written):
            if hostile.video:
                done = run_limited([*PROBE, str(path)], bounds=Bounds(wall_s=30, output_mib=1))
                status, found = f"video {done.status}", {"status": done.status, "why": done.reason}
                assert done.status in {"ok", "failed", "timeout", "killed", "output"}
            else:
                found = reader.image(path)
                status = found["status"]
                if status not in hostile.expected:
                    wrong[hostile.name] = found
                assert (status == "decoded") == ("reason" not in found), (hostile.name, found)
                seen = status == "decoded" or found.get("partial", False)
                assert (found.keys() >= FINGERPRINTS) == seen, (hostile.name, found)
            assert len(canonical.dumps(found)) < 5000, hostile.name
            outcomes[status] += 1
            if number % 10 == 0:
                assert reader.image(good) == expected, f"after {hostile.name}"
        grown = resident_mb() - memory if sys.platform == "linux" else 0.0

    assert not wrong
    assert outcomes.total() == len(written)
    assert outcomes["decoded"] and outcomes["failed"] and outcomes["refused"]
    assert grown < 100, "whoever supervises holds what it decodes"
    assert tree(tmp_path, home) == before
    assert len(os.listdir("/dev/fd")) == open_before
    with pytest.raises(BlockingIOError):
        listener.accept()


# ---- a decoder that dies ----------------------------------------------------------------------


def misbehaving(monkeypatch: pytest.MonkeyPatch, act: str) -> None:
    """Let the child do something when it meets a file that is called deadly."""
    program = (
        "import json,sys,os,time; sys.path[:]=json.loads(sys.argv[1])\n"
        "from firsthand.media import child\n"
        "real, met = child._answer, []\n"
        "def answer(request, allowance):\n"
        "    met.append(request)\n"
        "    child._allow_time(allowance.cpu_s)\n"
        f"    if 'deadly' in request['name']: {act}\n"
        "    return real(request, allowance)\n"
        "child._answer = answer\n"
        "child.serve(sys.argv[2])"
    )
    monkeypatch.setattr(reader_module, "_START", program)


@pytest.mark.parametrize(
    ("act", "status", "reason"),
    [
        ("os.abort()", "killed", "its decoder died: ended by SIGABRT"),
        ("os._exit(3)", "killed", "its decoder died: exit code 3"),
        ("os._exit(0)", "killed", "its decoder died: without a word"),
        ("time.sleep(600)", "timeout", "took longer than 3 s"),
        ("exec('while True: pass')", "timeout", "used more than 1 s of processor time"),
        ("raise MemoryError", "killed", "its decoder died: exit code 1"),
        ("os.write(2, b'x' * 10**6)", "decoded", None),
        ("os.write(1, b'{}')", "decoded", None),
    ],
)
def test_a_file_that_kills_its_decoder_costs_only_itself(
    act: str, status: str, reason: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    misbehaving(monkeypatch, act)
    for name in ("one.png", "deadly.png", "two.png"):
        (tmp_path / name).write_bytes(hostile_files.good()["colour.png"])
    with MediaReader(Allowance(wall_s=3 if "sleep" in act else 60, cpu_s=1)) as reader:
        found = {
            name: reader.image(tmp_path / name)
            for name in ("one.png", "deadly.png", "two.png", "deadly.png", "one.png")
        }
    assert found["one.png"]["status"] == "decoded"
    assert found["two.png"] == found["one.png"]
    assert (found["deadly.png"]["status"], found["deadly.png"].get("reason")) == (status, reason)


def test_what_others_left_behind_is_not_charged_to_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that dies of its third file, whichever that is: each file is fine in a fresh one."""
    misbehaving(monkeypatch, "len(met) == 3 and os.abort()")
    paths = [tmp_path / f"deadly-{number}.png" for number in range(7)]
    for path in paths:
        path.write_bytes(hostile_files.good()["colour.png"])
    with MediaReader() as reader:
        assert [reader.image(path)["status"] for path in paths] == ["decoded"] * 7


def test_too_little_memory_is_a_refusal(tmp_path: Path) -> None:
    path = tmp_path / "wide.png"
    path.write_bytes(hostile_files.png(9000, 9000, hostile_files.zeros(27_001 * 9000), kind=2))
    small = tmp_path / "small.png"
    small.write_bytes(hostile_files.good()["colour.png"])
    if sys.platform != "linux":
        pytest.skip("macOS knows no bound on address space")
    with MediaReader(Allowance(memory_mib=400)) as reader:
        for _ in range(2):
            assert reader.image(small)["status"] == "decoded"
            found = reader.image(path)
            assert found["status"] == "refused"
            assert found["reason"] == "needs more memory than allowed"


def test_limits_on_size_and_pixels(tmp_path: Path) -> None:
    path = tmp_path / "one.png"
    path.write_bytes(hostile_files.good()["colour.png"])
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with MediaReader(Allowance(pixels=320 * 240 - 1)) as reader:
        found = reader.image(path, digest)
    assert found == {
        "status": "refused",
        "reason": "320 x 240 pixels are more than the 76799 allowed",
    }
    path.write_bytes(path.read_bytes() + bytes(1 << 20))
    with MediaReader(Allowance(file_mib=1)) as reader:
        found = reader.image(path)
    assert found == {"status": "refused", "reason": "the file is larger than 1 MiB"}
