from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path

import pytest
from builders import BrokenFiles, Crash, break_files, evidence, grow

from firsthand.case import Case
from firsthand.case.backup import back_up
from firsthand.case.case import read_head
from firsthand.case.custody import keeping
from firsthand.case.custody.rotation import rotate_log_key
from firsthand.case.custody.standing import standings
from firsthand.case.history import Closed, restore
from firsthand.case.log import DiskLog
from firsthand.case.merging import merge
from firsthand.model.errors import BadInput, CaseBusy, VerificationFailed
from firsthand.model.vocabulary import KeyRole
from firsthand.tlog import Checkpoint, Note, SignedCheckpoint, Signer
from firsthand.tlog.rotation import Endorsement


def checkpoint(case: Case) -> SignedCheckpoint:
    return SignedCheckpoint.parse((case.root / "log" / "checkpoint").read_bytes())


def test_the_new_key_signs_and_the_old_one_is_remembered(case: Case) -> None:
    grow(case, 7)
    old = checkpoint(case)
    new = rotate_log_key(case, why="new laptop", by="anna")
    # docs/case-format.md, "Keys of the log": log/keys/<N>, entry N of type key names these bytes.
    note = (case.root / "log" / "keys" / "7").read_bytes()
    [entry] = case.ledger.entries(7, 8)
    assert entry.kind == "key" and entry.fields is not None
    body = entry.fields["body"]
    assert case.blobs.get(body["endorsement"]) == note
    assert (body["valid_from"], body["replaces"], body["why"]) == (8, case.vkey, "new laptop")
    old_key = case.log.key
    assert Endorsement.parse(note).note.verify((old_key, new.verifier))
    assert checkpoint(case).verify(new.verifier).size == 8
    with pytest.raises(VerificationFailed):
        checkpoint(case).verify(old_key)
    assert old.verify(old_key).size == 7
    logs = [each for each in standings(case) if each.role is KeyRole.LOG]
    assert [(each.key, each.valid_from, each.valid_to) for each in logs] == [
        (case.vkey, 0, 7),
        (str(new.verifier), 8, None),
    ]
    assert read_head(case.root)["vkey"] == case.vkey  # the head never changes


def test_a_case_goes_on_with_each_of_its_keys(case: Case) -> None:
    keys = [case.log.signer]
    for number, size in enumerate((3, 300), 1):
        grow(case, size)
        keys.append(rotate_log_key(case, why=f"change {number}"))
    grow(case, 400)
    again = Case.open(case.root, write=True)
    assert again.log.signer == keys[-1] != keys[0]
    grow(again, 420)
    assert checkpoint(again).verify(keys[-1].verifier).size == 420
    ends = [again.log.key_for(size) for size in (1, 3, 4, 300, 301, 420)]
    wanted = [keys[0], keys[0], keys[1], keys[1], keys[2], keys[2]]
    assert ends == [signer.verifier for signer in wanted]
    assert Case.open(case.root, fresh=True).rebuild() == 420


def test_the_old_key_cannot_continue_the_log(case: Case) -> None:
    grow(case, 5)
    stale = Case.open(case.root, write=True)
    old = case.log.signer
    rotate_log_key(case, why="stolen")
    with pytest.raises(CaseBusy, match="key of the log was replaced"):
        grow(stale, 9)
    # A thief who has the old key and the folder, and signs the tree as it is now:
    head = checkpoint(case).checkpoint
    forged = Checkpoint(head.origin, head.size, head.root).signed_by(old)
    (case.root / "log" / "checkpoint").write_bytes(bytes(forged))
    with pytest.raises(VerificationFailed, match="does not count for its size"):
        Case.open(case.root)


@pytest.mark.parametrize("change", ["bytes", "gone", "other", "renamed"])
def test_a_changed_note_is_found(case: Case, change: str) -> None:
    grow(case, 5)
    rotate_log_key(case, why="t")
    grow(case, 9)
    place = case.root / "log" / "keys" / "5"
    if change == "bytes":
        place.write_bytes(place.read_bytes().replace(b"\n5\n", b"\n6\n"))
    elif change == "gone":
        place.unlink()
    elif change == "renamed":
        place.rename(place.with_name("6"))
    else:  # by somebody who has neither key
        stranger, other = Signer.generate(case.origin), Signer.generate(case.origin)
        text = f"firsthand log key\n{case.origin}\n5\n{other.verifier}\n"
        place.write_bytes(bytes(Note(text).signed_by(stranger).signed_by(other)))
    with pytest.raises(VerificationFailed):
        Case.open(case.root)


