"""The command key from end to end: protect, carry, paper, replace."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from cheap import leave_scrypt_out

from firsthand.case import Case
from firsthand.case.custody import keeping
from firsthand.cli.main import run
from firsthand.report.checking import check

WORDS = "seven grey herons over the mill"
OTHER = "eight white swans under the bridge"


@pytest.fixture(autouse=True)
def _a_new_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keeping._unlocked.clear()
    for name in ("PASSPHRASE", "PASSPHRASE_FILE", "NEW_PASSPHRASE", "NEW_PASSPHRASE_FILE"):
        monkeypatch.delenv(f"FIRSTHAND_{name}", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def mill(tmp_path: Path) -> Path:
    assert run(["new", "mill"]) == 0
    return tmp_path / "mill"


def enter(name: str) -> int:
    """Write to the case as a process of its own would."""
    keeping._unlocked.clear()
    return run(["event", "mill", json.dumps({"id": name, "label": "E"})])


def kept(home: Path) -> list[str]:
    return sorted("".join(path.suffixes) for path in (home / "keys").iterdir())


def test_protect_change_and_unprotect(
    mill: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_scrypt_out(monkeypatch)
    home = tmp_path / "home"
    monkeypatch.setenv("FIRSTHAND_PASSPHRASE", WORDS)
    assert run(["key", "protect", "mill"]) == 0
    assert kept(home) == [".key.age"]
    assert enter("e1") == 0
    assert run(["key", "protect", "mill"]) == 2  # it is already
    monkeypatch.setenv("FIRSTHAND_NEW_PASSPHRASE", OTHER)
    keeping._unlocked.clear()
    assert run(["key", "protect", "mill", "--change"]) == 0
    assert enter("e2") == 2
    monkeypatch.setenv("FIRSTHAND_PASSPHRASE", OTHER)
    assert enter("e3") == 0
    assert run(["key", "unprotect", "mill"]) == 0
    assert kept(home) == [".key"]
    monkeypatch.delenv("FIRSTHAND_PASSPHRASE")
    assert enter("e4") == 0
    assert Case.open(mill).ledger.size() == 4


def test_a_case_goes_on_elsewhere_from_the_file_and_from_paper(
    mill: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    leave_scrypt_out(monkeypatch)
    assert run(["key", "rotate", "mill", "--export", "--why", "first"]) == 0
    monkeypatch.setenv("FIRSTHAND_PASSPHRASE", WORDS)
    assert run(["key", "export", "mill", "keys.age"]) == 0
    assert (tmp_path / "keys.age").stat().st_mode & 0o777 == 0o600
    assert run(["key", "export", "mill", "keys.age"]) == 2  # nothing is written over
    capsys.readouterr()
    assert run(["key", "paper", "mill"]) == 0
    sheet = capsys.readouterr().out

    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "second"))
    assert enter("e1") == 2
    assert run(["key", "import", "keys.age"]) == 0
    assert kept(tmp_path / "second") == [".key.age", ".key.age"]
    assert enter("e2") == 0

    monkeypatch.delenv("FIRSTHAND_PASSPHRASE")
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "third"))
    typed = SimpleNamespace(buffer=io.BytesIO(sheet.encode()), isatty=lambda: False)
    monkeypatch.setattr("sys.stdin", typed)
    assert run(["key", "import", "--paper", "-"]) == 0
    assert kept(tmp_path / "third") == [".key", ".key"]
    assert enter("e3") == 0

    (tmp_path / "typed.txt").write_text(sheet.replace("\n2: ", "\n2: A", 1))
    assert run(["key", "import", "--paper", "typed.txt"]) == 2
    assert "line 2 of key 1" in capsys.readouterr().err
    for wrong in ("typed.txt", "none.age", "mill/case.json"):
        assert run(["key", "import", wrong]) == 2
    assert run(["key", "import", "mill"]) == 2


def test_a_new_log_key_takes_over_and_the_old_one_is_revoked(
    mill: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    leave_scrypt_out(monkeypatch)
    monkeypatch.setenv("FIRSTHAND_PASSPHRASE", WORDS)
    assert run(["key", "protect", "mill"]) == 0
    assert run(["key", "rotate", "mill", "--why", "laptop stolen", "--compromised"]) == 0
    assert kept(tmp_path / "home") == [".key.age", ".key.age"]
    assert enter("e1") == 0
    capsys.readouterr()
    assert run(["key", "list", "mill", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    # Entry 1 is the change: the old key signs logs of 1 entry, the new one of 2 and more. No
    # outside checkpoint covers anything, so that nothing of the old key is sure.
    assert [(r["state"], r["valid_from"], r["valid_to"]) for r in rows] == [
        ("revoked", 0, 0),
        ("added", 2, None),
    ]
    assert check(mill)["verdict"] != "failed"
    assert run(["key", "list", "mill"]) == 0
    assert "why: laptop stolen" in capsys.readouterr().out
    # Only the new key goes on paper; the file carries both.
    assert run(["key", "paper", "mill"]) == 0
    assert capsys.readouterr().out.count("firsthand private key") == 1
    assert run(["key", "export", "mill", "keys.age", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["keys"]) == 2


def test_without_private_keys_the_commands_say_so(
    mill: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "nothing"))
    monkeypatch.setenv("FIRSTHAND_PASSPHRASE", WORDS)
    for command in (["protect"], ["unprotect"], ["paper"]):
        assert run(["key", *command, "mill"]) == 2
    assert run(["key", "export", "mill", "x.age"]) == 2
    assert run(["key", "rotate", "mill", "--why", "t"]) == 2
    assert run(["key", "list", "mill"]) == 0
    assert not (tmp_path / "x.age").exists()
