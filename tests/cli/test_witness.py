from __future__ import annotations

import io
import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case
from firsthand.cli.main import run


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Case.create(tmp_path / "mill", title="a secret title", by="t").close()


Say = Any


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Say:
    def command(line: str, code: int = 0, stdin: bytes = b"") -> str:
        stream = io.TextIOWrapper(io.BytesIO(stdin))
        monkeypatch.setattr("sys.stdin", stream)
        assert run(shlex.split(line)) == code, capsys.readouterr()
        return capsys.readouterr().out

    return command


def vkey(say: Say, name: str) -> str:
    say(f"witness new {name}")
    say(f"witness trust {name} mill/case.json")
    return str(json.loads(say(f"witness key {name} --json"))["vkey"])


def test_by_file(say: Say, tmp_path: Path) -> None:
    key = vkey(say, "anna")
    say(f"witness policy mill --witness {key} --quorum 1 --by t")
    assert "no outside checkpoint" in say("witness status mill")
    said = say("witness request mill anna -o ask.txt")
    data = (tmp_path / "ask.txt").read_bytes()
    assert f"{len(data)} bytes" in said and b"secret" not in data
    say("witness sign anna ask.txt -o cosigned.txt")
    assert "anna signed 2 entries" in say("witness take mill cosigned.txt --by t")
    assert "nothing was recorded" in say("witness take mill cosigned.txt --by t")
    status = json.loads(say("witness status mill --json"))
    assert (status["covered"], status["size"], status["quorum"]) == (2, 3, 1)
    assert "no outside checkpoint covers entry 2" in say("witness status mill")
    assert json.loads(say("witness state anna --json"))["logs"][0]["size"] == 2


def test_by_copy_and_paste(say: Say) -> None:
    key = vkey(say, "ben")
    text = say("witness request mill --old 0")
    # A mail program may have sent it with CR LF.
    signed = say("witness sign ben -", stdin=text.replace("\n", "\r\n").encode())
    assert signed.startswith("firsthand.case/") and signed.count("\n— ") == 2
    said = say(f"witness take mill - --key {key} --by t", stdin=signed.encode())
    assert "ben signed 1 entry" in said
    assert "(not in the policy)" in say("witness status mill")


def test_a_refusal_is_exit_4_and_says_what_is_known(say: Say, tmp_path: Path) -> None:
    vkey(say, "anna")
    say("witness request mill --old 0 -o one.txt")
    say("witness sign anna one.txt -o two.txt")
    say("note mill case:x 'more'", code=2)
    say("witness policy mill --quorum 0")
    say('actor mill \'{"id": "a", "name": "A", "kind": "office"}\' --by t')
    said = say("witness sign anna -", code=4, stdin=say("witness request mill --old 0").encode())
    assert "refused (409)" in said and "knows 1 entry" in said
    row = json.loads(say("witness sign anna one.txt --json", code=4))
    assert (row["signed"], row["fork"], row["status"], row["known"]) == (False, False, 409, 1)
    say("witness request mill --old 1 -o three.txt")
    say("witness sign nobody one.txt", code=2)
    say("witness sign anna three.txt -o two.txt", code=2)  # never written over, and not signed
    assert json.loads(say("witness state anna --json"))["logs"][0]["size"] == 1
    say("witness request mill", code=1)
    say("witness request mill --old 99", code=2)
    say("witness request mill nobody", code=2)


def test_compare(say: Say, tmp_path: Path) -> None:
    key = Case.open(tmp_path / "mill").vkey
    vkey(say, "anna")
    say("witness request mill --old 0 -o one.txt")
    say("witness sign anna one.txt -o a.txt")
    (tmp_path / "head.txt").write_bytes((tmp_path / "mill/log/checkpoint").read_bytes())
    assert "the same tree" in say(f"witness compare a.txt head.txt --key {key}")
    say('actor mill \'{"id": "a", "name": "A", "kind": "office"}\' --by t')
    later = "mill/log/checkpoint"
    assert "cannot be told" in say(f"witness compare a.txt {later} --key {key}", code=5)
    assert "one history" in say(f"witness compare a.txt {later} --case mill")
    say("witness compare a.txt head.txt", code=1)
    say("witness compare a.txt mill/case.json --case mill", code=2)


def test_prove_and_check(say: Say, tmp_path: Path) -> None:
    key = vkey(say, "anna")
    say(f"witness policy mill --witness {key} --quorum 1 --by t")
    say("prove mill 0 --with cosigned", code=5)
    assert "no outside checkpoint" in say("prove mill entry:0 -o bare")
    say("witness request mill anna -o ask.txt")
    say("witness sign anna ask.txt -o cosigned.txt")
    say("witness take mill cosigned.txt --by t")
    made = json.loads(say("prove mill 0 --with cosigned -o p --json"))
    assert made["witnesses"] == [key] and made["bytes"] == (tmp_path / "p").stat().st_size
    line = made["check"].removeprefix("firsthand ")
    assert "entry 0 is in the log" in say(line) and "signed by anna" in say(line)
    stranger = vkey(say, "stranger")
    say(f"{line} --witness {stranger}", code=4)
    say(f"{line} --witness {stranger} --quorum 1")
    (tmp_path / "p.entry").write_bytes(b"{}")
    say(line, code=4)
    say("prove --check p p.entry", code=1)
    say("prove mill 99", code=2)


def test_the_notes_of_replaced_keys_go_along(say: Say) -> None:
    vkey(say, "anna")
    say("key rotate mill --why t --by t")
    said = say("witness request mill --old 0 -o one.txt")
    assert "send mill/log/keys/1, too" in said
    assert "trust NAME FILE" in say("witness sign anna one.txt", code=4)
    say("witness trust anna mill/log/keys/1")
    say("witness sign anna one.txt -o two.txt")
    # One that signed exactly as many entries as the old key did has not seen the note.
    assert "log/keys/1" in say("witness request mill --old 1 -o three.txt")
    assert "log/keys/1" not in say("witness request mill --old 2 -o four.txt")
