"""From what a closer look found to what two pictures are to each other.

Every bound here was chosen on the tuning half of benchmarks/match and is reported on the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from firsthand.match.local.pixels import Evidence

IDENTICAL, COPY, BURST = "identical", "copy", "burst"
SAME_SCENE, SHARED_OVERLAY = "same_scene", "shared_overlay"
RELATIONS = (IDENTICAL, COPY, BURST, SAME_SCENE, SHARED_OVERLAY)

LEAST_SUPPORT = 8
"""Keypoints at distinct places on which two pictures must agree to be copies of one."""

LEAST_SCENE = 12
"""The same for two shots of one scene, whose pixels cannot confirm it."""

LEAST_BLOCKS = 6
"""Blocks with something to see below which pixels say nothing."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What two pictures are to each other (None: unknown), how surely [0 to 1], and why."""

    relation: str | None
    score: float
    why: str


def classify(found: Evidence, shifted: bool = False) -> Verdict:
    """Return the relation that a closer look supports.

    ``shifted``: things off the plane show that the camera moved
    (:func:`firsthand.match.scene.parallax.two_shots`).
    """
    if found.support < LEAST_SUPPORT:
        return Verdict(None, _score(found), "too few keypoints agree")
    if found.blocks < LEAST_BLOCKS:
        return _plain(found)
    if _overlay(found) or _page(found):
        return Verdict(
            SHARED_OVERLAY, _score(found), "only a part that lies over both pictures agrees"
        )
    if _one_picture(found):
        return _copy_or_shots(found, shifted)
    if found.corners < 0.02 and found.agree < 0.5:
        # Screens of one make: frame on frame, and little of it the same.
        return Verdict(None, _score(found), "two frames of one layout with little in common")
    if _one_view(found) and found.agree >= 0.5 and found.support >= 20:
        return _moments(found)
    if found.support >= LEAST_SCENE and found.agree >= 0.08:
        return Verdict(SAME_SCENE, _score(found), "the same things from another place or time")
    return Verdict(None, _score(found), "keypoints agree, and nothing else does")


def _plain(found: Evidence) -> Verdict:
    """Judge two pictures with next to no texture by their keypoints alone."""
    if found.support >= 2 * LEAST_SUPPORT and found.residual < 1.2 and found.perspective < 0.7:
        return Verdict(COPY, _score(found), "plain pictures whose keypoints agree closely")
    return Verdict(None, _score(found), "too little to see in both")


def _one_picture(found: Evidence) -> bool:
    """Tell whether what overlaps is one picture but for what was drawn over it."""
    if found.agree >= 0.8 and found.median >= 0.85:
        return True
    # Much of it is covered: what agrees does so fully, and there is little between yes and no.
    between = 1 - found.sure - found.none
    return found.sure >= 0.4 and between <= 0.25 and found.jitter <= 0.35 and found.moved <= 0.06


def _copy_or_shots(found: Evidence, shifted: bool) -> Verdict:
    if _one_view(found):
        # A copy of a part lies within its parent; two shots by hand each show more than the other.
        by_hand = (
            found.overflow > 0.0015
            and found.none < 0.12
            and (found.perspective > 0.008 or (found.jitter > 0.12 and found.detail < 0.96))
        )
        # What was drawn over a copy leaves the rest as it was; another day changes it all a little.
        between = 1 - found.sure - found.none
        changed = found.strewn >= 0.05 and found.corners < 0.03 and between >= 0.08
        if by_hand or changed or shifted or (found.moved >= 0.04 and found.strewn >= 0.02):
            return _moments(found)
    elif shifted:
        return Verdict(SAME_SCENE, _score(found), "what stands off the plane is shifted")
    return Verdict(COPY, _score(found), "one picture: all that is not drawn over agrees")


def _moments(found: Evidence) -> Verdict:
    """Tell shots of one view moments apart from those between which time has passed."""
    # The camera stands where it stood, and what is elsewhere now is nowhere near its old place.
    if found.corners < 0.03 and found.none >= 0.06 and found.moved < 0.1:
        return Verdict(SAME_SCENE, _score(found), "one view at another time: much is not there")
    return Verdict(BURST, _score(found), "one view, but not one moment")


def _one_view(found: Evidence) -> bool:
    """Tell whether the cameras stood and looked alike."""
    return (
        not found.mirrored
        and abs(found.tilt) < 0.25
        and found.corners < 0.25
        and found.stretch < 1.2
        and found.perspective < 0.35
    )


def _overlay(found: Evidence) -> bool:
    """Tell whether something flat that lies over both pictures is all that they share.

    It keeps its fine detail and its upright, and nothing beside it is merely displaced.
    """
    return (
        found.sure < 0.45
        and found.none >= 0.45
        and found.held >= 0.8
        and abs(found.tilt) < 0.03
        and found.perspective < 0.3
        and found.residual <= 0.7
        and found.detail >= 0.42
        and found.moved <= 0.105
    )


def _page(found: Evidence) -> bool:
    """Tell whether two frames, neither of which holds the other, share lines on an empty page.

    Screens of one layout do, shifted against each other. A copy of a part lies in its parent, and
    two parts of one photograph share something that fills their overlap.
    """
    apart = max(found.covered_a, found.covered_b) < 0.95
    return apart and found.filled < 0.4 and abs(found.tilt) < 0.03 and not found.mirrored


def _score(found: Evidence) -> float:
    """Return how surely two pictures show one thing: 0.5 at the least support, to 1.

    Pixels count where there are some to compare; keypoints alone reach 0.75.
    """
    by_points = found.support / (found.support + LEAST_SUPPORT)
    by_pixels = max(0.0, found.median) if found.blocks >= LEAST_BLOCKS else 0.0
    return round(float(min(1.0, 0.75 * by_points + 0.25 * by_pixels)), 4)
