"""Let the disk refuse at every call of every write: full, over quota, read-only, broken.

    python campaigns/errors.py [--full]        (make campaign-errors)

Each call of `Files`, of the lock, and each new page of the catalog refuses once, or from then on.
The command must end as a `StorageFailed` that names the reason and says what to do, or be done;
then the work is done again on a disk that works, and nothing is missing. Without --full: 1/20.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import functools
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from disk import DEAD
from measured import source_digest, write_result
from scenarios import SCENARIOS, Scenario
from sqlalchemy import event

from firsthand.case import backup, blobs, database
from firsthand.case import case as case_module
from firsthand.case.case import Case
from firsthand.case.files import Files
from firsthand.model.errors import StorageFailed
from firsthand.report import verify as verifier

CODES = ("ENOSPC", "EIO", "EROFS", "EDQUOT")
WAYS = ("once", "lasting")
CALLS = (
    "make_dir", "create", "extend", "flush", "start_flush", "sync_all", "rename", "freeze",
    "sync_dir", "remove", "remove_dir", "fetch",
)  # fmt: skip
"""Every call of Files that is not made of others."""
MODULES = (case_module, backup)
PAGES = 40
"""Most pages that the catalog may still grow by, where it fills up."""


class Refusing(Files):
    """Refuses at one call, or from that call on."""

    def __init__(self, at: int = 0, code: int = 0, lasting: bool = False) -> None:
        self.at, self.code, self.lasting = at, code, lasting
        self.calls: list[str] = []

    def passes(self, name: str) -> None:
        self.calls.append(name)
        number = len(self.calls)
        if number == self.at or (self.lasting and number > self.at > 0):
            raise OSError(self.code, os.strerror(self.code), f"refused in {name}")

    def extend(self, fd: int, data: memoryview) -> None:
        """Refuse as a full disk does: after the first half arrived."""
        try:
            self.passes("extend")
        except OSError:
            super().extend(fd, data[: len(data) // 2])
            raise
        super().extend(fd, data)


def _guard(name: str) -> Callable[..., Any]:
    real = getattr(Files, name)

    def call(self: Refusing, *given: Any) -> Any:
        self.passes(name)
        return real(self, *given)

    return call


for _name in CALLS:
    if _name != "extend":
        setattr(Refusing, _name, _guard(_name))


@contextlib.contextmanager
def _using(files: Refusing) -> Iterator[None]:
    real_lock = case_module.locked

    def locked(path: Path, **options: Any) -> Any:
        files.passes("lock")
        return real_lock(path, **options)

    for module in MODULES:
        module.Files, module.locked = (lambda: files), locked  # type: ignore
    try:
        yield
    finally:
        for module in MODULES:
            module.Files, module.locked = Files, real_lock  # type: ignore


class Acknowledging:
    """Stands for the recorder of the crash campaign: keeps what was acknowledged last."""

    def __init__(self) -> None:
        self.what: Any = None

    def acknowledged(self, what: Any) -> None:
        self.what = what


class Trial:
    """One scenario, copied for each refusal."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self.scenario, self.base, self.here = scenario, folder / "base", folder / "here"
        self.base.mkdir(parents=True)
        scenario.build(self.base)
        self.points: Counter[str] = Counter()
        self.refused = 0
        self.problems: list[str] = []

    def copy(self) -> Path:
        shutil.rmtree(self.here, ignore_errors=True)
        return Path(shutil.copytree(self.base, self.here))

    def calls(self) -> list[str]:
        files = Refusing()
        with _using(files):
            self.scenario.act(self.copy(), Acknowledging())  # type: ignore
        return files.calls

    def run(self, share: int) -> None:
        calls = self.calls()
        for number in range(1, len(calls) + 1):
            for code in CODES:
                for way in WAYS:
                    name = f"{self.scenario.name} {number} {code} {way}"
                    if zlib.crc32(name.encode()) % share == 0:
                        self.points[f"{code} {way}"] += 1
                        files = Refusing(number, getattr(errno, code), way == "lasting")
                        why = os.strerror(getattr(errno, code))
                        self.trial(f"{name} {calls[number - 1]}", files, why)

    def trial(self, name: str, files: Refusing, why: str) -> None:
        top = self.copy()
        told = Acknowledging()
        wrong: list[str] = []
        try:
            with _using(files):
                self.scenario.act(top, told)  # type: ignore
        except StorageFailed as error:
            self.refused += 1
            if not error.hint or (why and why not in (error.why or "")):
                wrong.append(f"unclear: {error} {error.why} {error.hint}")
        except Exception as error:
            wrong.append(f"not a StorageFailed: {error!r}")
        wrong += self.after(top, told.what)
        self.problems += [f"{name}: {text}"[:300] for text in wrong]

    def after(self, top: Path, told: Any) -> Iterator[str]:
        root = top / self.scenario.place
        if (root / "log" / "checkpoint").is_file():
            result = verifier.verify(root)
            if result["problems"]:
                yield f"as it lies: {result['problems'][:2]}"
            for path, data in (told or {}).get("files", {}).items():
                if not (root / path).is_file() or (root / path).read_bytes() != data:
                    yield f"acknowledged and lost: {path}"
        for path in root.glob(f"incoming/{os.getpid()}-*"):
            path.rename(path.with_name(path.name.replace(str(os.getpid()), DEAD)))
        try:
            yield from self.scenario.again(top)
        except Exception as error:
            yield f"cannot go on: {error!r} {getattr(error, 'why', '')}"


