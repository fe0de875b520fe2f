"""Pictures that are put together from others: collages, screenshots of several posts.

Like a film, such a picture is a copy of each thing that it shows and connects no two of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from firsthand.match.boxes import Box

PART = 0.9
"""Share of a picture below which what it has in common with another is a part of it."""

APART = 0.2
"""Share of the smaller of two parts that they may have in common and still be two."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What of a picture shows another one: a box [px], its share, and if the other is cut of it."""

    picture: str
    other: str
    region: Box
    share: float
    cut: bool


def composites(shown: Iterable[Shown]) -> set[str]:
    """Return the pictures that show two others in different parts.

    A picture of which two parts were cut out looks the same from its regions; where the pixels say
    that the others are cut of it, it is no composite.
    """
    parts: dict[str, list[Shown]] = {}
    for each in shown:
        if each.share < PART and not each.cut:
            parts.setdefault(each.picture, []).append(each)
    return {
        name
        for name, held in parts.items()
        if any(_apart(one.region, other.region) for one, other in combinations(held[:40], 2))
    }


def _apart(one: Box, other: Box) -> bool:
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    high = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    smaller = min(one[2] * one[3], other[2] * other[3])
    return max(wide, 0) * max(high, 0) < APART * max(smaller, 1)


def sides(
    a: str, b: str, regions: tuple[Box, Box], shares: tuple[float, float], derived: str
) -> tuple[Shown, Shown]:
    """Return what a link of two copies says of each side."""
    return (
        Shown(a, b, regions[0], shares[0], derived == "b_from_a"),
        Shown(b, a, regions[1], shares[1], derived == "a_from_b"),
    )
