"""Our log read and checked by golang.org/x/mod/sumdb: another language, other people's code.

Debian: golang-go, golang-golang-x-mod-dev. The program is tests/fixtures/go/check_log.go.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from firsthand.case import Case
from firsthand.case.custody.policy import set_policy
from firsthand.case.custody.rotation import rotate_log_key
from firsthand.case.custody.witness_desk import WitnessDesk
from firsthand.case.custody.witnessing import request, take
from firsthand.case.files import Files
from firsthand.case.log import DiskLog
from firsthand.model.nouns import Note
from firsthand.tlog import Signer
from firsthand.tlog.witness import Request

SOURCE = Path(__file__).resolve().parents[1] / "fixtures" / "go" / "check_log.go"
X_MOD = Path("/usr/share/gocode/src/golang.org/x/mod")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("go") is None or not X_MOD.is_dir():
        pytest.skip("no Go with x/mod (Debian: apt-get install golang-go golang-golang-x-mod-dev)")
    folder = tmp_path_factory.mktemp("go")
    made = folder / "check_log"
    environment = os.environ | {
        "GO111MODULE": "off",
        "GOPATH": "/usr/share/gocode",
        "GOCACHE": str(folder / "cache"),
        "GOFLAGS": "",
        "CGO_ENABLED": "0",
        "GOPROXY": "off",
    }
    command = ["go", "build", "-o", str(made), str(SOURCE)]
    subprocess.run(command, check=True, env=environment, cwd=folder)
    return made


def go(program: Path, *arguments: object) -> tuple[bool, str]:
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    return done.returncode == 0, (done.stdout + done.stderr).strip()


def grow(case: Case, size: int) -> None:
    with case.batch(by="t") as batch:
        for number in range(case.ledger.size(), size):
            batch.noun("note", Note(id=f"n{number}", subject="case", text=f"{number}"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Path, Path, Path]:
    """Make a case of 600 entries with a cosignature, an older checkpoint, and a replaced key."""
    root = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRSTHAND_HOME", str(root / "home"))
        case = Case.create(root / "case", by="t")
        desk = WitnessDesk("witness.example/go")
        desk.create()
        desk.trust(case.vkey.encode())
        set_policy(case, add_witnesses=[str(desk.signer().key)], quorum=1)
        grow(case, 300)
        older = root / "older"
        shutil.copy(case.root / "log" / "checkpoint", older)
        _, cosigned = desk.sign(Request.parse(request(case, 0)))
        assert cosigned is not None
        take(case, cosigned)
        witness = root / "witness.vkey"
        witness.write_text(str(desk.signer().key))
        grow(case, 500)
        rotate_log_key(case, why="t")
        grow(case, 600)
    return case, older, case.root / "stamps" / "300" / "witness.example-go.cosig", witness


def test_a_case_is_read_and_checked_by_sumdb(
    program: Path, made: tuple[Case, Path, Path, Path]
) -> None:
    case, older, cosigned, witness = made
    now = case.log.key_for(600)
    log = case.root / "log"
    arguments = (log, now, older, case.vkey, "-witness", witness.read_text(), cosigned)
    assert go(program, *arguments) == (True, "ok 600")
    assert not go(program, log, case.vkey)[0]  # the first key no longer counts
    assert not go(program, log, now, older, now)[0]
    other = witness.read_text().replace("+B", "+A")
    assert not go(program, log, now, "-witness", other, cosigned)[0]


HARMED = [
    "checkpoint", "tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2",
    "tile/entries/000", "tile/entries/001", "tile/entries/002.p/88",
]  # fmt: skip


@pytest.mark.parametrize("name", HARMED)
@pytest.mark.parametrize("how", ["flip", "cut", "gone"])
def test_a_damaged_copy_is_refused(
    program: Path, made: tuple[Case, Path, Path, Path], tmp_path: Path, name: str, how: str
) -> None:
    case = made[0]
    shutil.copytree(case.root / "log", tmp_path / "log")
    place = tmp_path / "log" / name
    data = place.read_bytes()
    place.unlink()
    if how == "flip":
        place.write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])
    elif how == "cut":
        place.write_bytes(data[:-1])
    assert not go(program, tmp_path / "log", case.log.key_for(600))[0]


def test_a_rewritten_history_is_refused_against_an_older_checkpoint(
    program: Path, made: tuple[Case, Path, Path, Path], tmp_path: Path
) -> None:
    case, older, _, _ = made
    (tmp_path / "incoming").mkdir()
    entries = list(case.log.entries(0, 600))
    entries[123] = entries[123].replace(b"note", b"nope")
    signer = Signer.generate(case.origin)
    log = DiskLog(tmp_path, str(signer.verifier), Files(), signer)
    log.append(0, entries)
    assert go(program, tmp_path / "log", log.key) == (True, "ok 600")  # consistent with itself
    good, said = go(program, tmp_path / "log", log.key, older, case.vkey)
    assert not good and "tree proof" in said


def test_a_log_of_three_levels(program: Path, tmp_path: Path) -> None:
    # 66,000 leaves: 257 full tiles at level 0, one full and one partial at level 1, one at level 2.
    (tmp_path / "incoming").mkdir()
    signer = Signer.generate("example.org/log")
    log = DiskLog(tmp_path, str(signer.verifier), Files(), signer)
    entries = [b'{"root":"%064x","t":"note","v":1}' % number for number in range(66_000)]
    log.append(0, entries[:1_000])
    older = tmp_path / "older"
    shutil.copy(tmp_path / "log" / "checkpoint", older)
    log.append(1_000, entries[1_000:])
    assert (tmp_path / "log" / "tile" / "2" / "000.p" / "1").is_file()
    assert go(program, tmp_path / "log", log.key, older, log.key) == (True, "ok 66000")
    top = tmp_path / "log" / "tile" / "2" / "000.p" / "1"
    top.write_bytes(bytes(32))
    assert not go(program, tmp_path / "log", log.key)[0]