# ---- the catalog --------------------------------------------------------------------------------


@contextlib.contextmanager
def _each_connection(pragma: str) -> Iterator[None]:
    """Limit every connection to the catalog from when it is opened."""
    real = database.open_engine

    def open_engine(path: Path | None) -> Any:
        engine = real(path)
        event.listen(engine, "connect", lambda connection, _: connection.execute(pragma).close())
        return engine

    case_module.open_engine = open_engine  # type: ignore
    try:
        yield
    finally:
        case_module.open_engine = real  # type: ignore


def rebuild(case: Case, told: Callable[[], None]) -> None:
    """The catalog is made again."""
    case.rebuild()
    told()


def catalog(share: int, folder: Path) -> Trial:
    """Let the catalog be full at each page that it would need, or read-only."""
    trial = Trial(SCENARIOS["second batch"], folder)
    case = Case.open(trial.base / "case")
    with case.catalog.engine.connect() as connection:
        pages = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
    case.close()
    made_again = Scenario("second batch", 3, rebuild)
    kinds = [(f"full at {n} pages", f"PRAGMA max_page_count={n}") for n in range(1, pages + PAGES)]
    kinds += [("read-only", "PRAGMA query_only=ON")] * 1
    for scenario in (SCENARIOS["second batch"], made_again):
        for what, pragma in kinds:
            if share > 1 and zlib.crc32(what.encode()) % share and what != "read-only":
                continue
            trial.points[f"catalog {what.split()[0]}"] += 1
            trial.scenario = scenario
            top, wrong = trial.copy(), []
            try:
                with _each_connection(pragma):
                    scenario.act(top, Acknowledging())  # type: ignore
            except StorageFailed as error:
                trial.refused += 1
                if not error.hint or not error.why:
                    wrong.append(f"unclear: {error} {error.why} {error.hint}")
            except Exception as error:
                wrong.append(f"not a StorageFailed: {error!r}")
            for path in (top / "case").glob(f"incoming/{os.getpid()}-*"):
                path.unlink()
            trial.scenario = SCENARIOS["second batch"]
            wrong += trial.after(top, None)
            trial.problems += [f"catalog {what}: {text}"[:300] for text in wrong]
    return trial


# ---- all of it ----------------------------------------------------------------------------------


def prepare() -> None:
    """Make checks quick."""
    verifier.ed25519_valid = functools.lru_cache(None)(verifier.ed25519_valid)
    blobs.FLUSHERS = 1
    os.fsync = lambda fd: None  # type: ignore  # no power is lost here


def one(job: tuple[str, int]) -> tuple[str, Trial]:
    """Do one scenario."""
    name, share = job
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(prefix="firsthand-errors-", dir=memory) as folder:
        os.environ["FIRSTHAND_HOME"] = f"{folder}/home"
        if name == "catalog":
            return name, catalog(share, Path(folder))
        trial = Trial(SCENARIOS[name], Path(folder))
        trial.run(share)
        return name, trial


def run(share: int, processes: int, names: list[str] | None = None) -> dict[str, Any]:
    """Do the campaign; return counts and what was wrong."""
    jobs = [(name, share) for name in names or ["catalog", *SCENARIOS]]
    per_code: Counter[str] = Counter()
    result: dict[str, Any] = {"scenarios": {}, "problems": []}
    with multiprocessing.get_context("fork").Pool(processes, prepare) as pool:
        for name, trial in pool.imap_unordered(one, jobs):
            points = sum(trial.points.values())
            result["scenarios"][name] = {"points": points, "refused": trial.refused}
            per_code += trial.points
            result["problems"] += trial.problems
            print(name, points, len(trial.problems), file=sys.stderr, flush=True)
    result["points_per_code"] = dict(sorted(per_code.items()))
    result["totals"] = {
        "points": sum(per_code.values()),
        "refused": sum(each["refused"] for each in result["scenarios"].values()),
        "violations": len(result["problems"]),
    }
    result["problems"] = sorted(result["problems"])
    return result


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--full", action="store_true", help="all of it; writes the result")
    options.add_argument("--share", type=int, default=20, help="one of so many points")
    options.add_argument("--only", nargs="*", help="these scenarios")
    given = options.parse_args()
    digest, began = source_digest(), time.monotonic()
    result = run(1 if given.full else given.share, 2, given.only)
    result["seconds"] = round(time.monotonic() - began)
    print(json.dumps(result, indent=2))
    if given.full and not given.only:
        write_result("errors", result, digest)
    return bool(result["problems"])


if __name__ == "__main__":
    sys.exit(main())
