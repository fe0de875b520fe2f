"""What a model wants to be shown, as its file says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from firsthand.match.learned.settings import NAMES, read
from firsthand.model.errors import BadInput


def test_the_file_beside_the_model_is_read(tmp_path: Path) -> None:
    said = {"size": 224, "fit": "crop", "colour": "bgr", "mean": [0, 0.5, 1], "output": "e"}
    (tmp_path / "sscd.v2.json").write_text(json.dumps(said))
    found = read(tmp_path / "sscd.v2.onnx")
    assert (found.size, found.fit, found.colour, found.output) == (224, "crop", "bgr", "e")
    assert found.mean == (0.0, 0.5, 1.0)
    assert found.assumed == ("std", "layout")
    assert found.stated()["mean"] == [0.0, 0.5, 1.0]


def test_without_a_file_everything_is_assumed(tmp_path: Path) -> None:
    assert read(tmp_path / "sscd.onnx").assumed == NAMES


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "cannot be read"),
        ("[1]", "does not describe a model"),
        (" " * 70_000 + "{}", "does not describe a model"),
        ('{"sise": 288}', "says sise, which is unknown"),
        ('{"assumed": []}', "says assumed, which is unknown"),
        ('{"size": 288.0}', "size is 288.0"),
        ('{"size": true}', "size is True"),
        ('{"size": 8}', "16 to 1024"),
        ('{"size": 100000}', "16 to 1024"),
        ('{"colour": "gray"}', "rgb or bgr"),
        ('{"fit": null}', "stretch or crop"),
        ('{"mean": [1, 2]}', "three numbers"),
        ('{"mean": [1, 2, NaN]}', "three numbers"),
        ('{"std": [1, 1, 0]}', "three numbers"),
        ('{"output": 1}', "name of an output"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(BadInput, match=why):
        read(tmp_path / "m.onnx")
