"""Which pictures and videos are copies of which: identical pixels, or nearly the same picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from typing import TYPE_CHECKING

from firsthand.match.boxes import Box
from firsthand.match.gather import thinned
from firsthand.match.near import INVERSE, TRANSFORMS, Near, near_pairs
from firsthand.match.prints import Print
from firsthand.model.canonical import Json

if TYPE_CHECKING:  # it brings in libraries that commands which compare nothing do not need
    from firsthand.match.local.pairs import PairLink

SURE = 40
"""Bits of 256 up to which PDQ alone shows that two pictures are copies of one picture."""

AGAIN = 52
"""Bits up to which a hash without an edge must be near, too, where PDQ is less sure than that.

Different pictures in phone screenshots of one layout come as near as 50 bits by PDQ; without an
edge none of 460 generated pictures (4 seeds, with screenshots) is nearer than 64 to another."""

RADIUS = 46
"""Bits of 256 up to which two pictures are called copies of one picture.

PDQ's authors use 31. Measured over 82 photographs and 16 kinds of copies each: 31 loses up to 11 %
of the copies with a banner of 6 % of the height and 1 % of plain mirrored ones (the samples that
PDQ takes are not quite symmetric), 40 still loses a strongly reduced fine pattern and copies with a
banner at the top, 46 only banners that the hashes without an edge find. The nearest of 2.4 million
pairs of different photographs, two shots of one street, is 72 apart. Distances are even, since half
of all bits are set. Fine regular patterns are lost at any radius: reduced, they turn into other
patterns.
tests/match/test_photographs.py measures again."""

EDGE_RADIUS = 36
"""The same for hashes without the upper or lower edge, which find copies under an opaque banner.

