"""SVG written as text: escaped, with short numbers, the same for the same input."""

from __future__ import annotations

import unicodedata
from xml.sax.saxutils import escape, quoteattr

from firsthand.report.page.text import cut, shown

Attribute = str | int | float | None

LETTER = 6.4
"""Mean width of a letter at 12 px in the usual sans fonts [px]; only used to cut labels."""


def number(value: float) -> str:
    """Write a number with at most two decimals.

    >>> number(3), number(0.125), number(-0.001)
    ('3', '0.12', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def element(tag: str, *inner: str, **attributes: Attribute) -> str:
    """Return an element; ``_`` in an attribute's name becomes ``-``, ``class_`` is ``class``."""
    written = "".join(
        f" {name.rstrip('_').replace('_', '-')}={_attribute(value)}"
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{written}>{''.join(inner)}</{tag}>" if inner else f"<{tag}{written}/>"


def _attribute(value: str | int | float) -> str:
    text = shown(value) if isinstance(value, str) else number(value)
    return quoteattr(" ".join(text.split()))


def words(text: str) -> str:
    """Return text for an element, made fit to be looked at and escaped."""
    return escape(shown(text))


def fitted(text: str, width: float) -> str:
    """Cut a text to about a width [px] at 12 px letters; wide scripts count double."""
    line = cut(text, 400)
    used = 0.0
    for at, letter in enumerate(line):
        used += LETTER * (2 if unicodedata.east_asian_width(letter) in "WF" else 1)
        if used > width:
            return line[: max(at - 1, 1)].rstrip() + "…"
    return line


def label(x: float, y: float, text: str, **attributes: Attribute) -> str:
    """Return one line of text that keeps its own direction."""
    return element("text", words(text), x=x, y=y, unicode_bidi="plaintext", **attributes)


def picture(name: str, width: float, height: float, title: str, text: str, *inner: str) -> str:
    """Return a whole figure. ``name`` makes its ids unique on the page."""
    return element(
        "svg",
        element("title", words(title), id=f"{name}-title"),
        element("desc", words(text), id=f"{name}-desc"),
        *inner,
        xmlns="http://www.w3.org/2000/svg",
        class_=f"figure {name}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        font_family="system-ui, 'Noto Sans', 'Noto Sans Arabic', sans-serif",
        font_size=12,
        fill="currentColor",
    )
