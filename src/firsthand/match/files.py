"""The same comparison over files in folders, without a case: the toolbox face of this room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from firsthand.match.engine import Seen, link_pictures
from firsthand.match.face import groups_json, link_json
from firsthand.match.links import Link, withheld
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
from firsthand.match.moving import film_prints
from firsthand.match.prints import Print
from firsthand.model.canonical import Json

__all__ = ["File", "compare"]


def compare(
    files: Sequence[File],
    *,
    against: bool,
    tick: Tick = lambda *_: None,
    jobs: int | None = None,
) -> Json:
    """Return items, links, groups, and files that were not compared.

    The shape is that of ``firsthand match --json``; see docs/howto/link-copies.md. With
    ``against``, only links between files of different sides are looked for.
    """
    jobs = jobs or usual_jobs()
    sides = {file.shown: file.side for file in files}

    def wanted(one: str, other: str) -> bool:
        return not against or sides[one] != sides[other]

    with Readers() as readers, Seen() as seen:
        films, stills = _apart(files)
        looked: list[Looked] = []
        for each in look_at(stills, readers, jobs, tick):
            seen.add(each)
            looked.append(each)
        made, more = _films(films, readers)
        looked += more
        whole = [*seen.prints.values(), *made, *_whole(looked)]
        links = link_pictures(seen, looked, whole, readers, wanted, jobs=jobs, tick=tick)
    return _answer(files, looked, whole, [link for link in links if wanted(link.a, link.b)])


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


def _films(files: Iterable[File], readers: Readers) -> tuple[list[Print], list[Looked]]:
    prints: list[Print] = []
    looked: list[Looked] = []
    for file in files:
        try:
            item = item_of(file, digest(file.path))
            made, about, fault = film_prints(readers.own(), file.path, file.shown)
        except OSError as error:
            reason = error.strerror or str(error)
            looked.append(Looked(file, fault=failed(file, "failed", reason)))
            continue
        prints += made
        fault_row = None if fault is None else failed(file, *fault)
        looked.append(Looked(file, item | about, fault_row))
    return prints, looked
