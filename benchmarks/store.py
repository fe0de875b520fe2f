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


def _store(source: Path, target: Path, count: int, *, serial: bool = False) -> Taken:
    from firsthand.case import Case, blobs
    from firsthand.collect import add

    _fresh(target)
    case = Case.create(target, by="benchmark")
    many = blobs.MANY_FOLDERS
    blobs.MANY_FOLDERS = 1 << 60 if serial else many
    try:
        with clock() as taken:
            summary = add(case, [source], kind="folder", by="benchmark")
    finally:
        blobs.MANY_FOLDERS = many
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
            "store": lambda: _store(source, target, count),
            "store_folders_one_by_one": lambda: _store(source, target, count, serial=True),
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
        for other in ("hashlib", "sha256sum", "copy_and_sync", "store_folders_one_by_one")
    }
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
