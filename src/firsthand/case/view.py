"""What counts on a day: the nouns of a case, all of them or only what had been published by then.

A date restricts by publication, never by when something entered the case: a sighting counts when
its publication interval ends by the end of that UTC day, and a claim when the sighting does in
which it was published.
"""

from __future__ import annotations

from functools import cached_property

from firsthand.case.case import Case
from firsthand.case.interfaces import CatalogNoun
from firsthand.model.canonical import Json
from firsthand.model.codec import from_json
from firsthand.model.nouns import (
    Actor,
    Assessment,
    Claim,
    Event,
    Exhibit,
    Gap,
    Mark,
    Note,
    SearchRecord,
    Sighting,
    Tag,
    Translation,
)


class View:
    """Nouns of a case as typed records. ``as_of_ms``: exclusive end of the last day that counts."""

    def __init__(self, case: Case, as_of_ms: int | None = None) -> None:
        self.case = case
        self.as_of_ms = as_of_ms

    @cached_property
    def actors(self) -> dict[str, Actor]:
        """Actors by id."""
        return {n.id: from_json(Actor, n.data) for n in self.case.catalog.nouns("actor")}

    @cached_property
    def events(self) -> dict[str, Event]:
        """Events by id. They are what people ask about, so no date restricts them."""
        return {n.id: from_json(Event, n.data) for n in self.case.catalog.nouns("event")}

    @cached_property
    def exhibits(self) -> dict[str, Exhibit]:
        """Exhibits by digest."""
        return {n.id: from_json(Exhibit, n.data) for n in self.case.catalog.nouns("exhibit")}

    @cached_property
    def sightings(self) -> dict[str, Sighting]:
        """Sightings that count, by id."""
        found = self.case.catalog.sightings(end_by_ms=self.as_of_ms)
        return {noun["id"]: from_json(Sighting, noun) for _, noun, _ in found}

    @cached_property
    def claims(self) -> dict[str, Claim]:
        """Claims that count, by id."""
        found = [from_json(Claim, n.data) for n in self.case.catalog.nouns("claim")]
        return {claim.id: claim for claim in found if self._counts(claim)}

    @cached_property
    def assessments(self) -> list[Assessment]:
        """Acts of people, oldest first; those taken over from other cases before those made here.

        So a merge never overrules what was decided in this case.
        """
        return [from_json(Assessment, n.data) for n in self._own_last("assessment")]

    @cached_property
    def gaps(self) -> list[Gap]:
        """What is known to be missing."""
        return [from_json(Gap, n.data) for n in self.case.catalog.nouns("gap")]

    @cached_property
    def marks(self) -> list[Mark]:
        """What people drew or entered on exhibits."""
        return [from_json(Mark, n.data) for n in self.case.catalog.nouns("mark")]

    @cached_property
    def notes(self) -> list[Note]:
        """Why things matter, in people's words."""
        return [from_json(Note, n.data) for n in self.case.catalog.nouns("note")]

    @cached_property
    def tags(self) -> list[tuple[Tag, int]]:
        """Tags that hold, each with its entry, in the order in which they were given."""
        newest: dict[tuple[str, str], tuple[Tag, int]] = {}
        for noun in self._own_last("tag"):
            tag = from_json(Tag, noun.data)
            newest.pop((tag.subject, tag.label), None)
            newest[tag.subject, tag.label] = (tag, noun.entry)
        return [(tag, entry) for tag, entry in newest.values() if not tag.removed]

    @cached_property
    def translations(self) -> list[Translation]:
        """Texts in other languages, with their translators."""
        return [from_json(Translation, n.data) for n in self.case.catalog.nouns("translation")]

    @cached_property
    def searches(self) -> list[SearchRecord]:
        """Searches that people put on record."""
        return [from_json(SearchRecord, n.data) for n in self.case.catalog.nouns("search")]

    @cached_property
    def merged(self) -> dict[int, Json]:
        """Entries that were taken over from other cases: where they came from."""
        return self.case.catalog.merged()

    def by(self, entry: int) -> str | None:
        """Return who acted in an entry; of one taken over, who did in the case it came from."""
        origin = self.merged.get(entry)
        while origin is not None and origin.get("from"):
            origin = origin["from"]
        known = origin or self.case.catalog.entry(entry) or {}
        return known.get("by")

    def _own_last(self, kind: str) -> list[CatalogNoun]:
        return sorted(self.case.catalog.nouns(kind), key=lambda n: n.entry not in self.merged)

    def entry_of(self, kind: str, noun_id: str) -> CatalogNoun | None:
        """Return a noun with the entry that brought it."""
        return self.case.catalog.noun(kind, noun_id)

    @cached_property
    def published_texts(self) -> dict[str, list[Sighting]]:
        """Sightings that count, by the digests of what they carried."""
        found: dict[str, list[Sighting]] = {}
        for sighting in self.sightings.values():
            digests = set(sighting.exhibits)
            if sighting.text:
                digests.add(sighting.text)
            for digest in digests:
                found.setdefault(digest, []).append(sighting)
        return found

    def _counts(self, claim: Claim) -> bool:
        if self.as_of_ms is None:
            return True
        if claim.sighting is not None:
            return claim.sighting in self.sightings
        return claim.exhibit in self.published_texts
