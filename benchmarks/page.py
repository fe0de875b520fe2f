"""docs/measured.md out of results.json: no number on the page is typed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Json = Any


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
The number after a name is how many entries are appended at a time. `memory`: the peaks of the tree
alone, all that appending needs; `memory_tiles`: every hash that a proof may need is kept, as
pymerkle does.
`log`: durable, tiles and signed checkpoint. `ledger`: the same with salted fields and their
openings. pymerkle runs in a process of its own; `sqlite`: its tree in an SQLite file.

{table(("entries/s", "best", "worst", "runs", "least CPU [s]"), rows)}

{_ratios(part["ratios"], "speed of / speed of") if part["ratios"] else ""}

{_like(part)}
What is durable is not like for like: pymerkle commits
to one database with its default settings, and our log writes tiles, bundles and a signed
checkpoint that other tools can check, each flushed; the entries of `ledger` are of another size
than the leaves. How often each side flushes was not counted. A ratio below 1 means that pymerkle
is the faster: see the table. Importers append in parts.
"""


def _like(part: Json) -> str:
    """Return whether the goal for trees that can prove was reached."""
    goals = part.get("goal", {})
    return "\n".join(
        f"Goal: {name} >= {goal}: {_met(part['ratios'][name], goal)} ({part['ratios'][name]})."
        for name, goal in goals.items()
        if name in part["ratios"]
    )


def _hashing(part: Json) -> str:
    peers = ", ".join(f"{name} {version}" for name, version in part["peers"].items())
    absent = f" Not installed: {', '.join(part['absent'])}." if part["absent"] else ""
    goals = "\n".join(
        f"- {name} >= {goal}: {_met(part['ratios'][name], goal)} ({part['ratios'][name]})"
        for name, goal in part["goals"].items()
        if name in part["ratios"]
    )
    return f"""## Hashing while copying
{part["files"]:,} files, {part["mb"]:,.0f} MB, {part["rounds"]} rounds in turn, sources in the page
cache; {peers}.{absent} `stage`: one read of each byte, hashed and copied on the way, flushes apart.
`stage_and_flush`: all that an import does to make bytes and names durable. hashdeep only reads and
hashes; `bagit --validate` also compares with its manifest; `--processes` is one for each core.

{table(("MB/s", "best", "worst", "runs", "least CPU [s]"), _speeds(part["speeds"]))}

{_ratios(part["ratios"], "speed of / speed of")}

Goals:
{goals}

Where the processor has SHA instructions, bagit's own loop is nearly as fast as hashing in memory,
so only the second core and the page cache are left to win with; wall time is what others on the
machine leave over, and CPU time is the steadier figure.
"""


def _million(part: Json) -> str:
    goal = part["goal"]["peak_mb"]
    rows = [
        ("make the case", part["made_s"], None),
        ("verify.py", part["verify_s"], part["peak_mb"]),
        ("sha256sum of the same files", part["sha256sum_s"], None),
    ]
    return f"""## A million entries
{part["entries"]:,} entries with salted fields and their openings, {part["files"]:,} files,
{part["mb"]:,.0f} MB, no objects; appended {part["made_per_s"]:,} entries/s, each group durable.
verify.py took {part["verify_cpu_s"]:,.0f} s of CPU time, in {part["processes"]} processes.

{table(("", "wall [s]", "largest process [MB]"), rows)}

Goal: at most {goal} MB: {_met(-part["peak_mb"], -goal)}. verify.py took {part["ratio"]} times as
long as sha256sum: it opens and hashes every salted field by itself, and is standard-library Python.
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


def _posts_case(part: Json) -> str:
    rows = [
        (name, each["wall_s"], each["user_s"], each["system_s"], each["peak_mb"], each["processes"])
        for name, each in part["steps"].items()
    ]
    head = ("step", "wall [s]", "user [s]", "system [s]", "largest process [MB]", "processes")
    ratio = part["ratios"]["media.image/raw decode, cpu"]
    peak = max(each["peak_mb"] for each in part["steps"].values())
    goal = part["goal"]
    return f"""## A case of posts with pictures
{part["posts"]:,} posts with {part["pictures"]:,} pictures of 1280 x 960 (mean
{part["mean_kb"]} kB), taken in and looked at by the commands, starts of all processes included. CPU
is read from /proc of every process. Bare decoding by Pillow in one process:
{part["raw_decode_cpu_ms"]} ms of CPU for each picture, measured between the steps; `media.image`:
{part["image_cpu_ms"]} ms. Text in pictures is not read in so large a case unless asked for.

