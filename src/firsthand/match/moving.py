"""Fingerprints of a film: of its key frames, each with its time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from firsthand.match.prints import Print, of_image, spans
from firsthand.media import video
from firsthand.media.reader import MediaReader
from firsthand.model.canonical import Json

Fault = tuple[str, str | None]


def film_prints(
    reader: MediaReader, path: Path, name: str
) -> tuple[list[Print], Json, Fault | None]:
    """Return prints of key frames, width and height, and what went wrong, as status and reason."""
    film = video.probe(path)
    if film["status"] != "read":
        return [], {}, (film["status"], film.get("reason"))
    about = {"width": film.get("width"), "height": film.get("height")}
    taken = video.take(path)
    made = list(_frames(reader, name, taken["frames"], film.get("duration_ms")))
    if made:
        return made, about, None
    status = taken["status"] if taken["status"] != "read" else "failed"
    return [], about, (status, taken.get("reason") or "no key frame could be read")


def _frames(
    reader: MediaReader, name: str, frames: Iterable[Json], duration_ms: int | None
) -> Iterator[Print]:
    with tempfile.TemporaryDirectory(prefix="firsthand-") as folder:
        path = Path(folder) / "frame"
        for frame, start, end in spans(frames, duration_ms):
            path.write_bytes(frame["data"])
            made = of_image(name, reader.image(path), (start, end))
            if made is not None:
                yield made
