"""Key frames of films as pictures that can be looked at, each with its time."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from firsthand.match.local.features import Features
from firsthand.match.local.picture import SIDE
from firsthand.match.look import keypoints
from firsthand.match.prints import Print, of_image, spans
from firsthand.media import video
from firsthand.media.reader import MediaReader
from firsthand.model.canonical import Json

Fault = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Frame:
    """A key frame: where it lies, its fingerprint (owned by the film) and its keypoints."""

    path: Path
    sha256: str
    print: Print
    coarse: Features
    fine: Features


@dataclass
class Film:
    """Key frames by name, what is printed of the film, and what went wrong."""

    about: Json = field(default_factory=dict)
    frames: list[tuple[str, Frame]] = field(default_factory=list)
    fault: Fault | None = None


class Frames:
    """A temporary folder for key frames; a context manager."""

    def __init__(self) -> None:
        self._held = tempfile.TemporaryDirectory(prefix="firsthand-")
        self.folder = Path(self._held.name)

    def __enter__(self) -> Frames:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.cleanup()


def film_frames(reader: MediaReader, path: Path, name: str, folder: Path) -> Film:
    """Take the key frames of a film; never raises for what is wrong with it.

    A frame's name is that of its film with its time, so that it is no other file's.
    """
    film = video.probe(path)
    if film["status"] != "read":
        return Film(fault=(film["status"], film.get("reason")))
    made = Film({"width": film.get("width"), "height": film.get("height")})
    taken = video.take(path)
    for frame, start, end in spans(taken["frames"], film.get("duration_ms")):
        sha256 = hashlib.sha256(frame["data"]).hexdigest()
        place = folder / f"{sha256}.jpg"
        place.write_bytes(frame["data"])
        about, gray = reader.look(place, sha256, SIDE)
        seen = of_image(name, about, (start, end))
        if seen is None or gray is None:
            continue
        coarse, fine = keypoints(gray, about["width"], about["height"])
        made.frames.append((f"{name}\0{start}", Frame(place, sha256, seen, coarse, fine)))
    if not made.frames:
        status = taken["status"] if taken["status"] != "read" else "failed"
        made.fault = status, taken.get("reason") or "no key frame could be read"
    return made
