"""Links to what a report holds, by id: claims, sources, and actors with their side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup, escape

from firsthand.report.page.anchors import Anchors
from firsthand.report.page.text import said

PARTY = Markup(' <span class="party">party</span>')


class References:
    """Writes ids as links; who is a party to the conflict is marked wherever it is named."""

    def __init__(self, report: Mapping[str, Any]) -> None:
        self.anchors = Anchors(report)
        actors = report["actors"]
        self._parties = {actor["id"] for actor in actors if actor["party"]}
        self._ids = {actor["name"]: actor["id"] for actor in reversed(actors)}
        self._labels = {node["id"]: node["label"] for node in report["lineage"]["nodes"]}

    def links(self, ids: Iterable[str], kind: str | None = None) -> Markup:
        """Return links to ids, each once, with commas."""
        each = (self.anchors.link(name, kind=kind) for name in dict.fromkeys(ids))
        return Markup(", ").join(each)

    def actor(self, name: str) -> Markup:
        """Return a link to an actor, given by id or by name; others are named as they are."""
        if self.anchors.of(name, "actor") is None:
            name = self._ids.get(name, name)
        side = PARTY if name in self._parties else Markup("")
        return self.anchors.link(name, kind="actor") + side

    def speaker(self, name: str) -> Markup:
        """Return who stands in the lineage: an actor, or a document by its label."""
        if self.anchors.of(name, "actor") is not None:
            return self.actor(name)
        return said(self._labels.get(name, name))

    def chain(self, names: Iterable[str]) -> Markup:
        """Return the ultimate source first, then who passed it on."""
        ordered = [self.actor(name) for name in reversed(list(names))]
        return Markup(", as told by ").join(ordered) or escape("nobody named")
