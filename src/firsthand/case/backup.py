"""A second copy of a case that grows with it, read again after it was written, never made smaller.

Order as in the case itself (docs/case-format.md): objects, openings and tiles first, then the
checkpoint, then what the larger tree no longer needs. An interrupted backup leaves the copy as it
was before, with left-overs that the next one takes up.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from firsthand.case.blobs import object_path
from firsthand.case.case import Case, read_head
from firsthand.case.copying import copy_object, digest_of_file
from firsthand.case.files import Files, locked, storage_error
from firsthand.case.history import Closed, Tick, history_files, quiet
from firsthand.case.openings import read_bundle
from firsthand.model import canonical
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput, CaseBusy, VerificationFailed
from firsthand.model.nouns import Backup
from firsthand.model.values import Digest

ATTEMPTS = 5
"""How often a backup begins again because somebody else wrote to the case meanwhile."""

BEGUN = {"log", "openings", "objects", "stamps", "incoming", "lock", "case.json"}
"""All that a first backup makes; as long as there is no checkpoint, it is none yet."""


def back_up(case: Case, target: Path, *, tick: Tick = quiet) -> Json:
    """Copy a case to a second folder, or bring an older copy there up to date.

    Objects that are there with the right bytes are not copied again; every file that is written
    is read again before it counts. Nothing is removed but the partial tiles of the smaller log.

    Returns
    -------
    dict
        ``{"size","root","objects","bytes","copied","already","repaired"}``: objects and their
        bytes in all; objects that were copied, were there, or had to be replaced.

    Raises
    ------
    BadInput
        When what is there is no older copy of this case, or holds what the case no longer does.
    VerificationFailed
        When the case is damaged, or what was written reads differently. The copy is then as
        before, but for whole objects.
    """
    source = Closed(case.root, read_head(case.root))
    _apart(source.root.resolve(), target.resolve())
    try:
        fresh = _unfinished(target)
        if not fresh and not (target / "case.json").is_file():
            raise BadInput(
                f"{target} is not an older copy of this case",
                why="it is not empty, and no case",
                hint="name a new folder, or one that was made by `firsthand backup`",
            )
        files = Files()
        head = (source.root / "case.json").read_bytes()
        if not fresh and (target / "case.json").read_bytes() != head:
            raise BadInput(f"{target} is not an older copy of this case", why="it is another case")
        for name in ("log", "openings", "objects/sha256", "stamps", "incoming"):
            files.make_dir(target / name)  # empty folders get lost in some copies
        with locked(target / "lock"):
            if fresh:
                files.put(target / "incoming" / f"{os.getpid()}-backup", target / "case.json", head)
            return _Copying(source, target, files, tick).run()
    except OSError as error:
        raise storage_error(error, "write the backup") from error


def record_backup(case: Case, name: str, done: Json, *, by: str | None = None) -> None:
    """Append that there is a copy: what the place is called, and how far it reaches."""
    counted = {key: done[key] for key in ("size", "root", "objects", "bytes")}
    with case.batch(by=by) as batch:
        batch.noun("backup", Backup(name=name, **counted))


def _unfinished(target: Path) -> bool:
    """Tell whether there is nothing yet, or only what an interrupted first backup left."""
    if not target.exists():
        return True
    if not target.is_dir() or (target / "log" / "checkpoint").exists():
        return False
    return {path.name for path in target.iterdir()} <= BEGUN


def _apart(source: Path, target: Path) -> None:
    if source == target or source in target.parents or target in source.parents:
        raise BadInput(
            "a backup must lie apart from the case",
            why=f"{target}",
            hint="best on another disk, which is then kept elsewhere",
        )


@dataclass
class _Copying:
    source: Closed
    target: Path
    files: Files
    tick: Tick
    seen: dict[Digest, int] = field(default_factory=dict)
    """Objects that were read in the copy and are right, with their sizes [bytes]."""
    copied: int = 0
    already: int = 0
    repaired: int = 0

    def run(self) -> Json:
        for _ in range(ATTEMPTS):
            try:
                return self._attempt()
            except FileNotFoundError as error:
                # A writer replaced partial tiles while they were read; anything else is lost.
                if not str(error.filename or "").startswith(str(self.source.root)):
                    raise
        raise CaseBusy("the case changes faster than it can be copied", hint="try again later")

    def _attempt(self) -> Json:
        point = self.source.log.checkpoint()
        self.source.log.check()
        head = (self.source.root / "log" / "checkpoint").read_bytes()
        copy = Closed(self.target, read_head(self.target))
        old = self._older(copy, point.size)
        self._keeps_openings(copy, old)
        wanted = self._objects(point.size)
        missing = [d for d in wanted if d not in self.seen and not copy.blobs.has(d)]
        hexes = sorted(digest.removeprefix("sha256:") for digest in missing)
        # What an interrupted backup from a smaller log left beside this one goes with the rest.
        since = min(old, copy.ledger.begun_at(old))
        journal = canonical.dumps({"objects": hexes, "size": since}) + b"\n"
        aside = self.target / "incoming" / f"{os.getpid()}-backup"
        self.files.put(aside, self.target / "incoming" / "batch.json", journal)
        self.files.sync_dir(self.target / "incoming")
        damaged = self._copy_objects(wanted, aside)
        if damaged:
            raise VerificationFailed(
                f"{len(damaged)} objects of the case are damaged",
                why=", ".join(damaged[:3]),
                hint="run `firsthand verify`; the copy may still have them: nothing there was lost",
            )
        self._copy_history(point.size, aside)
        if not self.files.sync_all(self.target):
            below = (path for path in self.target.rglob("*") if path.is_dir())
            for folder in (self.target.parent, self.target, *sorted(below)):
                self.files.sync_dir(folder)
        self.files.put(aside, self.target / "log" / "checkpoint", head)
        self.files.sync_dir(self.target / "log")
        copy.log.check()
        copy.ledger.finish(since, point.size)
        copy.blobs.sweep()
        return {
            "size": point.size,
            "root": point.root.hex(),
            "objects": len(wanted),
            "bytes": sum(self.seen[digest] for digest in wanted),
            "copied": self.copied,
            "already": self.already,
            "repaired": self.repaired,
        }

    def _older(self, copy: Closed, size: int) -> int:
        """Return the size of the copy's log, which must be where this log once was."""
        if not (self.target / "log" / "checkpoint").is_file():
            return 0
        there = copy.log.checkpoint()
        if there.size > size or self.source.log.root_at(there.size) != there.root:
            raise BadInput(
                f"{self.target} is not an older copy of this case",
                why="it is a newer one"
                if there.size > size
                else f"its first {there.size} entries are others",
                hint="name another folder; `firsthand merge` brings two histories together",
            )
        return there.size

    def _keeps_openings(self, copy: Closed, old: int) -> None:
        """Refuse to replace opened fields in the copy by fewer: they may be the last ones."""
        size = self.source.log.size()
        now = {n.partition(".p/")[0]: n for n in history_files(self.source.root, size)}
        for name in history_files(self.target, old) if old else ():
            theirs = self.target / name
            if not name.startswith("openings/") or not theirs.is_file():
                continue
            present = now.get(name.partition(".p/")[0])
            ours = (self.source.root / present).read_bytes() if present else b""
            if ours.startswith(data := theirs.read_bytes()):
                continue
            here = read_bundle(ours)
            for index, opening in _readable(data):
                kept = here.get(index)
                if kept is None or kept.withheld > opening.withheld:
                    raise BadInput(
                        f"{self.target} holds what the case no longer does",
                        why=f"the opened fields of entry {index}",
                        hint="name a new folder; this copy stays as it is",
                    )

    def _objects(self, size: int) -> list[Digest]:
        """Return the objects that entries name; with withheld entries, all that lie there."""
        named: set[Digest] = set()
        withheld = False
        for entry in self.source.ledger.entries(0, size):
            withheld |= entry.fields is None or "objects" not in entry.fields
            objects = (entry.fields or {}).get("objects") or ()
            named.update(Digest(f"sha256:{item['sha256']}") for item in objects)
        if withheld:
            named.update(self.source.objects())
        return sorted(named)

    def _copy_objects(self, wanted: list[Digest], aside: Path) -> list[str]:
        damaged: list[str] = []
        for number, digest in enumerate(wanted):
            self.tick(number, len(wanted), digest.removeprefix("sha256:"))
            if digest in self.seen:
                continue
            target = self.target / object_path(digest)
            there = target.is_file()
            if there and digest_of_file(target, fresh=True) == digest:
                self.seen[digest] = target.stat().st_size
                self.already += 1
                continue
            try:
                place = self.source.blobs.path(digest)
                self.seen[digest] = copy_object(place, aside, target, digest, self.files)
            except (VerificationFailed, FileNotFoundError):
                damaged.append(digest)
                continue
            self.repaired += there
            self.copied += not there
        return damaged

    def _copy_history(self, size: int, aside: Path) -> None:
        for name in history_files(self.source.root, size):
            if name in ("case.json", "log/checkpoint"):
                continue
            data, place = (self.source.root / name).read_bytes(), self.target / name
            if place.is_file() and place.read_bytes() == data:
                continue
            self.files.put(aside, place, data)
            if place.read_bytes() != data:
                raise VerificationFailed(f"{name} did not arrive as it was sent")


def _readable(data: bytes) -> Iterator[tuple[int, Json]]:
    """Yield the openings of a bundle of the copy; a damaged bundle is replaced, not kept."""
    try:
        yield from read_bundle(data).items()
    except BadInput:
        return
