"""What the matcher says pairs are to each other, beside the truth.

    python benchmarks/match/classes.py --folder WHERE [--half tune|report] [--rolls 25] [--quick]

Builds the pairs (about 15 s of one processor for each of 25 places; resumes where it stopped), asks
the matcher about each pair by itself, and prints a confusion table, balanced accuracy over the five
relations, and how often another shot of a scene was called a copy. ``evidence-HALF.jsonl`` in the
folder then holds a line for each pair with all that a closer look found, for each map.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from pair_sets import HALVES, Pair, build

from firsthand.match.engine import Pictures, link_pictures
from firsthand.match.files import Held
from firsthand.match.local.align import align
from firsthand.match.local.classes import classify
from firsthand.match.local.pixels import look_closer
from firsthand.match.look import File, Readers
from firsthand.match.scene.parallax import two_shots
from firsthand.match.shelf import Shelf

RELATIONS = ("identical", "copy", "burst", "same_scene", "shared_overlay", "unrelated")
FIVE = RELATIONS[:5]
GOALS = {"balanced_accuracy": 0.93, "same_scene_called_copy": 0.01}


class Asked:
    """The matcher, asked about one pair at a time as ``firsthand match`` would be."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.readers, self.shelf = Readers(), Shelf()
        self.held = Held(self.readers.__enter__(), self.shelf.__enter__())
        self.known: set[str] = set()

    def close(self) -> None:
        """Give back what decodes and keeps."""
        for each in (self.shelf, self.readers):
            each.__exit__(None, None, None)

    def relation(self, one: str, other: str) -> tuple[str, float]:
        """Return what two files are to each other, and the score."""
        for name in (one, other):
            if name not in self.known:
                self.known.add(name)
                kind = "image/png" if name.endswith(".png") else "image/jpeg"
                list(self.held.look([File(self.folder / name, name, kind)], 1, lambda *_: None))
        whole, names = self.held.pictures, (one, other)
        two = Pictures(
            open=whole.open,
            pixels=whole.pixels,
            prints={name: whole.prints[name] for name in names if name in whole.prints},
            coarse={name: whole.coarse[name] for name in names if name in whole.coarse},
            fine={name: whole.fine[name] for name in names if name in whole.fine},
        )
        links = link_pictures(two)
        return (links[0].relation, links[0].score or 0.0) if links else ("unrelated", 0.0)

    def evidence(self, one: str, other: str) -> list[dict[str, Any]]:
        """Return all that a closer look at each map found, and what it would be called."""
        pictures = [self.held.pictures.open(name) for name in (one, other)]
        if pictures[0] is None or pictures[1] is None:
            return []
        found = []
        for aligned in align(pictures[0].fine, pictures[1].fine, most_maps=2):
            seen = look_closer(pictures[0], pictures[1], aligned)
            verdict = classify(seen, two_shots(aligned, *((p.width, p.height) for p in pictures)))
            values = {key: _plain(value) for key, value in asdict(seen).items()}
            found.append({**values, "called": verdict.relation, "score": verdict.score})
        return found


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return [round(float(each), 6) for each in value.ravel()]
    return round(value, 4) if isinstance(value, float) else value


def ask(folder: Path, pairs: Iterable[Pair], into: Path) -> list[dict[str, Any]]:
    """Ask about each pair; write each answer as soon as it is there, and keep earlier ones."""
    answers: dict[tuple[str, str], dict[str, Any]] = {}
    if into.exists():
        for line in into.read_text().splitlines():
            answer = json.loads(line)
            answers[answer["a"], answer["b"]] = answer
    asked, begun, made = Asked(folder), time.monotonic(), []
    try:
        with into.open("a") as stream:
            for number, pair in enumerate(pairs):
                key = pair["a"], pair["b"]
                if key not in answers:
                    said, score = asked.relation(*key)
                    maps = asked.evidence(*key)
                    answers[key] = {**pair, "said": said, "said_score": score, "maps": maps}
                    stream.write(json.dumps(answers[key]) + "\n")
                    stream.flush()
                made.append(answers[key])
                if number % 50 == 49:
                    print(
                        f"  {number + 1} pairs, {time.monotonic() - begun:.0f} s", file=sys.stderr
                    )
    finally:
        asked.close()
    return made


def right(answer: dict[str, Any]) -> bool:
    """Tell whether what was said is what is true, or would not be wrong either."""
    return bool(answer["said"] == answer["relation"] or answer["said"] in answer.get("also", ()))


def upper(wrong: int, of: int) -> float:
    """Return the upper end of the one-sided 95 % interval of a share.

    References
    ----------
    C. J. Clopper, E. S. Pearson, Biometrika 26(4), 1934, doi:10.1093/biomet/26.4.404.
    """
    if of == 0 or wrong >= of:
        return 1.0
    low, high = wrong / of, 1.0
    for _ in range(60):
        p = (low + high) / 2
        term, total = (1 - p) ** of, 0.0
        for k in range(wrong + 1):
            total += term
            term *= (of - k) / (k + 1) * p / max(1 - p, 1e-300)
        low, high = (p, high) if total > 0.05 else (low, p)
    return high


