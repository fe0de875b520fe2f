"""Measure everything, write results.json, and docs/measured.md from it.

    PEERS_PYTHON=.venv-bench/bin/python python benchmarks/run.py [--docs] [--only NAME]

Without arguments everything is measured (some minutes, 6 GB of disk). `--only` measures one part
and prints it. `--docs` measures nothing: it writes docs/measured.md anew, so that no number there
is typed by hand.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import importlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
RESULTS = HERE / "results.json"
DOCS = ROOT / "docs" / "measured.md"
PARTS = ("store", "log", "memory", "startup", "verifying", "fingerprint", "hamming")
LIBRARIES = ("SQLAlchemy", "click", "cryptography", "numpy", "pillow", "pyarrow")

Json = Any


def source_digest() -> str:
    """Return the digest of the source that is measured, by the rule of the campaigns."""
    spec = importlib.util.spec_from_file_location("measured", ROOT / "campaigns" / "measured.py")
    if spec is None or spec.loader is None:
        raise SystemExit("campaigns/measured.py is missing")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return str(module.source_digest())


def machine() -> Json:
    """Return what decides the numbers; no name of a host, user or folder."""
    return {
        "cpu": _processor(),
        "cores": os.cpu_count(),
        "sha_instructions": "sha_ni" in _text("/proc/cpuinfo") or None,
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "disk": _disk(),
        "load_at_start": [round(each, 1) for each in os.getloadavg()],
        "hash_in_memory_mb_per_s": _hash_speed(),
    }


def _text(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def _processor() -> str:
    for line in _text("/proc/cpuinfo").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"


def _disk() -> str:
    """Return the file system where temporary files lie; on a RAM disk flushes cost nothing."""
    place, found = os.path.realpath(tempfile.gettempdir()), ("", "unknown", "")
    for line in _text("/proc/mounts").splitlines():
        device, mount, kind = line.split()[:3]
        inside = place == mount or place.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(found[0]):
            found = (mount, kind, Path(device).name)
    return f"{found[1]} on {found[2]}".removesuffix(" on ")


def _hash_speed() -> float:
    data = bytes(64 << 20)
    best = 0.0
    for _ in range(5):
        start = time.perf_counter()
        hashlib.sha256(data).digest()
        best = max(best, len(data) / 1e6 / (time.perf_counter() - start))
    return round(best, 1)


def versions() -> Json:
    """Return versions of what was measured and of the peers."""
    found = {"python": platform.python_version(), "openssl": ssl.OPENSSL_VERSION}
    found |= {name: importlib.metadata.version(name) for name in LIBRARIES}
    if shutil.which("sha256sum"):
        found["sha256sum"] = _first_line(["sha256sum", "--version"])
    if peers := os.environ.get("PEERS_PYTHON"):
        for name in ("pymerkle", "faiss-cpu"):
            ask = f"import importlib.metadata as m; print(m.version('{name}'))"
            found[name] = _first_line([peers, "-c", ask])
    return found


def _first_line(args: list[str]) -> str:
    done = subprocess.run(args, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[0]


def measure_all() -> Json:
    """Measure every part and return one document."""
    digest = source_digest()
    if not os.environ.get("PEERS_PYTHON"):
        print("PEERS_PYTHON is not set: peers are left out (see make bench)", file=sys.stderr)
    whole: Json = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": machine(),
        "versions": versions(),
    }
    for name in PARTS:
        whole[name] = importlib.import_module(name).measure()
    whole["gazetteer"] = json.loads(
        subprocess.run(
            [sys.executable, str(HERE / "gazetteer.py")], check=True, capture_output=True
        ).stdout
    )
    whole["machine"]["load_at_end"] = [round(each, 1) for each in os.getloadavg()]
    whole["source_digest"] = digest
    whole["source_unchanged_during_run"] = source_digest() == digest
    return whole


def table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """Return a Markdown table; missing values show as a dash."""

    def cell(value: object) -> str:
        if isinstance(value, float):
            return f"{value:,.0f}" if value >= 100 else f"{value:g}"
        if isinstance(value, int):
            return f"{value:,}"
        return "-" if value is None else str(value)

    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    lines += ["| " + " | ".join(map(cell, row)) + " |" for row in rows]
    return "\n".join(lines)


def _speeds(speeds: Json) -> list[tuple[object, ...]]:
    return [
        (name, each["best_per_s"], min(each["each_per_s"]), len(each["each_per_s"]),
         each["least_cpu_s"])
        for name, each in speeds.items()
    ]  # fmt: skip


def _ratios(ratios: Json, head: str) -> str:
    return table((head, "ratio"), list(ratios.items()))


def _met(value: float, goal: float) -> str:
    return "reached" if value >= goal else "**not reached**"


def _store(part: Json) -> str:
    goal = part["goal"]["store/hashlib"]
    reached = part["ratios"]["store/hashlib"]
    disk = part["ratios"]["bare_hash_copy_sync/hashlib"]
    return f"""## Preserving files
{part["files"]:,} files of mixed sizes, {part["mb"]:,.0f} MB, pseudo-random bytes, {part["rounds"]}
rounds in turn, sources in the page cache (but for the rows named cold, where the kernel was asked
to drop them). `store` is everything that `firsthand add` does before it acknowledges: read, hash,
copy, flush of all bytes, rename, flush of all names, openings, tiles, checkpoint, catalog.
`command` is the same as a command with its start. `hashlib` reads 1 MiB at a time and keeps
nothing. `copy_and_sync` copies the files and flushes once: no hash, no names by digest, no record.

