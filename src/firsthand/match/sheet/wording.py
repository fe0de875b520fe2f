"""Words of a contact sheet: what is shown by pixels, in the least that it says."""

from __future__ import annotations

from typing import Any

from firsthand.model.canonical import Json

RELATIONS = {
    "identical": "the same pixels",
    "copy": "copies of one picture",
    "burst": "one view, moments apart",
    "same_scene": "one scene, different shots",
    "shared_overlay": "only a shared logo, banner or frame",
}
"""What two linked files are to each other."""

_MEANS = {
    "identical": "The decoded pixels are equal. Names and metadata may differ.",
    "copy": "One was made from another, or all from one picture that may not be here.",
    "burst": "Shots of one camera within a short time, or frames of one film. They are no copies.",
    "same_scene": "The same things seen from another place or at another time; copies of a shot "
    "are listed with it.",
    "shared_overlay": "Something was laid over different pictures, such as a logo. A lead to "
    "whoever published them; the pictures themselves may have nothing in common.",
}

TURNED = {
    "rotated_90": "turned a quarter to the left",
    "rotated_180": "turned by half",
    "rotated_270": "turned a quarter to the right",
    "upside_down": "flipped top to bottom",
    "mirrored": "mirrored",
    "transposed": "mirrored and turned a quarter to the left",
    "transposed_other": "mirrored and turned a quarter to the right",
}
"""What makes the first picture of a link look like the second."""


def counted(number: int, one: str, many: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "file", "files"), counted(1200, "file", "files")
    ('1 file', '1,200 files')
    """
    return f"{number:,} {one if number == 1 else many}"


def group_words(relation: str) -> tuple[str, str]:
    """Return what a group is, and what that means."""
    return RELATIONS.get(relation, relation), _MEANS.get(relation, "")


def percent(score: float) -> str:
    """Return a score in whole hundredths, never rounded up to certainty.

    >>> percent(0.9996), percent(1.0), percent(0.5)
    ('99 of 100', '100 of 100', '50 of 100')
    """
    return f"{int(score * 100 + 1e-9)} of 100"


def derived_words(link: Json, names: list[str]) -> str:
    """Return which file was made from which, or that it is not known; empty between shots."""
    a, b = link["at"]
    if link["derived"] == "b_from_a":
        return f"{names[b]} was made from {names[a]}, or from a picture like it"
    if link["derived"] == "a_from_b":
        return f"{names[a]} was made from {names[b]}, or from a picture like it"
    return "not decided by the pixels" if link["relation"] == "copy" else ""


def evidence_words(link: Json) -> str:
    """Return what a link rests on, in one line."""
    evidence: dict[str, Any] = link.get("evidence", {})
    parts = []
    if evidence.get("why"):
        parts.append(str(evidence["why"]))
    if evidence.get("keypoints"):
        parts.append(counted(evidence["keypoints"], "matched place", "matched places"))
    if evidence.get("blocks"):
        parts.append(f"{evidence['blocks_agree_permille'] // 10} of 100 blocks agree")
    bits = evidence.get("distance_bits")
    if bits is not None and not evidence.get("keypoints"):
        parts.append("equal pixels" if evidence.get("equal_pixels")
                     else f"{bits} of 256 bits of the fingerprints differ")  # fmt: skip
    return "; ".join(parts)
