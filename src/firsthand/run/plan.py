"""Which runs a view of a case calls for, and by which inputs each of them is named."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from firsthand.case import View
from firsthand.model.canonical import Json, digest_of
from firsthand.model.nouns import Claim, Event
from firsthand.model.values import Digest
from firsthand.model.vocabulary import Relation, Verdict
from firsthand.run.inputs import exhibit_ref, program_ref, versioned
from firsthand.run.method import Method
from firsthand.run.settle import by_target, deciding

FOLLOWED = (
    Relation.CITES,
    Relation.COPIES,
    Relation.SUPERSEDES,
    Relation.PART_OF,
    Relation.ADDS_TO,
)
"""Relations over which a claim brings other claims into its run."""

WITHOUT = "without"
"""In a run's environment: programs that its method uses and that were not installed."""

MEDIA = ("image/", "video/")
"""Beginnings of media types of what a method that takes ``media`` sees the sightings of."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A run that the view calls for."""

    id: str
    method: Method
    params: Json
    unit: str
    refs: tuple[str, ...]

    @property
    def weight(self) -> int:
        """How many exhibits the run is about; 1 for any other run."""
        return max(1, len(_exhibits_of(self.refs)))


class Planner:
    """Selects the inputs of runs from a view."""

    def __init__(self, view: View) -> None:
        self.view = view

    def refresh(self) -> None:
        """Look again at what exhibits there are: methods derive some."""
        self.view.__dict__.pop("exhibits", None)
        self.__dict__.pop("_carriers", None)
        self.__dict__.pop("_pictures", None)

    def plan(self, method: Method, settled: Iterable[Json], params: Json = None) -> list[Planned]:
        """Return the runs of a method; ``settled`` are findings that nobody rejected."""
        if method.per == "exhibit":
            return self._exhibits(method, params)
        wanted = [f for f in settled if f["kind"] in method.reads]
        units = sorted(self.view.events) if method.per == "event" else [""]
        found = []
        for unit in units:
            refs = self._refs(method, unit, wanted)
            if refs:
                found.append(_planned(method, unit, refs, params))
        return found

    def _exhibits(self, method: Method, params: Json) -> list[Planned]:
        """Return the runs that cover all exhibits that fit: those on record, then new ones.

        What was in a batch that did not end well is run one by one, so that the one exhibit that
        it was about costs no other its result; so is what is not held, since it cannot end well.
        What was looked at without a program that is there now is looked at again; the reference to
        the program makes it another run.
        """
        full = {**method.params, **(params or {})}
        found: list[Planned] = []
        covered: set[str] = set()
        apart: set[str] = set()
        again: dict[str, set[str]] = {}
        for noun in self.view.case.catalog.nouns("run"):
            run = noun.data
            if (run["method"], run["version"]) != (method.name, method.version):
                continue
            refs = tuple(run["inputs"])
            if run["params"] != full:
                continue
            if run["status"] != "done" and len(_exhibits_of(refs)) > 1:
                apart.update(refs)
                continue
            lacking = set(run.get("environment", {}).get(WITHOUT, "").split())
            if back := {name for name in method.uses if name in lacking and shutil.which(name)}:
                for ref in _exhibits_of(refs):
                    again.setdefault(ref, set()).update(back)
            else:
                covered.update(refs)
            found.append(Planned(run["id"], method, full, run["unit"], refs))
        waiting = [ref for ref in self._fitting(method) if ref not in covered]
        has = self.view.case.blobs.has
        apart.update(ref for ref in waiting if not has(Digest(ref.removeprefix("exhibit:"))))
        batches: list[tuple[str, ...]] = [(ref,) for ref in waiting if ref in apart]
        for programs in sorted({tuple(sorted(again.get(ref, ()))) for ref in waiting}):
            rest = iter(
                ref
                for ref in waiting
                if ref not in apart and tuple(sorted(again.get(ref, ()))) == programs
            )
            while part := tuple(islice(rest, method.batch)):
                batches.append(part)
        batches = [
            refs + tuple(program_ref(name) for name in sorted(again.get(refs[0], ())))
            for refs in batches
        ]
        for refs in batches:
            found.append(_planned(method, "", tuple(sorted(refs)), params))
        return found

    def _fitting(self, method: Method) -> list[str]:
        return [
            exhibit_ref(exhibit.digest)
            for exhibit in self.view.exhibits.values()
            if exhibit.media_type.startswith(method.media)
            and (method.derived or exhibit.derived_from is None)
        ]

    @cached_property
    def _acts(self) -> dict[str, list[Json]]:
        return {target: list(acts) for target, acts in by_target(self.view.assessments).items()}

    @cached_property
    def _versions(self) -> dict[str, dict[str, str]]:
        catalog = self.view.case.catalog
        return {
            kind: {noun.id: noun.digest for noun in catalog.nouns(kind)}
            for kind in ("actor", "event")
        }

    def _refs(self, method: Method, unit: str, findings: list[Json]) -> tuple[str, ...]:
        claims = self._claims(unit) if "claim" in method.takes else []
        sightings = self._sightings(unit, claims) if "sighting" in method.takes else []
        if "media" in method.takes:
            if not self._carriers:
                return ()  # a case without media has nothing that such a method could look at
            sightings = sorted({*sightings, *self._carriers})
        claim_ids = {claim.id for claim in claims}
        about = claim_ids or {claim.id for claim in self._claims(unit)}
        near = [f for f in findings if not unit or {unit, *about} & set(f["subjects"])]
        if not claims and not sightings and not near:
            return ()
        refs = [f"unit:{unit}"] if unit else []
        refs += sorted(claim_ids)
        refs += sightings
        refs += [f["id"] for f in near]
        if "picture" in method.takes:
            refs += self._pictures
        if "event" in method.takes:
            refs += self._versioned("event", self._events(unit, claims))
        if "actor" in method.takes:
            refs += self._versioned("actor", self._actors(claims))
        refs += self._judged(claims, near)
        return tuple(sorted(set(refs)))

    def _judged(self, claims: list[Claim], findings: list[Json]) -> list[str]:
        targets = [(claim.id, claim.value) for claim in claims]
        targets += [(f["key"], f["value"]) for f in findings]
        acts = (deciding(self._acts.get(target, ()), value) for target, value in targets)
        # Accepting changes nothing that a method sees, so runs made before it still stand.
        return [act.id for act in acts if act is not None and act.verdict != Verdict.ACCEPT]

    def _versioned(self, kind: str, ids: Iterable[str]) -> list[str]:
        known = self._versions[kind]
        return [versioned(kind, noun_id, known[noun_id]) for noun_id in ids if noun_id in known]

    def _claims(self, unit: str) -> list[Claim]:
        """Return the claims about an event, and those that they refer to."""
        known = self.view.claims
        if not unit:
            return list(known.values())
        found: dict[str, Claim] = {}
        waiting = [claim for claim in known.values() if claim.event == unit]
        while waiting:
            claim = waiting.pop()
            if claim.id in found:
                continue
            found[claim.id] = claim
            for link in claim.links:
                if link.rel in FOLLOWED and link.claim in known:
                    waiting.append(known[link.claim])
        return list(found.values())

    def _sightings(self, unit: str, claims: list[Claim]) -> list[str]:
        """Return the sightings that show an event, and those in which its claims were published."""
        known = self.view.sightings
        found = {s.id for s in known.values() if not unit or unit in s.shows}
        for claim in claims:
            if claim.sighting is not None:
                found |= {claim.sighting} & set(known)
            else:
                found |= {s.id for s in self.view.published_texts.get(claim.exhibit, ())}
        return sorted(found)

    @cached_property
    def _carriers(self) -> list[str]:
        """Sightings that carry an image or a video that the case holds."""
        media = {e.digest for e in self.view.exhibits.values() if e.media_type.startswith(MEDIA)}
        return [s.id for s in self.view.sightings.values() if media.intersection(s.exhibits)]

    @cached_property
    def _pictures(self) -> list[str]:
        """Images that sightings carry, and key frames of videos that they carry, as far as held."""
        known = self.view.sightings
        carried = {digest for name in self._carriers for digest in known[name].exhibits}
        has = self.view.case.blobs.has
        return [
            exhibit_ref(exhibit.digest)
            for exhibit in self.view.exhibits.values()
            if exhibit.media_type.startswith("image/")
            and (exhibit.digest in carried or exhibit.derived_from in carried)
            and has(exhibit.digest)
        ]

    def _events(self, unit: str, claims: list[Claim]) -> set[str]:
        known = self.view.events
        if not unit:
            return set(known)
        wanted = {unit} | {claim.event for claim in claims}
        wanted |= {str(claim.value["anchor"]) for claim in claims if _has_anchor(claim)}
        event: Event | None = known.get(unit)
        while event is not None:
            wanted |= {event.id, *event.after, *event.before}
            event = known.get(event.part_of) if event.part_of not in wanted | {None} else None  # type: ignore[arg-type]
        return wanted & set(known)

    def _actors(self, claims: list[Claim]) -> set[str]:
        known = self.view.actors
        waiting = {name for claim in claims for name in claim.source_chain if name in known}
        found: set[str] = set()
        while waiting:
            name = waiting.pop()
            found.add(name)
            above = known[name].part_of
            if above in known and above not in found:
                waiting.add(above)
        return found


def _exhibits_of(refs: Iterable[str]) -> list[str]:
    return [ref for ref in refs if ref.startswith("exhibit:")]


def _has_anchor(claim: Claim) -> bool:
    return isinstance(claim.value, dict) and bool(claim.value.get("anchor"))


def _planned(method: Method, unit: str, refs: tuple[str, ...], params: Json) -> Planned:
    full = {**method.params, **(params or {})}
    return Planned(run_id(method, full, refs), method, full, unit, refs)


def run_id(method: Method, params: Json, refs: Iterable[str]) -> str:
    """Return the id of a run: the digest of method, version, parameters and sorted inputs."""
    body = {
        "method": method.name,
        "version": method.version,
        "params": params,
        "inputs": sorted(refs),
        "models": [],
    }
    return "run:" + digest_of(body).removeprefix("sha256:")
