"""Contact sheets as files: what is in them, and what must not be."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from firsthand.match.sheet.maps import map_of, reduced
from firsthand.match.sheet.sheets import encoded, write_sheets
from firsthand.match.sheet.text import visible

HOSTILE = "in/</script><img src=x onerror=alert(1)>&quot;\u202egpj.exe"


def result() -> Any:
    items = [
        {"path": path, "sha256": "0" * 64, "kind": kind, "width": width, "height": 300}
        for path, kind, width in (
            ("in/one.jpg", "image", 400), (HOSTILE, "image", 400), ("in/film.mp4", "video", None),
        )
    ]  # fmt: skip
    link = {
        "a": "in/one.jpg", "b": HOSTILE, "relation": "copy", "score": 0.9996,
        "derived": "b_from_a", "transform": "mirrored",
        "evidence": {"distance_bits": 12, "why": "<b>bold</b>"},
        "region_a": [0, 0, 400, 300], "region_b": [0, 0, 400, 300],
    }  # fmt: skip
    film = {
        "a": "in/film.mp4", "b": "in/one.jpg", "relation": "copy", "score": 0.8,
        "derived": "undetermined", "transform": "none", "evidence": {"distance_bits": 20},
        "time_a": [1.0, 2.5],
    }  # fmt: skip
    group = {"relation": "copy", "members": ["in/one.jpg", HOSTILE, "in/film.mp4"], "first": None}
    return {"items": items, "links": [film, link], "groups": [group], "failed": []}


def gradient(path: str) -> Any:
    if path == "in/film.mp4":
        return None
    rows = np.arange(300, dtype=np.uint8)[:, None] % 250
    rgb = np.stack([rows.repeat(400, 1), np.full((300, 400), 40, np.uint8),
                    np.full((300, 400), 200, np.uint8)], axis=2)  # fmt: skip
    return np.ascontiguousarray(rgb)


def data_of(page: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_a_page_for_each_group_and_an_index(tmp_path: Path) -> None:
    written = write_sheets(result(), gradient, tmp_path / "sheets")
    assert [path.name for path in written] == ["index.html", "group-0001.html"]
    assert sorted(tmp_path.joinpath("sheets").iterdir()) == sorted(written)
    index = written[0].read_text(encoding="utf-8")
    assert 'href="group-0001.html"' in index and "one.jpg" in index


def test_names_and_reasons_cannot_become_markup(tmp_path: Path) -> None:
    for path in write_sheets(result(), gradient, tmp_path):
        page = path.read_text(encoding="utf-8")
        assert "<img" not in page
        assert "<b>" not in page
        assert "\u202e" not in page
    assert page.count("</script>") == 3  # the data and two scripts
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "⟨U+202E⟩" in page


def test_nothing_is_loaded_and_only_its_own_script_runs(tmp_path: Path) -> None:
    page = write_sheets(result(), gradient, tmp_path)[1].read_text(encoding="utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None and "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1] and "img-src" not in policy[1]
    assert not re.search(r"""(src|href)=["'](?!#|index\.html)""", page)
    assert not re.search(r"(?<!www\.w3\.org/2000/svg)https?://(?!www\.w3\.org/2000/svg)", page)


def test_pictures_are_small_grey_and_without_anything_else(tmp_path: Path) -> None:
    page = write_sheets(result(), gradient, tmp_path)[1].read_text(encoding="utf-8")
    data = data_of(page)
    assert data["pictures"][2] is None and data["colour"] is False
    jpeg = base64.b64decode(data["pictures"][0]["jpeg"])
    seen = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_UNCHANGED)
    assert seen is not None and seen.shape == (300, 400)
    assert b"Exif" not in jpeg


