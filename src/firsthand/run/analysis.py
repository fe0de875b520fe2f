"""Running every method that a view of a case calls for, each exactly once.

Methods run in the order in which they read each other. A run whose id is in the ledger is not
repeated; its findings are read back. So an act of a person makes exactly the runs downstream of it
run again, and undoing the act finds the old runs still there.
"""

from __future__ import annotations

import os
import platform
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from firsthand import __version__
from firsthand.case import Case, View
from firsthand.model import canonical
from firsthand.model.canonical import Json, digest_of
from firsthand.model.codec import from_json
from firsthand.model.errors import BadInput, FirsthandError, StorageFailed
from firsthand.model.nouns import Run, finding_key
from firsthand.model.vocabulary import Verdict
from firsthand.run.executor import TICK_S, Job, Pool, Result, job
from firsthand.run.inputs import Memory, load
from firsthand.run.method import Derived, Method, Output, Registry
from firsthand.run.plan import WITHOUT, Planned, Planner
from firsthand.run.settle import by_target, deciding
from firsthand.run.work import Workload

COMMIT_S = 1.0
"""Finished runs are made durable together, at least this often [s]."""

COMMIT_RUNS = 64

DEBIAN = {
    "ffmpeg": "ffmpeg",
    "ffprobe": "ffmpeg",
    "tesseract": "tesseract-ocr tesseract-ocr-ara",
}
"""Packages that hold the programs that methods need."""

COSTLY_FROM = 300
"""Exhibits that a costly method may have before it, unless it is asked for by name."""

Progress = Callable[[str, int, int], None]
"""Called with method, and how many runs (or exhibits) are done and planned."""

Findings = list[tuple[Json, tuple[Derived, ...]]]
"""Findings with the exhibits that were derived with them."""


@dataclass
class Resolved:
    """Runs and findings of a view; ``fresh`` counts the runs that had to be executed.

    ``left_out``: methods that were not run, each with a reason and the number of exhibits.
    """

    runs: list[tuple[Run, bool]] = field(default_factory=list)
    findings: list[Json] = field(default_factory=list)
    fresh: list[str] = field(default_factory=list)
    left_out: list[Json] = field(default_factory=list)

    def of_kind(self, kind: str) -> list[Json]:
        """Return findings of a kind."""
        return [finding for finding in self.findings if finding["kind"] == kind]


