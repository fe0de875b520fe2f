"""File names and captions as they can be looked at: nothing invisible, nothing that turns lines."""

from __future__ import annotations

import unicodedata

from markupsafe import Markup, escape

_KEPT = frozenset("\u200c\u200d\n\t")
"""Joiners, which Persian, Kurdish and emoji need, and white space."""

_EMPTY = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters without a shape: names made of them look empty."""

_MOST_MARKS = 8
"""Combining marks kept on one letter; more only draw over the lines above and below."""


def visible(text: str) -> str:
    r"""Return a text in which unseen characters are written out as code points.

    >>> visible("photo\u202egnp.exe")
    'photo⟨U+202E⟩gnp.exe'
    """
    parts: list[str] = []
    marks = 0
    for letter in text:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        unseen = letter in _EMPTY or unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        hide = marks > _MOST_MARKS or (unseen and letter not in _KEPT)
        parts.append(f"⟨U+{ord(letter):04X}⟩" if hide else letter)
    return "".join(parts)


def isolated(text: object) -> Markup:
    """Return a text for a page, escaped, whose direction changes nothing around it."""
    return Markup('<bdi dir="auto">{}</bdi>').format(escape(visible(str(text))))
