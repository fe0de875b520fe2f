"""What a closer look measured, as a record: integers, with the unit in the name."""

from __future__ import annotations

from firsthand.match.local.pairs import PairLink
from firsthand.model.canonical import Json

_PER = 1000


def measured(pair: PairLink) -> Json:
    """Return the evidence of a closer look.

    Shares are in thousandths, lengths in thousandths of a px of the common size (512 px), the map
    is nine numbers by rows times 10**9, from px of a to px of b, and ``points`` are up to 40
    agreeing keypoints as x, y in a and x, y in b [px].
    """
    found, aligned = pair.evidence, pair.aligned
    step = max(1, -(-len(aligned.points_a) // 40))
    signs = () if pair.derived is None else pair.derived.signs
    return {
        "signs": [{"what": sign.what, "says": sign.says, "weight": sign.weight} for sign in signs],
        "common_parent": pair.derived is not None and pair.derived.common_parent,
        "why": pair.why,
        "keypoints": found.support,
        "keypoints_loose": found.loose,
        "keypoint_residual_milli_px": round(found.residual * _PER),
        "blocks": found.blocks,
        "blocks_agree_permille": round(found.agree * _PER),
        "blocks_median_permille": round(found.median * _PER),
        "blocks_low_permille": round(found.low * _PER),
        "blocks_moved_permille": round(found.moved * _PER),
        "jitter_milli_px": round(found.jitter * _PER),
        "detail_permille": round(found.detail * _PER),
        "covered_permille": [round(found.covered_a * _PER), round(found.covered_b * _PER)],
        "mirrored": found.mirrored,
        "tilt_mrad": round(found.tilt * _PER),
        "homography_e9": [round(float(value) * 1e9) for value in found.homography.ravel()],
        "points": [
            [round(float(value)) for value in (*one, *other)]
            for one, other in zip(aligned.points_a[::step], aligned.points_b[::step], strict=True)
        ],
    }
