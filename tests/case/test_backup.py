"""A second copy grows with the case, survives interruptions, and never takes away."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest
from builders import bring, evidence, grow

from firsthand.case import Case
from firsthand.case import backup as backup_module
from firsthand.case.backup import back_up, record_backup
from firsthand.case.files import Files
from firsthand.case.openings import _leaf
from firsthand.cli.main import run
from firsthand.model import canonical
from firsthand.model.errors import BadInput, StorageFailed, VerificationFailed
from firsthand.report.checking import check


def same(case: Case, copy: Path) -> None:
    """The copy holds the evidence of the case, byte for byte, and verifies."""
    assert evidence(copy) == evidence(case.root)
    assert check(copy)["verdict"] == "ok"


def counts(done: dict[str, int]) -> tuple[int, int, int]:
    return done["copied"], done["already"], done["repaired"]


def test_a_copy_grows_with_the_case(case: Case, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for number, size in enumerate((5, 200, 256, 300, 600, 70_000 // 100)):
        bring(case, b"object %d" % number)
        grow(case, size)
        assert counts(back_up(case, copy)) == (1, number, 0)
        same(case, copy)
    assert counts(back_up(case, copy)) == (0, 6, 0)
    assert not (copy / "incoming" / "batch.json").exists()


def test_that_there_is_a_copy_goes_on_record_without_its_path(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(case, b"object")
    size, copy = case.ledger.size(), tmp_path / "copy"
    command = ["backup", str(case.root), str(copy), "--name", "disk in the safe", "--by", "ana"]
    assert run([*command, "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    case.sync()
    (noun,) = case.catalog.nouns("backup")
    assert noun.data == {
        "name": "disk in the safe", "size": size, "root": done["root"], "objects": 1, "bytes": 6,
    }  # fmt: skip
    assert str(tmp_path) not in json.dumps([e.fields for e in case.ledger.entries()], default=dict)
    assert check(case.root)["verdict"] == check(copy)["verdict"] == "ok"
    # Without the key the copy is made all the same, and it is said that it is not on record.
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "elsewhere"))
    assert run([*command, "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["recorded"] is False
    assert "not on record" in said.err
    same(case, copy)


def test_a_damaged_copy_is_repaired_and_a_damaged_case_is_not_spread(
    case: Case, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    bring(case, b"one")
    bring(case, b"two")
    back_up(case, copy)
    one = "objects/sha256/{}/{}/{}".format(
        *(lambda h: (h[:2], h[2:4], h))(hashlib.sha256(b"one").hexdigest())
    )
    for place in (copy / one, next((copy / "log" / "tile" / "0").rglob("3"))):
        place.chmod(0o644)
        place.write_bytes(b"0" * place.stat().st_size)
    assert check(copy)["verdict"] == "failed"
    assert counts(back_up(case, copy)) == (0, 1, 1)
    same(case, copy)
    before = evidence(copy)
    (case.root / one).chmod(0o644)
    (case.root / one).write_bytes(b"six")
    bring(case, b"three")
    assert counts(back_up(case, copy)) == (1, 2, 0)  # what the copy has is not asked for again
    assert evidence(copy)[one] == before[one]
    (copy / one).unlink()
    with pytest.raises(VerificationFailed, match="1 objects of the case are damaged"):
        back_up(case, copy)


def test_what_is_no_older_copy_is_refused_and_left_alone(case: Case, tmp_path: Path) -> None:
    bring(case, b"object")
    other = Case.create(tmp_path / "other", by="ben")
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("x")
    newer, parted = tmp_path / "newer", tmp_path / "parted"
    for place in (newer, parted):
        shutil.copytree(case.root, place)
    grow(case, 5)
    for place, size in ((newer, 9), (parted, 4)):
        opened = Case.open(place, write=True)
        grow(opened, size) if place is newer else bring(opened, b"other")
        opened.close()
    for place in (other.root, full, newer, parted):
        before = {p: p.read_bytes() for p in place.rglob("*") if p.is_file()}
        with pytest.raises(BadInput, match="not an older copy of this case"):
            back_up(case, place)
        after = {p: p.read_bytes() for p in place.rglob("*") if p.is_file()}
        assert {p: d for p, d in after.items() if p.name != "lock"} == {
            p: d for p, d in before.items() if p.name != "lock"
        }
    for inside in (case.root / "copy", case.root, case.root.parent):
        with pytest.raises(BadInput, match="apart from the case"):
            back_up(case, inside)
    other.close()


@pytest.mark.parametrize("at", range(0, 6))
def test_an_interrupted_backup_is_taken_up(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    copy = tmp_path / "copy"
    bring(case, b"first")
    back_up(case, copy)
    for number in range(4):
        bring(case, b"object %d" % number)

    def tick(done: int, total: int | None, what: str) -> None:
        if done == at:
            raise KeyboardInterrupt

    if at < 5:
        with pytest.raises(KeyboardInterrupt):
            back_up(case, copy, tick=tick)
    else:  # after the objects, before the checkpoint
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(backup_module.Files, "sync_all", _stop)
            back_up(case, copy)
    verdict = check(copy)
    assert verdict["problems"] == []  # what is there is known to be left over
    assert verdict["verdict"] in ("ok", "incomplete")
    done = back_up(case, copy)
    assert done["copied"] + done["already"] == 5
    same(case, copy)


def _stop(self: object, path: Path) -> bool:
    raise KeyboardInterrupt


def test_what_a_refused_last_flush_left_goes_with_the_next_backup(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new checkpoint lies there already; the partial tiles of the smaller log do, too."""
    copy, real = tmp_path / "copy", Files.sync_dir
    grow(case, 3)
    back_up(case, copy)
    grow(case, 260)

    def refuse(self: Files, path: Path) -> None:
        if path == copy / "log":
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        real(self, path)

    with monkeypatch.context() as patch, pytest.raises(StorageFailed):
        patch.setattr(Files, "sync_dir", refuse)
        patch.setattr(Files, "sync_all", lambda self, path: True)
        back_up(case, copy)
    assert (copy / "log" / "tile" / "0" / "000.p" / "3").is_file()
    back_up(case, copy)
    assert not (copy / "log" / "tile" / "0" / "000.p").exists()
    same(case, copy)


def test_opened_fields_that_only_the_copy_has_are_not_taken_away(
    case: Case, tmp_path: Path
) -> None:
    grow(case, 5)
    copy = tmp_path / "copy"
    back_up(case, copy)
    (path,) = [p for p in (case.root / "openings").rglob("*") if p.is_file()]
    lines = path.read_bytes().splitlines(keepends=True)
    hidden = json.loads(lines[3])
    hidden["f"] = [_leaf(part).hex() if part[1] == "body" else part for part in hidden["f"]]
    for what in (lines[:3] + lines[4:], [*lines[:3], canonical.dumps(hidden) + b"\n", lines[4]]):
        path.write_bytes(b"".join(what))
        with pytest.raises(BadInput, match="holds what the case no longer does"):
            back_up(case, copy)
        assert back_up(case, tmp_path / f"copy {len(what)}")["size"] == 5
    assert check(copy)["verdict"] == "ok"


def test_a_copy_can_be_continued_where_the_key_is(case: Case, tmp_path: Path) -> None:
    bring(case, b"object")
    back_up(case, tmp_path / "copy")
    record_backup(case, "disk", back_up(case, tmp_path / "copy"))
    opened = Case.open(tmp_path / "copy", write=True)
    grow(opened, 4)
    assert check(opened.root)["verdict"] == "ok"
    opened.close()
