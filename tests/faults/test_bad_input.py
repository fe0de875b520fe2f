"""Bad input through the real command: a recorded outcome, the right code, nothing half-written.

No case of these may show a traceback (the `command` fixture refuses one), and after each of them
the case must verify.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..conftest import IN_CI
from .conftest import Command

BASE = (sys.executable, "-m", "firsthand")


@pytest.fixture
def fresh(command: Command, tmp_path: Path) -> Path:
    path = tmp_path / "case"
    assert command("new", path, "--title", "Faults", "--actor", "tests").returncode == 0
    return path


@pytest.fixture(autouse=True)
def _whole_at_the_end(request: pytest.FixtureRequest, command: Command) -> Iterator[None]:
    """Whatever a test did to a case: it verifies, and nothing lies in the waiting room."""
    case = request.getfixturevalue("fresh") if "fresh" in request.fixturenames else None
    yield
    if case is not None:
        done = command("verify", case, "--json")
        assert done.returncode == 0, done.stdout
        assert [path.name for path in (case / "incoming").iterdir()] == []


def added(command: Command, case: Path, *arguments: str | Path) -> dict[str, Any]:
    done = command("add", case, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    summary: dict[str, Any] = json.loads(done.stdout)
    return summary


def not_done(summary: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {each["item"]: (each["status"], each["reason"]) for each in summary["outcomes"]}


def refused(command: Command, code: int, *arguments: str | Path) -> str:
    """Run a command that must fail with this code and say why; return what it said."""
    done = command(*arguments)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    assert "error" in done.stderr.lower()
    return done.stderr


# ---- names and files --------------------------------------------------------------------------


def test_a_hostile_folder_costs_only_its_hostile_items(
    command: Command, fresh: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "material"
    (folder / "sub" / "looks.json").mkdir(parents=True)
    (folder / "good.txt").write_text("kept\n")
    (folder / "sub" / "looks.json" / "inner.txt").write_text("kept, too\n")
    (folder / "broken.txt").write_bytes(b"caf\xe9 \xff\xfe not UTF-8\n")
    with open(os.fsencode(folder) + b"/n\xe4me.txt", "wb") as file:
        file.write(b"a name that is not UTF-8\n")
    (folder / "with\nnewline\x1b[31m.txt").write_text("a name that would steer a terminal\n")
    (folder / "empty.bin").touch()
    os.mkfifo(folder / "pipe")
    (folder / "to-file").symlink_to(folder / "good.txt")
    (folder / "to-folder").symlink_to(tmp_path)
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "to-memory").symlink_to("/proc/self/mem")
    (folder / "nowhere").symlink_to(folder / "no such file")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(folder / "socket"))
        summary = added(command, fresh, folder)
    bad = not_done(summary)
    assert {name.rpartition("/")[2] for name in bad} == {
        *("pipe", "to-file", "to-folder", "loop", "to-memory", "nowhere", "socket")
    }
    assert {status for status, _ in bad.values()} <= {"failed", "quarantined"}
    assert all(reason for _, reason in bad.values())
    totals = summary["totals"]
    assert totals["done"] == totals["exhibits"] == 6
    assert str(tmp_path) not in json.dumps(list(bad.values()))
    again = added(command, fresh, folder)["totals"]
    assert (again["done"], again["exhibits"], again["already"]) == (0, 0, 6)


@pytest.mark.parametrize("special", ["/proc/self/mem", "/dev/zero", "/dev/full"])
def test_a_special_file_named_on_the_command_line_is_an_outcome(
    command: Command, fresh: Path, special: str
) -> None:
    if not Path(special).exists():
        assert not IN_CI
        pytest.skip(f"no {special} here")
    done = command("add", fresh, special, "--json", timeout_s=120)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["totals"]["done"] == 0
    [(status, reason)] = not_done(summary).values()
    assert status in ("failed", "quarantined")
    assert reason


def test_a_fifo_named_on_the_command_line_does_not_hang(
    command: Command, fresh: Path, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "posts.jsonl")
    for kind in ("posts", "claims", "article", "zip", "folder"):
        done = command("add", fresh, tmp_path / "posts.jsonl", "--as", kind, timeout_s=60)
        assert done.returncode in (0, 2), done.stderr
        assert "not a regular file" in done.stdout + done.stderr


def test_a_file_that_vanishes_is_an_outcome(command: Command, fresh: Path, tmp_path: Path) -> None:
    posts = tmp_path / "posts.jsonl"
    media = [{"path": "gone.jpg", "kind": "image"}]
    row = {"id": "1", "t": "2014-06-14T10:00:00Z", "platform": "twitter", "user": "u", "text": "x"}
    posts.write_text(json.dumps({**row, "media": media}) + "\n")
    totals = added(command, fresh, posts, "--as", "posts")["totals"]
    assert totals["sightings"] == 1
    assert totals["gaps"] == 1
    said = refused(command, 2, "add", fresh, tmp_path / "never was")
    assert "no such file" in said


# ---- lines ------------------------------------------------------------------------------------


def test_bad_lines_of_posts_do_not_stop_the_good_ones(
    command: Command, fresh: Path, tmp_path: Path
) -> None:
    row = {"id": "1", "t": "2014-06-14T10:00:00Z", "platform": "twitter", "user": "u", "text": "x"}
    lines = [
        json.dumps(row).encode(),
        b"not json at all",
        b'{"id":"2","t":"2014-06-14T10:00:00Z","platform":"twitter","user":"u","text":"\xff\xfe"}',
        json.dumps({**row, "id": "3", "text": "lone \ud800 surrogate"}).encode(),
        b"[" * 100_000,
        b'{"id":"5","t":1e999,"platform":"twitter","user":"u","text":"x"}',
        b'{"id":"6","t":"9999999999999999999","platform":"twitter","user":"u","text":"x"}',
        b"null",
        b"NaN",
        b'{"id":' + b"9" * 5000 + b',"platform":"twitter","user":"u","text":"x"}',
        b'{"id":{"a":[]},"t":[],"platform":7,"user":{},"text":[]}',
        json.dumps({**row, "id": "last", "text": "\x00\x1b[2J\u202e"}).encode(),
    ]
    path = tmp_path / "posts.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n")
    summary = added(command, fresh, path, "--as", "posts")
    totals = summary["totals"]
    # Each line and the file itself has one outcome.
    states = ("done", "already", "failed", "quarantined")
    assert sum(totals[name] for name in states) == len(lines) + 1
    assert {"posts.jsonl:2", "posts.jsonl:3", "posts.jsonl:5", "posts.jsonl:8"} <= set(
        not_done(summary)
    )
    assert totals["sightings"] >= 2
    found = command("search", fresh, "x", "--json")
    assert found.returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["posts", "claims"])
def test_a_line_of_100_megabytes_is_refused_in_little_memory(
    fresh: Path, tmp_path: Path, kind: str
) -> None:
    row = {"id": "1", "t": "2014-06-14T10:00:00Z", "platform": "twitter", "user": "u", "text": "x"}
    if kind == "claims":
        row = {"type": "actor", "id": "someone", "kind": "person", "name": "Someone"}
    good = json.dumps(row).encode() + b"\n"
    path = tmp_path / "rows.jsonl"
    with path.open("wb") as file:
        file.write(good + b'{"id":"')
        for _ in range(100):
            file.write(b"x" * (1 << 20))
        file.write(b'"}\n' + good.replace(b'"1"', b'"2"').replace(b"someone", b"other"))
    # 1 GiB of address space: the line as text, or a second copy of it, would still fit; Python
    # objects of everything, several times, would not.
    limit = "import resource,sys,runpy; n=1<<30; resource.setrlimit(resource.RLIMIT_DATA,(n,n)); "
    limit += "sys.argv[0]='firsthand'; runpy.run_module('firsthand', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", limit, "add", str(fresh), str(path), "--as", kind, "--json"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    [(item, (status, reason))] = not_done(summary).items()
    assert item.endswith(":2")
    assert (status, "longer than" in reason) == ("failed", True)
    assert summary["totals"]["done"] == 3  # the file and its two good lines


# ---- archives ---------------------------------------------------------------------------------


def zip_of(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def test_zip_slip_writes_nothing_outside(command: Command, fresh: Path, tmp_path: Path) -> None:
    names = ("../slip.txt", "/slip-absolute.txt", "a/../../slip.txt", "..\\slip.txt", "C:\\slip")
    path = tmp_path / "slip.zip"
    path.write_bytes(zip_of({**dict.fromkeys(names, b"out"), "good.txt": b"in"}))
    summary = added(command, fresh, path, "--as", "zip")
    assert len(not_done(summary)) == len(names)
    assert summary["totals"]["done"] == 2  # the archive and the good member
    assert [p for p in tmp_path.rglob("*slip*") if p != path] == []
    assert not Path("/slip-absolute.txt").exists()


def test_a_zip_bomb_is_kept_and_not_opened(command: Command, fresh: Path, tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    path.write_bytes(zip_of({"bomb.txt": bytes(300 << 20)}))
    summary = added(command, fresh, path, "--as", "zip")
    [(status, reason)] = not_done(summary).values()
    assert status == "quarantined"
    assert "bomb" in reason
    held = sum(p.stat().st_size for p in fresh.rglob("*") if p.is_file())
    assert held < 20 << 20
    assert summary["totals"]["exhibits"] == 1


def test_an_archive_in_an_archive_is_kept_closed(
    command: Command, fresh: Path, tmp_path: Path
) -> None:
    data = b"innermost"
    for depth in range(5):
        data = zip_of({f"level{depth}.zip": data, f"note{depth}.txt": b"note %d" % depth})
    (tmp_path / "nested.zip").write_bytes(data)
    summary = added(command, fresh, tmp_path / "nested.zip")
    assert summary["totals"]["exhibits"] == 3  # the archive, its note, the archive inside
    assert not_done(summary) == {}


@pytest.mark.parametrize("damage", ["cut", "flipped", "not a zip", "empty"])
def test_a_damaged_archive_is_kept_with_a_reason(
    command: Command, fresh: Path, tmp_path: Path, damage: str
) -> None:
    whole = zip_of({"a.txt": bytes(range(256)) * 50, "b.txt": b"fine"}, zipfile.ZIP_STORED)
    data = {
        "cut": whole[: len(whole) // 2],
        "flipped": whole[:200] + bytes([whole[200] ^ 1]) + whole[201:],
        "not a zip": b"not a zip at all",
        "empty": b"",
    }[damage]
    (tmp_path / "a.zip").write_bytes(data)
    summary = added(command, fresh, tmp_path / "a.zip", "--as", "zip")
    [(status, reason)] = not_done(summary).values()
    assert status in ("failed", "quarantined")
    assert reason
    assert summary["totals"]["exhibits"] == (2 if damage == "flipped" else 1)


# ---- cases ------------------------------------------------------------------------------------


def test_a_case_of_a_newer_version_is_left_alone(command: Command, fresh: Path) -> None:
    head = fresh / "case.json"
    old = head.read_bytes()
    head.write_bytes(old.replace(b"firsthand-case/1", b"firsthand-case/2"))
    before = {p: p.read_bytes() for p in fresh.rglob("*") if p.is_file()}
    for arguments in (["show", fresh], ["add", fresh, head], ["report", fresh, "-o", fresh / "r"]):
        assert "newer" in refused(command, 2, *arguments)
    assert {p: p.read_bytes() for p in fresh.rglob("*") if p.is_file()} == before
    head.write_bytes(old)


@pytest.mark.parametrize("name", ["show", "verify", "rebuild", "report", "add", "export"])
def test_what_is_not_a_case_is_said_to_be_none(command: Command, tmp_path: Path, name: str) -> None:
    (tmp_path / "some").mkdir()
    (tmp_path / "file").write_text("not a case")
    more: dict[str, list[str | Path]] = {
        "report": ["-o", tmp_path / "out"],
        "add": [tmp_path / "file"],
        "export": ["-o", tmp_path / "out.zip"],
    }
    for case in ("some", "file", "nothing at all"):
        refused(command, 2, name, tmp_path / case, *more.get(name, []))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "some"]
    assert list((tmp_path / "some").iterdir()) == []


def test_new_does_not_write_into_what_is_there(command: Command, fresh: Path) -> None:
    before = (fresh / "case.json").read_bytes()
    refused(command, 2, "new", fresh)
    refused(command, 2, "new", fresh / "case.json")
    assert (fresh / "case.json").read_bytes() == before


def test_without_the_key_a_case_is_read_and_not_continued(
    command: Command, fresh: Path, tmp_path: Path
) -> None:
    env = {**os.environ, "FIRSTHAND_HOME": str(tmp_path / "other")}
    (tmp_path / "a.txt").write_text("a")
    done = command("add", fresh, tmp_path / "a.txt", env=env)
    assert done.returncode == 2
    assert "key" in done.stderr
    assert "hint:" in done.stderr
    assert command("show", fresh, env=env).returncode == 0
    assert command("verify", fresh, env=env).returncode == 0


def test_a_key_that_is_damaged_is_said_to_be(command: Command, fresh: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    keys = Path(os.environ["XDG_CONFIG_HOME"]) / "firsthand" / "keys"
    shutil.copytree(keys, home / "keys")
    for key in (home / "keys").iterdir():
        key.chmod(0o600)
        key.write_text("not a key\n")
    (tmp_path / "a.txt").write_text("a")
    env = {**os.environ, "FIRSTHAND_HOME": str(home)}
    done = command("add", fresh, tmp_path / "a.txt", env=env)
    assert done.returncode == 2
    assert "key" in done.stderr


# ---- disks (own mount namespace: needs root, as CI has) ------------------------------------------


def in_own_mounts(script: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run shell lines where mounts are private."""
    probe = ["unshare", "-m", "--propagation", "private", "sh", "-c"]
    can = subprocess.run([*probe, "mount -t tmpfs none /mnt"], capture_output=True, check=False)
    if can.returncode:
        assert not IN_CI, can.stderr
        pytest.skip("mounting needs root")
    done = subprocess.run(
        [*probe, script, "sh", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr[-3000:]
    return done


def test_a_read_only_case_is_read_and_not_written(
    command: Command, fresh: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("a")
    python, case = sys.executable, str(fresh)
    done = in_own_mounts(
        f"""mount --bind "{case}" "{case}" && mount -o remount,ro,bind "{case}" || exit 99
        "{python}" -m firsthand show "{case}" >/dev/null || exit 91
        "{python}" -m firsthand verify "{case}" >/dev/null || exit 92
        "{python}" -m firsthand report "{case}" -o "{tmp_path}/out" >/dev/null || exit 93
        "{python}" -m firsthand add "{case}" "{tmp_path}/a.txt"
        """
    )
    assert done.returncode == 2, (done.returncode, done.stderr)
    assert "ead-only" in done.stderr
    assert "hint:" in done.stderr
    assert (tmp_path / "out" / "report.json").exists()
    done = command("add", fresh, tmp_path / "a.txt")
    assert done.returncode == 0


@pytest.mark.slow
def test_a_full_disk_leaves_the_case_as_it_was_acknowledged(
    command: Command, tmp_path: Path
) -> None:
    big = tmp_path / "material"
    big.mkdir()
    for number in range(12):
        (big / f"{number}.bin").write_bytes(os.urandom(1 << 20))
    python, disk, out = sys.executable, tmp_path / "disk", tmp_path / "after"
    disk.mkdir()
    done = in_own_mounts(
        f"""mount -t tmpfs -o size=8m none "{disk}" || exit 99
        "{python}" -m firsthand new "{disk}/case" >/dev/null || exit 91
        printf first > "{disk}/first.txt"
        "{python}" -m firsthand add "{disk}/case" "{disk}/first.txt" >/dev/null || exit 92
        "{python}" -m firsthand add "{disk}/case" "{big}"
        echo "code $?" >&2
        "{python}" -m firsthand verify "{disk}/case" --json
        echo "verify $?" >&2
        cp -r "{disk}/case" "{out}"
        """
    )
    assert "code 2" in done.stderr, done.stderr
    assert "No space left" in done.stderr
    assert "hint: free some space" in done.stderr
    verdict = json.loads(done.stdout)
    # What is left over may be named, but nothing may be wrong, before or after going on.
    assert verdict["verdict"] in ("ok", "incomplete"), verdict["problems"]
    assert verdict["problems"] == []
    summary = added(command, out, big)
    assert summary["totals"]["done"] + summary["totals"]["already"] == 12
    assert command("verify", out).returncode == 0


# ---- the command line itself -------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["add", "CASE", "--no-such-option"],
        ["report", "CASE"],
        ["add", "CASE"],
        ["add", "CASE", "PATH", "--as", "no-such-kind"],
        ["demo", "no-such-demo"],
    ],
)
def test_usage_errors_exit_1(
    command: Command, fresh: Path, tmp_path: Path, arguments: list[str]
) -> None:
    (tmp_path / "a.txt").write_text("a")
    places = {"CASE": str(fresh), "PATH": str(tmp_path / "a.txt")}
    done = command(*(places.get(word, word) for word in arguments))
    assert done.returncode == 1, done.stderr
    assert "error" in done.stderr.lower()
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["show", "NOTHING"], 2),
        (["verify", "NOTHING"], 2),
        (["add", "CASE", "NOTHING"], 2),
        (["show", "CASE", "no-such-id"], 2),
        (["report", "CASE", "-o", "OUT", "--as-of", "yesterday"], 2),
        (["add", "CASE", "--no-such-option"], 1),
        (["nonsense"], 1),
    ],
)
def test_errors_as_json(
    command: Command, fresh: Path, tmp_path: Path, arguments: list[str], code: int
) -> None:
    places = {"CASE": fresh, "NOTHING": tmp_path / "nothing", "OUT": tmp_path / "out"}
    done = command(*(places.get(word, word) for word in arguments), "--json")
    assert done.returncode == code, done.stderr
    document = json.loads(done.stdout)
    assert set(document) == {"error"}
    assert set(document["error"]) == {"what", "why", "hint"}
    assert document["error"]["what"]
    assert done.stderr.lower().startswith(("error", "usage"))


