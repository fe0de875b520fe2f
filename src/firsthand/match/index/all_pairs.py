"""All pictures of a collection, each asked for in the index of all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from firsthand.match.index.query import Query
from firsthand.match.index.search import Candidate, Index

_AT_ONCE = 64

Asked = tuple[bytes, Query]


def all_pairs(
    index: Index,
    queries: Iterable[Asked],
    *,
    top: int = 20,
    tick: Callable[[int], None] = lambda done: None,
) -> dict[tuple[bytes, bytes], Candidate]:
    """Return the pairs of pictures of which one finds the other, with the better supported find.

    Parameters
    ----------
    queries
        Name and keypoints of each picture; they are taken some tens at a time.
    top
        See :meth:`Index.search`.
    tick
        Is told how many were asked for so far.

    Returns
    -------
    dict
        By names in ascending order. A candidate names the picture that was found; the other one of
        the pair was asked for.
    """
    found: dict[tuple[bytes, bytes], Candidate] = {}
    done = 0
    with ThreadPoolExecutor(index.threads) as pool:
        for portion in _portions(queries):
            answers = pool.map(lambda each: index.search(each[1], top, threads=1), portion)
            for (name, _), candidates in zip(portion, answers, strict=True):
                for each in candidates:
                    pair = min(name, each.name), max(name, each.name)
                    if name != each.name and (
                        pair not in found or found[pair].support < each.support
                    ):
                        found[pair] = each
            done += len(portion)
            tick(done)
    return found


def _portions(queries: Iterable[Asked]) -> Iterator[list[Asked]]:
    each = iter(queries)
    while portion := list(islice(each, _AT_ONCE)):
        yield portion