def test_colour_only_when_asked_for(tmp_path: Path) -> None:
    page = write_sheets(result(), gradient, tmp_path, colour=True)[1].read_text(encoding="utf-8")
    jpeg = base64.b64decode(data_of(page)["pictures"][0]["jpeg"])
    seen = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_UNCHANGED)
    assert seen is not None and seen.shape == (300, 400, 3)
    # RGB went in, with blue 200 everywhere; OpenCV reads BGR.
    assert np.median(np.abs(seen[..., 0].astype(int) - 200)) < 5
    assert "In colour" in page


@pytest.mark.parametrize(("shape", "size"), [((3000, 1000), (160, 480)), ((1, 1), (1, 1))])
def test_pictures_are_reduced(shape: tuple[int, int], size: tuple[int, int]) -> None:
    made = encoded(np.full(shape, 90, np.uint8), colour=False)
    assert (made["width"], made["height"]) == size


def test_first_seen_and_what_is_not_known(tmp_path: Path) -> None:
    seen = {"in/one.jpg": "12 June 2014 <UTC>"}
    page = write_sheets(result(), gradient, tmp_path, seen=seen)[1].read_text(encoding="utf-8")
    assert "12 June 2014 &lt;UTC&gt;" in page
    assert page.count("When it was first seen is not known here.") == 2
    assert "99 of 100" in page  # 0.9996 is not certainty
    assert "from 1 to 2.5 s of the first" in page


def test_no_groups_make_an_index_that_says_so(tmp_path: Path) -> None:
    empty = {"items": [], "links": [], "groups": []}
    (index,) = write_sheets(empty, gradient, tmp_path)
    assert "nothing to show" in index.read_text(encoding="utf-8")


# NumPy's own turns are the independent source.
TURNED = {
    "none": lambda p: p,
    "rotated_90": np.rot90,
    "rotated_180": lambda p: np.rot90(p, 2),
    "rotated_270": lambda p: np.rot90(p, 3),
    "upside_down": np.flipud,
    "mirrored": np.fliplr,
    "transposed": np.transpose,
    "transposed_other": lambda p: np.rot90(np.transpose(p), 2),
}


@pytest.mark.parametrize("name", TURNED)
def test_the_map_of_a_turned_copy(name: str) -> None:
    picture = np.zeros((30, 40), np.uint8)
    picture[4, 9] = 1
    turned = TURNED[name](picture)
    (y,), (x,) = np.nonzero(turned)
    link = {"relation": "copy", "transform": name, "evidence": {}}
    size = turned.shape[1], turned.shape[0]
    found = map_of(link, (40, 30), size)
    assert found is not None
    assert found @ (9, 4, 1) == pytest.approx((x, y, 1))
    # At twice the size a pixel's middle moves from x to 2 x + 0.5.
    found = map_of(link, (40, 30), (2 * size[0], 2 * size[1]))
    assert found is not None
    assert found @ (9, 4, 1) == pytest.approx((2 * x + 0.5, 2 * y + 0.5, 1))


def test_a_measured_map_is_taken_and_reduced() -> None:
    link = {"relation": "copy", "evidence": {"homography_e9": [2_000_000_000, 0, 10_000_000_000,
            0, 2_000_000_000, 20_000_000_000, 0, 0, 1_000_000_000]}}  # fmt: skip
    found = map_of(link, (100, 100), (300, 300))
    assert found is not None and found @ (5, 5, 1) == pytest.approx((20, 30, 1))
    made = np.array(reduced(found, (0.5, 0.5), (0.1, 0.1))).reshape(3, 3)
    assert made @ (2.5, 2.5, 1) == pytest.approx((2, 3, 1))


def test_shots_without_a_measured_map_and_films_have_none() -> None:
    assert map_of({"relation": "same_scene", "evidence": {}}, (9, 9), (9, 9)) is None
    film = {"relation": "copy", "evidence": {}, "time_a": [0, 1]}
    assert map_of(film, (9, 9), (9, 9)) is None


def test_unseen_letters_are_written_out() -> None:
    assert visible("a\u200db\u2066c\x00") == "a\u200db⟨U+2066⟩c⟨U+0000⟩"
    assert len(visible("e" + "\u0301" * 20)) > 8 * 2
