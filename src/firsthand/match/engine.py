"""From what was seen of pictures to links: equal pixels, fingerprints, keypoints, a closer look."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import pi

import numpy as np
from numpy.typing import NDArray

from firsthand.match.links import WHOLE, Link, best_of, link_all
from firsthand.match.local.classes import COPY, IDENTICAL
from firsthand.match.local.coded import Coded
from firsthand.match.local.pairs import PairLink
from firsthand.match.local.picture import Picture
from firsthand.match.near import INVERSE, TRANSFORMS, bits_between
from firsthand.match.prints import Print
from firsthand.match.search import MOST_EACH, NEAR, Hint, by_keypoints, by_print, fewest
from firsthand.match.thin import Union
from firsthand.match.verify import Verifier

EXACT_BITS = 16
"""Bits of 256 up to which it is worth asking whether two pictures have equal pixels. Fingerprints
of reduced pictures of different decoders were up to 10 apart for equal pixels."""

Pair = tuple[str, str]
Tick = Callable[[int, int, str], None]


@dataclass
class Pictures:
    """All that is compared, by name: pictures, and key frames of films under names of their own.

    Attributes
    ----------
    open
        Decodes one again, from any thread.
    pixels
        Returns the digest of all its pixels, or None.
    prints
        Fingerprints; the owner of a key frame is its film.
    coarse, fine
        Codes to be found by, and to look for others with.
    """

    open: Callable[[str], Picture | None]
    pixels: Callable[[str], str | None]
    prints: dict[str, Print] = field(default_factory=dict)
    coarse: dict[str, NDArray[np.void]] = field(default_factory=dict)
    fine: dict[str, Coded] = field(default_factory=dict)

    def owner(self, name: str) -> str:
        """Return whose picture it is."""
        made = self.prints.get(name)
        return name if made is None else made.owner


def link_pictures(
    pictures: Pictures,
    others: Iterable[Print] = (),
    *,
    wanted: Callable[[str, str], bool] = lambda one, other: True,
    radius: int | None = None,
    least_quality: int | None = None,
    most_each: int = MOST_EACH,
    most_directed: int | None = None,
    more: Iterable[Pair] = (),
    jobs: int = 1,
    tick: Tick = lambda *_: None,
) -> list[Link]:
    """Return the links between all pictures and films, in order of names.

    ``others`` are prints that have no picture to look at, as of whole files by their bytes;
    ``wanted`` says between which owners links are looked for; ``most_each`` how many others of each
    picture are looked at closer, and ``most_directed`` for how many of them it is asked which was
    made from which (None: all); ``more`` are pairs to look at whatever they have in common.

    A pair of pictures that is near by fingerprint or has keypoints in common is looked at closer,
    and what that says stands; where it says nothing, fingerprints that are near enough still make
    a copy.
    """

    def apart(one: str, other: str) -> bool:
        a, b = pictures.owner(one), pictures.owner(other)
        return a != b and wanted(a, b)

    settings = {"radius": radius, "least_quality": least_quality}
    known = {
        (link.a, link.b): link
        for link in link_all(
            [*pictures.prints.values(), *others],
            **{key: value for key, value in settings.items() if value is not None},
        ).links
        if wanted(link.a, link.b)
    }
    same = {pair for pair, link in known.items() if link.relation == IDENTICAL}
    near = by_print(pictures.prints, apart)
    same |= _equal(near, pictures, same)
    common = by_keypoints(pictures.coarse, pictures.fine, apart, tick=tick)
    chosen = _chosen(near, common, same, pictures, most_each)
    for pair in more:
        if pair[0] != pair[1] and apart(*pair) and _owners(pair, pictures) not in same:
            chosen.setdefault(pair, None)
    looked: dict[Pair, Link] = {}
    for pair, found in Verifier(pictures.open, jobs).verify(
        chosen, None if most_directed is None else _first_of_each(chosen, most_directed), tick
    ):
        owners = _owners(pair, pictures)
        if found is not None:
            link = of_pair(pair, found, pictures)
            looked[owners] = best_of(looked.get(owners), link)
    for pair in same:
        if pair not in known or known[pair].relation != IDENTICAL:
            looked[pair] = _identical(pair, pictures.prints)
    _pass_on(looked, same)
    for pair, link in known.items():
        if pair not in looked or link.relation == IDENTICAL:
            looked[pair] = link
        elif link.frames and looked[pair].relation == COPY:
            looked[pair] = best_of(link, looked[pair])
    return [looked[pair] for pair in sorted(looked)]


def _pass_on(looked: dict[Pair, Link], same: set[Pair]) -> None:
    """Give pictures with equal pixels the links of the one that was looked at for all of them."""
    union = Union()
    for one, other in same:
        union.join(one, other)
    equals: dict[str, list[str]] = {}
    for name in {name for pair in same for name in pair}:
        equals.setdefault(union.root(name), []).append(name)
    for pair in sorted(looked):
        link = looked[pair]
        if link.relation == IDENTICAL:
            continue
        ones, others = (equals.get(name, [name]) for name in pair)
        if len(ones) * len(others) > WHOLE:
            continue
        for one in ones:
            for other in others:
                if one == other or (one, other) == pair:
                    continue
                again = renamed(link, one, other)
                looked.setdefault((again.a, again.b), again)


def renamed(link: Link, a: str, b: str) -> Link:
    """Return the link as one between two others with the same pixels."""
    made = replace(link, a=a, b=b)
    return made if a < b else swapped(made)


def _owners(pair: Pair, pictures: Pictures) -> Pair:
    one, other = pictures.owner(pair[0]), pictures.owner(pair[1])
    return (one, other) if one < other else (other, one)


def _chosen(
    near: Mapping[Pair, Hint],
    common: Mapping[Pair, Hint],
    same: set[Pair],
    pictures: Pictures,
    most_each: int,
) -> dict[Pair, bool | None]:
    """Return the pairs to look at closer: of many copies of one picture not all with all."""
    stand = _stand_ins(same)
    open_ones = {
        p
        for p in {*near, *common}
        if _owners(p, pictures) not in same and not stand.intersection(p)
    }
    by_bits = {p: near[p] for p in open_ones if p in near}
    by_codes = {p: common[p] for p in open_ones if p in common}
    kept = fewest(by_bits, most_each) | fewest(by_codes, most_each)
    films = {name for name, made in pictures.prints.items() if made.is_frame}
    # Key frames that follow one another show the same: the best few of each film will do.
    most: dict[Pair, int] = {}
    found: dict[Pair, bool | None] = {}
    for pair in sorted(kept, key=lambda p: (*(_measure(each, p) for each in (common, near)), p)):
        owners = _owners(pair, pictures)
        if films.isdisjoint(pair) or most.get(owners, 0) < 4:
            most[owners] = most.get(owners, 0) + 1
            says = {each[pair].mirrored for each in (near, common) if pair in each}
            found[pair] = says.pop() if len(says) == 1 else None
    return found


def _first_of_each(chosen: Iterable[Pair], most: int) -> set[Pair]:
    """Return the pairs that come first for one of their two pictures; they are in order."""
    count: dict[str, int] = {}
    kept: set[Pair] = set()
    for pair in chosen:
        if min(count.get(name, 0) for name in pair) < most:
            kept.add(pair)
            for name in pair:
                count[name] = count.get(name, 0) + 1
    return kept


def _measure(hints: Mapping[Pair, Hint], pair: Pair) -> int:
    return hints[pair].measure if pair in hints else 256


def _stand_ins(same: set[Pair]) -> set[str]:
    """Return pictures that equal an earlier one: what is said of that is said of them."""
    union = Union()
    for one, other in same:
        union.join(one, other)
    return {name for pair in same for name in pair if union.root(name) != name}


def _equal(near: Mapping[Pair, Hint], pictures: Pictures, same: set[Pair]) -> set[Pair]:
    """Return further pairs with equal pixels; only what may be is decoded whole."""
    prints = pictures.prints
    maybe = [
        pair
        for pair, hint in near.items()
        if hint.measure <= EXACT_BITS
        and pair not in same
        and not (prints[pair[0]].is_frame or prints[pair[1]].is_frame)
        and not (prints[pair[0]].pixels and prints[pair[1]].pixels)
        and _size(prints[pair[0]]) == _size(prints[pair[1]])
    ]
    pixels = {name: pictures.pixels(name) for name in sorted({n for pair in maybe for n in pair})}
    return {pair for pair in maybe if pixels[pair[0]] and pixels[pair[0]] == pixels[pair[1]]}


def _size(made: Print) -> tuple[int, int]:
    return made.width, made.height


def _identical(pair: Pair, prints: Mapping[str, Print]) -> Link:
    one, other = prints[pair[0]], prints[pair[1]]
    return Link(
        a=pair[0], b=pair[1], relation=IDENTICAL, bits=bits_between(one, other)[0],
        transform="none", print_a=one, print_b=other, seen_by="pixels", score=1.0,
    )  # fmt: skip


def of_pair(pair: Pair, found: PairLink, pictures: Pictures) -> Link:
    """Return the link that a closer look at two pictures makes between their owners."""
    one, other = (pictures.prints.get(name) for name in pair)
    bits, turn = bits_between(one, other)
    owners = pictures.owner(pair[0]), pictures.owner(pair[1])
    transform = TRANSFORMS[turn] if bits <= NEAR else turned(found)
    times = [_time(made) for made in (one, other)]
    link = Link(
        a=owners[0],
        b=owners[1],
        relation=found.relation,
        bits=bits,
        transform=transform,
        print_a=one,
        print_b=other,
        time_a=times[0],
        time_b=times[1],
        frames=1 if any(times) else 0,
        seen_by="keypoints and pixels",
        score=found.score,
        region_a=found.region_a,
        region_b=found.region_b,
        pair=found,
        derived="undetermined" if found.derived is None else found.derived.derived,
    )
    return link if owners[0] < owners[1] else swapped(link)


def _time(made: Print | None) -> tuple[int, int] | None:
    if made is None or made.start_ms is None or made.end_ms is None:
        return None
    return made.start_ms, made.end_ms


def swapped(link: Link) -> Link:
    """Return the same link from the other side."""
    turn = INVERSE[TRANSFORMS.index(link.transform)]
    other_way = {"a_from_b": "b_from_a", "b_from_a": "a_from_b"}
    return Link(
        a=link.b,
        b=link.a,
        relation=link.relation,
        bits=link.bits,
        transform=TRANSFORMS[turn],
        print_a=link.print_b,
        print_b=link.print_a,
        time_a=link.time_b,
        time_b=link.time_a,
        frames=link.frames,
        seen_by=link.seen_by,
        score=link.score,
        region_a=link.region_b,
        region_b=link.region_a,
        pair=None if link.pair is None else link.pair.swapped(),
        derived=other_way.get(link.derived, link.derived),
    )


def turned(found: PairLink) -> str:
    """Return the one of the eight symmetries that is nearest to a map."""
    quarter = round(found.evidence.tilt / (pi / 2)) % 4
    if found.evidence.mirrored:
        return ("mirrored", "transposed", "upside_down", "transposed_other")[quarter]
    return ("none", "rotated_270", "rotated_180", "rotated_90")[quarter]
