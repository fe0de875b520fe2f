"""``firsthand stamp`` from the command line: policy, by hand, what a person reads."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from firsthand.cli.main import run

sys.path.insert(0, str(Path(__file__).parent.parent / "case" / "custody"))

from authority import Authority

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority") / "one", "one")


@pytest.fixture
def mill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "home"))
    assert run(["new", str(tmp_path / "mill")]) == 0
    return str(tmp_path / "mill")


def test_by_hand(
    mill: str, one: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["stamp", mill]) == 2
    assert "stamp authority CASE NAME" in capsys.readouterr().err
    roots = str(one.folder / "root.pem")
    named = ["stamp", "authority", mill, "one", "--roots", roots, "--need", "1"]
    assert run(named) == 0
    assert "1 authority, and asks for stamps of 1" in capsys.readouterr().out
    assert run(["stamp", "authority", mill, "c", "--kind", "opentimestamps", "--need", "3"]) == 2
    usb = tmp_path / "usb"
    assert run(["stamp", mill, "-o", str(usb)]) == 0
    assert "pending: one (rfc3161), entries 0 to" in capsys.readouterr().out
    assert run(["show", mill]) == 0
    assert "time stamps: 1 pending" in capsys.readouterr().out
    (request,) = usb.glob("*.tsq")
    answer = tmp_path / "one.tsr"
    answer.write_bytes(one.reply(request.read_bytes(), chain=True))
    assert run(["stamp", mill, "--take", str(answer)]) == 0
    said = capsys.readouterr().out
    assert "one, 20" in said
    assert "± 1.5 s" in said
    assert "accepted by openssl" in said
    assert "pending" not in said
    assert run(["stamp", mill, "--pending", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [s["state"] for s in data["stamps"]] == ["received"]
    assert data["pending"] == []
    assert run(["show", mill]) == 0
    assert "time stamps" not in capsys.readouterr().out


def test_what_cannot_be_sent_stays_pending(
    mill: str, one: Authority, capsys: pytest.CaptureFixture[str]
) -> None:
    roots = str(one.folder / "root.pem")
    url = "http://127.0.0.1:9/tsr"
    assert run(["stamp", "authority", mill, "one", "--roots", roots, "--url", url]) == 0
    assert run(["stamp", mill, "--send"]) == 5
    said = capsys.readouterr().out
    assert "not a public address" in said
    assert "pending: one" in said
    assert run(["stamp", mill, "--send", "--local", "--json"]) == 5  # nobody listens
    assert len(json.loads(capsys.readouterr().out)["pending"]) == 1


def test_files_that_answer_nothing(
    mill: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.tsr").write_bytes(b"rubbish")
    assert run(["stamp", mill, "--take", str(tmp_path / "x.tsr")]) == 5
    assert "answers no request" in capsys.readouterr().out
    (tmp_path / "headers").write_text("zz\n", encoding="ascii")
    assert run(["stamp", mill, "--headers", str(tmp_path / "headers")]) == 2
    assert "line 1" in capsys.readouterr().err
    assert run(["stamp", mill, "--upgrade"]) == 0
