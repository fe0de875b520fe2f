"""Keypoints of a photograph as if it were seen more aslant, for pairs that are far apart.

Reference
---------
J.-M. Morel, G. Yu, "ASIFT: A New Framework for Fully Affine Invariant Image Comparison", SIAM J.
Imaging Sciences 2(2), 2009, doi:10.1137/080732730.
"""

from __future__ import annotations

from math import sqrt

import cv2
import numpy as np

from firsthand.match.local.features import Bytes, Features, extract, fitted
from firsthand.match.scene.matching import Pairs, joined, match
from firsthand.match.scene.view import SIDE, View

TILTS = ((sqrt(2), 0.0), (2.0, 0.0), (2.0, 90.0))
"""Tilt, and the direction in which it compresses [deg]. A wall that one walks past is compressed
across; ground and roofs upright."""

_MOST = 2000


def tilted(view: View, tilt: float, direction: float) -> Features:
    """Return :func:`found_tilted`, looked for once for each view."""
    key = tilt, direction
    if key not in view.tilted:
        view.tilted[key] = found_tilted(view, tilt, direction)
    return view.tilted[key]


def found_tilted(view: View, tilt: float, direction: float) -> Features:
    """Return keypoints of a view compressed by ``tilt``, at their places in the view itself.

    ``direction`` is that of the compression [deg, 0: across, 90: upright]; only these two occur.
    """
    gray = fitted(view.gray, SIDE)
    high, wide = gray.shape
    across = direction == 0.0
    # What is compressed is smoothed before (Morel and Yu 2009, section 5): sigma 0.8 sqrt(t^2 - 1).
    sigma = 0.8 * sqrt(tilt * tilt - 1)
    smooth: Bytes = np.asarray(
        cv2.GaussianBlur(
            gray, (0, 0), sigmaX=sigma if across else 1e-3, sigmaY=1e-3 if across else sigma
        ),
        np.uint8,
    )
    size = (max(16, round(wide / tilt)), high) if across else (wide, max(16, round(high / tilt)))
    small = np.asarray(cv2.resize(smooth, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    found = extract(small, size[0], size[1], side=SIDE, most=_MOST)
    times = np.array([view.width / size[0], view.height / size[1]], np.float32)
    return Features(
        xy=(found.xy + 0.5) * times - 0.5,
        scale=found.scale * np.float32(sqrt(float(times[0]) * float(times[1]))),
        angle=found.angle,
        descriptors=found.descriptors,
        width=view.width,
        height=view.height,
    )


def match_tilted(one: View, other: View, plain: Pairs) -> Pairs:
    """Return matches of two views as they are (``plain``) and with either one tilted."""
    found = [plain]
    for tilt, direction in TILTS:
        found.append(match(tilted(one, tilt, direction), other.features))
        found.append(match(one.features, tilted(other, tilt, direction)))
    return joined(found)
