"""Rough ground, rock and clouds: noise that repeats over a tile, made once per picture series."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firsthand.demo.quarry.camera import Array

SIDE = 512
"""Size of a tile [texel]."""


class Texture:
    """Noise whose strength falls with its frequency, as in most natural surfaces."""

    def __init__(self, seed: int, falling: float = 1.05) -> None:
        generator = np.random.default_rng([seed, 77])
        white = np.fft.rfft2(generator.standard_normal((SIDE, SIDE)))
        down = np.fft.fftfreq(SIDE)[:, None]
        across = np.fft.rfftfreq(SIDE)[None, :]
        frequency = np.hypot(down, across)
        frequency[0, 0] = 1.0
        white *= frequency**-falling
        white[0, 0] = 0.0
        tile = np.fft.irfft2(white, s=(SIDE, SIDE))
        self._tile: NDArray[np.float32] = (tile / tile.std()).astype(np.float32)

    def at(self, across: Array, along: Array, texel: float) -> Array:
        """Return the noise (mean 0, deviation 1) at places [m] for texels of a size [m]."""
        u, v = across / texel, along / texel
        left, top = np.floor(u).astype(np.int64), np.floor(v).astype(np.int64)
        right, down = u - left, v - top
        left, top = left % SIDE, top % SIDE
        further, lower = (left + 1) % SIDE, (top + 1) % SIDE
        tile = self._tile
        upper = tile[top, left] * (1 - right) + tile[top, further] * right
        under = tile[lower, left] * (1 - right) + tile[lower, further] * right
        found: Array = upper * (1 - down) + under * down
        return found