class Analysis:
    """One pass over a view. ``record``: what is run goes into the ledger."""

    def __init__(
        self,
        view: View,
        registry: Registry,
        *,
        record: bool,
        by: str | None = None,
        jobs: int | None = None,
        progress: Progress = lambda method, done, planned: None,
    ) -> None:
        self.view = view
        self.case: Case = view.case
        self.registry = registry
        self.record = record
        self.by = by
        self.jobs = jobs or min(4, os.cpu_count() or 1)
        self.progress = progress
        self.memory = Memory()
        self.resolved = Resolved()
        self._acts = by_target(view.assessments)

    def run(self, *, only: Iterable[str] = (), retry: bool = False) -> Resolved:
        """Bring all methods (or some, and what they read) up to date with the view."""
        wanted = self._wanted(set(only))
        planner = Planner(self.view)
        with Pool(self.jobs) as pool:
            for method in wanted:
                if method.per == "exhibit":
                    asked = method.name in only
                    self._exhibits(pool, planner, method, asked=asked, retry=retry)
                    self._keep_newest(method)
                    continue
                planned = planner.plan(method, self._standing())
                missing = [p for p in planned if not self._recall(p, retry=retry)]
                if missing:
                    self._execute(pool, method, missing, len(planned))
        return self.resolved

    def _exhibits(
        self, pool: Pool, planner: Planner, method: Method, *, asked: bool, retry: bool
    ) -> None:
        """Bring a method per exhibit up to date; a report only reads what is on record."""
        while True:
            planner.refresh()
            recalled = {run.id for run, _ in self.resolved.runs}
            planned = [p for p in planner.plan(method, ()) if p.id not in recalled]
            missing = [p for p in planned if not self._recall(p, retry=retry)]
            waiting = sum(p.weight for p in missing)
            why = self._why_not(method, waiting, asked=asked) if missing else None
            if why is not None:
                self.resolved.left_out.append(
                    {"method": method.name, "exhibits": waiting, "why": why}
                )
            if not missing or why is not None:
                return
            self._execute(pool, method, missing, sum(p.weight for p in planned))
            retry = False
            if all(p.weight == 1 for p in missing):
                return
            # What was in a batch that died is planned one by one now.
            batches = {p.id for p in missing if p.weight > 1}
            self.resolved.runs = [
                (run, kept)
                for run, kept in self.resolved.runs
                if run.status == "done" or run.id not in batches
            ]

    def _keep_newest(self, method: Method) -> None:
        """Keep one finding of each key: two analyses at once may have batched exhibits apart."""
        newest = {f["key"]: f["id"] for f in self.resolved.findings if f["kind"] in method.makes}
        self.resolved.findings = [
            f for f in self.resolved.findings if newest.get(f["key"], f["id"]) == f["id"]
        ]

    def _why_not(self, method: Method, waiting: int, *, asked: bool) -> str | None:
        absent = [name for name in method.needs if shutil.which(name) is None]
        if absent:
            packages = " ".join(dict.fromkeys(DEBIAN[n] for n in absent if n in DEBIAN))
            how = f" (Debian: {packages})" if packages else ""
            return f"{', '.join(absent)} {'is' if len(absent) == 1 else 'are'} not installed{how}"
        if not self.record:
            return "not analysed yet: firsthand analyse"
        if method.costly and waiting > COSTLY_FROM and not asked:
            return f"takes long for so many: firsthand analyse --only {method.name}"
        return None

    def _wanted(self, only: set[str]) -> list[Method]:
        order = self.registry.order
        if not only:
            return order
        unknown = only - {m.name for m in order}
        if unknown:
            known = ", ".join(m.name for m in order)
            raise BadInput(f"no method {', '.join(sorted(unknown))}", hint=f"known: {known}")
        needed: set[str] = set()
        for method in reversed(order):
            downstream = any(set(method.makes) & set(m.reads) for m in order if m.name in needed)
            if method.name in only or downstream:
                needed.add(method.name)
        return [m for m in order if m.name in needed]

    def _standing(self) -> list[Json]:
        """Return the findings that people have not rejected."""
        found = []
        for finding in self.resolved.findings:
            act = deciding(self._acts.get(finding["key"], ()), finding["value"])
            if act is None or act.verdict != Verdict.REJECT:
                found.append(finding)
        return found

    def _recall(self, planned: Planned, *, retry: bool) -> bool:
        known = self.case.catalog.noun("run", planned.id)
        if known is None:
            return False
        run = from_json(Run, known.data)
        if run.status != "done" and retry:
            return False
        self.resolved.runs.append((run, True))
        self.resolved.findings += self.case.catalog.run_findings(run.id)
        return True

    def _execute(self, pool: Pool, method: Method, missing: list[Planned], total: int) -> None:
        by_id = {planned.id: planned for planned in missing}
        work = Workload(self.case, by_id, durable=self.record)
        pool.on_tick = work.heartbeat
        while by_id:
            self._pass(pool, method, by_id, work, total)
            if by_id and not self._done_elsewhere(by_id):
                time.sleep(TICK_S)  # another analysis has the rest in hand, or had it and died
                work.offer()

    def _done_elsewhere(self, by_id: dict[str, Planned]) -> bool:
        """Take over what another process recorded meanwhile; tell whether there was anything."""
        self.case.sync()
        found = [planned for planned in by_id.values() if self._recall(planned, retry=False)]
        for planned in found:
            del by_id[planned.id]
        return bool(found)

    def _pass(
        self,
        pool: Pool,
        method: Method,
        by_id: dict[str, Planned],
        work: Workload,
        total: int,
    ) -> None:
        """Run what can be claimed and drop it from ``by_id`` once it is durable."""
        waiting: list[tuple[Run, Findings]] = []
        last, done = time.monotonic(), total - sum(p.weight for p in by_id.values())

        def settle() -> None:
            self._commit(waiting, work)
            for run, _ in waiting:
                del by_id[run.id]
            waiting.clear()

        def following() -> Job | None:
            while (run := work.next()) is not None:
                planned = by_id[run]
                try:
                    inputs = load(self.case, planned.refs, self.memory)
                except StorageFailed:
                    raise
                except FirsthandError as error:
                    waiting.append(self._outcome(planned, Result(run, "failed", reason=str(error))))
                    continue
                return job(run, method, inputs, planned.params)
            return None

        for result in pool.run(following):
            if result.status == "lost":
                work.hand_back(result.id)
                continue
            # A batch is not tried again as it was: its exhibits are, one by one.
            once = by_id[result.id].weight > 1
            if result.status == "killed" and not work.give_up(
                result.id, result.reason or "", once=once
            ):
                continue
            waiting.append(self._outcome(by_id[result.id], result))
            done += by_id[result.id].weight
            self.progress(method.name, done, total)
            if len(waiting) >= COMMIT_RUNS or time.monotonic() - last > COMMIT_S:
                settle()
                last = time.monotonic()
        settle()

    def _outcome(self, planned: Planned, result: Result) -> tuple[Run, Findings]:
        status = "quarantined" if result.status == "killed" else result.status
        findings = _findings(planned.id, result.outputs) if status == "done" else []
        method = planned.method
        run = Run(
            id=planned.id,
            method=method.name,
            version=method.version,
            params=planned.params,
            unit=planned.unit,
            inputs=planned.refs,
            status=status,
            reason=result.reason,
            count=len(findings),
            environment={
                "firsthand": __version__,
                "python": platform.python_version(),
                "system": platform.platform(),
                **result.environment,
                **_without(method),
            },
        )
        return run, findings

    def _commit(self, finished: list[tuple[Run, Findings]], work: Workload) -> None:
        if not finished:
            return
        if self.record:
            record_runs(self.case, finished, by=self.by)
        for run, found in finished:
            findings = [finding for finding, _ in found]
            self.resolved.runs.append((run, self.record))
            self.resolved.findings += findings
            self.resolved.fresh.append(run.id)
            self.memory.findings |= {finding["id"]: finding for finding in findings}
            work.finish(run.id)


