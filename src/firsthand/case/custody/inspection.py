"""The whole log of a case read again: case.json, checkpoint, tiles, openings, and copies of stamps.

Nothing here raises for what is damaged; every fault names its file. With further shelves (second
copies) the right bytes of a file are found where anything proves them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from firsthand.case.blobs import object_path
from firsthand.case.case import read_head
from firsthand.case.custody.shelf import Shelf, openings_place
from firsthand.case.custody.tree_check import Fault, TreeCheck
from firsthand.case.openings import Opening, check, entry_kind, read_line
from firsthand.model import canonical
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput, FirsthandError, VerificationFailed
from firsthand.model.values import Digest, digest_bytes
from firsthand.tlog import TILE_WIDTH, Checkpoint, SignedCheckpoint, Tile, VerifierKey
from firsthand.tlog.rotation import KeyChain

STAMPS = frozenset(("stamp", "cosignature", "signature"))
"""Types of entries whose objects may lie in ``stamps/`` (docs/case-format.md)."""


@dataclass
class Inspection:
    """What reading a log again found. ``objects`` are those that readable entries name."""

    size: int
    faults: list[Fault] = field(default_factory=list)
    objects: dict[Digest, tuple[int, int]] = field(default_factory=dict)
    """Size [bytes] and first entry of each object."""
    withheld: list[int] = field(default_factory=list)
    """Entries without opened fields, where that is declared."""
    keys: dict[int, Digest] = field(default_factory=dict)
    """Entries that replace the log key, with the note that both keys signed."""
    stamped: set[Digest] = field(default_factory=set)
    """Objects that may lie in ``stamps/``."""
    first: Json = None
    """What entry 0 says, where it is open."""


def head_of(
    root: Path, copies: Sequence[Shelf] = ()
) -> tuple[Json | None, Checkpoint | None, list[Fault]]:
    """Read case.json and the checkpoint of a folder, with what is wrong with them.

    Key notes may come from any shelf: each must be signed by the key before it.
    """
    here = Shelf(root)
    faults: list[Fault] = []
    head: Json = None
    try:
        data = here.read("case.json")
        if data is None:
            raise BadInput("missing")
        head = read_head(root)
        if canonical.dumps(head) + b"\n" != data:
            raise BadInput("not canonical")
        VerifierKey.parse(head["vkey"])
    except FirsthandError:
        faults.append(Fault("case.json", "damaged" if here.there("case.json") else "missing"))
        return None, None, faults
    point = vouched(here.read("log/checkpoint"), head["vkey"], (here, *copies))
    if point is None:
        what = "damaged" if here.there("log/checkpoint") else "missing"
        faults.append(Fault("log/checkpoint", what))
    return head, point, faults


def vouched(data: bytes | None, vkey: str, shelves: Sequence[Shelf]) -> Checkpoint | None:
    """Return the checkpoint in these bytes if the key of the log that counts for it signed it."""
    if data is None:
        return None
    try:
        return chain_of(vkey, shelves).verify(SignedCheckpoint.parse(data))
    except (BadInput, VerificationFailed):
        return None


def chain_of(vkey: str, shelves: Sequence[Shelf]) -> KeyChain:
    """Return the keys of a log from the key notes of any shelf; what is damaged is passed over.

    Raises
    ------
    BadInput
        When the first key cannot be read.
    """
    chain = KeyChain.of(VerifierKey.parse(vkey))
    numbers = {n.rpartition("/")[2] for shelf in shelves for n in shelf.files("log/keys")}
    for number in sorted((n for n in numbers if n.isdecimal() and len(n) < 17), key=int):
        for shelf in shelves:
            with contextlib.suppress(BadInput, VerificationFailed):
                chain = chain.extended(shelf.read(f"log/keys/{number}") or b"")
                break
    return chain


def inspect(
    root: Path, head: Json | None, point: Checkpoint | None, copies: Sequence[Shelf] = ()
) -> Inspection:
    """Read everything of a case but its objects; ``point`` is the checkpoint that vouches."""
    here = Shelf(root)
    size = point.size if point else apparent_size(here)
    found = Inspection(size)
    tree = TreeCheck(size, point.root if point else None, [here, *copies])
    declared = _declared(here)
    for index, entries in tree.run():
        _openings(found, tree.shelves, index, entries, declared, sure=tree.proved)
    found.faults += tree.faults
    said = {name: found.first.get(name) for name in head} if head and found.first else head
    if said != head:
        found.faults.append(Fault("case.json", "entry 0 says otherwise", 0))
    _keys(found, here, tree.shelves)
    _stamps(found, here)
    found.faults.sort(key=lambda fault: (fault.path.startswith("openings"), fault.entry or 0))
    return found


def apparent_size(shelf: Shelf) -> int:
    """Return the size of a log by the names of its bundles, where no checkpoint can say."""
    best = 0
    for name in shelf.files("log/tile/entries"):
        try:
            tile = Tile.parse(name.removeprefix("log/"))
        except BadInput:
            continue
        best = max(best, tile.index * TILE_WIDTH + tile.width)
    return best


def _declared(here: Shelf) -> frozenset[int]:
    """Return the entries that are declared withheld (an export that was unpacked)."""
    data = here.read("withheld.json")
    try:
        listed = canonical.loads(data.removesuffix(b"\n")) if data else []
    except BadInput:
        return frozenset()
    return frozenset(each for each in listed if isinstance(each, int))


def _openings(
    found: Inspection,
    shelves: Sequence[Shelf],
    index: int,
    entries: list[bytes | None],
    declared: frozenset[int],
    *,
    sure: bool,
) -> None:
    width, first = len(entries), index * TILE_WIDTH
    place = openings_place(index, width)
    there = shelves[0].read(place)
    roots = [None if entry is None else _root(entry) for entry in entries]
    kept: dict[int, tuple[bytes, Opening]] = {}
    for number, shelf in enumerate(shelves):
        lines = (there or b"").split(b"\n") if number == 0 else shelf.lines(index, width)
        for line in lines:
            opening = _valid(line, first, roots, own=number == 0)
            if opening is not None and opening.index not in kept:
                kept[opening.index] = line, opening
        if number == 0:
            mine = dict(kept)
        if len(kept) == width:
            break
    right = b"".join(kept[at][0] + b"\n" for at in sorted(kept))
    known = [at for at in range(first, first + width) if roots[at - first] is not None]
    lost = [at for at in known if at not in kept and at not in declared]
    found.withheld += [at for at in range(first, first + width) if at not in kept]
    own = b"".join(mine[at][0] + b"\n" for at in sorted(mine))
    if (there or b"") != own or (there == b"") or lost or len(kept) > len(mine):
        gone = (at for at in range(first, first + width) if at not in mine)
        what = "damaged" if shelves[0].there(place) else "missing"
        if there == own and there is not None:
            what = "opened fields are missing"
        # Where lines are lost everywhere the damaged ones stay: a person may still read them.
        usable = sure and kept and (not lost or there is None or there == own)
        better = usable and right != there
        entry = next(gone, first)
        found.faults.append(Fault(place, what, entry, right if better else None))
    for at in sorted(kept):
        _take(found, at, kept[at][1], entries[at - first])


def _root(entry: bytes) -> tuple[str, bytes] | None:
    try:
        return entry_kind(entry)
    except (BadInput, KeyError, TypeError, ValueError):
        return None


def _valid(
    line: bytes, first: int, roots: Sequence[tuple[str, bytes] | None], *, own: bool
) -> Opening | None:
    """Return an opening that its entry proves; of a lost entry our own, which nothing judges."""
    if not line:
        return None
    try:
        opening = read_line(line)
        at = opening.index - first
        if not 0 <= at < len(roots):
            return None
        known = roots[at]
        if known is None:
            return opening if own else None
        check(opening, known[1])
    except (BadInput, VerificationFailed, ValueError, TypeError):
        return None
    return opening


def _take(found: Inspection, index: int, opening: Opening, entry: bytes | None) -> None:
    """Note what later checks need of one entry."""
    known = None if entry is None else _root(entry)
    fields: Mapping[str, Json] = opening.fields
    for item in fields.get("objects") or ():
        try:
            digest, size = Digest(f"sha256:{item['sha256']}"), int(item["size"])
        except (KeyError, TypeError, ValueError):
            continue
        found.objects.setdefault(digest, (size, index))
        if known is not None and known[0] in STAMPS:
            found.stamped.add(digest)
    body = fields.get("body")
    if index == 0 and isinstance(body, dict):
        found.first = body
    if known is not None and known[0] == "key" and isinstance(body, dict) and "from" not in fields:
        endorsement = body.get("endorsement")
        if body.get("role") == "log" and isinstance(endorsement, str):
            found.keys[index] = Digest(endorsement)


def _keys(found: Inspection, here: Shelf, shelves: Sequence[Shelf]) -> None:
    """Each file of ``log/keys`` is the object that the entry of its number names."""
    for name in here.files("log/keys"):
        number = name.rpartition("/")[2]
        if not number.isdigit() or (int(number) < found.size and int(number) not in found.keys):
            found.faults.append(Fault(name, "no entry names it"))
    for entry, digest in found.keys.items():
        place = f"log/keys/{entry}"
        data = here.read(place)
        if data is not None and digest_bytes(data) == digest:
            continue
        right = _object(shelves, digest, place)
        what = "damaged" if here.there(place) else "missing"
        found.faults.append(Fault(place, what, entry, right))


def _stamps(found: Inspection, here: Shelf) -> None:
    for place in here.files("stamps"):
        data = here.read(place)
        if data is None or digest_bytes(data) not in found.stamped:
            found.faults.append(Fault(place, "not what any entry names"))


def _object(shelves: Sequence[Shelf], digest: Digest, place: str) -> bytes | None:
    for shelf in shelves:
        for name in (object_path(digest), place):
            data = shelf.read(name)
            if data is not None and digest_bytes(data) == digest:
                return data
    return None
