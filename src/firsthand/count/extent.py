"""What a free text says about how many sites a count covers ("at least two places", "all sites").

English only: it is read where the listed places are equal, to keep "two sites in Tikrit" and
"five sites in Tikrit" apart. A text in another language leaves the listed places to decide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

NUMBERS = {
    word: value
    for value, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(), start=1
    )
}
ORDINALS = {
    word: value
    for value, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth".split(), start=1
    )
}
_NOUN = r"(?:sites?|places?|locations?|trench(?:es)?|graves?|pits?|fields?)"
_KIND = r"(?:mass|execution|killing|burial|separate|different|known|located|confirmed|the)"
_MORE = r"(?:new|more|further|additional|other|another)"
_COUNT = re.compile(
    rf"\b(?P<n>\d+|{'|'.join(NUMBERS)})\s+(?P<more>{_MORE}\s+)?(?:{_KIND}\s+)*{_NOUN}\b", re.I
)
_ALL = re.compile(rf"\b(?:all|every)\s+(?:{_KIND}\s+)*{_NOUN}\b", re.I)
_ORDINAL = re.compile(rf"\b(?P<o>{'|'.join(ORDINALS)})\s+(?:{_KIND}\s+)*{_NOUN}\b", re.I)
_FILLERS = re.compile(
    r"\b(?:at least|in|and|around|at|the|of|on|within|area|all|whole|entire|"
    r"country-?wide|nation-?wide)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Extent:
    """How many sites; which of them by its number; all of them; or further ones."""

    sites: int | None = None
    further: bool = False
    everything: bool = False
    ordinals: frozenset[int] = frozenset()


@lru_cache(maxsize=4096)
def extent_of(text: str) -> Extent:
    """Read the extent that a text states.

    >>> extent_of("at least two places in Tikrit").sites
    2
    """
    found = _COUNT.search(text)
    number = found["n"].casefold() if found else ""
    return Extent(
        sites=None if not found else NUMBERS.get(number) or int(number),
        further=bool(found and found["more"]),
        everything=bool(_ALL.search(text)),
        ordinals=frozenset(ORDINALS[m["o"].casefold()] for m in _ORDINAL.finditer(text)),
    )


@lru_cache(maxsize=4096)
def place_words(text: str) -> str:
    """Return what a text names beside numbers of sites and small words.

    >>> place_words("five sites in and around Tikrit")
    'Tikrit'
    """
    for pattern in (_COUNT, _ALL, _ORDINAL, _FILLERS):
        text = pattern.sub(" ", text)
    return " ".join(text.replace(",", " ").replace("(", " ").replace(")", " ").split())


def compare_extents(left: str, right: str, *, one_root: bool) -> str:
    """Tell how the extent of one text lies to that of another about the same places.

    Returns the value of a ``Relation``.

    >>> compare_extents("two sites", "five sites", one_root=True)
    'within'
    >>> compare_extents("two sites", "five sites", one_root=False)
    'unknown'
    """
    a, b = extent_of(left), extent_of(right)
    if a == b:
        return "equal"
    if a.everything != b.everything:
        return "contains" if a.everything else "within"
    if a.ordinals != b.ordinals:
        if a.ordinals and b.ordinals:
            return "unknown"
        return "within" if a.ordinals else "contains"
    return _compare_sites(a, b, one_root)


def _compare_sites(a: Extent, b: Extent, one_root: bool) -> str:
    if a.sites is None or b.sites is None:
        stated = a if b.sites is None else b
        if one_root and not stated.further:
            return "equal"
        return "within" if stated is a else "contains"
    if not one_root or a.sites == b.sites:
        return "unknown"
    smaller, larger = (a, b) if a.sites < b.sites else (b, a)
    # "Three more" is not a total: it may be part of five, it never holds two.
    if larger.further:
        return "unknown"
    return "within" if smaller is a else "contains"
