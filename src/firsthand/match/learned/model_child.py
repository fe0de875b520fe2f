"""The child that runs a model: squares of RGB in, one description of length 1 for each out."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firsthand.match.learned.exchange import Answers, asked
from firsthand.match.learned.runtime import Floats, Runtime, load
from firsthand.model.canonical import Json

MOST_DIMENSIONS = 16_384


def serve(settings: Json) -> None:
    """Say ``{"ready", …}`` or ``{"reason"}``, then answer ``{"count","size"}`` and pixels."""
    answers = Answers()
    try:
        data = Path(settings["path"]).read_bytes()
        found = hashlib.sha256(data).hexdigest()
        if found != settings["sha256"]:
            raise ValueError(f"the file was altered: it is sha256:{found} now")
        runtime = load(data, settings["shown"], settings["threads"], settings["device"])
        del data
    except Exception as error:  # whatever a runtime raises is the outcome of this model
        answers.give({"reason": _said(error)})
        return
    answers.give({"name": runtime.name, "device": runtime.device, "fixed": runtime.fixed})
    for request, pixels in asked(sys.stdin.buffer):
        size = request["size"]
        squares = np.frombuffer(pixels, np.uint8).reshape(request["count"], size, size, 3)
        try:
            rows = described(runtime, squares, settings["shown"])
        except Exception as error:
            answers.give({"reason": _said(error)})
            continue
        answers.give({"columns": rows.shape[1]}, rows.tobytes())


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]


def described(runtime: Runtime, squares: NDArray[np.uint8], shown: Json) -> Floats:
    """Return the descriptions of squares, shape (n, d); zeros where the model gave none.

    Raises
    ------
    ValueError
        When the model gives something else than one row of numbers for each picture.
    """
    most = runtime.fixed[0] or len(squares)
    parts = []
    for start in range(0, len(squares), most):
        part = squares[start : start + most]
        batch = prepared(part, shown)
        if len(part) < most:  # it insists on a number of pictures
            batch = np.concatenate(
                [batch, np.zeros((most - len(part), *batch.shape[1:]), np.float32)]
            )
        parts.append(_rows(runtime.run(batch), most)[: len(part)])
    return np.concatenate(parts)


def prepared(squares: NDArray[np.uint8], shown: Json) -> Floats:
    """Return pixels as the model wants them, by its settings."""
    values = squares.astype(np.float32) / np.float32(255)
    if shown["colour"] == "bgr":
        values = values[..., ::-1]
    values = (values - np.float32(shown["mean"])) / np.float32(shown["std"])
    if shown["layout"] == "nchw":
        values = values.transpose(0, 3, 1, 2)
    return np.ascontiguousarray(values, np.float32)


def _rows(given: NDArray[Any], count: int) -> Floats:
    if given.ndim < 2 or len(given) != count or not 1 <= given[0].size <= MOST_DIMENSIONS:
        shape = " x ".join(map(str, given.shape))
        raise ValueError(f"it gives {shape or 'one'} numbers for {count} pictures")
    rows = given.reshape(count, -1).astype(np.float64)
    with np.errstate(all="ignore"):
        length = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
        useful = np.isfinite(length) & (length > 1e-12)
        return np.where(useful, rows / np.where(useful, length, 1), 0).astype(np.float32)
