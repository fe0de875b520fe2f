"""A twentieth of the quarry campaign, and whether the committed result is of this source."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CAMPAIGNS = Path(__file__).resolve().parents[2] / "campaigns"


@pytest.mark.slow
def test_a_twentieth_of_the_quarry_campaign(twentieth: Callable[[str], dict[str, Any]]) -> None:
    result = twentieth("quarry")
    (one,) = result["runs"]
    # The generator's own counts: 12 originals, and what it says that a fingerprint can reach.
    assert (one["originals"], one["posts"]) == (12, 2000)
    assert len(one["judged"]) == 5
    # All pairs were compared, and the distances were really looked at.
    assert one["different_pictures"]["pairs"] > 5000
    assert one["tightest_copy"]["bits_to_spare"] >= 0
    assert one["different_pictures"]["linked"] == 0
    nearest = one["different_pictures"]["nearest"]["pdq"]
    assert nearest["links_up_to"] < nearest["bits"] < 128  # unrelated pictures differ in 128


def test_the_committed_result_is_of_this_source(
    record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Says so when it is stale or missing; only a result that names problems fails."""
    sys.path.insert(0, str(CAMPAIGNS))
    try:
        import measured
    finally:
        sys.path.remove(str(CAMPAIGNS))
    why = measured.stale("quarry")
    record_property("stale", why or "no")
    if why:
        with capsys.disabled():
            print(f"\nstale: {why}")
    path = measured.result_path("quarry")
    if path.exists():
        result = measured.json.loads(path.read_text(encoding="utf-8"))
        assert result["problems"] == []
        assert len(result["runs"]) == 20
        assert result["across_events"]["linked"] == 0
