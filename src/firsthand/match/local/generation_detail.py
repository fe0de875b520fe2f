"""Real detail of one copy that the other lacks, and that a JPEG encoder alone would not take."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from firsthand.match.local.generation_files import Coded
from firsthand.match.local.generation_frames import inverse
from firsthand.match.local.generation_requantised import encoded_by, shown, stored
from firsthand.match.local.generation_spectrum import BANDS, density, on_grid, spectra, stepped
from firsthand.match.local.picture import Picture

_LEAST_ENERGY = 0.12
"""Energy per px of a band from which it shows something [brightness squared]: about what white
noise with a standard deviation of 0.9 has."""

_GONE = 0.6
"""Share of a band's energy that must not follow from the other picture."""

_WEAKER = 0.3
"""The other's own real energy in that band, as a share, at the most."""

_DENSER = 1.2
"""How much finer a picture must be for detail beyond the other's pixels to be looked for."""

_MIDDLES = (np.arange(BANDS) + 0.5) / (2 * BANDS)


@dataclass(frozen=True, slots=True)
class Lost:
    """Bands of fine detail that one picture lacks.

    ``bands``: how many of them. ``limit``: frequency above which they begin [cycles per px of the
    finer frame]. ``beyond_pixels``: whether they are finer than its pixels can show.
    """

    bands: int
    limit: float
    beyond_pixels: bool = False


NOTHING = Lost(0, 0.5)


@dataclass(frozen=True, slots=True)
class Differs:
    """Places at which something was drawn over, in a frame, and the maps from it to px as shown."""

    places: NDArray[np.bool_]
    to_poor: NDArray[np.float64]
    to_rich: NDArray[np.float64]

    def swapped(self) -> Differs:
        """Return the same from the other side."""
        return Differs(self.places, self.to_rich, self.to_poor)

    def on(
        self, scale: NDArray[np.float64], columns: int, rows: int, *, of_poor: bool
    ) -> NDArray[np.bool_]:
        """Return them on the grid of one of the two, that ``scale`` maps to its px as shown."""
        back = inverse(self.to_poor if of_poor else self.to_rich) @ scale
        flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
        made = cv2.warpPerspective(self.places.astype(np.uint8), back, (columns, rows), flags=flags)
        return np.asarray(made, np.uint8) > 0


def lost_by(
    poor: Picture,
    rich: Picture,
    to_rich: NDArray[np.float64],
    how: Coded | None,
    how_rich: Coded | None = None,
    differs: Differs | None = None,
) -> tuple[Lost, Lost]:
    """Return the detail of ``rich`` that ``poor`` lacks: beyond what JPEG takes, and in all.

    ``to_rich``: from full-size px of poor to those of rich. ``how``, ``how_rich``: how they were
    encoded.
    """
    if stepped(rich.gray):
        return NOTHING, NOTHING  # what looks like fine detail is edges of squares
    finer = _beyond_pixels(poor, rich, to_rich, how_rich, differs)
    rows, columns = poor.gray.shape
    scale = np.diag([poor.width / columns, poor.height / rows, 1.0])
    there, seen = on_grid(rich, to_rich @ scale, columns, rows, cv2.INTER_LANCZOS4)
    if differs is not None:
        seen &= ~differs.on(scale, columns, rows, of_poor=True)
    here = poor.gray.astype(np.float32)
    whole = strict = _gone(here, there, seen)
    if how is not None and whole.any():
        # What is not seen is filled with the picture itself, so that no false edge is encoded.
        there = np.where(seen, there, here).astype(np.float32)
        # An encoder adds energy of its own, too: what is lost must be so before and after it.
        strict = whole & _gone(here, as_encoded(there, poor, how), seen)
    return (
        max(finer, _run(strict), key=lambda each: each.bands),
        max(finer, _run(whole), key=lambda each: each.bands),
    )


def as_encoded(gray: NDArray[np.float32], like: Picture, how: Coded) -> NDArray[np.float32]:
    """Return brightness on a picture's kept grid as the picture's own encoder would leave it.

    From a grid that was reduced to less than half nothing is changed: too little is left of the
    encoder's blocks.
    """
    rows, columns = gray.shape
    if like.width > 2 * columns:
        return gray
    native = (like.width, like.height)
    full = (
        gray
        if native == (columns, rows)
        else cv2.resize(gray, native, interpolation=cv2.INTER_CUBIC)
    )
    kept = encoded_by(stored(np.asarray(full, np.float32), how.turn), how.steps)
    back = shown(kept, how.turn)
    if native != (columns, rows):
        back = np.asarray(
            cv2.resize(back, (columns, rows), interpolation=cv2.INTER_AREA), np.float32
        )
    return back


def _gone(
    here: NDArray[np.float32], there: NDArray[np.float32], seen: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return the bands whose real energy in the second picture is gone from the first."""
    found = spectra(here, there, seen)
    if found is None or not found.one_sided():
        return np.zeros(BANDS, np.bool_)
    gone = (
        (found.real_b > _LEAST_ENERGY)
        & (found.real_b > 0.5 * found.b)
        & (found.lost() > _GONE)
        & (found.real_a < _WEAKER * found.real_b)
    )
    return np.asarray(gone, np.bool_)


def _run(gone: NDArray[np.bool_]) -> Lost:
    """Return the longest run of bands."""
    best = NOTHING
    start: int | None = None
    for band, is_gone in enumerate([*gone.tolist(), False]):
        if is_gone and start is None:
            start = band
        elif not is_gone and start is not None:
            if band - start > best.bands:
                best = Lost(band - start, float(start / (2 * BANDS)))
            start = None
    return best


def _beyond_pixels(
    poor: Picture,
    rich: Picture,
    to_rich: NDArray[np.float64],
    how: Coded | None,
    differs: Differs | None,
) -> Lost:
    """Look for detail in the finer picture that the other has too few pixels for.

    A picture made larger by copying or blending pixels has energy there, too, but it follows from
    those pixels; so has what the finer picture's encoder (``how``) leaves at edges.
    """
    x, y = poor.width / 2, poor.height / 2
    # px per px of rich: poor's at full size, since it holds nothing finer than its own pixels.
    native = density(poor, to_rich, x, y) * max(poor.width, poor.height) / max(poor.gray.shape)
    kept = density(rich, None, 0, 0)
    if kept < _DENSER * native:
        return NOTHING
    rows, columns = rich.gray.shape
    scale = np.diag([rich.width / columns, rich.height / rows, 1.0])
    to_poor = inverse(to_rich) @ scale
    apart = None if differs is None else differs.on(scale, columns, rows, of_poor=False)
    there = rich.gray.astype(np.float32)
    nyquist = 0.5 * native / kept
    gone = (1.08 * nyquist < _MIDDLES) & (_MIDDLES < 0.48)
    for way in (cv2.INTER_LANCZOS4, cv2.INTER_LINEAR, cv2.INTER_NEAREST):
        here, seen = on_grid(poor, to_poor, columns, rows, way)
        if apart is not None:
            seen &= ~apart
        found = spectra(here, there, seen, kept / native)
        if found is None or (way == cv2.INTER_LANCZOS4 and not found.one_sided()):
            return NOTHING
        gone &= (found.real_b > _LEAST_ENERGY) & (found.real_b > 0.5 * found.b)
        gone &= found.lost() > 0.5
        if how is not None and way == cv2.INTER_LANCZOS4:
            again = spectra(as_encoded(here, rich, how), there, seen, kept / native)
            gone &= again is not None and again.real_a < 0.4 * again.real_b
    run = _run(gone)
    return Lost(run.bands, nyquist, beyond_pixels=True) if run.bands else NOTHING