{table(head, rows)}

Goals: media.image/raw decode <= {goal["media.image/raw decode, cpu"]} in CPU:
{_met(-ratio, -goal["media.image/raw decode, cpu"])} ({ratio}); each process <
{goal["largest_process_mb"]} MB: {_met(-peak, -goal["largest_process_mb"])}.
"""


def _auto_archiver(part: Json) -> str:
    tools = [name for name in ("firsthand", "auto_archiver") if name in part]
    keys = ("median_wall_s", "median_user_s", "median_peak_mb", "median_sum_mb")
    names = ("wall [s]", "user CPU [s]", "largest process [MB]", "all processes [MB]")
    rows: list[tuple[object, ...]] = [
        (shown, *(part[tool][key] for tool in tools))
        for shown, key in zip(names, keys, strict=True)
    ]
    goal = ""
    if len(tools) == 2:
        wall = part["auto_archiver"]["median_wall_s"] / part["firsthand"]["median_wall_s"]
        goal = f"auto-archiver takes {wall:.1f} times as long (wall)."
    made = "\n".join(f"- {tool}: {_listed(part[tool]['made'])}" for tool in tools)
    return f"""## Fifty pictures, beside auto-archiver
{part["pictures"]} pictures ({part["mb"]} MB; 20 originals, 10 with the same bytes, 20 near-copies)
to preserved, hashed, fingerprinted and logged; median of {part["rounds"]} rounds in turn.
auto-archiver {part["auto_archiver_version"]} takes addresses only and fetches from a loopback
server; firsthand runs `new`, `add` and `analyse` on the folder, starts included, without reading
text in pictures, which auto-archiver does not do. {goal}

{table(("", *tools), rows)}

What each makes:

{made}
"""


def _listed(value: Json) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_listed(each)}" for name, each in value.items())
    return str(value)


def _text_in_pictures(part: Json) -> str:
    rows = [
        (name, each["words"], each["found"], round(each["found"] / max(each["words"], 1), 3),
         each["not_there"])
        for name, each in part.items()
    ]  # fmt: skip
    head = ("text in generated pictures", "words", "found", "share", "words that are not there")
    return f"""## Text in pictures
Read by tesseract through firsthand, whole words compared. `overlay`: outlined letters set
straight onto a photograph.

{table(head, rows)}
"""


def _apart(measured: Json) -> str:
    """Return when and on what a part was measured that was not part of the whole run."""
    if measured is None:
        return ""
    where = measured["machine"]
    peers = ("faiss-cpu", "pymerkle", "numpy", "pillow")
    used = ", ".join(f"{name} {measured['versions'][name]}" for name in peers
                     if name in measured["versions"])  # fmt: skip
    return f"""
Measured apart from the rest: {measured["date"]}, {where["cpu"]}, {where["cores"]} cores, load
{measured["load"][0]} at its end; {used}. Source: `{measured["source_digest"]}`.
"""


def document(found: Json, parts: Sequence[str]) -> str:
    """Return docs/measured.md."""
    where, used = found["machine"], found["versions"]
    loads = ", ".join(str(where[name][0]) for name in ("load_at_start", "load_at_end"))
    sha = "with" if where["sha_instructions"] else "without"
    # Results of an older run lack what was added since.
    names = [name for name in (*parts, "gazetteer") if name in found]
    apart = found.get("parts_measured", {})
    body = "\n".join(_SECTIONS[name](found[name]) + _apart(apart.get(name)) for name in names)
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


_SECTIONS = {
    "store": _store,
    "hashing": _hashing,
    "log": _log,
    "million": _million,
    "memory": _memory,
    "startup": _startup,
    "verifying": _verifying,
    "fingerprint": _fingerprint,
    "hamming": _hamming,
    "posts_case": _posts_case,
    "auto_archiver": _auto_archiver,
    "text_in_pictures": _text_in_pictures,
    "gazetteer": _gazetteer,
}
