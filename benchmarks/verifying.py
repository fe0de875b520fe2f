"""verify.py beside `sha256sum` of the same bytes: what a stranger waits for.

    python benchmarks/verifying.py

sha256sum only reads and hashes; verify.py checks the tree, signatures, openings and objects.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import cases
import timing
from timing import PYTHON, Taken

ROUNDS = 3
VERIFY = Path(__file__).resolve().parent.parent / "src" / "firsthand" / "report" / "verify.py"
EVIDENCE = ("case.json", "log", "openings", "objects", "stamps")


def _files(case: Path) -> list[Path]:
    found = []
    for name in EVIDENCE:
        place = case / name
        found += [place] if place.is_file() else sorted(place.rglob("*"))
    return [path for path in found if path.is_file()]


def _sha256sum(paths: list[Path]) -> Taken:
    with timing.clock() as taken:
        subprocess.run(
            ["xargs", "-0", "sha256sum"],
            input=b"\0".join(bytes(path) for path in paths),
            check=True,
            stdout=subprocess.DEVNULL,
        )
    return taken


def _one(case: Path, rounds: int) -> dict[str, object]:
    paths = _files(case)
    verdict = json.loads(
        subprocess.run(
            [PYTHON, str(VERIFY), str(case), "--json"], check=True, capture_output=True
        ).stdout
    )
    runs = timing.interleaved(
        {
            "verify.py": lambda: timing.command([PYTHON, str(VERIFY), str(case)]),
            "sha256sum": lambda: _sha256sum(paths),
        },
        rounds,
    )
    best = {name: min(run.wall for run in taken) for name, taken in runs.items()}
    cpu = {name: min(run.cpu for run in taken) for name, taken in runs.items()}
    return {
        "verdict": verdict["verdict"],
        "files": len(paths),
        "mb": round(sum(path.stat().st_size for path in paths) / 1e6, 2),
        "best_s": {name: round(value, 3) for name, value in best.items()},
        "least_cpu_s": {name: round(value, 3) for name, value in cpu.items()},
        "ratios": {
            "verify.py/sha256sum, wall": round(best["verify.py"] / best["sha256sum"], 1),
            "verify.py/sha256sum, cpu": round(cpu["verify.py"] / cpu["sha256sum"], 1),
        },
    }


def measure(rounds: int = ROUNDS, entries: int = cases.MANY) -> dict[str, object]:
    """Return seconds and ratios for the worked case and for one with many entries."""
    with tempfile.TemporaryDirectory(prefix="bench-verify-") as name:
        root = Path(name)
        found = {"worked case": _one(cases.worked(root / "demo"), rounds)}
        found[f"{entries} entries"] = _one(cases.many(root / "many", entries), rounds)
    return {"rounds": rounds, "unit": "s", "cases": found}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
