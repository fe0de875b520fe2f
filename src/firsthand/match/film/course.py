"""Which moments of two films belong together: a line in time along which frames agree."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from firsthand.match.film.kernels import stretches

Floats = NDArray[np.float32]
Times = NDArray[np.float64]

SPEEDS = 2.0 ** (np.arange(-16, 17) / 16)
"""How fast b runs beside a: half to twice, in steps of 4.4 %."""

STEP = 0.1
"""Of offsets that are tried [s]."""

_SPARSE = 0.2
"""Between frames [s] from which one cannot be guessed from its neighbours: long films."""

_FINE = 0.01
"""Of the table that tells which frame is shown at a moment [s]."""

AGREES = 0.6
"""Agreement of two frames above which they speak for a line, below which against it."""

NOTHING = np.float32(AGREES - 0.001)
"""Agreement of two frames that say nothing."""


@dataclass(frozen=True, slots=True)
class Course:
    """A stretch in which moment t of a is moment ``speed * t + offset`` of b.

    Attributes
    ----------
    offset, speed
        [s], and seconds of b for one of a.
    first, last
        Frames of a at its ends.
    mean
        Mean agreement along it.
    frames
        How many frames of a agree.
    told
        How many say anything.
    worth
        Sum of agreement above :data:`AGREES`.
    loose
        Offsets that would do as well [s, from, to].
    """

    offset: float
    speed: float
    first: int
    last: int
    mean: float
    frames: int
    told: int
    worth: float
    loose: tuple[float, float]


def best_course(
    score: Floats, times_a: Times, times_b: Times, free: NDArray[np.bool_] | None = None
) -> Course | None:
    """Return the stretch that most agreement speaks for.

    ``score`` is the agreement of each frame of a with each of b, (n, m); ``times_a``, ``times_b``
    are theirs [s]; ``free`` the frames of a that may be used.
    """
    if score.max(initial=0) < AGREES:
        return None
    own = score if free is None else np.where(free[:, None], score, 0)
    best = None
    for speed in SPEEDS:
        found = _along(
            own, times_a, times_b, float(speed), _offsets(times_a, times_b, float(speed), STEP)
        )
        if found is not None and (best is None or found.worth > best.worth + 1e-6):
            best = found
    return None if best is None else _refined(own, times_a, times_b, best)


def _offsets(times_a: Times, times_b: Times, speed: float, step: float) -> Times:
    low, high = times_b[0] - speed * times_a[-1], times_b[-1] - speed * times_a[0]
    return np.arange(np.floor(low / step), np.ceil(high / step) + 1) * step


def _refined(score: Floats, times_a: Times, times_b: Times, course: Course) -> Course:
    best = course
    width, step = 0.05, STEP
    for _ in range(3):
        for speed in best.speed * (1.0 + width * np.arange(-4, 5) / 8):
            if not 0.49 <= speed <= 2.05:
                continue
            middle = (times_a[best.first] + times_a[best.last]) / 2
            centre = best.offset + (best.speed - speed) * middle
            near = np.asarray(centre + step * np.arange(-4, 5) / 2, np.float64)
            found = _along(score, times_a, times_b, float(speed), near)
            if found is not None and found.worth > best.worth + 1e-4:
                best = found
        width, step = width / 3, step / 2
    return _with_looseness(score, times_a, times_b, best)


def _with_looseness(score: Floats, times_a: Times, times_b: Times, course: Course) -> Course:
    offsets = np.asarray(course.offset + np.arange(-60, 61) * STEP, np.float64)
    rows = slice(course.first, course.last + 1)
    values = _read(score[rows], times_a[rows], times_b, course.speed, offsets).mean(axis=0)
    # Agreement falls from its peak as the films run apart; where it does not, time is not told.
    at = 60
    near = values >= values[at] - max(0.01, 0.1 * (1 - values[at]))
    low = high = at
    while low > 0 and near[low - 1]:
        low -= 1
    while high < 120 and near[high + 1]:
        high += 1
    # Of offsets that do equally well, as between frames of a sparse film, the one in their middle.
    peak = low + np.flatnonzero(values[low : high + 1] >= values[low : high + 1].max() - 0.002)
    level = bool(np.ptp(peak) == len(peak) - 1)
    middle = float(offsets[peak].mean()) if level and len(peak) > 1 else course.offset
    return replace(course, offset=middle, loose=(float(offsets[low]), float(offsets[high])))


def _read(
    score: Floats, times_a: Times, times_b: Times, speed: float, offsets: Times
) -> NDArray[np.float64]:
    """Return the agreement of each frame of a with b at each offset, (n, offsets); 0 outside b."""
    wanted = speed * times_a[:, None] + offsets[None]
    after = np.clip(np.searchsorted(times_b, wanted), 1, max(len(times_b) - 1, 1))
    if len(times_b) == 1:
        read = np.repeat(score, len(offsets), axis=1).astype(np.float64)
    else:
        before = after - 1
        gap = times_b[after] - times_b[before]
        share = np.clip((wanted - times_b[before]) / gap, 0, 1)
        far = (gap > _SPARSE) & (np.minimum(share, 1 - share) * gap > _near(times_a))
        share = np.where(gap > _SPARSE, np.round(share), share)
        rows = np.arange(len(times_a))[:, None]
        read = score[rows, before] * (1 - share) + score[rows, after] * share
        read = np.where(far, NOTHING, read)
    half = 0.5 * (times_b[-1] - times_b[0]) / max(len(times_b) - 1, 1)
    outside = (wanted < times_b[0] - half) | (wanted > times_b[-1] + half)
    return np.where(outside, 0.0, read)


def _near(times: Times) -> float:
    """Return how far off [s] a frame may be that stands for a moment of a sparse film."""
    gap = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    return float(np.clip(gap / 2, 0.07, 0.26))


def _along(
    score: Floats, times_a: Times, times_b: Times, speed: float, offsets: Times
) -> Course | None:
    """Return the best stretch at one speed: the greatest sum of agreement without a break."""
    steps = np.arange(0, times_b[-1] - times_b[0] + _FINE, _FINE) + times_b[0]
    places = np.maximum(np.searchsorted(times_b, steps, side="right") - 1, 0)
    top, first, last = stretches(
        score,
        times_a,
        times_b,
        places,
        _FINE,
        speed,
        offsets,
        AGREES,
        -AGREES / 2,
        _SPARSE,
        _near(times_a),
    )
    at = int(top.argmax())
    if top[at] <= 0:
        return None
    rows = slice(int(first[at]), int(last[at]) + 1)
    inside = _read(score[rows], times_a[rows], times_b, speed, offsets[at : at + 1])[:, 0]
    good = inside >= AGREES
    if not good.any():
        return None
    return Course(
        offset=float(offsets[at]),
        speed=speed,
        first=int(first[at]),
        last=int(last[at]),
        mean=float(inside[good].mean()),
        frames=int(good.sum()),
        told=int((np.abs(inside - NOTHING) > 1e-4).sum()),
        worth=float(top[at]),
        loose=(float(offsets[at]), float(offsets[at])),
    )
