"""Decoding and fingerprints of pictures in the limited child, beside decoding alone.

    python benchmarks/fingerprint.py

`decode` opens and decodes with Pillow in a plain process and does nothing else. `fingerprint` is
what an exhibit gets: the limited child reads and hashes the file, decodes it, turns it upright,
converts it to sRGB, hashes the pixels, and gives eight PDQ hashes and a quality.
"""

from __future__ import annotations

import io
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import timing
from PIL import Image
from timing import PYTHON, Taken, clock

from firsthand.media.reader import MediaReader

COUNT = 120
ROUNDS = 3
BYTES = 310_000
GOAL_RATIO = 3.5
GOAL_MB = 400
PHOTOS = Path(__file__).resolve().parent.parent.parent / "shared" / "photos" / "ordinary"
_DECODE = """
import sys
from PIL import Image
for path in sys.argv[1:]:
    with Image.open(path) as picture:
        picture.load()
"""


def make(folder: Path, count: int = COUNT) -> list[Path]:
    """Write JPEGs of 1280 x 960 pixels and about 310 kB, different ones."""
    folder.mkdir(parents=True, exist_ok=True)
    paths, quality = [], 85
    for number in range(count):
        rng = np.random.default_rng(number)
        small = Image.fromarray(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8))
        large = np.asarray(small.resize((1280, 960), Image.Resampling.BICUBIC)).astype(np.int16)
        grain = rng.normal(0, 12, (960, 1280, 1)).astype(np.int16)
        picture = Image.fromarray(np.clip(large + grain, 0, 255).astype(np.uint8))
        data = _encoded(picture, quality)
        while number == 0 and abs(len(data) - BYTES) > 20_000 and 30 < quality < 96:
            quality += 2 if len(data) < BYTES else -2
            data = _encoded(picture, quality)
        paths.append(folder / f"{number:03d}.jpg")
        paths[-1].write_bytes(data)
    return paths


def _encoded(picture: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def _decode(paths: list[Path]) -> Taken:
    with clock() as taken:
        subprocess.run([PYTHON, "-I", "-c", _DECODE, *map(str, paths)], check=True)
    return taken


def _fingerprint(paths: list[Path]) -> tuple[Taken, int]:
    peak = 0
    with clock() as taken, MediaReader() as reader:
        for path in paths:
            if reader.image(path)["status"] != "decoded":
                raise SystemExit(f"{path.name} was not decoded")
        if reader._child is not None:
            peak = timing._peak(reader._child.process.pid)
    return taken, peak


def _set(paths: list[Path]) -> dict[str, object]:
    """Measure one set; the start of a process is taken off by measuring one picture, too."""
    runs: dict[str, list[float]] = {"decode": [], "fingerprint": []}
    start: dict[str, list[float]] = {"decode": [], "fingerprint": []}
    peak = 0
    for _ in range(ROUNDS):
        start["decode"].append(_decode(paths[:1]).cpu)
        runs["decode"].append(_decode(paths).cpu)
        start["fingerprint"].append(_fingerprint(paths[:1])[0].cpu)
        taken, seen = _fingerprint(paths)
        runs["fingerprint"].append(taken.cpu)
        peak = max(peak, seen)
    each = {name: 1000 * (min(runs[name]) - min(start[name])) / (len(paths) - 1) for name in runs}
    return {
        "pictures": len(paths),
        "mean_kb": round(sum(path.stat().st_size for path in paths) / len(paths) / 1000),
        "cpu_ms_per_picture": {name: round(value, 2) for name, value in each.items()},
        "start_cpu_ms": {name: round(1000 * min(values)) for name, values in start.items()},
        "ratio": round(each["fingerprint"] / each["decode"], 2),
        "child_peak_mb": round(peak / 1000),
    }


def measure() -> dict[str, object]:
    """Return CPU time of each picture, the ratio to decoding alone, and the child's memory."""
    sets: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="bench-pictures-") as name:
        timing.say("fingerprint: generated pictures")
        sets["generated, 1280 x 960"] = _set(make(Path(name)))
        if PHOTOS.is_dir():
            timing.say("fingerprint: photographs")
            sets["photographs, up to 1280 px"] = _set(sorted(PHOTOS.glob("*.jpg")))
    return {"rounds": ROUNDS, "sets": sets, "goal": {"ratio": GOAL_RATIO, "peak_mb": GOAL_MB}}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
