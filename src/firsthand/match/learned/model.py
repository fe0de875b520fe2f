"""A model file that the user brings, run as data in a limited child."""

from __future__ import annotations

import hashlib
import itertools
import os
import tempfile
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firsthand.match.learned import settings as descriptions
from firsthand.match.learned.exchange import Child, ChildEnded
from firsthand.match.learned.model_child import MOST_DIMENSIONS
from firsthand.match.learned.runtime import ONNX, PACKAGES, format_of
from firsthand.media import sandbox
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput, CouldNotCheck, MissingDependency, NotFound

DEVICES = ("auto", "cpu", "gpu")
BATCH = 32
"""Pictures that are shown to a model at once."""
MOST_BATCH = 256
_LARGEST_GIB = 4
_WRITES_MIB = 16
_CHILD = "firsthand.match.learned.model_child"
_INSTALL = {
    "onnxruntime": "pip install 'firsthand[learned]'",
    "torch": "pip install torch; or export the model to ONNX",
}


class ModelFailed(CouldNotCheck):
    """The model could not be loaded or run. The files are not to blame."""


class Model:
    """Describes pictures with a model from a file; a context manager.

    Attributes
    ----------
    digest
        ``sha256:`` and the digest of the file. The child refuses other bytes.
    format
        ``onnx`` or ``torchscript``, by content.
    settings
        What the model is shown; see :mod:`firsthand.match.learned.settings`.
    """

    def __init__(
        self,
        path: Path,
        *,
        device: str = "auto",
        memory_mib: int = 8192,
        wall_s: float = 300,
    ) -> None:
        """Look at a model file and its settings; nothing of it is run yet.

        ``device``: ``auto`` takes a GPU when there is one that the runtime can use, ``gpu`` fails
        without one. ``memory_mib`` bounds the child, ``wall_s`` [s] its start and each batch.

        Raises
        ------
        NotFound, BadInput
            When there is no such file, it is too large, or its settings cannot be understood.
        MissingDependency
            When what runs it is not installed.
        """
        if device not in DEVICES:
            raise BadInput(f"device is {device!r}", hint=f"known: {', '.join(DEVICES)}")
        if not path.is_file():
            raise NotFound(f"there is no model {path}", hint="give an ONNX or TorchScript file")
        self.path, self.device = path, device
        self.memory_mib, self.wall_s = memory_mib, wall_s
        try:
            if path.stat().st_size > _LARGEST_GIB << 30:
                raise BadInput(f"{path} is larger than {_LARGEST_GIB} GiB")
            with path.open("rb") as stream:
                self.format = format_of(stream.read(4))
                stream.seek(0)
                self.digest = f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
        except OSError as error:
            raise BadInput(f"{path} cannot be read", why=error.strerror or str(error)) from None
        self.settings = descriptions.read(path)
        package = PACKAGES[self.format]
        if find_spec(package) is None:
            raise MissingDependency(
                f"{package} is not installed, which runs {self.format} models",
                hint=_INSTALL[package],
            )
        self._child: Child | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._ready: Json = {}
        self._dimensions: int | None = None

    def __enter__(self) -> Model:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def size(self) -> int:
        """Return the side [px] of the squares that it is shown; starts it.

        Raises
        ------
        ModelFailed
            When it cannot be started.
        BadInput
            When its settings state another size than the file.
        """
        self._started()
        _, high, wide = self._ready["fixed"]
        if high is None and wide is None:
            return self.settings.size
        side = high or wide
        stated = "size" not in self.settings.assumed
        if (wide or side) != side or (stated and side != self.settings.size):
            raise BadInput(
                f"the model takes {wide or side} x {side} pixels"
                + (f", its settings state {self.settings.size}" if stated else ""),
                hint=f"correct {descriptions.beside(self.path).name}, or export it with a square",
            )
        return int(side)

    def embed(
        self, pictures: Iterable[NDArray[np.uint8]], batch: int = BATCH
    ) -> NDArray[np.float32]:
        """Return the descriptions of pictures, shape (n, d), each of length 1.

        A row of zeros says that the model gave no finite numbers for that picture.

        Parameters
        ----------
        pictures
            RGB, shape (size, size, 3) each; see :class:`~.squares.Squares`. Held by batches only.
        batch
            Pictures at once, 1 to 256.

        Raises
        ------
        ModelFailed
            When it cannot be loaded or run, dies, or takes too long.
        BadInput
            When its settings state another size than the file.
        ValueError
            When a picture has another shape, or ``batch`` is out of its range.
        """
        if not 1 <= batch <= MOST_BATCH:
            raise ValueError(f"batch must be 1 to {MOST_BATCH}")
        size, source, rows = self.size, iter(pictures), []
        while group := list(itertools.islice(source, batch)):
            for picture in group:
                if picture.shape != (size, size, 3) or picture.dtype != np.uint8:
                    raise ValueError(f"pictures must be bytes of shape ({size}, {size}, 3)")
            rows.append(self._described(np.stack(group), size))
        if not rows:
            return np.zeros((0, self._dimensions or 0), np.float32)
        return np.concatenate(rows)

    def _described(self, squares: NDArray[np.uint8], size: int) -> NDArray[np.float32]:
        child, count = self._started(), len(squares)
        try:
            said, data = child.ask({"count": count, "size": size}, squares.tobytes(), self.wall_s)
        except BaseException as error:
            self.close()
            raise self._failed(error) from None
        if "reason" in said:
            raise ModelFailed(f"{self.path.name} could not be run", why=str(said["reason"]))
        columns = said.get("columns")
        if self._dimensions is None and type(columns) is int:
            self._dimensions = columns
        if columns != self._dimensions or len(data) != count * (columns or 0) * 4:
            self.close()
            raise ModelFailed(
                f"{self.path.name} could not be run", why="its answers differ in size"
            )
        rows = np.frombuffer(data, np.float32).reshape(count, columns)
        # The child is not trusted: what is not finite would be near everything.
        return np.where(np.isfinite(rows).all(axis=1, keepdims=True), rows, np.float32(0))

    def _started(self) -> Child:
        if self._child is not None:
            return self._child
        child = Child(
            _CHILD,
            {
                "path": str(self.path.resolve()),
                "sha256": self.digest.removeprefix("sha256:"),
                "shown": self.settings.stated(),
                "threads": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1,
                "device": self.device,
            },
            bounds=sandbox.Bounds(memory_mib=self.memory_mib, write_mib=_WRITES_MIB),
            inputs=[self.path.resolve()],
            folder=self._own_folder(),
            largest_answer=MOST_BATCH * MOST_DIMENSIONS * 4,
        )
        self._child = child
        try:
            said, _ = child.answer(self.wall_s)
        except BaseException as error:
            self.close()
            raise self._failed(error) from None
        if "reason" in said:
            self.close()
            raise ModelFailed(
                f"{self.path.name} could not be loaded",
                why=str(said["reason"]),
                hint=f"it must be an {ONNX.upper()} or TorchScript model in one file",
            )
        self._ready = said | {"isolation": child.isolation}
        return child

    def _own_folder(self) -> Path | None:
        """Return an empty folder for PyTorch, which does not start without a place for files."""
        if self.format == ONNX:
            return None
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="firsthand-")
        return Path(self._folder.name)

    def _failed(self, error: BaseException) -> BaseException:
        if isinstance(error, TimeoutError):
            return ModelFailed(f"{self.path.name} took longer than {self.wall_s:g} s")
        if isinstance(error, ChildEnded):
            return ModelFailed(f"the process of {self.path.name} ended", why=str(error))
        return error

    def record(self) -> Json:
        """Return what a run should say of the model: digest, settings, and what ran it."""
        return {
            "name": self.path.name,
            "sha256": self.digest,
            "format": self.format,
            "settings": self.settings.stated(),
            "runtime": self._ready.get("name"),
            "device": self._ready.get("device"),
            "isolation": self._ready.get("isolation"),
            "dimensions": self._dimensions,
        }

    def close(self) -> None:
        """End the child; :meth:`embed` starts another."""
        if self._child is not None:
            self._child.close()
            self._child = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
