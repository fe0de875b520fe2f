"""What lies below ``data/`` of a bundle: files of the case, or bytes made for the bundle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from firsthand.case import Case
from firsthand.model import canonical

KEPT = ("case.json", "log", "openings", "objects", "stamps")


@dataclass(frozen=True, slots=True)
class Part:
    """One file: its path below ``data/``, and its bytes or where they lie."""

    path: str
    content: bytes | Path


def whole_case(case: Case) -> Iterator[Part]:
    """Yield everything of a case but its working files, and what it itself lacks."""
    for kept in KEPT:
        top = case.root / kept
        found = [top] if top.is_file() else sorted(p for p in top.rglob("*") if p.is_file())
        for path in found:
            yield Part(path.relative_to(case.root).as_posix(), path)
    withheld = [item["entry"] for item in case.catalog.withheld()]
    if withheld:
        yield declared(withheld)


def declared(withheld: list[int]) -> Part:
    """Return withheld.json for entries without opening or with withheld fields."""
    return Part("withheld.json", canonical.dumps(sorted(withheld)) + b"\n")
