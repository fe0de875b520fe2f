"""Findings as the last analysis and people's judgements left them, without running anything."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from firsthand.case import Case, CatalogNoun, View
from firsthand.model.canonical import Json
from firsthand.model.nouns import finding_key
from firsthand.run import Settled
from firsthand.run.settle import by_target, deciding, settle_finding

ADDED = ("import", "assessment", "event", "claim", "sighting")
"""Entries after which methods have new inputs."""


class Current:
    """What is on record now; rejected findings are left out."""

    def __init__(self, case: Case, view: View) -> None:
        self.case = case
        self.view = view
        self._acts = by_target(view.assessments)

    @cached_property
    def _newest(self) -> dict[str, CatalogNoun]:
        """The newest finished run of each method."""
        found: dict[str, CatalogNoun] = {}
        for noun in self.case.catalog.nouns("run"):
            if noun.data["status"] == "done":
                found[noun.data["method"]] = noun
        return found

    def value(self, kind: str, *subjects: str, of: str | None = None) -> Json | None:
        """Return the value of the newest finding; ``of``: only of the newest run of a method."""
        newest = self._newest.get(of) if of else None
        for row in self.case.catalog.findings_like(finding_key(kind, subjects)):
            if of is None or (newest is not None and row["run"] == newest.id):
                settled = self._settled(row)
                return None if settled is None else settled.value
        return None

    def of_run(self, method: str, kind: str) -> Iterator[Settled]:
        """Yield the findings of a kind of the newest run of a method over the whole case."""
        newest = self._newest.get(method)
        rows = [] if newest is None else self.case.catalog.run_findings(newest.id)
        for row in rows:
            if row["kind"] == kind and (settled := self._settled(row)) is not None:
                yield settled

    def of_runs(self, method: str) -> Iterator[Settled]:
        """Yield the findings of a method over exhibits, of each exhibit the newest."""
        newest: dict[str, Json] = {}
        for noun in self.case.catalog.nouns("run"):
            if noun.data["method"] == method and noun.data["status"] == "done":
                rows = self.case.catalog.run_findings(noun.id)
                newest |= {row["key"]: row for row in rows}
        for row in newest.values():
            if (settled := self._settled(row)) is not None:
                yield settled

    @cached_property
    def pictures(self) -> dict[str, list[str]]:
        """The pictures and key frames in which each text was read, by its digest."""
        found: dict[str, list[str]] = {}
        for each in self.of_runs("media.text"):
            if each.value.get("text"):
                found.setdefault(each.value["text"], []).append(each.subjects[0])
        return found

    def looked_at(self, exhibit: str) -> bool:
        """Tell whether an exhibit was decoded, or tried to be."""
        return exhibit in self._looked_at

    @cached_property
    def _looked_at(self) -> set[str]:
        found = (f for kind in ("media.image", "media.video") for f in self.of_runs(kind))
        return {each.subjects[0] for each in found}

    def outdated(self, method: str) -> bool:
        """Tell whether something that the method may look at came after its newest run."""
        newest = self._newest.get(method)
        if newest is None:
            return True
        nouns = (self.case.catalog.nouns(kind)[-1:] for kind in ADDED)
        return any(noun.entry > newest.entry for found in nouns for noun in found)

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for sighting in self.view.sightings.values():
            said = sighting.ref if sighting.platform == "file" else None
            for exhibit in sighting.exhibits:
                found.setdefault(exhibit, []).append(said or f"{sighting.platform} {sighting.ref}")
        return found

    def names(self, exhibit: str) -> list[str]:
        """Return path or platform and ref of the sightings that carry an exhibit, at most 20."""
        return self._names.get(exhibit, [])[:20]

    def _settled(self, row: Json) -> Settled | None:
        return settle_finding(row, deciding(self._acts.get(row["key"], ()), row["value"]))
