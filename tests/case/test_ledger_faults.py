"""A crash or a disk error at each single call of a batch, for trees around the width of a tile."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import BrokenFiles, Crash, break_files, bring, evidence, grow

from firsthand.case import Case
from firsthand.case import case as case_module
from firsthand.model.errors import NotACase, StorageFailed
from firsthand.report.verify import verify

pytestmark = pytest.mark.slow

Copy = Callable[[int], Path]

DATA = b"brought by the batch"
NEXT = b"brought by the batch after it"


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Cases with so many entries before the batch (1: a new case has its entry 0)."""
    folder = tmp_path_factory.mktemp("grown")
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRSTHAND_HOME", str(folder / "home"))
        for size in (1, 2, 255, 256, 257):
            case = Case.create(folder / str(size), title="test", by="tester")
            grow(case, size)
            case.close()
            found[size] = folder / str(size)
    return found


@pytest.fixture
def copy(grown: dict[int, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Copy:
    monkeypatch.setenv("FIRSTHAND_HOME", str(grown[1].parent / "home"))
    # No power is lost here; what a process wrote is there for the next one without flushing.
    monkeypatch.setattr(os, "fsync", lambda fd: None)

    def make(size: int) -> Path:
        target = tmp_path / "copy"
        shutil.rmtree(target, ignore_errors=True)
        return Path(shutil.copytree(grown[size], target))

    return make


def count_calls(root: Path) -> list[str]:
    case = Case.open(root, write=True)
    files = BrokenFiles(0, Crash, lasting=False)
    break_files(case, files)
    bring(case, DATA, 9001, 9002)
    case.close()
    return files.calls


def go_on(root: Path, size: int, *, acknowledged: bool) -> None:
    """Open again, do the batch again and another one, and look whether anything is missing."""
    case = Case.open(root, write=True)
    assert [n.id for n in case.catalog.nouns("note")][: size - 1] == [
        f"note-{number}" for number in range(1, size)
    ]
    there = case.ledger.size()
    assert there in ({size + 3} if acknowledged else {size, size + 3})  # all of a batch or nothing
    bring(case, DATA, 9001, 9002)
    bring(case, NEXT, 9003)
    assert case.ledger.size() == size + 5  # each once
    assert [n.id for n in case.catalog.nouns("note")][-3:] == [
        "note-9001",
        "note-9002",
        "note-9003",
    ]
    case.close()
    result = verify(root)
    assert (result["verdict"], result["problems"]) == ("ok", [])
    assert list((root / "incoming").iterdir()) == []


@pytest.mark.parametrize(
    ("size", "lasting"),
    [(1, True), (2, True), (255, True), (256, True), (257, True), (2, False), (256, False)],
)
def test_a_crash_at_any_call_loses_nothing(copy: Copy, size: int, lasting: bool) -> None:
    """``lasting``: no clean-up either, as after SIGKILL. Else as Ctrl-C, where clean-up runs."""
    total = len(count_calls(copy(size)))
    assert total > 30
    for at in range(1, total + 1):
        root = copy(size)
        case = Case.open(root, write=True)
        break_files(case, BrokenFiles(at, Crash, lasting=lasting))
        with pytest.raises(Crash):
            bring(case, DATA, 9001, 9002)
        case.close()
        as_it_lies = verify(root)
        assert as_it_lies["problems"] == [], (at, as_it_lies)
        # Staged bytes bear the number of this process, which is alive: as if it were gone.
        for path in (root / "incoming").glob(f"{os.getpid()}-*"):
            path.unlink()
        go_on(root, size, acknowledged=False)


@pytest.mark.parametrize(
    ("size", "code", "lasting"),
    [
        (2, errno.ENOSPC, False),
        (2, errno.EROFS, True),
        (2, errno.EIO, False),
        (256, errno.EIO, True),
        (256, errno.ENOSPC, True),
    ],
)
def test_a_disk_error_at_any_call_says_what_to_do(
    copy, size: int, code: int, lasting: bool
) -> None:  # type: ignore[no-untyped-def]
    calls = count_calls(copy(size))
    failed = 0
    for at in range(1, len(calls) + 1):
        root = copy(size)
        before = evidence(root)
        case = Case.open(root, write=True)
        error = OSError(code, os.strerror(code), "somewhere")
        break_files(case, BrokenFiles(at, lambda error=error: error, lasting=lasting))
        try:
            bring(case, DATA, 9001, 9002)
            acknowledged = True
        except StorageFailed as raised:
            acknowledged, failed = False, failed + 1
            assert raised.hint
            assert os.strerror(code) in raised.why
            after = evidence(root)
            if after["log/checkpoint"] == before["log/checkpoint"]:
                assert before.items() <= after.items()  # what was there is there, unchanged
        case.close()
        assert verify(root)["problems"] == []
        for path in (root / "incoming").glob(f"{os.getpid()}-*"):
            path.unlink()
        go_on(root, size, acknowledged=acknowledged)
    assert failed > len(calls) / 2


def test_a_full_disk_is_given_back_what_the_batch_took(copy: Copy) -> None:
    root = copy(2)
    before = evidence(root)
    calls = count_calls(root)
    root = copy(2)
    case = Case.open(root, write=True)
    at = len(calls) - calls[::-1].index("rename")  # the checkpoint's own rename is the last one
    full = OSError(errno.ENOSPC, "full")
    break_files(case, BrokenFiles(at, lambda: full, lasting=False))
    with pytest.raises(StorageFailed):
        bring(case, DATA, 9001)
    case.close()
    assert evidence(root) == before
    assert verify(root)["verdict"] == "ok"


def test_a_case_whose_making_was_interrupted_is_whole_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(os, "fsync", lambda fd: None)
    files = BrokenFiles(0, Crash, lasting=False)
    monkeypatch.setattr(case_module, "Files", lambda: files)
    Case.create(tmp_path / "whole", by="tester").close()
    total, whole = len(files.calls), 0
    for at in range(1, total + 1):
        files = BrokenFiles(at, Crash, lasting=True)
        root = tmp_path / f"cut-{at}"
        with pytest.raises(Crash):
            Case.create(root, by="tester")
        files = BrokenFiles(0, Crash, lasting=False)
        try:
            Case.open(root, write=True).close()
        except NotACase as error:
            assert error.hint
            continue
        whole += 1
        go_on(root, 1, acknowledged=False)
    assert 0 < whole < total / 2  # only once its checkpoint is in place
