"""What every Queue must keep: an attempt is charged only to what was running."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from firsthand.case.interfaces import Queue, Task

LEASE = 1000


def claim(queue: Queue, worker: str = "w", now_ms: int = 0) -> Task:
    task = queue.claim(worker, now_ms, LEASE)
    assert task is not None
    return task


class QueueContract:
    """Subclass it and give the fixture `open_queue`: the same queue each time."""

    @pytest.fixture
    def queue(self, open_queue: Callable[[], Queue]) -> Queue:
        return open_queue()

    def test_tasks_come_in_the_order_in_which_they_were_put(self, queue: Queue) -> None:
        assert queue.put([("b", {"n": 1}), ("a", None), ("c", [2])]) == 3
        found = [claim(queue) for _ in range(3)]
        assert [(task.id, task.payload, task.attempts) for task in found] == [
            ("b", {"n": 1}, 0), ("a", None, 0), ("c", [2], 0),
        ]  # fmt: skip
        assert queue.claim("w", 0, LEASE) is None

    def test_open_and_running_tasks_are_not_put_again(self, queue: Queue) -> None:
        queue.put([("a", None), ("b", None)])
        claim(queue)
        assert queue.put([("a", None), ("b", None), ("b", None)]) == 0
        assert claim(queue).id == "b"

    def test_a_finished_task_can_be_put_again(self, queue: Queue) -> None:
        queue.put([("a", None)])
        assert queue.complete(claim(queue))
        assert queue.claim("w", 0, LEASE) is None
        assert queue.put([("a", None)]) == 1
        assert claim(queue).id == "a"

    def test_a_lease_that_ran_out_is_taken_over_and_the_late_one_refused(
        self, queue: Queue, open_queue: Callable[[], Queue]
    ) -> None:
        queue.put([("a", None)])
        first = claim(queue, "slow", 0)
        other = open_queue()
        assert other.claim("quick", LEASE, LEASE) is None  # until and at its end it holds
        second = claim(other, "quick", LEASE + 1)
        assert second.fence > first.fence
        assert second.attempts == 0  # a lease that ran out is charged to nobody
        assert not queue.heartbeat(first, LEASE + 2, LEASE)
        assert not queue.complete(first)
        assert not queue.fail(first, "late", limit=1)
        assert queue.quarantined() == []
        assert other.complete(second)

    def test_a_heartbeat_keeps_the_lease(self, queue: Queue) -> None:
        queue.put([("a", None)])
        task = claim(queue, now_ms=0)
        assert queue.heartbeat(task, 900, LEASE)
        assert queue.claim("other", 1800, LEASE) is None
        assert claim(queue, "other", 1901).id == "a"

    def test_a_task_is_given_up_after_its_own_failures_only(self, queue: Queue) -> None:
        queue.put([("bad", None), ("good", None)])
        for attempt in range(3):
            bad, good = claim(queue), claim(queue)
            assert (bad.id, good.id) == ("bad", "good")
            assert bad.attempts == attempt
            assert good.attempts == 0
            assert queue.fail(bad, f"died {attempt}", limit=3) == (attempt == 2)
            assert queue.release_task(good)
        assert queue.quarantined() == [("bad", "died 2")]
        assert claim(queue).id == "good"
        assert queue.claim("w", 0, LEASE) is None

    def test_a_supervisor_that_is_killed_again_and_again_gives_nothing_up(
        self, queue: Queue, open_queue: Callable[[], Queue]
    ) -> None:
        queue.put([(f"t{number}", None) for number in range(4)])
        for life in range(10):
            mine = open_queue()
            held = [claim(mine, f"life-{life}") for _ in range(4)]
            assert {task.attempts for task in held} == {0}
            assert queue.workers() == [f"life-{life}"]
            assert queue.release(f"life-{life}") == 4
            assert not mine.complete(held[0])
        assert queue.quarantined() == []
        assert queue.workers() == []

    def test_what_was_given_up_can_be_tried_again(self, queue: Queue) -> None:
        queue.put([("a", None)])
        assert queue.fail(claim(queue), "no", limit=1)
        assert not queue.retry("b")
        assert queue.retry("a")
        assert not queue.retry("a")
        assert queue.quarantined() == []
        assert claim(queue).attempts == 0
