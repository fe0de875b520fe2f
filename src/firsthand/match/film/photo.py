"""Links between a photograph and a film: which moment of the film it shows, if any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from firsthand.match.film.agreement import agreement, lay
from firsthand.match.film.course import AGREES
from firsthand.match.film.guesses import Guess, by_codes, by_points, in_thumbs
from firsthand.match.film.link import COPY, FilmLink, in_pixels
from firsthand.match.film.strip import Strip, strip_of_picture
from firsthand.match.local.align import overlap
from firsthand.match.local.pairs import PairLink, compare, homography_of
from firsthand.match.local.picture import SIDE, Picture
from firsthand.media.gray_film import grays

Frames = Callable[[int, int], list[tuple[int, Picture]]]
"""Return every picture of a film from one moment to another [ms], with their times."""

_SURE = 0.8
"""Agreement of thumbnails from which one is a copy of the other when no closer look can be had."""

_AROUND_MS = 130
_ONE_MOMENT = 0.03
"""Agreement by which frames beside the best one may fall short and still show the same."""


def link_picture(picture: Picture, film: Strip, frames: Frames | None = None) -> list[FilmLink]:
    """Return the moments of a film that a photograph shows, at most one for each part of it.

    ``frames`` gives every picture around a moment for a closer look, which tells a copy from the
    moment before; see :func:`frames_of`. Without it thumbnails decide.
    """
    one = strip_of_picture(picture)
    found = _moments(one, film, by_codes(one, film)) or _moments(one, film, by_points(one, film))
    links: list[FilmLink] = []
    for link in sorted(found, key=lambda each: (-each.score, each.time_b)):
        if all(link.time_b[0] > old.time_b[1] + 2 or link.time_b[1] < old.time_b[0] - 2
               for old in links):  # fmt: skip
            links.append(link)
    if frames is not None:
        return [made for link in links[:3] if (made := _closer(picture, link, frames)) is not None]
    return [link for link in links if link.evidence["agreement"] >= _SURE]


def _moments(one: Strip, film: Strip, guesses: list[Guess]) -> list[FilmLink]:
    found = []
    for guess in guesses:
        laid = lay(one.thumbs, film.thumbs, in_thumbs(guess.unit, one, film))
        if laid is None:
            continue
        score, blank = agreement(laid)
        row = np.where(blank[0], 0, score[0])
        best = int(row.argmax())
        if row[best] < AGREES:
            continue
        low = high = best
        while low > 0 and row[low - 1] >= row[best] - _ONE_MOMENT and not film.cuts[low]:
            low -= 1
        while (
            high + 1 < len(row)
            and row[high + 1] >= row[best] - _ONE_MOMENT
            and not film.cuts[high + 1]
        ):
            high += 1
        homography = in_pixels(guess.unit, one, film)
        sizes = (one.width, one.height), (film.width, film.height)
        region_a, region_b = overlap(homography, *sizes)
        found.append(
            FilmLink(
                relation=COPY,
                score=round(float(row[best]), 4),
                time_a=(0.0, 0.0),
                time_b=(float(film.times[low]) / 1000, float(film.times[high]) / 1000),
                offset=float(film.times[best]) / 1000,
                speed=None,
                frames=high - low + 1,
                region_a=region_a,
                region_b=region_b,
                homography=homography,
                evidence={
                    "by": guess.by,
                    "worth": guess.worth,
                    "agreement": round(float(row[best]), 4),
                },
            )
        )
    return found


def _closer(picture: Picture, link: FilmLink, frames: Frames) -> FilmLink | None:
    """Return what a closer look at every picture around the moment says."""
    moment = round((link.offset or 0.0) * 1000)
    best: tuple[float, int, PairLink] | None = None
    for time_ms, frame in frames(max(0, moment - _AROUND_MS), moment + _AROUND_MS):
        pair = compare(picture, frame, most_maps=1)
        if pair is None:
            continue
        worth = pair.score + pair.evidence.detail + (pair.relation == COPY)
        if best is None or worth > best[0]:
            best = worth, time_ms, pair
    if best is None:
        return link if link.evidence["agreement"] >= _SURE else None
    _, time_ms, pair = best
    return replace(
        link,
        relation=pair.relation,
        score=pair.score,
        offset=time_ms / 1000,
        time_b=(min(link.time_b[0], time_ms / 1000), max(link.time_b[1], time_ms / 1000)),
        region_a=pair.region_a,
        region_b=pair.region_b,
        homography=homography_of(pair),
        evidence=link.evidence | {"why": pair.why, "detail": round(pair.evidence.detail, 4)},
    )


def frames_of(path: str | Path) -> Frames:
    """Return what opens a film again around a moment."""

    def between(start_ms: int, end_ms: int) -> list[tuple[int, Picture]]:
        found: list[tuple[int, Picture]] = []
        kept: list[tuple[int, np.ndarray[tuple[int, int], np.dtype[np.uint8]]]] = []
        about = grays(path, lambda at, gray: kept.append((at, gray)), side=SIDE, per_second=60,
                      most=12, span_ms=(start_ms, end_ms))  # fmt: skip
        for at, gray in kept:
            found.append((at, Picture(f"{at} ms", gray, about["width"], about["height"])))
        return found

    return between
