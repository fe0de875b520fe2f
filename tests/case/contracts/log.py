"""What every Log must keep. Fixture `make_log`: returns a new log and a way to open it again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from firsthand.case.interfaces import Log
from firsthand.model.errors import CaseBusy


def entry(number: int) -> bytes:
    root = hashlib.sha256(b"%d" % number).hexdigest()
    return b'{"root":"%s","t":"note","v":1}' % root.encode()


class LogContract:
    """Subclass it and give the fixtures `open_log` and `appenders`.

    ``open_log()`` opens the same log each time; ``appenders(n, each)`` lets n processes append
    ``each`` times one entry of their own at whatever size they find.
    """

    def test_a_new_log_is_empty(self, open_log: Callable[[], Log]) -> None:
        log = open_log()
        assert log.size() == 0
        assert list(log.entries(0, 0)) == []

    @pytest.mark.parametrize("parts", [(1,), (3, 4), (255, 1, 1), (256, 256), (300, 300)])
    def test_what_was_appended_is_there_in_order(
        self, open_log: Callable[[], Log], parts: tuple[int, ...]
    ) -> None:
        log, size = open_log(), 0
        for part in parts:
            new = [entry(number) for number in range(size, size + part)]
            assert log.append(size, new) == size + part
            size += part
        again = open_log()
        assert again.size() == size
        assert list(again.entries(0, size)) == [entry(number) for number in range(size)]
        assert list(again.entries(size - 1, size)) == [entry(size - 1)]
        assert list(again.entries(size // 2, size // 2)) == []

    def test_only_what_follows_the_expected_size_is_appended(
        self, open_log: Callable[[], Log]
    ) -> None:
        log = open_log()
        log.append(0, [entry(0), entry(1)])
        for wrong in (0, 1, 3):
            with pytest.raises(CaseBusy):
                log.append(wrong, [entry(9)])
        assert list(open_log().entries(0, 5)) == [entry(0), entry(1)]

    def test_many_processes_give_one_line_of_entries(
        self, open_log: Callable[[], Log], appenders: Callable[[int, int], list[bytes]]
    ) -> None:
        written = appenders(3, 8)
        log = open_log()
        assert log.size() == len(written) == 24
        assert sorted(log.entries(0, 24)) == sorted(written)
