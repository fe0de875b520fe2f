"""Ctrl-C in the middle of looking at pictures: what was done stays, the same command goes on."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from firsthand.case import Case

PICTURES = 600
PATIENCE_S = 120


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    return os.environ | {"XDG_CONFIG_HOME": str(tmp_path / "config")}


def pictures(folder: Path) -> None:
    folder.mkdir()
    rng = np.random.default_rng(7)
    for number in range(PICTURES):
        coarse = Image.fromarray(rng.integers(0, 256, (9, 12, 3), dtype=np.uint8))
        stored = io.BytesIO()
        coarse.resize((960, 720), Image.Resampling.BICUBIC).save(stored, "JPEG", quality=90)
        (folder / f"{number:04d}.jpg").write_bytes(stored.getvalue())


def runs(case: Path) -> list[str]:
    opened = Case.open(case)
    try:
        return [noun.id for noun in opened.catalog.nouns("run")]
    finally:
        opened.close()


@pytest.mark.slow
def test_analyse_goes_on_where_it_was_interrupted(
    tmp_path: Path, surroundings: dict[str, str]
) -> None:
    pictures(tmp_path / "pictures")
    case = tmp_path / "case"
    firsthand = [sys.executable, "-m", "firsthand"]
    for args in (["new", str(case)], ["add", str(case), str(tmp_path / "pictures")]):
        subprocess.run([*firsthand, *args], env=surroundings, check=True, capture_output=True)
    analyse = [*firsthand, "analyse", str(case), "--only", "media.image", "--jobs", "2", "--json"]
    child = subprocess.Popen(
        analyse, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    stop = time.monotonic() + PATIENCE_S
    while not runs(case) and child.poll() is None and time.monotonic() < stop:
        time.sleep(0.02)
    # A terminal sends it to the whole group: children must neither die noisily nor go on.
    os.killpg(child.pid, signal.SIGINT)
    _, said = child.communicate(timeout=PATIENCE_S)
    before = runs(case)
    assert child.returncode == 130, said
    assert b"run the same command again" in said
    assert b"Traceback" not in said
    assert before

    done = subprocess.run(analyse, env=surroundings, check=True, capture_output=True)
    summary = json.loads(done.stdout)
    assert summary["not_done"] == []
    assert summary["new"] == summary["runs"] - len(before)
    opened = Case.open(case)
    try:
        names = [noun.id for noun in opened.catalog.nouns("run")]
        assert names[: len(before)] == before
        assert len(names) == len(set(names)) == summary["runs"]
        found = [f for name in names for f in opened.catalog.run_findings(name)]
        # Each picture has one finding: none is lost, none was looked at twice.
        assert len(found) == len({f["subjects"][0] for f in found}) == PICTURES
        assert {f["value"]["status"] for f in found} == {"decoded"}
    finally:
        opened.close()
