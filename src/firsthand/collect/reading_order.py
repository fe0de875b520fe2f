"""Order of letters that are written from right to left, in text taken off a page by its places.

PDF files hold glyphs in the order in which they were drawn, and PDFium hands some runs of Arabic
or Hebrew out from left to right. Where the letters of a run stand says in which order they read.

References: Unicode Standard Annex 9 (bidirectional classes R, AL, NSM).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

Place = tuple[float, float, float, float]
"""Left, bottom, right, top."""
Cell = tuple[str, Place | None]

_STRONG = frozenset({"R", "AL"})
_WITHIN = frozenset({"R", "AL", "NSM", "WS", "ON", "CS", "ES", "ET", "BN"})


def right_to_left(cells: list[Cell]) -> list[Cell]:
    r"""Return characters with their places, runs from right to left in reading order.

    A run that is in reading order already stays as it is. Digits and Latin letters end a run.

    Fails when
        Numbers stand inside a run: their place among the words may then be wrong.

    >>> drawn = [("b", (0, 0, 1, 1)), ("\u05d1", (2, 0, 3, 1)), ("\u05d0", (3, 0, 4, 1))]
    >>> [char for char, _ in right_to_left(drawn)]
    ['b', 'א', 'ב']
    """
    found: list[Cell] = []
    run: list[Cell] = []
    for cell in cells:
        kind = "B" if cell[0] == "\n" else unicodedata.bidirectional(cell[0])
        if kind in _STRONG or (run and kind in _WITHIN):
            run.append(cell)
            continue
        found += _ended(run)
        run = []
        found.append(cell)
    return found + _ended(run)


def _ended(run: list[Cell]) -> list[Cell]:
    """Put a run into reading order; what stands behind its last letter stays behind it."""
    end = len(run)
    while end and unicodedata.bidirectional(run[end - 1][0]) not in ("R", "AL", "NSM"):
        end -= 1
    letters, rest = run[:end], run[end:]
    words: list[list[Cell]] = [[]]
    gaps: list[Cell] = []
    for cell in letters:
        if cell[0].isspace():
            gaps.append(cell)
            words.append([])
        else:
            words[-1].append(cell)
    order = sorted(range(len(words)), key=lambda at: -_middle(words[at]))
    if order == list(range(len(words)))[::-1]:
        gaps.reverse()
    ordered = [cell for at, gap in zip(order, [*gaps, None], strict=True)
               for cell in (*_word(words[at]), *([gap] if gap else []))]  # fmt: skip
    return ordered + rest


def _middle(cells: list[Cell]) -> float:
    places = [place for _, place in cells if place is not None]
    if not places:
        return 0.0
    return (min(place[0] for place in places) + max(place[2] for place in places)) / 2


def _word(cells: list[Cell]) -> Iterator[Cell]:
    """Yield letters from the right; marks follow the letter above or below which they stand."""
    if any(place is None for _, place in cells):
        yield from cells
        return
    bases = [cell for cell in cells if unicodedata.bidirectional(cell[0]) != "NSM"]
    marks = [cell for cell in cells if unicodedata.bidirectional(cell[0]) == "NSM"]
    if not bases:
        yield from cells
        return
    of: dict[int, list[Cell]] = {}
    for mark in marks:
        middle = _middle([mark])
        near = min(range(len(bases)), key=lambda at: abs(_middle([bases[at]]) - middle))
        of.setdefault(near, []).append(mark)
    # Both letters of a ligature stand in one place: they keep the order that they came in.
    for at in sorted(range(len(bases)), key=lambda at: -_middle([bases[at]])):
        yield bases[at]
        yield from of.get(at, [])
