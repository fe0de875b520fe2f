"""Entry bundles: the entries of a log, each after its length, 256 to a file.

References
----------
C2SP tlog-tiles, "Log entries" (https://c2sp.org/tlog-tiles).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from firsthand.model.errors import BadInput
from firsthand.tlog.tiles import TILE_WIDTH

MAX_ENTRY_BYTES = 65_535
"""Longest entry [bytes]: its length is an unsigned 16-bit number."""


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    r"""Write entries as length (big-endian, 16 bits) and bytes, one after another.

    Raises
    ------
    BadInput
        For an entry of more than 65,535 bytes, no entries, or more than 256.

    >>> encode_bundle([b"ab", b""])
    b'\x00\x02ab\x00\x00'
    """
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise BadInput(
                "entry is too long for the log",
                why=f"{len(entry)} bytes, at most {MAX_ENTRY_BYTES}",
                hint="store the bytes as an object and log its digest",
            )
        parts.append(len(entry).to_bytes(2, "big") + entry)
    if not 1 <= len(parts) <= TILE_WIDTH:
        raise BadInput("not an entry bundle", why=f"{len(parts)} entries")
    return b"".join(parts)


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """Read the entries of a bundle that must have ``width`` of them.

    Raises
    ------
    BadInput
        When the bytes end inside an entry, or hold another number of entries.
    """
    entries: list[bytes] = []
    position = 0
    while position < len(data):
        start = position + 2
        end = start + int.from_bytes(data[position:start], "big")
        if end > len(data) or start > len(data):
            raise BadInput("cannot read entry bundle", why=f"cut off in entry {len(entries)}")
        entries.append(data[start:end])
        position = end
    if len(entries) != width:
        raise BadInput("cannot read entry bundle", why=f"{len(entries)} entries, not {width}")
    return entries


def split_bundles(first: int, entries: Sequence[bytes]) -> list[tuple[int, list[bytes]]]:
    """Cut entries that start at entry number ``first`` into pieces of one bundle each.

    Gives pairs of bundle index and entries; the first piece may continue a partial bundle.

    >>> [(index, len(piece)) for index, piece in split_bundles(250, [b""] * 10)]
    [(0, 6), (1, 4)]
    """
    pieces: list[tuple[int, list[bytes]]] = []
    position = 0
    while position < len(entries):
        index, used = divmod(first + position, TILE_WIDTH)
        piece = list(entries[position : position + TILE_WIDTH - used])
        pieces.append((index, piece))
        position += len(piece)
    return pieces
