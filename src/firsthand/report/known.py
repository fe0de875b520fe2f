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
    events: Mapping[str, Event]
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
        named = bool(chain) and chain[-1] != "unattributed"
        return self.name(chain[-1]) if named else "no source named"

    @property
    def wider(self) -> list[Event]:
        """Return the events that this one is part of, nearest first."""
        found: list[Event] = []
        above = self.events.get(self.event.part_of or "")
        while above is not None and above not in found:
            found.append(above)
            above = self.events.get(above.part_of or "")
        return found

    def name(self, actor: str) -> str:
        """Return the name of an actor."""
        return say.name(actor, self.actors)