Measured by benchmarks/banners.py over 79 photographs: 1,422 copies with opaque banners of 3.5 to
6 % of the height are up to 54 bits from their originals by PDQ, and at most 22 by these; the
nearest of 3,081 pairs of different pictures is 80 apart (90 by PDQ)."""

LEAST_QUALITY = 50
"""PDQ quality below which a picture has too little in it to be told apart (PDQ's authors: 49 and
below is to be dropped). Flat pictures match each other whatever they show."""

WHOLE = 100
"""Pairs that are written out between two sets of pictures with identical pixels; of more, one of
each set stands for all of it."""


@dataclass(frozen=True, slots=True)
class Link:
    """Two pictures or videos ``a < b`` of which one is a copy of the other, or both of a third.

    Attributes
    ----------
    relation
        ``identical`` (the decoded pixels are equal), ``copy``, and after a closer look ``burst``,
        ``same_scene`` or ``shared_overlay`` (:mod:`firsthand.match.local.classes`).
    bits
        How far the fingerprints are apart [bits of 256]; 256 without any.
    seen_by
        ``pdq``, or where only that shows it ``pdq without top edge`` or ``… bottom edge``.
    transform
        What turns the picture of ``a`` into that of ``b``, one of :data:`TRANSFORMS`.
    print_a, print_b
        The two nearest pictures; of a video the key frame.
    time_a, time_b
        Of a video: from the first matching key frame to the end of the last [ms]; else None.
    frames
        How many pairs of key frames matched, when one of the two is a video; else 0.
    score, region_a, region_b, pair
        After a closer look: how surely [0 to 1], what the two have in common [px], and what else it
        found; else None.
    derived
        ``a_from_b``, ``b_from_a`` or ``undetermined``.
    found
        Of films: what else was measured; else None.
    """

    a: str
    b: str
    relation: str
    bits: int
    transform: str
    print_a: Print | None
    print_b: Print | None
    time_a: tuple[int, int] | None = None
    time_b: tuple[int, int] | None = None
    frames: int = 0
    seen_by: str = "pdq"
    score: float | None = None
    region_a: Box | None = None
    region_b: Box | None = None
    pair: PairLink | None = None
    derived: str = "undetermined"
    found: Json = None


ORDER = ("identical", "copy", "burst", "same_scene", "shared_overlay")
"""Relations, the closest first."""


def best_of(one: Link | None, other: Link) -> Link:
    """Return the closer of two links of one pair, with the times of both.

    Raises
    ------
    ValueError
        When they are of different pairs.
    """
    if one is None:
        return other
    if (one.a, one.b) != (other.a, other.b):
        raise ValueError("links of different pairs")
    best, rest = sorted(
        (one, other), key=lambda link: (ORDER.index(link.relation), -(link.score or 0))
    )
    if rest.relation != best.relation:
        return best
    return replace(
        best,
        time_a=best.time_a if rest.time_a is None else _joined(best.time_a, rest.time_a),
        time_b=best.time_b if rest.time_b is None else _joined(best.time_b, rest.time_b),
        frames=best.frames + rest.frames,
    )


@dataclass
class Linked:
    """Links, which of all were kept, and what was not linked, each with the reason."""

    links: list[Link] = field(default_factory=list)
    found: int = 0
    withheld: dict[str, Json] = field(default_factory=dict)


@dataclass
class _Same:
    """All owners of pictures with equal pixels, and when a video shows it [ms]."""

    each: Print
    owners: dict[str, Print] = field(default_factory=dict)
    times: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, made: Print) -> None:
        self.owners.setdefault(made.owner, made)
        if made.start_ms is not None and made.end_ms is not None:
            self.times[made.owner] = _around(
                self.times.get(made.owner), (made.start_ms, made.end_ms)
            )


def link_all(
    prints: Iterable[Print], *, radius: int = RADIUS, least_quality: int = LEAST_QUALITY
) -> Linked:
    """Return the links between all pictures and videos.

    A picture below ``least_quality`` is linked to identical pixels only, a key frame below it to
    nothing. Very many links inside one group are thinned out: what holds it together is kept, and
    the nearest of each member (:func:`firsthand.match.gather.thinned`).
    """
    held = list(prints)
    groups = _same_pixels(p for p in held if not p.is_frame or _tells(p, least_quality))
    good = [g for g in groups if g.each.codes and _tells(g.each, least_quality)]
    pairs = _Pairs()
    for group in groups:
        _link_same(group, pairs)
    for (a, b), (near, seen_by) in sorted(_near([g.each for g in good], radius).items()):
        _link_near(good[a], good[b], near.bits, near.transform, pairs, seen_by)
    links = sorted(pairs.found.values(), key=lambda link: (link.a, link.b))
    films = {made.owner for made in held if made.is_frame}
    return Linked(
        links=thinned(links, films),
        found=len(links),
        withheld=withheld(held, links, least_quality),
    )


def _tells(made: Print, least: int) -> bool:
    """Tell whether there is enough in a picture to tell it from others.

    Black frames with a ticker have enough along one edge only, and tickers are all alike: two such
    frames of different events were 30 bits apart.
    """
    return made.quality >= least and not made.edge_only


def _near(prints: Sequence[Print], radius: int) -> dict[tuple[int, int], tuple[Near, str]]:
    """Return pairs of places that are near, with how: by the whole picture where that shows it."""
    found: dict[tuple[int, int], tuple[Near, str]] = {}
    for seen_by, codes, within in (
        ("pdq", [p.codes for p in prints], radius),
        ("pdq without top edge", [p.top for p in prints], min(radius, EDGE_RADIUS)),
        ("pdq without bottom edge", [p.bottom for p in prints], min(radius, EDGE_RADIUS)),
    ):
        having = [at for at, each in enumerate(codes) if each]
        for near in near_pairs([codes[at] for at in having], within):
            place = having[near.a], having[near.b]
            if near.bits <= SURE or _seen_again(prints[place[0]], prints[place[1]], near):
                found.setdefault(place, (near, seen_by))
    return found


def _seen_again(one: Print, other: Print, near: Near) -> bool:
    """Tell whether a hash without an edge shows the same, turned the same way."""
    for turned, still in ((one.top, other.top), (one.bottom, other.bottom)):
        if turned and still:
            pair = (turned[near.transform], still[0])
            differing = int.from_bytes(pair[0], "big") ^ int.from_bytes(pair[1], "big")
            if differing.bit_count() <= AGAIN:
                return True
    return False


def _same_pixels(prints: Iterable[Print]) -> list[_Same]:
    found: dict[str, _Same] = {}
    for made in prints:
        # Without a digest of its pixels a picture is the same as itself only.
        key = made.pixels or f"{made.owner} {made.start_ms}"
        found.setdefault(key, _Same(made)).add(made)
    return list(found.values())


class _Pairs:
    """The best link of each pair of owners so far."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], Link] = {}

    def add(
        self,
        one: Print,
        other: Print,
        bits: int,
        turn: int,
        times: Mapping[str, _Time],
        seen_by: str = "pdq",
    ) -> None:
        """Add what was found between two pictures; their owners may be linked already."""
        if one.owner == other.owner:
            return
        if one.owner > other.owner:
            one, other, turn = other, one, INVERSE[turn]
        same = one.pixels == other.pixels and one.pixels is not None
        whole = not one.is_frame and not other.is_frame
        key = one.owner, other.owner
        known = self.found.get(key)
        time_a, time_b = times.get(one.owner), times.get(other.owner)
        if known is not None:
            time_a, time_b = _joined(known.time_a, time_a), _joined(known.time_b, time_b)
        frames = (known.frames if known else 0) + (0 if whole else 1)
        best = known if known is not None and known.bits <= bits else None
        self.found[key] = Link(
            a=one.owner,
            b=other.owner,
            relation="identical" if (same and whole) or _identical(known) else "copy",
            bits=best.bits if best else bits,
            transform=best.transform if best else TRANSFORMS[turn],
            print_a=best.print_a if best else one,
            print_b=best.print_b if best else other,
            time_a=time_a,
            time_b=time_b,
            frames=frames,
            seen_by=best.seen_by if best else seen_by,
        )


