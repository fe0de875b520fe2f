"""Let the power fail after every call of every write, and look what lies on the disk.

    python campaigns/crash.py [--full]        (make campaign-crash)

Production code runs once per scenario on a recorded disk (campaigns/disk.py); then every state that
a power loss may leave is laid out in a folder in memory and checked: `verify.py` finds no problem,
everything acknowledged is there, the case opens and recovers, the work is done again and goes on.
Planted mistakes in the order of writing must each be found. Without --full it does 1/20 of it.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from disk import DEAD, Crash, Recorder, Tree, crashes, lay_out, read_back
from measured import source_digest, write_result
from planted import PLANTED, Planted
from scenarios import SCENARIOS, Scenario

from firsthand.case import backup, blobs
from firsthand.case import case as case_module
from firsthand.case.case import Case
from firsthand.model.errors import FirsthandError, NotACase
from firsthand.report import verify as verifier

SEED = 20140614
RANDOM = 40
"""Random losses after each call, beside those that are enumerated."""
RECOVERIES = 25
"""States of a scenario, of each part, whose recovery is interrupted once more."""
PARTS = 4
NAMED = 3
"""Violations that are named in the result, per scenario."""


@dataclass
class Tally:
    """What was looked at, and what was wrong."""

    states: int = 0
    distinct: int = 0
    calls: int = 0
    went_on: int = 0
    recoveries: int = 0
    left_overs: int = 0
    violations: int = 0
    named: tuple[str, ...] = ()

    def add(self, other: Tally) -> None:
        for name in ("states", "distinct", "went_on", "recoveries", "left_overs", "violations"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.calls = max(self.calls, other.calls)
        self.named = (*self.named, *other.named)[:NAMED]


class Trial:
    """One scenario: recorded once, then every state checked."""

    def __init__(self, scenario: Scenario, folder: Path, planted: Planted | None = None) -> None:
        self.scenario, self.folder = scenario, folder
        self.process = str(os.getpid())
        self.tally = Tally()
        self.seen: dict[Any, list[str]] = {}
        self.gone_on: dict[Any, list[str]] = {}
        self.disk, self.here = folder / "disk", folder / "here"
        self.disk.mkdir(parents=True)
        scenario.build(self.disk)
        self.catalogs = [_catalog(self.disk / scenario.place)]
        make = planted.recorder if planted else Recorder
        self.recorder = make(self.disk, syncfs=scenario.syncfs)
        with planted.patch() if planted else contextlib.nullcontext(), _using(self.recorder):
            self.recorder.acknowledged(scenario.state(self.disk))
            scenario.act(self.disk, self.recorder)
        self.catalogs += [_catalog(self.disk / scenario.place), None, b"torn", b""]
        self.final = scenario.entries(self.disk)
        self.tally.calls = sum(op.kind != "acknowledged" for op in self.recorder.ops)
        told = [op.what for op in self.recorder.ops if op.kind == "acknowledged"]
        self.following = {id(a): b for a, b in zip(told, [*told[1:], told[-1]], strict=True)}

    def run(self, share: int, part: tuple[int, int]) -> Tally:
        again = RECOVERIES
        for crash in crashes(self.recorder, SEED, RANDOM, share, part):
            self.count(crash, self.look(crash))
            # Spread over the calls, and only where there is something to recover from.
            if again and self.scenario.recovers and hash_of(crash) % 60 == 0:
                again -= self.interrupt_again(crash, share)
        return self.tally

    def count(self, crash: Crash, wrong: list[str]) -> None:
        self.tally.states += 1
        if wrong:
            self.tally.violations += 1
            if len(self.tally.named) < NAMED:
                told = f"{self.scenario.name}, call {crash.prefix}, {crash.how}: {wrong[0]}"
                self.tally.named = (*self.tally.named, told[:400])

    def look(self, crash: Crash) -> list[str]:
        key = (hash(frozenset(crash.tree.items())), id(crash.acknowledged))
        if key not in self.seen:
            self.tally.distinct += 1
            self.seen[key] = self.check(crash.tree, crash.acknowledged)
        return self.seen[key]

    def fresh(self, tree: Tree) -> Path:
        shutil.rmtree(self.here, ignore_errors=True)
        self.here.mkdir()
        lay_out(tree, self.here, self.process)
        return self.here / self.scenario.place

    def check(self, tree: Tree, told: Any) -> list[str]:
        """Return what is wrong with a state."""
        root = self.fresh(tree)
        wrong: list[str] = []
        if not (root / "log" / "checkpoint").is_file() or not (root / "case.json").is_file():
            if told is not None:
                return ["what was acknowledged is gone as a whole"]
            wrong += self.refused(root)
        else:
            result = verifier.verify(root)
            self.tally.left_overs += result["verdict"] == "incomplete"
            if result["problems"] or result["verdict"] == "failed":
                wrong.append(f"as it lies: {result['problems'][:2]}")
            try:
                with _without_catalog():
                    opened = Case.open(root, write=True)
                wrong += self.lost(opened, told)
            except Exception as error:
                return [*wrong, f"cannot be opened: {error!r} {getattr(error, 'why', '')}"]
        key = _resting(read_back(self.here))
        if wrong:
            return wrong
        if key not in self.gone_on:
            self.gone_on[key] = self.go_on(root)
        return self.gone_on[key]

    def refused(self, root: Path) -> list[str]:
        """A case whose making was interrupted says that it is none, and what to do."""
        try:
            Case.open(root, write=True)
        except NotACase as error:
            return [] if error.hint else ["no hint about an unfinished case"]
        except Exception as error:
            return [f"an unfinished case: {error!r}"]
        return ["an unfinished case opens"]

    def lost(self, case: Case, told: Any) -> Iterator[str]:
        size = case.ledger.size()
        following = self.following.get(id(told)) or told
        known = {each["size"] for each in (told, following) if each}
        if size not in known:
            yield f"{size} entries, not one of {sorted(known)}"
        if list(case.log.entries(0, size)) != self.final[:size]:
            yield "other entries than were written"
        for path, data in (told or {}).get("files", {}).items():
            place = case.root / path
            if not place.is_file() or place.read_bytes() != data:
                yield f"acknowledged and lost: {path}"

    def go_on(self, root: Path) -> list[str]:
        """Do the work again and more of it, with whatever catalog lies there."""
        self.tally.went_on += 1
        data = self.catalogs[self.tally.went_on % len(self.catalogs)]
        for path in root.glob("index.db*"):
            path.unlink()
        if data is not None and (root / "log" / "checkpoint").is_file():
            (root / "index.db").write_bytes(data)
        try:
            return list(self.scenario.again(self.here))
        except Exception as error:
            return [f"cannot go on: {error!r} {getattr(error, 'why', '')}"]

    def interrupt_again(self, crash: Crash, share: int) -> int:
        """Interrupt the recovery of a state, too; tell whether there was one."""
        root = self.fresh(crash.tree)
        if not (root / "incoming" / "batch.json").is_file():
            return 0
        if not (root / "log" / "checkpoint").is_file():
            return 0
        recorder = Recorder(self.here, syncfs=self.scenario.syncfs)
        with _using(recorder), _without_catalog(), contextlib.suppress(FirsthandError):
            Case.open(root, write=True)
        self.tally.recoveries += 1
        for inner in list(crashes(recorder, SEED, RANDOM // 4, share)):
            inner = replace(inner, acknowledged=crash.acknowledged, how=f"recovery, {inner.how}")
            self.count(inner, self.look(inner))
        return 1


def hash_of(crash: Crash) -> int:
    """Return a number that is the same in every process."""
    return zlib.crc32(f"{crash.prefix} {crash.how} {len(crash.tree)}".encode())


@contextlib.contextmanager
def _using(recorder: Recorder) -> Iterator[None]:
    modules = (case_module, backup)
    before = [module.Files for module in modules]
    for module in modules:
        module.Files = lambda: recorder  # type: ignore
    try:
        yield
    finally:
        for module, real in zip(modules, before, strict=True):
            module.Files = real  # type: ignore


@contextlib.contextmanager
def _without_catalog() -> Iterator[None]:
    """Recovering needs no catalog, and making one takes longer than all the rest."""
    real = Case._open_catalog
    Case._open_catalog = lambda self: None  # type: ignore
    try:
        yield
    finally:
        Case._open_catalog = real  # type: ignore


def _resting(tree: Tree) -> int:
    """Return a number for a state; of working files only which there are counts, not their bytes.

    How staged bytes of a process that is gone are called does not matter, either.
    """
    parts = set()
    for path, data in tree.items():
        if "incoming/" in path and not path.endswith("batch.json"):
            path, data = path.partition(DEAD)[0], b""
        parts.add((path, data))
    return hash(frozenset(parts))


def _catalog(root: Path) -> bytes | None:
    path = root / "index.db"
    return path.read_bytes() if path.is_file() else None


def prepare() -> None:
    """Make checks quick: a signature that was checked once need not be checked again."""
    verifier.ed25519_valid = functools.lru_cache(None)(verifier.ed25519_valid)
    case_module.load_log_key = functools.lru_cache(None)(case_module.load_log_key)
    blobs.FLUSHERS = 1  # so that the calls come in one order


def one(job: tuple[str, str | None, int, tuple[int, int]]) -> tuple[str, str | None, Tally]:
    """Do one part of a scenario, with a planted mistake or none."""
    name, mistake, share, part = job
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(prefix="firsthand-crash-", dir=memory) as folder:
        os.environ["FIRSTHAND_HOME"] = f"{folder}/home"
        planted = PLANTED[mistake] if mistake else None
        trial = Trial(SCENARIOS[name], Path(folder) / "trial", planted)
        return name, mistake, trial.run(share, part)


def run(share: int, processes: int, names: list[str] | None = None) -> dict[str, Any]:
    """Do the campaign; return counts and what was wrong."""
    parts = PARTS if share == 1 else 1
    jobs: list[tuple[str, str | None, int, tuple[int, int]]] = [
        (name, None, share, (part, parts)) for name in names or SCENARIOS for part in range(parts)
    ]
    if not names:
        jobs += [(each.scenario, key, max(share, 5), (0, 1)) for key, each in PLANTED.items()]
    scenarios: dict[str, Tally] = {}
    mistakes: dict[str, Tally] = {}
    with multiprocessing.get_context("fork").Pool(processes, prepare) as pool:
        for name, mistake, tally in pool.imap_unordered(one, jobs):
            where = mistakes if mistake else scenarios
            where.setdefault(mistake or name, Tally()).add(tally)
            print(name, mistake or "", tally, file=sys.stderr, flush=True)
    total = Tally()
    for tally in scenarios.values():
        total.add(tally)
    return {
        "scenarios": {name: _counts(tally) for name, tally in sorted(scenarios.items())},
        "totals": {name: n for name, n in _counts(total).items() if name != "calls"},
        "planted": {
            name: {"states": tally.states, "violations": tally.violations}
            for name, tally in sorted(mistakes.items())
        },
        "problems": [
            *(text for tally in scenarios.values() for text in tally.named),
            *(f"not found: {name}" for name, t in sorted(mistakes.items()) if not t.violations),
        ],
    }


def _counts(tally: Tally) -> dict[str, int]:
    return {name: value for name, value in vars(tally).items() if isinstance(value, int)}


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--full", action="store_true", help="all of it; writes the result")
    options.add_argument("--share", type=int, default=20, help="one of so many states")
    options.add_argument("--only", nargs="*", help="these scenarios, without planted mistakes")
    given = options.parse_args()
    digest, began = source_digest(), time.monotonic()
    result = run(1 if given.full else given.share, 2, given.only)
    result["seconds"] = round(time.monotonic() - began)
    print(json.dumps(result, indent=2))
    if given.full and not given.only:
        write_result("crash", result, digest)
    return bool(result["problems"])


if __name__ == "__main__":
    sys.exit(main())
