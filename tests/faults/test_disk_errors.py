"""A twentieth of the campaign in which the disk refuses, and a write that the system cuts short."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case
from firsthand.case.custody.rotation import rotate_log_key
from firsthand.case.files import Files
from firsthand.model.errors import StorageFailed

CAMPAIGNS = Path(__file__).resolve().parents[2] / "campaigns"
CODES = ("ENOSPC", "EIO", "EROFS", "EDQUOT")


@pytest.mark.slow
def test_a_twentieth_of_the_campaign(twentieth: Callable[[str], dict[str, Any]]) -> None:
    result = twentieth("errors")
    for code in CODES:
        for way in ("once", "lasting"):
            assert result["points_per_code"][f"{code} {way}"] > 10
    assert result["points_per_code"]["catalog full"] > 2
    assert result["totals"]["refused"] > result["totals"]["points"] / 2


def test_a_write_that_is_cut_short_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system may write less than it was given (write(2)); no byte may be missing or twice."""
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, bytes(data)[:7]))
    data = bytes(range(256)) * 3
    Files().write(tmp_path / "file", data)
    assert (tmp_path / "file").read_bytes() == data


def test_a_write_after_which_the_disk_is_full_is_no_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk first writes what still fits, then refuses."""
    real, left = os.write, [10]

    def write(fd: int, data: memoryview) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        count = real(fd, bytes(data)[: left[0]])
        left[0] -= count
        return count

    case = Case.create(tmp_path / "case", by="tester")
    monkeypatch.setattr(os, "write", write)
    with pytest.raises(StorageFailed) as raised:
        case.blobs.stage_bytes(b"more than fits on it")
    assert "No space left" in raised.value.why
    assert list((tmp_path / "case" / "incoming").iterdir()) == []
    case.close()


def test_a_case_that_cannot_be_read_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Case.create(tmp_path / "case", by="tester").close()

    def fetch(self: Files, path: Path) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))

    monkeypatch.setattr(Files, "fetch", fetch)
    with pytest.raises(StorageFailed) as raised:
        Case.open(tmp_path / "case")
    assert "Input/output error" in raised.value.why
    assert raised.value.hint


@pytest.mark.parametrize("what", ["log/keys", "openings"])
def test_what_the_disk_does_not_give_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    case = Case.create(tmp_path / "case", by="tester")
    rotate_log_key(case, why="a test")
    real = Files.fetch

    def fetch(self: Files, path: Path) -> bytes:
        if path.is_relative_to(case.root / what):
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return real(self, path)

    monkeypatch.setattr(Files, "fetch", fetch)
    with pytest.raises(StorageFailed) as raised:
        list(Case.open(case.root).ledger.entries())
    assert "Input/output error" in raised.value.why
    case.close()


def test_the_committed_result_names_no_problem() -> None:
    path = CAMPAIGNS / "results" / "errors.json"
    if path.exists():
        assert json.loads(path.read_text(encoding="utf-8"))["problems"] == []
