"""What speaks for one of two copies being made from the other."""

from __future__ import annotations

from dataclasses import dataclass, field

A_FROM_B, B_FROM_A, UNDETERMINED = "a_from_b", "b_from_a", "undetermined"

STRICT, EXACT, VETO, WEAK = "strict", "exact", "veto", "weak"
"""How much a sign weighs. ``strict``: the parent would have to hold what it does not hold.
``exact``: encoding the parent anew gives the child, number for number. ``veto``: speaks against the
other way only. ``weak``: corroborates, and decides only where the pixels are equal."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One observation.

    Attributes
    ----------
    what
        ``frame``, ``overlay``, ``bandwidth``, ``tones``, ``colour``, ``requantised``, ``detail``,
        ``metadata`` or ``thumbnail``.
    says
        ``a_from_b`` or ``b_from_a``: which way it points.
    weight
        :data:`STRICT`, :data:`EXACT`, :data:`VETO` or :data:`WEAK`.
    numbers
        What was measured.
    """

    what: str
    says: str
    weight: str
    numbers: dict[str, float] = field(default_factory=dict)


def turned(says: str) -> str:
    """Return the other way."""
    return {A_FROM_B: B_FROM_A, B_FROM_A: A_FROM_B}.get(says, says)
