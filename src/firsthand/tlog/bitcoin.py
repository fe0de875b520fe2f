"""Headers of Bitcoin blocks that a person brings: proof of work, Merkle root, time.

A header that stands alone proves that somebody did the work that its own target asks for. That it
is in the chain that everybody uses has to be looked up elsewhere, by its hash.

References
----------
Bitcoin's block header (80 bytes) and its short form of a target; the header of block 0 is in the
tests. The least work that is accepted here is this project's choice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from firsthand.model.errors import BadInput

HEADER_BYTES = 80

SLACK_MS = 7_200_000
"""A block's time may be up to two hours ahead of the network's clock (unchecked; the rule is
known from the reference client)."""

LEAST_DIFFICULTY = 100_000_000_000
"""Headers with less work are refused: they are cheap to make for who has the machines.
OpenTimestamps began in 2016, when the difficulty was above 10**11 (from memory, unchecked).
``verify.py`` has the same number, apart, since it shares no code with this."""

_TARGET_ONE = 0xFFFF << 208


@dataclass(frozen=True, slots=True)
class Header:
    """The header of one block; ``merkle_root`` in the order in which it is hashed."""

    block_hash: str
    merkle_root: bytes
    time_ms: int
    difficulty: int


def read_header(text: str, *, least_difficulty: int = LEAST_DIFFICULTY) -> Header:
    """Read a header of 160 hex digits and check its proof of work.

    Raises
    ------
    BadInput
        When it is no header, its hash does not meet its target, or the target is too easy.
    """
    try:
        data = bytes.fromhex(text.strip())
    except ValueError as error:
        raise _bad("not hex digits") from error
    if len(data) != HEADER_BYTES:
        raise _bad(f"{len(data)} bytes instead of {HEADER_BYTES}")
    short = int.from_bytes(data[72:76], "little")
    size, digits = short >> 24, short & 0x7FFFFF
    if short & 0x800000 or not digits or not 3 <= size <= 32:
        raise _bad("its target")
    target = digits << 8 * (size - 3)
    digest = hashlib.sha256(hashlib.sha256(data).digest()).digest()
    if int.from_bytes(digest, "little") > target:
        raise _bad("its proof of work is wrong")
    difficulty = _TARGET_ONE // target
    if difficulty < least_difficulty:
        raise _bad(f"its difficulty {difficulty} is less than {least_difficulty}")
    return Header(
        digest[::-1].hex(), data[36:68], int.from_bytes(data[68:72], "little") * 1000, difficulty
    )


def read_headers(
    lines: Iterable[str], *, least_difficulty: int = LEAST_DIFFICULTY
) -> dict[bytes, Header]:
    """Read one header a line (empty lines and those that begin with ``#`` are skipped), by root.

    Raises
    ------
    BadInput
        For a line that is no header, with its number.
    """
    found = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            header = read_header(line, least_difficulty=least_difficulty)
        except BadInput as error:
            raise BadInput(
                f"line {number} is no header of a Bitcoin block",
                why=error.why,
                hint="one block header a line, 160 hex digits, as a node's getblockheader gives it",
            ) from error
        found[header.merkle_root] = header
    return found


def _bad(why: str) -> BadInput:
    return BadInput("cannot read the header of a Bitcoin block", why=why)
