"""Fictional events with fresh seeds, from exports to answers, beside their truth.

    python campaigns/quarry.py [--full]        (make campaign-quarry)

Each event is the whole ``firsthand demo quarry``, with photographs of full size. Its answers are
held against its truth; the fingerprints of all its pictures, and then those of all events
together, are compared with one another, so that it shows how near the nearest wrong pair came.
``--full`` draws seeds that nobody has seen, so that nothing is tuned to one of them, and writes the
result. Without it, one event with a fixed seed is made: 1/20 of the work.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import comb
from pathlib import Path
from typing import Any

from measured import source_digest, write_result

from firsthand.case import Case
from firsthand.demo.quarry import POSTS
from firsthand.demo.quarry_answers import Findings, answers
from firsthand.demo.quarry_case import build_case
from firsthand.match.links import LEAST_QUALITY, RADIUS
from firsthand.match.near import near_pairs
from firsthand.match.prints import of_image
from firsthand.report.checking import check

SEEDS, LONG = 20, 3
"""Events of a full run, and how many of them have a stream of full length."""
SHORT_POSTS = 2000
FIXED_SEED = 20140614
LOOK_AROUND = 100
"""Bits up to which pairs of different pictures are looked for; unrelated ones differ in 128."""


@dataclass(frozen=True)
class Picture:
    """A picture of one event: its name, its fingerprints, which originals it shows."""

    event: int
    name: str
    codes: tuple[bytes, ...]
    shows: frozenset[str]

    def is_other_than(self, other: Picture) -> bool:
        """Tell whether the two show nothing in common."""
        if self.event != other.event:
            return True
        return not self.shows & other.shows and self.name != other.name


def pictures_of(findings: Findings, event: int) -> list[Picture]:
    """Return the pictures of a case that are compared by their fingerprints."""
    names = {digest: key for key, digest in findings.digest.items()}
    found = []
    for (exhibit,), value in sorted(findings.of("media.image").items()):
        made = of_image(exhibit, value)
        if made is not None and made.codes and made.quality >= LEAST_QUALITY:
            shows = frozenset(findings.shows.get(exhibit, ()))
            found.append(Picture(event, names.get(exhibit, exhibit[7:19]), made.codes, shows))
    return found


def wrong_pairs(pictures: Sequence[Picture], *, across: bool) -> dict[str, Any]:
    """Return how many pairs of different pictures there are, and how near they come.

    ``across``: pairs of pictures of two events only.
    """
    near = near_pairs([each.codes for each in pictures], LOOK_AROUND)
    pairs = [(pictures[each.a], pictures[each.b], each.bits) for each in near]
    wrong = sorted(
        (bits, f"{a.event}:{a.name}", f"{b.event}:{b.name}")
        for a, b, bits in pairs
        if a.is_other_than(b) and (a.event != b.event or not across)
    )
    own = Counter(each.event for each in pictures).values()
    within = sum(comb(count, 2) for count in own)
    return {
        "pictures": len(pictures),
        "pairs": comb(len(pictures), 2) - within if across else within,
        "within_radius": sum(bits <= RADIUS for bits, *_ in wrong),
        "nearest_bits": wrong[0][0] if wrong else None,
        "nearest": list(wrong[0][1:]) if wrong else None,
    }


def farthest_copy(findings: Findings) -> dict[str, Any]:
    """Return the reachable copy that is farthest from what it was made of [bits]."""
    codes = {
        subject: made.codes
        for (subject,), value in findings.of("media.image").items()
        if (made := of_image(subject, value)) is not None and made.codes
    }
    found: dict[str, Any] = {"bits": None, "kind": None}
    for copy in findings.truth["copies"]:
        one, other = (codes.get(findings.digest[copy[side]]) for side in ("key", "from"))
        if not copy["reachable"] or one is None or other is None:
            continue
        own = int.from_bytes(other[0])
        bits = min((int.from_bytes(code) ^ own).bit_count() for code in one)
        if found["bits"] is None or bits > found["bits"]:
            found = {"bits": bits, "kind": copy["kind"]}
    return found


def run_one(folder: Path, seed: int, posts: int) -> tuple[dict[str, Any], list[Picture]]:
    """Return the judged answers to one seed and what else was measured; and its pictures."""
    began = time.monotonic()
    built = build_case(folder, seed, lambda text: None, posts=posts)
    found = answers(built.case, built.truth)
    findings = Findings(built.case, built.truth)
    pictures = pictures_of(findings, seed)
    result = {
        "seed": seed,
        "posts": posts,
        "originals": len(built.truth["originals"]),
        "copies": len(built.truth["copies"]),
        "findings": built.summary["findings"],
        "not_done": len(built.summary["not_done"]),
        "verify": _verdict(built.case),
        "different_pictures": wrong_pairs(pictures, across=False),
        "farthest_copy": farthest_copy(findings),
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
        "seconds": round(time.monotonic() - began),
    }
    built.case.close()
    return result, pictures


def _verdict(case: Case) -> str:
    return str(check(case.root)["verdict"])


def problems(result: dict[str, Any]) -> list[str]:
    """Return what is wrong with the result of one seed, in words."""
    found = [
        f"seed {result['seed']}: {question}: {', '.join(each['wrong'][:5])}"
        for question, each in result["judged"].items()
        if not each["right"]
    ]
    if len(result["judged"]) < 5:
        found.append(f"seed {result['seed']}: {len(result['judged'])} answers were judged")
    if result["verify"] != "ok":
        found.append(f"seed {result['seed']}: the case is {result['verify']}")
    if result["not_done"]:
        found.append(f"seed {result['seed']}: {result['not_done']} runs were not done")
    return found


def totals(runs: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Return the judged answers of all seeds together: so many of so many."""
    sums: dict[str, list[int]] = {}
    for run in runs:
        for question, each in run["judged"].items():
            have = sums.setdefault(question, [0, 0])
            # Both begin with a number; of wrong links the answer names all links as well.
            numbers = [int(word) for word in each["answer"].split() if word.isdecimal()]
            whole = numbers[1] if len(numbers) > 1 else int(each["truth"].split()[0])
            have[0] += numbers[0]
            have[1] += whole
    return {question: f"{part} of {whole}" for question, (part, whole) in sums.items()}


