"""Kill work on a case with SIGKILL at every write step, then go on and look what is missing.

    python campaigns/kill.py [--full]        (make campaign-kill)

A child process does the work with `Files` (and catalog and queue) patched to kill itself at the
n-th call of one step, before or after the call (`add`, `analyse`, and `custody`: a stamp that is
asked for, copies in stamps/, another key of the log, a scrub, a backup); other children are killed
from outside at random times. The production code has no hooks. After each kill, the case is checked
as it lies, opened, run to the end, and checked again. Without --full it does 1/20 of the work.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import kill as importable  # methods must have a module name that child processes can import
import scenarios
from measured import source_digest, write_result
from sqlalchemy import text

from firsthand.case import Case, View, ledger, queue
from firsthand.case import catalog as catalogs
from firsthand.case.backup import back_up
from firsthand.case.blobs import DiskBlobs
from firsthand.case.custody.scrub import due, record_scrub, scrub, scrubs
from firsthand.case.files import Files
from firsthand.collect import add, recorder
from firsthand.model.canonical import digest_of
from firsthand.model.nouns import Claim, Event, content_id
from firsthand.model.values import Span
from firsthand.model.vocabulary import Attribution, Hedge, Polarity, Question
from firsthand.report.verify import verify
from firsthand.run import Analysis, Inputs, Limits, Output, Registry, analysis, method

SEED = 20140614
PROCESSES = 2
FILES, POSTS, EVENTS = 60, 40, 12
DEADLY = "e-deadly"

LEDGER_STEPS = ("journal", "object", "sync_dir", "opening", "tile", "checkpoint", "remove")
STEPS = {
    "add": ("stage", *LEDGER_STEPS, "catalog"),
    "analyse": (*LEDGER_STEPS, "catalog", "claim", "complete"),
    "custody": (*LEDGER_STEPS, "catalog", "copy", "key", "backup"),
}
HITS = {"add": 36, "analyse": 36, "custody": 36}
"""Kills at each step; steps that only one command has are hit HITS_ALONE times."""
HITS_ALONE = 36
RANDOM_KILLS = {"add": 40, "analyse": 30, "custody": 30}


# ---- what is run --------------------------------------------------------------------------------


@method("toy.weigh", version="1", makes=("toy.weight",), limits=Limits(2048, 60))
def weigh(inputs: Inputs) -> Iterable[Output]:
    """Count claims; the deadly event kills the process, as a broken decoder would."""
    if inputs.unit == DEADLY:
        os.kill(os.getpid(), signal.SIGKILL)
    yield Output("toy.weight", (inputs.unit,), {"claims": len(inputs.claims)})


@method("toy.sum", version="1", makes=("toy.sum",), reads=("toy.weight",))
def total(inputs: Inputs) -> Iterable[Output]:
    """Add up what the first method found."""
    found = sum(finding.value["claims"] for finding in inputs.findings)
    yield Output("toy.sum", (inputs.unit,), {"claims": found})


def registry() -> Registry:
    return Registry([importable.weigh, importable.total])


def work(command: str, case: Case, inbox: Path) -> None:
    if command == "add":
        recorder.PART_ITEMS = 16  # several batches, so that kills fall between them too
        add(case, [inbox], kind="folder", by="campaign")
        add(case, [inbox / "posts.jsonl"], kind="posts", by="campaign")
    elif command == "custody":
        scenarios.stamped(case, lambda: None)
        scenarios.rotated(case, lambda: None)
        if not scrubs(case):
            record_scrub(case, scrub(case.root, due(case)), by="campaign")
        back_up(case, case.root.with_name(case.root.name + "-copy"))
    else:
        analysis.COMMIT_RUNS = 5
        Analysis(View(case), registry(), record=True, by="campaign", jobs=2).run()


# ---- the child that dies ------------------------------------------------------------------------


class Trap:
    """Counts the calls of each step and dies at one of them."""

    def __init__(self, step: str, number: int, after: bool) -> None:
        self.step, self.number, self.after = step, number, after
        self.calls: Counter[str] = Counter()

    @contextlib.contextmanager
    def at(self, step: str | None) -> Iterator[None]:
        if step is None:
            yield
            return
        self.calls[step] += 1
        now = step == self.step and self.calls[step] == self.number
        if now and not self.after:
            os.kill(os.getpid(), signal.SIGKILL)
        yield
        if now:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: Any, name: str, step_of: Callable[..., str | None]) -> None:
        real = getattr(owner, name)

        def call(*args: Any, **options: Any) -> Any:
            with self.at(step_of(*args)):
                return real(*args, **options)

        setattr(owner, name, call)


def _rename_step(_: Files, source: Path, target: Path) -> str | None:
    if any(part.endswith("-copy") for part in target.parts):
        return "backup"
    if target.name == "batch.json":
        return "journal"
    if target.name == "checkpoint":
        return "checkpoint"
    inside = {"objects": "object", "openings": "opening", "tile": "tile", "stamps": "copy"}
    inside["keys"] = "key"
    return next((step for part, step in inside.items() if part in target.parts), None)


def _remove_step(_: Files, path: Path) -> str | None:
    tidied = path.name == "batch.json" or {"log", "openings"} & set(path.parts)
    return "remove" if tidied else None


def child(command: str, case: Path, inbox: Path, trap: Trap) -> None:
    """Do the work, say what was acknowledged, and die where the trap says."""
    trap.around(Files, "rename", _rename_step)
    trap.around(Files, "remove", _remove_step)
    trap.around(Files, "sync_dir", lambda *_: "sync_dir")
    trap.around(DiskBlobs, "_copy", lambda *_: "stage")
    trap.around(catalogs.Intake, "take", lambda *_: "catalog")
    trap.around(queue.SqlQueue, "claim", lambda *_: "claim")
    trap.around(queue.SqlQueue, "complete", lambda *_: "complete")
    append = ledger.Ledger.append

    def acknowledged(self: ledger.Ledger, *args: Any) -> list[int]:
        indices = append(self, *args)
        entries = self.log.entries(indices[0], indices[-1] + 1)
        print(json.dumps([[i, e.decode()] for i, e in zip(indices, entries, strict=True)]))
        sys.stdout.flush()
        return indices

    ledger.Ledger.append = acknowledged  # type: ignore[method-assign]
    work(command, Case.open(case, write=True), inbox)
    print(json.dumps({"calls": trap.calls}), flush=True)


def start(command: str, case: Path, inbox: Path, trap: tuple[str, int, bool]) -> Any:
    code = (
        "import sys, json; from pathlib import Path; c, a, b, t, here = json.loads(sys.argv[1]);"
        "sys.path.insert(0, here); import kill; kill.child(c, Path(a), Path(b), kill.Trap(*t))"
    )
    here = str(Path(__file__).resolve().parent)
    given = json.dumps([command, str(case), str(inbox), trap, here])
    return subprocess.Popen([sys.executable, "-c", code, given], stdout=subprocess.PIPE, text=True)


# ---- cases --------------------------------------------------------------------------------------


def fill(folder: Path) -> None:
    """Write the files and posts that are added; two files are the same bytes."""
    folder.mkdir(parents=True)
    chance = random.Random(SEED)
    for number in range(FILES):
        data = chance.randbytes(200 + 37 * number) if number % 3 else f"text {number}".encode()
        (folder / f"file-{number:02}").write_bytes(data)
    (folder / "file-again").write_bytes((folder / "file-01").read_bytes())
    rows = (
        {"id": str(n), "t": "2014-06-14T10:00:00Z", "platform": "twitter", "user": f"u{n % 7}",
         "text": f"post {n}", "lang": "en"}
        for n in range(POSTS)
    )  # fmt: skip
    (folder / "posts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def question(case: Case) -> None:
    """Enter events with a claim each; one of them kills whoever weighs it."""
    words = "They say that it happened."
    with case.batch(by="campaign") as batch:
        staged = case.blobs.stage_bytes(words.encode())
        batch.exhibit(staged, "text/plain")
        for name in (*(f"e-{number:02}" for number in range(EVENTS)), DEADLY):
            batch.noun("event", Event(id=name, label=name))
            claim = Claim(
                id="", question=Question.CONTEXT, event=name, value={"text": name},
                polarity=Polarity.ASSERTS, hedge=Hedge.ASSERTED, attribution=Attribution.OWN_VOICE,
                source_chain=("someone",), exhibit=staged.digest, span=Span(0, 4), quote="They",
            )  # fmt: skip
            body = {f: getattr(claim, f) for f in claim.__dataclass_fields__}
            claim = Claim(**{**body, "id": content_id("claim", claim)})
            batch.noun("claim", claim, objects=[claim.exhibit])


def tables(case: Case) -> str:
    """Return a digest of everything in the catalog but the queue."""
    names = ("meta", "entries", "nouns", "sightings", "collected", "outcomes", "findings", "words")
    with case.catalog.engine.connect() as connection:
        rows = {
            name: [list(map(str, row)) for row in connection.execute(text(f"SELECT * FROM {name}"))]
            for name in names
        }
    return digest_of({name: sorted(found) for name, found in rows.items()})


def state(folder: Path) -> dict[str, Any]:
    """Return what must be the same, however often the work was interrupted."""
    case = Case.open(folder)
    runs = [noun.data for noun in case.catalog.nouns("run", current=False)]
    exhibits = [noun.id for noun in case.catalog.nouns("exhibit", current=False)]
    sightings = sorted(noun["id"] for _, noun, _ in case.catalog.sightings())
    bodies = [case.catalog.run_findings(run["id"]) for run in runs]
    found = {
        "exhibits": sorted(exhibits),
        "sightings": sightings,
        "runs": sorted([run["id"], run["status"]] for run in runs),
        "findings": sorted(finding["id"] for each in bodies for finding in each),
        "custody": [len(case.catalog.nouns(kind)) for kind in ("stamp", "key", "scrub", "note")],
        "copies": sorted(path.name for path in (folder / "stamps").rglob("*.*")),
        "good_given_up": [r["unit"] for r in runs if r["status"] != "done" and r["unit"] != DEADLY],
    }
    case.close()
    return found


class Campaign:
    """Templates, references and what was counted."""

    def __init__(self, folder: Path, command: str) -> None:
        folder.mkdir()
        self.folder = folder
        self.inbox = folder / "inbox"
        self.chance = random.Random(SEED)
        self.steps: Counter[str] = Counter()
        self.totals: Counter[str] = Counter()
        self.problems: list[str] = []
        fill(self.inbox)
        made = Case.create(folder / command, title="campaign", by="campaign")
        question(made)
        made.close()
        self.calls: dict[str, dict[str, int]] = {}
        self.expected: dict[str, Any] = {}
        self.seconds: dict[str, float] = {}
        began = time.monotonic()
        reference = self.copy(command)
        process = start(command, reference, self.inbox, ("", 0, False))
        last = process.communicate(timeout=300)[0].splitlines()[-1]
        self.seconds[command] = time.monotonic() - began
        self.calls[command] = json.loads(last)["calls"]
        self.expected[command] = state(reference)
        shutil.rmtree(reference)

    def copy(self, command: str) -> Path:
        target = self.folder / f"trial-{command}"
        shutil.rmtree(target, ignore_errors=True)
        shutil.rmtree(target.with_name(f"{target.name}-copy"), ignore_errors=True)
        return Path(shutil.copytree(self.folder / command, target))

    def step(self, command: str, step: str, hits: int) -> None:
        """Kill at calls spread over all calls of a step."""
        calls = self.calls[command][step]
        for hit in range(hits):
            number = 1 + hit * calls // hits if hits <= calls else 1 + hit % calls
            self.trial(command, f"{command} {step}", (step, number, hit % 2 == 1), None)

    def at_random(self, command: str, kills: int) -> None:
        """Kill from outside at any time between start and end."""
        name = f"{command} at any time"
        for _ in range(4 * kills):  # a child that ended before its time does not count
            if self.steps[name] >= kills:
                break
            wait_s = self.chance.uniform(0.2, 0.9) * self.seconds[command]
            self.trial(command, name, ("", 0, False), wait_s)
            if self.steps[name] == 0:
                self.seconds[command] *= 0.8  # the first run of all was slower: nothing was warm

    def trial(
        self, command: str, name: str, trap: tuple[str, int, bool], wait_s: float | None
    ) -> None:
        case = self.copy(command)
        process = start(command, case, self.inbox, trap)
        try:
            said = process.communicate(timeout=wait_s or 300)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            said = process.communicate()[0]
        self.totals["trials"] += 1
        if process.returncode == -signal.SIGKILL:
            self.totals["kills"] += 1
            self.steps[name] += 1
        elif wait_s is None and process.returncode == 0:
            # How often `analyse` commits depends on time: the step came less often than before.
            self.totals["step_did_not_come"] += 1
        elif wait_s is None:
            self.problems.append(f"{name} {trap}: was not killed, exit {process.returncode}")
        told = [pair for line in said.splitlines() for pair in _batch(line)]
        for wrong in self.check(command, case, told):
            self.problems.append(f"{name} {trap}: {wrong}")

    def check(self, command: str, folder: Path, told: list[Any]) -> Iterator[str]:
        as_it_lies = verify(folder)
        if as_it_lies["problems"] or as_it_lies["verdict"] == "failed":
            yield f"as it lies: {as_it_lies['problems'][:2]}"
        self.totals["left_overs_seen"] += as_it_lies["verdict"] == "incomplete"
        case = Case.open(folder, write=True)
        self.totals["entries_acknowledged"] += len(told)
        yield from _lost(case, told)
        work(command, case, self.inbox)
        yield from _lost(case, told)
        followed = tables(case)
        case.rebuild()
        if tables(case) != followed:
            yield "the catalog is another one after a rebuild"
        case.close()
        found, expected = state(folder), self.expected[command]
        for what in expected:
            if found[what] != expected[what]:
                yield f"{what}: {len(found[what])} instead of {len(expected[what])}, or others"
        self.totals["good_given_up"] += len(found["good_given_up"])
        after = verify(folder)
        if after["verdict"] != "ok":
            yield f"after going on: {after['verdict']} {after['problems'][:2]}"
        waiting = [path.name for path in (folder / "incoming").iterdir()]
        if waiting:
            yield f"left in incoming/: {waiting}"


def _batch(line: str) -> list[Any]:
    try:
        value = json.loads(line)
    except json.JSONDecodeError:
        return []  # cut off by the kill: it was not acknowledged
    return value if isinstance(value, list) else []


def _lost(case: Case, told: list[Any]) -> Iterator[str]:
    there = [entry.decode() for entry in case.log.entries(0, case.ledger.size())]
    for index, entry in told:
        if index >= len(there) or there[index] != entry:
            yield f"entry {index} was acknowledged and is lost"


def part(job: tuple[str, float, str]) -> Campaign:
    """Do a share of what is killed at one command."""
    command, share, folder = job
    campaign = Campaign(Path(folder) / command, command)
    for step in STEPS[command]:
        alone = sum(step in others for others in STEPS.values()) == 1
        hits = HITS_ALONE if alone else HITS[command]
        campaign.step(command, step, max(1, round(hits * share)))
    campaign.at_random(command, max(1, round(RANDOM_KILLS[command] * share)))
    return campaign


def run(share: float, folder: Path) -> dict[str, Any]:
    """Do a share of the campaign; return counts and problems."""
    steps: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    problems: list[str] = []
    # No pool of multiprocessing: its processes may not have children, and `analyse` has.
    with ProcessPoolExecutor(PROCESSES) as pool:
        for done in pool.map(part, [(name, share, str(folder)) for name in STEPS]):
            steps += done.steps
            totals += done.totals
            problems += done.problems
    return {
        "kills_per_step": dict(sorted(steps.items())),
        "totals": {name: totals[name] for name in sorted({*totals, "good_given_up"})},
        "problems": problems,
    }


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--full", action="store_true", help="all of it; writes the result")
    full = options.parse_args().full
    digest, began = source_digest(), time.monotonic()
    # A killed process leaves what it wrote to the system's memory: no disk is needed for that.
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(prefix="firsthand-kill-", dir=memory) as folder:
        os.environ["FIRSTHAND_HOME"] = f"{folder}/home"
        result = run(1.0 if full else 0.05, Path(folder))
    result["seconds"] = round(time.monotonic() - began)
    print(json.dumps(result, indent=2))
    if full:
        write_result("kill", result, digest)
    return bool(result["problems"])


if __name__ == "__main__":
    sys.exit(main())
