"""Many processes append to one case at a time: one linear history, nothing lost, nothing twice.

    python campaigns/writers.py [--full]        (make campaign-writers)

Eight processes append 5,000 entries each, one batch an entry, and note what was acknowledged and
every checkpoint that they see. In a second run processes are killed with SIGKILL at random times
and started again. Then every checkpoint that was seen must be the root of the final log's first
entries, every acknowledged entry must lie where it was said to, and none twice. Without --full it
does 1/20 of it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from measured import source_digest, write_result

from firsthand.case.case import Case
from firsthand.model.nouns import Note
from firsthand.report.verify import verify
from firsthand.tlog import Frontier, leaf_hash

SEED = 20140614
WRITERS, APPENDS = 8, 5_000
KILLED_SHARE = 10
"""The run with kills appends one of so many: each start of a process takes about a second."""


def child(root: Path, writer: int, first: int, end: int) -> None:
    """Append the notes of one writer; say on a line of its own what was acknowledged, and seen."""
    case = Case.open(root, write=True)
    for number in range(first, end):
        name = f"w{writer}-{number}"
        began = time.monotonic()
        # A note that was durable before its writer was killed is known, and not appended again.
        with case.batch(by=f"writer {writer}") as batch:
            batch.noun("note", Note(id=name, subject="case", text=name))
        entry = case.catalog.noun("note", name)
        waited_ms = round(1000 * (time.monotonic() - began))
        point = case.log.checkpoint()
        said = [number, entry.entry if entry else None, point.size, point.root.hex(), waited_ms]
        os.write(1, (json.dumps(said) + "\n").encode())
    case.close()


class Writer:
    """One process at a time that has its share of the appends to do."""

    def __init__(self, folder: Path, number: int, appends: int) -> None:
        self.root, self.number, self.appends = folder / "case", number, appends
        self.said = folder / f"said-{number}"
        self.kills = 0
        self.process: subprocess.Popen[bytes] | None = None

    def lines(self) -> list[Any]:
        if not self.said.exists():
            return []
        data = self.said.read_bytes()
        return [json.loads(line) for line in data[: data.rfind(b"\n") + 1].splitlines()]

    def start(self) -> None:
        told = self.lines()
        first = 1 + told[-1][0] if told else 0
        with self.said.open("r+b" if self.said.exists() else "wb") as cut:
            cut.truncate(_whole(self.said))  # a line that the kill cut off was not said
        code = "import sys; import writers; writers.child(writers.Path(sys.argv[1]), "
        code += "*map(int, sys.argv[2:]))"
        numbers = map(str, (self.number, first, self.appends))
        with self.said.open("ab") as stream:
            self.process = subprocess.Popen(
                [sys.executable, "-c", code, str(self.root), *numbers],
                stdout=stream,
                cwd=Path(__file__).resolve().parent,
            )

    def done(self) -> bool:
        """Tell whether all is appended; start again who was killed."""
        assert self.process is not None
        code = self.process.poll()
        if code is None:
            return False
        if code == -signal.SIGKILL:
            self.start()
            return False
        if code:
            raise RuntimeError(f"writer {self.number} ended with {code}")
        return True


def _whole(path: Path) -> int:
    """Return how many bytes of a file are whole lines."""
    return path.read_bytes().rfind(b"\n") + 1


def history(folder: Path, appends: int, kills_s: tuple[float, float] | None) -> dict[str, Any]:
    """Let all write at once, kill some if asked to, and look at the history that came of it."""
    folder.mkdir()
    Case.create(folder / "case", title="writers", by="campaign").close()
    writers = [Writer(folder, number, appends) for number in range(WRITERS)]
    chance, began = random.Random(SEED), time.monotonic()
    for writer in writers:
        writer.start()
    next_kill = began + chance.uniform(*kills_s) if kills_s else None
    try:
        while not all([writer.done() for writer in writers]):
            time.sleep(0.02)
            if next_kill and kills_s and time.monotonic() > next_kill:
                victim = chance.choice(writers)
                if victim.process and victim.process.poll() is None:
                    victim.process.kill()
                    victim.process.wait()
                    victim.kills += 1
                next_kill = time.monotonic() + chance.uniform(*kills_s)
    finally:
        for writer in writers:
            if writer.process and writer.process.poll() is None:
                writer.process.kill()
                writer.process.wait()
    seconds = time.monotonic() - began
    lines = {writer.number: writer.lines() for writer in writers}
    waits = sorted(line[4] for told in lines.values() for line in told)
    return {
        "appends": WRITERS * appends,
        "acknowledged": len(waits),
        "checkpoints_seen": len({line[2] for told in lines.values() for line in told}),
        "kills": sum(writer.kills for writer in writers),
        "seconds": round(seconds),
        "appends_per_s": round(WRITERS * appends / seconds),
        "longest_append_ms": waits[-1],
        "problems": list(wrong(folder / "case", lines, appends))[:20],
    }


def wrong(root: Path, lines: dict[int, list[Any]], appends: int) -> Iterator[str]:
    """Hold what the writers saw against the log that lies there now, computed from its entries."""
    case = Case.open(root, write=True)
    size = case.ledger.size()
    if size != 1 + WRITERS * appends:
        yield f"{size} entries, not {1 + WRITERS * appends}"
    names = [
        (entry.fields or {})["body"]["id"]
        for entry in case.ledger.entries()
        if entry.kind == "note"
    ]
    yield from (f"twice: {name}" for name, n in Counter(names).items() if n > 1)
    wanted = {f"w{writer}-{number}" for writer in range(WRITERS) for number in range(appends)}
    yield from (f"lost: {name}" for name in sorted(wanted - set(names))[:5])
    place = {name: index for index, name in enumerate(names, 1)}
    roots: dict[int, str] = {}
    tree = Frontier()
    for index, raw in enumerate(case.log.entries(0, size), 1):
        tree.extend([leaf_hash(raw)])
        roots[index] = tree.root().hex()
    for writer, told in lines.items():
        seen = 0
        for number, index, at_size, root_then, _ in told:
            if place.get(f"w{writer}-{number}") != index:
                yield f"w{writer}-{number} was acknowledged at {index} and is not there"
            if roots.get(at_size) != root_then:
                yield f"another history: the first {at_size} entries"
            if at_size < seen:
                yield f"writer {writer} saw the log become smaller"
            seen = at_size
        for before, after in pairwise(told):
            if before[1] >= after[1]:
                yield f"writer {writer}: entries in another order"
    case.close()
    result = verify(root)
    if result["verdict"] != "ok" or list((root / "incoming").iterdir()):
        yield f"verify: {result['verdict']} {result['problems'][:2]}"


def run(share: int, folder: Path) -> dict[str, Any]:
    """Do a share of the campaign; return what was counted and what was wrong."""
    appends = APPENDS // share
    plain = history(folder / "plain", appends, None)
    killed = history(folder / "killed", max(20, appends // KILLED_SHARE), (0.3, 1.5))
    problems = [*plain.pop("problems"), *killed.pop("problems")]
    if not killed["kills"]:
        problems.append("nobody was killed")
    return {"writers": WRITERS, "plain": plain, "killed": killed, "problems": problems}


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--full", action="store_true", help="all of it; writes the result")
    full = options.parse_args().full
    digest = source_digest()
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(prefix="firsthand-writers-", dir=memory) as folder:
        os.environ["FIRSTHAND_HOME"] = f"{folder}/home"
        result = run(1 if full else 20, Path(folder))
    print(json.dumps(result, indent=2))
    if full:
        write_result("writers", result, digest)
    return bool(result["problems"])


if __name__ == "__main__":
    sys.exit(main())
