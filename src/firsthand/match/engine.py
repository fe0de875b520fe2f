"""From what was seen of pictures to links: equal pixels, fingerprints, keypoints, a closer look."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from firsthand.match.links import Link, link_all
from firsthand.match.local.classes import IDENTICAL
from firsthand.match.local.features import Features
from firsthand.match.local.pairs import PairLink
from firsthand.match.local.picture import SIDE, Picture
from firsthand.match.look import File, Looked, Readers, Tick
from firsthand.match.near import TRANSFORMS, bits_between
from firsthand.match.prints import Print
from firsthand.match.search import NEAR, by_keypoints, by_print, fewest
from firsthand.match.shelf import Shelf
from firsthand.match.verify import Verifier
from firsthand.model.canonical import Json

EXACT_BITS = 16
"""Bits of 256 up to which it is worth asking whether two pictures have equal pixels. Fingerprints
of reduced pictures of different decoders were up to 10 apart for equal pixels."""

Wanted = Callable[[str, str], bool]
Pair = tuple[str, str]


class Seen:
    """What was seen of all pictures: prints, keypoints; a context manager."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self.sizes: dict[str, tuple[int, int]] = {}
        self.prints: dict[str, Print] = {}
        self.coarse: dict[str, Features] = {}
        self.digests: dict[str, str] = {}
        self.shelf = Shelf()

    def __enter__(self) -> Seen:
        return self

    def __exit__(self, *_: object) -> None:
        self.shelf.__exit__(None, None, None)

    def add(self, looked: Looked) -> None:
        """Take in what was seen of one file."""
        name = looked.name
        if looked.item is None:
            return
        self.files[name] = looked.file
        self.digests[name] = looked.item["sha256"]
        if looked.print is not None:
            self.prints[name] = looked.print
        if looked.coarse is not None and looked.fine is not None and len(looked.coarse):
            self.coarse[name] = looked.coarse
            self.shelf.put(name, looked.fine)


def link_pictures(
    seen: Seen,
    looked: Sequence[Looked],
    prints: Sequence[Print],
    readers: Readers,
    wanted: Wanted,
    *,
    jobs: int = 1,
    tick: Tick = lambda *_: None,
) -> list[Link]:
    """Return the links between all pictures and films.

    ``prints``: of pictures, of frames of films, and of whole files by their bytes. A pair of
    pictures that is near by fingerprint or has keypoints in common is looked at closer, and what
    that says stands; where it says nothing, a fingerprint that is near enough still makes a copy.
    """
    by_owner = {name: made for name, made in seen.prints.items()}
    known = {(link.a, link.b): link for link in link_all(prints).links}
    near = by_print(list(by_owner.values()), wanted)
    common = by_keypoints(seen.coarse, seen.shelf.get, list(seen.coarse), wanted)
    same = _equal(near, seen, readers)
    unlike = [pair for pair in {*near, *common} if pair not in same and not _bytes(pair, seen)]
    chosen = fewest({p: near[p] for p in unlike if p in near}) | fewest(
        {p: common[p] for p in unlike if p in common}
    )
    verifier = Verifier(lambda name: _open(name, seen, readers), jobs)
    found: dict[Pair, Link] = {}
    for pair in same:
        found[pair] = _identical(pair, by_owner)
    for pair, link in verifier.verify(chosen, tick):
        if link is not None:
            found[pair] = of_pair(pair, link, by_owner)
        elif pair in known:
            found[pair] = known[pair]
    for pair, held in known.items():
        films = pair[0] not in by_owner or pair[1] not in by_owner
        if pair not in found and (films or held.relation == IDENTICAL):
            found[pair] = held
    return [found[pair] for pair in sorted(found)]


def _bytes(pair: Pair, seen: Seen) -> bool:
    return seen.digests[pair[0]] == seen.digests[pair[1]]


def _equal(near: dict[Pair, int], seen: Seen, readers: Readers) -> set[Pair]:
    """Return the pairs with equal pixels; only what may be is decoded whole."""
    maybe = [
        pair
        for pair, bits in near.items()
        if bits <= EXACT_BITS and not _bytes(pair, seen) and _one_size(pair, seen)
    ]
    pixels: dict[str, str | None] = {}
    for name in sorted({name for pair in maybe for name in pair}):
        image: Json = readers.own().image(seen.files[name].path, seen.digests[name])
        whole = image["status"] == "decoded" and (image.get("frames") or 1) == 1
        pixels[name] = image.get("pixels") if whole else None
    return {pair for pair in maybe if pixels[pair[0]] and pixels[pair[0]] == pixels[pair[1]]}


def _one_size(pair: Pair, seen: Seen) -> bool:
    one, other = seen.prints[pair[0]], seen.prints[pair[1]]
    return (one.width, one.height) == (other.width, other.height)


def _open(name: str, seen: Seen, readers: Readers) -> Picture | None:
    about, gray = readers.own().look(seen.files[name].path, seen.digests[name], SIDE)
    if gray is None:
        return None
    made = Picture(name, gray, about["width"], about["height"], about)
    if name in seen.shelf:
        made.__dict__["fine"] = seen.shelf.get(
            name
        )  # what was found before is not looked for again
    return made


def _identical(pair: Pair, prints: dict[str, Print]) -> Link:
    one, other = prints[pair[0]], prints[pair[1]]
    return Link(
        a=pair[0], b=pair[1], relation=IDENTICAL, bits=bits_between(one, other)[0],
        transform="none", print_a=one, print_b=other, seen_by="pixels", score=1.0,
    )  # fmt: skip


def of_pair(pair: Pair, link: PairLink, prints: dict[str, Print]) -> Link:
    """Return the link that a closer look at two pictures makes."""
    one, other = prints.get(pair[0]), prints.get(pair[1])
    bits, turn = bits_between(one, other)
    return Link(
        a=pair[0],
        b=pair[1],
        relation=link.relation,
        bits=bits,
        transform=TRANSFORMS[turn] if bits <= NEAR else turned(link),
        print_a=one,
        print_b=other,
        seen_by="keypoints and pixels",
        score=link.score,
        region_a=link.region_a,
        region_b=link.region_b,
        pair=link,
    )


def turned(link: PairLink) -> str:
    """Return the one of the eight symmetries that is nearest to a map."""
    from math import pi

    quarter = round(link.evidence.tilt / (pi / 2)) % 4
    if link.evidence.mirrored:
        return ("mirrored", "transposed", "upside_down", "transposed_other")[quarter]
    return ("none", "rotated_270", "rotated_180", "rotated_90")[quarter]
