"""Candidates are the nearest above a cosine, whatever the blocks in which they are looked for."""

from __future__ import annotations

import numpy as np
import pytest

from firsthand.match.learned import Candidate, candidates, nearest


def of_length_one(count: int, columns: int, seed: int) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, columns))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(params=[(512, 32_768), (7, 5), (1, 1)], ids=["whole", "blocks", "single"])
def _blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest, "_ROWS", request.param[0])
    monkeypatch.setattr(nearest, "_COLUMNS", request.param[1])


@pytest.mark.usefixtures("_blocks")
def test_two_sets_by_sorting_all_pairs() -> None:
    one, other = of_length_one(40, 6, 1), of_length_one(33, 6, 2)
    cosines = one.astype(float) @ other.astype(float).T
    wanted = set()
    for row in range(40):
        best = np.argsort(-cosines[row])[:3]
        wanted |= {(row, int(column)) for column in best if cosines[row, column] >= 0.6}
    found = candidates(one, other, least_cosine=0.6, top=3)
    assert {(c.a, c.b) for c in found} == wanted
    assert 20 < len(wanted) < 120  # both bounds cut something off
    assert [c.cosine for c in found] == sorted((c.cosine for c in found), reverse=True)
    for each in found:
        assert each.cosine == pytest.approx(cosines[each.a, each.b], abs=1e-6)


@pytest.mark.usefixtures("_blocks")
def test_within_one_set_each_pair_is_given_once_and_none_with_itself() -> None:
    rows = of_length_one(50, 5, 3)
    cosines = rows.astype(float) @ rows.astype(float).T
    np.fill_diagonal(cosines, -1)
    wanted = set()
    for row in range(50):
        for column in np.argsort(-cosines[row])[:2]:
            if cosines[row, column] >= 0.5:
                wanted.add((min(row, int(column)), max(row, int(column))))
    found = candidates(rows, least_cosine=0.5, top=2)
    assert [(c.a, c.b) for c in found if c.a >= c.b] == []
    assert len(found) == len({(c.a, c.b) for c in found})
    assert {(c.a, c.b) for c in found} == wanted


@pytest.mark.usefixtures("_blocks")
def test_what_has_no_description_is_near_nothing() -> None:
    rows = np.zeros((4, 3), np.float32)
    rows[[1, 3]] = [0, 1, 0]
    assert candidates(rows, least_cosine=0.01) == [Candidate(1, 3, 1.0)]
    assert candidates(rows[:1], rows) == []
    assert candidates(np.zeros((0, 3), np.float32)) == []
    assert candidates(rows, np.zeros((0, 3), np.float32)) == []


@pytest.mark.parametrize("wrong", [{"least_cosine": 0}, {"least_cosine": 1.1}, {"top": 0}])
def test_bounds_out_of_range(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="least_cosine"):
        candidates(of_length_one(2, 2, 1), **wrong)


def test_tables_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="columns"):
        candidates(of_length_one(2, 2, 1), of_length_one(2, 3, 1))


@pytest.mark.usefixtures("_blocks")
def test_many_that_are_all_alike_give_a_few_each() -> None:
    rows = np.tile(np.array([[0.6, 0.8]], np.float32), (60, 1))
    found = candidates(rows, rows, least_cosine=0.9, top=4)
    assert np.bincount([c.a for c in found]).tolist() == [4] * 60
