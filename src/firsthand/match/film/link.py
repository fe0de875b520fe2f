"""Links between two films: which stretch of one is which stretch of the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firsthand.match.boxes import Box
from firsthand.match.film.agreement import Laid, agreement, lay, reached
from firsthand.match.film.course import AGREES, NOTHING, Course, best_course
from firsthand.match.film.guesses import Guess, by_codes, by_points, in_thumbs
from firsthand.match.film.strip import Strip
from firsthand.match.local.align import overlap
from firsthand.model.canonical import Json

COPY, SAME_SCENE = "copy", "same_scene"

MOST_SEGMENTS = 20
"""Stretches of one pair of films that are told."""

_MOST_FRAMES = 480
"""Frames of a that are compared at once; of a longer film every second, third, ..."""

_LEAST_FRAMES = 3
_LEAST_MEAN = 0.7
_SURE = 0.85
_MOVES = 1.2
"""Brightness [of 255] by which pixels differ from their mean over a stretch, when things move."""

_MOVES_ALIKE, _MOVES_SURELY = 0.5, 0.85
"""Correlation of how two stretches change from which they show one moment after another; the second
where either frame shows much that the other does not: a camera that pans shows the same wall in
other places of the frame later."""

_WITHIN = 0.85
"""Share of one of the frames that a copy is expected to cover."""

_CLOSELY = 0.87
"""Share of the blocks that must agree closely at times. Of other takes of a scene at most 0.83 did,
of shaking copies all."""

_UNBROKEN = 0.6
"""Share of a shot, as far as both films have it, that must agree."""

_LOOSE_S = 1.0


@dataclass(frozen=True, slots=True)
class FilmLink:
    """What a stretch of a film is to a stretch of another, or to a photograph (then film b).

    Attributes
    ----------
    relation
        ``copy`` or ``same_scene``.
    score
        How surely, 0 to 1.
    time_a, time_b
        From, until [s from the start].
    offset, speed
        Moment t of a is moment ``speed * t + offset`` of b [s]; None where nothing moves, so that
        no moment can be told from another.
    frames
        Frames of a that agree with one of b.
    region_a, region_b
        What they have in common [px of each, as shown].
    homography
        From px of a to px of b, shape (3, 3).
    evidence
        Numbers that it was concluded from.
    """

    relation: str
    score: float
    time_a: tuple[float, float]
    time_b: tuple[float, float]
    offset: float | None
    speed: float | None
    frames: int
    region_a: Box
    region_b: Box
    homography: NDArray[np.float64]
    evidence: Json


def link_films(a: Strip, b: Strip) -> list[FilmLink]:
    """Return the stretches of two films that show the same, the surest first."""
    links = _tested(a, b, by_codes(a, b))
    if not links or links[0].score < _SURE or _much_left(a, links):
        links = _chosen([*links, *_tested(a, b, by_points(a, b))])
    return links


def _much_left(a: Strip, links: list[FilmLink]) -> bool:
    """Tell whether there is more of a than is linked yet; another part may lie otherwise."""
    linked = sum(link.time_a[1] - link.time_a[0] for link in links)
    return linked < 0.8 * float(a.times[-1] - a.times[0]) / 1000


def _chosen(links: list[FilmLink]) -> list[FilmLink]:
    """Return links that do not say the same twice: no moment of a is told of twice."""
    kept: list[FilmLink] = []
    for link in sorted(links, key=lambda each: (-each.score * each.frames, each.time_a)):
        if not any(_shared(link.time_a, other.time_a) > 0.5 for other in kept):
            kept.append(link)
    return sorted(kept[:MOST_SEGMENTS], key=lambda each: (-each.score, each.time_a))


def _shared(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the share of the shorter of two spans that lies in the other."""
    both = min(one[1], other[1]) - max(one[0], other[0])
    return both / max(min(one[1] - one[0], other[1] - other[0]), 1e-6)


