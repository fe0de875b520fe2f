"""The history of a case as one file, and what a hostile or damaged one does."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import bring, evidence, grow

from firsthand.case import Case
from firsthand.case.blobs import DiskBlobs
from firsthand.case.case import read_head
from firsthand.case.files import Files
from firsthand.case.history import DATE, Closed, history_files, pack, restore, unpack
from firsthand.case.ledger import Draft
from firsthand.case.merging import merge
from firsthand.model.errors import BadInput, CaseBusy, NotFound, VerificationFailed
from firsthand.model.nouns import Note, Tag, content_id
from firsthand.report.checking import check


def packed(case: Case, into: Case) -> Any:
    return pack(Closed(case.root, read_head(case.root)), case.ledger.size(), into.blobs)


@pytest.fixture
def other(tmp_path: Path) -> Case:
    return Case.create(tmp_path / "other", by="ben")


@pytest.mark.parametrize("size", [1, 255, 256, 257, 600])
def test_a_case_comes_back_byte_for_byte(
    case: Case, other: Case, tmp_path: Path, size: int
) -> None:
    bring(case, b"object")
    grow(case, max(size, 2))
    first, second = packed(case, other), packed(case, other)
    assert first.digest == second.digest  # the same history is the same exhibit
    made = restore(first.path, case.blobs, tmp_path / "again", read_head)
    assert (made["size"], made["objects"], made["missing"]) == (case.ledger.size(), 1, [])
    assert evidence(tmp_path / "again") == evidence(case.root)
    assert check(tmp_path / "again")["verdict"] == "ok"


def test_what_is_left_over_beside_the_log_is_no_part_of_it(case: Case, other: Case) -> None:
    grow(case, 5)
    before = packed(case, other).digest
    (case.root / "log" / "tile" / "0" / "001.p").mkdir()
    (case.root / "log" / "tile" / "0" / "001.p" / "9").write_bytes(b"x")
    assert packed(case, other).digest == before
    assert "log/tile/0/000.p/5" in set(history_files(case.root, 5))


def test_a_case_that_grows_meanwhile_is_not_packed_half(case: Case, other: Case) -> None:
    grow(case, 5)
    closed = Closed(case.root, read_head(case.root))
    grow(case, 6)
    with pytest.raises(CaseBusy, match="changed while it was read"):
        pack(closed, 5, other.blobs)
    assert not [p for p in (other.root / "incoming").iterdir() if "-" in p.name]


def _zip(path: Path, *members: tuple[str, bytes], deflate: bool = False) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name, DATE)
            info.compress_type = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
            archive.writestr(info, data)
    return path


def _cut(path: Path) -> Path:
    path.write_bytes(_zip(path, ("case.json", b"x" * 999)).read_bytes()[:-40])
    return path


def _no_zip(path: Path) -> Path:
    path.write_bytes(b"PK\3\4 nothing")
    return path


HOSTILE: dict[str, Callable[[Path], Path]] = {
    "climbs out": lambda p: _zip(p, ("log/../../outside", b"x")),
    "absolute": lambda p: _zip(p, ("/outside", b"x")),
    "hidden": lambda p: _zip(p, ("log/.ssh", b"x")),
    "foreign": lambda p: _zip(p, ("index.db", b"x")),
    "bomb": lambda p: _zip(p, ("log/checkpoint", bytes(10 << 20)), deflate=True),
    "no zip": _no_zip,
    "cut": _cut,
}


@pytest.mark.parametrize("how", HOSTILE)
def test_a_hostile_history_writes_nothing_outside(tmp_path: Path, how: str) -> None:
    archive = HOSTILE[how](tmp_path / "archive")
    before = set(tmp_path.iterdir())
    with pytest.raises(BadInput, match="history cannot be read"):
        unpack(archive, tmp_path / "inside")
    assert set(tmp_path.iterdir()) - {tmp_path / "inside"} == before
    assert not [p for p in (tmp_path / "inside").rglob("*") if p.stat().st_size > 1 << 20]


def test_a_restored_case_lists_what_is_not_held_and_refuses_what_is_damaged(
    case: Case, other: Case, tmp_path: Path
) -> None:
    bring(case, b"object")
    history = packed(case, other).path
    made = restore(history, other.blobs, tmp_path / "without", read_head)
    digest = case.catalog.nouns("exhibit")[0].id
    assert made["missing"] == [digest]
    assert check(tmp_path / "without")["verdict"] == "failed"
    case.blobs.path(digest).chmod(0o644)
    case.blobs.path(digest).write_bytes(b"changed")
    with pytest.raises(VerificationFailed, match="damaged"):
        restore(history, case.blobs, tmp_path / "damaged", read_head)


def test_what_a_third_case_tells_of_an_entry_does_not_hide_the_entry(
    case: Case, other: Case, tmp_path: Path
) -> None:
    """A colleague's case claims to hold an entry of another case, with other words."""
    true = Case.create(tmp_path / "true", by="eva")
    tag = Tag(
        id=content_id("tag", Tag(id="", subject="x", label="true")), subject="x", label="true"
    )
    with true.batch(by="eva") as batch:
        batch.noun("event", {"id": "e", "label": "what eva said"})
        batch.noun("tag", tag)
    [_, entry, told] = true.ledger.entries()
    came = {"origin": true.origin, "entry": 1, "root": entry.root, "by": "eva", "at_ms": 0}
    honest = {**came, "entry": 2, "root": told.root}
    with other.batch(by="mallory") as batch:
        batch.taken_over("event", {"id": "f", "label": "what eva never said"}, [], came, [])
        batch.taken_over("tag", dict((told.fields or {})["body"]), [], honest, [])
    assert merge(case, other.root, by="ana")["counts"]["entered"] == 2
    done = merge(case, true.root, by="ana")
    assert (done["counts"]["entered"], done["counts"]["already"]) == (1, 1)
    assert {n.id: n.data["label"] for n in case.catalog.nouns("event")} == {
        "e": "what eva said", "f": "what eva never said",
    }  # fmt: skip
    assert check(case.root)["verdict"] == "ok"
    true.close()


