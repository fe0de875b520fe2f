"""What else can be installed, on the same files: PDQ, pHash, and SIFT and ORB pair by pair.

Hashes are compared over all pairs of queries and index. SIFT and ORB compare pairs one by one,
which nobody does over a collection; here they get the true pairs of a few originals, and as many
wrong ones, so their wrong links are of far fewer pairs than those of the others.

ImageHash runs in the peers' Python alone (PEERS_PYTHON; see requirements/bench.in).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from originals import read
from scoring import Found, Query, by_attack, scored

from firsthand.media.pdq import pdq

IMAGEHASH = Path(__file__).resolve().parents[1] / "peers" / "imagehash_phash.py"
PDQ_USUAL = 31
"""Bits of 256 that PDQ's authors call a match."""
PHASH_USUAL = 10
"""Bits of 64 that are commonly taken for a match by pHash."""
PDQ_LEAST_QUALITY = 50
"""PDQ's authors drop hashes of quality 49 and less; so does this comparison."""
LEAST_INLIERS = 8
SIDE, MOST = 720, 1500
"""SIFT and ORB get pictures of this side [px] and so many keypoints."""
PAIRWISE = 4
"""Originals of each slice whose pairs SIFT and ORB are asked about."""

Codes = NDArray[np.uint8]


def measure_peers(suite: Any, attacks: Sequence[str]) -> dict[str, Any]:
    """Return the numbers of each peer on a suite that was built."""
    queries = suite.truth(attacks)
    asked = [suite.folder / query.name for query in queries]
    index = sorted(suite.index.iterdir())
    slices = (*suite.slices, "negative")
    result = {}
    codes, quality = pdq_of([*asked, *index], suite.folder / "pdq.npz")
    count = len(asked)
    for name, turns in (("pdq", 1), ("pdq_dihedral", 8)):
        bits = apart(codes[:count, :turns], codes[count:, 0])
        plain = (quality[:count, None] < PDQ_LEAST_QUALITY) | (
            quality[None, count:] < PDQ_LEAST_QUALITY
        )
        found = _found(queries, index, np.where(plain, 256, bits), 256, PDQ_USUAL)
        result[name] = told(queries, found, slices)
    if python := os.environ.get("PEERS_PYTHON"):
        own, others, version = _phash(python, asked, index)
        found = _found(queries, index, apart(own, others), 64, PHASH_USUAL)
        result["imagehash_phash"] = {"version": version, **told(queries, found, slices)}
    else:
        print("PEERS_PYTHON is not set: ImageHash is left out", file=sys.stderr)
    few = _few(queries)
    for name in ("sift", "orb"):
        links = list(_pairwise(name, few, suite, {path.stem: path for path in index}))
        result[f"{name}_pairwise"] = told(few, links, slices)
    return result


def told(queries: Sequence[Query], found: Sequence[Found], slices: Sequence[str]) -> dict[str, Any]:
    """Return the numbers of one peer, whole and by slice and attack."""
    return {
        "all": scored(queries, found),
        "slices": {
            name: scored([query for query in queries if query.slice == name], found)
            for name in slices
        },
        "attacks": by_attack(queries, found),
    }


def pdq_of(paths: Sequence[Path], kept: Path) -> tuple[Codes, NDArray[np.int64]]:
    """Return 8 hashes (n, 8, 32) and quality (n) of each file; earlier results are taken up."""
    known: dict[str, tuple[Codes, int]] = {}
    if kept.exists():
        with np.load(kept) as held:
            names, codes, quality = held["names"], held["codes"], held["quality"]
        known = {str(n): (c, int(q)) for n, c, q in zip(names, codes, quality, strict=True)}
    for path in paths:
        name = "/".join(path.parts[-2:])
        if name not in known:
            image = read(path)
            factor = min(1.0, 512 / max(image.shape[:2]))  # as PDQ's authors advise
            small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
            hashes, seen = pdq(cv2.cvtColor(small, cv2.COLOR_BGR2RGB).astype(np.uint8))
            known[name] = np.array([[*bytes.fromhex(code)] for code in hashes], np.uint8), seen
    np.savez(
        kept,
        names=np.array([*known]),
        codes=np.stack([code for code, _ in known.values()]),
        quality=np.array([seen for _, seen in known.values()]),
    )
    chosen = [known["/".join(path.parts[-2:])] for path in paths]
    return np.stack([code for code, _ in chosen]), np.array([seen for _, seen in chosen])


def apart(asked: Codes, index: Codes) -> NDArray[np.int64]:
    """Return bits (n, m) between queries (n, turns, bytes), the best turn, and the index (m, …)."""
    found = [
        np.bitwise_count(one[:, None] ^ index[None]).sum(axis=2, dtype=np.int64).min(axis=0)
        for one in asked
    ]
    return np.stack(found)


