"""Findings as they stand: of two versions of a method those of the newer one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case, View
from firsthand.collect import add
from firsthand.model.nouns import Run, finding_key
from firsthand.model.values import digest_bytes
from firsthand.report.current import Current
from firsthand.report.overview import overview
from firsthand.run.analysis import record_runs

PICTURE = b"\xff\xd8\xff\xe0no picture"
DIGEST = digest_bytes(PICTURE)


def _looked(case: Case, version: str, value: Any) -> None:
    run = Run(
        id="run:" + version * 64,
        method="media.image",
        version=version,
        params={},
        unit="",
        inputs=(f"exhibit:{DIGEST}",),
        status="done",
        reason=None,
        count=1,
        environment={},
    )
    key = finding_key("media.image", (DIGEST,))
    finding = {"id": "finding:" + version * 64, "key": key, "kind": "media.image"}
    record_runs(
        case, [(run, [(finding | {"subjects": [DIGEST], "value": value}, ())])], by="tester"
    )


def test_the_newest_version_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "home"))
    (tmp_path / "a.jpg").write_bytes(PICTURE)
    case = Case.create(tmp_path / "case", title="test", by="tester")
    add(case, [tmp_path / "a.jpg"], by="tester")
    assert overview(case)["waiting"] == 1
    _looked(case, "1", {"status": "failed", "reason": "an older decoder"})
    assert [row["reason"] for row in overview(case)["not_read"]] == ["an older decoder"]
    _looked(case, "2", {"status": "failed", "reason": "cut off"})
    (row,) = overview(case)["not_read"]
    assert (row["names"], row["reason"]) == (["a.jpg"], "cut off")
    assert overview(case)["waiting"] == 0
    current = Current(case, View(case))
    assert current.value("media.image", DIGEST) == {"status": "failed", "reason": "cut off"}
    case.close()