def run(plan: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """Run events, each a seed and a length of its stream; return what came out."""
    began = time.monotonic()
    runs: list[dict[str, Any]] = []
    pictures: list[Picture] = []
    for seed, posts in plan:
        with tempfile.TemporaryDirectory(prefix="firsthand-quarry-") as folder:
            os.environ["FIRSTHAND_HOME"] = f"{folder}/home"
            result, own = run_one(Path(folder) / "demo", seed, posts)
        runs.append(result)
        pictures += own
        said = "; ".join(problems(result)) or "as it was"
        print(f"seed {seed}: {said}, {result['seconds']} s", file=sys.stderr, flush=True)
    found = [each for one in runs for each in problems(one)]
    across = wrong_pairs(pictures, across=True)
    if across["within_radius"]:
        found.append(f"{across['within_radius']} pairs of two events would be linked")
    return {
        "radius_bits": RADIUS,
        "totals": totals(runs),
        "across_events": across,
        "runs": runs,
        "problems": found,
        "seconds": round(time.monotonic() - began),
    }


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--full", action="store_true", help="all of it; writes the result")
    options.add_argument("--seed", type=int, action="append", help="these; no result is written")
    options.add_argument("--posts", type=int, default=SHORT_POSTS, help="posts of --seed")
    given = options.parse_args()
    digest = source_digest()
    if given.seed:
        plan = [(seed, given.posts) for seed in given.seed]
    elif given.full:
        lengths = [POSTS] * LONG + [SHORT_POSTS] * (SEEDS - LONG)
        plan = [(secrets.randbelow(1 << 31), posts) for posts in lengths]
    else:
        plan = [(FIXED_SEED, SHORT_POSTS)]
    result = run(plan)
    print(json.dumps(result, indent=2, ensure_ascii=False))
    if given.full and not given.seed:
        write_result("quarry", result, digest)
    return bool(result["problems"])


if __name__ == "__main__":
    sys.exit(main())
