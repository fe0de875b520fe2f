"""A photograph as the scene room looks at it: finer keypoints, and the lens when it is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import hypot

import numpy as np
from numpy.typing import NDArray

from firsthand.match.local.features import Features, extract

SIDE = 1400
"""Longest side [px] to which a photograph is reduced. Copies are found at 900 px; another shot of
a scene has only small things in common with it, such as windows and signs."""

MOST = 3500
"""Keypoints of a photograph."""

FILM_DIAGONAL = hypot(36.0, 24.0)
"""Diagonal of a 35 mm frame [mm], to which the equivalent focal length refers (CIPA DCG-001)."""

USUAL_FOCAL = 1.0
"""Focal length over longest side where none is known. Phones are near 0.75, standard lenses 1.4."""

FOCAL_RANGE = 0.7, 1.5
"""Bounds of that assumption; results are given for the bounds, too."""


@dataclass(frozen=True, eq=False)
class View:
    """One photograph of a scene.

    Attributes
    ----------
    name
        Whose it is.
    gray
        Brightness 0 to 255, shape (h, w), longest side at most :data:`SIDE` for best results.
    width, height
        Of the photograph as shown, full size [px].
    focal35
        Equivalent focal length that its metadata states [mm]; None: not stated.
    tilted
        Keypoints of it tilted, as :mod:`firsthand.match.scene.tilts` found them.
    """

    name: str
    gray: NDArray[np.uint8]
    width: int
    height: int
    focal35: float | None = None
    tilted: dict[tuple[float, float], Features] = field(default_factory=dict, repr=False)

    @cached_property
    def features(self) -> Features:
        """Return its keypoints."""
        return extract(self.gray, self.width, self.height, side=SIDE, most=MOST)

    @property
    def focal(self) -> float:
        """Return the focal length [px, full size], stated or assumed; assumes it is not cropped."""
        if self.focal35 is not None and self.focal35 > 0:
            return self.focal35 / FILM_DIAGONAL * hypot(self.width, self.height)
        return USUAL_FOCAL * max(self.width, self.height)

    @property
    def stated(self) -> bool:
        """Tell whether the focal length is stated by the photograph."""
        return self.focal35 is not None and self.focal35 > 0
