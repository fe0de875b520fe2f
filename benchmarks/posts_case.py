"""5,000 posts with 2,000 pictures: what taking in and looking at them costs, beside bare decoding.

python benchmarks/posts_case.py
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from timing import FIRSTHAND, PYTHON, say, watched

POSTS = 5000
PICTURES = 2000
SIZE = (1280, 960)
SEED = 20140611
GOAL_CPU = 3.5
GOAL_MB = 400

_DECODE = """
import sys, time
from pathlib import Path
from PIL import Image
files = sorted(Path(sys.argv[1]).iterdir())
Image.open(files[0]).load()
before = time.process_time()
for path in files:
    with Image.open(path) as picture:
        picture.load()
print((time.process_time() - before) / len(files))
"""


def make(folder: Path, posts: int, pictures: int) -> int:
    """Write posts.jsonl and its pictures; return the bytes of the pictures [B]."""
    import numpy as np
    from PIL import Image

    (folder / "media").mkdir(parents=True)
    rng = np.random.default_rng(SEED)
    total = 0
    for number in range(pictures):
        # Coarse blocks make each picture its own, fine noise makes it about as heavy as a photo.
        coarse = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        picture = np.asarray(Image.fromarray(coarse).resize(SIZE, Image.Resampling.BICUBIC))
        noise = rng.normal(0, 9, (SIZE[1], SIZE[0], 1))
        stored = io.BytesIO()
        pixels = np.clip(picture + noise, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(stored, "JPEG", quality=80)
        (folder / "media" / f"{number:05d}.jpg").write_bytes(stored.getvalue())
        total += stored.tell()
    with open(folder / "posts.jsonl", "w", encoding="utf-8") as stream:
        for number in range(posts):
            post: dict[str, Any] = {
                "id": str(10_000 + number),
                "t": 1402480800 + 37 * number,
                "platform": "bench",
                "user": f"user{number % 700}",
                "text": f"Post {number} says something about #tag{number % 40}.",
            }
            if number < pictures:
                post["media"] = [{"path": f"media/{number:05d}.jpg"}]
            stream.write(json.dumps(post) + "\n")
    return total


def measure(posts: int = POSTS, pictures: int = PICTURES) -> dict[str, Any]:
    """Return CPU per picture and peak memory of each step, and the ratio to bare decoding."""
    with tempfile.TemporaryDirectory(prefix="bench-posts-") as name:
        root = Path(name)
        say(f"posts: making {posts} posts with {pictures} pictures")
        size = make(root / "export", posts, pictures)
        case = str(root / "case")
        subprocess.run([*FIRSTHAND, "new", case], check=True, stdout=subprocess.DEVNULL)
        steps: dict[str, Any] = {}
        raw = [_raw(root / "export" / "media")]
        for step, args in (
            ("add", ["add", case, str(root / "export" / "posts.jsonl")]),
            ("analyse: media.image", ["analyse", case, "--only", "media.image"]),
            ("analyse: the rest", ["analyse", case]),
        ):
            say(f"posts: {step}")
            steps[step] = watched([*FIRSTHAND, *args])
            raw.append(_raw(root / "export" / "media"))
        bare = min(raw)
        looked = steps["analyse: media.image"]
        each = (looked["user_s"] + looked["system_s"]) / pictures
        return {
            "posts": posts,
            "pictures": pictures,
            "mean_kb": round(size / pictures / 1000),
            "raw_decode_cpu_ms": round(1000 * bare, 2),
            "raw_decode_cpu_ms_each": [round(1000 * one, 2) for one in raw],
            "steps": steps,
            "image_cpu_ms": round(1000 * each, 2),
            "ratios": {"media.image/raw decode, cpu": round(each / bare, 2)},
            "goal": {"media.image/raw decode, cpu": GOAL_CPU, "largest_process_mb": GOAL_MB},
        }


def _raw(folder: Path) -> float:
    """Return CPU seconds of Pillow to decode one picture, nothing else."""
    done = subprocess.run(
        [PYTHON, "-c", _DECODE, str(folder)], check=True, capture_output=True, text=True
    )
    return float(done.stdout)


if __name__ == "__main__":
    many = [int(word) for word in sys.argv[1:3]] or [POSTS, PICTURES]
    print(json.dumps(measure(*many), indent=2))
