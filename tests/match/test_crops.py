"""Files through the toolbox: crops, collages and mirrored parts are linked, each with its place."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from firsthand.cli.main import run
from firsthand.match.search import by_keypoints

_spec = importlib.util.spec_from_file_location(
    "pair_scenes", Path(__file__).parent / "local" / "test_pairs.py"
)
assert _spec is not None and _spec.loader is not None
pair_scenes = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(pair_scenes)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a folder of six originals and one of what was made of them."""
    archive, found = (tmp_path_factory.mktemp(name) for name in ("archive", "found"))
    pictures = [pair_scenes.scene(seed) for seed in range(60, 66)]
    for number, gray in enumerate(pictures):
        cv2.imwrite(str(archive / f"{number}.jpg"), gray, [1, 92])
    cv2.imwrite(str(found / "crop.jpg"), pictures[0][150:450, 200:620], [1, 70])
    cv2.imwrite(str(found / "mirrored.jpg"), pictures[1][60:600, 850:60:-1], [1, 70])
    tiles = [cv2.resize(each, (450, 337), interpolation=cv2.INTER_AREA) for each in pictures[2:6]]
    collage = np.vstack([np.hstack(tiles[:2]), np.hstack(tiles[2:])])
    cv2.imwrite(str(found / "collage.jpg"), collage, [1, 75])
    cv2.imwrite(str(found / "other.jpg"), pair_scenes.scene(99), [1, 80])
    return archive, found


def test_each_part_is_linked_with_its_place(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    archive, found = folders
    assert run(["match", str(found), "--against", str(archive), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    links = {}
    for link in said["links"]:
        sides = sorted((link["a"], link["b"]), key=lambda path: path.startswith(str(archive)))
        region = link["region_a" if sides[0] == link["a"] else "region_b"]
        links[Path(sides[0]).stem, Path(sides[1]).stem] = (link["relation"], region)
    assert {pair: relation for pair, (relation, _) in links.items()} == {
        ("crop", "0"): "copy",
        ("mirrored", "1"): "copy",
        ("collage", "2"): "copy",
        ("collage", "3"): "copy",
        ("collage", "4"): "copy",
        ("collage", "5"): "copy",
    }
    places = {"2": (0, 0), "3": (450, 0), "4": (0, 337), "5": (450, 337)}
    for name, (x, y) in places.items():
        assert links["collage", name][1] == pytest.approx([x, y, 450, 337], abs=6)
    groups = [{Path(m).stem for m in group["members"]} for group in said["groups"]]
    assert {"collage", "2"} in groups and {"collage", "5"} in groups  # it joins no two of them
    assert not [each for each in groups if {"2", "3"} <= each]


def test_an_index_of_words_finds_what_the_exhaustive_search_finds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from firsthand.match import search
    from firsthand.match.local.coded import coded
    from firsthand.match.local.codes import packed

    whole = {f"w{n}": pair_scenes.picture(pair_scenes.scene(n)) for n in range(70, 78)}
    parts = {
        f"p{name}": pair_scenes.picture(each.gray[100:500, 150:700]) for name, each in whole.items()
    }
    every = {**whole, **parts}
    coarse = {name: packed(each.coarse) for name, each in every.items()}
    fine = {name: coded(each.fine) for name, each in every.items()}
    wanted = {(f"p{name}", name) for name in whole}

    def different(one: str, other: str) -> bool:
        return one != other

    assert set(by_keypoints(coarse, fine, different)) == wanted
    monkeypatch.setattr(search, "FEW", 0)
    assert set(by_keypoints(coarse, fine, different)) == wanted
