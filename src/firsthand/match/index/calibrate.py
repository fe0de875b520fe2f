"""How many wrong links to expect for each threshold, measured on the user's own collection.

Pictures of a collection that were not grouped as copies or shots of one scene are different ones:
whatever the index finds between two groups is wrong. How often that happens, and how often at most
(C. J. Clopper, E. S. Pearson, Biometrika 26, 1934, doi:10.1093/biomet/26.4.404; for none in n
about 3/n), is told for each number of keypoints that must agree, with the size of the collection:
in one that is k times as large, expect k times as many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import exp, lgamma, log, log1p

from firsthand.match.index.query import Query
from firsthand.match.index.search import Index

LEVEL = 0.95
"""Level of the bound."""

THRESHOLDS = range(5, 21)


@dataclass(frozen=True, slots=True)
class Expected:
    """What to expect of links with at least so much support.

    Attributes
    ----------
    support
        Keypoints at distinct places that must agree.
    wrong
        Pictures asked for, of ``asked``, that were linked to one of another group.
    per_thousand, at_most
        Wrong ones of a thousand that are asked for, and the upper bound of that, level 0.95.
    pictures
        How many pictures were searched.
    """

    support: int
    asked: int
    wrong: int
    per_thousand: float
    at_most: float
    pictures: int


def calibrate(
    index: Index,
    queries: Iterable[tuple[bytes, Query]],
    group: Callable[[bytes], object],
) -> list[Expected]:
    """Ask for pictures of a collection and count what is found in other groups.

    Parameters
    ----------
    queries
        Names and keypoints of pictures of the collection; some hundreds tell something.
    group
        Returns what stands for all copies and shots of the same, as the first of their names.
        Strangers that are not in the index have a group of their own.
    """
    most = []
    for name, query in queries:
        own = group(name)
        found = index.search(query)
        most.append(max((c.support for c in found if group(c.name) != own), default=0))
    rows = []
    for support in THRESHOLDS:
        wrong = sum(each >= support for each in most)
        rate = wrong / len(most) if most else 0.0
        bound = upper_bound(wrong, len(most))
        rows.append(Expected(support, len(most), wrong, 1000 * rate, 1000 * bound, len(index)))
    return rows


def threshold(rows: Iterable[Expected], per_thousand: float) -> int | None:
    """Return the lowest support with at most so many wrong ones expected, None if there is none."""
    return next((row.support for row in rows if row.per_thousand <= per_thousand), None)


def upper_bound(wrong: int, of: int, level: float = LEVEL) -> float:
    """Return the upper Clopper-Pearson bound of a share, one-sided.

    >>> round(upper_bound(0, 300), 4)
    0.0099
    """
    if wrong >= of:
        return 1.0
    low, high = wrong / of, 1.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        if _at_most(wrong, of, middle) > 1 - level:
            low = middle
        else:
            high = middle
    return high


def _at_most(wrong: int, of: int, share: float) -> float:
    """Return the probability of at most so many, of a binomial number."""
    return sum(
        exp(
            lgamma(of + 1) - lgamma(k + 1) - lgamma(of - k + 1)
            + k * log(share) + (of - k) * log1p(-share)
        )
        for k in range(wrong + 1)
    )  # fmt: skip
