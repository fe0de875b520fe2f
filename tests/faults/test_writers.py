"""A twentieth of the campaign of many writers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

CAMPAIGNS = Path(__file__).resolve().parents[2] / "campaigns"


@pytest.mark.slow
def test_a_twentieth_of_the_campaign(record_property: Callable[[str, object], None]) -> None:
    done = subprocess.run(
        [sys.executable, CAMPAIGNS / "writers.py"],
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "FIRSTHAND_HOME"},
    )
    record_property("campaign", done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout)
    assert result["problems"] == []
    assert result["plain"]["acknowledged"] == 8 * 250
    assert result["killed"]["kills"] > 0


def test_the_committed_result_names_no_problem() -> None:
    path = CAMPAIGNS / "results" / "writers.json"
    if path.exists():
        result = json.loads(path.read_text(encoding="utf-8"))
        assert result["problems"] == []
        assert result["plain"]["acknowledged"] == 40_000
