"""The same comparison over files in folders, without a case: the toolbox face of this room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from firsthand.match.engine import Pictures, link_pictures
from firsthand.match.face import groups_json, link_json
from firsthand.match.learned import propose
from firsthand.match.links import Link, withheld
from firsthand.match.local.coded import coded
from firsthand.match.local.codes import packed
from firsthand.match.local.picture import SIDE, Picture, head_of
from firsthand.match.look import (
    FILM,
    File,
    Looked,
    Readers,
    Tick,
    digest,
    failed,
    item_of,
    look_at,
    usual_jobs,
)
from firsthand.match.moving import Frames, film_frames
from firsthand.match.prints import Print
from firsthand.match.shelf import Shelf
from firsthand.model.canonical import Json

__all__ = ["File", "compare"]


def compare(
    files: Sequence[File],
    *,
    against: bool,
    tick: Tick = lambda *_: None,
    jobs: int | None = None,
    model: Path | None = None,
) -> Json:
    """Return items, links, groups, and files that were not compared.

    The shape is that of ``firsthand match --json``; see docs/howto/link-copies.md. With
    ``against``, only links between files of different sides are looked for. ``model`` is a file
    that proposes further pairs (:mod:`firsthand.match.learned`); what it did is ``model`` in the
    answer.

    Raises
    ------
    NotFound, BadInput, MissingDependency
        When there is no such model, or it cannot be used here.
    """
    jobs = jobs or usual_jobs()
    sides = {file.shown: file.side for file in files}

    def wanted(one: str, other: str) -> bool:
        return not against or sides[one] != sides[other]

    with Readers() as readers, Shelf() as shelf, Frames() as frames:
        held = Held(readers, shelf, frames)
        looked = list(held.look(files, jobs, tick))
        more, record = proposed(looked, model, against, tick)
        links = link_pictures(
            held.pictures, list(_whole(looked)), wanted=wanted, more=more, jobs=jobs, tick=tick
        )
    answer = _answer(files, looked, [*held.pictures.prints.values(), *_whole(looked)], links)
    return answer if record is None else answer | {"model": record}


def proposed(
    looked: Sequence[Looked], model: Path | None, against: bool, tick: Tick
) -> tuple[set[tuple[str, str]], Json | None]:
    """Return pairs that a user's model finds alike, and the record of what it did."""
    if model is None:
        return set(), None
    stills = [each.file for each in looked if each.print is not None and not each.print.is_frame]
    own = [file for file in stills if file.side == "query"]
    base = [file for file in stills if file.side != "query"]
    found = propose(own, model, others=base if against else None, tick=tick)
    return found.named(own, base if against else None), found.record


class Held:
    """What was seen of files, and how to look at them again."""

    def __init__(self, readers: Readers, shelf: Shelf, frames: Frames) -> None:
        self.readers, self.shelf, self.frames = readers, shelf, frames
        self.files: dict[str, tuple[str, str]] = {}
        self.pictures = Pictures(open=self._open, pixels=self._pixels)

    def look(self, files: Iterable[File], jobs: int, tick: Tick) -> Iterator[Looked]:
        """Yield what was seen of each file, pictures first."""
        films, stills = _apart(files)
        for looked in look_at(stills, self.readers, jobs, tick):
            self._add(looked)
            yield looked
        for done, film in enumerate(films):
            tick(done, len(films), film.shown)
            yield self._film(film)

    def _add(self, looked: Looked) -> None:
        name = looked.name
        if looked.item is None:
            return
        self.files[name] = str(looked.file.path), looked.item["sha256"]
        if looked.print is not None:
            self.pictures.prints[name] = looked.print
        if looked.coarse is not None and looked.fine is not None and len(looked.coarse):
            self.pictures.coarse[name] = packed(looked.coarse)
            self.pictures.fine[name] = coded(looked.fine)
            self.shelf.put(name, looked.fine)

    def _film(self, file: File) -> Looked:
        try:
            item = item_of(file, digest(file.path))
            made = film_frames(self.readers.own(), file.path, file.shown, self.frames.folder)
        except OSError as error:
            return Looked(file, fault=failed(file, "failed", error.strerror or str(error)))
        for name, frame in made.frames:
            self.files[name] = str(frame.path), frame.sha256
            self.pictures.prints[name] = frame.print
            self.pictures.coarse[name] = packed(frame.coarse)
            self.pictures.fine[name] = coded(frame.fine)
            self.shelf.put(name, frame.fine)
        fault = None if made.fault is None else failed(file, *made.fault)
        return Looked(file, item | made.about, fault)

    def _open(self, name: str) -> Picture | None:
        path, sha256 = self.files[name]
        about, gray = self.readers.own().look(path, sha256, SIDE)
        if gray is None:
            return None
        made = Picture(name, gray, about["width"], about["height"], about, head_of(Path(path)))
        if name in self.shelf:
            made.__dict__["fine"] = self.shelf.get(name)  # found before, so not looked for again
        return made

    def _pixels(self, name: str) -> str | None:
        path, sha256 = self.files[name]
        image: Json = self.readers.own().image(path, sha256)
        whole = image["status"] == "decoded" and (image.get("frames") or 1) == 1
        return image.get("pixels") if whole else None


def _answer(
    files: Sequence[File], looked: Sequence[Looked], prints: Sequence[Print], links: list[Link]
) -> Json:
    items = {each.name: each.item for each in looked if each.item is not None}
    faults = [each.fault for each in looked if each.fault is not None]
    films = {name for name, item in items.items() if item["kind"] == FILM}
    plain = withheld(prints, links)
    missing = {each["path"] for each in faults}
    return {
        "items": [items[file.shown] for file in files if file.shown in items],
        "links": [link_json(link) for link in links],
        "groups": groups_json(links, films),
        "withheld": [
            {"path": path, **why}
            for path, why in sorted(plain.items())
            if path in items and path not in missing
        ],
        "failed": faults,
        "other_files": sum(each.item is None and each.fault is None for each in looked),
    }


def _apart(files: Iterable[File]) -> tuple[list[File], list[File]]:
    films: list[File] = []
    stills: list[File] = []
    for file in files:
        (films if file.kind.startswith(f"{FILM}/") else stills).append(file)
    return films, stills


def _whole(looked: Iterable[Looked]) -> Iterator[Print]:
    """Yield a print of the bytes of each file: equal bytes are equal whether decoded or not."""
    for each in looked:
        item = each.item
        if item is not None:
            size = item["width"] or 0, item["height"] or 0
            yield Print(each.name, f"bytes {item['sha256']}", (), 0, *size)
