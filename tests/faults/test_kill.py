"""A twentieth of the kill campaign, and whether the committed result is of this source."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CAMPAIGNS = Path(__file__).resolve().parents[2] / "campaigns"


@pytest.mark.slow
def test_a_twentieth_of_the_kill_campaign(twentieth: Callable[[str], dict[str, Any]]) -> None:
    twentieth("kill")


def test_the_committed_result_is_of_this_source(
    record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Says so when it is stale; only a result that names problems fails."""
    sys.path.insert(0, str(CAMPAIGNS))
    try:
        import measured
    finally:
        sys.path.remove(str(CAMPAIGNS))
    why = measured.stale("kill")
    record_property("stale", why or "no")
    if why:
        with capsys.disabled():
            print(f"\nstale: {why}")
    path = measured.result_path("kill")
    if path.exists():
        result = measured.json.loads(path.read_text(encoding="utf-8"))
        assert result["problems"] == []
        assert result["totals"]["good_given_up"] == 0
        assert set(result["kills_per_step"]) >= {"add checkpoint", "analyse complete"}