def test_a_reader_that_goes_away_is_no_error(fresh: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = subprocess.run(
            [*BASE, "show", str(fresh)], stdout=pipe, stderr=subprocess.PIPE, text=True, check=False
        )
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("sort", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_and_run_again_nothing_is_lost_or_doubled(
    command: Command, fresh: Path, tmp_path: Path, sort: signal.Signals
) -> None:
    folder = tmp_path / "material"
    folder.mkdir()
    count = 1500
    for number in range(count):
        (folder / f"{number:05d}.txt").write_text(f"item {number}\n" * 20)
    child = subprocess.Popen(
        [*BASE, "add", str(fresh), str(folder), "--as", "folder"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    before = (fresh / "log" / "checkpoint").read_bytes()
    # The first part is durable, more are to come.
    while (fresh / "log" / "checkpoint").read_bytes() == before and child.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    child.send_signal(sort)
    _, errors = child.communicate(timeout=120)
    assert "Traceback" not in errors, errors[-3000:]
    if sort == signal.SIGINT:
        assert child.returncode == 130, errors
        assert "again" in errors
    else:
        assert child.returncode in (143, 130, -signal.SIGTERM)
    checked = command("verify", fresh, "--json")
    assert checked.returncode in (0, 5), checked.stdout
    assert json.loads(checked.stdout)["problems"] == []
    totals = added(command, fresh, folder, "--as", "folder")["totals"]
    assert totals["done"] + totals["already"] == count
    assert 0 < totals["already"] < count
    counts = json.loads(command("rebuild", fresh, "--json").stdout)["counts"]
    assert counts["exhibit"] == count
