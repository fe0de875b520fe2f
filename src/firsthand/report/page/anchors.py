"""Where each thing stands on the page, and what a link to it is called."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup, escape

from firsthand.report.page.text import cut, said, shown

_LISTS = {
    "claims": "claim",
    "sightings": "sighting",
    "exhibits": "exhibit",
    "actors": "actor",
    "events": "event",
    "groups": "group",
    "gaps": "gap",
    "runs": "run",
    "findings": "finding",
    "assessments": "assessment",
}
_WITHIN = re.compile(r"([a-z]+:[0-9a-f]{64})(?![0-9a-f])")
_OURS = re.compile(r"(?:[a-z0-9_.-]+:)?([0-9a-f]{64})\Z")
# No double hyphen: the templates use it for what belongs to an anchor (its title, its questions).
_PLAIN = re.compile(r"(?=.{1,40}\Z)[a-z0-9]+(?:-[a-z0-9]+)*\Z")

SHORT = 10
"""Digits of an id that a link shows [hexadecimal digits]; its target has the whole id."""


def slug(name: str) -> str:
    """Return a name that is safe in an attribute; what is not plain becomes a digest.

    >>> slug("claim:" + "ab" * 32), slug("c07")
    ('abababababab', 'c07')
    """
    if match := _OURS.match(name):
        return match[1][:12]
    if _PLAIN.match(name):
        return name
    return "x" + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def brief(name: str) -> str:
    """Return an id short enough for a sentence."""
    if match := _OURS.match(name):
        return match[1][:SHORT]
    return cut(name, 24)


class Anchors:
    """Anchors and names of everything in a report."""

    def __init__(self, report: Mapping[str, Any]) -> None:
        self._anchors: dict[str, dict[str, str]] = {}
        self._names: dict[str, dict[str, str]] = {}
        taken: set[str] = set()
        for kind, item in _items(report):
            anchor = wanted = f"{kind}-{slug(item['id'])}"
            number = 2
            while anchor in taken:
                anchor = f"{wanted}-{number}"
                number += 1
            taken.add(anchor)
            # A finding is referred to by its id or by its key.
            for name in (item["id"], item.get("key")):
                if isinstance(name, str):
                    self._anchors.setdefault(name, {}).setdefault(kind, anchor)
                    self._names.setdefault(name, {}).setdefault(kind, _name(kind, item))

    def of(self, name: str, kind: str | None = None) -> str | None:
        """Return the anchor of an id, or None when the report does not hold it.

        People choose the ids of actors and events, so that both may have one: ``kind`` tells
        which is meant; without it, or when there is none of that kind, the first list decides.
        """
        return _chosen(self._anchors.get(name, {}), kind)

    def name(self, name: str, kind: str | None = None) -> str:
        """Return what an id is called; unknown ids stay as they are."""
        return _chosen(self._names.get(name, {}), kind) or brief(name)

    def link(self, name: str, text: str | None = None, kind: str | None = None) -> Markup:
        """Return a link to an id, or its text when it is not on the page."""
        label = said(text if text is not None else self.name(name, kind))
        anchor = self.of(name, kind)
        if anchor is None:
            return label
        return Markup('<a href="#{}">{}</a>').format(escape(anchor), label)

    def linked(self, text: str) -> Markup:
        """Return a text in which ids that the report holds are short links."""
        parts = _WITHIN.split(text)
        if len(parts) == 1:
            return said(text)
        inner = Markup("").join(
            self.link(part) if at % 2 and self.of(part) else escape(shown(part))
            for at, part in enumerate(parts)
        )
        return Markup('<bdi dir="auto">{}</bdi>').format(inner)


def _chosen(found: Mapping[str, str], kind: str | None) -> str | None:
    if kind is not None and kind in found:
        return found[kind]
    return next(iter(found.values()), None)


def _items(report: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for field, kind in _LISTS.items():
        for item in report[field]:
            yield kind, item


def _name(kind: str, item: Mapping[str, Any]) -> str:
    if kind == "actor":
        return cut(str(item["name"]), 80)
    if kind == "claim":
        return cut(str(item["label"]), 24) if item["label"] else f"claim {brief(item['id'])}"
    if kind == "event":
        return cut(str(item["label"]), 80)
    return f"{kind} {brief(item['id'])}"
