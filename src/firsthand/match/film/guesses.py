"""How the frame of one film may lie in the frame of another: guesses that are tested afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firsthand.match.film.strip import Strip
from firsthand.match.local.align import align
from firsthand.match.local.features import Features
from firsthand.match.local.scan import Scan

Map = NDArray[np.float64]
Bits = NDArray[np.int64]

NEAR_BITS = 60
"""Bits of 256 up to which two frames may be one; what follows decides (notes: 80 is the least of
1.2 million wrong pairs)."""

SEEN = 50
"""PDQ quality from which a fingerprint says anything."""

MOST_BY_CODES, MOST_BY_POINTS = 4, 8
_LEAST_SUPPORT = 7
_BOXES, _BOX_STEPS = 3, 50
_ENOUGH = 20
"""Keypoints from which the other direction need not be tried."""
_MATES = 3
_ALIGNED = 6
_APART = 0.02
"""Share of the longest side by which the corners under two maps differ at least."""

# Where T_k of firsthand.media.pdq.fingerprints puts x, y of a square from 0 to 1.
_TURNS = (
    ((1, 0, 0), (0, 1, 0)), ((0, 1, 0), (-1, 0, 1)), ((-1, 0, 1), (0, -1, 1)),
    ((0, -1, 1), (1, 0, 0)), ((1, 0, 0), (0, -1, 1)), ((-1, 0, 1), (0, 1, 0)),
    ((0, 1, 0), (1, 0, 0)), ((0, -1, 1), (-1, 0, 1)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guess:
    """A map of the frame of a into that of b, both as squares from 0 to 1, and who says so.

    ``frames`` are the frame of a and that of b which it is from; ``worth`` orders guesses of one
    kind: pairs of frames for fingerprints, keypoints for the others.
    """

    unit: Map
    by: str
    worth: int
    frames: tuple[int, int]


def by_codes(a: Strip, b: Strip, most: int = MOST_BY_CODES) -> list[Guess]:
    """Return guesses from fingerprints of whole frames, and of frames without their bars."""
    found: list[tuple[int, Guess]] = []
    for side_a in _sides(a):
        for side_b in _sides(b):
            found += _meet(side_a, side_b)
    guesses: list[Guess] = []
    for _, guess in sorted(found, key=lambda each: (-each[1].worth, each[0])):
        if all(apart(guess.unit, other.unit) > _APART for other in guesses):
            guesses.append(guess)
        if len(guesses) == most:
            break
    return guesses


@dataclass(frozen=True, slots=True)
class _Side:
    """Frames of a film with one box, and their fingerprints (n, 8, 32)."""

    box: NDArray[np.float64] | None
    frames: Bits
    codes: NDArray[np.uint8]


def _sides(film: Strip) -> list[_Side]:
    """Return whole frames, and frames inside bars for each of the commonest boxes."""
    seen = np.flatnonzero(film.quality >= SEEN)
    found = [_Side(None, seen, film.codes[seen])] if len(seen) else []
    barred = np.flatnonzero(film.inner_quality >= SEEN)
    if not len(barred):
        return found
    # What is bright beside a bar moves its edge a little from frame to frame.
    rounded = np.round(film.inner[barred] * _BOX_STEPS)
    _, which, counts = np.unique(rounded, axis=0, return_inverse=True, return_counts=True)
    for at in np.argsort(-counts, kind="stable")[:_BOXES]:
        held = barred[which.ravel() == at]
        box = np.median(film.inner[held], axis=0)
        found.append(_Side(np.asarray(box, np.float64), held, film.inner_codes[held]))
    return found


def _meet(one: _Side, other: _Side) -> Iterator[tuple[int, Guess]]:
    """Yield the guess of each symmetry in which fingerprints are near, and how near [bits]."""
    for turn in range(8):
        bits = apart_bits(one.codes[:, turn], other.codes[:, 0])
        row, column = np.unravel_index(int(bits.argmin()), bits.shape)
        if bits[row, column] > NEAR_BITS:
            continue
        unit = (
            _of_box(other.box)
            @ np.array([*_TURNS[turn], (0, 0, 1)], np.float64)
            @ np.linalg.inv(_of_box(one.box))
        )
        frames = int(one.frames[row]), int(other.frames[column])
        near = (bits <= NEAR_BITS).any(axis=1).sum()
        yield int(bits[row, column]), Guess(unit, "fingerprints", int(near), frames)


def apart_bits(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> Bits:
    """Return in how many bits codes (n, 32) differ from codes (m, 32), shape (n, m)."""
    signs = [np.unpackbits(each, axis=1).astype(np.float32) * 2 - 1 for each in (one, other)]
    return np.asarray(np.rint((256 - signs[0] @ signs[1].T) / 2), np.int64)


def _of_box(box: NDArray[np.float64] | None) -> Map:
    """Return the map of a square from 0 to 1 to a box in it."""
    if box is None:
        return np.eye(3)
    x, y, width, height = box
    return np.array([[width, 0, x], [0, height, y], [0, 0, 1.0]])


def by_points(a: Strip, b: Strip, most: int = MOST_BY_POINTS) -> list[Guess]:
    """Return guesses from keypoints of key frames, either film being looked for in the other."""
    there = _searched(a, b)
    if there and max(guess.worth for guess in there) >= _ENOUGH:
        return distinct(there, most)
    back = [
        Guess(_inverse(guess.unit), guess.by, guess.worth, guess.frames[::-1])
        for guess in _searched(b, a)
    ]
    return distinct([*there, *back], most)


def _inverse(unit: Map) -> Map:
    made = np.linalg.inv(unit)
    return np.asarray(made / made[2, 2], np.float64)


def distinct(guesses: list[Guess], most: int) -> list[Guess]:
    """Return the worthiest guesses that differ from one another."""
    kept: list[Guess] = []
    for guess in sorted(guesses, key=lambda each: (-each.worth, each.frames)):
        if all(apart(guess.unit, other.unit) > _APART for other in kept):
            kept.append(guess)
        if len(kept) == most:
            break
    return kept


def _searched(a: Strip, b: Strip) -> list[Guess]:
    coarse = {str(at): key.codes for at, key in enumerate(b.keys) if len(key.coarse)}
    if not coarse or not a.fine:
        return []
    scan = Scan(coarse)
    pairs = [
        (hit.agreeing, key.frame, int(hit.name), hit.mirrored)
        for key in a.fine
        if key.wanted is not None
        for hit in scan.search(key.wanted, _MATES)
    ]
    pairs.sort(reverse=True)
    found = []
    fine = {key.frame: key.fine for key in a.fine}
    for _, frame, at, turned in pairs[:_ALIGNED]:
        query = fine[frame]
        assert query is not None
        found += list(guesses_of(query, b.keys[at].coarse, (frame, b.keys[at].frame), turned))
    return found


def guesses_of(
    one: Features, other: Features, frames: tuple[int, int], mirror: bool = True
) -> Iterator[Guess]:
    """Yield the guesses from the keypoints of one pair of frames."""
    for aligned in align(one, other, mirror=mirror):
        if aligned.support >= _LEAST_SUPPORT:
            into_a = np.diag([one.width - 1.0, one.height - 1.0, 1.0])
            from_b = np.diag([1 / (other.width - 1), 1 / (other.height - 1), 1.0])
            unit = from_b @ aligned.homography @ into_a
            yield Guess(unit / unit[2, 2], "keypoints", aligned.support, frames)


def apart(one: Map, other: Map) -> float:
    """Return the greatest distance between where two maps put corners [share of the frame of b]."""
    corners = np.array([[0.1, 0.1, 1], [0.9, 0.1, 1], [0.1, 0.9, 1], [0.9, 0.9, 1]]).T
    places = []
    for each in (one, other):
        x, y, depth = each @ corners
        places.append(np.stack([x, y]) / np.where(np.abs(depth) < 1e-9, 1e-9, depth))
    return float(np.abs(places[0] - places[1]).max())


def in_thumbs(unit: Map, a: Strip, b: Strip) -> Map:
    """Return a guess as a map between px of thumbnails."""
    high_a, wide_a = a.thumbs.shape[1:]
    high_b, wide_b = b.thumbs.shape[1:]
    into_b = np.diag([wide_b - 1.0, high_b - 1.0, 1.0])
    from_a = np.diag([1 / (wide_a - 1), 1 / (high_a - 1), 1.0])
    return np.asarray(into_b @ unit @ from_a, np.float64)
