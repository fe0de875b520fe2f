"""Names and short texts that people sign: one line that shows as what it is."""

from __future__ import annotations

from firsthand.model.errors import BadInput

_JOINERS = "\u200c\u200d"
"""Zero-width joiners: names in Persian and Indian scripts are written with them."""


def one_line(text: str, what: str, most: int = 200) -> str:
    r"""Return a text with single blanks, on one line.

    Raises
    ------
    BadInput
        When it is empty, longer than ``most`` characters, or has control or direction marks, with
        which it would show as something else.

    >>> one_line("  Anna   Name\\n", "name of a person")
    'Anna Name'
    """
    line = " ".join(text.split())
    plain = "".join(character for character in line if character not in _JOINERS)
    if not plain or not plain.isprintable() or len(line) > most:
        raise BadInput(
            f"that is no {what}",
            why="it is empty, too long, or has characters that do not show",
            hint=f"one line of at most {most} characters",
        )
    return line
