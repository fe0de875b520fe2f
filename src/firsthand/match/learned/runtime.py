"""The programs that run a model, ONNX Runtime and TorchScript. In the model's child only.

A model is data here: ONNX has no code of its own, TorchScript is a language without files and
network, and both are given bytes and nothing to look for beside them. Files of weights that are
Python pickles are never opened.
"""

from __future__ import annotations

import importlib
import io
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from firsthand.model.canonical import Json

Floats = NDArray[np.float32]

ONNX, TORCHSCRIPT = "onnx", "torchscript"
PACKAGES = {ONNX: "onnxruntime", TORCHSCRIPT: "torch"}
_GPU = ("CUDAExecutionProvider", "ROCMExecutionProvider")
_FLOATS = {"tensor(float)": np.float32, "tensor(float16)": np.float16}


class Runtime(Protocol):
    """A loaded model."""

    name: str
    device: str
    fixed: list[int | None]
    """Pictures in a batch, height and width [px] that it insists on, each a number or None."""

    def run(self, batch: Floats) -> NDArray[Any]:
        """Return what the model gives for a prepared batch."""


def format_of(start: bytes) -> str:
    """Return the format of a model by the first bytes of its file: TorchScript is a ZIP archive."""
    return TORCHSCRIPT if start.startswith(b"PK\x03\x04") else ONNX


def load(data: bytes, settings: Json, threads: int, device: str) -> Runtime:
    """Return a model ready to run; raises whatever its runtime does when it is not one."""
    made = _TorchScript if format_of(data) == TORCHSCRIPT else _Onnx
    runtime: Runtime = made(data, settings, threads, device)
    if device == "gpu" and runtime.device == "cpu":
        raise ValueError("no GPU can be used here")
    return runtime


class _Onnx:
    def __init__(self, data: bytes, settings: Json, threads: int, device: str) -> None:
        library: Any = importlib.import_module("onnxruntime")
        options = library.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 4
        on = [] if device == "cpu" else [p for p in _GPU if p in library.get_available_providers()]
        # It falls back by itself when a GPU that it was built for is not there.
        self._session = library.InferenceSession(
            data, options, providers=[*on, "CPUExecutionProvider"]
        )
        self.name = f"onnxruntime {library.__version__}"
        used = self._session.get_providers()[0]
        self.device = "cpu" if used == "CPUExecutionProvider" else str(used)
        inputs = self._session.get_inputs()
        if len(inputs) != 1 or len(inputs[0].shape) != 4 or inputs[0].type not in _FLOATS:
            raise ValueError("it does not take one batch of pictures as numbers of 32 or 16 bits")
        self._input, self._type = inputs[0].name, _FLOATS[inputs[0].type]
        self._output = settings["output"] or self._session.get_outputs()[0].name
        names = [each.name for each in self._session.get_outputs()]
        if self._output not in names:
            raise ValueError(f"it has no output {self._output!r}, but {', '.join(names)}")
        at = (0, 2, 3) if settings["layout"] == "nchw" else (0, 1, 2)
        sides = [inputs[0].shape[each] for each in at]
        self.fixed: list[int | None] = [s if type(s) is int and s > 0 else None for s in sides]

    def run(self, batch: Floats) -> NDArray[Any]:
        given = batch.astype(self._type, copy=False)
        return np.asarray(self._session.run([self._output], {self._input: given})[0])


class _TorchScript:
    def __init__(self, data: bytes, settings: Json, threads: int, device: str) -> None:
        torch: Any = importlib.import_module("torch")
        torch.set_num_threads(threads)
        on = "cuda" if device != "cpu" and torch.cuda.is_available() else "cpu"
        self._torch = torch
        self._model = torch.jit.load(io.BytesIO(data), map_location=on).eval()
        self.name = f"torch {torch.__version__}"
        self.device = on
        self.fixed: list[int | None] = [None, None, None]  # the file does not say

    def run(self, batch: Floats) -> NDArray[Any]:
        with self._torch.inference_mode():
            given = self._torch.from_numpy(np.ascontiguousarray(batch)).to(self.device)
            found = self._model(given)
        if isinstance(found, tuple | list):
            found = found[0]
        return np.asarray(found.float().cpu().numpy())
