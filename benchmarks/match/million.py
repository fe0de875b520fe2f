"""The keypoint index at 10,000, 100,000 and a million pictures: size, memory, time, what is found.

    python benchmarks/match/million.py [--pictures 1000000] [--queries 6] [--threads 2]

Photographs are planted among codes of pictures that do not exist (distractors.py says how those are
made) and asked for as attacked copies (planted.py); others that are not in it are asked for alike.
The index grows; at each size everything is asked again. It lies in the folder for temporary files
(--folder for another) and is deleted at the end: 6.6 kB for each picture.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from distractors import Resampler, nearness, portions
from planted import Asked, asked, coarse, photographs, role

from firsthand.match.index.builder import Builder
from firsthand.match.index.calibrate import upper_bound
from firsthand.match.index.query import Query
from firsthand.match.index.search import Index
from firsthand.match.local.codes import bits_of
from firsthand.media.compiled import compiled

SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
THRESHOLDS = range(5, 19)
SEED = 20140612


class Anonymous:
    """Greatest anonymous memory of this process in a block [MB], looked at 20 times a second."""

    def __enter__(self) -> Anonymous:
        self.most, self._over = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            for line in Path("/proc/self/status").read_text().splitlines():
                if line.startswith("RssAnon"):
                    self.most = max(self.most, int(line.split()[1]) / 1000)
            if self._over.wait(0.05):
                return


@compiled
def _read(values: Any) -> int:
    total = np.uint64(0)
    for value in values:
        total ^= value
    return total


def read_ms(index: Index, count: int, threads: int) -> float:
    """Return how long it takes to read as many bytes as so many codes have, in order."""
    arrays, left = [], 2 * count
    for each in index.segments * (1 + 2 * count // max(2 * index.codes, 1)):
        for values in (each.low, each.high):
            part = values[: min(left, len(values))]
            arrays += np.array_split(part, threads)
            left -= len(part)
    with ThreadPoolExecutor(threads) as pool:
        best = float("inf")
        for _ in range(5):
            start = time.perf_counter()
            list(pool.map(_read, arrays))
            best = min(best, time.perf_counter() - start)
    return 1000 * best


def name_of(text: object) -> bytes:
    """Return a name for the index."""
    return sha256(str(text).encode()).digest()


def fill(folder: Path, made: Resampler, start: int, end: int) -> dict[str, float]:
    """Add pictures to the index; return how long making codes took, and how long adding them."""
    making = adding = 0.0
    with Builder(folder) as builder:
        for portion, count in enumerate(portions(end - start)):
            began = time.perf_counter()
            dice = np.random.default_rng((SEED, start, portion))
            codes, words = made.pictures(count, dice)
            done = time.perf_counter()
            first = start + portion * 1024
            for at in range(count):
                builder.add_codes(name_of(first + at), codes[at].copy(), words[at].copy())
            making, adding = making + done - began, adding + time.perf_counter() - done
        began = time.perf_counter()
        builder.flush()
        builder.store.compact()
    return {"making_s": making, "adding_s": adding + time.perf_counter() - began}


def ask(index: Index, queries: Sequence[Asked], threads: int) -> dict[str, Any]:
    """Ask everything; return times, and recall and wrong links at each threshold of support."""
    names = {name_of(f"planted {at}"): at for at in range(1000)}
    times, cpu, codes, support, wrong = [], [], [], [], []
    for each in queries:
        query = Query.of(each.features)
        index.search(query) if not times else None  # compiles, reads pages
        start, used = time.perf_counter(), time.process_time()
        found = index.search(query)
        times.append(1000 * (time.perf_counter() - start))
        cpu.append(1000 * (time.process_time() - used))
        codes.append(index.reads(query))
        held = {names.get(one.name, -1): one.support for one in found}
        support += [held.get(at, 0) for at in each.right]
        wrong.append(max((n for at, n in held.items() if at not in each.right), default=0))
    typical = int(np.median(codes))
    attacks = [each.attack for each in queries for _ in each.right]
    pairs = list(zip(support, attacks, strict=True))
    rows = []
    for least in THRESHOLDS:
        kept = np.array(support) >= least
        bad = sum(one >= least for one in wrong)
        rows.append(
            {
                "support": least,
                "recall": round(float(kept.mean()), 4),
                "queries_with_wrong": bad,
                "wrong_per_1000_at_most": round(1000 * upper_bound(bad, len(queries)), 2),
            }
        )
    usable = [row for row in rows if 1000 * row["queries_with_wrong"] <= len(queries)]
    least = usable[0]["support"] if usable else None
    return {
        "queries": len(queries),
        "true": len(support),
        "median_ms": round(float(np.median(times)), 1),
        "p95_ms": round(float(np.percentile(times, 95)), 1),
        "median_cpu_ms": round(float(np.median(cpu)), 1),
        "codes_read": typical,
        "read_of_as_many_bytes_ms": round(read_ms(index, typical, threads), 1),
        "thresholds": rows,
        "at_most_1_wrong_in_1000": usable[0] if usable else None,
        "recall_of_attacks": {
            name: round(float(np.mean(kept)), 3)
            for name in sorted(set(attacks))
            if (kept := [one >= (least or 99) for one, a in pairs if a == name])
        },
    }


def measure(pictures: int, each: int, threads: int, folder: Path) -> dict[str, Any]:
    """Grow an index to so many pictures and ask at each size on the way."""
    whole = photographs()
    if not whole:
        return {"skipped": "no photographs: ../shared/photos/ordinary is not there"}
    dice = np.random.default_rng(SEED)
    base = [coarse(one) for at, one in enumerate(whole) if role(at) == "distractor"]
    planted = {at: coarse(one) for at, one in enumerate(whole) if role(at) == "planted"}
    queries = list(asked(whole, each, SEED))
    print(f"{len(queries)} queries, {len(planted)} planted photographs", file=sys.stderr)
    made = Resampler(base, dice)
    seen = np.concatenate([one.features.descriptors for one in queries])
    bits = bits_of(seen[dice.choice(len(seen), 500, replace=False)])
    real = bits_of(np.concatenate([one.descriptors for one in base]))
    sample, _ = made.pictures(200, dice)
    result: dict[str, Any] = {
        "near_codes_of_a_million": {
            "real photographs": nearness(bits, real),
            "resampled": nearness(bits, np.ascontiguousarray(sample["bits"].reshape(-1, 2))),
        },
        "threads": threads,
        "sizes": [],
    }
    with Builder(folder) as builder:
        for at, features in planted.items():
            builder.add(name_of(f"planted {at}"), features)
    start = 0
    for size in sorted({size for size in SIZES if size < pictures} | {pictures}):
        with Anonymous() as building:
            took = fill(folder, made, start, size)
        index = Index.open(folder, threads)
        with Anonymous() as asking:
            found = ask(index, queries, threads)
        held = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        row = {
            "pictures": len(index),
            "segments": len(index.segments),
            "bytes_per_picture": round(held / len(index)),
            "added_per_s": round((size - start) / took["adding_s"]),
            "made_per_s": round((size - start) / took["making_s"]),
            "anonymous_mb_building": round(building.most),
            "anonymous_mb_asking": round(asking.most),
            **found,
        }
        print(json.dumps({k: v for k, v in row.items() if k != "thresholds"}), file=sys.stderr)
        result["sizes"].append(row)
        start = size
    return result


def main() -> int:
    """Measure and print the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=6, help="attacks on each photograph, to 13")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="an empty folder, emptied again at the end")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-million-", dir=given.folder))
    try:
        result = measure(given.pictures, given.queries, given.threads, folder / "index")
    finally:
        shutil.rmtree(folder)
    print(json.dumps(result, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
