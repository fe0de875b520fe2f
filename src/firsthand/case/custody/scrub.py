"""Reading preserved bytes again before they are needed: a part a day, the whole log once a week.

An object belongs to the same part for ever, by the start of its digest, so that each is read once
in every round. Digests are even, so that parts hold about as many objects; one very large object
makes its part larger.
"""

from __future__ import annotations

import dataclasses
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from firsthand.case.blobs import object_path
from firsthand.case.case import Case, read_head
from firsthand.case.copying import digest_of_file
from firsthand.case.custody import clock
from firsthand.case.custody.inspection import Inspection, head_of, inspect
from firsthand.case.custody.shelf import Shelf
from firsthand.case.custody.tree_check import Fault
from firsthand.case.history import Closed, Tick, quiet
from firsthand.model.canonical import Json
from firsthand.model.codec import from_json
from firsthand.model.custody import Scrub
from firsthand.model.errors import BadInput, FirsthandError
from firsthand.model.nouns import content_id
from firsthand.model.values import Digest

PARTS = 30
"""Parts of a round: a part a day reads everything once in about a month."""

LOG_AFTER_MS = 7 * 86_400_000
"""Age of the last reading of the log after which it is read again [ms]."""

OBJECTS, LOG = "objects", "log"
GOOD, DAMAGED, MISSING = "good", "damaged", "missing"

MOST_NAMED = 10_000
"""Damaged things that one entry names; the command names all of them."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What to read: ``part`` of ``of`` parts of the objects (0: none), and whether the log."""

    part: int
    of: int
    log: bool


def part_of(digest: str, of: int) -> int:
    """Return the part, from 1 to ``of``, that an object belongs to.

    >>> part_of("sha256:" + "00" * 32, 30), part_of("sha256:" + "ff" * 32, 30)
    (1, 30)
    """
    return (int(digest.removeprefix("sha256:")[:8], 16) * of >> 32) + 1


def scrubs(case: Case) -> list[tuple[int, int | None, Scrub]]:
    """Return what was read again in this case: entry, claimed time [ms UTC], record."""
    elsewhere = case.catalog.merged()
    found: list[tuple[int, int | None, Scrub]] = []
    for noun in case.catalog.nouns("scrub"):
        if noun.entry not in elsewhere:
            at_ms = (case.catalog.entry(noun.entry) or {}).get("at_ms")
            found.append((noun.entry, at_ms, from_json(Scrub, noun.data)))
    return found


def due(case: Case, *, now_ms: int | None = None) -> Chosen:
    """Return the part that was read longest ago (or never), and whether the log is due."""
    now = clock.wall_ms() if now_ms is None else now_ms
    read = dict.fromkeys(range(1, PARTS + 1), -1)
    log_at: int | None = None
    for entry, at_ms, scrub in scrubs(case):
        if scrub.what == LOG:
            log_at = at_ms
        elif scrub.of == PARTS and scrub.part in read:
            read[scrub.part] = entry
        elif scrub.of == 1:
            read = dict.fromkeys(read, entry)
    part = min(read, key=lambda each: (read[each], each))
    return Chosen(part, PARTS, log_at is None or abs(now - log_at) >= LOG_AFTER_MS)


def last_read(case: Case, digest: str, known: list[tuple[int, int | None, Scrub]]) -> Json:
    """Return the newest reading that an object was part of: ``{"entry","at_ms","good"}``, or null.

    Worked out from which part was read, so approximate: it was read if it was in the case by then.
    """
    held = case.catalog.noun("exhibit", digest)
    since = held.entry if held else -1
    for entry, at_ms, scrub in reversed(known):
        if scrub.what == OBJECTS and entry > since and part_of(digest, scrub.of) == scrub.part:
            good = digest not in (*scrub.wrong, *scrub.missing)
            return {"entry": entry, "at_ms": at_ms, "good": good}
    return None


@dataclass
class Result:
    """What a scrub read and found."""

    chosen: Chosen
    size: int
    objects: int = 0
    bytes: int = 0
    log_files: bool = False
    wrong: list[str] = dataclasses.field(default_factory=list)
    missing: list[str] = dataclasses.field(default_factory=list)
    log_faults: list[Fault] = dataclasses.field(default_factory=list)
    withheld: int = 0

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.wrong or self.missing or self.log_faults)


