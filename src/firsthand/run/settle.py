"""People's decisions applied to what is judged: the newest act on the present value decides."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from firsthand.model.canonical import Json, digest_of
from firsthand.model.nouns import Assessment, Claim, ClaimLink
from firsthand.model.vocabulary import Relation, Verdict
from firsthand.run.method import Settled


def by_target(assessments: Iterable[Assessment]) -> dict[str, list[Assessment]]:
    """Group acts by what they judge, oldest first."""
    found: dict[str, list[Assessment]] = {}
    for act in assessments:
        found.setdefault(act.target, []).append(act)
    return found


def within(old: Json, new: Json, tolerance: int) -> bool:
    """Tell whether two values differ at most by ``tolerance`` in their integers."""
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    if isinstance(old, int) and isinstance(new, int):
        return abs(old - new) <= tolerance
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(within(old[k], new[k], tolerance) for k in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(
            within(a, b, tolerance) for a, b in zip(old, new, strict=True)
        )
    return bool(old == new)


def deciding(acts: Iterable[Assessment], value: Json) -> Assessment | None:
    """Return the newest act on exactly this value; acts on older values do not carry over."""
    current = digest_of(value)
    matching = [act for act in acts if act.value_digest == current]
    return matching[-1] if matching else None


def settle_claim(claim: Claim, act: Assessment | None) -> list[Claim]:
    """Return what stands in place of a claim after an act: itself, another, parts, nothing."""
    if act is None or act.verdict == Verdict.ACCEPT:
        return [claim]
    if act.verdict == Verdict.REJECT:
        return []
    if act.verdict == Verdict.CORRECT:
        return [dataclasses.replace(claim, value=act.value)]
    if act.verdict == Verdict.SPLIT:
        return [_part(claim, number, value) for number, value in enumerate(act.value, 1)]
    link = ClaimLink(rel=Relation.COPIES, claim=act.value["into"], why=act.why)
    return [dataclasses.replace(claim, links=(*claim.links, link))]


def _part(claim: Claim, number: int, value: Json) -> Claim:
    """Return one part of a split claim, under an id and label of its own."""
    label = f"{claim.label}/{number}" if claim.label else None
    return dataclasses.replace(claim, id=f"{claim.id}/{number}", label=label, value=value)


def whole(claim_id: str) -> str:
    """Return the id of the claim that a part was split from; a whole claim's own id.

    >>> whole("claim:ab/2"), whole("claim:ab")
    ('claim:ab', 'claim:ab')
    """
    return claim_id.partition("/")[0]


def settle_finding(finding: Json, act: Assessment | None) -> Settled | None:
    """Return a finding after an act, or None when it was rejected."""
    if act is not None and act.verdict == Verdict.REJECT:
        return None
    corrected = act is not None and act.verdict == Verdict.CORRECT
    value = act.value if act is not None and corrected else finding["value"]
    subjects = tuple(finding["subjects"])
    return Settled(finding["id"], finding["key"], finding["kind"], subjects, value)
