"""Lay out a directed graph in columns: longest paths give columns, neighbours' means give rows.

References
----------
Sugiyama, Tagawa, Toda 1981, doi:10.1109/TSMC.1981.4308636 (layers, barycentres).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

Pair = tuple[str, str]
SWEEPS = 8


@dataclass(frozen=True, slots=True)
class Slot:
    """A place: column, row in it, and how many rows the column has."""

    column: int
    row: int
    of: int


@dataclass(frozen=True, slots=True)
class Layout:
    """``paths``: what each line passes through; ``turned``: lines that close a ring."""

    slots: dict[str, Slot]
    paths: dict[Pair, tuple[str, ...]]
    turned: frozenset[Pair]


def layout(nodes: Sequence[str], pairs: Sequence[Pair]) -> Layout:
    """Place nodes so that each pair leads from a column to a later one, rings excepted."""
    turned = _closing(nodes, pairs)
    forward = sorted({(b, a) if (a, b) in turned else (a, b) for a, b in pairs})
    column = _columns(nodes, forward)
    order: list[list[str]] = [[] for _ in range(max(column.values()) + 1)]
    for node in nodes:
        order[column[node]].append(node)
    paths: dict[Pair, tuple[str, ...]] = {}
    steps: list[Pair] = []
    for number, (a, b) in enumerate(forward):
        # A zero byte cannot stand in an id that came through the record.
        between = [f"\0{number}.{at}" for at in range(column[a] + 1, column[b])]
        for at, name in enumerate(between, column[a] + 1):
            order[at].append(name)
        path = (a, *between, b)
        paths[a, b] = path
        steps += list(itertools.pairwise(path))
    _settle_rows(order, steps)
    slots = {
        name: Slot(at, row, len(names))
        for at, names in enumerate(order)
        for row, name in enumerate(names)
    }
    whole = {(a, b): paths[(b, a) if (a, b) in turned else (a, b)] for a, b in pairs}
    return Layout(slots, whole, frozenset(turned))


def _closing(nodes: Sequence[str], pairs: Sequence[Pair]) -> set[Pair]:
    """Return the pairs that lead back to where a walk in order came from."""
    nexts: dict[str, list[str]] = {node: [] for node in nodes}
    for a, b in pairs:
        nexts[a].append(b)
    state: dict[str, int] = {}
    closing: set[Pair] = set()
    for start in nodes:
        if start in state:
            continue
        state[start] = 1
        stack = [(start, iter(nexts[start]))]
        while stack:
            node, rest = stack[-1]
            for after in rest:
                if state.get(after) == 1:
                    closing.add((node, after))
                elif after not in state:
                    state[after] = 1
                    stack.append((after, iter(nexts[after])))
                    break
            else:
                state[node] = 2
                stack.pop()
    return closing


def _columns(nodes: Sequence[str], forward: Sequence[Pair]) -> dict[str, int]:
    column = dict.fromkeys(nodes, 0)
    for _ in nodes:
        moved = False
        for a, b in forward:
            if column[b] <= column[a]:
                column[b] = column[a] + 1
                moved = True
        if not moved:
            break
    return column


def _settle_rows(order: list[list[str]], steps: Sequence[Pair]) -> None:
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for a, b in steps:
        before.setdefault(b, []).append(a)
        after.setdefault(a, []).append(b)
    for sweep in range(SWEEPS):
        near = before if sweep % 2 == 0 else after
        place = {
            name: row / max(len(names) - 1, 1) for names in order for row, name in enumerate(names)
        }
        for names in order:
            mean = {
                name: sum(place[x] for x in near[name]) / len(near[name])
                if name in near
                else place[name]
                for name in names
            }
            names.sort(key=lambda name: (round(mean[name], 9), name))
