"""Text from a case, made fit to be looked at: nothing invisible, nothing that turns the line."""

from __future__ import annotations

import unicodedata

from markupsafe import Markup, escape

JOINERS = frozenset("\u200c\u200d")
"""Non-joiner and joiner: Persian, Kurdish and emoji need them; they are kept."""

VISIBLE_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2")
"""Format characters that draw a sign of their own (Arabic number signs, end of ayah)."""

BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters without a shape (Hangul fillers): names made of them look empty."""

MOST_MARKS = 8
"""Combining marks kept on one letter; more than that only draws over the neighbouring lines."""

_SCRIPTS = (
    ("und-Arab", "\u0600", "\u08ff"),
    ("und-Hebr", "\u0590", "\u05ff"),
    ("und-Cyrl", "\u0400", "\u052f"),
)


def token(letter: str) -> str:
    r"""Write one character as its code point.

    >>> token("\u202e")
    '⟨U+202E⟩'
    """
    return f"⟨U+{ord(letter):04X}⟩"


def _hidden(letter: str) -> bool:
    if letter in JOINERS or letter in VISIBLE_FORMATS:
        return False
    if letter in BLANK_LETTERS or ord(letter) & 0xFFFE == 0xFFFE:
        return True
    return unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def shown(text: str) -> str:
    r"""Return a text in which control, direction and other unseen characters are written out.

    Line breaks and tabs stay. The answer is plain text, so that it can stand in an attribute as
    well; escaping for markup comes after.

    >>> shown("photo\u202egnp.exe")
    'photo⟨U+202E⟩gnp.exe'
    """
    if text.isascii() and text.isprintable():
        return text
    parts: list[str] = []
    marks = 0
    for letter in text.replace("\r\n", "\n"):
        marks = marks + 1 if unicodedata.combining(letter) else 0
        hide = marks > MOST_MARKS or (letter not in "\n\t" and _hidden(letter))
        parts.append(token(letter) if hide else letter)
    return "".join(parts)


def language(text: str, lang: str | None = None) -> str | None:
    """Return a BCP 47 tag: the one given, or the script when the letters tell only that."""
    if lang and len(lang) <= 35 and lang.isascii() and lang.replace("-", "").isalnum():
        return lang
    for tag, first, last in _SCRIPTS:
        if any(first <= letter <= last for letter in text):
            return tag
    return None


def said(text: str | None, lang: str | None = None) -> Markup:
    """Return a text of the case, isolated so that its direction changes nothing around it."""
    if text is None:
        return Markup("")
    tag = language(text, lang)
    attribute = Markup(' lang="{}"').format(tag) if tag else Markup("")
    return Markup('<bdi dir="auto"{}>{}</bdi>').format(attribute, escape(shown(text)))


def cut(text: str, width: int) -> str:
    """Return a text of at most ``width`` characters on one line, the cut marked.

    >>> cut("Human Rights Watch", 9)
    'Human Ri…'
    """
    line = " ".join(shown(text).split())
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"


def opening(text: str, width: int) -> str:
    """Return whole sentences from the start of a text, up to a width; at least a cut one.

    >>> opening("One man. Two men said so.", 12), opening("Short.", 12)
    ('One man. …', 'Short.')
    """
    line = " ".join(shown(text).split())
    if len(line) <= width:
        return line
    end = line.rfind(". ", 0, width)
    return line[: end + 1] + " …" if end > width // 3 else cut(line, width)


def four_by_sixteen(text: str) -> str:
    """Write 64 hexadecimal digits in four groups, which people can compare.

    >>> four_by_sixteen("0" * 64).count(" ")
    3
    """
    return " ".join(text[at : at + 16] for at in range(0, len(text), 16))