def scrub(root: Path, chosen: Chosen, *, tick: Tick = quiet) -> Result:
    """Read a part of the objects and, where asked, the log of a case; writes nothing.

    A log that cannot be read as it is is read file by file, whatever was asked for.

    Raises
    ------
    NotACase
        When the folder is no case.
    """
    if not (root / "case.json").exists() and not (root / "log").is_dir():
        read_head(root)  # says that it is no case
    head, point, faults = head_of(root)
    found: Inspection | None = None
    named: dict[Digest, int] = {}
    withheld = False
    if not chosen.log and point is not None and head is not None:
        try:
            named, withheld = _named(Closed(root, head))
        except (FirsthandError, OSError):
            chosen = dataclasses.replace(chosen, log=True)
    if chosen.log or faults:
        found = inspect(root, head, point)
        named = {digest: size for digest, (size, _) in found.objects.items()}
        withheld = bool(found.withheld)
        faults += found.faults
    result = Result(chosen, point.size if point else 0, log_files=found is not None)
    result.log_faults = _once(faults)
    result.withheld = len(found.withheld) if found else 0
    if withheld:
        # What only withheld entries name cannot be known; what lies there has its own name.
        named = {**{digest: -1 for digest in lying(root)}, **named}
    mine = sorted(d for d in named if chosen.part and part_of(d, chosen.of) == chosen.part)
    for number, digest in enumerate(mine):
        tick(number, len(mine), digest.removeprefix("sha256:"))
        _read(root, digest, named[digest], result)
    return result


def _read(root: Path, digest: Digest, size: int, result: Result) -> None:
    state, there = state_of(root, digest, size)
    if state == MISSING:
        result.missing.append(digest)
        return
    result.objects += 1
    result.bytes += there
    if state != GOOD:
        result.wrong.append(digest)


def state_of(root: Path, digest: Digest, size: int = -1) -> tuple[str, int]:
    """Read an object again: good, damaged or missing, and the bytes that lie there."""
    path = root / object_path(digest)
    try:
        known = os.lstat(path)
        if not stat.S_ISREG(known.st_mode):
            return DAMAGED, 0
        good = digest_of_file(path, fresh=True) == digest and size in (-1, known.st_size)
    except (FileNotFoundError, NotADirectoryError):
        return MISSING, 0
    except OSError:  # such as a sector that cannot be read any more
        return DAMAGED, 0
    return (GOOD if good else DAMAGED), known.st_size


def _named(case: Closed) -> tuple[dict[Digest, int], bool]:
    named: dict[Digest, int] = {}
    withheld = False
    for entry in case.ledger.entries():
        withheld |= entry.fields is None or "objects" not in entry.fields
        for item in (entry.fields or {}).get("objects") or ():
            named[Digest(f"sha256:{item['sha256']}")] = item["size"]
    return named, withheld


def lying(root: Path) -> Iterable[Digest]:
    """Yield the digests that objects of a folder are named after."""
    for name in Shelf(root).files("objects/sha256"):
        hexes = name.rpartition("/")[2]
        if len(hexes) == 64 and object_path(f"sha256:{hexes}") == name:
            yield Digest(f"sha256:{hexes}")


def _once(faults: Iterable[Fault]) -> list[Fault]:
    """Keep the first fault of each file, which says what the file itself is."""
    found: dict[str, Fault] = {}
    for fault in faults:
        found.setdefault(fault.path, fault)
    return list(found.values())


def record_scrub(case: Case, result: Result, *, by: str | None = None) -> list[int]:
    """Append what was read again and found; return the entries."""
    size = case.ledger.size()
    made: list[Scrub] = []
    if result.chosen.part:
        made.append(
            Scrub(
                id="",
                what=OBJECTS,
                part=result.chosen.part,
                of=result.chosen.of,
                objects=result.objects,
                bytes=result.bytes,
                wrong=tuple(result.wrong[:MOST_NAMED]),
                missing=tuple(result.missing[:MOST_NAMED]),
                size=size,
            )
        )
    if result.log_files:
        paths = [fault.path for fault in result.log_faults if fault.what != "missing"]
        gone = [fault.path for fault in result.log_faults if fault.what == "missing"]
        made.append(
            Scrub(
                id="",
                what=LOG,
                part=1,
                of=1,
                objects=0,
                bytes=0,
                wrong=tuple(paths[:MOST_NAMED]),
                missing=tuple(gone[:MOST_NAMED]),
                size=size,
            )
        )
    with case.batch(by=by) as batch:
        start = case.ledger.size()
        for each in made:
            batch.noun("scrub", dataclasses.replace(each, id=content_id("scrub", each)))
        count = len(batch.drafts)
    return list(range(start, start + count))


def chosen_of(text: str) -> Chosen:
    """Read ``K/N`` as a part of the objects.

    Raises
    ------
    BadInput
        When it is not two numbers with 1 <= K <= N <= 1000.
    """
    part, slash, of = text.partition("/")
    if slash and part.isdecimal() and of.isdecimal() and len(part + of) <= 8:
        chosen = Chosen(int(part), int(of), log=False)
        if 1 <= chosen.part <= chosen.of <= 1000:
            return chosen
    raise BadInput(
        "the part cannot be read", why=repr(text), hint="write it as 3/30: the third of thirty"
    )
