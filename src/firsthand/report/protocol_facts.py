"""What the ledger of a case says that bears on the Berkeley Protocol: counted once for all rows."""

from __future__ import annotations

from functools import cached_property

from firsthand.case import Case, View
from firsthand.case.custody.arrivals import relevance_notes, times
from firsthand.case.custody.scrub import last_read, scrubs
from firsthand.case.interfaces import CatalogNoun
from firsthand.model.canonical import Json
from firsthand.model.nouns import Exhibit

MONTH_MS = 31 * 86_400_000
"""A reading again that is older than this, before the newest entry, does not count as regular [ms].

Our reading of "periodic": the Protocol's own text was not at hand.
"""

LOOKED_AT = ("image/", "video/")


class Facts:
    """Questions to a case; each is answered once."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.view = View(case)

    def nouns(self, kind: str) -> list[CatalogNoun]:
        """Return every noun of a kind, replaced ones too."""
        return self.case.catalog.nouns(kind, current=False)

    @cached_property
    def originals(self) -> list[Exhibit]:
        """Exhibits that came from outside and were not made from others."""
        return [each for each in self.view.exhibits.values() if each.derived_from is None]

    @cached_property
    def transformed(self) -> list[Exhibit]:
        """Exhibits that were made from others."""
        return [each for each in self.view.exhibits.values() if each.derived_from is not None]

    @cached_property
    def without_relevance(self) -> list[str]:
        """Originals of which no note says why they matter, neither of them nor of a sighting."""
        noted = relevance_notes(self.case.catalog)
        carried = self.view.published_texts
        return sorted(
            each.digest
            for each in self.originals
            if not {each.digest, *(s.id for s in carried.get(each.digest, []))} & noted
        )

    @cached_property
    def sessions(self) -> dict[str, tuple[int, Json]]:
        """Sessions by id: the newest entry of each, and what it says."""
        return {noun.id: (noun.entry, noun.data) for noun in self.case.catalog.nouns("session")}

    @cached_property
    def media(self) -> list[str]:
        """Pictures and videos that came from outside."""
        return [e.digest for e in self.originals if e.media_type.startswith(LOOKED_AT)]

    @cached_property
    def unread_media(self) -> list[str]:
        """Pictures and videos that no finished run looked at."""
        read: set[str] = set()
        for noun in self.case.catalog.nouns("run"):
            if noun.data["status"] == "done":
                read.update(ref.removeprefix("exhibit:") for ref in noun.data["inputs"])
        return sorted(set(self.media) - read)

    @cached_property
    def backups(self) -> dict[str, int]:
        """Names of copies on record, with the newest entry of each."""
        return {str(noun.data["name"]): noun.entry for noun in self.nouns("backup")}

    @cached_property
    def unread_objects(self) -> list[str]:
        """Exhibits that no scrub within a month before the newest entry read, or found good."""
        newest = times(self.case.catalog)[1] or 0
        known = scrubs(self.case)

        def recent(at_ms: int | None) -> bool:
            return at_ms is not None and newest - at_ms <= MONTH_MS

        def good(noun: CatalogNoun) -> bool:
            read = last_read(self.case, noun.id, known)
            if read is not None:
                return bool(read["good"]) and recent(read["at_ms"])
            # Its bytes were read when it came in.
            return recent((self.case.catalog.entry(noun.entry) or {}).get("at_ms"))

        return sorted(n.id for n in self.case.catalog.nouns("exhibit") if not good(n))

    @cached_property
    def newest_harm(self) -> tuple[int, int]:
        """Entry of the newest scrub that found something wrong, and of the newest repair; or -1."""
        harmed = [entry for entry, _, scrub in scrubs(self.case) if scrub.wrong or scrub.missing]
        mended = [noun.entry for noun in self.nouns("repair")]
        return max(harmed, default=-1), max(mended, default=-1)