def _found(
    queries: Sequence[Query],
    index: Sequence[Path],
    bits: NDArray[np.int64],
    most: int,
    usual: int,
) -> list[Found]:
    """Return every pair with its score: those beyond the usual threshold only as a score."""
    return [
        Found(
            query.name,
            path.stem,
            1 - float(bits[at, column]) / most,
            "copy" if bits[at, column] <= usual else None,
        )
        for at, query in enumerate(queries)
        for column, path in enumerate(index)
    ]


def _phash(python: str, asked: Sequence[Path], index: Sequence[Path]) -> tuple[Codes, Codes, str]:
    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        listed, into = Path(folder) / "list.json", Path(folder) / "found.json"
        listed.write_text(json.dumps([str(path.resolve()) for path in (*asked, *index)]))
        subprocess.run([python, str(IMAGEHASH), str(listed), str(into)], check=True)
        found = json.loads(into.read_text())
    codes = np.array([[*bytes.fromhex(code)] for code in found["codes"]], np.uint8)
    return codes[: len(asked), None], codes[len(asked) :], str(found["version"])


def _few(queries: Sequence[Query]) -> list[Query]:
    """Return the queries of a few originals of each slice, and of as many negatives."""
    kept: dict[str, list[str]] = {}
    for query in queries:
        stem = Path(query.name).stem
        names = kept.setdefault(query.slice, [])
        if stem not in names and len(names) < PAIRWISE:
            names.append(stem)
    return [query for query in queries if Path(query.name).stem in kept[query.slice]]


Keypoints = tuple[NDArray[np.float32], NDArray[Any]]


def _pairwise(
    name: str, queries: Sequence[Query], suite: Any, index: dict[str, Path]
) -> Iterator[Found]:
    """Yield what one method says of true pairs, and of each query and one wrong picture."""
    finder = cv2.SIFT_create(MOST) if name == "sift" else cv2.ORB_create(MOST)
    norm = cv2.NORM_L2 if name == "sift" else cv2.NORM_HAMMING
    matcher = cv2.BFMatcher(norm)
    base: dict[str, Keypoints] = {}
    stems = sorted(index)
    for number, query in enumerate(queries):
        own = _keypoints(finder.detectAndCompute, suite.folder / query.name)
        wrong = next(
            stem
            for step in range(len(stems))
            if (stem := stems[(number * 13 + step) % len(stems)]) not in query.holds
        )
        for stem in (*query.holds, wrong):
            if stem not in base:
                base[stem] = _keypoints(finder.detectAndCompute, index[stem])
            inliers = _inliers(matcher, own, base[stem])
            if inliers:
                relation = "copy" if inliers >= LEAST_INLIERS else None
                yield Found(query.name, stem, float(inliers), relation)


def _keypoints(find: Callable[..., Any], path: Path) -> Keypoints:
    image = cv2.cvtColor(read(path), cv2.COLOR_BGR2GRAY)
    factor = min(1.0, SIDE / max(image.shape))
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    points, descriptors = find(small, None)
    if descriptors is None:
        return np.zeros((0, 2), np.float32), np.zeros((0, 1), np.uint8)
    return np.array([point.pt for point in points], np.float32), descriptors


def _inliers(matcher: Any, one: Keypoints, other: Keypoints) -> int:
    """Return how many matches that pass the ratio test one homography explains."""
    if len(one[0]) < 2 or len(other[0]) < 2:
        return 0
    pairs = matcher.knnMatch(one[1], other[1], k=2)
    good = [pair[0] for pair in pairs if pair[0].distance < 0.8 * pair[1].distance]
    if len(good) < 4:
        return 0
    a = one[0][[each.queryIdx for each in good]]
    b = other[0][[each.trainIdx for each in good]]
    found, mask = cv2.findHomography(a, b, cv2.USAC_MAGSAC, 4.0)
    if found is None or not _sensible(found, a):
        return 0
    # Many keypoints of one picture on one of the other are no map: each place counts once.
    kept = mask.ravel() > 0
    places = [len(np.unique(np.round(side[kept]), axis=0)) for side in (a, b)]
    return int(min(places))


def _sensible(found: NDArray[np.float64], places: NDArray[np.float32]) -> bool:
    """Tell whether a homography keeps area and does not fold the plane within the matches."""
    if abs(np.linalg.det(found[:2, :2])) < 1e-4:
        return False
    depth = found[2, 0] * places[:, 0] + found[2, 1] * places[:, 1] + found[2, 2]
    return bool((depth > 0).all() or (depth < 0).all())
