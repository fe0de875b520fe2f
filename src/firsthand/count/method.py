"""Tolls of an event from its count claims, with the roots that the claims room found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from firsthand.count.toll import tolls
from firsthand.globe.gazetteer import contains_name
from firsthand.model.canonical import Json
from firsthand.model.nouns import Actor, Claim
from firsthand.model.values import to_rfc3339
from firsthand.model.vocabulary import Basis, Polarity, Question, Relation
from firsthand.run import Inputs, Output, Settled, method

COUNTED = ("killed", "missing", "injured", "captured", "bodies")
"""What tolls are about; ``pictured`` counts pictures' content and is not a toll."""

# `claims` links to the fields of a toll statement.
FIELDS = {
    Relation.COPIES: "copies",
    Relation.CITES: "copies",
    Relation.SUPERSEDES: "supersedes",
    Relation.PART_OF: "part_of",
    Relation.ADDS_TO: "adds_to",
}


@method(
    "count.tolls",
    version="1",
    takes=("claim", "actor", "event", "sighting"),
    reads=("claims.root",),
    makes=("count.toll",),
)
def count_tolls(inputs: Inputs) -> Iterator[Output]:
    """Yield the toll groups of the event: the output of :func:`firsthand.count.toll.tolls`."""
    items = statements(inputs)
    if items:
        yield Output("count.toll", (inputs.unit,), tolls(items, contains=contains_name))


def statements(inputs: Inputs) -> list[Json]:
    """Return toll statements from the count claims of a run's event and those they refer to."""
    roots = inputs.of_kind("claims.root")
    actors = {actor.id: actor for actor in inputs.actors}
    wanted = {c.id: c for c in inputs.claims if _is_toll(c)}
    found = []
    for claim in wanted.values():
        statement = _statement(claim, wanted, roots, actors)
        published = inputs.published(claim)
        if published is not None and published.start_ms is not None:
            statement["date"] = to_rfc3339(published.start_ms)[:10]
        found.append(statement)
    return found


def _is_toll(claim: Claim) -> bool:
    return (
        claim.question == Question.COUNT
        and claim.polarity == Polarity.ASSERTS
        and isinstance(claim.value, dict)
        and claim.value.get("kind") in COUNTED
    )


def _statement(
    claim: Claim,
    wanted: Mapping[str, Claim],
    roots: Mapping[str, Settled],
    actors: Mapping[str, Actor],
) -> Json:
    settled = roots.get(claim.id)
    known: Json = settled.value if settled else {}
    origin = known.get("root") or known.get("actor") or "unattributed"
    outer = claim.source_chain[0] if claim.source_chain else "unattributed"
    found: Json = {
        "id": claim.id,
        "event": claim.event,
        "origin": _name(origin, actors),
        "kind": _kind(claim, bool(known.get("root"))),
        "counted": claim.value["kind"],
        "min": claim.value.get("min"),
        "max": claim.value.get("max"),
        "scope": claim.value.get("scope") or {"text": ""},
        "party": bool(known.get("party")),
    }
    if known.get("relay") and outer != known.get("actor"):
        found["reported_by"] = _name(outer, actors)
    for link in claim.links:
        field = FIELDS.get(link.rel)
        if field and link.claim in wanted:
            found.setdefault(field, link.claim)
    return found


def _kind(claim: Claim, rooted: bool) -> str:
    """Return the toll kind: a figure that nobody with access stands behind is only said."""
    if not rooted or claim.basis in (None, Basis.CLAIM):
        return "claim"
    return "report" if claim.basis == Basis.RELAY else str(claim.basis)


def _name(actor: str, actors: Mapping[str, Actor]) -> str:
    return actors[actor].name if actor in actors else actor