def told(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the table, balanced accuracy and the dear mistake, of pairs with depth."""
    counts = {true: Counter[str]() for true in RELATIONS}
    good: dict[str, list[bool]] = defaultdict(list)
    for answer in answers:
        true = answer["relation"]
        said = true if right(answer) else answer["said"]
        counts[true][said] += 1
        good[true].append(right(answer))
    shares = {true: sum(good[true]) / len(good[true]) for true in RELATIONS if good[true]}
    scenes = counts["same_scene"]
    return {
        "pairs": len(answers),
        "table": {true: dict(counts[true]) for true in RELATIONS},
        "share_right": {true: round(share, 4) for true, share in shares.items()},
        "balanced_accuracy": round(float(np.mean([shares[r] for r in FIVE if r in shares])), 4),
        "with_unrelated": round(float(np.mean(list(shares.values()))), 4),
        "same_scene_called_copy": scenes["copy"] + scenes["identical"],
        "same_scene_pairs": scenes.total(),
        "same_scene_called_copy_upper": round(
            upper(scenes["copy"] + scenes["identical"], scenes.total()), 4
        ),
    }


def show(title: str, found: dict[str, Any]) -> None:
    """Print one table."""
    print(f"\n{title}: {found['pairs']} pairs")
    print(" " * 16 + "".join(f"{said[:10]:>11}" for said in RELATIONS) + "      right")
    for true in RELATIONS:
        row = found["table"][true]
        if row:
            cells = "".join(f"{row.get(said, 0):>11}" for said in RELATIONS)
            print(f"{true:<16}{cells}{found['share_right'][true]:>11.3f}")
    print(
        f"balanced accuracy, five relations: {found['balanced_accuracy']:.3f} "
        f"(goal {GOALS['balanced_accuracy']}); with unrelated: {found['with_unrelated']:.3f}"
    )
    wrong, of = found["same_scene_called_copy"], found["same_scene_pairs"]
    if of:
        print(
            f"same scene called copy: {wrong} of {of} = {wrong / of:.3f} "
            f"(95 % sure below {found['same_scene_called_copy_upper']:.3f})"
        )


def wrongs(answers: list[dict[str, Any]]) -> None:
    """Print each mistake with what is known of the pair."""
    for answer in answers:
        if not right(answer):
            first = next(iter(answer["maps"]), {})
            keys = ("support", "agree", "median", "jitter", "moved", "detail")
            seen = " ".join(f"{key}={first[key]}" for key in keys if key in first)
            print(
                f"  {answer['relation']} called {answer['said']}: "
                f"{answer['a']} {answer['b']} {answer['truth']} {seen}"
            )


def main() -> None:
    """Build, ask, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True, help="where pictures and answers go")
    parser.add_argument("--half", choices=HALVES, default="tune")
    parser.add_argument("--rolls", type=int, default=25, help="places to photograph")
    parser.add_argument("--most", type=int, help="pairs of each relation and source at most")
    parser.add_argument("--quick", action="store_true", help="5 places, 10 pairs of each")
    parser.add_argument("--again", action="store_true", help="forget earlier answers, not pictures")
    parser.add_argument(
        "--list", action="store_true", help="print the pairs as JSON lines, and stop"
    )
    parser.add_argument("--wrong", action="store_true", help="print each mistake")
    wanted = parser.parse_args()
    cv2.setNumThreads(1)
    wanted.folder.mkdir(parents=True, exist_ok=True)
    rolls, most = (5, 10) if wanted.quick else (wanted.rolls, wanted.most)
    pairs = [pair for pair in build(wanted.folder, rolls) if pair["half"] == wanted.half]
    if most:
        seen: Counter[tuple[str, str]] = Counter()
        kept = []
        for pair in pairs:
            seen[pair["relation"], pair["source"]] += 1
            if seen[pair["relation"], pair["source"]] <= most:
                kept.append(pair)
        pairs = kept
    if wanted.list:
        for pair in pairs:
            print(json.dumps(pair))
        return
    into = wanted.folder / f"evidence-{wanted.half}.jsonl"
    if wanted.again:
        into.unlink(missing_ok=True)
    answers = ask(wanted.folder, pairs, into)
    deep = [answer for answer in answers if answer["source"] != "video-flat"]
    result = {"all": told(deep)}
    show(f"{wanted.half}, all", result["all"])
    for source in ("rendered", "real"):
        part = [answer for answer in deep if answer["source"] == source]
        if part:
            result[source] = told(part)
            show(f"{wanted.half}, {source}", result[source])
    flat = Counter(answer["said"] for answer in answers if answer["source"] == "video-flat")
    print(f"\nframes of flat things, which nothing but noise tells from copies: {dict(flat)}")
    if wanted.wrong:
        wrongs(answers)
    (wanted.folder / f"classes-{wanted.half}.json").write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
