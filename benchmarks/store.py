"""Preserving files beside only hashing them: MB per second, in one run, in turn.

    python benchmarks/store.py

`store` is everything that `firsthand add` does before it says that something is kept: reading,
hashing, a copy, fsync, names, the ledger, the catalog.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import corpus
import timing
from timing import Taken, clock, say

ROUNDS = 3
BLOCK = 1 << 20


def _hashlib(paths: list[Path]) -> Taken:
    buffer = memoryview(bytearray(BLOCK))
    with clock() as taken:
        for path in paths:
            digest = hashlib.sha256()
            with open(path, "rb", buffering=0) as stream:
                while count := stream.readinto(buffer):
                    digest.update(buffer[:count])
            digest.hexdigest()
    return taken


def _sha256sum(paths: list[Path]) -> Taken:
    return timing.command(["sha256sum", *map(str, paths)])


def _fresh(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.sync()  # what earlier runs wrote must not be paid for by this one


def _copy(source: Path, target: Path) -> Taken:
    """Copy and flush, without hashing, names by digest or records: what the disk allows."""
    _fresh(target)
    with clock() as taken:
        shutil.copytree(source, target)
        os.sync()
    _fresh(target)
    return taken


def _bare(paths: list[Path], target: Path) -> Taken:
    """Hash and copy on threads with one flush at the end, and nothing else: the ceiling here.

    No names by digest, no order of writing, no log: nothing durable can be done with less.
    """

    def one(numbered: tuple[int, Path]) -> str:
        digest = hashlib.sha256()
        buffer = memoryview(bytearray(BLOCK))
        number, path = numbered
        kept = target / str(number)
        with open(path, "rb", buffering=0) as reader, open(kept, "wb", buffering=0) as writer:
            while count := reader.readinto(buffer):
                digest.update(buffer[:count])
                writer.write(buffer[:count])
        return digest.hexdigest()

    _fresh(target)
    target.mkdir()
    with clock() as taken:
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for _ in pool.map(one, enumerate(paths)):
                pass
        os.sync()
    _fresh(target)
    return taken


def _store(source: Path, target: Path, count: int) -> Taken:
    from firsthand.case import Case
    from firsthand.collect import add

    _fresh(target)
    case = Case.create(target, by="benchmark")
    with clock() as taken:
        summary = add(case, [source], kind="folder", by="benchmark")
    case.close()
    if summary["totals"]["done"] != count:
        raise SystemExit(f"not everything was stored: {summary['totals']}")
    return taken


def _command(source: Path, target: Path) -> Taken:
    _fresh(target)
    subprocess.run([*timing.FIRSTHAND, "new", str(target)], check=True, stdout=subprocess.DEVNULL)
    return timing.command([*timing.FIRSTHAND, "add", str(target), str(source)])


def measure(rounds: int = ROUNDS, count: int = corpus.COUNT) -> dict[str, object]:
    """Return speeds and ratios of storing and of hashing."""
    with tempfile.TemporaryDirectory(prefix="bench-store-") as name:
        root = Path(name)
        source, target = root / "files", root / "case"
        say("store: making files")
        paths = corpus.make(source, count)
        amount = sum(path.stat().st_size for path in paths) / 1e6
        work = {
            "sha256sum": lambda: _sha256sum(paths),
            "hashlib": lambda: _hashlib(paths),
            "copy_and_sync": lambda: _copy(source, target),
            "bare_hash_copy_sync": lambda: _bare(paths, target),
            "store": lambda: _store(source, target, count),
        }
        corpus.warm(paths)
        runs = timing.interleaved(work, rounds)
        corpus.warm(paths)
        runs["command"] = [_command(source, target)]
        dropped = corpus.cold(paths)
        cold = {"hashlib_cold": [_hashlib(paths)]}
        corpus.cold(paths)
        cold["store_cold"] = [_store(source, target, count)]
    speeds = {name: timing.speed(taken, amount) for name, taken in runs.items()}
    if dropped:
        speeds |= {name: timing.speed(taken, amount) for name, taken in cold.items()}
    best = {name: each["best_per_s"] for name, each in speeds.items()}
    ratios = {
        f"store/{other}": round(best["store"] / best[other], 2)  # type: ignore[operator]
        for other in ("hashlib", "sha256sum", "copy_and_sync", "bare_hash_copy_sync")
    }
    ratios["bare_hash_copy_sync/hashlib"] = round(
        best["bare_hash_copy_sync"] / best["hashlib"],  # type: ignore[operator]
        2,
    )
    ratios["copy_and_sync/hashlib"] = round(best["copy_and_sync"] / best["hashlib"], 2)  # type: ignore[operator]
    if dropped:
        ratios["store_cold/hashlib_cold"] = round(best["store_cold"] / best["hashlib_cold"], 2)  # type: ignore[operator]
    return {
        "files": count,
        "mb": round(amount, 1),
        "rounds": rounds,
        "unit": "MB/s",
        "speeds": speeds,
        "ratios": ratios,
        "goal": {"store/hashlib": 0.8},
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
