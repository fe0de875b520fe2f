"""What is near is found, all of it; copies are found with their map, however they were changed."""

from __future__ import annotations

import importlib.util
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from firsthand.match.index import search, words
from firsthand.match.index.all_pairs import all_pairs
from firsthand.match.index.builder import Builder
from firsthand.match.index.query import Query
from firsthand.match.index.search import Index
from firsthand.match.local import codes
from firsthand.match.local.coded import coded
from firsthand.match.local.features import Features, mirrored


def _made() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "made_keypoints", Path(__file__).with_name("made_keypoints.py")
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


made = _made()
PICTURES = 60
Hit = tuple[bytes, int, int]


def name(number: int) -> bytes:
    return sha256(b"%d" % number).digest()


@pytest.fixture(scope="module")
def pictures() -> list[Features]:
    return [made.keypoints(seed) for seed in range(PICTURES)]


@pytest.fixture(scope="module", params=["one part", "seven parts"])
def folder(
    request: pytest.FixtureRequest,
    pictures: list[Features],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """An index of all pictures."""
    folder = tmp_path_factory.mktemp("index")
    with Builder(folder, most=PICTURES if request.param == "one part" else 9) as builder:
        for number, features in enumerate(pictures):
            builder.add(name(number), features)
    assert len(Index.open(folder).segments) == (1 if request.param == "one part" else 7)
    return folder


def near_by_numpy(
    pictures: list[Features], query: Query, near: int, asked: set[tuple[int, int]] | None
) -> set[Hit]:
    """Compare all bits of all codes, of those below the words asked for."""
    found = set()
    for number, features in enumerate(pictures):
        bits, kept = codes.bits_of(features.descriptors), codes.words_of(features.descriptors)[:, 0]
        apart = np.bitwise_count(query.codes["bits"][:, None] ^ bits[None]).sum(axis=2)
        for key, at in zip(*np.nonzero(apart <= near), strict=True):
            if asked is None or (int(kept[at]), int(key)) in asked:
                found.add((name(number), int(key), int(apart[key, at])))
    return found


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("everything", [True, False], ids=["all codes", "some words"])
def test_all_codes_that_are_near_are_found(
    pictures: list[Features],
    folder: Path,
    everything: bool,
    threads: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Expected: numpy, every pair of codes, those below other words left out."""
    if not everything:
        monkeypatch.setattr(search, "FULL", 0)
    index = Index.open(folder, threads)
    index.near = 40  # wide enough for keypoints that have nothing in common
    query = Query.of(made.seen_again(pictures[3], 1, factor=0.7, turn=0.3, kept=80))
    hits, held = index._hits(query, threads)
    found = {
        (index.name(int(target) // 2), int(key), int(bits))
        for target, key, bits in zip(hits.target, hits.key, hits.bits, strict=True)
    }
    asked = None
    if not everything:
        pairs = zip(*index._asked(query, threads), strict=True)
        asked = {(int(word), int(key)) for word, key in pairs}
    expected = near_by_numpy(pictures, query, 40, asked)
    assert len(expected) > 80
    assert found == expected
    assert held.tolist() == np.bincount(hits.key, minlength=len(held)).tolist()
    assert set((hits.target % 2).tolist()) == {0, 1}
    assert ((hits.target % 2 == 1) == (hits.key >= len(query))).all()


def test_words_are_those_of_the_format(pictures: list[Features]) -> None:
    """Expected: those of match/local/codes.py; and all distances to words of the nearest cells."""
    values = pictures[0].descriptors
    assert words.words_of(values).tolist() == codes.words_of(values)[:, 0].tolist()
    sizes = np.ones(codes.WORDS, np.int64)
    found, asked = words.words_to_ask(values.astype(np.float32), sizes, 1000, 30)
    table = codes.tables()
    for row, value in enumerate(values.astype(np.float64)):
        cells = np.argsort(np.linalg.norm(table.coarse - value, axis=1))[: words.CELLS_ASKED]
        means = (table.coarse[cells, None] + table.fine[None]).reshape(-1, 128)
        order = np.argsort(np.linalg.norm(means - value, axis=1))
        mine = found[asked == row]
        nearest = cells[order // 256] * 256 + order % 256
        assert 1 <= len(mine) <= 30
        assert set(mine.tolist()) == set(nearest[: len(mine)].tolist())


@pytest.mark.parametrize("budget", [30, 100, 1000])
def test_words_keep_to_their_budget(pictures: list[Features], budget: int) -> None:
    values = pictures[1].descriptors.astype(np.float32)
    dice = np.random.default_rng(5)
    sizes = dice.integers(0, 20, codes.WORDS)
    found, asked = words.words_to_ask(values, sizes, budget, 10_000)
    assert (sizes[found] > 0).all(), "a word without codes is asked for"
    read = np.bincount(asked, weights=sizes[found], minlength=len(values))
    count = np.bincount(asked, minlength=len(values))
    assert (count >= 1).all()
    assert (read[count > 1] <= budget).mean() > 0.9  # the first level may hold several words
    assert read.mean() > budget / 3


@pytest.mark.parametrize("words_only", [False, True])
@pytest.mark.parametrize("mirror", [False, True])
def test_a_copy_is_found_with_its_map(
    pictures: list[Features],
    folder: Path,
    mirror: bool,
    words_only: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Expected: where keypoints of the copy were put."""
    if words_only:
        monkeypatch.setattr(search, "FULL", 0)
    copy = made.seen_again(pictures[7], 2, factor=0.5, turn=0.4, kept=60)
    asked = mirrored(copy) if mirror else copy
    index = Index.open(folder, 1)
    for query in (Query.of(asked), Query.of_codes(coded(asked))):
        best, *others = index.search(query)
        assert best.name == name(7)
        assert best.mirrored == mirror
        assert best.support >= 35
        assert best.agreed.rare >= 35
        assert len(best.agreed.keys) == len(best.agreed.geometry) >= best.support
        assert all(each.support < 8 for each in others)
        # One step of geometry is 4 px here; the copy is half as large: 1/factor in its own pixels.
        turned = best.agreed.affine[:, :2] * 1000 / max(copy.width, copy.height)
        expected = np.array([[np.cos(0.4), np.sin(0.4)], [-np.sin(0.4), np.cos(0.4)]]) / 0.5
        assert turned == pytest.approx(expected, abs=0.1)


def test_both_sources_of_a_collage_are_found(pictures: list[Features], folder: Path) -> None:
    parts = [
        made.seen_again(pictures[at], at, factor=0.4, turn=0.0, kept=40 - at) for at in (11, 22)
    ]
    found = Index.open(folder, 1).search(Query.of(made.beside(*parts)), top=1)
    assert [each.name for each in found[:2]] == [name(11), name(22)]
    keys = [set(each.agreed.keys.tolist()) for each in found[:2]]
    assert max(keys[0]) < len(parts[0]) <= min(keys[1])


def test_what_is_not_there_is_not_found(folder: Path) -> None:
    index = Index.open(folder, 1)
    for seed in range(100, 110):
        assert all(each.support < 7 for each in index.search(Query.of(made.keypoints(seed))))
    assert index.search(Query.of(made.keypoints(0, count=0))) == []


def test_a_logo_that_many_share_is_told_apart(tmp_path: Path) -> None:
    """60 pictures of 100 have the same 25 keypoints in one corner."""
    logo = made.keypoints(500, count=25, width=200, height=100)
    with Builder(tmp_path) as builder:
        for seed in range(100):
            own = made.keypoints(seed, count=60)
            builder.add(name(seed), made.beside(logo, own) if seed < 60 else own)
    index = Index.open(tmp_path, 1)
    stranger = made.beside(logo, made.keypoints(900, count=60))
    found = index.search(Query.of(stranger))
    assert found and all(each.agreed.rare < 5 <= each.support for each in found)
    copy = made.seen_again(made.keypoints(5, count=60), 3, factor=0.9, turn=0.0, kept=40)
    best = index.search(Query.of(made.beside(logo, copy)))[0]
    assert best.name == name(5)
    assert best.agreed.rare >= 25


def test_all_pairs_of_a_collection(pictures: list[Features], tmp_path: Path) -> None:
    copies = {60: 4, 61: 30}
    with Builder(tmp_path) as builder:
        for number, features in enumerate(pictures):
            builder.add(name(number), features)
        for number, of in copies.items():
            copy = made.seen_again(pictures[of], number, factor=0.8, turn=0.1, kept=90)
            builder.add(name(number), copy)
            pictures = [*pictures, copy]
    queries = [(name(number), Query.of(each)) for number, each in enumerate(pictures)]
    done: list[int] = []
    found = all_pairs(Index.open(tmp_path, 2), queries, tick=done.append)
    linked = {pair for pair, each in found.items() if each.support >= 10}
    assert linked == {tuple(sorted((name(a), name(b)))) for a, b in copies.items()}
    assert done[-1] == len(pictures) == 62
