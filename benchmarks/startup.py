"""CPU time until a command has answered: what every call costs before it does anything.

python benchmarks/startup.py
"""

from __future__ import annotations

import json
from statistics import median

import timing
from timing import FIRSTHAND, PYTHON, say

ROUNDS = 9


def measure(rounds: int = ROUNDS) -> dict[str, object]:
    """Return user and system CPU [ms] of short commands."""
    commands = {
        "bare python": (PYTHON, "-c", "pass"),
        "firsthand --version": (*FIRSTHAND, "--version"),
        "firsthand --help": (*FIRSTHAND, "--help"),
        "firsthand add --help": (*FIRSTHAND, "add", "--help"),
    }
    say("startup")
    for args in commands.values():
        timing.command(args)  # bytecode is written, files are read into memory
    runs: dict[str, list[timing.Taken]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, args in commands.items():
            runs[name].append(timing.command(args))
    return {
        "rounds": rounds,
        "unit": "ms",
        "commands": {
            name: {
                "least_cpu_ms": round(min(run.cpu for run in taken) * 1e3, 1),
                "median_cpu_ms": round(median(run.cpu for run in taken) * 1e3, 1),
                "least_wall_ms": round(min(run.wall for run in taken) * 1e3, 1),
            }
            for name, taken in runs.items()
        },
        "goal": {"firsthand --help, least_cpu_ms": 100},
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
