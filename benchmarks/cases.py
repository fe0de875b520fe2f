"""Cases to measure with: the worked case, and one with many entries."""

from __future__ import annotations

import subprocess
from pathlib import Path

import timing
from timing import say

MANY = 100_000
GROUP = 5_000


def worked(folder: Path) -> Path:
    """Build the worked case below a folder and return the case."""
    say("building the worked case")
    subprocess.run(
        [*timing.FIRSTHAND, "demo", "tikrit", "-o", str(folder), "--json"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return next(path.parent for path in sorted(folder.rglob("case.json")))


def many(folder: Path, count: int = MANY) -> Path:
    """Make a case of this many entries through the ledger; its catalog is left behind."""
    from firsthand.case import Case
    from firsthand.case.files import locked
    from firsthand.case.ledger import Draft

    say(f"making a case of {count} entries")
    case = Case.create(folder, by="benchmark")
    with locked(case.root / "lock"):
        while (size := case.ledger.size()) < count:
            drafts = [
                Draft("note", {
                    "at_ms": 1_402_704_000_000 + number,
                    "body": {"id": f"note:{number}", "text": f"Remark number {number}. " * 4},
                    "by": "A. Person",
                    "objects": [],
                })
                for number in range(size, min(size + GROUP, count))
            ]  # fmt: skip
            case.ledger.append(drafts)
    case.close()
    return folder
