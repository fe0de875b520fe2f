"""A model of the user: what it is shown, what comes back, and that its faults are its own."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest

from firsthand.match.learned import Model, ModelFailed, exchange
from firsthand.match.learned import model as model_module
from firsthand.model.errors import BadInput, ExitCode, MissingDependency, NotFound
from firsthand.run import environment

from . import tiny_onnx

pytest.importorskip("onnxruntime", reason="the extra `learned` is not installed; CI has it")

PLAIN = {"size": 16, "mean": [0, 0, 0], "std": [1, 1, 1]}


def saved(folder: Path, data: bytes, settings: dict[str, object] | None = None) -> Path:
    path = folder / "tiny.onnx"
    path.write_bytes(data)
    if settings is not None:
        (folder / "tiny.json").write_text(json.dumps(settings))
    return path


def squares(count: int, size: int = 16, seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, size, size, 3), np.uint8)


def expected(
    pictures: np.ndarray, mean: float | np.ndarray = 0, std: float | np.ndarray = 1
) -> np.ndarray:
    """Return the means of blocks, channel by channel, made to length 1; by NumPy alone."""
    values = (pictures / 255 - mean) / std
    n, size = len(values), values.shape[1]
    blocks = values.reshape(n, size // 4, 4, size // 4, 4, 3).mean(axis=(2, 4))
    rows = blocks.transpose(0, 3, 1, 2).reshape(n, -1)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_pictures_are_described_by_the_model_whatever_the_batch(tmp_path: Path) -> None:
    pictures = squares(7)
    with Model(saved(tmp_path, tiny_onnx.means(), PLAIN)) as model:
        found = {batch: model.embed(pictures, batch) for batch in (1, 3, 32)}
        record = model.record()
    for batch, rows in found.items():
        assert rows.dtype == np.float32, batch
        np.testing.assert_allclose(rows, expected(pictures), atol=1e-6)
    assert record["dimensions"] == 48
    assert record["runtime"].startswith("onnxruntime ")
    assert record["device"] == "cpu"


def test_what_is_not_stated_is_taken_from_sscd_and_said_to_be_assumed(tmp_path: Path) -> None:
    pictures = squares(2)
    with Model(saved(tmp_path, tiny_onnx.means())) as model:
        rows = model.embed(pictures)
    # Mean and standard deviation of ImageNet, as printed in SSCD's README.
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    np.testing.assert_allclose(rows, expected(pictures, mean, std), atol=1e-6)
    assert model.settings.size == 288
    assert {"size", "mean", "std", "colour", "fit"} <= set(model.settings.assumed)


def test_order_of_colours_and_of_axes(tmp_path: Path) -> None:
    pictures = squares(2)
    flipped = expected(pictures[..., ::-1], np.array([0.1, 0.2, 0.3]))
    stated = {**PLAIN, "colour": "bgr", "mean": [0.1, 0.2, 0.3]}
    with Model(saved(tmp_path, tiny_onnx.means(), stated)) as model:
        np.testing.assert_allclose(model.embed(pictures), flipped, atol=1e-6)
    assert model.settings.assumed == ("fit", "layout", "output")

    last = tiny_onnx.model(
        [tiny_onnx.node("Flatten", "pictures", "described", tiny_onnx.integer("axis", 1))],
        ("n", 16, 16, 3),
        {"described": ("n", "d")},
    )
    with Model(saved(tmp_path, last, {**PLAIN, "layout": "nhwc"})) as model:
        flat = pictures.reshape(2, -1) / 255
        wanted = flat / np.linalg.norm(flat, axis=1, keepdims=True)
        np.testing.assert_allclose(model.embed(pictures), wanted, atol=1e-6)


def test_a_model_that_insists_on_a_number_of_pictures_gets_it(tmp_path: Path) -> None:
    pictures = squares(5)
    with Model(saved(tmp_path, tiny_onnx.means(batch=2), PLAIN)) as model:
        np.testing.assert_allclose(model.embed(pictures, 3), expected(pictures), atol=1e-6)


def test_size_is_that_of_the_file_or_of_its_settings(tmp_path: Path) -> None:
    with Model(saved(tmp_path, tiny_onnx.means())) as model:
        assert model.size == 16
    with Model(saved(tmp_path, tiny_onnx.means(high="h", wide="w"))) as model:
        assert model.size == 288
    stated = {**PLAIN, "size": 32}
    with Model(saved(tmp_path, tiny_onnx.means(high="h", wide="w"), stated)) as model:
        pictures = squares(1, 32)
        np.testing.assert_allclose(model.embed(pictures), expected(pictures), atol=1e-6)
    with (
        Model(saved(tmp_path, tiny_onnx.means(), stated)) as model,
        pytest.raises(BadInput, match="takes 16 x 16 pixels, its settings state 32"),
    ):
        model.embed(pictures)


def test_no_pictures_and_wrong_ones(tmp_path: Path) -> None:
    with Model(saved(tmp_path, tiny_onnx.means(), PLAIN)) as model:
        assert len(model.embed([])) == 0
        for wrong in (squares(1, 20), squares(1).astype(np.float32)):
            with pytest.raises(ValueError, match="shape"):
                model.embed(wrong)
        with pytest.raises(ValueError, match="batch"):
            model.embed(squares(1), 0)


def test_numbers_that_are_not_finite_describe_nothing(tmp_path: Path) -> None:
    pictures = np.full((3, 16, 16, 3), 200, np.uint8)
    pictures[1, 4, 4] = 0  # whose logarithm is infinite
    with Model(saved(tmp_path, tiny_onnx.logarithms(), PLAIN)) as model:
        rows = model.embed(pictures)
    assert rows.any(axis=1).tolist() == [True, False, True]
    np.testing.assert_allclose(np.linalg.norm(rows[[0, 2]], axis=1), 1, atol=1e-6)


def test_digest_is_of_the_bytes_that_run(tmp_path: Path) -> None:
    path = saved(tmp_path, tiny_onnx.means(), PLAIN)
    model = Model(path)
    assert model.digest == f"sha256:{hashlib.sha256(tiny_onnx.means()).hexdigest()}"
    assert model.record()["sha256"] == model.digest
    path.write_bytes(tiny_onnx.always([1, 0, 0]))
    with model, pytest.raises(ModelFailed, match="altered"):
        model.embed(squares(1))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "could not be loaded"),
        (b"<html>not found</html>", "could not be loaded"),
        (tiny_onnx.means()[:-40], "could not be loaded"),
        (tiny_onnx.of_the_whole_batch(), "numbers for 3 pictures"),
    ],
    ids=["empty", "page", "cut", "one row for all"],
)
def test_what_is_no_model_fails_with_the_reason(data: bytes, why: str, tmp_path: Path) -> None:
    with Model(saved(tmp_path, data, PLAIN)) as model, pytest.raises(ModelFailed, match=why):
        model.embed(squares(3))
    assert ModelFailed("x").exit_code == ExitCode.COULD_NOT_CHECK


def test_an_output_that_is_not_there(tmp_path: Path) -> None:
    path = saved(tmp_path, tiny_onnx.means(), {**PLAIN, "output": "features"})
    with (
        Model(path) as model,
        pytest.raises(ModelFailed, match="no output 'features', but described"),
    ):
        model.embed(squares(1))


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("import os; os.abort()", "ended by SIGABRT"),
        ("raise SystemExit('no space')", "exit code 1: no space"),
        ("import time; time.sleep(600)", "took longer than 2 s"),
        ("print('hello', flush=True)", "its answer cannot be read"),
        ("print('{\"bytes\": 99999999999}', flush=True)", "its answer is too large"),
        ("print('x' * 200000, flush=True)", "its answer has no end"),
    ],
)
def test_a_process_that_dies_hangs_or_babbles(
    program: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "_START", program)
    path = saved(tmp_path, tiny_onnx.means(), PLAIN)
    with Model(path, wall_s=2) as model, pytest.raises(ModelFailed, match=why):
        model.embed(squares(1))


def test_it_runs_without_network_and_without_a_place_to_write(tmp_path: Path) -> None:
    environment.collect()
    with Model(saved(tmp_path, tiny_onnx.means(), PLAIN)) as model:
        model.embed(squares(1))
        record = model.record()
    held = environment.collect()["sandbox"]
    assert record["isolation"] == held
    assert "no sockets" in held
    assert "no new processes" in held


def test_a_file_that_is_not_there_and_a_device_that_is_not_known(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no model"):
        Model(tmp_path / "none.onnx")
    path = saved(tmp_path, tiny_onnx.means())
    with pytest.raises(BadInput, match="'tpu'"):
        Model(path, device="tpu")


@pytest.mark.parametrize(
    ("start", "package", "hint"),
    [(b"", "onnxruntime", r"firsthand\[learned\]"), (b"PK\x03\x04", "torch", "pip install torch")],
)
def test_a_missing_runtime_is_named_with_the_command(
    start: bytes, package: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_module, "find_spec", lambda name: None)
    with pytest.raises(MissingDependency, match=f"{package} is not installed") as raised:
        Model(saved(tmp_path, start))
    assert raised.value.exit_code == 3
    assert re.search(hint, raised.value.hint)
