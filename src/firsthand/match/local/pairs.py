"""Two pictures that may have something in common: what they are to each other, and where."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from firsthand.match.boxes import Box
from firsthand.match.local.align import Aligned, align
from firsthand.match.local.classes import COPY, Verdict, classify
from firsthand.match.local.direction import Derived, derive
from firsthand.match.local.generation_signs import EXACT, UNDETERMINED
from firsthand.match.local.picture import Picture
from firsthand.match.local.pixels import Evidence, look_closer
from firsthand.match.scene.parallax import two_shots

OVERFLOW = 0.01
"""Share of the longest side by which two frames must reach beyond each other to be two parts."""


@dataclass(frozen=True, slots=True)
class PairLink:
    """What two pictures are to each other, from picture a to picture b.

    Attributes
    ----------
    relation, score, why
        See :func:`firsthand.match.local.classes.classify`.
    region_a, region_b
        What they have in common [px of each, as shown].
    aligned, evidence
        What it was concluded from; ``evidence.homography`` is the map to draw.
    """

    relation: str
    score: float
    why: str
    region_a: Box
    region_b: Box
    aligned: Aligned
    evidence: Evidence
    derived: Derived | None = None

    def swapped(self) -> PairLink:
        """Return the same from the other side."""
        return replace(
            self,
            region_a=self.region_b,
            region_b=self.region_a,
            aligned=self.aligned.swapped(),
            evidence=self.evidence.swapped(),
            derived=None if self.derived is None else self.derived.swapped(),
        )


def compare(
    one: Picture, other: Picture, *, most_maps: int = 1, mirror: bool | None = None
) -> PairLink | None:
    """Return what two pictures are to each other, or None when nothing is shown.

    ``mirror``: whether one of them is turned over; None when that is not known.
    """
    best: tuple[Verdict, Aligned, Evidence] | None = None
    for aligned in align(one.fine, other.fine, most_maps=most_maps, mirror=mirror):
        if best is not None and aligned.support < best[1].support / 2:
            continue
        found = look_closer(one, other, aligned)
        sizes = (one.width, one.height), (other.width, other.height)
        verdict = classify(found, two_shots(aligned, *sizes))
        if verdict.relation is not None and (best is None or _better(verdict, best[0])):
            best = verdict, aligned, found
    if best is None:
        return None
    verdict, aligned, found = best
    assert verdict.relation is not None
    whole = verdict.relation != "shared_overlay"
    return PairLink(
        relation=verdict.relation,
        score=verdict.score,
        why=verdict.why,
        region_a=found.region_a if whole or not found.agreed_a[2] else found.agreed_a,
        region_b=found.region_b if whole or not found.agreed_b[2] else found.agreed_b,
        aligned=aligned,
        evidence=found,
    )


def _better(verdict: Verdict, than: Verdict) -> bool:
    if (verdict.relation == COPY) != (than.relation == COPY):
        return verdict.relation == COPY
    return verdict.score > than.score


def homography_of(link: PairLink) -> NDArray[np.float64]:
    """Return the map from a to b [px as shown], shape (3, 3)."""
    return link.evidence.homography


def directed(link: PairLink, one: Picture, other: Picture) -> PairLink:
    """Return the link of two copies with which of them was made from the other."""
    if link.relation != COPY:
        return link
    closer = replace(link.aligned, homography=link.evidence.homography)
    found = derive(one, other, closer, one.about, other.about, one.head, other.head)
    # Two frames that reach beyond each other, neither turned: each may hold what the other lacks,
    # whatever one of the two edges looks like. Only encoding anew, number for number, says more.
    apart = link.evidence.overflow > OVERFLOW and abs(link.evidence.tilt) < 0.02
    if apart and not any(sign.weight == EXACT for sign in found.signs):
        found = replace(found, derived=UNDETERMINED)
    return replace(link, derived=found)
