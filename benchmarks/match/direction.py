"""Measures how often the earlier of two copies is named, and how often rightly.

    python benchmarks/match/direction.py --half tune --first 6 --jobs 1

Photographs: ``../shared/photos/ordinary`` beside the project (even places in order of name are
for tuning, odd ones for reports); they are themselves JPEGs at 1280 px. The order of the two
pictures of each pair is drawn. Results go to ``--out`` as JSON, one line is printed per attack.
"""

from __future__ import annotations

import argparse
import io
import json
import zlib
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from generations import SIBLINGS, attacks, opened, sibling
from PIL import Image

from firsthand.match.local.direction import Derived, derive
from firsthand.match.local.pairs import compare
from firsthand.match.local.picture import Picture
from firsthand.media.looking import saturation

PHOTOS = Path(__file__).resolve().parents[3] / "shared" / "photos" / "ordinary"


def picture(name: str, data: bytes, side: int) -> Picture:
    """Return a picture as the decoding child hands it over."""
    whole = Image.open(io.BytesIO(data)).convert("RGB")
    about: Any = {"saturation": saturation(whole)}
    small = whole
    if max(whole.size) > side:
        factor = side / max(whole.size)
        small = whole.resize(
            (round(whole.width * factor), round(whole.height * factor)), Image.Resampling.BOX
        )
    return Picture(name, np.asarray(small.convert("L")), *whole.size, about)


def judged(one: bytes, other: bytes, sides: tuple[int, ...], seed: int) -> dict[int, Any]:
    """Return relation and direction of two copies, for each side at which they are looked at."""
    turn = bool(seed & 1)
    pair = (other, one) if turn else (one, other)
    a, b = (picture(str(at), data, 1024) for at, data in enumerate(pair))
    link = compare(a, b)
    if link is None:
        return {side: {"relation": None} for side in sides}
    aligned = replace(link.aligned, homography=link.evidence.homography)
    found: dict[int, Any] = {}
    for side in sides:
        a, b = (picture(str(at), data, side) for at, data in enumerate(pair))
        made: Derived = derive(a, b, aligned, a.about, b.about, *pair)
        made = made.swapped() if turn else made
        found[side] = {
            "relation": link.relation,
            "derived": made.derived,
            "common": made.common_parent,
            "signs": [[s.what, s.says, s.weight, s.numbers] for s in made.signs],
        }
    return found


def of_one(
    path: str, fillers: list[str], sides: tuple[int, ...], only: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Judge all pairs of one photograph; a is the copy, b the original."""
    cv2.setNumThreads(1)
    data = Path(path).read_bytes()
    others = [opened(Path(each).read_bytes()) for each in fillers]
    rows = []
    for kind, name, one, other in pairs(data, others, path, only):
        seed = zlib.crc32(f"{Path(path).name} {kind} {name}".encode())
        for side, found in judged(one, other, sides, seed).items():
            rows.append(
                {"photo": Path(path).name, "kind": kind, "name": name, "side": side, **found}
            )
    return rows


def pairs(
    data: bytes, fillers: list[Any], path: str, only: tuple[str, ...]
) -> Iterator[tuple[str, str, bytes, bytes]]:
    """Yield kind, name, and the two files of each pair."""
    for name, attack in attacks(fillers).items():
        if only and name not in only:
            continue
        rng = np.random.default_rng(zlib.crc32(f"{Path(path).name} {name}".encode()))
        yield "copy", name, attack(data, rng), data
    for name, (truth, one, other) in SIBLINGS.items():
        if only and name not in only:
            continue
        rng = np.random.default_rng(zlib.crc32(f"{Path(path).name} {name}".encode()))
        yield truth, name, sibling(one, data, rng), sibling(other, data, rng)


def table(rows: list[dict[str, Any]], side: int) -> dict[str, Any]:
    """Print and return shares for one side."""
    by: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["side"] == side and row["relation"] in ("copy", "identical", "burst"):
            by[row["kind"], row["name"]].append(row)
    total = decided = right = 0
    sure: dict[str, Any] = {}
    print(f"side {side}\n{'pair':24} {'n':>4} {'decided':>8} {'right':>6} {'common':>7}  signs")
    for (kind, name), found in by.items():
        says = [row["derived"] for row in found]
        n_decided = sum(each != "undetermined" for each in says)
        n_right = sum(each == "a_from_b" for each in says)
        common = sum(row["common"] for row in found)
        signs: dict[str, int] = defaultdict(int)
        for row in found:
            for what, way, weight, _ in row["signs"]:
                signs[
                    f"{what}{'' if way == 'a_from_b' else '!'}{'?' if weight == 'veto' else ''}"
                ] += 1
        if kind == "copy":
            total, decided, right = total + len(found), decided + n_decided, right + n_right
        shown = " ".join(f"{key}:{count}" for key, count in sorted(signs.items()))
        print(
            f"{kind + ' ' + name:24} {len(found):4} {n_decided:8} {n_right:6} {common:7}  {shown}"
        )
        sure[f"{kind} {name}"] = {
            "pairs": len(found), "decided": n_decided, "right": n_right, "common_parent": common
        }  # fmt: skip
    shares = decided / max(total, 1), right / max(decided, 1)
    print(f"copies {total}, decided {shares[0]:.3f}, right {shares[1]:.4f}")
    return {"copies": total, "decided": decided, "right": right, "pairs": sure}


def main() -> None:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--photos", type=Path, default=PHOTOS)
    parser.add_argument("--half", choices=("tune", "report"), default="report")
    parser.add_argument("--first", type=int, help="only so many photographs")
    parser.add_argument("--only", default="", help="attacks, by name, with commas")
    parser.add_argument("--sides", default="1024,4096", help="longest sides that are kept [px]")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    if not chosen.photos.is_dir():
        print(f"skipped: no photographs at {chosen.photos.name}")
        return
    every = sorted(chosen.photos.glob("*.jpg"))
    half = every[0::2] if chosen.half == "tune" else every[1::2]
    fillers = [str(each) for each in (every[1::2] if chosen.half == "tune" else every[0::2])[:8]]
    sides = tuple(int(each) for each in chosen.sides.split(","))
    only = tuple(each for each in chosen.only.split(",") if each)
    rows: list[dict[str, Any]] = []
    with ProcessPoolExecutor(chosen.jobs) as pool:
        waiting = [
            pool.submit(of_one, str(path), fillers, sides, only) for path in half[: chosen.first]
        ]
        for done in waiting:
            rows += done.result()
    made = {str(side): table(rows, side) for side in sides}
    if chosen.out:
        chosen.out.write_text(json.dumps({"summary": made, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
