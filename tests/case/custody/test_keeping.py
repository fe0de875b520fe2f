"""Private keys at rest: what is written, who can open it, and what an interruption leaves."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pyrage
import pytest
from cheap import leave_scrypt_out

from firsthand.case import Case
from firsthand.case.custody import keeping, passphrase
from firsthand.case.files import Files
from firsthand.cli.main import run
from firsthand.model.errors import BadInput, StorageFailed
from firsthand.tlog import Signer

WORDS = "seven grey herons over the mill"


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    keeping._unlocked.clear()
    for name in ("PASSPHRASE", "PASSPHRASE_FILE", "NEW_PASSPHRASE", "NEW_PASSPHRASE_FILE"):
        monkeypatch.delenv(f"FIRSTHAND_{name}", raising=False)


@pytest.fixture
def signer() -> Signer:
    return Signer.generate("example.org/log")


def on_a_terminal(arguments: list[str], answers: list[str]) -> tuple[int, str]:
    """Run a program on a terminal of its own, typing an answer at each prompt."""
    child, master = pty.fork()
    if child == 0:
        try:
            os.execvp(arguments[0], arguments)
        finally:
            os._exit(127)
    seen = b""
    waiting = list(answers)
    while True:
        if not select.select([master], [], [], 60)[0]:
            break
        try:
            part = os.read(master, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        seen += part
        if waiting and seen.rstrip().endswith(b":"):
            os.write(master, waiting.pop(0).encode() + b"\n")
            seen += b"(typed)\n"  # else the same prompt would be answered again at its echo
    os.close(master)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), seen.decode()


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_plain_key_becomes_a_file_that_age_opens(signer: Signer, tmp_path: Path) -> None:
    vkey = str(signer.verifier)
    path = keeping.store_key(signer)
    assert keeping.protection(vkey) == "plain"
    assert keeping.protect(vkey, WORDS) == "plain"
    assert files_in(path.parent) == [path.name + ".age"]
    sealed = path.with_name(path.name + ".age")
    assert sealed.stat().st_mode & 0o777 == 0o600
    assert signer.secret_text().encode() not in sealed.read_bytes()
    # Debian's age, which knows nothing of us, gives the key back.
    code, seen = on_a_terminal(["age", "-d", "-o", str(tmp_path / "opened"), str(sealed)], [WORDS])
    assert code == 0, seen
    assert (tmp_path / "opened").read_text() == signer.secret_text() + "\n"


def test_a_protected_key_is_unlocked_once_in_a_process(
    signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_scrypt_out(monkeypatch)
    keeping.store_key(signer, WORDS)
    keeping._unlocked.clear()
    asked: list[str] = []

    def give(what: str) -> str:
        asked.append(what)
        return WORDS

    monkeypatch.setattr(keeping, "ask", give)
    vkey = str(signer.verifier)
    assert keeping.load_key(vkey) == keeping.load_key(vkey) == signer
    assert keeping.passphrase_of(vkey) == WORDS
    assert asked == ["the signing key"]


def test_a_wrong_passphrase_and_a_damaged_file_change_nothing(
    signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = keeping.store_key(signer, WORDS)
    keeping._unlocked.clear()
    before = path.read_bytes()
    monkeypatch.setenv("FIRSTHAND_PASSPHRASE", "not these words")
    vkey = str(signer.verifier)
    for attempt in (keeping.load_key, keeping.unprotect):
        with pytest.raises(BadInput, match="wrong or the file is damaged"):
            attempt(vkey)
    assert path.read_bytes() == before
    monkeypatch.setenv("FIRSTHAND_PASSPHRASE", WORDS)
    path.write_bytes(before[:-60])
    with pytest.raises(BadInput, match="cannot be opened"):
        keeping.load_key(vkey)


def test_another_key_in_the_file_is_refused(signer: Signer) -> None:
    path = keeping.store_key(signer)
    path.write_text(Signer.generate("example.org/log").secret_text() + "\n")
    with pytest.raises(BadInput, match="does not belong"):
        keeping.load_key(str(signer.verifier))
    path.write_bytes(b"\xff" * 40)
    with pytest.raises(BadInput):
        keeping.protect(str(signer.verifier), WORDS)
    assert files_in(path.parent) == [path.name]


class Breaks(Files):
    """Fails at the n-th call that changes the disk."""

    left = 0

    def _count(self) -> None:
        Breaks.left -= 1
        if Breaks.left < 0:
            raise OSError(5, "Input/output error")

    def extend(self, fd: int, data: memoryview) -> None:
        self._count()
        super().extend(fd, data[: len(data) // 2] if Breaks.left == 0 else data)

    def flush(self, fd: int) -> None:
        self._count()
        super().flush(fd)

    def rename(self, source: Path, target: Path) -> None:
        self._count()
        super().rename(source, target)

    def sync_dir(self, path: Path) -> None:
        self._count()
        super().sync_dir(path)

    def remove(self, path: Path) -> None:
        if not path.name.startswith("."):
            self._count()
        super().remove(path)


@pytest.mark.parametrize("direction", ["protect", "unprotect"])
def test_wherever_the_change_breaks_the_key_is_there_and_the_change_can_be_repeated(
    signer: Signer, monkeypatch: pytest.MonkeyPatch, direction: str
) -> None:
    leave_scrypt_out(monkeypatch)
    monkeypatch.setattr(keeping, "Files", Breaks)
    vkey = str(signer.verifier)
    change = {
        "protect": lambda: keeping.protect(vkey, WORDS),
        "unprotect": lambda: keeping.unprotect(vkey),
    }[direction]
    goal = "passphrase" if direction == "protect" else "plain"
    broken = 0
    for limit in range(1, 20):
        Breaks.left = 1000
        for path in (keeping.key_path(vkey), keeping._sealed_path(keeping.key_path(vkey))):
            path.unlink(missing_ok=True)
        keeping._unlocked.clear()
        monkeypatch.setenv("FIRSTHAND_PASSPHRASE", WORDS)
        keeping.store_key(signer, None if direction == "protect" else WORDS)
        Breaks.left = limit
        try:
            change()
        except (StorageFailed, BadInput):
            broken += 1
        else:
            break
        Breaks.left = 1000
        keeping._unlocked.clear()
        assert keeping.load_key(vkey) == signer
        change()
        assert keeping.protection(vkey) == goal
        assert len(files_in(keeping.key_path(vkey).parent)) == 1
    assert broken >= 4  # write, flush, rename, folder, remove, folder


def test_the_command_asks_on_a_terminal_and_echoes_nothing(tmp_path: Path) -> None:
    program = [sys.executable, "-m", "firsthand"]
    code, seen = on_a_terminal([*program, "new", str(tmp_path / "c"), "--passphrase"], [WORDS] * 2)
    assert code == 0, seen
    assert WORDS not in seen
    assert "once more" in seen
    (path,) = (tmp_path / "home" / "keys").iterdir()
    assert path.name.endswith(".key.age")
    vkey = Case.open(tmp_path / "c").vkey
    text = pyrage.passphrase.decrypt(path.read_bytes(), WORDS).decode().strip()
    assert str(Signer.parse(text).verifier) == vkey


def test_two_that_differ_and_a_short_one_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    typed = iter([WORDS, WORDS + "?", "short"])
    monkeypatch.setattr(passphrase, "_typed", lambda prompt: next(typed))
    with pytest.raises(BadInput, match="differ"):
        passphrase.choose("the key")
    with pytest.raises(BadInput, match="too short"):
        passphrase.choose("the key")


def test_without_a_terminal_it_is_said_what_to_do(
    signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_scrypt_out(monkeypatch)
    path = keeping.store_key(signer, WORDS)
    assert path.is_file()
    script = (
        "from firsthand.case.custody.keeping import load_key; import sys; load_key(sys.argv[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(signer.verifier)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,  # no terminal to open
        check=False,
    )
    assert done.returncode != 0
    assert "there is no terminal to ask at" in done.stderr


def test_the_file_with_the_passphrase_goes_before_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRSTHAND_PASSPHRASE", "from the variable")
    assert passphrase.ask("x") == "from the variable"
    place = tmp_path / "words"
    place.write_bytes(WORDS.encode() + b"\r\nsecond line\n")
    monkeypatch.setenv("FIRSTHAND_PASSPHRASE_FILE", str(place))
    assert passphrase.ask("x") == WORDS
    place.write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match="cannot be read"):
        passphrase.ask("x")
    monkeypatch.setenv("FIRSTHAND_PASSPHRASE_FILE", str(tmp_path / "none"))
    with pytest.raises(BadInput, match="cannot be read"):
        passphrase.ask("x")


def test_a_case_goes_on_with_a_protected_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_scrypt_out(monkeypatch)
    monkeypatch.setenv("FIRSTHAND_PASSPHRASE", WORDS)
    assert run(["new", str(tmp_path / "c"), "--passphrase"]) == 0
    keeping._unlocked.clear()
    assert run(["event", str(tmp_path / "c"), '{"id": "e1", "label": "E"}']) == 0
    keeping._unlocked.clear()
    monkeypatch.setenv("FIRSTHAND_PASSPHRASE", "something else")
    assert run(["event", str(tmp_path / "c"), '{"id": "e2", "label": "E"}']) == 2
    assert Case.open(tmp_path / "c").catalog.size() == 2
