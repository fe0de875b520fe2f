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
from firsthand.match.links import EDGE_RADIUS, LEAST_QUALITY, RADIUS, link_all
from firsthand.match.near import near_pairs
from firsthand.match.prints import Print, of_image
from firsthand.report.checking import check

SEEDS, LONG = 20, 3
"""Events of a full run, and how many of them have a stream of full length."""
SHORT_POSTS = 2000
FIXED_SEED = 20140614
LOOK_AROUND = 100
"""Bits up to which pairs of different pictures are looked for; unrelated ones differ in 128."""

HASHES = (
    ("pdq", "codes", RADIUS),
    ("pdq without top edge", "top", EDGE_RADIUS),
    ("pdq without bottom edge", "bottom", EDGE_RADIUS),
)
"""What is compared: its name, where a print has it, and up to how many bits it can make a link."""


@dataclass(frozen=True)
class Picture:
    """A picture of one event: its name, its fingerprints, which originals it shows."""

    event: int
    name: str
    made: Print
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
            found.append(Picture(event, names.get(exhibit, exhibit[7:19]), made, shows))
    return found


def wrong_pairs(pictures: Sequence[Picture], *, across: bool) -> dict[str, Any]:
    """Return how many pairs of different pictures there are, and how near they come.

    ``across``: pairs of pictures of two events only.
    """
    own = Counter(each.event for each in pictures).values()
    within = sum(comb(count, 2) for count in own)
    found: dict[str, Any] = {
        "pictures": len(pictures),
        "pairs": comb(len(pictures), 2) - within if across else within,
        "linked": 0,
        "nearest": {},
    }
    by_owner = {each.made.owner: each for each in pictures}
    for link in link_all(each.made for each in pictures).links:
        a, b = by_owner[link.a], by_owner[link.b]
        found["linked"] += a.is_other_than(b) and (a.event != b.event) >= across
    for hashed, where, radius in HASHES:
        having = [each for each in pictures if getattr(each.made, where)]
        wrong = []
        for near in near_pairs([getattr(each.made, where) for each in having], LOOK_AROUND):
            a, b = having[near.a], having[near.b]
            if a.is_other_than(b) and (a.event != b.event) >= across:
                wrong.append((near.bits, f"{a.event}:{a.name}", f"{b.event}:{b.name}"))
        bits, *pair = min(wrong, default=(None, None, None))
        found["nearest"][hashed] = {"bits": bits, "links_up_to": radius, "pair": pair}
    return found


def tightest_copy(findings: Findings) -> dict[str, Any]:
    """Return the reachable copy that is nearest to being lost: how many bits it has to spare.

    Each copy is compared with what it was made of, by the hash that suits it best.
    """
    prints = {
        subject: made
        for (subject,), value in findings.of("media.image").items()
        if (made := of_image(subject, value)) is not None
    }
    found: dict[str, Any] = {"bits_to_spare": None, "kind": None}
    for copy in findings.truth["copies"]:
        one, other = (prints.get(findings.digest[copy[side]]) for side in ("key", "from"))
        if not copy["reachable"] or one is None or other is None:
            continue
        spare = max(
            (
                radius - _apart(getattr(one, where), getattr(other, where))
                for _, where, radius in HASHES
                if getattr(one, where) and getattr(other, where)
            ),
            default=-256,
        )
        if found["bits_to_spare"] is None or spare < found["bits_to_spare"]:
            found = {"bits_to_spare": spare, "kind": copy["kind"]}
    return found


def _apart(codes: Sequence[bytes], others: Sequence[bytes]) -> int:
    """Return how far two pictures are apart [bits], turned as it suits them best."""
    own = int.from_bytes(others[0])
    return min((int.from_bytes(code) ^ own).bit_count() for code in codes)


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
        "tightest_copy": tightest_copy(findings),
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
    if across["linked"]:
        found.append(f"{across['linked']} pairs of two events would be linked")
    return {
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
