"""What a run remembers of where it ran, and what happens where nothing can be run safely."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import toy_methods as toy

from firsthand.case import Case, View
from firsthand.model.errors import ExitCode, NotIsolated
from firsthand.run import Analysis, Registry


def test_no_sandbox_ends_the_analysis_and_records_nothing(
    case: Case, ask: Callable[..., object]
) -> None:
    ask("one", "two")
    size = case.ledger.size()
    with pytest.raises(NotIsolated, match="cannot be opened safely") as refused:
        Analysis(View(case), Registry((toy.unsafe,)), record=True, by="tester", jobs=2).run()
    assert refused.value.exit_code == ExitCode.MISSING_DEPENDENCY
    assert refused.value.hint == "install bubblewrap"
    assert case.ledger.size() == size
    # Nothing is charged to the runs either: they can be run once there is a sandbox.
    resolved = Analysis(View(case), Registry((toy.sandboxed,)), record=True, by="tester").run()
    assert {run.status for run, _ in resolved.runs} == {"done"}


def test_the_sandbox_is_among_what_a_run_remembers(case: Case, ask: Callable[..., object]) -> None:
    ask("one", "two")
    Analysis(View(case), Registry((toy.sandboxed,)), record=True, by="tester", jobs=1).run()
    runs = [noun.data for noun in case.catalog.nouns("run")]
    assert [run["environment"]["sandbox"] for run in runs] == ["bubblewrap 1: no network"] * 2
