"""Reference pictures: what is found, how it is said, and what the drawing shows."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

from firsthand.match.scene.reference import compare_with_reference, drawing
from firsthand.match.scene.view import View


@pytest.fixture(scope="module")
def views(camera: Any, yard: Any, street: Any) -> dict[str, View]:
    made = {
        "photo <1>": camera((-1.5, 0, 0), yaw=8).picture(yard),
        "landmark": camera((1.5, 0, -1), yaw=-6).picture(yard),
        "another": camera().picture(street),
    }
    return {name: View(name, gray, 1200, 900) for name, gray in made.items()}


@pytest.fixture(scope="module")
def rows(views: dict[str, View]) -> Any:
    photo = views["photo <1>"]
    return compare_with_reference(photo, [views["another"], views["landmark"]])


def test_the_reference_that_shows_it_comes_first_and_nothing_is_claimed(rows: Any) -> None:
    first, last = rows
    assert first["reference"] == "landmark"
    assert first["verdict"] == "same_structure_possible"
    assert "may be shown" in first["wording"]
    assert last["verdict"] == "nothing_in_common_found" and last["points"] == []
    assert "does not show that the places differ" in last["wording"]
    assert 200 < first["overlap_permille"][0] <= 1000
    assert not any("taken" in row["wording"] or "place is" in row["wording"] for row in rows)


def test_matched_places_are_the_same_place_of_the_wall(rows: Any, camera: Any, yard: Any) -> None:
    """Upper left corner of the middle stand: where both cameras see it, matches lie beside it."""
    corner = yard[3].corners[:1]
    one = camera((-1.5, 0, 0), yaw=8).sees(corner)[0] + (599.5, 449.5)
    other = camera((1.5, 0, -1), yaw=-6).sees(corner)[0] + (599.5, 449.5)
    shift = other - one
    near = [
        p for p in rows[0]["points"]
        if 0 <= p[0] - one[0] < 220 and 0 <= p[1] - one[1] < 350
    ]  # fmt: skip
    assert near
    assert any(abs(p[2] - p[0] - shift[0]) < 60 for p in near)


def test_the_drawing_holds_pixels_only_when_asked(rows: Any, views: dict[str, View]) -> None:
    photo, landmark = views["photo <1>"], views["landmark"]
    empty = drawing(rows[0], photo, landmark)
    root = ElementTree.fromstring(empty)
    space = "{http://www.w3.org/2000/svg}"
    assert root.findall(f"{space}image") == []
    assert len(root.findall(f"{space}circle")) == 4 * len(rows[0]["points"])
    assert "photo &lt;1&gt;" in empty
    shown = ElementTree.fromstring(drawing(rows[0], photo, landmark, pixels=True))
    images = shown.findall(f"{space}image")
    assert [image.get("href", "")[:23] for image in images] == ["data:image/jpeg;base64,"] * 2
