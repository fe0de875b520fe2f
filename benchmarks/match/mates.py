"""Same-scene matching: shots of one place among unrelated photographs, and how cameras turned.

    python benchmarks/match/mates.py [--photos WHERE] [--first N] [--negatives 700] [--tilts]

Reads ``scene-*`` and ``ordinary`` folders of photographs (``../shared/photos``), none of which is
copied. For each shot: whether at least one right mate is found. Wrong mates among pairs of shots of
different places, shots and ordinary photographs, and ordinary photographs. For the largest scene:
the share of rings of three turns that close. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from itertools import combinations, product
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from firsthand.match.scene.epipolar import epipolar
from firsthand.match.scene.graph import scene_graph
from firsthand.match.scene.matching import match
from firsthand.match.scene.mates import ALWAYS, WHEN_PROMISING, mates
from firsthand.match.scene.view import View

PHOTOS = Path(__file__).resolve().parents[3] / "shared" / "photos"


def views(folder: Path, first: int | None) -> list[View]:
    """Return the photographs of a folder."""
    found = []
    for path in sorted(folder.glob("*.jpg"))[:first]:
        gray = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if gray is not None:
            name = f"{folder.name}/{path.name}"
            found.append(View(name, np.asarray(gray, np.uint8), gray.shape[1], gray.shape[0]))
    return found


def measure(folder: Path, first: int | None, negatives: int, tilts: str) -> dict[str, Any]:
    """Return what was found, with sizes."""
    scenes = {each.name: views(each, first) for each in sorted(folder.glob("scene-*"))}
    ordinary = views(folder / "ordinary", None if first is None else 5 * first)
    shots = [shot for each in scenes.values() for shot in each]
    begun = time.process_time()
    right: dict[str, int] = {shot.name: 0 for shot in shots}
    pairs = [pair for each in scenes.values() for pair in combinations(each, 2)]
    links = []
    for one, other in pairs:
        if mates(one, other, tilts=tilts) is not None:
            right[one.name] += 1
            right[other.name] += 1
            links.append({"a": one.name, "b": other.name, "relation": "same_scene"})
    apart = [p for a, b in combinations(scenes.values(), 2) for p in product(a, b)]
    apart += list(product(shots, ordinary)) + list(combinations(ordinary, 2))
    apart = random.Random(0).sample(apart, min(negatives, len(apart)))
    wrong, highest = [], 0.0
    for one, other in apart:
        # With tilts the same decision is asked for; without, how near it came is of interest.
        found = mates(one, other, tilts=tilts) if tilts == ALWAYS else None
        by = epipolar(match(one.features, other.features))
        highest = max(highest, 0.0 if by is None else by.surprise)
        if found is not None or (by is not None and mates(one, other, tilts=tilts) is not None):
            wrong.append([one.name, other.name])
    by_name = {shot.name: shot for shot in shots}
    graph = scene_graph(links, by_name.get)
    edges = [edge for scene in graph["scenes"] for edge in scene["edges"]]
    return {
        "shots": len(shots),
        "pairs_of_one_scene": len(pairs),
        "pairs_found": len(links),
        "shots_with_a_right_mate": sum(count > 0 for count in right.values()),
        "unrelated_pairs": len(apart),
        "wrong": wrong,
        "wrong_at_most": round(3 / max(len(apart), 1), 5) if not wrong else None,
        "highest_surprise_of_unrelated": round(highest, 2),
        "poses": {
            kind: sum(edge["pose"] is not None and edge["pose"]["kind"] == kind for edge in edges)
            for kind in ("general", "plane", "rotation")
        },
        "directions": sum(
            edge["pose"] is not None and edge["pose"]["direction_ppm"] is not None for edge in edges
        ),
        "rings_closed": sum(scene["rings"]["closed"] for scene in graph["scenes"]),
        "rings_open": sum(len(scene["rings"]["open"]) for scene in graph["scenes"]),
        "cpu_s": round(time.process_time() - begun, 1),
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photos", type=Path, default=PHOTOS)
    parser.add_argument("--first", type=int, help="so many shots of each scene only")
    parser.add_argument("--negatives", type=int, default=700)
    parser.add_argument("--tilts", action="store_true", help="look at every pair tilted, too")
    given = parser.parse_args()
    if not given.photos.is_dir():
        print(f"no photographs at {given.photos}: nothing measured")
        return 0
    cv2.setNumThreads(1)
    tilts = ALWAYS if given.tilts else WHEN_PROMISING
    print(json.dumps(measure(given.photos, given.first, given.negatives, tilts), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
