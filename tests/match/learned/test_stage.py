"""From files to candidates and to links: a model proposes, keypoints and pixels decide."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from firsthand.match.learned import ModelFailed, confirmed, exchange, propose
from firsthand.match.learned import model as model_module
from firsthand.match.learned.squares import Squares
from firsthand.match.local.picture import Picture
from firsthand.media.allowance import Allowance

from . import tiny_onnx

HALF = {"size": 16, "mean": [0.5] * 3, "std": [1] * 3}


@dataclass(frozen=True)
class Named:
    path: Path

    @property
    def shown(self) -> str:
        return self.path.name


def scene(seed: int, width: int = 640, height: int = 480) -> Image.Image:
    """Return a made picture with many corners, unlike that of another seed."""
    rng = np.random.default_rng(seed)
    picture = Image.new("RGB", (width, height), tuple(rng.integers(0, 256, 3).tolist()))
    draw = ImageDraw.Draw(picture)
    for _ in range(150):
        x, y = rng.integers(0, width), rng.integers(0, height)
        points = (rng.integers(-70, 70, (4, 2)) + np.array([x, y])).ravel().tolist()
        draw.polygon(points, fill=tuple(rng.integers(0, 256, 3).tolist()))
    return picture


def folder_of_scenes(folder: Path) -> list[Named]:
    """Return three scenes, a small copy of the second, a text, and half of a picture."""
    for number in range(3):
        scene(number).save(folder / f"{number}.png")
    scene(1).resize((320, 240)).save(folder / "copy.jpg", quality=80)
    (folder / "text.jpg").write_text("no picture at all")
    (folder / "cut.png").write_bytes((folder / "0.png").read_bytes()[:3000])
    names = ("0.png", "1.png", "2.png", "copy.jpg", "text.jpg", "cut.png")
    return [Named(folder / name) for name in names]


def saved(folder: Path, data: bytes) -> Path:
    (folder / "tiny.json").write_text(json.dumps(HALF))
    path = folder / "tiny.onnx"
    path.write_bytes(data)
    return path


def looked_at(files: list[Named]) -> dict[int, Picture]:
    found = {}
    for place, file in enumerate(files):
        gray = cv2.imread(str(file.path), cv2.IMREAD_GRAYSCALE)
        if gray is not None and file.path.name != "cut.png":
            found[place] = Picture(file.shown, np.asarray(gray), gray.shape[1], gray.shape[0])
    return found


ONNX = pytest.importorskip("onnxruntime", reason="the extra `learned` is not installed; CI has it")


def test_a_copy_is_proposed_and_each_file_has_its_outcome(tmp_path: Path) -> None:
    files, model = folder_of_scenes(tmp_path), saved(tmp_path, tiny_onnx.means())
    found = propose(files, model, least_cosine=0.95, top=2)
    assert [(c.a, c.b) for c in found.pairs] == [(1, 3)]
    record = found.record
    assert (record["status"], record["described"]) == ("done", 4)
    assert {each["path"]: each["status"] for each in record["failed"]} == {
        "text.jpg": "failed",
        "cut.png": "failed",
    }
    digest = hashlib.sha256(tiny_onnx.means()).hexdigest()
    assert record["model"]["sha256"] == f"sha256:{digest}"
    json.dumps(record)  # it is written into the record of a run


def test_only_pairs_across_two_sides_are_proposed(tmp_path: Path) -> None:
    files, model = folder_of_scenes(tmp_path), saved(tmp_path, tiny_onnx.means())
    found = propose(files[3:4], model, others=files[:3], least_cosine=0.95)
    assert [(c.a, c.b) for c in found.pairs] == [(0, 1)]
    assert found.record["described"] == 4
    assert found.named(files[3:4], files[:3]) == {("1.png", "copy.jpg")}
    itself = propose(files[1:2], model, others=files[:4], least_cosine=0.95)
    assert len(itself.pairs) == 2
    assert itself.named(files[1:2], files[:4]) == {("1.png", "copy.jpg")}


def test_a_model_that_finds_everything_alike_makes_no_link(tmp_path: Path) -> None:
    files, model = folder_of_scenes(tmp_path), saved(tmp_path, tiny_onnx.always([1, 2, 3]))
    found = propose(files, model)
    assert {(c.a, c.b) for c in found.pairs} == {(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)}
    assert all(c.cosine == pytest.approx(1) for c in found.pairs)
    links = list(confirmed(found.pairs, looked_at(files).get))
    assert [(pair.a, pair.b, link.relation) for pair, link in links] == [(1, 3, "copy")]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"no model", "could not be loaded"),
        (tiny_onnx.of_the_whole_batch(), "could not be run"),
    ],
)
def test_a_model_that_fails_is_an_outcome_and_no_end(data: bytes, why: str, tmp_path: Path) -> None:
    found = propose(folder_of_scenes(tmp_path), saved(tmp_path, data))
    assert found.pairs == []
    assert found.record["status"] == "failed"
    assert why in found.record["reason"]
    assert found.record["model"]["sha256"] == f"sha256:{hashlib.sha256(data).hexdigest()}"


def test_a_model_that_dies_half_way_gives_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    real = model_module.Model._described

    def dies(self: model_module.Model, squares: np.ndarray, size: int) -> np.ndarray:
        calls.append(len(squares))
        if len(calls) == 2:
            raise ModelFailed("it died")
        return real(self, squares, size)

    monkeypatch.setattr(model_module.Model, "_described", dies)
    found = propose(folder_of_scenes(tmp_path), saved(tmp_path, tiny_onnx.means()), batch=2)
    assert calls == [2, 2]
    assert (found.pairs, found.record["status"], found.record["described"]) == ([], "failed", 0)


def test_numbers_that_are_not_finite_are_told_of(tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), (255, 255, 255)).save(tmp_path / "white.png")
    Image.new("RGB", (64, 64)).save(tmp_path / "black.png")
    files = [Named(tmp_path / "white.png"), Named(tmp_path / "black.png")]
    found = propose(files, saved(tmp_path, tiny_onnx.logarithms()), least_cosine=0.01)
    # The logarithm of a half is a number, that of a half less than nothing is not.
    assert found.record["described"] == 1
    assert [(f["path"], f["reason"]) for f in found.record["failed"]] == [
        ("black.png", "the model gave no finite numbers for it")
    ]
    assert found.pairs == []


# ---- squares ----------------------------------------------------------------------------------


def test_a_picture_is_stretched_or_its_middle_cut_out(tmp_path: Path) -> None:
    wide = Image.new("RGB", (300, 100), (255, 0, 0))
    wide.paste((0, 0, 255), (100, 0, 200, 100))
    wide.save(tmp_path / "wide.png")
    with Squares(48, "stretch") as squares:
        about, stretched = squares.square(tmp_path / "wide.png")
    with Squares(48, "crop") as squares:
        _, cut = squares.square(tmp_path / "wide.png")
    assert (about["status"], about["width"], about["height"]) == ("decoded", 300, 100)
    assert stretched is not None and cut is not None
    assert stretched[24, [4, 24, 44]].tolist() == [[255, 0, 0], [0, 0, 255], [255, 0, 0]]
    assert cut[24, [4, 24, 44]].tolist() == [[0, 0, 255]] * 3


def test_a_picture_is_seen_as_it_is_meant_to_be(tmp_path: Path) -> None:
    """Orientation 6 of EXIF: what is stored left is shown above (JEITA CP-3451, tag 0x0112)."""
    stored = Image.new("RGB", (400, 200), (0, 0, 0))
    stored.paste((255, 255, 255), (0, 0, 200, 200))
    exif = Image.Exif()
    exif[0x0112] = 6
    stored.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    with Squares(32, "stretch") as squares:
        about, square = squares.square(tmp_path / "turned.jpg")
    assert (about["width"], about["height"]) == (200, 400)
    assert square is not None
    assert square[:12].min() > 240
    assert square[20:].max() < 15


def test_what_cannot_be_a_picture_has_an_outcome(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    os.mkfifo(tmp_path / "pipe.jpg")
    scene(1).save(tmp_path / "good.png")
    scene(1, 20_000, 10).save(tmp_path / "line.png")
    wrong = "0" * 64
    with Squares(16, "stretch", Allowance(pixels=400_000)) as squares:
        names = ("empty.jpg", "pipe.jpg", "none.jpg", "good.png", "line.png")
        found = {name: squares.square(tmp_path / name)[0] for name in names}
        altered, square = squares.square(tmp_path / "good.png", wrong)
    assert found["empty.jpg"] == {"status": "failed", "reason": "the file is empty"}
    assert found["pipe.jpg"] == {"status": "failed", "reason": "not a regular file"}
    assert found["none.jpg"]["reason"].startswith("cannot be read")
    assert found["good.png"]["status"] == "decoded"
    assert found["line.png"]["status"] == "decoded"
    assert square is None and "altered" in altered["reason"]
    with Squares(16, "stretch", Allowance(pixels=1000)) as squares:
        refused, _ = squares.square(tmp_path / "good.png")
    assert refused["status"] == "refused"


def test_a_decoder_that_dies_costs_its_own_file_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, _, _ = exchange._START.rpartition("importlib.import_module")
    program = opened + (
        "from firsthand.match.learned import picture_child as child\n"
        "real = child._answer\n"
        "def answer(request, data, *more):\n"
        "    if b'deadly' in data: os.abort()\n"
        "    return real(request, data, *more)\n"
        "child._answer = answer\n"
        "child.serve(json.loads(sys.argv[3]))"
    )
    monkeypatch.setattr(exchange, "_START", program)
    scene(1).save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes((tmp_path / "good.png").read_bytes() + b"deadly")
    with Squares(16, "stretch") as squares:
        found = [squares.square(tmp_path / n)[0] for n in ("good.png", "bad.png", "good.png")]
    assert [each["status"] for each in found] == ["decoded", "killed", "decoded"]
    assert found[1]["reason"] == "its decoder died: ended by SIGABRT"
