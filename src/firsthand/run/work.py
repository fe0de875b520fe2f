"""The runs that one pass has to do: durable in the queue when they will be recorded."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

from firsthand.case import Case
from firsthand.case.blobs import alive
from firsthand.case.interfaces import Queue, Task
from firsthand.run.plan import Planned

LEASE_MS = 60_000
ATTEMPTS = 3
"""A task is given up when its own process died this often."""


class Workload:
    """Hands out runs one by one. Without ``durable`` the same rules hold in memory only."""

    def __init__(self, case: Case, planned: Mapping[str, Planned], *, durable: bool) -> None:
        self.me = f"{os.getpid()}"
        self.queue: Queue | None = case.queue if durable else None
        self.open = list(planned)
        self.planned = planned
        self.running: dict[str, Task] = {}
        self.attempts: dict[str, int] = {}
        self.beat_ms = 0
        if self.queue is not None:
            for worker in self.queue.workers():
                if not alive(int(worker)) or worker == self.me:
                    self.queue.release(worker)
        self.offer()

    def offer(self) -> None:
        """Put what is still planned into the queue; what is there already is left alone.

        Another analysis, planned on another state of the case, may have struck it off as stale.
        """
        if self.queue is not None:
            self.queue.put(
                [(p.id, {"method": p.method.name, "unit": p.unit}) for p in self.planned.values()]
            )

    def next(self) -> str | None:
        """Return the id of the next run, or None when nothing is open."""
        if self.queue is None:
            return self.open.pop(0) if self.open else None
        while (task := self.queue.claim(self.me, _now(), LEASE_MS)) is not None:
            self.running[task.id] = task
            if task.id in self.planned:
                return task.id
            # Work of an earlier pass whose inputs have changed since: nobody needs it any more.
            self.queue.complete(task)
            del self.running[task.id]
        return None

    def heartbeat(self) -> None:
        """Keep the leases of what is running, well before they end."""
        if self.queue is not None and _now() >= self.beat_ms:
            self.beat_ms = _now() + LEASE_MS // 6
            for task in self.running.values():
                self.queue.heartbeat(task, _now(), LEASE_MS)

    def give_up(self, run: str, reason: str, *, once: bool = False) -> bool:
        """Charge a death to a run; True when it is given up, False when it will be tried again.

        ``once``: one death is enough.
        """
        limit = 1 if once else ATTEMPTS
        if self.queue is not None:
            return self.queue.fail(self.running.pop(run), reason, limit=limit)
        self.attempts[run] = self.attempts.get(run, 0) + 1
        if self.attempts[run] < limit:
            self.open.append(run)
            return False
        return True

    def hand_back(self, run: str) -> None:
        """Put a run back to work that never began; nothing is charged."""
        task = self.running.pop(run, None)
        if self.queue is None:
            self.open.append(run)
        elif task is not None:
            self.queue.release_task(task)

    def finish(self, run: str) -> None:
        """Mark a run as recorded."""
        task = self.running.pop(run, None)
        if self.queue is not None and task is not None:
            self.queue.complete(task)


def _now() -> int:
    return time.time_ns() // 1_000_000
