"""PDQ against the reference, through the decoder that is used for exhibits.

Expected values: tests/vectors/pdq/reference.json, made by tools/pdq_vectors.py with the bindings of
the authors' own code. The pictures are in ../shared/photos and are not part of the repository.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from firsthand.media.pdq import Sampler, fingerprints, luma, pdq, quality, without_edge
from firsthand.media.reader import MediaReader

REFERENCE = json.loads(
    (Path(__file__).parent.parent / "vectors" / "pdq" / "reference.json").read_text()
)
MOST_BITS = 4
MOST_QUALITY = 2


def distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


@pytest.fixture(scope="module")
def reader() -> Iterator[MediaReader]:
    with MediaReader() as started:
        yield started


@pytest.mark.parametrize("part", ["pdq", "ordinary", "scene-street", "scene-facade"])
def test_equal_to_the_reference(part: str, shared: Path, reader: MediaReader) -> None:
    photos = shared / "photos"
    if not photos.is_dir():
        pytest.skip("no photographs in ../shared/photos")
    names = [name for name in REFERENCE["pictures"] if name.startswith(part + "/")]
    assert names
    far: dict[str, Any] = {}
    for name in names:
        expected, found = REFERENCE["pictures"][name], reader.image(photos / name)
        assert found["status"] == "decoded", (name, found)
        pairs = zip(found["pdq"], expected["hashes"], strict=True)
        bits = max(distance(one, other) for one, other in pairs)
        if bits > MOST_BITS or abs(found["pdq_quality"] - expected["quality"]) > MOST_QUALITY:
            far[name] = bits, found["pdq_quality"], expected["quality"]
    assert not far


def scenery(width: int, height: int, seed: int = 7) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return a smooth random picture; it has no symmetry."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (9, 11, 3), dtype=np.uint8))
    return np.asarray(small.resize((width, height), Image.Resampling.BICUBIC))


# The reference's names in its order, as what numpy does to the picture. By pdqhash's README:
# turned, flipped, turned and flipped; "rotate 90" turns counter-clockwise there.
FORMS = [
    lambda picture: picture,
    lambda picture: np.rot90(picture, 1),
    lambda picture: np.rot90(picture, 2),
    lambda picture: np.rot90(picture, 3),
    lambda picture: picture[::-1],
    lambda picture: picture[:, ::-1],
    lambda picture: picture.swapaxes(0, 1),
    lambda picture: np.rot90(picture, 2).swapaxes(0, 1),
]


@pytest.mark.parametrize("form", range(8))
def test_the_eight_are_those_of_turned_and_flipped_pictures(form: int) -> None:
    # 9 pixels for each sample and boxes of 5: the same from whichever side one begins.
    found, _ = pdq(scenery(64 * 9, 64 * 9))
    turned, _ = pdq(np.ascontiguousarray(FORMS[form](scenery(64 * 9, 64 * 9))))
    assert found[form] == turned[0]
    others = [distance(each, turned[0]) for at, each in enumerate(found) if at != form]
    assert min(others) > 60


def test_strips_do_not_matter() -> None:
    plane = luma(scenery(300, 517))
    whole = Sampler(300, 517)
    whole.take(plane)
    parts = Sampler(300, 517)
    for top in (0, 1, 2, 130, 500):
        ends = {0: 1, 1: 2, 2: 130, 130: 500, 500: 517}
        parts.take(plane[top : ends[top]])
    np.testing.assert_allclose(parts.samples(), whole.samples(), atol=1e-9)


def test_samples_are_those_of_a_plain_filter() -> None:
    """The banded sums against box filters written out: two passes, means inside the picture."""
    plane = luma(scenery(193, 140))

    def box(line: np.ndarray[Any, Any], window: int) -> np.ndarray[Any, Any]:
        after = (window + 2) // 2
        spans = [(max(at + after - window, 0), at + after) for at in range(len(line))]
        return np.array([line[first:last].mean() for first, last in spans])

    smooth = plane
    for _ in range(2):
        smooth = np.apply_along_axis(box, 1, smooth, (193 + 127) // 128)
        smooth = np.apply_along_axis(box, 0, smooth, (140 + 127) // 128)
    rows = [int((at + 0.5) * 140 / 64) for at in range(64)]
    columns = [int((at + 0.5) * 193 / 64) for at in range(64)]
    sampler = Sampler(193, 140)
    sampler.take(plane)
    np.testing.assert_allclose(sampler.samples(), smooth[np.ix_(rows, columns)], atol=1e-9)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (63, 65), (64, 64)])
def test_any_size_has_a_fingerprint(size: tuple[int, int]) -> None:
    hashes, seen = pdq(np.zeros((size[1], size[0]), np.uint8))
    assert [len(each) for each in hashes] == [64] * 8
    assert seen == 0


def test_a_plain_surface_is_the_same_on_every_machine() -> None:
    """Rounding would decide its bits, so that they are all equal is decided here."""
    assert pdq(np.full((480, 640), 77, np.uint8)) == (["0" * 64] * 8, 0)


def test_quality_counts_what_there_is_to_see() -> None:
    checks = np.indices((64, 64)).sum(axis=0) % 2
    assert quality(checks * 255.0) == 100
    assert quality(checks * 2.0) == 0  # steps of less than a hundredth of the range
    one_edge = np.repeat([[0.0] * 32 + [255.0] * 32], 64, axis=0)
    assert quality(one_edge) == 64 * 100 // 90


NOT_QUITE = 24
"""Bits: PDQ's samples lie half a step off the middle, so that turned pictures differ a little; far
below what links two pictures (match.links.EDGE_RADIUS)."""


def test_a_banner_over_an_edge_is_not_seen_without_that_edge() -> None:
    picture = scenery(640, 480)
    covered = picture.copy()
    covered[: round(480 * 0.06)] = 8
    covered[:4, ::7] = 250  # words on it
    whole, marked = (samples_of(each) for each in (picture, covered))
    assert without_edge(whole)["top"][0] == without_edge(marked)["top"][0]
    assert distance(fingerprints(whole)[0], fingerprints(marked)[0]) > 10
    below = np.flipud(covered)
    flipped = without_edge(samples_of(below))["bottom"][0]
    # What was the upper edge is the lower one of the picture turned upside down (place 4); the
    # samples that PDQ takes are not quite symmetric.
    assert distance(flipped, without_edge(whole)["bottom"][4]) <= NOT_QUITE


def test_turned_pictures_are_known_without_an_edge() -> None:
    picture = scenery(512, 512)
    whole = without_edge(samples_of(picture))
    turned = [np.rot90(picture), np.rot90(picture, 2), np.rot90(picture, 3)]
    turned += [np.flipud(picture), np.fliplr(picture), picture.transpose(1, 0, 2)]
    for place, each in enumerate(turned, 1):
        for edge in ("top", "bottom"):
            alone = without_edge(samples_of(each))[edge][0]
            apart = [distance(alone, one) for one in whole[edge]]
            # PDQ itself puts this noise up to 36 bits from its turned forms.
            assert apart.index(min(apart)) == place, (place, edge, apart)
            assert min(apart) <= 36 < sorted(apart)[1]


def test_what_is_plain_without_its_edge_has_no_such_hash() -> None:
    samples = np.full((64, 64), 90.0)
    samples[:5] = np.indices((5, 64)).sum(axis=0) % 2 * 255.0
    assert without_edge(samples)["top"] == []
    assert len(without_edge(np.random.default_rng(3).uniform(0, 255, (64, 64)))["top"]) == 8


def samples_of(picture: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    sampler = Sampler(picture.shape[1], picture.shape[0])
    sampler.take(luma(picture))
    return sampler.samples()
