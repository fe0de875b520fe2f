"""Fewer links where one picture was copied very often: a record that people can read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

KEPT_NEAREST = 12
"""Links kept for each member of a group, beside those that hold it together."""


class Edge(Protocol):
    """Two names and how far they are apart [bits]."""

    @property
    def a(self) -> str:
        """One name."""

    @property
    def b(self) -> str:
        """The other."""

    @property
    def bits(self) -> int:
        """How far they are apart."""


E = TypeVar("E", bound=Edge)


class Union:
    """Names that belong together (disjoint sets with path halving)."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def root(self, name: str) -> str:
        """Return the name that stands for the set of a name."""
        above = self._above
        while (up := above.setdefault(name, name)) != name:
            above[name] = above.setdefault(up, up)
            name = above[name]
        return name

    def join(self, one: str, other: str) -> bool:
        """Put two sets together; False when they were one already."""
        a, b = self.root(one), self.root(other)
        if a == b:
            return False
        self._above[max(a, b)] = min(a, b)
        return True


def components(edges: Iterable[Edge]) -> list[list[str]]:
    """Return the names that edges connect, each set sorted, the sets by their first name."""
    union = Union()
    names: set[str] = set()
    for edge in edges:
        names |= {edge.a, edge.b}
        union.join(edge.a, edge.b)
    found: dict[str, list[str]] = {}
    for name in sorted(names):
        found.setdefault(union.root(name), []).append(name)
    return sorted(found.values())


def thin(edges: Sequence[E], nearest: int = KEPT_NEAREST) -> list[E]:
    """Return the edges of a shortest spanning forest, and the ``nearest`` of each name.

    What the edges connect stays connected. The order is kept.
    """
    kept: set[tuple[str, str]] = set()
    union = Union()
    count: dict[str, int] = {}
    for edge in sorted(edges, key=lambda e: (e.bits, e.a, e.b)):
        holds = union.join(edge.a, edge.b)
        if holds or count.get(edge.a, 0) < nearest or count.get(edge.b, 0) < nearest:
            kept.add((edge.a, edge.b))
            for name in (edge.a, edge.b):
                count[name] = count.get(name, 0) + 1
    return [edge for edge in edges if (edge.a, edge.b) in kept]
