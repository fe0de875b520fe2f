"""Nested areas, each in a panel that shows where the next smaller ones lie in it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from firsthand.report.figures.svg import element, fitted, label, picture

Ring = Sequence[tuple[int, int]]

PANEL_W, PANEL_H, GAP, CAPTION = 300.0, 260.0, 24.0, 26.0
MOST_PANELS = 3


@dataclass(frozen=True, slots=True)
class Shape:
    """An area or a point. Coordinates: longitude, latitude [1e-6 degree].

    ``within`` is the id of the next larger shape; ``named``: the answer names it itself.
    """

    id: str
    text: str
    polygons: Sequence[Sequence[Ring]] = ()
    point: tuple[int, int] | None = None
    within: str | None = None
    named: bool = True


@dataclass(frozen=True, slots=True)
class _Frame:
    """How degrees become pixels in one panel: plate carrée, true to scale at its middle."""

    west: float
    north: float
    scale: float
    shrink: float
    left: float
    top: float

    def at(self, point: tuple[int, int]) -> tuple[float, float]:
        lon, lat = point
        x = self.left + (lon - self.west) * self.shrink * self.scale
        return x, self.top + (self.north - lat) * self.scale


def _corners(shape: Shape) -> Iterator[tuple[int, int]]:
    for polygon in shape.polygons:
        yield from polygon[0]


def _frame(shape: Shape, left: float) -> _Frame:
    corners = list(_corners(shape))
    west, east = min(p[0] for p in corners), max(p[0] for p in corners)
    south, north = min(p[1] for p in corners), max(p[1] for p in corners)
    shrink = max(math.cos(math.radians((south + north) / 2e6)), 0.01)
    wide, tall = max((east - west) * shrink, 1.0), max(float(north - south), 1.0)
    scale = min((PANEL_W - 16) / wide, (PANEL_H - 16) / tall)
    return _Frame(
        west,
        north,
        scale,
        shrink,
        left + (PANEL_W - wide * scale) / 2,
        CAPTION + (PANEL_H - tall * scale) / 2,
    )


def _path(shape: Shape, frame: _Frame) -> str:
    parts = []
    for polygon in shape.polygons:
        for ring in polygon:
            points: list[str] = []
            for corner in ring:
                x, y = frame.at(corner)
                written = f"{x:.1f} {y:.1f}"
                if not points or points[-1] != written:
                    points.append(written)
            parts.append("M" + "L".join(points) + "Z")
    return "".join(parts)


def _drawn(shape: Shape, frame: _Frame) -> str:
    kind = "area named" if shape.named else "area"
    if shape.polygons:
        return element(
            "path",
            d=_path(shape, frame),
            class_=kind,
            fill_rule="evenodd",
            fill="none",
            stroke="#666",
        )
    if shape.point is None:
        return ""
    x, y = frame.at(shape.point)
    return element("circle", cx=x, cy=y, r=4, class_=kind.replace("area", "place"))


def _name(shape: Shape, frame: _Frame, left: float) -> str:
    if shape.polygons:
        corners = list(_corners(shape))
        x, y = frame.at(
            (
                (min(p[0] for p in corners) + max(p[0] for p in corners)) // 2,
                (min(p[1] for p in corners) + max(p[1] for p in corners)) // 2,
            )
        )
        anchor = "middle"
    elif shape.point is not None:
        x, y = frame.at(shape.point)
        x, y, anchor = x + 8, y, "start"
    else:
        return ""
    if anchor == "start" and x > left + PANEL_W * 0.6:
        x, anchor = x - 16, "end"
    return label(x, y + 4, fitted(shape.text, 140), text_anchor=anchor, class_="halo")


def _panel(shape: Shape, inner: Sequence[Shape], left: float) -> str:
    frame = _frame(shape, left)
    caption = label(left, 14, fitted(shape.text, PANEL_W), class_="caption", font_weight=600)
    parts = [_drawn(shape, frame), *(_drawn(part, frame) for part in inner)]
    names = [_name(part, frame, left) for part in inner[:8]]
    return caption + "".join(parts) + "".join(names)


def draw(shapes: Sequence[Shape], name: str = "areas") -> str:
    """Return the figure as SVG text; empty when no shape has an outline.

    A panel is drawn for each of the first shapes that hold others, the largest first; when none
    holds another, for each of the first shapes with an outline.
    """
    inside: dict[str, list[Shape]] = {}
    for shape in shapes:
        if shape.within is not None:
            inside.setdefault(shape.within, []).append(shape)
    outlined = [shape for shape in shapes if any(_corners(shape))]
    panels = [shape for shape in outlined if shape.id in inside] or outlined
    panels = panels[:MOST_PANELS]
    if not panels:
        return ""
    step = PANEL_W + GAP
    drawn = [_panel(p, inside.get(p.id, []), at * step) for at, p in enumerate(panels)]
    text = "; ".join(
        f"{panel.text}: {', '.join(s.text for s in inside[panel.id]) or 'outline'}"
        if panel.id in inside
        else panel.text
        for panel in panels
    )
    wide = step * len(panels) - GAP
    return picture(name, wide, CAPTION + PANEL_H, "Areas", text, *drawn)
