"""Exact search among 256-bit codes beside faiss' flat index and a full scan of our own.

    PEERS_PYTHON=.venv-bench/bin/python python benchmarks/hamming.py

Three searches over the same codes in one run; what they find must be the same, row by row. Uniform
codes are the kind case for an index of parts; `clustered` ones are groups around few centres.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from timing import say

from firsthand.media.hamming import FlatIndex, Matches, PartIndex

RADIUS = 31
QUERIES = 200
SIZES = (("uniform", 1_000_000), ("clustered", 1_000_000), ("uniform", 10_000_000))
PAIRS_OF = 200_000
PEER = Path(__file__).parent / "peers" / "faiss_search.py"

Codes = np.ndarray[Any, np.dtype[np.uint8]]


def _flipped(codes: Codes, bits: np.ndarray[Any, Any], rng: np.random.Generator) -> Codes:
    """Return codes with so many bits of each changed, at places drawn at random."""
    result = codes.copy()
    for row, count in zip(result, bits, strict=True):
        for place in rng.choice(256, count, replace=False):
            row[place // 8] ^= 1 << (place % 8)
    return result


def make(kind: str, count: int, seed: int = 20140612) -> tuple[Codes, Codes]:
    """Return codes and queries; each query is one of the codes with 0 to 31 bits changed."""
    rng = np.random.default_rng(seed)
    if kind == "clustered":
        centres = rng.integers(0, 256, (max(count // 50, 1), 32), dtype=np.uint8)
        codes = centres[rng.integers(0, len(centres), count)]
        changes = np.full_like(codes, 255)
        for _ in range(4):  # each bit differs with probability 1/16: 16 of 256 on average
            changes &= rng.integers(0, 256, codes.shape, dtype=np.uint8)
        codes ^= changes
    else:
        codes = rng.integers(0, 256, (count, 32), dtype=np.uint8)
    picked = rng.integers(0, count, QUERIES)
    return codes, _flipped(codes[picked], rng.integers(0, RADIUS + 1, QUERIES), rng)


def _rows(found: Matches) -> set[tuple[int, int, int]]:
    columns = (found.query.tolist(), found.item.tolist(), found.bits.tolist())
    return set(zip(*columns, strict=True))


def _seconds(work: Any) -> tuple[float, Any]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def _one(kind: str, count: int, folder: Path) -> dict[str, object]:
    say(f"hamming: {count} {kind} codes")
    codes, queries = make(kind, count)
    built, index = _seconds(lambda: PartIndex(codes))
    taken, found = _seconds(lambda: index.search(queries, RADIUS))
    single, _ = _seconds(lambda: [index.search(each[None], RADIUS) for each in queries[:20]])
    scanned, expected = _seconds(lambda: FlatIndex(codes).search(queries, RADIUS))
    right = _rows(expected)
    result: dict[str, object] = {
        "codes": count,
        "kind": kind,
        "matches": len(right),
        "recall": len(right & _rows(found)) / len(right),
        "found_too_much": len(_rows(found) - right),
        "build_s": round(built, 2),
        "bytes_per_code": round(
            sum(each.nbytes for each in (index._codes, index._places, index._starts)) / count, 1
        ),
        "cpu_ms_per_query": {
            "parts": round(1000 * taken / QUERIES, 2),
            "parts, one at a time": round(1000 * single / 20, 2),
            "full scan": round(1000 * scanned / QUERIES, 2),
        },
    }
    if python := os.environ.get("PEERS_PYTHON"):
        peer, rows = _faiss(python, codes, queries, folder)
        times: Any = result["cpu_ms_per_query"]
        times["faiss flat"] = round(peer["ms_per_query"], 2)
        times["faiss flat, one at a time"] = round(peer["ms_per_single_query"], 2)
        result["faiss"] = peer["version"]
        result["same_as_faiss"] = rows == right
    return result


def _faiss(python: str, codes: Codes, queries: Codes, folder: Path) -> tuple[Any, Any]:
    paths = [folder / name for name in ("codes.npy", "queries.npy", "found.npz")]
    np.save(paths[0], codes)
    np.save(paths[1], queries)
    done = subprocess.run(
        [python, str(PEER), str(paths[0]), str(paths[1]), str(RADIUS), str(paths[2])],
        check=True,
        capture_output=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    with np.load(paths[2]) as found:
        columns = [found[name].tolist() for name in ("query", "item", "bits")]
    paths[0].unlink()
    return json.loads(done.stdout), set(zip(*columns, strict=True))


def _pairs() -> dict[str, object]:
    say(f"hamming: all pairs of {PAIRS_OF} clustered codes")
    codes, _ = make("clustered", PAIRS_OF)
    taken, portions = _seconds(lambda: [len(each) for each in PartIndex(codes).pairs(RADIUS)])
    return {"codes": PAIRS_OF, "kind": "clustered", "pairs": sum(portions),
            "cpu_s": round(taken, 1)}  # fmt: skip


def measure() -> dict[str, object]:
    """Return times and recall for each size, and of all pairs within one set."""
    with tempfile.TemporaryDirectory(prefix="bench-hamming-") as name:
        searches = [_one(kind, count, Path(name)) for kind, count in SIZES]
    return {"radius": RADIUS, "queries": QUERIES, "searches": searches, "pairs": _pairs(),
            "goal": {"recall": 1.0}}  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
