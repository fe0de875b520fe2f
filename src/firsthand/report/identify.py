"""From what a person types to one thing of the case: ids may be shortened, labels may be used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from firsthand.case import Case
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput, NotFound
from firsthand.run.settle import whole


@dataclass(frozen=True, slots=True)
class Thing:
    """One noun, sighting, finding or entry of a case."""

    kind: str
    id: str
    data: Json
    entry: int | None

    @property
    def subject(self) -> str:
        """What an act about the thing names, so that it stays with it and with nothing else.

        A newer run gives a finding another id but the same key; an event and an actor may have
        the same id.
        """
        if self.kind == "finding":
            return str(self.data["key"])
        return f"{self.kind}:{self.id}" if self.kind in ("event", "actor") else self.id


def identify(case: Case, text: str) -> Thing:
    """Return the one thing that a text names.

    A text names an entry (``12`` or ``entry:12``), an id or its start, the hex part of an id, the
    label of a claim, the ref of a sighting, or the name of a file in a folder. The kind before it
    tells an event from an actor of the same id: ``event:army``.

    Raises
    ------
    NotFound
        When nothing has that id.
    BadInput
        When several things start that way; the message lists some.
    """
    if text.startswith("claim:"):
        text = whole(text)  # a part of a split claim is found as the claim that was split
    found = _by_entry(case, text)
    if found is None:
        things = {(thing.kind, thing.id): thing for thing in _candidates(case, text)}
        exact = [t for t in things.values() if text in (t.id, t.data.get("key"), _label(t))]
        chosen = exact or list(things.values()) or _by_kind(case, text)
        if not chosen:
            raise NotFound(
                f"nothing in the case is called {text}",
                hint="find ids with `firsthand search` or `firsthand show CASE`",
            )
        if len(chosen) > 1:
            some = ", ".join(f"{t.kind} {t.id[:24]}" for t in chosen[:5])
            hint = "give more of the id, or the kind before it, such as event:ID"
            raise BadInput(f"{text} names several things", why=some, hint=hint)
        found = chosen[0]
    return found


def _by_kind(case: Case, text: str) -> list[Thing]:
    kind, _, name = text.partition(":")
    found = _candidates(case, name) if name else ()
    things = {t.id: t for t in found if t.kind == kind and name in (t.id, _label(t))}
    return list(things.values())


def _label(thing: Thing) -> str | None:
    label = thing.data.get("label" if thing.kind == "claim" else "ref")
    return None if label is None else str(label)


def _by_entry(case: Case, text: str) -> Thing | None:
    number = text.removeprefix("entry:")
    if not number.isdigit() or len(number) > 15:
        return None
    known = case.catalog.entry(int(number))
    if known is None:
        return None
    return Thing("entry", f"entry:{number}", known, int(number))


def _candidates(case: Case, text: str) -> Iterator[Thing]:
    catalog = case.catalog
    starts = [text]
    if ":" not in text and len(text) >= 6:
        kinds = "sha256 claim run assessment gap mark note tag translation search"
        starts += [f"{kind}:{text}" for kind in kinds.split()]
    for start in starts:
        for noun in catalog.nouns_like(start):
            yield Thing(noun.kind, noun.id, noun.data, noun.entry)
    for start in (text, f"sighting:{text}"):
        for sighting in catalog.sightings_like(start):
            known = catalog.sighting(sighting)
            assert known is not None
            yield Thing("sighting", sighting, known[2], known[0])
    for start in (text, f"finding:{text}", f"key:{text}"):
        for finding in catalog.findings_like(start):
            run = catalog.noun("run", finding["run"])
            yield Thing("finding", finding["id"], finding, run.entry if run else None)
    for noun in catalog.nouns("claim"):
        if noun.data.get("label") == text:
            yield Thing("claim", noun.id, noun.data, noun.entry)
    for _, noun, _ in catalog.sightings():
        named = noun["platform"] == "file" and noun["ref"].endswith(f"/{text}")
        if noun["ref"] == text or named:
            known = catalog.sighting(noun["id"])
            yield Thing("sighting", noun["id"], noun, known[0] if known else None)
