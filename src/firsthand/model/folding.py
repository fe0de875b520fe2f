"""Fold names and words, so that spellings which differ only in writing habits compare equal.

One rule for the whole system: the gazetteer, name matching and full-text search fold both what
is stored and what is asked with :func:`fold`. Changing it means rebuilding every index.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

FOLDING_VERSION = 1
"""Number of the rule below; an index made with another number must be rebuilt."""

_LEAST_MARK_CLASS = 10
"""Marks from this canonical combining class up are dropped: Hebrew points (10-26), Arabic vowel
signs (27-35), accents (200-240). Kept are nukta (7), kana voicing (8) and virama (9), which are
letters to their readers (classes: Unicode Standard, chapter 4.3)."""

_LETTERS = {
    # Arabic: one letter, several habits. Alef, waw and yeh with hamza or madda need no line:
    # they decompose into letter and mark.
    "ٱ": "ا",
    "ى": "ي",
    "ی": "ي",
    "ے": "ي",
    "ې": "ي",
    "ێ": "ي",
    "ة": "ه",
    "ە": "ه",
    "ہ": "ه",
    "ھ": "ه",
    "ۃ": "ه",
    "ک": "ك",
    "ڪ": "ك",
    # Kurdish letters that an Arabic keyboard lacks.
    "ۆ": "و",
    "ڵ": "ل",
    "ڕ": "ر",
    # Written or left out at will: كربلاء, كربلا.
    "ء": "",
    # Latin letters that do not decompose.
    "ı": "i",
    "ł": "l",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "ħ": "h",
    "ŧ": "t",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ə": "a",
    # Signs for hamza and ayn in transliterations: Baʿqūbah, Baqubah.
    "ʹ": "",
    "ʻ": "",
    "ʼ": "",
    "ʽ": "",
    "ʾ": "",
    "ʿ": "",
    # Tatweel only stretches a word.
    "ـ": "",
}


@lru_cache(maxsize=4096)
def _letter(char: str) -> str:
    known = _LETTERS.get(char)
    if known is not None:
        return known
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category == "Cf":  # zero-width joiners, direction marks, soft hyphens
        return ""
    marks = category in ("Mn", "Me") and unicodedata.combining(char) >= _LEAST_MARK_CLASS
    return "" if marks or category == "Me" else char


def _once(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(map(_letter, unicodedata.normalize("NFKD", decomposed)))
    return unicodedata.normalize("NFC", letters)


def fold(text: str) -> str:
    """Return the folded form of a text: for comparing and searching, never for showing.

    Compatibility forms, accents and vowel signs go; case goes; Arabic: tatweel and standalone
    hamza go, alef forms, yeh and alef maqsura, teh marbuta and heh, Persian and Kurdish letter
    forms become one; digits of every script become ASCII; invisible format characters go.
    Spaces and punctuation stay. Folding twice changes nothing more.

    Assumes
        Nothing about the language. It merges some different words (قران, قرآن); a match in
        folded form is a candidate, not an identity.
    Fails when
        Offsets are carried over: lengths change, so a span of the folded text is none of the
        original.

    >>> fold("Şalāḩ ad Dīn"), fold("صَلاح ٱلدِّين") == fold("صلاح الدين"), fold("١٧٠٠")
    ('salah ad din', True, '1700')
    """
    if text.isascii():
        return text.lower()
    folded = _once(text)
    while (again := _once(folded)) != folded:
        folded = again
    return folded
