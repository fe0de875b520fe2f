"""Which of two copies holds fine detail that the other lacks: bandwidth, not pixel count.

A copy made larger again has no energy above its old limit, or only such as follows from what is
below it. Noise has energy, but spread evenly over plain and busy parts; detail is where the edges
are. Sharpening makes the same detail stronger, and stays in step with it. So what counts is energy
above that of plain parts, and out of step with the other picture.

References
----------
P. D. Welch, IEEE Trans. Audio Electroacoustics 15(2), 1967, doi:10.1109/TAU.1967.1161901
(averaged cross spectra; coherence of two signals).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from firsthand.match.local.picture import Picture

Floats = NDArray[np.float32]

TILE = 64
BANDS = 16
"""Bands of equal width from 0 to half a cycle per px."""

_MOST_TILES = 160
_LEAST_TILES = 6
_FINEST = 2048
"""Longest side [px] of the frame in which two pictures are compared."""

_MOST_OTHERS = 0.6

_STEPPED = 0.45
"""Least over greatest step of five: 0.6 and more in photographs, below 0.4 in squares of 2 px or
larger (tuning half of benchmarks/match/direction.py)."""

_WINDOW = np.outer(np.hanning(TILE), np.hanning(TILE)).astype(np.float32)
_FY, _FX = np.meshgrid(np.fft.fftfreq(TILE), np.fft.rfftfreq(TILE), indexing="ij")
_RADIUS = np.hypot(_FX, _FY)
_BAND = np.minimum((_RADIUS * 2 * BANDS).astype(int), BANDS)  # corners beyond 0.5 are left out


@dataclass(frozen=True, slots=True)
class Spectra:
    """Energy per band of two pictures in one frame, mean over busy tiles, shape (BANDS,).

    ``a``, ``b``: all of it, per px [brightness squared]. ``real_a``, ``real_b``: without what plain
    tiles have, too. ``common``: in step, so that ``common**2 / a`` is how much of b follows from a.
    """

    a: NDArray[np.float64]
    b: NDArray[np.float64]
    real_a: NDArray[np.float64]
    real_b: NDArray[np.float64]
    common: NDArray[np.float64]
    tiles: int

    def swapped(self) -> Spectra:
        """Return the same from the other side."""
        return Spectra(self.b, self.a, self.real_b, self.real_a, self.common, self.tiles)

    def lost(self) -> NDArray[np.float64]:
        """Return the share of b's real energy per band that does not follow from a, 0 to 1."""
        follows = np.maximum(self.common, 0) ** 2 / np.maximum(self.a, 1e-9)
        left = np.maximum(self.real_b - follows, 0)
        return np.asarray(left / np.maximum(self.real_b, 1e-9), np.float64)

    def one_sided(self) -> bool:
        """Tell whether, of all detail that the two do not share, nearly all is b's.

        Squares of a mosaic have edges of their own, but what they took away is missing in turn.
        """
        apart = self.lost()
        together = int(np.argmax(np.append(apart >= 0.3, True)))
        if together == 0:
            return False
        # A sharpened picture is louder in all bands; that is not detail of its own.
        louder = self.real_a[together - 1] / max(float(self.real_b[together - 1]), 1e-9)
        strong = (apart > 0.7) & (np.arange(BANDS) >= 2)
        from_a = float((self.real_b * apart)[strong].sum())
        from_b = float((self.real_a * apart)[strong].sum()) / max(float(louder), 1.0)
        return from_b <= _MOST_OTHERS * from_a


def density(picture: Picture, homography: NDArray[np.float64] | None, x: float, y: float) -> float:
    """Return px of kept brightness per px of the target of a map (None: of the picture itself)."""
    kept = max(picture.gray.shape) / max(picture.width, picture.height)
    if homography is None:
        return float(kept)
    depth = homography[2] @ (x, y, 1.0)
    at = (homography[:2] @ (x, y, 1.0)) / depth
    slope = (homography[:2, :2] - np.outer(at, homography[2, :2])) / depth
    return float(kept / np.sqrt(max(abs(np.linalg.det(slope)), 1e-12)))


