"""What is kept of a film so that it can be compared: times, fingerprints, thumbnails, keypoints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from firsthand.match.film.bars import Box, within_bars
from firsthand.match.local.coded import Coded, coded
from firsthand.match.local.codes import packed
from firsthand.match.local.features import (
    INDEX_MOST,
    INDEX_SIDE,
    QUERY_MOST,
    QUERY_SIDE,
    Features,
    extract,
    fitted,
)
from firsthand.match.local.picture import Picture
from firsthand.media.gray_film import MOST, PER_SECOND, grays
from firsthand.media.hamming import codes_of
from firsthand.media.pdq import Sampler, fingerprints, quality
from firsthand.model.canonical import Json

THUMB = 128
"""Longest side of a thumbnail [px]."""

MOST_KEYS = 60
"""Key frames with keypoints; they are at least half a second apart, but for cuts."""

MOST_FINE = 14
"""Key frames with the finer keypoints by which a film is looked for in others."""

_KEY_MS = 500
_NEW = 14
"""Bits of 256 by which a key frame must differ from the one before, or much time has passed."""
_CUT_BITS, _CUT_LEFT = 80, 0.5
"""Bits between fingerprints from which a cut is looked for, and the correlation below which the
middle of a frame is not to be found in the one before: a hand-held camera moves things about."""
_WANTED = 600
_HASHED = 384

Gray = NDArray[np.uint8]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Key:
    """A key frame: which frame it is, its keypoints, and their codes.

    ``fine`` and ``wanted``, by which a film is looked for in others, are of some key frames only.
    """

    frame: int
    coarse: Features
    codes: NDArray[np.void]
    fine: Features | None = None
    wanted: Coded | None = None


def key_of(frame: int, coarse: Features, fine: Features | None) -> Key:
    """Return a key frame with its codes."""
    wanted = None if fine is None else coded(fine.first(_WANTED))
    return Key(frame, coarse, packed(coarse), fine, wanted)


@dataclass(frozen=True)
class Strip:
    """A film as it is compared.

    Attributes
    ----------
    times
        Of its frames, shape (n,) [ms from the start].
    codes
        PDQ under the 8 symmetries, shape (n, 8, 32) bytes.
    quality
        PDQ quality of each [0 to 100].
    inner, inner_codes, inner_quality
        The box without bars of each frame, shape (n, 4), x, y, width, height [share of the frame];
        PDQ of it, (n, 8, 32); its quality, 0 where there are no bars.
    thumbs
        Brightness, shape (n, h, w), longest side at most :data:`THUMB`.
    cuts
        Whether a shot begins with a frame, shape (n,).
    keys
        Key frames in order of time.
    width, height
        As shown [px].
    """

    times: NDArray[np.int64]
    codes: Gray
    quality: NDArray[np.int64]
    inner: NDArray[np.float64]
    inner_codes: Gray
    inner_quality: NDArray[np.int64]
    thumbs: Gray
    cuts: NDArray[np.bool_]
    keys: list[Key]
    width: int
    height: int
    about: Json = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.times)

    @property
    def fine(self) -> list[Key]:
        """Return the key frames by which it is looked for in others."""
        return [key for key in self.keys if key.fine is not None]


def strip_of(
    path: str | Path, *, per_second: float = PER_SECOND, most: int = MOST
) -> tuple[Strip | None, Json]:
    """Look at a film; return it, or None, and how that went (:func:`media.gray_film.grays`)."""
    makes = _Making()
    outcome = grays(path, makes.take, side=QUERY_SIDE, per_second=per_second, most=most)
    if not makes.times:
        return None, outcome
    return makes.made(outcome), outcome


class _Making:
    """Takes in frames one after another."""

    def __init__(self) -> None:
        self.times: list[int] = []
        self._rows: list[tuple[Gray, int, Box, Gray, int]] = []
        self._thumbs: list[Gray] = []
        self._cuts: list[bool] = []
        self._keys: list[tuple[int, Gray]] = []
        self._last: Gray | None = None

    def take(self, time_ms: int, gray: Gray) -> None:
        if self.times and time_ms <= self.times[-1]:
            return
        if self._last is not None and np.array_equal(gray, self._last):
            row, thumb = self._rows[-1], self._thumbs[-1]
        else:
            row = _row(gray)
            thumb = _thumb(gray, self._thumbs[0].shape if self._thumbs else None)
        cut = bool(self._rows) and _is_cut(self._rows[-1][0], row[0], self._thumbs[-1], thumb)
        self.times.append(time_ms)
        self._rows.append(row)
        self._thumbs.append(thumb)
        self._cuts.append(cut or len(self.times) == 1)
        self._last = gray
        if self._is_key(time_ms, row[0]):
            self._keys.append((len(self.times) - 1, gray))
            if len(self._keys) > 2 * MOST_KEYS:
                self._keys = self._keys[::2]

    def _is_key(self, time_ms: int, codes: Gray) -> bool:
        if not self._keys:
            return True
        before = self._keys[-1][0]
        apart = time_ms - self.times[before]
        if self._cuts[-1]:
            return apart >= _KEY_MS // 2
        new = bits(self._rows[before][0][0], codes[0]) >= _NEW
        return apart >= _KEY_MS and (new or apart >= 8 * _KEY_MS)

    def made(self, about: Json) -> Strip:
        """Return the film; its keypoints are found here."""
        width, height = int(about["width"]), int(about["height"])
        kept = _evenly(self._keys, MOST_KEYS)
        coarse = [extract(g, width, height, side=INDEX_SIDE, most=INDEX_MOST) for _, g in kept]
        told = [at for at, found in enumerate(coarse) if len(found) >= 12]
        fine = set(_evenly(told, MOST_FINE))
        keys = [
            key_of(frame, coarse[at],
                extract(gray, width, height, side=QUERY_SIDE, most=QUERY_MOST)
                if at in fine else None)
            for at, (frame, gray) in enumerate(kept)
        ]  # fmt: skip
        codes, seen, inner, inner_codes, inner_seen = zip(*self._rows, strict=True)
        return Strip(
            times=np.array(self.times, np.int64),
            codes=np.stack(codes),
            quality=np.array(seen, np.int64),
            inner=np.array(inner, np.float64),
            inner_codes=np.stack(inner_codes),
            inner_quality=np.array(inner_seen, np.int64),
            thumbs=np.stack(self._thumbs),
            cuts=np.array(self._cuts, np.bool_),
            keys=keys,
            width=width,
            height=height,
            about=about,
        )


def strip_of_frames(frames: Iterable[tuple[int, Gray]]) -> Strip:
    """Return a film of frames that are at hand: times [ms] and brightness, shape (h, w).

    Raises
    ------
    ValueError
        When there is no frame.
    """
    makes = _Making()
    size = (0, 0)
    for time_ms, gray in frames:
        makes.take(time_ms, gray)
        size = size if any(size) else (gray.shape[1], gray.shape[0])
    if not makes.times:
        raise ValueError("a film needs a frame")
    return makes.made({"width": size[0], "height": size[1]})


def strip_of_picture(picture: Picture) -> Strip:
    """Return a photograph as a film of one frame."""
    codes, seen, inner, inner_codes, inner_seen = _row(picture.gray)
    return Strip(
        times=np.zeros(1, np.int64),
        codes=codes[None],
        quality=np.array([seen], np.int64),
        inner=np.array([inner], np.float64),
        inner_codes=inner_codes[None],
        inner_quality=np.array([inner_seen], np.int64),
        thumbs=fitted(picture.gray, THUMB)[None],
        cuts=np.ones(1, np.bool_),
        keys=[key_of(0, picture.coarse, picture.fine)],
        width=picture.width,
        height=picture.height,
        about=picture.about,
    )


def _row(gray: Gray) -> tuple[Gray, int, Box, Gray, int]:
    codes, seen = _hashed(gray)
    small = fitted(gray, 256)
    box = within_bars(small)
    if box == (0.0, 0.0, 1.0, 1.0):
        return codes, seen, box, np.zeros((8, 32), np.uint8), 0
    high, wide = gray.shape
    left, top = round(box[0] * wide), round(box[1] * high)
    right, bottom = round((box[0] + box[2]) * wide), round((box[1] + box[3]) * high)
    return codes, seen, box, *_hashed(np.ascontiguousarray(gray[top:bottom, left:right]))


def _hashed(gray: Gray) -> tuple[Gray, int]:
    small = fitted(gray, _HASHED)
    sampler = Sampler(small.shape[1], small.shape[0])
    sampler.take(small)
    samples = sampler.samples()
    return codes_of(fingerprints(samples)), quality(samples)


def _thumb(gray: Gray, shape: tuple[int, ...] | None) -> Gray:
    if shape is None:
        return fitted(gray, THUMB)
    size = shape[1], shape[0]
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)


def bits(one: Gray, other: Gray) -> int:
    """Return in how many bits two codes differ."""
    return int(np.bitwise_count(np.bitwise_xor(one, other)).sum())


def _is_cut(one: Gray, other: Gray, before: Gray, now: Gray) -> bool:
    if bits(one[0], other[0]) < _CUT_BITS:
        return False
    high, wide = now.shape
    middle = now[high // 5 : high - high // 5, wide // 5 : wide - wide // 5]
    found = np.asarray(cv2.matchTemplate(before, middle, cv2.TM_CCOEFF_NORMED))
    return float(np.nan_to_num(found, nan=0.0, posinf=0.0, neginf=0.0).max()) < _CUT_LEFT


def _evenly(all_of: list[T], most: int) -> list[T]:
    if len(all_of) <= most:
        return all_of
    return [all_of[(2 * n + 1) * len(all_of) // (2 * most)] for n in range(most)]
