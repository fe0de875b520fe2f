"""README-VERIFY.txt, followed to the letter on a machine that has nothing of ours."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from .outside_material import (
    Authority,
    cosigned,
    now,
    signature_entry,
    ssh_key,
    ssh_sign,
    stamp_entry,
    witness_entry,
    witness_vkey,
)
from .test_verify import SCRIPT, export, lay, make, opened, pack

README = SCRIPT.with_name("README-VERIFY.txt")


def commands() -> list[str]:
    """Lines that begin with a dollar sign, with their continuation lines."""
    return re.findall(r"^    \$ ((?:.*\\\n)*.*)$", README.read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An expert's desk: the unpacked bundle, what the expert trusts, and a bare python3."""
    desk = tmp_path_factory.mktemp("desk")
    authority = Authority(tmp_path_factory.mktemp("authority") / "a")
    key, public = ssh_key(tmp_path_factory.mktemp("person"))
    case, pairs = make(6)
    note, seconds = now(pairs), int(time.time())
    request, token = authority.stamp(note)
    signature, seen = ssh_sign(key, note), cosigned(note, seconds)
    stamp_entry(case, pairs, request, token, note)
    signature_entry(case, pairs, note, signature, public)
    witness_entry(case, pairs, seen, seconds)
    pairs.append(opened("note", len(pairs)))
    lay(case, pairs)
    for name, data in (("checkpoint", note), ("a.tsq", request), ("a.tsr", token),
                       ("ada.sig", signature), ("clerk.cosig", seen)):  # fmt: skip
        case[f"stamps/6/{name}"] = data
    with zipfile.ZipFile(pack(export(case), desk / "x.zip", top="bundle")) as archive:
        archive.extractall(desk)
    (desk / "held").write_bytes(note)
    (desk / "roots.pem").write_bytes(authority.root.read_bytes())
    (desk / "witness.txt").write_text(witness_vkey() + "\n")
    (desk / "signers.txt").write_text(f"ada@example.org {public}\n")
    python = desk / "bin" / "python3"
    python.parent.mkdir()
    base = getattr(sys, "_base_executable", sys.executable)
    python.write_text(f'#!/bin/sh\nexec "{base}" -I "$@"\n')
    python.chmod(0o755)
    return desk


def follow(desk: Path, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=desk / "bundle",
        env={"PATH": f"{desk / 'bin'}:/usr/bin:/bin", "LC_ALL": "C", "HOME": str(desk)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_of_ours_is_there(desk: Path) -> None:
    assert follow(desk, "python3 -c 'import firsthand'").returncode == 1


def test_every_command_works_as_it_stands(desk: Path) -> None:
    said = {command: follow(desk, command) for command in commands()}
    assert len(said) == 15
    for command, done in said.items():
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    text = "".join(done.stdout + done.stderr for done in said.values())
    assert text.count("Signature Verified Successfully") == 2  # the log, the witness
    assert "Verification: OK" in text and 'Good "firsthand-checkpoint" signature' in text
    trusted = next(done.stdout for command, done in said.items() if "--trust" in command)
    assert "entries 0 to 5: by " in trusted
    assert "entries 6 to 9: no outside checkpoint covers this" in trusted


ALTERED = [  # file, what in the command must then fail
    ("data/log/checkpoint", ("verify.py", "-c SHA256SUMS", "pkeyutl")),
    ("data/stamps/6/a.tsr", ("verify.py", "-c SHA256SUMS", "ts -verify")),
    ("data/stamps/6/ada.sig", ("verify.py", "-c SHA256SUMS", "-Y verify")),
    ("data/stamps/6/clerk.cosig", ("verify.py", "-c SHA256SUMS", "cosignature/v1")),
    ("data/stamps/6/checkpoint", ("verify.py", "-c SHA256SUMS", "ts -verify", "-Y verify")),
    ("SHA256SUMS", ("verify.py", "SHA256SUMS.note")),
]


@pytest.mark.parametrize(("path", "fails"), ALTERED, ids=[path for path, _ in ALTERED])
def test_an_altered_bundle_fails_where_it_should(
    desk: Path, path: str, fails: tuple[str, ...]
) -> None:
    file = desk / "bundle" / path
    data = file.read_bytes()
    at = -20 if path.endswith(("tsr", "cosig", "checkpoint")) else 60
    if path.endswith(".sig"):
        at = len(data) // 2
    other = b"A" if data[at : at + 1 or None] != b"A" else b"B"
    changed = data[:at] + other + data[at + 1 :]
    try:
        file.write_bytes(changed)
        failed = [line for line in commands() if follow(desk, steps(line)).returncode != 0]
    finally:
        file.write_bytes(data)
    for part in fails:
        assert any(part in line for line in failed), (part, failed)
    assert os.listdir(desk / "bundle")


def steps(line: str) -> str:
    """The command with those before it that write what it reads."""
    lines, many = commands(), 4 if "-in ../text -sigfile" in line.replace("\\\n        ", "") else 0
    many = 2 if "cosignature" in line else many
    at = lines.index(line)
    return "\n".join([*lines[at - many : at], line])


def test_an_expired_certificate_needs_the_time_of_the_stamp(desk: Path) -> None:
    line = next(line for line in commands() if "ts -verify" in line)
    future, then = int(time.time()) + 90 * 86_400, int(time.time())
    late = line.replace("ts -verify", f"ts -verify -attime {future}")
    assert follow(desk, late).returncode != 0
    right = line.replace("ts -verify", f"ts -verify -attime {then}")
    assert follow(desk, right).returncode == 0


def test_the_page_is_one_page() -> None:
    lines = README.read_text().splitlines()
    assert len(lines) <= 60 and max(map(len, lines)) <= 80
