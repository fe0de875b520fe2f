"""Searching a case: by words, and by what people said of things."""

from __future__ import annotations

from firsthand.case import Case, View
from firsthand.report.identify import identify

SHOWN = ("label", "name", "quote", "title", "text", "media_type", "ref")
"""Fields of a noun that say in a line what it is, the best first."""


def find(
    case: Case, words: str, tags: tuple[str, ...], kinds: tuple[str, ...], limit: int
) -> list[tuple[str, str, str]]:
    """Return (kind, id, text) of what has all the words, all the tags and one of the kinds."""
    if not tags:
        return case.catalog.search(words, limit, kinds=kinds)
    view = View(case)
    tagged = set.intersection(
        *({t.subject for t, _ in view.tags if t.label == tag} for tag in tags)
    )
    if words:
        translated = {t.id for t in view.translations if t.subject in tagged}
        return case.catalog.search(words, limit, kinds=kinds, refs=tagged | translated)
    things = [identify(case, subject) for subject in sorted(tagged)]
    return [
        (t.kind, t.id, str(next((t.data[key] for key in SHOWN if t.data.get(key)), "")))
        for t in things
        if not kinds or t.kind in kinds
    ][:limit]
