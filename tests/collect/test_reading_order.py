"""Letters from right to left. Expected: the order in which the words are written."""

from __future__ import annotations

import pytest

from firsthand.collect.reading_order import Cell, right_to_left


def drawn(logical: str, line: float = 0) -> list[Cell]:
    """Place letters as a page shows them: each 10 wide, marks on their letter, from the right."""
    cells: list[Cell] = []
    right = 1000.0
    for char in logical:
        if char in "\u064f\u0651":
            right += 10
        cells.append((char, (right - 10, line, right, line + 10)))
        right -= 10
    return cells


def text(cells: list[Cell]) -> str:
    return "".join(char for char, _ in cells)


@pytest.mark.parametrize("words", ["عُثر على صور", "محمّد", "שלום", "(صورة)، ثانية"])
def test_both_orders_come_out_as_written(words: str) -> None:
    cells = drawn(words)
    assert text(right_to_left(cells)) == words
    assert text(right_to_left(cells[::-1])).strip("()") == words.strip("()")


def test_other_text_stays() -> None:
    latin: list[Cell] = [(char, (9 - at, 0, 10 - at, 1)) for at, char in enumerate("abc 12")]
    assert right_to_left(latin) == latin
    assert right_to_left([]) == []
    nowhere: list[Cell] = [("ص", None), ("و", None)]
    assert right_to_left(nowhere) == nowhere


def test_lines_and_latin_words_end_a_run() -> None:
    cells = [*drawn("صور")[::-1], ("\n", None), ("x", (0, 0, 1, 1)), *drawn("من")[::-1]]
    assert text(right_to_left(cells)) == "صور\nxمن"
    behind: list[Cell] = [*drawn("صور")[::-1], (" ", None), (".", (0, 0, 1, 1))]
    assert text(right_to_left(behind)) == "صور ."
