"""Objects that are damaged or gone when pictures are looked at, and what comes after a repair."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from firsthand.case import Case, View
from firsthand.media.methods import embedded, images, videos
from firsthand.model.values import Digest
from firsthand.run import Analysis, Registry, Resolved


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "home"))
    return Case.create(tmp_path / "case", by="tester")


def pictures(case: Case, number: int) -> list[Digest]:
    held = []
    with case.batch(by="tester") as batch:
        for each in range(number):
            made = io.BytesIO()
            Image.new("RGB", (40, 30), (each, 0, 0)).save(made, "PNG")
            staged = case.blobs.stage_bytes(made.getvalue())
            batch.exhibit(staged, "image/png")
            held.append(staged.digest)
    return held


def analyse(case: Case, *, retry: bool = False) -> Resolved:
    registry = Registry((videos, images, embedded))
    return Analysis(View(case), registry, record=True, by="tester", jobs=1).run(retry=retry)


def statuses(resolved: Resolved, kind: str) -> dict[str, str]:
    return {f["subjects"][0]: f["value"]["status"] for f in resolved.of_kind(kind)}


def test_damaged_and_missing_objects_are_failed_runs_that_a_repair_mends(case: Case) -> None:
    held = pictures(case, 5)
    altered, gone = case.blobs.path(held[1]), case.blobs.path(held[3])
    kept = {path: path.read_bytes() for path in (altered, gone)}
    altered.chmod(0o644)
    altered.write_bytes(case.blobs.get(held[0]))  # a whole picture, but another one
    gone.unlink()
    resolved = analyse(case)
    whole = {held[0], held[2], held[4]}
    assert statuses(resolved, "media.image") == dict.fromkeys(whole, "decoded")
    assert set(statuses(resolved, "media.metadata")) == whole
    failed = {run.inputs: run.reason or "" for run, _ in resolved.runs if run.status == "failed"}
    assert set(failed) == {(f"exhibit:{held[1]}",), (f"exhibit:{held[3]}",)}
    assert "was altered" in failed[f"exhibit:{held[1]}",]
    assert "not held" in failed[f"exhibit:{held[3]}",]
    assert analyse(case).fresh == []  # a failure is an outcome, not work that is left
    for path, data in kept.items():
        path.write_bytes(data)
    again = analyse(case, retry=True)
    assert statuses(again, "media.image") == dict.fromkeys(held, "decoded")
    assert len(again.of_kind("media.image")) == 5
    case.close()
