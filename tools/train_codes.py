"""Make the tables that turn descriptors into codes (src/firsthand/match/data/codes-1.npz).

    python tools/train_codes.py FOLDER…

Run once; the tables are part of the format of codes. FOLDERs hold ordinary photographs: only means
and axes of their descriptors, over all of them, end up in the tables. The shipped ones are of the
half of ../shared/photos/ordinary that benchmarks/match tunes on, and of scikit-image's pictures.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

from firsthand.match.local import features

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src/firsthand/match/data/codes-1.npz"
ROUNDS = 25


def means(values: np.ndarray, number: int, seed: int) -> np.ndarray:
    """Return k-means centres (Lloyd); empty ones begin again at a far value."""
    dice = np.random.default_rng(seed)
    centres = values[dice.choice(len(values), number, replace=False)].copy()
    for _ in range(ROUNDS):
        distance = (values**2).sum(1)[:, None] - 2 * values @ centres.T + (centres**2).sum(1)
        nearest = distance.argmin(axis=1)
        worst = np.argsort(-distance.min(axis=1))
        count = np.bincount(nearest, minlength=number)
        total = np.zeros_like(centres)
        np.add.at(total, nearest, values)
        full = count > 0
        centres[full] = total[full] / count[full, None]
        centres[~full] = values[worst[: (~full).sum()]]
    return centres


def main() -> int:
    """Write the tables."""
    held = []
    for folder in map(Path, sys.argv[1:]):
        for path in sorted(folder.rglob("*")):
            gray = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
            if gray is not None and min(gray.shape) >= 200:
                height, width = gray.shape
                for side, most in ((512, 300), (900, 1000)):
                    found = features.extract(gray, width, height, side=side, most=most)
                    held += [found.descriptors, features.mirrored(found).descriptors]
    values = np.concatenate(held).astype(np.float32)
    mean = values.mean(axis=0)
    _, axes = np.linalg.eigh(np.cov((values - mean).T))
    # Random turns of the principal axes give each bit the same weight (ITQ without the iterations).
    turned = axes @ np.linalg.qr(np.random.default_rng(1).standard_normal((128, 128)))[0]
    coarse = means(values, 256, 2)
    distance = (values**2).sum(1)[:, None] - 2 * values @ coarse.T + (coarse**2).sum(1)
    fine = means(values - coarse[distance.argmin(axis=1)], 256, 3)
    TARGET.parent.mkdir(exist_ok=True)
    np.savez_compressed(
        TARGET, mean=mean.astype(np.float16), axes=turned.astype(np.float16),
        coarse=coarse.astype(np.float16), fine=fine.astype(np.float16),
    )  # fmt: skip
    print(f"{TARGET.relative_to(ROOT)}: {len(values)} descriptors, {TARGET.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
