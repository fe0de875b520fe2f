"""A pool of child processes with limits. What kills a child is charged to what it was running.

``concurrent.futures`` breaks as a whole when one child dies and cannot say which task did it; here
each child runs one task at a time and the supervisor always knows which.
"""

from __future__ import annotations

import importlib
import multiprocessing
import resource
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from firsthand.model.canonical import Json
from firsthand.run.method import Inputs, Limits, Method, Output

MIB = 1 << 20
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


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a job: ``done``, ``failed`` (it raised), ``killed`` (its process died)."""

    id: str
    status: str
    outputs: tuple[Output, ...] = ()
    reason: str | None = None


def job(run: str, method: Method, inputs: Inputs, params: Json) -> Job:
    """Return the job for a method: the child imports it by name, so nothing else travels."""
    function = method.function
    return Job(run, function.__module__, function.__qualname__, inputs, params, method.limits)


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
    while True:
        try:
            task: Job | None = pipe.recv()
        except EOFError:
            return
        if task is None:
            return
        pipe.send(_perform(task))


def _perform(task: Job) -> Result:
    soft = task.limits.memory_mib * MIB
    resource.setrlimit(resource.RLIMIT_AS, (soft, resource.RLIM_INFINITY))
    try:
        outputs = tuple(_find(task.module, task.name)(task.inputs, **task.params))
    except MemoryError:
        return Result(task.id, "failed", reason=f"needed more than {task.limits.memory_mib} MiB")
    except Exception as error:
        return Result(task.id, "failed", reason=f"{type(error).__name__}: {error}"[:500])
    return Result(task.id, "done", outputs)


class Worker:
    """One child process and what it is running."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_child, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        self.job: Job | None = None
        self.deadline = 0.0

    def give(self, task: Job) -> None:
        """Send a job to the child."""
        self.job = task
        self.deadline = time.monotonic() + task.limits.seconds
        self.pipe.send(task)

    def collect(self) -> Result:
        """Return what came back, or that the child is dead."""
        assert self.job is not None
        task, self.job = self.job, None
        try:
            return self.pipe.recv()  # type: ignore[no-any-return]
        except (EOFError, OSError):
            self.process.join(5)
            code = self.process.exitcode
            how = f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"
            return Result(task.id, "killed", reason=f"its process ended with {how}")

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
                if worker.pipe in ready:
                    result = worker.collect()
                elif time.monotonic() > worker.deadline:
                    result = self._overdue(worker)
                else:
                    continue
                if result.status == "killed":
                    worker.stop()
                    self.workers.remove(worker)
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

    @staticmethod
    def _overdue(worker: Worker) -> Result:
        assert worker.job is not None
        task, worker.job = worker.job, None
        return Result(task.id, "killed", reason=f"took longer than {task.limits.seconds} s")
