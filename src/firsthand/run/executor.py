"""A pool of child processes with limits. What kills a child is charged to what it was running.

``concurrent.futures`` breaks as a whole when one child dies and cannot say which task did it; here
each child runs one task at a time and the supervisor always knows which.
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from typing import Any

from firsthand.model import canonical
from firsthand.model.canonical import Json, keepable
from firsthand.model.errors import BadInput, CouldNotCheck, NotIsolated
from firsthand.run.environment import collect
from firsthand.run.method import Inputs, Limits, Method, Output

MIB = 1 << 20
START_S = 120
"""How long a child may take to begin [s]; it starts an interpreter and imports the method."""

PATIENCE = 4
"""So many children in a row may end before they begin, and two more for each at a time."""

TICK_S = 0.5
"""How often [s] the supervisor looks for runs that take too long, and beats its leases."""


@dataclass(frozen=True, slots=True)
class Job:
    """One call of a method, ready to travel to a child process."""

    id: str
    module: str
    name: str
    inputs: Inputs
    params: Json
    limits: Limits
    makes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a job.

    ``done``, ``failed`` (it raised), ``killed`` (its process died of it), ``lost`` (its process
    died before it began, which is not its fault). ``environment`` is what it noted of where it ran.
    ``refused``: no method can be run here at all, and nothing was.
    """

    id: str
    status: str
    outputs: tuple[Output, ...] = ()
    reason: str | None = None
    environment: dict[str, str] = field(default_factory=dict)
    refused: NotIsolated | None = None


def job(run: str, method: Method, inputs: Inputs, params: Json) -> Job:
    """Return the job for a method: the child imports it by name, so nothing else travels."""
    function = method.function
    place = function.__module__, function.__qualname__
    return Job(run, *place, inputs, params, method.limits, method.makes)


def _find(module: str, name: str) -> Callable[..., Any]:
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    # The decorated name is bound to the Method; undecorated functions are callable themselves.
    function: Callable[..., Any] = found.function if isinstance(found, Method) else found
    return function


def _child(pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the supervisor, which tells us
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.Thread(target=_end_with_supervisor, daemon=True).start()
    while True:
        try:
            task: Job = pipe.recv()
            pipe.send(None)  # from here on a death is charged to this task
            collect()
            result = _perform(task)
            pipe.send(replace(result, environment=collect()))
        except (EOFError, OSError):  # the supervisor is gone
            return


def _end_with_supervisor() -> None:
    """Leave no orphan behind: nobody would be there to stop a run that takes too long."""
    supervisor = multiprocessing.parent_process()
    if supervisor is not None:
        wait([supervisor.sentinel])
        os._exit(1)


def _perform(task: Job) -> Result:
    before = resource.getrlimit(resource.RLIMIT_AS)
    soft = task.limits.memory_mib * MIB
    try:
        function = _find(task.module, task.name)
        resource.setrlimit(resource.RLIMIT_AS, (soft, before[1]))
        outputs = tuple(function(task.inputs, **task.params))
        for output in outputs:
            _check(output, task.makes)
    except MemoryError:
        return Result(task.id, "failed", reason=f"needed more than {task.limits.memory_mib} MiB")
    except NotIsolated as error:
        return Result(task.id, "lost", refused=error)
    except Exception as error:
        reason = keepable(f"{type(error).__name__}: {error}")[0]
        return Result(task.id, "failed", reason=reason[:500])
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)  # the limit is on the run, not on telling
    return Result(task.id, "done", outputs)


def _check(output: Output, makes: tuple[str, ...]) -> None:
    """Refuse what could not be recorded here, where it costs this run and no other."""
    if output.kind not in makes:
        raise BadInput(f"the method yields {output.kind}, which it does not declare")
    canonical.dumps([output.kind, list(output.subjects), output.value])


class Worker:
    """One child process and what it is running."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_child, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        self.job: Job | None = None
        self.begun = False
        self.deadline = 0.0

    def give(self, task: Job) -> None:
        """Send a job to the child. It may be dead already, which :meth:`collect` will find."""
        self.job, self.begun = task, False
        self.deadline = time.monotonic() + START_S
        with contextlib.suppress(OSError):
            self.pipe.send(task)

    def collect(self) -> Result | None:
        """Return what came back, or that the child is dead; None when it has only begun."""
        assert self.job is not None
        try:
            result: Result | None = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join(5)
            code = self.process.exitcode
            how = f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"
            return self._ended(f"its process ended with {how}")
        if result is None:
            self.begun = True
            self.deadline = time.monotonic() + self.job.limits.seconds
        else:
            self.job = None
        return result

    def overdue(self) -> Result | None:
        """Return that the child took too long, once it did."""
        assert self.job is not None
        if time.monotonic() <= self.deadline:
            return None
        limit = self.job.limits.seconds if self.begun else START_S
        return self._ended(f"took longer than {limit} s")

    def _ended(self, reason: str) -> Result:
        assert self.job is not None
        task, self.job = self.job, None
        return Result(task.id, "killed" if self.begun else "lost", reason=reason)

    def stop(self) -> None:
        """End the child at once."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


class Pool:
    """Children that are started when needed and replaced when they die."""

    def __init__(self, jobs: int, on_tick: Callable[[], None] = lambda: None) -> None:
        self.size = max(1, jobs)
        self.on_tick = on_tick
        self.workers: list[Worker] = []
        self.lost = 0

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers:
            worker.stop()
        self.workers.clear()

    def run(self, source: Callable[[], Job | None]) -> Iterator[Result]:
        """Run jobs until ``source`` gives None and all are back; yield results as they come."""
        dry = False
        while True:
            while not dry and (worker := self._idle()) is not None:
                task = source()
                if task is None:
                    dry = True
                else:
                    worker.give(task)
            busy = [worker for worker in self.workers if worker.job is not None]
            if not busy:
                return
            ready = wait([worker.pipe for worker in busy], timeout=TICK_S)
            self.on_tick()
            for worker in busy:
                result = worker.collect() if worker.pipe in ready else worker.overdue()
                if result is None:
                    continue
                if result.status in ("killed", "lost"):
                    worker.stop()
                    self.workers.remove(worker)
                if result.refused is not None:
                    raise result.refused
                self._count_lost(result)
                dry = False
                yield result

    def _idle(self) -> Worker | None:
        for worker in self.workers:
            if worker.job is None:
                return worker
        if len(self.workers) < self.size:
            self.workers.append(Worker())
            return self.workers[-1]
        return None

    def _count_lost(self, result: Result) -> None:
        self.lost = self.lost + 1 if result.status == "lost" else 0
        if self.lost > 2 * self.size + PATIENCE:
            raise CouldNotCheck(
                "methods cannot be run",
                why=f"child processes end before they begin: {result.reason}",
                hint="check memory and limits of this machine, then run the same command again; "
                "what was finished is recorded",
            )
