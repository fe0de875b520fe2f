"""Films under attack: is the right film found, with the right moment, and no other?

    python benchmarks/match/video.py [--work FOLDER] [--first N] [--quick] [--extra]
        [--attacks NAME,…] [--films WORD] [--part N/M]

Rendered films (flights.py) and, where ../shared/photos is, four real ones. Every attacked film is
looked for among all originals through the index; so are attacked films that are not among them, and
other takes and other parts of films that are. Each answer is kept in the folder, so that a run that
was stopped goes on; parts may run side by side, and a run without ``--part`` sums up. Right: a link
of the right film whose moments are at most 1 s off; every other link is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2

sys.path.insert(0, str(Path(__file__).resolve().parent))

import flights
from video_attacks import ATTACKS, EXTRA, Attack, apply, frame_size

from firsthand.match.film.index import FilmIndex, search
from firsthand.match.film.link import FilmLink
from firsthand.match.film.strip import Strip, strip_of

SHARED = Path(__file__).resolve().parents[3] / "shared" / "photos"
RENDERED, NEGATIVES, TAKES = 20, 6, 6
OFF_S = 1.0

SAME = {frozenset(("real-chair-22-with-large-logo-bar", "real-chair-orig-22-sd-bar"))}
"""Films that are copies of one another from the beginning."""


def main() -> int:
    """Measure, print, and write the answers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, help="folder to keep everything in")
    parser.add_argument("--first", type=int, default=RENDERED, help="rendered films")
    parser.add_argument("--quick", action="store_true", help="4 rendered films, 2 negatives")
    parser.add_argument("--extra", action="store_true", help="attacks beyond the twelve, too")
    parser.add_argument("--attacks", default="", help="only these, by name")
    parser.add_argument("--films", default="", help="only films with this in their names")
    parser.add_argument("--part", default="0/1", help="only every Mth, from the Nth on: N/M")
    parser.add_argument("--out", type=Path, help="write the result here (JSON)")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    few = 4 if given.quick else given.first
    with tempfile.TemporaryDirectory(prefix="bench-video-") as spare:
        work = given.work or Path(spare)
        work.mkdir(parents=True, exist_ok=True)
        attacks = [
            attack
            for attack in (*ATTACKS, *(EXTRA if given.extra or given.attacks else ()))
            if not given.attacks or attack.name in given.attacks.split(",")
        ]
        part, parts = (int(number) for number in given.part.split("/"))
        result = measure(
            work, few, 2 if given.quick else NEGATIVES, attacks,
            lambda at, name: at % parts == part and given.films in name,
        )  # fmt: skip
    print(table(result))
    if given.out:
        given.out.write_text(json.dumps(result, indent=1) + "\n")
    return 0


def measure(
    work: Path,
    rendered: int,
    negatives: int,
    attacks: list[Attack],
    wanted: Callable[[int, str], bool],
) -> dict[str, Any]:
    """Return the counts, by attack and slice; ``wanted`` chooses films by number and name."""
    originals, others = films(work, rendered, negatives)
    strips = {name: looked(path, work) for name, path in originals.items()}
    index = FilmIndex(strips)
    answers = []
    fillers = list(others.values())
    for at, (name, path) in enumerate([*originals.items(), *others.items()]):
        filler = fillers[at % len(fillers)]
        if filler == path:
            filler = fillers[(at + 1) % len(fillers)]
        for attack in attacks if wanted(at, name) else ():
            answers.append(asked(name, path, attack, filler, work, strips, index))
    answers += [
        takes(name, path, work, strips, index)
        for at, (name, path) in enumerate(related(work, rendered))
        if wanted(at, name)
    ]
    if not answers:
        raise SystemExit("nothing was asked: no film has such a name")
    return summed(answers, originals)


def films(work: Path, rendered: int, negatives: int) -> tuple[dict[str, Path], dict[str, Path]]:
    """Return the originals, and films that are not among them, by name."""
    photographs = sorted((SHARED / "ordinary").glob("*.jpg"))
    real = sorted((SHARED / "video").glob("*.mp4"))
    if not real:
        print("../shared/photos is absent: no real films in this run", file=sys.stderr)
    found = {f"real-{path.stem}": path for path in real}
    other = {}
    for seed in range(rendered + negatives):
        path = work / f"flight-{seed:03}.mp4"
        if not path.exists():
            made(path, seed, photographs)
        (found if seed < rendered else other)[path.stem] = path
    return found, other


def made(path: Path, seed: int, photographs: list[Path], **how: Any) -> None:
    """Render a film, which is there whole or not at all."""
    raw = path.with_name(f"part-{os.getpid()}-{path.name}")
    flights.film(raw, seed, photographs, **how)
    raw.rename(path)


def related(work: Path, rendered: int) -> list[tuple[str, Path]]:
    """Return other takes of originals, and of one shot two parts that do not overlap."""
    photographs = sorted((SHARED / "ordinary").glob("*.jpg"))
    found = []
    for seed in range(min(TAKES, rendered)):
        path = work / f"take-{seed:03}.mp4"
        if not path.exists():
            made(path, seed, photographs, take=1)
        found.append((path.stem, path))
    return found


def looked(path: Path, work: Path) -> Strip:
    """Look at a film, or at what was kept of it."""
    kept = work / f"{path.stem}.strip"
    if kept.exists():
        # Written by this program into its own folder.
        strip: Strip = pickle.loads(kept.read_bytes())
        return strip
    found, outcome = strip_of(path)
    if found is None:
        raise RuntimeError(f"{path.name} cannot be read: {outcome}")
    kept.write_bytes(pickle.dumps(found))
    return found


