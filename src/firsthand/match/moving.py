"""Films among files: each is looked at once, then laid on other films and on photographs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from firsthand.match.film.index import FilmIndex
from firsthand.match.film.link import FilmLink, link_films
from firsthand.match.film.photo import frames_of, link_picture
from firsthand.match.film.strip import Strip, strip_of_picture
from firsthand.match.links import Link
from firsthand.match.local.picture import Picture

MOST_SEGMENTS = 20
"""Stretches that are listed beside the best one of a pair."""

Tick = Callable[[int, int, str], None]


def between_films(
    strips: Mapping[str, Strip],
    wanted: Callable[[str, str], bool],
    tick: Tick = lambda *_: None,
) -> Iterator[Link]:
    """Yield the links between films that may have something in common, one for each pair."""
    index = FilmIndex(strips)
    done: set[tuple[str, str]] = set()
    for number, (name, strip) in enumerate(strips.items()):
        tick(number, len(strips), name)
        for other in index.candidates(strip):
            pair = (min(name, other), max(name, other))
            if name == other or pair in done or not wanted(*pair):
                continue
            done.add(pair)
            found = link_films(strips[pair[0]], strips[pair[1]])
            if found:
                yield _link(*pair, found)


def with_pictures(
    strips: Mapping[str, Strip],
    paths: Mapping[str, Path],
    pictures: Mapping[str, Callable[[], Picture | None]],
    wanted: Callable[[str, str], bool],
    tick: Tick = lambda *_: None,
) -> Iterator[Link]:
    """Yield the links of photographs with the films that show them."""
    if not strips:
        return
    index = FilmIndex(strips)
    for number, (name, opened) in enumerate(pictures.items()):
        tick(number, len(pictures), name)
        if not any(wanted(name, film) for film in strips):
            continue
        picture = opened()
        if picture is None:
            continue
        for film in index.candidates(strip_of_picture(picture)):
            if wanted(name, film):
                found = link_picture(picture, strips[film], frames_of(paths[film]))
                if found:
                    yield _link(name, film, found, still=True)


def _link(a: str, b: str, found: list[FilmLink], *, still: bool = False) -> Link:
    """Return one link of a pair: the best stretch, and the others beside it."""
    ordered = sorted(found, key=lambda each: (each.relation != "copy", -each.score, each.time_b))
    best = ordered[0]
    measured = {
        "frame_pairs": best.frames,
        "offset_ms": None if best.offset is None else round(best.offset * 1000),
        "speed_permille": None if best.speed is None else round(best.speed * 1000),
        "segments": [
            {
                "relation": each.relation,
                "time_a_ms": None if still else _ms(each.time_a),
                "time_b_ms": _ms(each.time_b),
            }
            for each in ordered[:MOST_SEGMENTS]
        ],
        "homography_e9": [round(float(value) * 1e9) for value in best.homography.ravel()],
    }
    times: list[list[int] | None] = [None if still else _ms(best.time_a), _ms(best.time_b)]
    regions = tuple(best.region_a), tuple(best.region_b)
    if a > b:
        a, b, times, regions = b, a, times[::-1], regions[::-1]
        measured["swapped"] = True  # times, map and speed in the evidence are from b to a
    return Link(
        a=a,
        b=b,
        relation=best.relation,
        bits=256,
        transform="none",
        print_a=None,
        print_b=None,
        time_a=None if times[0] is None else (times[0][0], times[0][1]),
        time_b=None if times[1] is None else (times[1][0], times[1][1]),
        frames=best.frames,
        seen_by="frames in time",
        score=best.score,
        region_a=(regions[0][0], regions[0][1], regions[0][2], regions[0][3]),
        region_b=(regions[1][0], regions[1][1], regions[1][2], regions[1][3]),
        found=measured,
    )


def _ms(time: tuple[float, float]) -> list[int]:
    return [round(time[0] * 1000), round(time[1] * 1000)]
