"""Keypoints of many pictures in one temporary file: those of 10,000 do not fit in memory."""

from __future__ import annotations

import tempfile
import threading
from types import TracebackType

import numpy as np

from firsthand.match.local.features import Features

_ROW = np.dtype([("geometry", "<f4", (4,)), ("descriptor", "u1", (128,))])


class Shelf:
    """Keeps keypoints and gives them back; a context manager, safe for several threads."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="firsthand-")  # noqa: SIM115
        self._places: dict[str, tuple[int, int, int, int]] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Shelf:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._file.close()

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def put(self, name: str, features: Features) -> None:
        """Keep the keypoints of a picture."""
        rows = np.zeros(len(features), _ROW)
        rows["geometry"][:, :2] = features.xy
        rows["geometry"][:, 2], rows["geometry"][:, 3] = features.scale, features.angle
        rows["descriptor"] = features.descriptors
        with self._lock:
            start = self._file.seek(0, 2)
            self._file.write(rows.tobytes())
            self._places[name] = start, len(rows), features.width, features.height

    def get(self, name: str) -> Features:
        """Return what was kept under a name."""
        start, count, width, height = self._places[name]
        with self._lock:
            self._file.seek(start)
            rows = np.frombuffer(self._file.read(count * _ROW.itemsize), _ROW)
        geometry = rows["geometry"]
        return Features(
            xy=np.ascontiguousarray(geometry[:, :2]),
            scale=np.ascontiguousarray(geometry[:, 2]),
            angle=np.ascontiguousarray(geometry[:, 3]),
            descriptors=np.ascontiguousarray(rows["descriptor"]),
            width=width,
            height=height,
        )
