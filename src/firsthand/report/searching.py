"""Searching a case: by words, and by what people said of things."""

from __future__ import annotations

from firsthand.case import Case, View
from firsthand.model.canonical import Json
from firsthand.model.errors import NotFound
from firsthand.report.current import Current
from firsthand.report.exhibit_facts import facts
from firsthand.report.identify import Thing, identify

SHOWN = ("label", "name", "quote", "title", "text", "media_type", "ref")
"""Fields of a noun that say in a line what it is, the best first."""

MOST_NAMED = 5
"""Posts, files or pictures that are named for one result."""


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
        bare = {subject.removeprefix("event:").removeprefix("actor:") for subject in tagged}
        found = case.catalog.search(words, limit, kinds=kinds, refs=tagged | bare | translated)
        named = tagged | translated
        return [row for row in found if row[1] in named or f"{row[0]}:{row[1]}" in named]
    things = [thing for subject in sorted(tagged) if (thing := _known(case, subject))]
    return [
        (t.kind, t.id, str(next((t.data[key] for key in SHOWN if t.data.get(key)), "")))
        for t in things
        if not kinds or t.kind in kinds
    ][:limit]


def places(case: Case, found: list[tuple[str, str, str]]) -> list[str]:
    """Return for each result where it is: a post, a file, the pictures in which a text was read."""
    current: Current | None = None
    told = []
    for kind, ref, _ in found:
        if kind == "sighting":
            told.append(_post(case, ref))
            continue
        if kind != "exhibit":
            told.append("")
            continue
        current = current or Current(case, View(case))
        about = facts(current, ref)
        names = current.names(ref) or sorted(
            {name for each in about.get("read_from", ()) for name in _pictures(each)}
        )
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        told.append(", ".join(names[:MOST_NAMED]) + more)
    return told


def _pictures(each: Json) -> list[str]:
    frame = each["frame_of"]
    if frame:
        return [f"{name} at {frame['t_ms'] / 1000:g} s" for name in frame["names"]]
    return list(each["names"])


def _post(case: Case, ref: str) -> str:
    known = case.catalog.sighting(ref)
    if known is None:
        return ""
    data = known[2]
    when = (data.get("published") or {}).get("text")
    parts = [f"{data['platform']} {data['ref']}", data.get("account"), when and f"written {when}"]
    return ", ".join(part for part in parts if part)


def _known(case: Case, subject: str) -> Thing | None:
    """Return what a tag is on; what is withheld by now cannot be shown."""
    kind, _, name = subject.partition(":")
    if kind == "sighting":
        known = case.catalog.sighting(subject)
        return known and Thing(kind, subject, known[2] | {"text": known[3]}, known[0])
    whole = name if kind in ("event", "actor") else subject
    noun = case.catalog.noun("exhibit" if kind == "sha256" else kind, whole)
    if noun is not None:
        return Thing(noun.kind, noun.id, noun.data, noun.entry)
    try:
        return identify(case, subject)  # findings; slower, as it looks everywhere
    except NotFound:
        return None
