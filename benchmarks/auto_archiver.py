"""Fifty pictures to preserved, hashed, fingerprinted and logged, beside auto-archiver 1.2.9.

    AUTO_ARCHIVER=ENV/bin/python python benchmarks/auto_archiver.py

`AUTO_ARCHIVER` is the interpreter of an environment made with requirements/auto-archiver.txt. It
takes addresses only, so it fetches the pictures from a loopback server; firsthand is given the
folder. Both run in turn on the same pictures, and both work is measured with its start.

The set is that of the first measurement of auto-archiver: 20 originals of 1600 x 1200, half of them
with EXIF, 10 copies with the same bytes, 20 near-copies (5 of half the size, 5 JPEG of quality 40,
5 cropped by 4 % on each side, 5 with a black band).
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image
from timing import FIRSTHAND, say, watched

ROUNDS = 3
HOST = "quarry-news.example"
CUT = 31
"""Bits: the usual cut for PDQ (its documentation, and HMA's default)."""
SAME_WORK = ("media.metadata", "match.groups", "whenwhere.exhibits")
"""Methods, with what they need, that answer what auto-archiver does (and links, which it does not).
Text in pictures is measured apart: auto-archiver reads none."""
# auto-archiver refuses loopback addresses but not names that lead there.
NAMES = f"""\
import socket
_real = socket.getaddrinfo
def _look_up(host, *rest, **options):
    name = host.decode() if isinstance(host, bytes) else host
    return _real("127.0.0.1" if name == {HOST!r} else host, *rest, **options)
socket.getaddrinfo = _look_up
"""
CONFIG = """\
steps: {feeders: [csv_feeder], extractors: [generic_extractor],
  enrichers: [hash_enricher, pdq_hash_enricher, metadata_enricher, meta_enricher, json_enricher],
  databases: [csv_db, console_db], storages: [local_storage], formatters: [html_formatter]}
authentication: {}
logging: {level: INFO}
csv_feeder: {files: [pics.csv], column: url}
generic_extractor: {ytdlp_update_interval: -1, bguils_po_token_method: disabled}
hash_enricher: {algorithm: SHA-256}
local_storage: {path_generator: flat, filename_generator: static, save_to: ./local_archive}
csv_db: {csv_file: db.csv}
"""


def scene(seed: int) -> Image.Image:
    """Return a picture with large forms and fine grain, as photographs have both."""
    dice = np.random.default_rng(seed)
    grid = np.zeros((1200, 1600, 3), dtype=np.float32)
    for size, weight in ((4, 90), (12, 60), (48, 30), (200, 12)):
        small = dice.normal(0, weight, (3 * size // 4, size, 3)).astype(np.float32)
        for band in range(3):
            layer = Image.fromarray(small[..., band]).resize((1600, 1200), Image.Resampling.BICUBIC)
            grid[..., band] += np.asarray(layer)
    grid += dice.normal(128, 6, grid.shape).astype(np.float32)
    return Image.fromarray(np.clip(grid, 0, 255).astype(np.uint8))


def pictures(folder: Path) -> dict[str, str]:
    """Write the set; return which original each picture comes from."""
    origin: dict[str, str] = {}
    folder.mkdir()

    def save(name: str, image: Image.Image, of: str, quality: int = 85, **more: Any) -> None:
        image.save(folder / name, "JPEG", quality=quality, **more)
        origin[name] = of

    for number in range(20):
        name = f"original-{number:02}.jpg"
        exif = Image.Exif()
        exif[0x010F], exif[0x0110] = "Quarry", "Model 1"  # Make, Model
        exif[0x0132] = f"2024:05:04 09:{number:02}:00"  # DateTime
        image = scene(number)
        save(name, image, name, **({"exif": exif} if number < 10 else {}))
        if number < 10:
            copy = f"same-{number:02}.jpg"
            (folder / copy).write_bytes((folder / name).read_bytes())
            origin[copy] = name
        wide, high = image.size
        if number < 5:
            save(f"half-{number}.jpg", image.resize((wide // 2, high // 2)), name)
        elif number < 10:
            save(f"quality-{number}.jpg", image, name, quality=40)
        elif number < 15:
            box = (wide // 25, high // 25, wide - wide // 25, high - high // 25)
            save(f"crop-{number}.jpg", image.crop(box), name)
        else:
            image.paste((0, 0, 0), (0, high - high // 12, wide, high))
            save(f"band-{number}.jpg", image, name)
    return origin


@contextlib.contextmanager
def served(folder: Path) -> Iterator[tuple[int, list[str]]]:
    """Serve a folder on loopback; yield the port and the list of requests."""
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, directory=str(folder), **options)

        def log_request(self, *_: object) -> None:
            asked.append(f"{self.command} {self.path}")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def copyfile(self, source: Any, outputfile: Any) -> None:
            with contextlib.suppress(ConnectionError):
                super().copyfile(source, outputfile)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1], asked
    finally:
        server.shutdown()
        server.server_close()


def links_found(pairs: set[frozenset[str]], origin: dict[str, str]) -> dict[str, str | int]:
    """Return how many of the pairs that share an original were linked, by the kind of copy."""
    due: Counter[str] = Counter()
    met: Counter[str] = Counter()
    false = 0
    for a, b in combinations(sorted(origin), 2):
        linked = frozenset((a, b)) in pairs
        if origin[a] != origin[b]:
            false += linked
        elif origin[a] in (a, b):
            kind = (b if origin[a] == a else a).split("-")[0]
            due[kind] += 1
            met[kind] += linked
    found: dict[str, str | int] = {kind: f"{met[kind]} of {due[kind]}" for kind in sorted(due)}
    return found | {"between unrelated pictures": false}


def auto_archiver(tool: str, work: Path, folder: Path, origin: dict[str, str]) -> dict[str, Any]:
    """Run auto-archiver in an empty folder."""
    work.mkdir()
    (work / "names").mkdir()
    (work / "names" / "sitecustomize.py").write_text(NAMES)
    (work / "o.yaml").write_text(CONFIG)
    environment = {**os.environ, "PYTHONPATH": str(work / "names"), "HOME": str(work)}
    with served(folder) as (port, asked):
        rows = "".join(f"http://{HOST}:{port}/{name}\n" for name in sorted(origin))
        (work / "pics.csv").write_text("url\n" + rows)
        command = [str(Path(tool).parent / "auto-archiver"), "--config", "o.yaml"]
        taken = watched(command, cwd=work, env=environment)
    csv.field_size_limit(1 << 24)
    with open(work / "db.csv", newline="") as stream:
        rows_found = list(csv.DictReader(stream))
    files = [path for path in (work / "local_archive").rglob("*") if path.is_file()]
    return {
        **taken,
        "made": {
            "rows": len(rows_found),
            "saved": sum("success" in row["status"] for row in rows_found),
            "requests": len(asked),
            "files": dict(Counter(path.suffix for path in files)),
            "mb": round(sum(path.stat().st_size for path in files) / 1e6, 1),
            "links": "none: it compares nothing",
            f"links if its PDQ were compared at {CUT} bits": links_found(
                _by_pdq(rows_found), origin
            ),
        },
    }


def _by_pdq(rows: list[dict[str, str]]) -> set[frozenset[str]]:
    codes: dict[str, int] = {}
    for row in rows:
        name = row["metadata"].partition("'url': '")[2].partition("'")[0].rpartition("/")[2]
        code = row["media"].partition("'pdq_hash': '")[2].partition("'")[0]
        if code:
            codes[name] = int(code, 16)
    return {
        frozenset((a, b))
        for a, b in combinations(codes, 2)
        if (codes[a] ^ codes[b]).bit_count() <= CUT
    }


def firsthand(work: Path, folder: Path, origin: dict[str, str]) -> dict[str, Any]:
    """Make a case, add the folder, analyse; then the same once more, which must add nothing."""
    from firsthand.case import Case

    work.mkdir()
    environment = {**os.environ, "FIRSTHAND_HOME": str(work / "home")}
    case = str(work / "case")
    only = [word for name in SAME_WORK for word in ("--only", name)]
    steps = (
        ["new", case, "--title", "pictures"],
        ["add", case, str(folder)],
        ["analyse", case, *only],
    )
    taken = [watched([*FIRSTHAND, *step], env=environment) for step in steps]
    rest = watched([*FIRSTHAND, "analyse", case], env=environment)
    opened = Case.open(Path(case))
    before = opened.catalog.counts()
    names: dict[str, list[str]] = {}
    for _, noun, _ in opened.catalog.sightings():
        names.setdefault(noun["exhibits"][0], []).append(Path(noun["ref"]).name)
    runs = opened.catalog.nouns("run")
    findings = [each for run in runs for each in opened.catalog.run_findings(run.id)]
    kinds = Counter(each["kind"] for each in findings)
    opened.close()
    pairs = {
        frozenset((a, b))
        for each in findings
        if each["kind"] == "match.link"
        for a in names[each["subjects"][0]]
        for b in names[each["subjects"][1]]
    }
    pairs |= {frozenset(pair) for same in names.values() for pair in combinations(same, 2)}
    for step in (steps[1], ["analyse", case]):
        watched([*FIRSTHAND, *step], env=environment)
    opened = Case.open(Path(case))
    after = opened.catalog.counts()
    opened.close()
    checked = subprocess.run(
        [*FIRSTHAND, "verify", case, "--json"], env=environment, capture_output=True, check=False
    )
    return {
        **{key: round(sum(each[key] for each in taken), 2) for key in taken[0] if "_s" in key},
        **{key: max(each[key] for each in taken) for key in ("peak_mb", "sum_mb")},
        "steps": {step[0]: each["wall_s"] for step, each in zip(steps, taken, strict=True)},
        "everything else (text in pictures)": rest,
        "made": {
            "counts": before,
            "findings": dict(sorted(kinds.items())),
            "links": links_found(pairs, origin),
            "second run adds": {
                key: after[key] - before[key] for key in ("exhibit", "run", "sightings")
            },
            "verify": json.loads(checked.stdout)["verdict"],
        },
    }


def measure(rounds: int = ROUNDS) -> dict[str, Any]:
    """Return what both take and make, in turn, round after round."""
    tool = os.environ.get("AUTO_ARCHIVER")
    runs: dict[str, list[dict[str, Any]]] = {"firsthand": [], "auto_archiver": []}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "pictures"
        origin = pictures(folder)
        size = sum(path.stat().st_size for path in folder.iterdir())
        for number in range(rounds):
            say(f"  {number + 1}/{rounds}")
            runs["firsthand"].append(firsthand(Path(place) / f"f{number}", folder, origin))
            if tool:
                work = Path(place) / f"a{number}"
                runs["auto_archiver"].append(auto_archiver(tool, work, folder, origin))
    if not tool:
        say("AUTO_ARCHIVER is not set: auto-archiver is left out")
    return {
        "pictures": len(origin),
        "mb": round(size / 1e6, 1),
        "rounds": rounds,
        "auto_archiver_version": _version(tool) if tool else None,
        **{name: _together(each) for name, each in runs.items() if each},
    }


def _version(tool: str) -> str:
    ask = "import importlib.metadata as m; print(m.version('auto-archiver'))"
    done = subprocess.run([tool, "-c", ask], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _together(runs: list[dict[str, Any]]) -> dict[str, Any]:
    numbers = [key for key, value in runs[0].items() if isinstance(value, int | float)]
    return {
        **{f"median_{key}": round(median(each[key] for each in runs), 2) for key in numbers},
        "each_wall_s": [each["wall_s"] for each in runs],
        **{key: value for key, value in runs[-1].items() if key not in numbers},
    }


if __name__ == "__main__":
    out = io.StringIO()
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    json.dump(measure(rounds), out, indent=2, ensure_ascii=False)
    print(out.getvalue())
