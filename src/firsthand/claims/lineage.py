"""Lineage by explicit citation: whose word a claim is in the end, and through whom it came.

A claim that cites or copies another has that claim's root. Otherwise its root is the ultimate
source of its chain, as a body: officials of one army are one root. Nobody named, or an outlet that
shows no observation or analysis of its own, is no root at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from firsthand.model.canonical import Json
from firsthand.model.nouns import Actor, Claim
from firsthand.model.vocabulary import ActorType, Basis, Relation
from firsthand.run import Inputs, Output, method
from firsthand.run.settle import whole

UNATTRIBUTED = "unattributed"
FOLLOWED = (Relation.COPIES, Relation.CITES)
PASSES_ON = (ActorType.OUTLET, ActorType.AGENCY)
OWN = (Basis.ANALYSIS, Basis.REPORT)


@method("claims.lineage", version="1", makes=("claims.root",))
def lineage(inputs: Inputs) -> Iterator[Output]:
    """Yield for each claim of the event its root, its ultimate speaker, and the way between.

    Value: ``{"root": body or null, "actor": speaker or null, "via": [claims on the way, nearest
    first], "relay": bool, "basis": what the root claim rests on or null, "party": bool}``.
    """
    claims = {claim.id: claim for claim in inputs.claims}
    for claim in inputs.claims:
        claims.setdefault(whole(claim.id), claim)  # who cites a claim that was split cites a part
    actors = {actor.id: actor for actor in inputs.actors}
    for claim in inputs.claims:
        if claim.event == inputs.unit:
            yield Output("claims.root", (claim.id,), _trace(claim, claims, actors))


def _trace(claim: Claim, claims: Mapping[str, Claim], actors: Mapping[str, Actor]) -> Json:
    via: list[str] = []
    here = claim
    while True:
        followed = [link.claim for link in here.links if link.rel in FOLLOWED]
        above = next((c for c in followed if c in claims and c != claim.id and c not in via), None)
        if above is None:
            break
        via.append(above)
        here = claims[above]
    speaker = here.source_chain[-1] if here.source_chain else UNATTRIBUTED
    root = _root(speaker, here, actors)
    return {
        "root": root,
        "actor": None if speaker == UNATTRIBUTED else speaker,
        "via": via,
        "relay": bool(via) or here.basis == Basis.RELAY or len(claim.source_chain) > 1,
        "basis": None if here.basis is None else str(here.basis),
        "party": any(actors[a].party for a in bodies(speaker, actors) if a in actors),
    }


def _root(speaker: str, claim: Claim, actors: Mapping[str, Actor]) -> str | None:
    if speaker == UNATTRIBUTED:
        return None
    actor = actors.get(speaker)
    if actor is not None and actor.type in PASSES_ON and claim.basis not in OWN:
        return None
    return bodies(speaker, actors)[-1]


def bodies(speaker: str, actors: Mapping[str, Actor]) -> list[str]:
    """Return a speaker and the bodies that it is part of, the largest last.

    >>> from firsthand.model.vocabulary import ActorType
    >>> army = Actor(id="army", name="Army", type=ActorType.OFFICE)
    >>> man = Actor(id="m", name="M", type=ActorType.PERSON, part_of="army")
    >>> bodies("m", {"army": army, "m": man})
    ['m', 'army']
    """
    found = [speaker]
    actor = actors.get(speaker)
    while actor is not None and actor.part_of is not None and actor.part_of not in found:
        found.append(actor.part_of)
        actor = actors.get(actor.part_of)
    return found
