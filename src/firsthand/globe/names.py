"""Compare place names over spelling, script and transliteration.

Three strengths: the *plain* key joins spellings that differ in case, accents and punctuation;
the *bare* key also leaves out articles and words such as "province"; the *skeleton* keeps only
consonants that transliterations agree on, and is the same for Latin, Arabic and Cyrillic.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache

from firsthand.model.folding import fold

NAMES_VERSION = 1
"""Number of the rule that made the skeletons in the data file."""

# The Arabic article and its assimilated forms (Wehr's sun letters), as news spell them.
_ARTICLES = frozenset(
    "al el il ul ad ed id ud an en at et ut ar er ur as es us ash esh ush az ez uz adh ath".split()
)
# Only words that say "this is an administrative unit", in the languages of the data.
GENERIC = {
    "admin1": frozenset(
        "governorate province provinces state region oblast wilaya wilayah wilayat vilayet"
        " muhafazat muhafazah muhafaza mohafazat gouvernorat ili محافظه ولايه استان پاريزگا"
        " پاريزگاي область".split()
    ),
    "place": frozenset("city town village district مدينه قريه قضا ناحيه شهر город".split()),
    "country": frozenset("republic kingdom جمهوريه دوله".split()),
}
_GENERIC = frozenset().union(*GENERIC.values())
_FILLERS = frozenset("of the de du d la".split())
_NOT_IN_WORDS = re.compile(r"['’‘`´′\"“”]+")
_BETWEEN_WORDS = re.compile(r"[\W_]+")

_LATIN = (
    ("dzh", "j"),
    ("sh", "s"),
    ("ch", "s"),
    ("kh", "k"),
    ("gh", "g"),
    ("dh", "d"),
    ("th", "t"),
    ("zh", "z"),
    ("ph", "f"),
    ("dj", "j"),
    ("ck", "k"),
    ("q", "k"),
    ("c", "k"),
    ("x", "ks"),
)
_TO_LATIN = str.maketrans(
    {
        # Arabic and Persian consonants; long vowels, heh and ayn are dropped like Latin vowels.
        **dict(zip("بتثجدذرزسشصضطظفقكلمنغخپچژگڤ", "bttjddrzsssdtzfkklmngkpszgv", strict=True)),
        **dict.fromkeys("اويهحع", ""),
        # Cyrillic
        **dict(zip("бвгґджзклмнпрстфхшч", "bvggdzzklmnprstfkss", strict=True)),
        "ц": "ts",
        "щ": "s",
        **dict.fromkeys("аеиоуыэюяъьієїў", ""),
        # Latin
        **dict.fromkeys("aeiouwyh", ""),
    }
)
_ARABIC_WORD = re.compile(r"[\u0621-\u06ff]+\Z")
_READABLE = re.compile(r"[0-9a-zбвгґджзклмнпрстфхшчцщаеиоуыэюяъьієїў\u0621-\u06ff]+\Z")
_DOUBLED = re.compile(r"(.)\1+")


def words(name: str) -> tuple[str, ...]:
    """Return the folded words of a name, without punctuation.

    >>> words("Salah ad-Din"), words("Ba‘qūbah")
    (('salah', 'ad', 'din'), ('baqubah',))
    """
    return tuple(_BETWEEN_WORDS.sub(" ", _NOT_IN_WORDS.sub("", fold(name))).split())


@lru_cache(maxsize=65536)
def plain(name: str) -> str:
    """Return the folded name without spaces and punctuation.

    >>> plain("Al-Anbār") == plain("al anbar")
    True
    """
    return "".join(words(name))


def kind_named(name: str) -> str | None:
    """Return the level that a word of the name tells (``admin1``, ``place``, ``country``)."""
    found = set(words(name))
    return next((level for level, known in GENERIC.items() if found & known), None)


def _essential(name: str) -> list[str]:
    """Words without "province" and "of", with their articles; never empty for a non-empty name."""
    every = list(words(name))
    if not any(word in _GENERIC for word in every):
        return every
    return [word for word in every if word not in _GENERIC and word not in _FILLERS] or every


def _without_articles(every: list[str]) -> list[str]:
    kept = []
    for word in every:
        if word in _ARTICLES and len(every) > 1:
            continue
        arabic = _ARABIC_WORD.match(word) and word.startswith("ال") and len(word) > 4
        kept.append(word[2:] if arabic else word)
    return kept or every


_FEMININE = re.compile(r"(?<=[a-z]{3}[ae])h\Z")  # Raqqah, Fallujah: teh marbuta, often unwritten


@lru_cache(maxsize=65536)
def bare(name: str) -> str:
    """Return the plain key without articles, words for units and the "h" of a final "ah".

    >>> bare("Salah ad-Din Governorate"), bare("محافظة صلاح الدين") == bare("صلاح الدين")
    ('salahdin', True)
    """
    return _FEMININE.sub("", "".join(_without_articles(_essential(name))))


def _skeleton(joined: str) -> str:
    if not _READABLE.match(joined):
        return "=" + joined
    text = joined
    for written, letter in _LATIN:
        text = text.replace(written, letter)
    text = _DOUBLED.sub(r"\1", text.translate(_TO_LATIN))
    return text or "=" + joined


def skeletons(name: str) -> frozenset[str]:
    """Return the consonant keys of a name, with and without its articles; empty for no words.

    >>> sorted(skeletons("Salah ad-Din") & skeletons("Saladin") & skeletons("صلاح الدين"))
    ['sldn']
    """
    essential = _essential(name)
    if not essential:
        return frozenset()
    forms = {"".join(essential), "".join(_without_articles(essential)), plain(name)}
    return frozenset(_skeleton(form) for form in forms if form)


ALIKE = 0.8
"""Share of common letters from which two spellings count as near."""

LEAST_ALIKE = 0.6
"""The same, as a candidate at all. Both were chosen by reading results for Iraqi, Syrian, Libyan
and Ukrainian names, and are not calibrated."""

LEAST_SKELETON = 3
"""Shortest skeleton [letters] that may stand alone across scripts."""


def exactness(asked: str, known: str) -> int | None:
    """Return how exactly a known name answers the one asked, or None when it does not.

    0: same plain key; 1: same bare key; 2: near spellings with one skeleton; 3: one skeleton, and
    distant spellings or another script.
    """
    if plain(asked) == plain(known):
        return 0
    one, other = bare(asked), bare(known)
    if one == other:
        return 1
    common = skeletons(asked) & skeletons(known)
    if not common:
        return None
    if one.isascii() == other.isascii():
        alike = SequenceMatcher(None, one, other, autojunk=False).ratio()
        return 2 if alike >= ALIKE else 3 if alike >= LEAST_ALIKE else None
    return 3 if max(map(len, common)) >= LEAST_SKELETON else None