def asked(
    name: str,
    path: Path,
    attack: Attack,
    filler: Path,
    work: Path,
    strips: dict[str, Strip],
    index: FilmIndex,
) -> dict[str, Any]:
    """Return which links an attacked film got."""
    kept = work / f"{name}.{attack.name}.json"
    if kept.exists():
        answer: dict[str, Any] = json.loads(kept.read_text())
        return answer
    target = work / f"{name}.{attack.name}.mp4"
    before = apply(attack, path, filler, target)
    answer = _answer(name, attack.name, target, strips, index)
    answer |= {"speed": attack.speed, "start": attack.start - attack.speed * before}
    target.unlink()
    kept.write_text(json.dumps(answer))
    return answer


def takes(
    name: str, path: Path, work: Path, strips: dict[str, Strip], index: FilmIndex
) -> dict[str, Any]:
    """Return which links another take got."""
    kept = work / f"{name}.json"
    if kept.exists():
        answer: dict[str, Any] = json.loads(kept.read_text())
        return answer
    answer = _answer(name, "other take", path, strips, index)
    kept.write_text(json.dumps(answer))
    return answer


def _answer(
    name: str, attack: str, path: Path, strips: dict[str, Strip], index: FilmIndex
) -> dict[str, Any]:
    begun = time.process_time()
    strip, outcome = strip_of(path)
    looked_s = time.process_time() - begun
    if strip is None:
        raise RuntimeError(f"{path.name} cannot be read: {outcome}")
    begun = time.process_time()
    found = search(strip, index, strips.__getitem__)
    return {
        "name": name,
        "attack": attack,
        "frame_size": frame_size(path)[:2],
        "looked_s": round(looked_s, 2),
        "searched_s": round(time.process_time() - begun, 2),
        "links": {other: [_told(link) for link in links] for other, links in found.items()},
    }


def _told(link: FilmLink) -> dict[str, Any]:
    return {
        "relation": link.relation, "score": link.score, "time_a": link.time_a,
        "time_b": link.time_b, "offset": link.offset, "speed": link.speed, "frames": link.frames,
        "evidence": link.evidence,
    }  # fmt: skip


def summed(answers: list[dict[str, Any]], originals: dict[str, Path]) -> dict[str, Any]:
    """Return right, asked and wrong by slice and attack, and what failed."""
    counts: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    wrong, missed, off = [], [], []
    for answer in answers:
        name, attack = answer["name"], answer["attack"]
        known = name in originals
        if known:
            best = _error(answer, answer["links"].get(name, []))
            good = best is not None and best <= OFF_S
            kind = "real" if name.startswith("real-") else "rendered"
            counts[kind][attack][0] += good
            counts[kind][attack][1] += 1
            if good:
                off.append(best)
            else:
                missed.append(f"{name} {attack}: {best}")
        for other, links in answer["links"].items():
            copies = [link for link in links if link["relation"] == "copy"]
            fair = other == name or frozenset((other, name)) in SAME
            if other == name and known:
                far = [link for link in copies if (_error(answer, [link]) or 0) > OFF_S]
                wrong += [f"{name} {attack}: wrong moment {link}" for link in far]
            elif not fair and copies:
                wrong.append(f"{name} {attack} -> {other}: {copies[0]}")
    return {
        "slices": {kind: {a: n for a, n in held.items()} for kind, held in counts.items()},
        "answers": len(answers),
        "negatives": sum(answer["name"] not in originals for answer in answers),
        "wrong": wrong,
        "missed": missed,
        "median_off_s": sorted(off)[len(off) // 2] if off else None,
        "worst_off_s": max(off) if off else None,
        "looked_s": round(sum(answer["looked_s"] for answer in answers) / len(answers), 2),
        "searched_s": round(sum(answer["searched_s"] for answer in answers) / len(answers), 2),
    }


def _error(answer: dict[str, Any], links: list[dict[str, Any]]) -> float | None:
    """Return how far the best link is from the truth in its middle [s]; None without one."""
    errors = []
    for link in links:
        if link["relation"] != "copy":
            continue
        middle = sum(link["time_a"]) / 2
        truth = answer["speed"] * middle + answer["start"]
        if link["offset"] is None:
            told = sum(link["time_b"]) / 2
        else:
            told = link["speed"] * middle + link["offset"]
        errors.append(abs(told - truth))
    return min(errors) if errors else None


def table(result: dict[str, Any]) -> str:
    """Return the result as text."""
    lines = []
    for kind, held in result["slices"].items():
        right, all_of = (sum(pair[at] for pair in held.values()) for at in (0, 1))
        lines.append(f"{kind}: {right} of {all_of} = {right / all_of:.3f}")
        lines += [f"  {attack:12} {n[0]:3} of {n[1]:3}" for attack, n in held.items()]
    lines.append(
        f"wrong links {len(result['wrong'])} in {result['answers']} answers"
        f" ({result['negatives']} of films that are not there)"
    )
    lines += [f"  wrong: {each}" for each in result["wrong"]]
    lines += [f"  missed: {each}" for each in result["missed"]]
    lines.append(
        f"offset off by {result['median_off_s']} s (median), {result['worst_off_s']} (most)"
    )
    lines.append(
        f"processor time: {result['looked_s']} s to look, {result['searched_s']} s to search"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
