"""Entries and their opened fields: what the log commits to, and what lies beside it.

An entry shows only its type and the Merkle root of its salted fields. The fields lie in
``openings/``; leaving one out, or putting its leaf hash in its place, never breaks the log.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from firsthand.model import canonical
from firsthand.model.canonical import MAX_INTEGER, Json
from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.tlog.merkle import leaf_hash, root

SALT_BYTES = 16
"""Enough that a guessed name or phone number cannot be confirmed from its leaf hash."""

ENTRY_VERSION = 1

MAX_LINE = 1 << 24
"""Bytes of one line of openings (docs/case-format.md)."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The opened fields of one entry, and the leaf hashes of those that are withheld."""

    index: int
    fields: Mapping[str, Json]
    withheld: int = 0
    parts: tuple[Json, ...] = field(default=(), repr=False)

    @property
    def body(self) -> Json | None:
        """The noun of the entry, or None when it is withheld."""
        return self.fields.get("body")


def _leaf(part: Json) -> bytes:
    if isinstance(part, str):
        return bytes.fromhex(part)
    return leaf_hash(canonical.dumps(part))


def fields_root(parts: Sequence[Json]) -> bytes:
    """Return the RFC 6962 root over salted fields and leaf hashes that stand for withheld ones."""
    return root([_leaf(part) for part in parts])


@dataclass(frozen=True, slots=True)
class Sealed:
    """Salted fields as they will stand in a line, and the root that their entry will carry."""

    parts: tuple[bytes, ...]
    root: bytes

    def line(self, index: int) -> bytes:
        """Return the canonical line of the entry with this index, newline included."""
        return b'{"f":[' + b",".join(self.parts) + b'],"i":' + str(index).encode() + b"}\n"


def seal_fields(fields: Mapping[str, Json]) -> Sealed:
    """Salt the fields, each encoded once; an entry's index is not part of what is sealed.

    Raises
    ------
    BadInput
        When they cannot be written canonically, are nested too deep, or make a line beyond the
        16 MiB that docs/case-format.md allows.
    """
    parts = tuple(
        canonical.dumps([secrets.token_hex(SALT_BYTES), name, fields[name]], inside=2)
        for name in sorted(fields)
    )
    sealed = Sealed(parts, root([leaf_hash(part) for part in parts]))
    size = len(sealed.line(MAX_INTEGER))
    if size > MAX_LINE:
        raise BadInput(
            "the entry cannot be recorded",
            why=f"it needs {size} bytes, more than {MAX_LINE}",
            hint="keep long texts as exhibits and refer to them",
        )
    return sealed


def entry_bytes(kind: str, fields: bytes) -> bytes:
    """Return the canonical bytes of an entry."""
    return canonical.dumps({"root": fields.hex(), "t": kind, "v": ENTRY_VERSION})


def entry_kind(entry: bytes) -> tuple[str, bytes]:
    """Return the type and the field root of an entry."""
    data = canonical.loads(entry)
    return str(data["t"]), bytes.fromhex(data["root"])


def read_line(line: bytes) -> Opening:
    """Parse one line of an openings bundle.

    Raises
    ------
    BadInput
        When the line is not canonical or has another shape.
    """
    data = canonical.loads(line)
    try:
        parts = tuple(data["f"])
        opened = {part[1]: part[2] for part in parts if not isinstance(part, str)}
        index = int(data["i"])
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise BadInput("opening cannot be read", why="not the shape of an opening") from error
    return Opening(index, opened, sum(isinstance(part, str) for part in parts), parts)


def read_bundle(data: bytes) -> dict[int, Opening]:
    """Parse an openings bundle; entries that are withheld as a whole are simply absent."""
    found = [read_line(line) for line in data.split(b"\n") if line]
    return {opening.index: opening for opening in found}


def check(opening: Opening, committed: bytes) -> None:
    """Compare an opening with the root in its entry.

    Raises
    ------
    VerificationFailed
        When the fields are not what the entry commits to.
    """
    if fields_root(opening.parts) != committed:
        raise VerificationFailed(
            f"entry {opening.index} was altered",
            why="its opened fields do not match the root in the log",
            hint="run `firsthand verify` for the whole picture; restore openings/ from a copy",
        )
