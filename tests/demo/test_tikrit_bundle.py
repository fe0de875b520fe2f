"""What a stranger gets: the bundle, checked without firsthand and in part without its verifier."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from firsthand.tlog import Signer


@pytest.fixture
def unpacked(built: Any, tmp_path: Path) -> Path:
    with zipfile.ZipFile(built.folder / "tikrit.zip") as bundle:
        bundle.extractall(tmp_path)
    return tmp_path / "tikrit"


def stranger(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run verify.py alone: -I takes away user site, PYTHONPATH and the current folder."""
    command = [sys.executable, "-I", str(folder / "verify.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")


def test_verify_py_needs_nothing_of_ours(built: Any, unpacked: Path) -> None:
    for target in (unpacked, built.folder / "tikrit.zip", built.folder / "case"):
        done = stranger(unpacked, str(target), "--json")
        result = json.loads(done.stdout)
        assert (done.returncode, result["verdict"]) == (0, "ok"), result["problems"]
        assert set(result) == {
            *("verdict", "checked", "problems", "covered_to", "not_checked", "brackets"),
            *("differs", "outside", "policy"),
        }
        # What nobody outside holds is never called verified.
        assert result["covered_to"]["by"] == []
        assert any("outside checkpoint" in str(item) for item in result["not_checked"])
    assert "verified" not in stranger(unpacked, str(unpacked)).stdout.lower()


def test_what_the_two_verifiers_say_is_the_same(built: Any, unpacked: Path) -> None:
    (unpacked / "data" / "log" / "checkpoint").write_bytes(b"x")
    ours = built.run("verify", str(unpacked), "--json")
    theirs = stranger(unpacked, str(unpacked), "--json")
    assert ours.returncode == theirs.returncode == 4
    assert json.loads(ours.stdout) == json.loads(theirs.stdout)


def test_plain_tools_check_files_and_signature(unpacked: Path) -> None:
    sums = subprocess.run(
        ["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=unpacked, capture_output=True, check=False
    )
    assert sums.returncode == 0, sums.stdout
    note = (unpacked / "SHA256SUMS.note").read_text()
    text, _, signature = note.partition("\n\n")
    assert hashlib.sha256((unpacked / "SHA256SUMS").read_bytes()).hexdigest() in text
    # As README-VERIFY.txt says: openssl, with the key that an entry of type `key` gives.
    records = [
        part[2]
        for path in (unpacked / "data" / "openings").rglob("*")
        if path.is_file()
        for line in path.read_text().splitlines()
        for part in json.loads(line)["f"]
        if part[1] == "body" and isinstance(part[2], dict) and part[2].get("role") == "export"
    ]
    vkey = records[-1]["key"]
    public = base64.b64decode(vkey.split("+", 2)[2])[1:]
    prefix = bytes.fromhex("302a300506032b6570032100")  # RFC 8410: SubjectPublicKeyInfo of Ed25519
    (unpacked / "key.der").write_bytes(prefix + public)
    (unpacked / "text").write_text(text + "\n")
    (unpacked / "sig").write_bytes(base64.b64decode(signature.split()[-1])[4:])
    command = (
        "openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in text -sigfile sig"
    )
    done = subprocess.run(
        command.split(), cwd=unpacked, capture_output=True, text=True, check=False
    )
    assert "Verified Successfully" in done.stdout, done.stderr


def test_an_older_checkpoint_shows_a_rewritten_history(built: Any, tmp_path: Path) -> None:
    case = Path(shutil.copytree(built.folder / "case", tmp_path / "case"))
    kept = tmp_path / "checkpoint-kept-by-a-friend"
    shutil.copy(case / "log" / "checkpoint", kept)
    assert built.run("note", str(case), "s12-count", "seen again").returncode == 0
    later = built.json("verify", str(case), "--against", str(kept))
    assert later["verdict"] == "ok"
    assert later["covered_to"]["size"] > 0 and later["covered_to"]["by"]
    # The same key signs another history of another case: the friend's checkpoint does not fit it.
    other = tmp_path / "other"
    assert built.run("new", str(other)).returncode == 0
    done = built.run("verify", str(other), "--against", str(kept))
    assert done.returncode == 4


def test_an_export_never_overwrites_and_never_lies_inside(built: Any, tmp_path: Path) -> None:
    case = str(built.folder / "case")
    taken = tmp_path / "taken.zip"
    taken.write_bytes(b"mine")
    assert built.run("export", case, "-o", str(taken)).returncode == 2
    assert taken.read_bytes() == b"mine"
    assert built.run("export", case, "-o", str(built.folder / "case" / "x.zip")).returncode == 2
    done = built.run("export", case, "-o", str(tmp_path / "none" / "p.zip"))
    assert done.returncode == 2 and not (tmp_path / "none").exists()


def test_no_private_key_and_no_machine_path_leaves(built: Any) -> None:
    home = Path(built.environment["FIRSTHAND_HOME"])
    texts = [key.read_text().strip() for key in (home / "keys").iterdir()]
    secrets = [base64.b64encode(Signer.parse(text).seed).decode()[:40] for text in texts]
    secrets += [Signer.parse(text).seed.hex() for text in texts] + texts
    with zipfile.ZipFile(built.folder / "tikrit.zip") as bundle:
        for name in bundle.namelist():
            data = bundle.read(name)
            assert all(secret.encode() not in data for secret in secrets), name
            assert str(built.folder).encode() not in data, name
