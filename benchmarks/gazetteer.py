"""Measure the gazetteer: size of its files, time to load and to answer. Prints JSON.

    python benchmarks/gazetteer.py

Each figure is taken in a fresh process, where it says "cold", or after warming up. The machine
decides them: compare only runs of one machine.
"""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "src" / "firsthand" / "globe" / "data"
COLD_RUNS = 5
NAMES = (
    "Tikrit", "تكريت", "Salahuddin", "Salah ad-Din", "Mosul", "Baiji", "Raqqa", "Sirte", "Bucha",
    "Homs", "San Juan", "Springfield", "العراق", "Xyzzy", "Nineveh", "Deir ez-Zor",
)  # fmt: skip

COLD = """
import time, resource
t0 = time.perf_counter()
from firsthand.globe import gazetteer, store
t1 = time.perf_counter()
store.rows()
t2 = time.perf_counter()
gazetteer.find("Tikrit")
t3 = time.perf_counter()
gazetteer.locate(34_596_000, 43_677_000)
t4 = time.perf_counter()
kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(t1 - t0, t2 - t1, t3 - t2, t4 - t3, kib)
"""


def main() -> None:
    cold = []
    for _ in range(COLD_RUNS):
        done = subprocess.run([sys.executable, "-c", COLD], check=True, capture_output=True)
        cold.append([float(word) for word in done.stdout.split()])
    middle = [statistics.median(column) for column in zip(*cold, strict=True)]

    from firsthand.globe import gazetteer, store

    rows = store.rows()
    find_ms, nest_ms = [], []
    for name in NAMES:
        start = time.perf_counter()
        gazetteer.find(name)
        find_ms.append((time.perf_counter() - start) * 1e3)
    for name in NAMES:
        start = time.perf_counter()
        gazetteer.contains_name("Iraq", name)
        nest_ms.append((time.perf_counter() - start) * 1e3)
    start = time.perf_counter()
    for _ in range(1000):
        gazetteer.locate(34_596_000, 43_677_000)
    locate_ms = time.perf_counter() - start
    report = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "bytes": {path.name: path.stat().st_size for path in sorted(DATA.iterdir())},
        "bytes_total": sum(path.stat().st_size for path in DATA.iterdir()),
        "rows": rows.count(b"\n"),
        "rows_bytes_in_memory": len(rows),
        "areas_with_outline": len(store.areas()),
        "cold_import_s": round(middle[0], 3),
        "cold_load_s": round(middle[1], 3),
        "cold_first_find_s": round(middle[2], 3),
        "cold_first_locate_s": round(middle[3], 3),
        "cold_peak_memory_mib": round(middle[4] / 1024, 1),
        "find_ms_median": round(statistics.median(find_ms), 1),
        "find_ms_max": round(max(find_ms), 1),
        "contains_name_ms_median": round(statistics.median(nest_ms), 1),
        "contains_name_ms_max": round(max(nest_ms), 1),
        "locate_warm_ms": round(locate_ms, 2),
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