_Time = tuple[int, int]


def _identical(link: Link | None) -> bool:
    return link is not None and link.relation == "identical"


def _around(one: _Time | None, other: _Time) -> _Time:
    return other if one is None else (min(one[0], other[0]), max(one[1], other[1]))


def _joined(one: _Time | None, other: _Time | None) -> _Time | None:
    return one if other is None else _around(one, other)


def _link_same(group: _Same, pairs: _Pairs) -> None:
    owners = list(group.owners.values())
    if len(owners) * (len(owners) - 1) // 2 <= WHOLE:
        chosen: Iterable[tuple[Print, Print]] = combinations(owners, 2)
    else:
        chosen = ((owners[0], other) for other in owners[1:])
    for one, other in chosen:
        pairs.add(one, other, 0, 0, group.times)


def _link_near(a: _Same, b: _Same, bits: int, turn: int, pairs: _Pairs, seen_by: str) -> None:
    ones, others = list(a.owners.values()), list(b.owners.values())
    times = {**a.times, **b.times}
    chosen: Sequence[tuple[Print, Print]] = list(product(ones, others))
    if len(chosen) > WHOLE:
        chosen = [*((one, others[0]) for one in ones), *((ones[0], each) for each in others[1:])]
    for one, other in chosen:
        pairs.add(one, other, bits, turn, times, seen_by)


def withheld(
    prints: Sequence[Print], links: Iterable[Link], least: int = LEAST_QUALITY
) -> dict[str, Json]:
    """Return owners all of whose pictures were too plain to be compared, and why."""
    linked = {name for link in links for name in (link.a, link.b)}
    best: dict[str, tuple[bool, int]] = {}
    for made in prints:
        quality = made.quality if made.codes else -1
        told = bool(made.codes) and _tells(made, least)
        best[made.owner] = max(best.get(made.owner, (False, -1)), (told, quality))
    found: dict[str, Json] = {}
    for owner, (told, quality) in sorted(best.items()):
        if not told:
            why = (
                "it has no fingerprint"
                if quality < 0
                else f"quality {quality} is below {least}: too plain to be told from other pictures"
                if quality < least
                else "too plain but for its upper or lower edge"
            )
            found[owner] = {
                "status": "withheld",
                "reason": f"{why}; identical pixels alone were looked for",
                "quality": max(quality, 0),
                "linked": owner in linked,
            }
    return found
