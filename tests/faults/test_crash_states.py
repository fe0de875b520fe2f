"""A twentieth of the crash campaign with all planted mistakes, and the simulated disk itself."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CAMPAIGNS = Path(__file__).resolve().parents[2] / "campaigns"
sys.path.insert(0, str(CAMPAIGNS))
try:
    import disk
    import measured
finally:
    sys.path.remove(str(CAMPAIGNS))


def lying(recorder: disk.Recorder) -> set[tuple[tuple[str, bytes | None], ...]]:
    """Return what may lie there at the end of what was recorded."""
    last = len(recorder.ops)
    found = disk.crashes(recorder, 1, 20)
    return {tuple(sorted(c.tree.items())) for c in found if c.prefix == last}


def test_only_what_was_flushed_is_sure_to_be_there(tmp_path: Path) -> None:
    """Worked by hand, after fsync(2): a file's flush is not its name's, a folder's is no bytes."""
    files = disk.Recorder(tmp_path)
    fd = files.create(tmp_path / "a")
    files.extend(fd, memoryview(b"1234"))
    assert lying(files) >= {(), (("a", b""),), (("a", b"12"),), (("a", bytes(4)),)}
    files.flush(fd)
    os.close(fd)
    assert lying(files) == {(), (("a", b"1234"),)}
    files.sync_dir(tmp_path)
    assert lying(files) == {(("a", b"1234"),)}
    files.rename(tmp_path / "a", tmp_path / "b")
    a, b = ("a", b"1234"), ("b", b"1234")
    assert lying(files) == {(a,), (b,), (a, b), ()}  # the harsh disk: not one step
    files.sync_dir(tmp_path)
    assert lying(files) == {(b,)}


def test_a_file_in_a_folder_whose_name_was_lost_is_lost(tmp_path: Path) -> None:
    files = disk.Recorder(tmp_path)
    files.make_dir(tmp_path / "new")
    files.write(tmp_path / "new" / "a", b"1")
    files.sync_dir(tmp_path / "new")
    assert lying(files) == {(), (("new", None), ("new/a", b"1"))}
    files.sync_all(tmp_path)
    assert lying(files) == {(("new", None), ("new/a", b"1"))}


def test_replacing_leaves_the_old_bytes_or_the_new(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    files = disk.Recorder(tmp_path)
    files.put(tmp_path / "aside", tmp_path / "a", b"new")
    there = {dict(state)["a"] for state in lying(files)}
    assert there == {b"old", b"new"}


@pytest.mark.slow
def test_a_twentieth_of_the_crash_campaign(twentieth: Callable[[str], dict[str, Any]]) -> None:
    result = twentieth("crash")
    assert result["totals"]["violations"] == 0
    assert result["totals"]["states"] > 5_000
    assert len(result["planted"]) >= 6
    assert all(found["violations"] for found in result["planted"].values()), result["planted"]


def test_the_committed_result_is_of_this_source(
    record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Says so when it is stale; only a result that names problems fails."""
    why = measured.stale("crash")
    record_property("stale", why or "no")
    if why:
        with capsys.disabled():
            print(f"\nstale: {why}")
    path = measured.result_path("crash")
    if path.exists():
        result = json.loads(path.read_text(encoding="utf-8"))
        assert result["problems"] == []
        assert result["totals"]["violations"] == 0
        assert result["totals"]["states"] >= 100_000
        assert all(found["violations"] for found in result["planted"].values())