def _without(method: Method) -> dict[str, str]:
    absent = [name for name in method.uses if shutil.which(name) is None]
    return {WITHOUT: " ".join(absent)} if absent else {}


def record_runs(case: Case, finished: list[tuple[Run, Findings]], *, by: str | None) -> None:
    """Append runs, their findings and what they derived; a run that is there adds nothing."""
    with case.batch(by=by) as batch:
        for run, findings in finished:
            known = case.catalog.noun("run", run.id)
            if known is not None and known.data["status"] == "done":
                continue
            rows: list[dict[str, str | None]] = [
                {
                    "id": finding["id"],
                    "key": finding["key"],
                    "kind": finding["kind"],
                    "subjects": canonical.dumps(finding["subjects"]).decode(),
                    "value": canonical.dumps(finding["value"]).decode(),
                }
                for finding, _ in findings
            ]
            for each in (one for _, derived in findings for one in derived):
                staged = case.blobs.stage_bytes(each.data)
                batch.exhibit(
                    staged, each.media_type, derived_from=each.of, derivation=each.derivation
                )
            batch.run(run, rows)


def _findings(run: str, outputs: Iterable[Output]) -> Findings:
    found: Findings = []
    for output in outputs:
        body = {
            "run": run,
            "kind": output.kind,
            "subjects": list(output.subjects),
            "value": output.value,
        }
        finding = {
            "id": "finding:" + digest_of(body).removeprefix("sha256:"),
            "key": finding_key(output.kind, output.subjects),
        }
        found.append((finding | body, output.derived))
    return found
