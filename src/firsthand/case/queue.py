"""A durable work queue in the catalog: leases, fences, and a quarantine that people can see.

An attempt is charged only by :meth:`SqlQueue.fail`, which the supervisor calls when a task's own
process failed or died. A lease that merely ran out (the supervisor was killed, the laptop slept) is
nobody's fault: the task goes back to work uncharged. Workers claim one task at a time, so no good
task is ever charged for the one beside it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Engine, and_, func, insert, or_, select, update

from firsthand.case.database import writing
from firsthand.case.interfaces import Task
from firsthand.case.schema import queue
from firsthand.model import canonical
from firsthand.model.canonical import Json


class SqlQueue:
    """Queue in one SQL table; the same statements run on SQLite and PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def put(self, tasks: Sequence[tuple[str, Json]]) -> int:
        """Add tasks by id; open and running ones are left alone, finished ones are done again."""
        added = 0
        with writing(self.engine) as connection:
            last = connection.execute(select(func.max(queue.c.seq))).scalar() or 0
            for task_id, payload in tasks:
                again = connection.execute(
                    update(queue)
                    .where(queue.c.id == task_id, queue.c.state.in_(("done", "quarantined")))
                    .values(state="open", attempts=0, reason=None)
                )
                known = connection.execute(select(queue.c.id).where(queue.c.id == task_id)).first()
                added += again.rowcount
                if known is None:
                    added += 1
                    connection.execute(
                        insert(queue).values(
                            id=task_id,
                            seq=last + added,
                            state="open",
                            payload=canonical.dumps(payload).decode(),
                            lease_ms=0,
                            fence=0,
                            attempts=0,
                        )
                    )
        return added

    def claim(self, worker: str, now_ms: int, lease_ms: int) -> Task | None:
        """Take the next open task, or one whose worker has let its lease run out."""
        expired = and_(queue.c.state == "running", queue.c.lease_ms < now_ms)
        wanted = or_(queue.c.state == "open", expired)
        with writing(self.engine) as connection:
            row = connection.execute(
                select(queue).where(wanted).order_by(queue.c.seq).limit(1)
            ).first()
            if row is None:
                return None
            changed = connection.execute(
                update(queue)
                .where(queue.c.id == row.id, queue.c.fence == row.fence)
                .values(
                    state="running",
                    worker=worker,
                    lease_ms=now_ms + lease_ms,
                    fence=row.fence + 1,
                )
            )
            if changed.rowcount != 1:
                return None
        return Task(row.id, json.loads(row.payload), row.fence + 1, row.attempts)

    def workers(self) -> list[str]:
        """Return who holds a running task, so that a supervisor can look who is still alive."""
        with self.engine.connect() as connection:
            rows = connection.execute(
                select(queue.c.worker).where(queue.c.state == "running").distinct()
            )
            return [row.worker for row in rows]

    def release(self, worker: str) -> int:
        """Put the running tasks of a worker that is gone back to work, uncharged."""
        with writing(self.engine) as connection:
            changed = connection.execute(
                update(queue)
                .where(queue.c.worker == worker, queue.c.state == "running")
                .values(state="open", fence=queue.c.fence + 1)
            )
        return changed.rowcount

    def release_task(self, task: Task) -> bool:
        """Put one task back to work that never began, uncharged; False when the fence is old."""
        return self._change(task, state="open")

    def heartbeat(self, task: Task, now_ms: int, lease_ms: int) -> bool:
        """Extend a lease; False when the task was taken over."""
        return self._change(task, lease_ms=now_ms + lease_ms)

    def complete(self, task: Task) -> bool:
        """Finish a task; False when the fence is old (somebody else has it now)."""
        return self._change(task, state="done", reason=None)

    def fail(self, task: Task, reason: str, *, limit: int) -> bool:
        """Charge an attempt; True when the task is now in quarantine."""
        spent = task.attempts + 1 >= limit
        state = "quarantined" if spent else "open"
        changed = self._change(task, state=state, attempts=task.attempts + 1, reason=reason)
        return spent and changed

    def quarantined(self) -> list[tuple[str, str]]:
        """Return ids and reasons of what was given up."""
        with self.engine.connect() as connection:
            rows = connection.execute(
                select(queue.c.id, queue.c.reason)
                .where(queue.c.state == "quarantined")
                .order_by(queue.c.seq)
            )
            return [(row.id, row.reason or "") for row in rows]

    def retry(self, task_id: str) -> bool:
        """Put a quarantined task back to work."""
        with writing(self.engine) as connection:
            changed = connection.execute(
                update(queue)
                .where(queue.c.id == task_id, queue.c.state == "quarantined")
                .values(state="open", attempts=0, reason=None)
            )
        return changed.rowcount == 1

    def _change(self, task: Task, **values: object) -> bool:
        with writing(self.engine) as connection:
            changed = connection.execute(
                update(queue)
                .where(
                    queue.c.id == task.id,
                    queue.c.fence == task.fence,
                    queue.c.state == "running",
                )
                .values(**values)
            )
        return changed.rowcount == 1
