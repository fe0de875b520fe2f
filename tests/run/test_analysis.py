"""Incremental analysis: what runs again after an act, and what a broken method may cost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import toy_methods as toy

from firsthand.case import Case, View
from firsthand.model.canonical import digest_of
from firsthand.model.nouns import Assessment, Claim, content_id
from firsthand.run import Analysis, Registry, Resolved, recheck
from firsthand.run.executor import Job, Pool, job
from firsthand.run.method import Inputs, Method

Ask = Callable[..., dict[str, Claim]]


def analyse(case: Case, *methods: Method, retry: bool = False, record: bool = True) -> Resolved:
    analysis = Analysis(View(case), Registry(methods), record=record, by="tester", jobs=2)
    return analysis.run(retry=retry)


def judge(case: Case, target: str, judged: Any, verdict: str, value: Any = None) -> None:
    earlier = [act.id for act in View(case).assessments if act.target == target]
    body: dict[str, Any] = {
        "target": target, "value_digest": digest_of(judged), "verdict": verdict, "why": "test",
        "value": value, "after": earlier[-1] if earlier else None,
    }  # fmt: skip
    act = Assessment(id=content_id("assessment", Assessment(id="", **body)), **body)
    with case.batch(by="tester") as batch:
        batch.noun("assessment", act)


def fresh(resolved: Resolved) -> list[tuple[str, str]]:
    by_id = {run.id: run for run, _ in resolved.runs}
    return sorted((by_id[run].method, by_id[run].unit) for run in resolved.fresh)


def values(resolved: Resolved, kind: str) -> list[Any]:
    return sorted(finding["value"]["n"] for finding in resolved.of_kind(kind))


def outcomes(resolved: Resolved) -> dict[str, tuple[str, str | None]]:
    return {run.unit: (run.status, run.reason) for run, _ in resolved.runs}


def test_an_act_makes_exactly_what_is_downstream_of_it_stale(case: Case, ask: Ask) -> None:
    claims = ask("a", "b", value=3)
    one = analyse(case, *toy.CHAIN)
    everything = [("toy.first", "a"), ("toy.first", "b"), ("toy.second", "a"), ("toy.second", "b")]
    assert fresh(one) == [*everything, ("toy.third", "")]
    assert values(one, "toy.third") == [60]  # 10 * 3 + 10 * 3
    assert fresh(analyse(case, *toy.CHAIN)) == []

    # Reject what the first room found about a: its claim and b stay as they are.
    finding = next(f for f in one.of_kind("toy.first") if f["subjects"] == ["a"])
    judge(case, finding["key"], finding["value"], "reject")
    two = analyse(case, *toy.CHAIN)
    assert fresh(two) == [("toy.second", "a"), ("toy.third", "")]
    assert values(two, "toy.third") == [30]

    # A correction goes through to the end.
    judge(case, finding["key"], finding["value"], "correct", {"n": 5})
    three = analyse(case, *toy.CHAIN)
    assert fresh(three) == [("toy.second", "a"), ("toy.third", "")]
    assert values(three, "toy.third") == [80]  # 10 * 5 + 10 * 3

    # Undone, the first runs are found again.
    judge(case, finding["key"], finding["value"], "accept")
    four = analyse(case, *toy.CHAIN)
    assert fresh(four) == []
    assert {run.id for run, _ in four.runs} == {run.id for run, _ in one.runs}

    # An act on a claim is upstream of everything about its event, and of nothing else.
    judge(case, claims["b"].id, claims["b"].value, "reject")
    five = analyse(case, *toy.CHAIN)
    assert fresh(five) == [("toy.first", "b"), ("toy.second", "b"), ("toy.third", "")]
    assert values(five, "toy.third") == [30]


def test_only_some_methods_bring_what_they_read(case: Case, ask: Ask) -> None:
    ask("a")
    analysis = Analysis(View(case), Registry(toy.CHAIN), record=True, jobs=1)
    assert fresh(analysis.run(only=["toy.second"])) == [("toy.first", "a"), ("toy.second", "a")]


def test_what_is_not_recorded_leaves_no_trace(case: Case, ask: Ask) -> None:
    ask("a")
    size = case.ledger.size()
    assert values(analyse(case, *toy.CHAIN, record=False), "toy.third") == [10]
    assert case.ledger.size() == size
    assert case.catalog.nouns("run") == []


def test_memory_and_time_are_limited(case: Case, ask: Ask) -> None:
    ask("big", "slow", "small")
    hungry = outcomes(analyse(case, toy.hungry))
    assert hungry["big"] == ("failed", "needed more than 2048 MiB")
    assert hungry["small"][0] == hungry["slow"][0] == "done"
    slow = outcomes(analyse(case, toy.slow))
    assert slow["slow"] == ("quarantined", "took longer than 1 s")
    assert slow["small"][0] == slow["big"][0] == "done"


def test_a_method_that_raises_fails_alone_and_says_why(case: Case, ask: Ask) -> None:
    ask("good", "raises", "float", "undeclared", "object", "late")
    found = outcomes(analyse(case, toy.faulty))
    assert found.pop("good") == ("done", None)
    assert {status for status, _ in found.values()} == {"failed"}
    reasons = {unit: reason or "" for unit, (_, reason) in found.items()}
    assert reasons["raises"] == "ValueError: cannot do that \\udcff"
    assert "floating-point" in reasons["float"]
    assert "does not declare" in reasons["undeclared"]
    assert "not JSON" in reasons["object"]
    assert reasons["late"].startswith("KeyError")
    assert len(case.catalog.run_findings(case.catalog.nouns("run")[0].id)) <= 1
    assert [n.data["count"] for n in case.catalog.nouns("run")].count(0) == 5


@pytest.mark.slow
def test_what_kills_its_process_is_given_up_and_nothing_beside_it(case: Case, ask: Ask) -> None:
    good = [f"good-{number:02}" for number in range(37)]
    ask(*good[:10], "exits", *good[10:20], "killed", *good[20:30], "leaves", *good[30:])
    found = outcomes(analyse(case, toy.deadly))
    assert len(found) == 40
    assert {found[name] for name in good} == {("done", None)}
    assert found["exits"] == ("quarantined", "its process ended with exit status 7")
    assert found["killed"] == ("quarantined", "its process ended with signal 9")
    assert found["leaves"] == ("quarantined", "its process ended with exit status 3")
    given_up = {task for task, _ in case.queue.quarantined()}
    assert given_up == {n.id for n in case.catalog.nouns("run") if n.data["status"] != "done"}
    assert fresh(analyse(case, toy.deadly)) == []  # it stays given up ...
    again = analyse(case, toy.deadly, retry=True)  # ... until somebody asks
    assert fresh(again) == [("toy.deadly", unit) for unit in ("exits", "killed", "leaves")]


def test_retry_runs_what_failed_again(
    case: Case, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask("a")
    monkeypatch.setenv("MOOD", "bad")  # int("bad") raises
    assert outcomes(analyse(case, toy.moody))["a"][0] == "failed"
    monkeypatch.setenv("MOOD", "1")
    assert fresh(analyse(case, toy.moody)) == []
    done = analyse(case, toy.moody, retry=True)
    assert outcomes(done)["a"] == ("done", None)
    assert values(done, "toy.moody") == [101]
    assert len(case.catalog.nouns("run", current=False)) == 2
    assert fresh(analyse(case, toy.moody, retry=True)) == []


def test_recheck_tells_four_things_apart(
    case: Case, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask("a")
    analyse(case, toy.moody)

    def verdict(*methods: Method) -> tuple[str, str]:
        (line,) = recheck(case, Registry(methods), jobs=1)
        return line["verdict"], line["why"]

    assert verdict(toy.moody) == ("same", "")
    monkeypatch.setenv("MOOD", "2")
    assert verdict(toy.moody)[0] == "within_tolerance"
    monkeypatch.setenv("MOOD", "3")
    assert verdict(toy.moody)[0] == "different"
    monkeypatch.setenv("MOOD", "bad")
    assert verdict(toy.moody)[0] == "cannot_run"
    assert verdict(toy.first) == ("cannot_run", "needs version 1; it is not installed")
    assert case.ledger.size() == case.catalog.size()


def test_a_run_whose_inputs_are_withheld_cannot_be_rechecked(case: Case, ask: Ask) -> None:
    ask("a")
    analyse(case, toy.first)
    with case.catalog.engine.begin() as connection:  # as it is when the claim's entry is closed
        connection.exec_driver_sql("DELETE FROM nouns WHERE kind = 'claim'")
    (line,) = recheck(case, Registry([toy.first]), jobs=1)
    assert line["verdict"] == "cannot_run"
    assert "not in the case" in line["why"]


TWO = """
import sys; sys.path.insert(0, sys.argv[2])
import toy_methods as toy
from pathlib import Path
from firsthand.case import Case, View
from firsthand.run import Analysis, Registry
case = Case.open(Path(sys.argv[1]), write=True)
done = Analysis(View(case), Registry([toy.patient, toy.first]), record=True, jobs=2).run()
print(len(done.runs), len(done.fresh))
"""


def test_two_analyses_at_once_do_each_run_once(case: Case, ask: Ask) -> None:
    units = [f"u{number}" for number in range(12)]
    ask(*units)
    here = str(Path(__file__).parent)
    started = [
        subprocess.Popen([sys.executable, "-c", TWO, case.root, here], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=120)[0].split() for process in started]
    assert [process.returncode for process in started] == [0, 0]
    assert [int(output[0]) for output in outputs] == [24, 24]  # both know all of it in the end
    case.sync()
    runs = [noun.id for noun in case.catalog.nouns("run", current=False)]
    assert len(runs) == len(set(runs)) == 24


def test_nobody_is_left_when_the_supervisor_is_killed(case: Case, ask: Ask) -> None:
    ask("slow")
    code = TWO.replace("[toy.patient, toy.first]", "[toy.sleeper]")
    here = str(Path(__file__).parent)
    code = code.replace("import toy_methods as toy", "import toy_methods as toy, dataclasses\n"
        "toy.sleeper = dataclasses.replace(toy.slow, limits=toy.Limits(4096, 500))")  # fmt: skip
    process = subprocess.Popen([sys.executable, "-c", code, case.root, here])
    deadline = time.monotonic() + 60
    while not (children := _children(process.pid)) and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(1.5)
    children = _children(process.pid)
    assert children
    process.send_signal(signal.SIGKILL)
    process.wait()
    while any(map(_alive, children)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(_alive, children))


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_ctrl_c_leaves_what_can_be_gone_on_with(case: Case, ask: Ask) -> None:
    ask(*(f"u{number}" for number in range(30)))
    # The command itself, with a method that takes its time in place of the built-in ones.
    code = (
        "import sys; sys.path.insert(0, sys.argv[2]); import toy_methods as toy\n"
        "from firsthand.report import registry; from firsthand.run import Registry\n"
        "registry.registry = lambda: Registry([toy.patient])\n"
        "from firsthand.cli.main import main; main(['analyse', sys.argv[1], '--jobs', '2'])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, case.root, str(Path(__file__).parent)],
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while case.catalog.nouns("run") == [] and time.monotonic() < deadline:
        time.sleep(0.1)
        case.sync()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the children too
    _, complaint = process.communicate(timeout=30)
    assert process.returncode == 130
    assert complaint.strip() == "interrupted: run the same command again to go on"
    case.sync()
    before = len(case.catalog.nouns("run"))
    assert 0 < before < 30
    resolved = analyse(case, toy.patient)
    assert len(resolved.fresh) == 30 - before
    assert len(case.catalog.nouns("run", current=False)) == 30
    assert case.queue.quarantined() == []


def test_a_child_that_dies_before_it_begins_costs_the_task_nothing() -> None:
    good = job("r", toy.patient, Inputs(unit="x"), {})
    with Pool(1) as pool:
        tasks: list[Job | None] = [good]
        assert [r.status for r in pool.run(lambda: tasks.pop() if tasks else None)] == ["done"]
        pool.workers[0].process.kill()  # idle: nobody's fault
        pool.workers[0].process.join()
        tasks = [good]
        (lost,) = pool.run(lambda: tasks.pop() if tasks else None)
        assert lost.status == "lost"
        tasks = [good]
        assert [r.status for r in pool.run(lambda: tasks.pop() if tasks else None)] == ["done"]