def _tested(a: Strip, b: Strip, guesses: list[Guess]) -> list[FilmLink]:
    found: list[FilmLink] = []
    step = -(-len(a) // _MOST_FRAMES)
    rows = np.arange(0, len(a), step)
    for guess in guesses:
        laid = lay(a.thumbs[rows], b.thumbs, in_thumbs(guess.unit, a, b))
        if laid is None:
            continue
        score, blank = agreement(laid)
        score[blank] = NOTHING
        found = _chosen([*found, *_segments(a, b, rows, laid, score, guess)])
        if found and found[0].score >= _SURE and not _much_left(a, found):
            break
    return found


def _segments(
    a: Strip,
    b: Strip,
    rows: NDArray[np.int64],
    laid: Laid,
    score: NDArray[np.float32],
    guess: Guess,
) -> list[FilmLink]:
    times_a, times_b = a.times[rows] / 1000, b.times / 1000
    free = np.ones(len(rows), np.bool_)
    found = []
    for _ in range(MOST_SEGMENTS):
        course = best_course(score, times_a, times_b, free)
        if course is None or course.frames < _LEAST_FRAMES:
            break
        free[course.first : course.last + 1] = False
        link = _judged(a, b, rows, laid, score, guess, course)
        if link is not None:
            found.append(link)
    return found


def _judged(
    a: Strip,
    b: Strip,
    rows: NDArray[np.int64],
    laid: Laid,
    score: NDArray[np.float32],
    guess: Guess,
    course: Course,
) -> FilmLink | None:
    if course.mean < _LEAST_MEAN:
        return None
    times_a, times_b = a.times[rows] / 1000, b.times / 1000
    inside = np.arange(course.first, course.last + 1)
    mates = _nearest(times_b, course.speed * times_a[inside] + course.offset)
    moves, alike = _movement(laid, inside, mates)
    unbroken = _share_of_shot(a, b, rows, score, course)
    still = moves < _MOVES
    homography = in_pixels(guess.unit, a, b)
    region_a, region_b = overlap(homography, (a.width, a.height), (b.width, b.height))
    covered = max(_share(region_a, a), _share(region_b, b))
    close = reached(laid, inside, mates)
    needed = _MOVES_ALIKE if covered >= _WITHIN else _MOVES_SURELY
    if (not still and alike < needed) or unbroken < _UNBROKEN or close < _CLOSELY:
        return None
    told = not still and course.loose[1] - course.loose[0] <= 2 * _LOOSE_S
    start, end = float(times_a[course.first]), float(times_a[course.last])
    first, last = (float(times_b[mates[at]]) for at in (0, -1))
    return FilmLink(
        relation=COPY,
        score=_score(course),
        time_a=(start, end),
        time_b=(first, last),
        offset=round(course.offset, 3) if told else None,
        speed=round(course.speed, 4) if told else None,
        frames=course.frames,
        region_a=region_a,
        region_b=region_b,
        homography=homography,
        evidence={
            "by": guess.by,
            "worth": guess.worth,
            "agreement": round(course.mean, 4),
            "covered": round(covered, 4),
            "unbroken": round(unbroken, 4),
            "close": round(close, 4),
            "movement": round(moves, 3),
            "moves_alike": round(alike, 4),
            "offset_from": round(course.loose[0], 3),
            "offset_to": round(course.loose[1], 3),
        },
    )


def _share(region: Box, film: Strip) -> float:
    return region[2] * region[3] / (film.width * film.height)


def _score(course: Course) -> float:
    """Return 0.5 to 1: more frames that agree better."""
    length = course.frames / (course.frames + 2)
    return round(min(1.0, 0.5 * length + 0.5 * (course.mean - AGREES) / (1 - AGREES)), 4)


def _nearest(times: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.int64]:
    after = np.clip(np.searchsorted(times, wanted), 1, max(len(times) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(times) - 1)
    nearer = np.abs(times[before] - wanted) <= np.abs(times[after] - wanted)
    return np.asarray(np.where(nearer, before, after), np.int64)


def _movement(
    laid: Laid, inside: NDArray[np.int64], mates: NDArray[np.int64]
) -> tuple[float, float]:
    """Return how much moves in both stretches [of 255], and whether it does so alike [-1 to 1].

    What stays is taken away: each pixel less its mean over the stretch. Two moments before one
    camera agree in what stays; in what moves only one moment agrees with itself.
    """
    one, other = laid.plain_a[inside], laid.plain_b[mates]
    one = one - one.mean(axis=0)
    other = other - other.mean(axis=0)
    spread_a, spread_b = float(np.sqrt((one**2).mean())), float(np.sqrt((other**2).mean()))
    alike = float((one * other).mean() / max(spread_a * spread_b, 1e-9))
    return max(spread_a, spread_b), alike


def _share_of_shot(
    a: Strip, b: Strip, rows: NDArray[np.int64], score: NDArray[np.float32], course: Course
) -> float:
    """Return which share of frames agrees, as far as both films go on without a cut."""
    times_a, times_b = a.times[rows] / 1000, b.times / 1000
    cuts_a = np.flatnonzero(a.cuts)
    cuts_b = times_b[b.cuts]
    agree = total = 0

    def reached(row: int, before: int) -> bool:
        """Tell whether a step from one row to the next crosses a cut or an end."""
        low, high = sorted((int(rows[row]), int(rows[before])))
        if ((cuts_a > low) & (cuts_a <= high)).any():
            return True
        one, other = sorted(
            course.speed * float(times_a[at]) + course.offset for at in (row, before)
        )
        if ((cuts_b > one - 0.05) & (cuts_b <= other + 0.05)).any():
            return True
        return bool(one < times_b[0] - 0.05 or other > times_b[-1] + 0.05)

    for start, step in ((course.first, -1), (course.last, 1)):
        row = start + step
        while 0 <= row < len(rows) and not reached(row, row - step):
            mate = _nearest(times_b, np.array([course.speed * times_a[row] + course.offset]))[0]
            near = score[row, max(mate - 1, 0) : mate + 2]
            told = not (near == NOTHING).any()
            total += told
            agree += told and bool(near.max() >= AGREES * 0.8)
            row += step
    return (agree + course.frames) / (total + course.told)


def in_pixels(unit: NDArray[np.float64], a: Strip, b: Strip) -> NDArray[np.float64]:
    """Return a guess as a map between px of the two films as shown."""
    into_b = np.diag([b.width - 1.0, b.height - 1.0, 1.0])
    from_a = np.diag([1 / (a.width - 1), 1 / (a.height - 1), 1.0])
    made = into_b @ unit @ from_a
    return np.asarray(made / made[2, 2], np.float64)
