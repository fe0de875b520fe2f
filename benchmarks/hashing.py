"""Hash while copying, beside hashdeep and bagit, on one tree: MB per second, in one run, in turn.

    python benchmarks/hashing.py

`stage` is what happens to each file of an import before it is named: one read of each byte, hashed
and copied on the way, the disk left alone; `stage_and_flush` is all of what an import does to make
bytes and names durable, and lets the disk begin while it copies. hashdeep only reads and
hashes, `bagit --validate` reads and hashes and compares with its manifest; neither keeps a copy.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import corpus
import timing
from timing import PYTHON, Taken, clock, say

ROUNDS = 5
FILES = 600
GOALS = {"stage/hashdeep": 2.0, "stage/bagit --validate": 1.5}


def _stage(paths: list[Path], folder: Path, *, flush: bool) -> Taken:
    from firsthand.case.blobs import DiskBlobs
    from firsthand.case.files import Files

    shutil.rmtree(folder, ignore_errors=True)
    (folder / "incoming").mkdir(parents=True)
    os.sync()  # what earlier runs wrote must not be paid for by this one

    class Waiting(Files):
        """Leave what was written in memory until it is flushed: flushing is measured apart."""

        def start_flush(self, fd: int) -> None:
            """Do nothing."""

    blobs = DiskBlobs(folder, Files() if flush else Waiting())
    with clock() as taken:
        staged = [each for _, each in blobs.stage_many(paths)]
        for each in staged:
            if isinstance(each, Exception):
                raise each
        if flush:
            blobs.flush(staged)  # type: ignore[arg-type]
            for each in staged:
                blobs.put(each)  # type: ignore[arg-type]
            blobs.settle()
    shutil.rmtree(folder, ignore_errors=True)
    return taken


def _bag(paths: list[Path], source: Path, bag: Path) -> None:
    shutil.copytree(source, bag)
    make = "import bagit,sys; bagit.make_bag(sys.argv[1], checksums=['sha256'])"
    subprocess.run([PYTHON, "-W", "ignore", "-c", make, str(bag)], check=True, capture_output=True)
    corpus.warm([path for path in bag.rglob("*") if path.is_file()])


def _version(args: list[str]) -> str:
    done = subprocess.run(args, capture_output=True, text=True)
    return (done.stdout + done.stderr).strip().split("\n")[0]


def measure(rounds: int = ROUNDS, files: int = FILES) -> dict[str, object]:
    """Return speeds and ratios; a peer that is not installed is left out and said to be."""
    with tempfile.TemporaryDirectory(prefix="bench-hashing-") as name:
        root = Path(name)
        say("hashing: making files")
        paths = corpus.make(root / "files", files)
        amount = sum(path.stat().st_size for path in paths) / 1e6
        work = {
            "stage": lambda: _stage(paths, root / "case", flush=False),
            "stage_and_flush": lambda: _stage(paths, root / "case", flush=True),
        }
        used, absent = {}, []
        if shutil.which("hashdeep"):
            used["hashdeep"] = _version(["hashdeep", "-V"])
            argv = ["hashdeep", "-c", "sha256", "-r", str(root / "files")]
            work["hashdeep"] = lambda: timing.command(argv)
            one = [*argv[:1], "-j1", *argv[1:]]
            work["hashdeep -j1"] = lambda: timing.command(one)
        else:
            absent.append("hashdeep")
        try:
            used["bagit"] = importlib.metadata.version("bagit")
        except importlib.metadata.PackageNotFoundError:
            absent.append("bagit")
        else:
            _bag(paths, root / "files", root / "bag")
            check = [PYTHON, "-W", "ignore", "-m", "bagit", "--validate", "--quiet",
                     str(root / "bag")]  # fmt: skip
            work["bagit --validate"] = lambda: timing.command(check)
            two = [*check[:-1], "--processes", str(os.cpu_count() or 1), check[-1]]
            work["bagit --validate --processes"] = lambda: timing.command(two)
        work["sha256sum"] = lambda: timing.command(["sha256sum", *map(str, paths)])
        corpus.warm(paths)
        runs = timing.interleaved(work, rounds)
    speeds = {kind: timing.speed(taken, amount) for kind, taken in runs.items()}
    best = {kind: float(each["best_per_s"]) for kind, each in speeds.items()}  # type: ignore[arg-type]
    ratios = {
        f"{ours}/{other}": round(best[ours] / best[other], 2)
        for ours in ("stage", "stage_and_flush")
        for other in best
        if not other.startswith("stage")
    }
    return {
        "files": files,
        "mb": round(amount, 1),
        "rounds": rounds,
        "unit": "MB/s",
        "peers": used,
        "absent": absent,
        "speeds": speeds,
        "ratios": ratios,
        "goals": GOALS,
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
