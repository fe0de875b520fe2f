"""Appending to the log, durably and in memory, beside pymerkle in a process of its own.

    PEERS_PYTHON=.venv-bench/bin/python python benchmarks/log.py

The trees must have the same root, else nothing is compared.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from pathlib import Path

import timing
from timing import clock, say

LEAVES = 100_000
LEAF_BYTES = 235
ROUNDS = 3
GROUPS = ((1, 200), (100, 20), (1000, 20))
PEER = Path(__file__).parent / "peers" / "pymerkle_append.py"


def leaf(number: int) -> bytes:
    """Return the bytes of a leaf, as the peer's script makes them."""
    seed = hashlib.sha256(b"%d" % number).digest()
    return (seed * (LEAF_BYTES // 32 + 1))[:LEAF_BYTES]


def _in_memory(leaves: list[bytes]) -> dict[str, object]:
    from firsthand.tlog import Frontier
    from firsthand.tlog.merkle import leaf_hash, leaf_hashes
    from firsthand.tlog.tile_tree import TileHashes, grow_tiles

    batch = Frontier()
    with clock() as at_once:
        for start in range(0, len(leaves), 1000):
            batch.extend(leaf_hashes(leaves[start : start + 1000]))
    single = Frontier()
    with clock() as one_by_one:
        for each in leaves:
            single.append(leaf_hash(each))
    # A tree that can prove, as pymerkle's can: every hash that a proof may need is kept.
    tiles: dict[str, bytes] = {}
    with clock() as proving:
        for start in range(0, len(leaves), 1000):
            hashes = leaf_hashes(leaves[start : start + 1000])
            tiles |= grow_tiles(hashes, start, tiles.__getitem__)
    roots = {batch.root(), single.root(), TileHashes(len(leaves), tiles.__getitem__).root()}
    if len(roots) != 1:
        raise SystemExit("trees grown in other ways have other roots")
    return {
        "groups_1000": at_once,
        "groups_1": one_by_one,
        "proving": proving,
        "root": batch.root().hex(),
    }


def _durable(group: int, times: int, folder: Path) -> dict[str, timing.Taken]:
    """Append entries through the ledger (salts, openings, tiles, checkpoint) and the log alone."""
    from firsthand.case import Case
    from firsthand.case.files import locked
    from firsthand.case.ledger import Draft

    case = Case.create(folder / f"ledger-{group}", by="benchmark")
    fields = {"at_ms": 1_402_704_000_000, "body": {"id": "n1", "text": "x" * 80}, "by": "A. Person",
              "objects": []}  # fmt: skip
    with locked(case.root / "lock"), clock() as ledger:
        for _ in range(times):
            case.ledger.append([Draft("note", fields)] * group)
    case.close()
    case = Case.create(folder / f"log-{group}", by="benchmark")
    entries = [leaf(number) for number in range(group)]
    with locked(case.root / "lock"), clock() as log:
        for _ in range(times):
            case.log.append(case.log.size(), entries)
    case.close()
    return {"ledger": ledger, "log": log}


def _peer(python: str) -> dict[str, object]:
    durable = str(GROUPS[0][1])
    done = subprocess.run(
        [python, str(PEER), str(LEAVES), str(LEAF_BYTES), durable], check=True, capture_output=True
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found


def measure(rounds: int = ROUNDS) -> dict[str, object]:
    """Return entries per second of firsthand and of pymerkle, and ratios."""
    leaves = [leaf(number) for number in range(LEAVES)]
    python = os.environ.get("PEERS_PYTHON")
    ours: dict[str, list[timing.Taken]] = {}
    theirs: dict[str, list[timing.Taken]] = {}
    amounts = {f"{kind}_{group}": group * times
               for group, times in GROUPS for kind in ("ledger", "log", "sqlite")}  # fmt: skip
    amounts |= dict.fromkeys(("memory_1000", "memory_1", "memory_tiles_1000", "memory"), LEAVES)
    for number in range(rounds):
        say(f"log: {number + 1}/{rounds}")
        found = _in_memory(leaves)
        root = found["root"]
        ours.setdefault("memory_1000", []).append(found["groups_1000"])  # type: ignore[arg-type]
        ours.setdefault("memory_1", []).append(found["groups_1"])  # type: ignore[arg-type]
        ours.setdefault("memory_tiles_1000", []).append(found["proving"])  # type: ignore[arg-type]
        with tempfile.TemporaryDirectory(prefix="bench-log-") as folder:
            for group, times in GROUPS:
                for kind, taken in _durable(group, times, Path(folder)).items():
                    ours.setdefault(f"{kind}_{group}", []).append(taken)
        if python:
            peer = _peer(python)
            if peer.pop("root") != root:
                raise SystemExit("pymerkle has another root: nothing can be compared")
            for name, taken in peer.items():
                theirs.setdefault(name, []).append(timing.Taken(taken["wall_s"], taken["cpu_s"]))  # type: ignore[index]

    def speeds(runs: dict[str, list[timing.Taken]]) -> dict[str, dict[str, object]]:
        return {name: dict(timing.speed(taken, amounts[name])) for name, taken in runs.items()}

    mine, peers = speeds(ours), speeds(theirs)
    pairs = [(name, "memory") for name in ("memory_1000", "memory_1", "memory_tiles_1000")] + [
        (f"{kind}_{group}", f"sqlite_{group}") for kind in ("ledger", "log") for group, _ in GROUPS
    ]
    ratios = {
        f"{one}/pymerkle {other}": round(mine[one]["best_per_s"] / peers[other]["best_per_s"], 2)  # type: ignore[operator]
        for one, other in pairs
        if other in peers
    }
    return {
        "leaves": LEAVES,
        "leaf_bytes": LEAF_BYTES,
        "rounds": rounds,
        "unit": "entries/s",
        "same_root": bool(python),
        "firsthand": mine,
        "pymerkle": peers,
        "ratios": ratios,
        "goal": {"memory_tiles_1000/pymerkle memory": 5.0},
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