{table(("MB/s", "best", "worst", "runs", "least CPU [s]"), _speeds(part["speeds"]))}

{_ratios(part["ratios"], "speed of / speed of")}

Goal: store/hashlib >= {goal}: {_met(reached, goal)} ({reached}).
{_why(disk, goal)}
`bare_hash_copy_sync` hashes and copies on as many threads as there are cores and flushes once at
the end: no names by digest, no order of writing, no record. Nothing durable can be done with less.
"""


def _why(disk: float, goal: float) -> str:
    told = (
        f"Hashing and copying on threads with one flush reaches {disk} of the speed of hashing\n"
        "here: less than the goal, though it keeps no promise. On this disk the goal is out of\n"
        "reach for whatever keeps a copy; hashing alone writes nothing."
        if disk < goal
        else "The disk is not what stands in the way: copying and flushing alone is faster."
    )
    return (
        f"{told}\nHow the rest divides between flushes, waiting, and the record of each file\n"
        "(canonical JSON, salted fields, rows, the catalog) was not separated by this run."
    )


def _log(part: Json) -> str:
    rows = _speeds({f"firsthand {k}": v for k, v in part["firsthand"].items()})
    rows += _speeds({f"pymerkle {k}": v for k, v in part["pymerkle"].items()})
    return f"""## Appending to the log
{part["leaves"]:,} leaves of {part["leaf_bytes"]} bytes in memory, the same for both, and the same
root at the end (else nothing is compared): {"checked" if part["same_root"] else "no peer was run"}.
The number after a name is how many entries are appended at a time. `memory`: the tree alone.
`log`: durable, tiles and signed checkpoint. `ledger`: the same with salted fields and their
openings. pymerkle runs in a process of its own; `sqlite`: its tree in an SQLite file.

{table(("entries/s", "best", "worst", "runs", "least CPU [s]"), rows)}

{_ratios(part["ratios"], "speed of / speed of") if part["ratios"] else ""}

