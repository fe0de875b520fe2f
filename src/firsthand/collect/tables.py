"""Rows of CSV files that may be hostile: a bad row is an outcome, the rest goes on."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from firsthand.collect.items import Item, failed, reason_of
from firsthand.collect.lines import Line, each_line

LONGEST_FIELD = 131_072
"""Characters of a field: what the csv module itself allows when nobody says otherwise."""


def each_row(
    path: Path, name: str, limit: int, delimiter: str, *, field: int = LONGEST_FIELD
) -> Iterator[Item | tuple[str, dict[str, Any]]]:
    """Yield (name of the item, fields by column), or the outcome of a row that cannot be read.

    A record may span lines inside quotes; each line is bounded by ``limit`` [B], each field by
    ``field`` [characters].
    """
    bad: list[Line] = []
    last = [0]

    def lines() -> Iterator[str]:
        for line in each_line(path, limit, blank=True):
            last[0] = line.number
            if line.problem is None:
                yield line.text
            else:
                bad.append(line)

    reader = csv.reader(lines(), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    while True:
        try:
            cells = _next(reader, field)
            problem = None
        except csv.Error as error:
            cells, problem = [], reason_of(error)
        while bad:
            line = bad.pop(0)
            yield failed(f"{name}:{line.number}", line.problem or "")
        if cells is None:
            return
        where = f"{name}:{last[0]}"
        if problem is not None:
            yield failed(where, f"not CSV: {problem}")
        elif not cells:
            continue  # a blank line between records
        elif header is None:
            header = [cell.strip() for cell in cells]
        elif len(cells) != len(header):
            yield failed(where, f"{len(cells)} columns where the header has {len(header)}")
        else:
            yield where, dict(zip(header, cells, strict=True))


def _next(reader: Any, field: int) -> list[str] | None:
    """Return the next record; the bound of the module is one for the whole process."""
    before = csv.field_size_limit(field)
    try:
        return next(reader, None)
    finally:
        csv.field_size_limit(before)
