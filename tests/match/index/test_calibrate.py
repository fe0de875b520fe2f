"""How many wrong links to expect: bounds against closed forms and tables, counts against a plan."""

from __future__ import annotations

from hashlib import sha256
from math import comb

import numpy as np
import pytest

from firsthand.match.index.ballot import Agreed
from firsthand.match.index.calibrate import THRESHOLDS, calibrate, threshold, upper_bound
from firsthand.match.index.query import Query
from firsthand.match.index.search import Candidate, Index
from firsthand.match.local.codes import CODE


def name(number: int) -> bytes:
    return sha256(b"%d" % number).digest()


@pytest.mark.parametrize("of", [1, 10, 300, 100_000])
def test_the_bound_of_none(of: int) -> None:
    """Closed form: the share at which none of n has probability 0.05."""
    assert upper_bound(0, of) == pytest.approx(1 - 0.05 ** (1 / of), abs=1e-8)


@pytest.mark.parametrize(("wrong", "of"), [(1, 10), (2, 20), (5, 100), (9, 10)])
def test_the_bound_is_where_so_few_are_improbable(wrong: int, of: int) -> None:
    """By definition; the sum with Python's whole numbers."""
    share = upper_bound(wrong, of)
    few = sum(comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(wrong + 1))
    assert few == pytest.approx(0.05, abs=1e-6)
    assert wrong / of < share < 1


def test_nothing_asked_and_all_wrong_tell_nothing() -> None:
    assert upper_bound(0, 0) == 1
    assert upper_bound(7, 7) == 1


class Planned(Index):
    """Finds what it is told to."""

    def __init__(self, answers: list[list[tuple[int, int]]]) -> None:
        super().__init__([], 1)
        self._answers = iter(answers)

    def __len__(self) -> int:
        return 1234

    def search(self, *args: object, **options: object) -> list[Candidate]:
        none = np.zeros(0)
        return [
            Candidate(name(number), False, Agreed(support, 0, 0.0, none, none, none))
            for number, support in next(self._answers)
        ]


def test_only_what_is_of_another_group_counts() -> None:
    answers = [
        [(0, 90), (1, 60)],  # itself and a copy
        [(1, 90), (7, 11), (8, 6)],  # two wrong ones count once
        [(2, 90)],
        [],
    ]
    query = Query(np.zeros(0, CODE), np.zeros((0, 128), np.float32))
    groups = {name(0): 0, name(1): 0}
    rows = calibrate(
        Planned(answers),
        [(name(number), query) for number in range(4)],
        lambda each: groups.get(each, each),
    )
    assert [row.support for row in rows] == list(THRESHOLDS)
    wrong = {row.support: row.wrong for row in rows}
    assert (wrong[5], wrong[11], wrong[12]) == (1, 1, 0)
    assert {row.per_thousand for row in rows if row.support <= 11} == {250.0}
    assert all(row.asked == 4 and row.pictures == 1234 for row in rows)
    assert all(row.at_most > row.per_thousand for row in rows)
    assert threshold(rows, 1.0) == 12
    assert threshold(rows, 250.0) == 5
    assert threshold(rows[:3], 1.0) is None
