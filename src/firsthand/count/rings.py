"""Links that run in a ring: found, so that they can be cut the same way every time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def find_rings(steps: Mapping[str, str]) -> list[list[str]]:
    """Return the rings in a map that names one next element each, in walking order.

    >>> find_rings({"a": "b", "b": "a", "c": "a"})
    [['a', 'b']]
    """
    done: set[str] = set()
    rings = []
    for start in sorted(steps):
        path: dict[str, int] = {}
        at: str | None = start
        while at is not None and at not in done and at not in path:
            path[at] = len(path)
            at = steps.get(at)
        if at is not None and at in path:
            rings.append(list(path)[path[at] :])
        done.update(path)
    return rings


def edges_in_rings(edges: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the links that lie on a ring, where an element may have several links.

    >>> sorted(edges_in_rings([("a", "b"), ("b", "a"), ("b", "c")]))
    [('a', 'b'), ('b', 'a')]
    """
    left = set(edges)
    while True:
        sources, targets = {a for a, _ in left}, {b for _, b in left}
        on_both = {(a, b) for a, b in left if a in targets and b in sources}
        if on_both == left:
            break
        left = on_both
    following: dict[str, list[str]] = {}
    for a, b in left:
        following.setdefault(a, []).append(b)
    return {(a, b) for a, b in left if _reaches(b, a, following)}


def _reaches(start: str, goal: str, following: Mapping[str, list[str]]) -> bool:
    seen, waiting = {start}, [start]
    while waiting:
        at = waiting.pop()
        if at == goal:
            return True
        fresh = [name for name in following.get(at, []) if name not in seen]
        seen.update(fresh)
        waiting += fresh
    return False
