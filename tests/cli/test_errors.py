"""What a person or a script is told when a command cannot do what was asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from firsthand.case import Case
from firsthand.cli.main import run


@pytest.mark.parametrize("name", ["run:00", "e1"])
def test_only_runs_that_exist_are_rechecked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    root = tmp_path / "case"
    Case.create(root, title="T").close()
    assert run(["event", str(root), '{"id": "e1", "label": "E"}']) == 0
    capsys.readouterr()
    assert run(["recheck", str(root), name, "--json"]) == 2  # and not: 0 different, all is well
    told = capsys.readouterr()
    assert set(json.loads(told.out)["error"]) == {"what", "why", "hint"}
    assert told.err.startswith("error: ")


def test_an_error_of_the_system_is_one_json_document_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unreadable = tmp_path / "loop.json"
    unreadable.symlink_to(unreadable)
    assert run(["count", "tolls", str(unreadable), "--json"]) == 2
    told = capsys.readouterr()
    assert str(unreadable) in json.loads(told.out)["error"]["why"]
    assert "Traceback" not in told.err


def test_an_event_and_an_actor_of_the_same_id_can_be_told_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = str(tmp_path / "case")
    Case.create(Path(root), title="T").close()
    run(["event", root, '{"id": "army", "label": "E"}'])
    run(["actor", root, '{"id": "army", "name": "A", "kind": "group"}'])
    assert run(["show", root, "army"]) == 2
    capsys.readouterr()
    for kind in ("event", "actor"):
        assert run(["show", root, f"{kind}:army", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["kind"] == kind
    assert run(["show", root, "claim:army"]) == 2