def on_grid(
    picture: Picture, to_picture: NDArray[np.float64], columns: int, rows: int, how: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return a picture in another frame, and where it is seen.

    ``to_picture``: from px of that frame to full-size px of the picture.
    """
    high, wide = picture.gray.shape
    back = np.diag([wide / picture.width, high / picture.height, 1.0]) @ to_picture
    depth = back[2] @ (columns / 2, rows / 2, 1.0)
    at = (back[:2] @ (columns / 2, rows / 2, 1.0)) / depth
    slope = (back[:2, :2] - np.outer(at, back[2, :2])) / depth
    step = float(np.sqrt(abs(np.linalg.det(slope))))
    gray = picture.gray.astype(np.float32)
    if step > 1.15:
        gray = np.asarray(
            cv2.GaussianBlur(gray, (0, 0), 0.45 * float(np.sqrt(step * step - 1))), np.float32
        )
    size = (columns, rows)
    flags = how | cv2.WARP_INVERSE_MAP
    made = cv2.warpPerspective(gray, back, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpPerspective(
        np.ones((high, wide), np.uint8), back, size,
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP, borderValue=0,
    )  # fmt: skip
    return np.asarray(made, np.float32), np.asarray(inside, np.uint8) > 0


def tiles_of(a: Floats, b: Floats, seen: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return the tiles in which both are seen and something is to be seen, (n, TILE, TILE) each."""
    rows, columns = a.shape[0] // TILE, a.shape[1] // TILE
    cut = [
        each[: rows * TILE, : columns * TILE].reshape(rows, TILE, columns, TILE).swapaxes(1, 2)
        for each in (a, b, seen.astype(np.float32))
    ]
    full = cut[2].min(axis=(2, 3)) > 0
    one, other = cut[0][full], cut[1][full]
    # A clipped tile has edges of its own.
    good = np.minimum(one.std(axis=(1, 2)), other.std(axis=(1, 2))) >= 1.0
    one, other = one[good], other[good]
    if len(one) > 3 * _MOST_TILES:
        chosen = np.linspace(0, len(one) - 1, 3 * _MOST_TILES).astype(int)
        one, other = one[chosen], other[chosen]
    return np.ascontiguousarray(one), np.ascontiguousarray(other)


def spectra(a: Floats, b: Floats, seen: NDArray[np.bool_], coarser: float = 1.0) -> Spectra | None:
    """Compare two pictures in one frame, tile by tile.

    ``coarser``: how many px of the frame one px of the coarser picture covers.
    """
    one, other = tiles_of(a, b, seen)
    if len(one) < _LEAST_TILES:
        return None
    f, g = _transformed(one), _transformed(other)
    f, g, fits = _shifted(f, g, coarser)
    power_a, power_b = _banded(np.abs(f) ** 2), _banded(np.abs(g) ** 2)
    cross = _banded(np.real(np.conj(f) * g))
    floor_a, floor_b = (np.quantile(each, 0.2, axis=0) * 1.2 for each in (power_a, power_b))
    held = np.flatnonzero(fits > 0.8)
    if len(held) < _LEAST_TILES:
        return None
    low = slice(1, max(3, int(BANDS / 2 / max(coarser, 1.0))))
    busy = np.sqrt(power_a[:, low].sum(axis=1) * power_b[:, low].sum(axis=1))
    most = max(_LEAST_TILES, min(_MOST_TILES, len(one) // 2))
    held = held[np.argsort(-busy[held], kind="stable")[:most]]
    mean_a, mean_b = power_a[held].mean(axis=0), power_b[held].mean(axis=0)
    return Spectra(
        a=mean_a,
        b=mean_b,
        real_a=np.maximum(mean_a - floor_a, 0),
        real_b=np.maximum(mean_b - floor_b, 0),
        common=cross[held].mean(axis=0),
        tiles=len(held),
    )


def _transformed(tiles: Floats) -> NDArray[np.complex128]:
    flat = tiles - tiles.mean(axis=(1, 2), keepdims=True)
    return np.asarray(np.fft.rfft2(flat * _WINDOW) / TILE, np.complex128)


def _shifted(
    f: NDArray[np.complex128], g: NDArray[np.complex128], coarser: float
) -> tuple[NDArray[np.complex128], NDArray[np.complex128], NDArray[np.float64]]:
    """Lay each tile of g exactly on that of f, by the phases of what both can hold.

    Returns how well each fits, too: the share of that energy that is in step then.
    """
    g = g.copy()
    for limit in (0.06, 0.12, 0.2, 0.2):
        use = (_RADIUS > 0.01) & (limit / max(1.0, 0.7 * coarser) > _RADIUS)
        cross = np.conj(f[:, use]) * g[:, use]
        weight, phase = np.abs(cross), np.angle(cross)
        x, y = 2 * np.pi * _FX[use], 2 * np.pi * _FY[use]
        xx, xy, yy = (weight * x * x).sum(1), (weight * x * y).sum(1), (weight * y * y).sum(1)
        px, py = (weight * x * phase).sum(1), (weight * y * phase).sum(1)
        size = np.maximum(xx * yy - xy * xy, 1e-12)
        dx, dy = (yy * px - xy * py) / size, (xx * py - xy * px) / size
        move = dx[:, None, None] * _FX + dy[:, None, None] * _FY
        g *= np.exp(-2j * np.pi * move)
    use = (_RADIUS > 0.01) & (0.15 / max(1.0, 0.7 * coarser) > _RADIUS)
    cross = np.real(np.conj(f[:, use]) * g[:, use]).sum(axis=1)
    size = (np.abs(f[:, use]) ** 2).sum(axis=1) * (np.abs(g[:, use]) ** 2).sum(axis=1)
    return f, g, cross / np.sqrt(np.maximum(size, 1e-12))


def _banded(power: NDArray[np.float64]) -> NDArray[np.float64]:
    flat = power.reshape(len(power), -1)
    place = _BAND.ravel()
    made = np.zeros((len(power), BANDS))
    for band in range(BANDS):
        made[:, band] = flat[:, place == band].mean(axis=1)
    return made


def stepped(gray: NDArray[np.uint8]) -> bool:
    """Tell whether a picture consists of squares: a mosaic, or pixels made larger by copying.

    Most steps between its columns, and between its rows, are then far smaller than one nearby. So
    they are in pictures with next to nothing in them.
    """
    bright = gray.astype(np.float32)
    for axis in (0, 1):
        steps = np.abs(np.diff(bright, axis=1 - axis)).mean(axis=axis).reshape(1, -1)
        if steps.size < 5:
            return True
        near = np.ones((1, 5), np.uint8)
        low, high = np.asarray(cv2.erode(steps, near)), np.asarray(cv2.dilate(steps, near))
        if float(np.median(low / np.maximum(high, 1e-3))) > _STEPPED:
            return False
    return True
