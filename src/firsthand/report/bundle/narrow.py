"""A case with fewer fields open: which entries, fields and objects go, and the files of that.

Leaving an opening out never breaks the log: its leaf hash stands in the place of a field, and an
entry without any open field has no line (docs/case-format.md, Openings).
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from firsthand.case import Case
from firsthand.case.blobs import object_path
from firsthand.case.openings import Opening, read_bundle
from firsthand.model import canonical
from firsthand.model.canonical import Json
from firsthand.model.values import Digest
from firsthand.report.bundle.parts import Part, declared
from firsthand.tlog import entry_bundles, leaf_hash

ALL = frozenset(("at_ms", "body", "by", "from", "objects"))
"""Every field that an entry can have (docs/case-format.md); another is never let out."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry with what the case itself still has open of it."""

    index: int
    kind: str
    root: str
    opening: Opening | None

    @property
    def body(self) -> Json | None:
        """The noun, where it is open."""
        return None if self.opening is None else self.opening.body

    @property
    def objects(self) -> list[str]:
        """The objects that it names, as 64 hexadecimal digits each."""
        named = None if self.opening is None else self.opening.fields.get("objects")
        return [str(item["sha256"]) for item in named or ()]


Keep = Mapping[int, frozenset[str]]
"""The names of the fields that stay open, by entry; an entry that is not there is withheld."""


def entries(case: Case) -> list[Entry]:
    """Return all entries of a case, each opening checked against the log."""
    openings: dict[int, Opening] = {}
    for _, bundle in _bundles(case):
        openings |= bundle
    return [
        Entry(each.index, each.kind, each.root, openings.get(each.index))
        for each in case.ledger.entries()
    ]


def named_objects(found: list[Entry], keep: Keep) -> set[str]:
    """Return the objects that entries name whose field ``objects`` stays open."""
    return {
        hexes
        for entry in found
        if "objects" in keep.get(entry.index, ())
        for hexes in entry.objects
    }


def narrowed(case: Case, found: list[Entry], keep: Keep) -> tuple[list[Part], list[int]]:
    """Return the files of the narrowed case, and the entries that are not fully open."""
    objects = named_objects(found, keep)
    parts = [Part("case.json", case.root / "case.json")]
    log = case.root / "log"
    parts += [
        Part(path.relative_to(case.root).as_posix(), path)
        for path in sorted(log.rglob("*"))
        if path.is_file()
    ]
    withheld = set(range(len(found)))
    for name, bundle in _bundles(case):
        lines = []
        for index, opening in sorted(bundle.items()):
            line, whole = _line(opening, keep.get(index, frozenset()))
            lines.append(line)
            if whole:
                withheld.discard(index)
        data = b"".join(lines)
        if data:
            parts.append(Part(f"openings/{name}", data))
    for hexes in sorted(objects):
        path = object_path(Digest(f"sha256:{hexes}"))
        if (case.root / path).is_file():
            parts.append(Part(Path(path).as_posix(), case.root / path))
    for copy in sorted((case.root / "stamps").rglob("*")):
        if copy.is_file() and hashlib.sha256(copy.read_bytes()).hexdigest() in objects:
            parts.append(Part(copy.relative_to(case.root).as_posix(), copy))
    if withheld:
        parts.append(declared(sorted(withheld)))
    return parts, sorted(withheld)


@contextmanager
def opened(case: Case, parts: list[Part]) -> Iterator[Case]:
    """Open the narrowed case itself, so that what is made from it can hold nothing else."""
    with tempfile.TemporaryDirectory(prefix="firsthand-") as folder:
        root = Path(folder)
        for part in parts:
            target = root / part.path
            target.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(part.content, bytes):
                target.write_bytes(part.content)
            else:
                target.symlink_to(part.content.resolve())
        made = Case.open(root, fresh=True)
        try:
            yield made
        finally:
            made.close()


def _line(opening: Opening, keep: frozenset[str]) -> tuple[bytes, bool]:
    """Return the line of an entry, empty when nothing of it stays open, and whether all does."""
    parts: list[Json] = []
    shown = 0
    for part in opening.parts:
        if not isinstance(part, str) and part[1] in keep:
            parts.append(part)
            shown += 1
        else:
            hidden = part if isinstance(part, str) else leaf_hash(canonical.dumps(part)).hex()
            parts.append(hidden)
    if not shown:
        return b"", False
    return canonical.dumps({"f": parts, "i": opening.index}) + b"\n", shown == len(parts)


def _bundles(case: Case) -> Iterator[tuple[str, dict[int, Opening]]]:
    for tile in entry_bundles(case.ledger.size()):
        name = tile.path.removeprefix("tile/entries/")
        path = case.root / "openings" / name
        if path.is_file():
            yield name, read_bundle(path.read_bytes())