Neither comparison is like for like. In memory, ours keeps only the peaks of the tree, which is all
that appending needs; pymerkle keeps a tree that can prove. Where it is durable, pymerkle commits
to one database with its default settings, and our log writes tiles, bundles and a signed
checkpoint that other tools can check, each flushed; the entries of `ledger` are of another size
than the leaves. How often each side flushes was not counted. A ratio below 1 means that pymerkle
is the faster: see the table. Importers append in parts.
"""


def _memory(part: Json) -> str:
    rows = [
        (what, each["self_mb"], each["largest_child_mb"], each["children_seen"])
        for what, each in part["peaks"].items()
    ]
    head = ("peak resident memory [MB]", "process", "largest child", "children seen")
    return f"""## Memory
High-water mark of each process (`VmHWM`), sampled until it ends: a child that lives for less than
about a hundredth of a second can be missed.

{table(head, rows)}
"""


def _startup(part: Json) -> str:
    goal = part["goal"]["firsthand --help, least_cpu_ms"]
    reached = part["commands"]["firsthand --help"]["least_cpu_ms"]
    rows = [
        (name, each["least_cpu_ms"], each["median_cpu_ms"], each["least_wall_ms"])
        for name, each in part["commands"].items()
    ]
    return f"""## Start of a command
User and system time until the answer, of {part["rounds"]} runs, bytecode compiled, files in memory.

{table(("[ms]", "least CPU", "median CPU", "least wall"), rows)}

Goal: `firsthand --help` <= {goal} ms of CPU: {_met(-reached, -goal)}.
tests/cli/test_startup.py holds that nothing heavy is imported for it.
"""


def _verifying(part: Json) -> str:
    rows = [
        (name, each["verdict"], each["files"], each["mb"], each["best_s"]["verify.py"],
         each["least_cpu_s"]["verify.py"], each["best_s"]["sha256sum"],
         each["ratios"]["verify.py/sha256sum, cpu"])
        for name, each in part["cases"].items()
    ]  # fmt: skip
    head = ("case", "verdict", "files", "MB", "verify.py [s]", "CPU [s]", "sha256sum [s]",
            "CPU ratio")  # fmt: skip
    return f"""## Verifying
`verify.py` as a stranger runs it, and `sha256sum` of the same files, best of {part["rounds"]}.
sha256sum only reads and hashes; verify.py is standard-library Python and checks the tree, the
signature, every opening and every object.

{table(head, rows)}
"""


def _fingerprint(part: Json) -> str:
    rows = [
        (name, each["pictures"], each["mean_kb"], *each["cpu_ms_per_picture"].values(),
         each["ratio"], each["child_peak_mb"])
        for name, each in part["sets"].items()
    ]  # fmt: skip
    head = ("CPU for each picture", "pictures", "mean kB", "decode [ms]", "fingerprint [ms]",
            "ratio", "child's peak [MB]")  # fmt: skip
    goal, most = part["goal"]["ratio"], part["goal"]["peak_mb"]
    ratio, peak = (max(each[name] for each in part["sets"].values())
                   for name in ("ratio", "child_peak_mb"))  # fmt: skip
    return f"""## Pictures
`decode`: Pillow in a plain process, nothing else. `fingerprint`: the limited child hashes the file,
decodes it, turns it upright, converts it to sRGB, hashes the pixels, and gives eight PDQ hashes.
The least of {part["rounds"]} rounds; the start of either process is taken off.

{table(head, rows)}

Goals: ratio <= {goal}: {_met(-ratio, -goal)}; peak < {most} MB: {_met(-peak, -most)}.
"""


def _hamming(part: Json) -> str:
    names = ("parts", "parts, one at a time", "full scan", "faiss flat",
             "faiss flat, one at a time")  # fmt: skip
    rows = [
        (f"{each['codes']:,} {each['kind']}", *map(each["cpu_ms_per_query"].get, names),
         each["recall"], each["build_s"], each["bytes_per_code"])
        for each in part["searches"]
    ]  # fmt: skip
    head = ("CPU for each query [ms]", *names, "recall", "build [s]", "bytes for each code")
    least, goal = min(each["recall"] for each in part["searches"]), part["goal"]["recall"]
    same = [each.get("same_as_faiss") for each in part["searches"]]
    told = "no peer was run" if None in same else "the same" if all(same) else "**not the same**"
    pairs = part["pairs"]
    return f"""## Search among fingerprints
