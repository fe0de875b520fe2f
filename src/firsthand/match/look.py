"""Looks at files, several at a time: what each is, its fingerprint and its keypoints, once."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from firsthand.match.local.features import (
    INDEX_MOST,
    INDEX_SIDE,
    QUERY_MOST,
    QUERY_SIDE,
    Features,
    extract,
)
from firsthand.match.local.picture import SIDE
from firsthand.match.prints import Print, of_image
from firsthand.media.reader import MediaReader
from firsthand.model.canonical import Json

PICTURE, FILM = "image", "video"

Tick = Callable[[int, int, str], None]
"""Called with how many files are done, how many there are, and the present one."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to be compared. ``kind`` is its media type, by content; ``side`` is query or base."""

    path: Path
    shown: str
    kind: str
    side: str = "query"


@dataclass
class Looked:
    """What was seen of one file.

    ``item`` is what is printed of it (None: it is of another kind); ``fault`` why it could not be
    compared; ``coarse`` the keypoints by which others find it, ``fine`` those by which it is looked
    for, both empty where there are none.
    """

    file: File
    item: Json | None = None
    fault: Json | None = None
    print: Print | None = None
    coarse: Features | None = None
    fine: Features | None = None
    about: Json = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the name by which links call it."""
        return self.file.shown


class Readers:
    """One decoding child for each thread; a context manager."""

    def __init__(self) -> None:
        self._held: dict[int, MediaReader] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Readers:
        return self

    def __exit__(self, *_: object) -> None:
        for reader in self._held.values():
            reader.close()
        self._held.clear()

    def own(self) -> MediaReader:
        """Return the reader of this thread."""
        me = threading.get_ident()
        with self._lock:
            return self._held.setdefault(me, MediaReader())


def usual_jobs() -> int:
    """Return how many threads look at files when nothing else was said."""
    return max(1, min(8, len(os.sched_getaffinity(0)) if _has_affinity() else os.cpu_count() or 1))


def _has_affinity() -> bool:
    return hasattr(os, "sched_getaffinity")


def look_at(
    files: Sequence[File], readers: Readers, jobs: int, tick: Tick = lambda *_: None
) -> Iterator[Looked]:
    """Yield what was seen of each file that is not a film, in their order."""
    cv2.setNumThreads(1)  # a thread for each file is the better use of cores
    done = 0
    with ThreadPoolExecutor(jobs) as pool:
        for looked in pool.map(lambda file: _safe(readers, file), files):
            tick(done, len(files), looked.name)
            done += 1
            yield looked
        tick(len(files), len(files), "")


def _safe(readers: Readers, file: File) -> Looked:
    try:
        return picture(readers.own(), file)
    except OSError as error:
        return Looked(file, fault=failed(file, "failed", error.strerror or str(error)))


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, 64 digits."""
    # What was a file when the folder was walked may be a pipe now, and must not hold up anything.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise OSError(None, "not a regular file")
        return hashlib.file_digest(stream, "sha256").hexdigest()


def item_of(file: File, sha256: str) -> Json:
    """Return what is printed of a file, its size not yet known."""
    return {
        "path": file.shown,
        "sha256": f"sha256:{sha256}",
        "kind": file.kind.partition("/")[0],
        "width": None,
        "height": None,
    }


def picture(reader: MediaReader, file: File) -> Looked:
    """Look at a file that is, or may be, a picture."""
    group = file.kind.partition("/")[0]
    if group != PICTURE and file.kind != "application/octet-stream":
        return Looked(file)
    sha256 = digest(file.path)
    about, gray = reader.look(file.path, sha256, SIDE)
    fault = None
    if about["status"] != "decoded":
        if group != PICTURE:
            return Looked(file)  # nothing says that it was meant to be a picture
        fault = failed(file, about["status"], about.get("reason"))
    item = item_of(file, sha256) | {"kind": PICTURE}
    looked = Looked(file, item, fault, about=about)
    if gray is None:
        return looked
    item |= {"width": about["width"], "height": about["height"]}
    looked.print = of_image(file.shown, about)
    looked.coarse, looked.fine = keypoints(gray, about["width"], about["height"])
    return looked


def keypoints(gray: NDArray[np.uint8], width: int, height: int) -> tuple[Features, Features]:
    """Return the keypoints by which a picture is found, and those by which it is looked for."""
    return (
        extract(gray, width, height, side=INDEX_SIDE, most=INDEX_MOST),
        extract(gray, width, height, side=QUERY_SIDE, most=QUERY_MOST),
    )


def failed(file: File, status: str, reason: str | None) -> Json:
    """Return the record of a file that could not be compared."""
    return {"path": file.shown, "status": status, "reason": reason or "no reason was given"}
