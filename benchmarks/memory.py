"""Peak resident memory of each process (VmHWM), in a process of its own for each command.

python benchmarks/memory.py
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import cases
import corpus
import timing
from timing import FIRSTHAND, PYTHON, say

VERIFY = Path(__file__).resolve().parent.parent / "src" / "firsthand" / "report" / "verify.py"


def measure(count: int = corpus.COUNT, entries: int = cases.MANY) -> dict[str, object]:
    """Return peaks [MB of 1,000,000 bytes] by what was done."""
    peaks: dict[str, object] = {"bare python": timing.peak_memory([PYTHON, "-c", "pass"])}
    with tempfile.TemporaryDirectory(prefix="bench-memory-") as name:
        root = Path(name)
        say("memory: adding files")
        corpus.make(root / "files", count)
        subprocess.run(
            [*FIRSTHAND, "new", str(root / "case")], check=True, stdout=subprocess.DEVNULL
        )
        peaks[f"add, {count} files"] = timing.peak_memory(
            [*FIRSTHAND, "add", str(root / "case"), str(root / "files")]
        )
        worked = str(cases.worked(root / "demo"))
        # Nothing new is left to run in the worked case, so its findings are made again.
        peaks["recheck, worked case"] = timing.peak_memory([*FIRSTHAND, "recheck", worked])
        peaks["demo with analyse, worked case"] = timing.peak_memory(
            [*FIRSTHAND, "demo", "tikrit", "-o", str(root / "again"), "--json"]
        )
        peaks["report, worked case"] = timing.peak_memory(
            [*FIRSTHAND, "report", worked, "-o", str(root / "report")]
        )
        large = cases.many(root / "many", entries)
        say("memory: verifying")
        peaks[f"verify.py, {entries} entries"] = timing.peak_memory(
            [PYTHON, str(VERIFY), str(large)]
        )
    return {"unit": "MB", "peaks": peaks}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
