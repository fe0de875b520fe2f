"""Fictional events with fresh seeds, from exports to answers, beside their truth.

Every run draws seeds that nobody has seen, so that nothing is tuned to one of them. Small runs
(without ``--full``) take one seed with small photographs and a short stream.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measured import source_digest, write_result

from firsthand.demo.quarry import POSTS, WIDTH
from firsthand.demo.quarry_answers import answers
from firsthand.demo.quarry_case import build_case
from firsthand.report.checking import check

SEEDS = 3


def run_one(folder: Path, seed: int, posts: int, width: int) -> dict[str, Any]:
    """Return the judged answers to one seed, and how many runs were not done."""
    built = build_case(folder, seed, lambda text: None, posts=posts, width=width)
    found = answers(built.case, built.truth)
    verdict = check(built.case.root)["verdict"]
    built.case.close()
    return {
        "seed": seed,
        "posts": posts,
        "originals": len(built.truth["originals"]),
        "copies": len(built.truth["copies"]),
        "findings": built.summary["findings"],
        "not_done": len(built.summary["not_done"]),
        "verify": verdict,
        "judged": {
            each.question: {
                "answer": each.answer,
                "truth": each.truth,
                "right": each.right,
                "wrong": list(each.wrong),
            }
            for each in found
            if each.right is not None
        },
        "open": [each.question for each in found if each.answer == "not yet"],
    }


def problems(result: dict[str, Any]) -> list[str]:
    """Return what is wrong with the result of one seed, in words."""
    found = [
        f"seed {result['seed']}: {question}: {', '.join(each['wrong'][:5])}"
        for question, each in result["judged"].items()
        if not each["right"]
    ]
    if result["verify"] != "ok":
        found.append(f"seed {result['seed']}: the case is {result['verify']}")
    if result["not_done"]:
        found.append(f"seed {result['seed']}: {result['not_done']} runs were not done")
    return found


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--full", action="store_true", help="all of it; writes the result")
    options.add_argument("--seed", type=int, action="append", help="this one instead of fresh ones")
    given = options.parse_args()
    digest, began = source_digest(), time.monotonic()
    count = SEEDS if given.full else 1
    seeds = given.seed or [secrets.randbelow(1 << 31) for _ in range(count)]
    posts, width = (POSTS, WIDTH) if given.full else (600, 480)
    found = []
    for seed in seeds:
        with tempfile.TemporaryDirectory(prefix="firsthand-quarry-") as folder:
            os.environ["FIRSTHAND_HOME"] = f"{folder}/home"
            found.append(run_one(Path(folder) / "demo", seed, posts, width))
    result = {
        "runs": found,
        "problems": [each for one in found for each in problems(one)],
        "seconds": round(time.monotonic() - began),
    }
    print(json.dumps(result, indent=2, ensure_ascii=False))
    if given.full:
        write_result("quarry", result, digest)
    return bool(result["problems"])


if __name__ == "__main__":
    sys.exit(main())
