"""A session says who imported with which tools by which clock, and not from which machine."""

from __future__ import annotations

import getpass
import json
import platform
import socket
from pathlib import Path

from firsthand.case import Case
from firsthand.collect import importing


def test_opening_and_closing_say_who_with_what_and_by_which_clock(tmp_path: Path) -> None:
    case = Case.create(tmp_path / "case", title="t", by="ana")
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.bin").write_bytes(b"%d" % number)
    importing.add(case, [folder], by="ana")
    entries = [entry for entry in case.ledger.entries() if entry.kind == "session"]
    opened, closed = (entry.fields["body"] for entry in entries if entry.fields)
    assert [opened["state"], closed["state"]] == ["open", "closed"]
    assert [entry.fields["by"] for entry in entries if entry.fields] == ["ana", "ana"]
    assert "counts" not in opened and closed["counts"]["in"] == 3
    for body in (opened, closed):
        assert body["tools"]["python"] == platform.python_version()
        assert set(body["tools"]) == {"python", "exiftool", "ffmpeg", "openssl", "tesseract"}
        assert set(body["clock"]) == {"zone", "utc_offset_s", "synchronised"}
        assert body["clock"]["synchronised"] in (True, False, None)


def test_neither_machine_nor_place_is_recorded(tmp_path: Path) -> None:
    case = Case.create(tmp_path / "case", title="t", by="ana")
    source = tmp_path / "x.bin"
    source.write_bytes(b"x")
    importing.add(case, [source], by="ana")
    everything = json.dumps([entry.fields for entry in case.ledger.entries()], default=dict)
    for told in (socket.gethostname(), platform.node(), str(tmp_path), str(Path.home())):
        assert f'"{told}"' not in everything and f"{told}/" not in everything
    assert getpass.getuser() == "ana" or f'"by": "{getpass.getuser()}"' not in everything
