"""Which descriptions are near one another: all pairs above a cosine, a few for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

LEAST_COSINE = 0.5
"""From which two pictures are worth a closer look. It differs from model to model and **must be
checked** on pictures of your own: for one published model, pairs above 0.75 are copies in 90 of 100
cases (README of SSCD, model disc_mixup), so a search for candidates has to begin below that."""

TOP = 10
"""Candidates of one picture."""

_ROWS, _COLUMNS = 512, 32_768


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two pictures, by their rows, and the cosine of their descriptions. Not a link."""

    a: int
    b: int
    cosine: float


def candidates(
    embeddings: Floats,
    others: Floats | None = None,
    *,
    least_cosine: float = LEAST_COSINE,
    top: int = TOP,
) -> list[Candidate]:
    """Return the pairs worth a closer look, nearest first.

    Parameters
    ----------
    embeddings
        Shape (n, d), each row of length 1. A row of zeros is of a picture without a description
        and is near nothing.
    others
        The same of those to search in, shape (m, d). Without it they are searched in themselves:
        no picture is its own candidate, each pair is given once, a before b.
    least_cosine
        Pairs below are left out; above 0.
    top
        At most so many for each row of ``embeddings``. A pair within one set stays when either
        of its two has it among its first.

    Raises
    ------
    ValueError
        When the shapes do not fit, or a bound is out of its range.
    """
    base = embeddings if others is None else others
    if embeddings.ndim != 2 or base.ndim != 2 or embeddings.shape[1] != base.shape[1]:
        raise ValueError("descriptions must be two tables with as many columns")
    if not 0 < least_cosine <= 1 or top < 1:
        raise ValueError("least_cosine must be above 0 and at most 1, top at least 1")
    found: dict[tuple[int, int], float] = {}
    for start in range(0, len(embeddings), _ROWS):
        for row, column, cosine in _of_rows(embeddings, base, start, least_cosine, top, others):
            pair = (row, column) if others is not None else (min(row, column), max(row, column))
            # Two orders of summing may differ in the last place.
            found[pair] = max(cosine, found.get(pair, -1.0))
    ordered = sorted(found.items(), key=lambda each: (-each[1], each[0]))
    return [Candidate(a, b, min(cosine, 1.0)) for (a, b), cosine in ordered]


def _of_rows(
    embeddings: Floats,
    base: Floats,
    start: int,
    least: float,
    top: int,
    others: Floats | None,
) -> list[tuple[int, int, float]]:
    """Return (row, column, cosine) of the best columns of some rows."""
    block = embeddings[start : start + _ROWS]
    rows: list[NDArray[np.int64]] = []
    columns: list[NDArray[np.int64]] = []
    values: list[Floats] = []
    for first in range(0, len(base), _COLUMNS):
        cosines = block @ base[first : first + _COLUMNS].T
        if others is None:
            own = np.arange(len(block)) + start - first
            inside = (own >= 0) & (own < cosines.shape[1])
            cosines[np.flatnonzero(inside), own[inside]] = -1
        if cosines.shape[1] > top:
            # No row gets more than it may keep, or a thousand alike would fill the memory.
            best = np.argpartition(cosines, -top, axis=1)[:, -top:]
        else:
            best = np.broadcast_to(np.arange(cosines.shape[1]), cosines.shape)
        cosines = np.take_along_axis(cosines, best, axis=1)
        row, at = np.nonzero(cosines >= least)
        rows.append(row)
        columns.append(best[row, at] + first)
        values.append(cosines[row, at])
    if not rows:
        return []
    row, column, value = np.concatenate(rows), np.concatenate(columns), np.concatenate(values)
    order = np.lexsort((column, -value, row))
    row, column, value = row[order], column[order], value[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row)
    kept = np.flatnonzero(rank < top)
    return [(int(row[at]) + start, int(column[at]), float(value[at])) for at in kept]
