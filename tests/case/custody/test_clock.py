"""That the clock jumped goes on record; a clock that runs as it should leaves no trace."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import bring, grow

from firsthand.case import Case
from firsthand.case.custody import clock
from firsthand.report.checking import check

TEN_YEARS_MS = 10 * 365 * 86_400_000


class Clocks:
    """A wall clock that can be set, and a steady one that cannot; both stand still."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall, self.steady = 1_700_000_000_000, 5_000
        monkeypatch.setattr(clock, "wall_ms", lambda: self.wall)
        monkeypatch.setattr(clock, "steady_ms", lambda: self.steady)

    def run(self, ms: int) -> None:
        self.wall += ms
        self.steady += ms


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    return Clocks(monkeypatch)


@pytest.fixture
def timed(clocks: Clocks, tmp_path: Path) -> Case:
    return Case.create(tmp_path / "timed", title="clocks", by="tester")


def kinds(case: Case) -> list[str]:
    return [entry.kind for entry in case.ledger.entries()]


def jumps(case: Case) -> list[dict[str, int]]:
    return [noun.data for noun in case.catalog.nouns("clock")]


def test_a_clock_that_runs_adds_no_entry(timed: Case, clocks: Clocks) -> None:
    for hours in (0, 1, 24, 9000):
        clocks.run(hours * 3_600_000)
        bring(timed, b"%d" % hours)
    clocks.wall += 4_999  # a correction by small steps
    bring(timed, b"corrected")
    assert kinds(timed) == ["case", *["exhibit"] * 5]


@pytest.mark.parametrize("moved_ms", [TEN_YEARS_MS, -TEN_YEARS_MS, 5_001, -5_001])
def test_a_clock_set_while_the_case_is_open_is_recorded_first(
    timed: Case, clocks: Clocks, moved_ms: int
) -> None:
    before = clocks.wall
    clocks.run(60_000)
    clocks.wall += moved_ms
    bring(timed, b"after")
    assert kinds(timed) == ["case", "clock", "exhibit"]
    (jump,) = jumps(timed)
    assert jump["before_ms"] == before
    assert jump["elapsed_ms"] == 60_000
    assert jump["now_ms"] == before + 60_000 + moved_ms
    bring(timed, b"and on")  # it is said once
    assert kinds(timed)[-1] == "exhibit" and len(jumps(timed)) == 1
    assert check(timed.root)["verdict"] == "ok"


def test_a_clock_that_went_back_between_two_sittings_is_recorded(
    timed: Case, clocks: Clocks
) -> None:
    bring(timed, b"first")
    newest = clocks.wall
    clocks.wall -= TEN_YEARS_MS
    again = Case.open(timed.root, write=True)  # another process: its steady clock knows nothing
    bring(again, b"second")
    (jump,) = jumps(again)
    assert (jump["before_ms"], jump["now_ms"]) == (newest, clocks.wall)
    assert (jump["before_entry"], jump.get("elapsed_ms")) == (1, None)
    grow(again, 5)
    assert kinds(again) == ["case", "exhibit", "clock", "exhibit", "note"]


@pytest.mark.parametrize(("back_ms", "recorded"), [(2_000, 0), (2_001, 1)])
def test_two_processes_may_differ_a_little(
    timed: Case, clocks: Clocks, back_ms: int, recorded: int
) -> None:
    clocks.wall -= back_ms
    bring(Case.open(timed.root, write=True), b"x")
    assert kinds(timed).count("clock") == recorded


def test_what_another_machine_claimed_is_no_jump_here(
    timed: Case, clocks: Clocks, tmp_path: Path
) -> None:
    clocks.wall += TEN_YEARS_MS
    other = Case.create(tmp_path / "other", title="ahead", by="omar")
    bring(other, b"theirs", 1)
    clocks.wall -= TEN_YEARS_MS
    here = Case.open(timed.root, write=True)
    source = {"origin": other.origin, "entry": 1, "root": "0" * 64, "at_ms": 2_015_360_000_000}
    with here.batch(by="ana") as batch:
        body = other.catalog.nouns("note")[0].data
        batch.taken_over("note", body, [], {**source, "by": "omar"}, [])
    bring(here, b"ours")
    assert kinds(here) == ["case", "note", "exhibit"]


def test_nothing_is_noted_where_nothing_can_be_known(clocks: Clocks, tmp_path: Path) -> None:
    # A first batch has no entry before it, and entry 0 is the case whatever the clock says.
    made = Case.create(tmp_path / "new", title="t", by="b")
    assert kinds(made) == ["case"]


def test_the_machine_says_what_it_knows_of_its_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", ":Asia/Baghdad")
    said = clock.claimed()
    assert said["zone"] == "Asia/Baghdad"
    assert said["synchronised"] in (True, False, None)
    monkeypatch.setattr("sys.platform", "other")
    assert clock.synchronised() is None
