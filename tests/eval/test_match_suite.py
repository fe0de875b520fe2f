"""The attack suite itself: truth against pixels, scores worked out by hand, halves kept apart."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import pytest

BENCH = Path(__file__).resolve().parents[2] / "benchmarks" / "match"

SHAPED = (
    "down4", "crop70", "crop50", "crop30", "rot5", "rot15", "rot90", "mirror", "aspect", "banner",
    "border", "phone_ui", "collage4", "pip", "screen", "vframe", "combo", "combo_hard",
)  # fmt: skip


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Import modules of the suite by name; they lie outside the package."""
    monkeypatch.syspath_prepend(str(BENCH))

    def named(name: str) -> ModuleType:
        return importlib.import_module(name)

    yield named


def pattern(seed: int, wide: int = 640, high: int = 480) -> Any:
    """Return soft blobs, no two parts of which look alike."""
    rng = np.random.default_rng(seed)
    made = np.zeros((high, wide), np.float32)
    for step, weight in ((80, 1.0), (30, 0.7), (14, 0.5)):
        grid = rng.normal(size=(high // step + 3, wide // step + 3)).astype(np.float32)
        made += weight * cv2.resize(grid, (wide, high), interpolation=cv2.INTER_CUBIC)
    made = (made - made.min()) / (made.max() - made.min()) * 220 + 18
    return np.repeat(made[..., None], 3, axis=2).astype(np.uint8)


def beside(attacks: Any) -> Any:
    return attacks.Around([pattern(seed) for seed in (50, 51, 52)], ("partner", pattern(60)))


def made(attacks: Any, name: str, seed: int = 0) -> Any:
    if name == "vframe" and shutil.which("ffmpeg") is None:
        pytest.skip("vframe needs ffmpeg")
    return attacks.attacked(name, "one", pattern(1), beside(attacks), seed=seed)


def likeness(original: Any, places: Any, seen: Any) -> float:
    """Return the correlation of pixels with those of the original at places (2, n)."""
    fetched = cv2.remap(original, places[0][None], places[1][None], cv2.INTER_LINEAR)[0]
    return float(np.corrcoef(fetched, seen)[0, 1])


@pytest.mark.parametrize("name", SHAPED)
@pytest.mark.parametrize("seed", [0, 1])
def test_the_map_takes_the_original_to_where_it_is(bench: Any, name: str, seed: int) -> None:
    """Each pixel that is said to be seen is fetched through the map and compared."""
    result = made(bench("attacks"), name, seed)
    image = cv2.imdecode(np.frombuffer(result.data, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert image.shape == (result.height, result.width)
    assert result.holds
    sources = {"one": pattern(1), "partner": pattern(60)}
    for placed in result.holds:
        original = cv2.cvtColor(sources[placed.original], cv2.COLOR_BGR2GRAY)
        mask = np.zeros(image.shape, np.uint8)
        middle = placed.seen.mean(axis=0)
        inner = middle + 0.9 * (placed.seen - middle)
        cv2.fillConvexPoly(mask, np.round(inner).astype(np.int32), 1)
        assert mask.sum() > 1000
        y, x = (each[:: 1 + mask.sum() // 20000] for each in np.nonzero(mask))
        ends = np.linalg.inv(placed.map) @ np.stack([x + 0.5, y + 0.5, np.ones(len(x))])
        ends = (ends[:2] / ends[2] - 0.5).astype(np.float32)

        best = likeness(original, ends, image[y, x])
        # Banners' logos, glare and tints are in the picture, and the truth says nothing of them.
        assert best > (0.4 if name == "combo_hard" else 0.7)
        for step in ((4, 0), (-4, 0), (0, 4), (0, -4)):
            aside = ends + np.array(step, np.float32)[:, None]
            assert best > likeness(original, aside, image[y, x]), step


@pytest.mark.parametrize("name", SHAPED)
def test_regions_lie_inside_both_pictures(bench: Any, name: str) -> None:
    result = made(bench("attacks"), name)
    for placed in result.holds:
        for (left, top, wide, high), (width, height) in zip(
            placed.regions(), ((result.width, result.height), (640, 480)), strict=True
        ):
            assert left >= -1e-6 and top >= -1e-6 and wide > 20 and high > 20
            assert left + wide <= width + 1e-6 and top + high <= height + 1e-6


def test_crops_keep_their_share_of_each_side(bench: Any) -> None:
    for name, share in (("crop70", 0.7), ("crop50", 0.5), ("crop30", 0.3)):
        result = made(bench("attacks"), name)
        assert result.width * result.height == pytest.approx(share**2 * 640 * 480, rel=0.12)


def test_a_crop_shows_what_there_is_to_see(bench: Any) -> None:
    """Of a large empty picture with one corner of pattern, the corner is cut out."""
    attacks, placed = bench("attacks"), bench("placed")
    empty = np.full((480, 640, 3), 128, np.uint8)
    empty[:240, :320] = pattern(1)[:240, :320]
    for seed in range(6):
        result = attacks.attacked("crop50", "corner", empty, beside(attacks), seed=seed)
        image = cv2.imdecode(np.frombuffer(result.data, np.uint8), cv2.IMREAD_COLOR)
        assert placed.structure(image) >= 0.4 * placed.structure(empty) > 0


def test_files_of_other_attacks_are_not_mixed_in(bench: Any, tmp_path: Path) -> None:
    suite = bench("suite").Suite(tmp_path / "made", "tune", ("low_texture",), 2, 0)
    suite.build([])
    (tmp_path / "made" / "made-by.txt").write_text("another")
    with pytest.raises(SystemExit, match="other attacks"):
        suite.build([])


def test_thirty_attacks_each_the_same_again_and_other_with_another_seed(bench: Any) -> None:
    attacks = bench("attacks")
    assert len(attacks.ATTACKS) == 30
    for name in attacks.ATTACKS:
        if name == "vframe":
            continue  # what ffmpeg writes is its own affair
        assert made(attacks, name).data == made(attacks, name).data
        # Two qualities of five may be the same; of eight seeds not all are.
        assert len({made(attacks, name, seed).data for seed in range(8)}) > 1, name


def test_a_collage_names_every_original_in_it(bench: Any) -> None:
    attacks = bench("attacks")
    held = [
        tuple(sorted(each.original for each in made(attacks, "collage4", seed).holds))
        for seed in range(24)
    ]
    assert set(held) == {("one",), ("one", "partner")}


def test_scores_of_a_case_worked_out_by_hand(bench: Any) -> None:
    """Six links in order: right, right, wrong, right, wrong, and one below the threshold, right.

    Of five true pairs: precision at the right ones 1, 1, 3/4, 4/6.
    """
    scoring = bench("scoring")
    box = (0.0, 0.0, 10.0, 10.0)
    queries = [
        scoring.Query("q1", "a", "real", {"o1": (box, box), "o2": (box, box)}),
        scoring.Query("q2", "a", "real", {"o2": (box, box)}),
        scoring.Query("q3", "b", "real", {"o3": (box, box)}),
        scoring.Query("q4", "b", "real", {"o4": (box, box)}),
        scoring.Query("n1", "b", "negative", {}),
    ]
    half = (0.0, 0.0, 10.0, 5.0)
    found = [
        scoring.Found("q1", "o1", 0.9, "copy", box, half, "query"),
        scoring.Found("q1", "o2", 0.8, "same_scene", box, box),
        scoring.Found("q2", "o9", 0.7, "copy"),
        scoring.Found("q2", "o2", 0.6, "copy", half, box, "original"),
        scoring.Found("n1", "o1", 0.5, "burst"),
        scoring.Found("q3", "o3", 0.4, None),
        scoring.Found("q4", "o8", 0.99, "shared_overlay"),
        scoring.Found("q1", "o1", 0.3, "burst"),
    ]
    result = scoring.scored(queries, found)
    assert result["pairs"] == 5
    assert result["recall"] == pytest.approx(2 / 5)
    assert result["recall_any"] == pytest.approx(3 / 5)
    assert (result["wrong"], result["wrong_called_copy"]) == (2, 1)
    assert result["wrong_per_query_below"] is None
    assert result["recall_at_zero_wrong"] == pytest.approx(2 / 5)
    assert result["micro_ap"] == pytest.approx((1 + 1 + 3 / 4 + 4 / 6) / 5, abs=1e-5)
    assert result["overlays_of_others"] == 1
    assert result["region_query_median"] == pytest.approx(1.0)
    assert result["region_original_half"] == pytest.approx(1.0)
    assert result["direction_right"] == pytest.approx(1 / 2)
    assert [each[:2] for each in scoring.missed(queries, found)] == [
        ("q1", "o2"), ("q3", "o3"), ("q4", "o4")
    ]  # fmt: skip


def test_equal_scores_help_nobody(bench: Any) -> None:
    """One right and one wrong of the same score: half of it is wrong, in whatever order."""
    scoring = bench("scoring")
    for order in ([(0.5, True), (0.5, False)], [(0.5, False), (0.5, True)]):
        assert scoring.micro_ap(order, 1) == pytest.approx(0.5)
        assert scoring.at_zero_wrong(order, 1) == (0.0, 0.5)


def test_without_a_wrong_link_the_bound_is_three_in_all_queries(bench: Any) -> None:
    scoring = bench("scoring")
    box = (0.0, 0.0, 1.0, 1.0)
    queries = [scoring.Query(f"q{n}", "a", "real", {"o": (box, box)}) for n in range(30)]
    found = [scoring.Found(f"q{n}", "o", 0.5) for n in range(30)]
    assert scoring.scored(queries, found)["wrong_per_query_below"] == pytest.approx(0.1)


def test_halves_share_nothing_and_nobody_looks_for_negatives(
    bench: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    originals = bench("originals")
    halves = {half: originals.cast(half) for half in originals.HALVES}
    capsys.readouterr()  # it says which photographs are absent
    names = {half: {each.name for each in whole.originals} for half, whole in halves.items()}
    assert not names["tune"] & names["report"]
    for half, whole in halves.items():
        groups = [names[half]] + [
            {each.name for each in part} for part in (whole.negatives, whole.fillers, whole.decoys)
        ]
        assert all(groups)
        assert sum(map(len, groups)) == len(set().union(*groups)), half
        for which in ("rendered", "low_texture"):
            assert sum(each.slice == which for each in whole.originals) >= 20


def test_a_second_copy_of_a_photograph_is_left_out(
    bench: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    originals = bench("originals")
    for name, seed, quality in (("a", 1, 95), ("b", 2, 95), ("c", 1, 40)):
        cv2.imwrite(
            str(tmp_path / f"{name}.jpg"), pattern(seed), [cv2.IMWRITE_JPEG_QUALITY, quality]
        )
    found = [originals._of_file(path) for path in sorted(tmp_path.iterdir())]
    assert [each.name for each in originals._unlike(found, None)] == ["a", "b"]
    assert "c is a second copy" in capsys.readouterr().err
