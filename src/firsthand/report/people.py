"""What people did with a case beside judging: tags, notes, translations, searches, copies."""

from __future__ import annotations

from collections.abc import Iterator

from firsthand.case import View
from firsthand.model.canonical import Json
from firsthand.model.values import to_rfc3339


def people(view: View) -> Json:
    """Return the lists of a report that say what people did, each with who and which entry.

    With a date, what is said of a sighting that does not count is left out; nothing else is, since
    these acts are about the case and not about the world.
    """
    tags: list[Json] = [
        {"subject": tag.subject, "label": tag.label, "by": view.by(entry), "entry": entry}
        for tag, entry in view.tags
    ]
    return {
        "tags": [row for row in tags if _counts(view, row["subject"])],
        "notes": list(_rows(view, "note", ("kind",))),
        "translations": list(_rows(view, "translation", ("lang_from", "span"))),
        "searches": [_search(row) for row in _rows(view, "search", _SEARCH)],
        "merges": [
            {key: row[key] for key in ("origin", "size", "root", "history", "conflicts", *_ACT)}
            for row in _rows(view, "merge", ())
            if row["state"] == "closed"
        ],
        "backups": list(_rows(view, "backup", ())),
    }


_SEARCH = ("filters", "found", "why", "name")
_ACT = ("by", "at", "entry")
_INSIDE = {"translation": ("after",), "search": ("after",), "note": (), "merge": (), "backup": ()}
"""Fields that only order acts."""


def _rows(view: View, kind: str, optional: tuple[str, ...]) -> Iterator[Json]:
    """Yield nouns of a kind with null for what is absent, with who acted and (claimed) when."""
    for noun in view.case.catalog.nouns(kind):
        if not _counts(view, noun.data.get("subject")):
            continue
        data = {key: item for key, item in noun.data.items() if key not in _INSIDE[kind]}
        about = view.case.catalog.entry(noun.entry) or {}
        at_ms = about.get("at_ms")
        act = {"by": view.by(noun.entry), "entry": noun.entry}
        act["at"] = None if at_ms is None else to_rfc3339(at_ms)
        if span := data.get("span"):
            data["span"] = [span["start"], span["end"]]
        if kind == "search":
            act["stated"] = data.pop("at", None)
        yield dict.fromkeys(optional) | data | act


def _search(row: Json) -> Json:
    """Put the person's own statement of when in place of the clock, where there is one."""
    stated = row.pop("stated")
    return {**row, "stated_at": stated["text"] if stated else None}


def _counts(view: View, subject: str | None) -> bool:
    if view.as_of_ms is None or subject is None or not subject.startswith("sighting:"):
        return True
    return subject in view.sightings
