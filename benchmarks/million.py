"""A million entries, verified by verify.py: time, peak memory, sha256sum of the same bytes.

    python benchmarks/million.py

Entries hold salted fields and lie beside their openings, as in any case; there are no objects.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import cases
import timing
from timing import PYTHON, say
from verifying import VERIFY, _files, _sha256sum

ENTRIES = 1_000_000
GOAL_MB = 400


def measure(entries: int = ENTRIES) -> dict[str, object]:
    """Return seconds and megabytes; one run of each, for it takes minutes."""
    with tempfile.TemporaryDirectory(prefix="bench-million-") as name:
        with timing.clock() as made:
            case = cases.many(Path(name) / "case", entries)
        paths = _files(case)
        say(f"  made in {made.wall:.0f} s, verifying")
        summed = [_sha256sum(paths) for _ in range(2)]
        seen = timing.watched([PYTHON, str(VERIFY), str(case)])
        size = sum(path.stat().st_size for path in paths) / 1e6
    summing = min(run.wall for run in summed)
    cpu = float(seen["user_s"]) + float(seen["system_s"])
    return {
        "entries": entries,
        "mb": round(size, 1),
        "files": len(paths),
        "made_s": round(made.wall, 1),
        "made_per_s": round(entries / made.wall),
        "verify_s": seen["wall_s"],
        "verify_cpu_s": round(cpu, 2),
        "peak_mb": seen["peak_mb"],
        "sum_mb": seen["sum_mb"],
        "processes": seen["processes"],
        "sha256sum_s": round(summing, 2),
        "ratio": round(float(seen["wall_s"]) / summing, 1),
        "goal": {"peak_mb": GOAL_MB},
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
