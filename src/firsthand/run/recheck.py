"""Running recorded runs again from their recorded inputs, and comparing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from firsthand.case import Case
from firsthand.model.canonical import Json
from firsthand.model.codec import from_json
from firsthand.model.errors import FirsthandError
from firsthand.model.nouns import Run, finding_key
from firsthand.run.executor import Job, Pool, job
from firsthand.run.inputs import Memory, load
from firsthand.run.method import Output, Registry
from firsthand.run.plan import run_id
from firsthand.run.settle import within

VERDICTS = ("same", "within_tolerance", "different", "cannot_run")


def recheck(
    case: Case, registry: Registry, *, runs: Iterable[str] = (), jobs: int = 2
) -> list[Json]:
    """Execute recorded runs again.

    Returns one ``{"run","method","unit","verdict","why"}`` each; the verdicts are ``same``,
    ``within_tolerance`` (by the method's own tolerance), ``different`` and ``cannot_run``.
    """
    wanted = set(runs)
    recorded = {
        run.id: run
        for noun in case.catalog.nouns("run")
        if (run := from_json(Run, noun.data)).status == "done" and (not wanted or run.id in wanted)
    }
    found: list[Json] = []
    pending = _jobs(case, registry, recorded, found)
    with Pool(jobs) as pool:
        for result in pool.run(lambda: next(pending, None)):
            run = recorded[result.id]
            if result.status != "done":
                found.append(_line(run, "cannot_run", result.reason or result.status))
                continue
            tolerance = registry.methods[run.method].tolerance
            old = case.catalog.run_findings(run.id)
            found.append(_line(run, *_compare(old, result.outputs, tolerance)))
    return sorted(found, key=lambda line: (line["method"], line["unit"], line["run"]))


def _jobs(
    case: Case, registry: Registry, recorded: dict[str, Run], found: list[Json]
) -> Iterator[Job]:
    for run in recorded.values():
        method = registry.methods.get(run.method)
        if method is None or method.version != run.version:
            have = f"version {method.version} is installed" if method else "it is not installed"
            found.append(_line(run, "cannot_run", f"needs version {run.version}; {have}"))
            continue
        if run_id(method, run.params, run.inputs) != run.id:
            found.append(_line(run, "cannot_run", "its id does not fit its inputs"))
            continue
        try:
            inputs = load(case, run.inputs, Memory())
        except FirsthandError as error:
            found.append(_line(run, "cannot_run", str(error)))
            continue
        yield job(run.id, method, inputs, run.params)


def _compare(old: list[Json], new: Iterable[Output], tolerance: int) -> tuple[str, str]:
    before = {finding["key"]: finding["value"] for finding in old}
    after = {finding_key(output.kind, output.subjects): output.value for output in new}
    if before == after:
        return "same", ""
    for key in sorted(before.keys() | after.keys()):
        if key not in after or key not in before:
            return "different", f"{key} is {'gone' if key in before else 'new'}"
        if not within(before[key], after[key], tolerance):
            return "different", f"{key} has another value"
    return "within_tolerance", f"integers differ by at most {tolerance}"


def _line(run: Run, verdict: str, why: str) -> Json:
    return {
        "run": run.id,
        "method": run.method,
        "unit": run.unit,
        "verdict": verdict,
        "why": why,
    }
