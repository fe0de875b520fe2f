"""Measure everything, write results.json, and docs/measured.md from it.

    PEERS_PYTHON=.venv-bench/bin/python python benchmarks/run.py [--docs] [--only NAME]

Without arguments everything is measured (half an hour, 6 GB of disk). `--only` measures one part
and prints it; with `--keep` it is put among the results of the others, and the page says so.
`--docs` measures nothing: it writes docs/measured.md anew, so that no number there is typed by
hand.
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

from page import document

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
RESULTS = HERE / "results.json"
DOCS = ROOT / "docs" / "measured.md"
PARTS = (
    "store",
    "hashing",
    "log",
    "million",
    "memory",
    "startup",
    "verifying",
    "fingerprint",
    "hamming",
    "posts_case",
    "auto_archiver",
    "text_in_pictures",
)
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


def _keep(name: str, part: Json) -> None:
    """Put one part among the results, with the state of the source and the machine it is of."""
    found = json.loads(RESULTS.read_text(encoding="utf-8"))
    found[name] = part
    found.setdefault("parts_measured", {})[name] = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "source_digest": source_digest(),
        "load": [round(each, 1) for each in os.getloadavg()],
        "machine": machine(),
        "versions": versions(),
    }
    RESULTS.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    DOCS.write_text(document(found, PARTS), encoding="utf-8")


def main() -> None:
    """Measure, or write the page from what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--docs", action="store_true", help="only write docs/measured.md")
    parser.add_argument("--only", choices=PARTS, help="measure one part and print it")
    parser.add_argument("--keep", action="store_true", help="with --only: put it in results.json")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-keys-") as keys:
        # Keys of the cases that are made here do not belong among the user's.
        os.environ["XDG_CONFIG_HOME"] = keys
        if given.only:
            part = importlib.import_module(given.only).measure()
            print(json.dumps(part, indent=2))
            if given.keep:
                _keep(given.only, part)
            return
        if not given.docs:
            text = json.dumps(measure_all(), indent=2, ensure_ascii=False)
            RESULTS.write_text(text + "\n", encoding="utf-8")
    found = json.loads(RESULTS.read_text(encoding="utf-8"))
    DOCS.write_text(document(found, PARTS), encoding="utf-8")
    if not given.docs:
        print(json.dumps(found, ensure_ascii=False))
        print(document(found, PARTS))


if __name__ == "__main__":
    main()