def test_it_must_be_a_key_of_this_log_and_the_case_open_for_writing(case: Case) -> None:
    with pytest.raises(BadInput):
        rotate_log_key(Case.open(case.root), why="t")
    before = evidence(case.root)
    for wrong in (Signer.generate("another"), case.log.signer):
        with pytest.raises(BadInput):
            rotate_log_key(case, why="t", signer=wrong)
    assert evidence(case.root) == before
    grow(case, 4)


def test_the_new_key_is_under_the_same_passphrase(tmp_path: Path) -> None:
    case = Case.create(tmp_path / "sealed", by="t", passphrase="of the house")
    new = rotate_log_key(case, why="t")
    assert keeping.protection(str(new.verifier)) == "passphrase"


def _run_broken(case: Case, at: int, crash: bool, lasting: bool) -> list[str]:
    files = BrokenFiles(
        at, Crash if crash else lambda: OSError(errno.ENOSPC, "full"), lasting=lasting
    )
    break_files(case, files)
    try:
        rotate_log_key(case, why="t")
    except Crash:
        pass
    except BadInput:
        assert not crash
    return files.calls


@pytest.mark.parametrize("crash", [True, False])
def test_every_step_may_be_the_last(case: Case, tmp_path: Path, crash: bool) -> None:
    grow(case, 5)
    source = tmp_path / "source"
    shutil.copytree(case.root, source)
    steps = len(_run_broken(Case.open(case.root, write=True), 0, crash, False))
    assert steps > 20
    seen = set()
    for at in range(1, steps + 1):
        root = tmp_path / f"{at}"
        shutil.copytree(source, root)
        _run_broken(Case.open(root, write=True), at, crash, lasting=True)
        again = Case.open(root, write=True)
        size = again.ledger.size()
        seen.add(size)
        kept = sorted(path.name for path in (root / "log").glob("keys/*"))
        # Either nothing happened, or the key was replaced: never something between.
        assert (size, kept) in ((5, []), (6, ["5"]))
        grow(again, 8)
        rotate_log_key(again, why="again")
        Closed(root, read_head(root)).log.check()
    assert seen == {5, 6}


def test_backup_history_and_merge_take_the_keys_along(case: Case, tmp_path: Path) -> None:
    grow(case, 300)
    rotate_log_key(case, why="t", by="t")
    grow(case, 310)
    copy = tmp_path / "copy"
    back_up(case, copy)
    assert evidence(copy) == evidence(case.root)
    # An older copy from before a second change is brought up to date.
    rotate_log_key(case, why="second", by="t")
    grow(case, 320)
    back_up(case, copy)
    assert evidence(copy) == evidence(case.root)
    other = Case.create(tmp_path / "other", by="t")
    assert merge(other, case.root, by="t")["status"] == "merged"
    assert merge(other, copy, by="t")["status"] == "contained"
    [noun] = [n for n in other.catalog.nouns("merge") if n.data["state"] == "closed"]
    made = restore(
        other.blobs.path(noun.data["history"]), other.blobs, tmp_path / "restored", read_head
    )
    assert (made["size"], made["missing"]) == (320, [])
    assert evidence(tmp_path / "restored") == evidence(case.root)


def test_a_left_over_note_is_not_copied(case: Case, tmp_path: Path) -> None:
    grow(case, 5)
    (case.root / "log" / "keys").mkdir()
    (case.root / "log" / "keys" / "5").write_bytes(b"left over")
    back_up(Case.open(case.root), tmp_path / "copy")
    assert not (tmp_path / "copy" / "log" / "keys").exists()
    assert json.loads((tmp_path / "copy" / "case.json").read_bytes())["vkey"] == case.vkey
    Case.open(case.root, write=True)
    assert not (case.root / "log" / "keys").exists()


def test_a_reader_sees_one_state(case: Case) -> None:
    grow(case, 5)
    log = DiskLog(case.root, case.vkey, case.files)
    assert log.size() == 5
    rotate_log_key(case, why="t")
    assert log.size() == 6
