"""Who cites whom: sources on the left, those who pass on to the right of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from firsthand.report.figures.layers import Layout, Slot, layout
from firsthand.report.figures.svg import element, fitted, label, picture

BOX_W, BOX_H, COLUMN, ROW = 232.0, 40.0, 312.0, 54.0
MARGIN = 10.0
MOST_NODES = 80
"""Boxes drawn; the table beside the figure holds all."""


@dataclass(frozen=True, slots=True)
class Node:
    """A box; ``note`` is its second line."""

    id: str
    text: str
    kind: str = "actor"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """``relay`` cites or passes on ``source``, in so many claims."""

    relay: str
    source: str
    claims: int = 1


def _place(slot: Slot, tallest: int) -> tuple[float, float]:
    shift = (tallest - slot.of) * ROW / 2
    return MARGIN + slot.column * COLUMN, MARGIN + slot.row * ROW + shift


def _box(node: Node, x: float, y: float) -> str:
    round_ = 12 if node.kind == "actor" else 2
    shape = element(
        "rect",
        x=x,
        y=y,
        width=BOX_W,
        height=BOX_H,
        rx=round_,
        class_=f"box {node.kind}",
        fill="#fff",
        stroke="#666",
    )
    inside = BOX_W - 20
    if not node.note:
        return shape + label(x + 10, y + 24, fitted(node.text, inside))
    return (
        shape
        + label(x + 10, y + 17, fitted(node.text, inside))
        + label(x + 10, y + 32, fitted(node.note, inside * 1.08), class_="second", font_size=10.5)
    )


def _line(edge: Edge, laid: Layout, tallest: int) -> str:
    points = [_place(laid.slots[name], tallest) for name in laid.paths[edge.source, edge.relay]]
    x, y = points[0][0] + BOX_W, points[0][1] + BOX_H / 2
    path = f"M{x + 7:.1f} {y:.1f}"
    at = (x + 7, y)
    for place in points[1:]:
        goal = (place[0], place[1] + BOX_H / 2)
        half = (goal[0] - at[0]) / 2
        path += f"C{at[0] + half:.1f} {at[1]:.1f} {goal[0] - half:.1f} {goal[1]:.1f}"
        path += f" {goal[0]:.1f} {goal[1]:.1f}"
        if place is not points[-1]:
            path += f"h{BOX_W:.0f}"
            goal = (goal[0] + BOX_W, goal[1])
        at = goal
    head = element("path", d=f"M{x:.1f} {y:.1f}l8 -4v8z", class_="head")
    ring = "link ring" if (edge.source, edge.relay) in laid.turned else "link"
    line = element(
        "path",
        d=path,
        class_=ring,
        fill="none",
        stroke="#666",
        stroke_width=min(1 + 0.4 * (edge.claims - 1), 3.0),
    )
    return line + head


def draw(nodes: Sequence[Node], edges: Sequence[Edge], name: str = "lineage") -> str:
    """Return the figure as SVG text; empty when nobody cites anybody.

    An arrow points from who passes on to the source. Where citing runs in a ring, the line that
    closes it is dashed.
    """
    known = {node.id: node for node in nodes}
    linked = sorted(
        {(e.source, e.relay) for e in edges if {e.source, e.relay} <= known.keys()}
        - {(node.id, node.id) for node in nodes}
    )
    kept = _most_linked(linked)
    pairs = [(a, b) for a, b in linked if a in kept and b in kept]
    if not pairs:
        return ""
    laid = layout(sorted(kept), pairs)
    tallest = max(slot.of for slot in laid.slots.values())
    columns = 1 + max(slot.column for slot in laid.slots.values())
    claims = _claims(edges)
    lines = "".join(_line(Edge(b, a, claims[a, b]), laid, tallest) for a, b in pairs)
    boxes = "".join(_box(known[node], *_place(laid.slots[node], tallest)) for node in sorted(kept))
    text = f"{len(kept)} boxes, {len(pairs)} arrows; each arrow points to the source."
    return picture(
        name,
        2 * MARGIN + (columns - 1) * COLUMN + BOX_W,
        2 * MARGIN + (tallest - 1) * ROW + BOX_H,
        "Who cites whom",
        text,
        lines,
        boxes,
    )


def _most_linked(pairs: Sequence[tuple[str, str]]) -> set[str]:
    degree: dict[str, int] = {}
    for pair in pairs:
        for end in pair:
            degree[end] = degree.get(end, 0) + 1
    return set(sorted(degree, key=lambda end: (-degree[end], end))[:MOST_NODES])


def _claims(edges: Sequence[Edge]) -> Mapping[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for edge in edges:
        pair = (edge.source, edge.relay)
        found[pair] = found.get(pair, 0) + edge.claims
    return found
