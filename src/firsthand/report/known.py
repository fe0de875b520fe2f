"""What the answers about one event are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from firsthand.model.canonical import Json
from firsthand.model.nouns import Actor, Claim, Event, Sighting
from firsthand.report import say
from firsthand.run import Settled


@dataclass(frozen=True, slots=True)
class Known:
    """What an event's answers are made from."""

    event: Event
    actors: Mapping[str, Actor]
    claims: Mapping[str, Claim]
    sightings: Mapping[str, Sighting]
    findings: Mapping[tuple[str, tuple[str, ...]], Settled]

    def value(self, kind: str, *subjects: str) -> Json | None:
        """Return the value of a settled finding."""
        found = self.findings.get((kind, subjects))
        return None if found is None else found.value

    def ids(self, kind: str, *subjects: str) -> list[str]:
        """Return the id of a settled finding, if there is one."""
        found = self.findings.get((kind, subjects))
        return [] if found is None else [found.id]

    def speaker(self, claim: str) -> str:
        """Return the name of the ultimate source of a claim."""
        chain = self.claims[claim].source_chain
        return self.name(chain[-1]) if chain else "no source named"

    def name(self, actor: str) -> str:
        """Return the name of an actor."""
        return say.name(actor, self.actors)