ZEROS = "0" * 64
UNREADABLE: list[tuple[str, Any, list[Any]]] = [
    ("event", {"id": "e"}, []),
    ("event", ["a list"], []),
    ("actor", {"id": "a", "name": "A", "type": "no such type"}, []),
    ("tag", {"id": f"tag:{ZEROS}", "subject": "x"}, []),
    ("note", {"id": f"note:{ZEROS}", "subject": "x", "text": "not the id of this text"}, []),
    ("assessment", {"id": f"assessment:{ZEROS}", "target": "t", "value_digest": "v",
                    "verdict": "merge", "why": "w"}, []),
    ("exhibit", {"digest": f"sha256:{ZEROS}", "size": 1, "media_type": "text/plain"}, []),
    ("sighting", {"id": f"sighting:{ZEROS}", "platform": "x", "ref": "1"}, []),
    ("merge", {"origin": "o"}, []),
    ("import", {"id": "import:1", "sightings": f"sha256:{ZEROS}"}, []),
    ("search", {"id": "search:1", "where": "w", "query": "q"}, [{"sha256": 1}]),
]  # fmt: skip


def test_what_cannot_be_read_stays_in_the_history_of_the_other_case(
    case: Case, tmp_path: Path
) -> None:
    """A log that verifies can hold anything; entered here, it could never be taken out again."""
    note = Note(id="", subject="x", text="fine")
    for number, (kind, body, objects) in enumerate(UNREADABLE):
        other = Case.create(tmp_path / str(number), by="mallory")
        with contextlib.suppress(NotFound, AttributeError), other.batch(by="mallory") as batch:
            batch.drafts.append(
                Draft.checked(kind, {"at_ms": 1, "body": body, "by": "m", "objects": objects})
            )
        other.ledger = Closed(other.root, read_head(other.root)).ledger
        assert [entry.kind for entry in other.ledger.entries()] == ["case", kind]
        counts = merge(case, other.root, by="ana")["counts"]
        assert (counts["unreadable"], counts["entered"]) == (1, 0), (kind, body)
    other = Case.create(tmp_path / "good", by="ben")
    with other.batch(by="ben") as batch:
        batch.noun("note", dataclasses.replace(note, id=content_id("note", note)))
    assert merge(case, other.root, by="ana")["counts"]["entered"] == 1
    assert [n.data["text"] for n in case.catalog.nouns("note")] == ["fine"]
    case.rebuild()
    assert check(case.root)["verdict"] == "ok"


class Watched(Files):
    """Tells what was flushed; ``whole`` is whether one call may flush everything."""

    def __init__(self, whole: bool) -> None:
        self.whole, self.files, self.folders = whole, set[int](), set[Path]()
        self.all: list[Path] = []

    def sync_all(self, path: Path) -> bool:
        self.all.append(path)
        return self.whole and super().sync_all(path)

    def flush(self, fd: int) -> None:
        self.files.add(os.fstat(fd).st_ino)
        super().flush(fd)

    def sync_dir(self, path: Path) -> None:
        self.folders.add(path)
        super().sync_dir(path)


@pytest.mark.parametrize("whole", [True, False])
def test_a_restored_case_is_on_the_disk_before_it_is_called_done(
    case: Case, other: Case, tmp_path: Path, whole: bool
) -> None:
    bring(case, b"object")
    grow(case, 300)
    staged = packed(case, other)
    files, folder = Watched(whole), tmp_path / "again"
    restore(staged.path, DiskBlobs(case.root, files), folder, read_head)
    assert files.all == [folder] and tmp_path in files.folders
    made = [each for each in folder.rglob("*") if each.is_file()]
    if not whole:
        assert {each.stat().st_ino for each in made} <= files.files
        assert {folder, *(each for each in folder.rglob("*") if each.is_dir())} <= files.folders
