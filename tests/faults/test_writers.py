"""A twentieth of the campaign of many writers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CAMPAIGNS = Path(__file__).resolve().parents[2] / "campaigns"


@pytest.mark.slow
def test_a_twentieth_of_the_campaign(twentieth: Callable[[str], dict[str, Any]]) -> None:
    result = twentieth("writers")
    assert result["plain"]["acknowledged"] == 8 * 250
    assert result["killed"]["kills"] > 0


def test_the_committed_result_names_no_problem() -> None:
    path = CAMPAIGNS / "results" / "writers.json"
    if path.exists():
        result = json.loads(path.read_text(encoding="utf-8"))
        assert result["problems"] == []
        assert result["plain"]["acknowledged"] == 40_000
