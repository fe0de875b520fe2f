"""References to the inputs of a run, and the way back from references to what a method sees.

A run is named by what it saw, so everything that a method sees is built from references to
immutable content and from nothing else. A recheck years later takes the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from firsthand.case import Case
from firsthand.model.canonical import Json
from firsthand.model.codec import from_json
from firsthand.model.errors import CouldNotCheck
from firsthand.model.nouns import Actor, Assessment, Claim, Event, Exhibit, Sighting
from firsthand.run.method import Held, Inputs, Settled
from firsthand.run.settle import by_target, deciding, settle_claim, settle_finding


@dataclass
class Memory:
    """Findings that exist only in this process: of runs that were not recorded (yet)."""

    findings: dict[str, Json] = field(default_factory=dict)


def versioned(kind: str, noun_id: str, digest: str) -> str:
    """Return a reference to one version of a noun whose id people chose.

    >>> versioned("actor", "hrw", "sha256:ab")
    'actor:hrw@sha256:ab'
    """
    return f"{kind}:{noun_id}@{digest}"


def exhibit_ref(digest: str) -> str:
    """Return the reference to an exhibit.

    >>> exhibit_ref("sha256:ab")
    'exhibit:sha256:ab'
    """
    return f"exhibit:{digest}"


def program_ref(name: str) -> str:
    """Return the reference to a program that was missing before and is there now."""
    return f"program:{name}"


def load(case: Case, refs: Iterable[str], memory: Memory) -> Inputs:
    """Build the inputs of a run from its references.

    Raises
    ------
    CouldNotCheck
        When something that is referred to is not in the case (withheld, or never was).
    """
    found: dict[str, list[tuple[str, Json]]] = {}
    for ref in refs:
        kind = ref.split(":", 1)[0]
        found.setdefault(kind, []).append((ref, _read(case, kind, ref, memory)))
    acts = by_target(from_json(Assessment, data) for _, data in found.get("assessment", ()))
    unit = next((ref.removeprefix("unit:") for ref, _ in found.get("unit", ())), "")
    claims = [
        settled
        for _, data in found.get("claim", ())
        for settled in _claims(from_json(Claim, data), acts)
    ]
    findings = [
        settled for _, data in found.get("finding", ()) if (settled := _finding(data, acts))
    ]
    return Inputs(
        unit=unit,
        claims=tuple(sorted(claims, key=lambda c: (c.label or "", c.id))),
        actors=tuple(from_json(Actor, data) for _, data in sorted_refs(found.get("actor"))),
        events=tuple(from_json(Event, data) for _, data in sorted_refs(found.get("event"))),
        sightings=tuple(
            from_json(Sighting, data) for _, data in sorted_refs(found.get("sighting"))
        ),
        findings=tuple(sorted(findings, key=lambda f: (f.kind, f.subjects, f.id))),
        held=tuple(_held(case, data) for _, data in sorted_refs(found.get("exhibit"))),
    )


def _held(case: Case, data: Json) -> Held:
    exhibit = from_json(Exhibit, data)
    path = case.blobs.path(exhibit.digest)
    if not path.is_file():
        raise CouldNotCheck(f"exhibit {exhibit.digest} is not held", why="withheld, or lost")
    return Held(exhibit.digest, exhibit.media_type, exhibit.size, path, exhibit.derived_from)


def sorted_refs(found: list[tuple[str, Json]] | None) -> list[tuple[str, Json]]:
    """Return references and contents in the order of the references."""
    return sorted(found or (), key=lambda pair: pair[0])


def _claims(claim: Claim, acts: Mapping[str, list[Assessment]]) -> list[Claim]:
    return settle_claim(claim, deciding(acts.get(claim.id, ()), claim.value))


def _finding(data: Json, acts: Mapping[str, list[Assessment]]) -> Settled | None:
    return settle_finding(data, deciding(acts.get(data["key"], ()), data["value"]))


def _read(case: Case, kind: str, ref: str, memory: Memory) -> Json:
    if kind in ("unit", "program"):
        return None
    if kind == "finding":
        data = memory.findings.get(ref) or case.catalog.finding(ref)
    elif kind == "sighting":
        known = case.catalog.sighting(ref)
        data = known[2] if known else None
    elif kind == "exhibit":
        noun = case.catalog.noun(kind, ref.removeprefix("exhibit:"))
        data = noun.data if noun else None
    elif "@" in ref:
        noun = case.catalog.noun_by_digest(ref.rsplit("@", 1)[1])
        data = noun.data if noun else None
    else:
        noun = case.catalog.noun(kind, ref)
        data = noun.data if noun else None
    if data is None:
        raise CouldNotCheck(f"input {ref} is not in the case", why="withheld, or not copied along")
    return data
