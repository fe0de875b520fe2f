"""The same comparison over files in folders, without a case: the toolbox face of this room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firsthand.match.engine import Pictures, link_pictures
from firsthand.match.face import groups_json, link_json
from firsthand.match.film.photo import frames_of
from firsthand.match.film.strip import Strip, strip_of
from firsthand.match.learned import propose
from firsthand.match.links import LEAST_QUALITY, Link, best_of, withheld
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
from firsthand.match.moving import between_films, with_pictures
from firsthand.match.prints import Print
from firsthand.match.scene.graph import scene_graph
from firsthand.match.scenes_method import views
from firsthand.match.sheet.sheets import write_sheets
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
    sheets: Path | None = None,
    scenes: bool = False,
) -> Json:
    """Return items, links, groups, and files that were not compared.

    The shape is that of ``firsthand match --json``; see docs/howto/link-copies.md. With
    ``against``, only links between files of different sides are looked for. ``model`` is a file
    that proposes further pairs (:mod:`firsthand.match.learned`); what it did is ``model`` in the
    answer. ``sheets`` is a folder for a page of each group (:mod:`firsthand.match.sheet`).
    ``scenes``: tell how shots of one scene overlap and how the cameras stood (``scenes`` in the
    answer, :func:`firsthand.match.scene.graph.scene_graph`).

    Raises
    ------
    NotFound, BadInput, MissingDependency
        When there is no such model, or it cannot be used here.
    """
    jobs = jobs or usual_jobs()
    sides = {file.shown: file.side for file in files}

    def wanted(one: str, other: str) -> bool:
        return not against or sides[one] != sides[other]

    with Readers() as readers, Shelf() as shelf:
        held = Held(readers, shelf)
        looked = list(held.look(files, jobs, tick))
        more, record = proposed(looked, model, against, tick)
        links = link_pictures(
            held.pictures, list(_whole(looked)), wanted=wanted, more=more, jobs=jobs, tick=tick
        )
        links = with_films(links, held.link_films(wanted, tick))
        answer = _answer(
            files,
            looked,
            [*held.pictures.prints.values(), *_whole(looked)],
            links,
            held.plain(links),
        )
        if scenes:
            opened = views(readers.own, lambda name: Path(held.files[name][0]))
            still = [
                link for link in answer["links"] if {link["a"], link["b"]} <= held.files.keys()
            ]
            answer |= scene_graph(still, opened)
        if sheets is not None:
            write_sheets(answer, held.shown, sheets)
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

    def __init__(self, readers: Readers, shelf: Shelf) -> None:
        self.readers, self.shelf = readers, shelf
        self.files: dict[str, tuple[str, str]] = {}
        self.strips: dict[str, Strip] = {}
        self.paths: dict[str, Path] = {}
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
            strip, outcome = strip_of(file.path)
        except OSError as error:
            return Looked(file, fault=failed(file, "failed", error.strerror or str(error)))
        item |= {"width": outcome.get("width"), "height": outcome.get("height")}
        fault = None
        if strip is None:
            why = outcome.get("reason") or "no picture of it could be read"
            status = outcome["status"] if outcome["status"] != "read" else "failed"
            fault = failed(file, status, why)
        else:
            self.strips[file.shown], self.paths[file.shown] = strip, file.path
        return Looked(file, item, fault)

    def link_films(self, wanted: Callable[[str, str], bool], tick: Tick) -> list[Link]:
        """Return the links between films, and of pictures with films."""
        stills = {
            name: partial(self._open, name) for name in self.pictures.prints if name in self.shelf
        }
        return [
            *between_films(self.strips, wanted, tick),
            *with_pictures(self.strips, self.paths, stills, wanted, tick),
        ]

    def plain(self, links: Iterable[Link]) -> dict[str, Json]:
        """Return the films none of whose frames tells enough, with why."""
        linked = {name for link in links for name in (link.a, link.b)}
        return {
            name: {
                "status": "withheld",
                "reason": "no frame has enough in it; equal bytes alone were looked for",
                "quality": int(strip.quality.max(initial=0)),
                "linked": name in linked,
            }
            for name, strip in self.strips.items()
            if strip.quality.max(initial=0) < LEAST_QUALITY
        }

    def shown(self, name: str) -> NDArray[np.uint8] | None:
        """Return the brightness of a picture, or of the middle of a film; None without any."""
        if name in self.strips:
            strip = self.strips[name]
            middle = int(strip.times[len(strip) // 2])
            around = frames_of(self.paths[name])(max(0, middle - 100), middle + 400)
            return around[0][1].gray if around else None
        picture = self._open(name) if name in self.files else None
        return None if picture is None else picture.gray

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


def with_films(links: list[Link], films: list[Link]) -> list[Link]:
    """Return all links in order of names; files with equal bytes stay identical."""
    found = {(link.a, link.b): link for link in links}
    for link in films:
        found[link.a, link.b] = best_of(found.get((link.a, link.b)), link)
    return [found[pair] for pair in sorted(found)]


def _answer(
    files: Sequence[File],
    looked: Sequence[Looked],
    prints: Sequence[Print],
    links: list[Link],
    plain_films: Mapping[str, Json],
) -> Json:
    items = {each.name: each.item for each in looked if each.item is not None}
    faults = [each.fault for each in looked if each.fault is not None]
    films = {name for name, item in items.items() if item["kind"] == FILM}
    plain = {name: why for name, why in withheld(prints, links).items() if name not in films}
    plain |= plain_films
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
