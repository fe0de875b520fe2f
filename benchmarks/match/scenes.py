"""Which photographs of one place find one another among all others.

    python benchmarks/match/scenes.py --folder WHERE [--half tune|report] [--rolls 25] [--quick]

Photographs of a place (from elsewhere, and from the same place on another day; no bursts) are
compared with one another and with ordinary photographs, as ``firsthand match`` would do, all in one
run. Each is a query: it is right when at least one other photograph of its place is linked to it
and wrong for each link to another place. Photographs that have less than a quarter in common with
the first of their place are left out. A link that says ``shared_overlay`` is neither.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import cv2
from classes import upper
from pair_sets import HALVES, PHOTOS, build

from firsthand.match.files import compare
from firsthand.match.look import File

GOALS = {"with_a_mate": 0.92, "wrong": 0}


def gathered(folder: Path, half: str, rolls: int, photos: Path = PHOTOS) -> dict[str, str]:
    """Return the scene of each file that takes part; scenes of ordinary ones have one picture."""
    found: dict[str, str] = {}
    for pair in build(folder, rolls, photos):
        if pair["half"] != half or pair["relation"] != "same_scene":
            continue
        for name in (pair["a"], pair["b"]):
            stem = name.rpartition(".")[0]
            found[name] = pair.get("scene") or stem.rstrip("0123456789").removesuffix("-s")
            if stem.startswith("real-motorcycle"):
                found[name] = "real-motorcycle"
    ordinary = sorted((photos / "ordinary").glob("*.jpg"))
    for number, path in enumerate(ordinary):
        if HALVES[number % 2] == half:
            found[f"real-{path.name}"] = f"ordinary {path.stem}"
    return found


def scored(scenes: dict[str, str], links: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the share of queries with a right mate, and the wrong links, by kind of place."""
    mates: dict[str, list[str]] = defaultdict(list)
    wrong, relations = [], Counter[str]()
    overlays = 0
    for link in links:
        one, other = link["a"], link["b"]
        if link["relation"] == "shared_overlay":
            overlays += 1
        elif scenes[one] == scenes[other]:
            mates[one].append(other)
            mates[other].append(one)
            relations[link["relation"]] += 1
        else:
            wrong.append([one, other, link["relation"], link.get("score")])
    size = Counter(scenes.values())
    queries = [name for name, scene in scenes.items() if size[scene] > 1]
    kinds: dict[str, list[bool]] = defaultdict(list)
    for name in queries:
        kinds[scenes[name].rstrip("0123456789")].append(bool(mates[name]))
    found = sum(map(sum, kinds.values()))
    return {
        "pictures": len(scenes),
        "queries": len(queries),
        "with_a_mate": round(found / max(len(queries), 1), 4),
        "without": [name for name in queries if not mates[name]],
        "by_kind": {kind: [sum(each), len(each)] for kind, each in sorted(kinds.items())},
        "wrong_links": wrong,
        "wrong_upper_per_pair": upper(len(wrong), _strange_pairs(scenes)),
        "relations_of_right_links": dict(relations),
        "shared_overlays": overlays,
    }


def _strange_pairs(scenes: dict[str, str]) -> int:
    size = Counter(scenes.values())
    count = len(scenes)
    return count * (count - 1) // 2 - sum(each * (each - 1) // 2 for each in size.values())


def main() -> None:
    """Build, compare, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True, help="where pictures and answers go")
    parser.add_argument("--half", choices=HALVES, default="tune")
    parser.add_argument("--rolls", type=int, default=25, help="places to photograph")
    parser.add_argument("--quick", action="store_true", help="5 places")
    parser.add_argument("--jobs", type=int, help="threads that decode")
    wanted = parser.parse_args()
    cv2.setNumThreads(1)
    wanted.folder.mkdir(parents=True, exist_ok=True)
    scenes = gathered(wanted.folder, wanted.half, 5 if wanted.quick else wanted.rolls)
    files = [
        File(wanted.folder / name, name, "image/png" if name.endswith(".png") else "image/jpeg")
        for name in sorted(scenes)
    ]
    answer = compare(files, against=False, jobs=wanted.jobs)
    result = scored(scenes, answer["links"])
    print(
        f"{wanted.half}: {result['queries']} queries among {result['pictures']} pictures; with at "
        f"least one right mate {result['with_a_mate']:.3f} (goal {GOALS['with_a_mate']})"
    )
    for kind, (found, of) in result["by_kind"].items():
        print(f"  {kind:<18}{found:>4} of {of}")
    print(f"right links: {result['relations_of_right_links']}")
    print(
        f"wrong links: {len(result['wrong_links'])} "
        f"(95 % sure below {result['wrong_upper_per_pair']:.2g} of each pair of strangers); "
        f"shared overlays, not counted: {result['shared_overlays']}"
    )
    for one, other, relation, score in result["wrong_links"]:
        print(f"  {one} {other} {relation} {score}")
    if result["without"]:
        print("without a mate:", " ".join(result["without"]))
    told = wanted.folder / f"scenes-{wanted.half}.json"
    told.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
