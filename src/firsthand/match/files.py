"""The same comparison over files in folders, without a case: the toolbox face of this room."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from firsthand.match.gather import gather
from firsthand.match.links import Link, link_all
from firsthand.match.method import to_json
from firsthand.match.prints import Print, of_image, spans
from firsthand.media import video
from firsthand.media.reader import MediaReader
from firsthand.model.canonical import Json

UNRELATED_BITS = 128
"""Mean distance of two random codes of 256 bits; at it a score is 0."""

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
class Compared:
    """Items with their prints, and the files that could not be compared."""

    items: list[Json] = field(default_factory=list)
    prints: list[Print] = field(default_factory=list)
    failed: list[Json] = field(default_factory=list)
    other: int = 0


def compare(files: Sequence[File], *, against: bool, tick: Tick = lambda *_: None) -> Json:
    """Return items, links, groups, and files that were not compared.

    The shape is that of ``firsthand match --json``; see docs/howto/link-copies.md. With
    ``against``, only links between files of different sides are given.
    """
    read = _read(files, tick)
    linked = link_all(read.prints)
    sides = {file.shown: file.side for file in files}
    links = [link for link in linked.links if not against or sides[link.a] != sides[link.b]]
    done = {item["path"] for item in read.items}
    films = {item["path"] for item in read.items if item["kind"] == FILM}
    withheld = [
        {"path": path, **why}
        for path, why in sorted(linked.withheld.items())
        if path in done and not any(each["path"] == path for each in read.failed)
    ]
    return {
        "items": read.items,
        "links": [face(link) for link in links],
        "groups": [_group(members, inside) for members, inside in gather(links, films)],
        "withheld": withheld,
        "failed": read.failed,
        "other_files": read.other,
    }


def _read(files: Sequence[File], tick: Tick) -> Compared:
    read = Compared()
    with MediaReader() as reader:
        for number, file in enumerate(files):
            tick(number, len(files), file.shown)
            try:
                _one(reader, file, read)
            except OSError as error:
                read.failed.append(_failed(file, "failed", error.strerror or str(error)))
        tick(len(files), len(files), "")
    return read


def _one(reader: MediaReader, file: File, read: Compared) -> None:
    group = file.kind.partition("/")[0]
    if group not in (PICTURE, FILM) and file.kind != "application/octet-stream":
        read.other += 1
        return
    with open(file.path, "rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    item: Json = {
        "path": file.shown,
        "sha256": f"sha256:{sha256}",
        "kind": group,
        "width": None,
        "height": None,
    }
    if group == FILM:
        made, fault = _film(reader, file, item)
    else:
        made, fault = _picture(reader, file, sha256, item)
    if fault is not None and group not in (PICTURE, FILM):
        read.other += 1  # nothing says that it was meant to be a picture
        return
    # Equal bytes are equal whether or not they can be decoded.
    whole = Print(file.shown, f"bytes {sha256}", (), 0, item["width"] or 0, item["height"] or 0)
    read.items.append(item | {"kind": FILM if group == FILM else PICTURE})
    read.prints += [*made, whole]
    if fault is not None:
        read.failed.append(fault)


def _picture(
    reader: MediaReader, file: File, sha256: str, item: Json
) -> tuple[list[Print], Json | None]:
    image = reader.image(file.path, sha256)
    made = of_image(file.shown, image)
    if made is not None:
        item |= {"width": made.width, "height": made.height}
    fault = None
    if image["status"] != "decoded":
        fault = _failed(file, image["status"], image.get("reason"))
    return [] if made is None else [made], fault


def _film(reader: MediaReader, file: File, item: Json) -> tuple[list[Print], Json | None]:
    film = video.probe(file.path)
    if film["status"] != "read":
        return [], _failed(file, film["status"], film.get("reason"))
    item |= {"width": film.get("width"), "height": film.get("height")}
    taken = video.take(file.path)
    made = list(_frames(reader, file, taken["frames"], film.get("duration_ms")))
    if made:
        return made, None
    status = taken["status"] if taken["status"] != "read" else "failed"
    return [], _failed(file, status, taken.get("reason") or "no key frame could be read")


def _frames(
    reader: MediaReader, file: File, frames: Iterable[Json], duration_ms: int | None
) -> Iterator[Print]:
    with tempfile.TemporaryDirectory(prefix="firsthand-") as folder:
        path = Path(folder) / "frame"
        for frame, start, end in spans(frames, duration_ms):
            path.write_bytes(frame["data"])
            made = of_image(file.shown, reader.image(path), (start, end))
            if made is not None:
                yield made


def _failed(file: File, status: str, reason: str | None) -> Json:
    return {"path": file.shown, "status": status, "reason": reason or "no reason was given"}


def face(link: Link) -> Json:
    """Return a link as the toolbox prints it; times are seconds, regions pixels."""
    record = to_json(link)
    found: Json = {
        "a": link.a,
        "b": link.b,
        "relation": link.relation,
        "score": round(max(0.0, 1 - link.bits / UNRELATED_BITS), 4),
        "derived": record["derived"],
        "transform": record["transform"],
        "evidence": record["evidence"]
        | {"distance_bits": link.bits, "hints": [_hint(h) for h in record["hints"]]},
    }
    for name, made in (("region_a", link.print_a), ("region_b", link.print_b)):
        if made.width and made.height:
            found[name] = [0, 0, made.width, made.height]
    for name, time in (("time_a", link.time_a), ("time_b", link.time_b)):
        if time is not None:
            found[name] = [time[0] / 1000, time[1] / 1000]
    return found


def _hint(hint: Json) -> Json:
    return {("path" if key == "exhibit" else key): value for key, value in hint.items()}


def _group(members: Sequence[str], inside: Iterable[Link]) -> Json:
    same = all(link.relation == "identical" for link in inside)
    # Which of them came first is a matter of sightings; files alone cannot say.
    return {"relation": "identical" if same else "copy", "members": list(members), "first": None}