Codes of 256 bits, {part["queries"]} queries that are codes with 0 to 31 bits changed, radius
{part["radius"]}, one thread. `parts` is our index, `full scan` compares every code; queries come
together, or one at a time. What faiss finds, compared row by row: {told}.

{table(head, rows)}

Goal: recall against the full scan = {goal}: {_met(least, goal)}.
All {pairs["pairs"]:,} pairs within the radius among {pairs["codes"]:,} {pairs["kind"]} codes:
{pairs["cpu_s"]} s of CPU.
"""


def _gazetteer(part: Json) -> str:
    rows = [(name, value) for name, value in part.items() if isinstance(value, (int, float))]
    return f"""## Gazetteer
`cold` is in a fresh process (median); names carry their units.

{table(("", "value"), rows)}
"""


def document(found: Json) -> str:
    """Return docs/measured.md."""
    where, used = found["machine"], found["versions"]
    loads = ", ".join(str(where[name][0]) for name in ("load_at_start", "load_at_end"))
    sha = "with" if where["sha_instructions"] else "without"
    parts = (_store, _log, _memory, _startup, _verifying, _fingerprint, _hamming, _gazetteer)
    names = (*PARTS, "gazetteer")
    # Results of an older run lack what was added since.
    body = "\n".join(
        each(found[name]) for each, name in zip(parts, names, strict=True) if name in found
    )
    moved = "" if found["source_unchanged_during_run"] else (
        "The source was edited while this was measured, so parts may belong to a later state.\n"
    )  # fmt: skip
    return f"""# What was measured
Written by `benchmarks/run.py` from `benchmarks/results.json`; no number here is typed by hand.
`make bench` measures anew, `benchmarks/run.py --docs` writes this page anew.

{found["date"]}, {where["cpu"]}, {where["cores"]} cores {sha} SHA instructions (SHA-256 in memory:
{where["hash_in_memory_mb_per_s"]:,.0f} MB/s), {where["memory_gb"]} GB, {where["system"]},
{where["disk"]}. {", ".join(f"{name} {value}" for name, value in used.items())}.
Source: `{found["source_digest"]}`.
{moved}
**Read the ratios, not the figures.** The machine is a shared virtual one and other work was running
(load at the start and at the end: {loads}). What is compared ran in turn in one run; the best of
the runs is given, the worst beside it, and CPU time, which suffers less from neighbours.

{body}
## What this does not show
- One machine, one file system, a virtual disk. A laptop's disk that honours flushes, a network
  share or an encrypted disk will differ, most of all where flushes count.
- That nothing is lost in a crash: that is for campaigns and fault tests, not for a stopwatch.
- Millions of files, hostile files, or many people writing at once.
- Pseudo-random bytes stand for photographs and video where files are preserved; the pictures that
  are decoded are generated, or reduced photographs, and the codes that are searched are drawn.
- The peers do less than we do, or other things: a ratio says what our promises cost, or save, and
  not that one program is better.
"""


def main() -> None:
    """Measure, or write the page from what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--docs", action="store_true", help="only write docs/measured.md")
    parser.add_argument("--only", choices=PARTS, help="measure one part and print it")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-keys-") as keys:
        # Keys of the cases that are made here do not belong among the user's.
        os.environ["XDG_CONFIG_HOME"] = keys
        if given.only:
            print(json.dumps(importlib.import_module(given.only).measure(), indent=2))
            return
        if not given.docs:
            text = json.dumps(measure_all(), indent=2, ensure_ascii=False)
            RESULTS.write_text(text + "\n", encoding="utf-8")
    found = json.loads(RESULTS.read_text(encoding="utf-8"))
    DOCS.write_text(document(found), encoding="utf-8")
    if not given.docs:
        print(json.dumps(found, ensure_ascii=False))
        print(document(found))


if __name__ == "__main__":
    main()
