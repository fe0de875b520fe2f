"""OpenTimestamps proofs: read, merged and written byte for byte as their own library does.

A proof is a tree: from the digest of a file over operations to attestations. One that a calendar
will put it into a block is *pending*; one of a block says that the message is the Merkle root of
that block, which only the block's header can show.

References
----------
The format has no specification; facts are from python-opentimestamps 0.4.5 (core/timestamp.py,
core/op.py, core/notary.py), with which tests compare. Bitcoin headers: 80 bytes, of which 36:68 are
the Merkle root, 68:72 the time, 72:76 the target in short form (all little-endian).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from firsthand.model.errors import BadInput

MAGIC = b"\x00OpenTimestamps\x00\x00Proof\x00\xbf\x89\xe2\xe8\x84\xe8\x92\x94"
VERSION = 1

APPEND, PREPEND, REVERSE, HEXLIFY = 0xF0, 0xF1, 0xF2, 0xF3
SHA1, RIPEMD160, SHA256, KECCAK256 = 0x02, 0x03, 0x08, 0x67
NAMES = {APPEND: "append", PREPEND: "prepend", REVERSE: "reverse", HEXLIFY: "hexlify",
         SHA1: "sha1", RIPEMD160: "ripemd160", SHA256: "sha256",
         KECCAK256: "keccak256"}  # fmt: skip

PENDING = bytes.fromhex("83dfe30d2ef90c8e")
BITCOIN = bytes.fromhex("0588960d73d71901")

MOST_BYTES = 1 << 20
MOST_MESSAGE = 4096
MOST_PAYLOAD = 8192
MOST_URI = 1000
MOST_DEPTH = 256
MOST_NODES = 10_000

Operation = tuple[int, bytes]
Attestation = tuple[bytes, bytes]


@dataclass(slots=True)
class Timestamp:
    """A message, what attests to it, and what follows from it by operations."""

    message: bytes
    attestations: set[Attestation] = field(default_factory=set)
    operations: dict[Operation, Timestamp] = field(default_factory=dict)

    def then(self, operation: int, argument: bytes = b"") -> Timestamp:
        """Add an operation and return what follows from it.

        Raises
        ------
        BadInput
            When the operation is unknown or not computed here, or its result is too long.
        """
        key = (operation, argument)
        if key not in self.operations:
            self.operations[key] = Timestamp(_apply(operation, argument, self.message))
        return self.operations[key]

    def merge(self, other: Timestamp) -> None:
        """Take over everything that another timestamp of the same message says.

        Raises
        ------
        BadInput
            When it is about another message.
        """
        if self.message != other.message:
            raise _bad("the two are about different bytes")
        self.attestations |= other.attestations
        for (operation, argument), below in other.operations.items():
            self.then(operation, argument).merge(below)

    def everything(self) -> Iterator[tuple[Timestamp, Attestation]]:
        """Yield each attestation with the place where it stands."""
        for attestation in sorted(self.attestations, key=_order):
            yield self, attestation
        for _, below in sorted(self.operations.items(), key=lambda item: item[0]):
            yield from below.everything()

    def pending(self) -> list[tuple[Timestamp, str]]:
        """Return the calendars that promised a block, each with the place where it did."""
        return [(at, _uri(body)) for at, (tag, body) in self.everything() if tag == PENDING]

    def blocks(self) -> list[tuple[Timestamp, int]]:
        """Return heights of Bitcoin blocks, each with the place whose message is its root."""
        return [(at, _height(body)) for at, (tag, body) in self.everything() if tag == BITCOIN]


# --- files ----------------------------------------------------------------------------------------


def read_proof(data: bytes) -> Timestamp:
    """Read a detached proof over a SHA-256; its message is the digest of the file.

    Raises
    ------
    BadInput
        When it is cut, too large or deep, over another hash, or has operations that are not
        computed here (each is named).
    """
    if len(data) > MOST_BYTES:
        raise _bad(f"longer than {MOST_BYTES} bytes")
    reader = _Reader(data)
    if reader.take(len(MAGIC)) != MAGIC:
        raise _bad("it does not begin as such a proof")
    if (version := reader.number()) != VERSION:
        raise _bad(f"version {version}")
    if (kind := reader.byte()) != SHA256:
        raise _bad(f"it is over {NAMES.get(kind, hex(kind))}, not sha256")
    return reader.rest(reader.take(32))


def read_answer(data: bytes, message: bytes) -> Timestamp:
    """Read what a calendar answers: a timestamp of a message that is not repeated in it.

    Raises
    ------
    BadInput
        As :func:`read_proof`.
    """
    if len(data) > MOST_BYTES:
        raise _bad(f"longer than {MOST_BYTES} bytes")
    return _Reader(data).rest(message)


def write_proof(timestamp: Timestamp) -> bytes:
    """Write a detached proof over a SHA-256.

    Raises
    ------
    BadInput
        When nothing attests to it.
    """
    head = MAGIC + _number(VERSION) + bytes((SHA256,)) + timestamp.message
    return head + write_timestamp(timestamp)


def write_timestamp(timestamp: Timestamp) -> bytes:
    """Write a timestamp without its message, as calendars answer.

    Raises
    ------
    BadInput
        When a branch ends without an attestation.
    """
    items = [
        b"\x00" + tag + _number(len(body)) + body
        for tag, body in sorted(timestamp.attestations, key=_order)
    ]
    for (operation, argument), below in sorted(timestamp.operations.items(), key=lambda i: i[0]):
        head = bytes((operation,))
        if operation in (APPEND, PREPEND):
            head += _number(len(argument)) + argument
        items.append(head + write_timestamp(below))
    if not items:
        raise _bad("a branch ends without an attestation")
    return b"".join(b"\xff" + item for item in items[:-1]) + items[-1]


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.nodes = 0

    def take(self, count: int) -> bytes:
        if count > len(self.data) - self.at:
            raise _bad("cut off")
        self.at += count
        return self.data[self.at - count : self.at]

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value
            if shift > 63:
                raise _bad("a number is too large")

    def rest(self, message: bytes) -> Timestamp:
        found = self.timestamp(message, MOST_DEPTH)
        if self.at != len(self.data):
            raise _bad(f"{len(self.data) - self.at} bytes after the end")
        return found

    def timestamp(self, message: bytes, depth: int) -> Timestamp:
        if depth == 0:
            raise _bad(f"nested more than {MOST_DEPTH} deep")
        found = Timestamp(message)
        more = True
        while more:
            self.nodes += 1
            if self.nodes > MOST_NODES:
                raise _bad(f"more than {MOST_NODES} parts")
            tag = self.byte()
            more = tag == 0xFF
            if more:
                tag = self.byte()
            self.item(found, tag, depth)
        return found

    def item(self, found: Timestamp, tag: int, depth: int) -> None:
        if tag == 0x00:
            found.attestations.add(self.attestation())
            return
        argument = b""
        if tag in (APPEND, PREPEND):
            argument = self.take(_within(self.number(), MOST_MESSAGE, least=1))
        after = _apply(tag, argument, found.message)
        below = self.timestamp(after, depth - 1)
        if (tag, argument) in found.operations:
            found.operations[tag, argument].merge(below)
        else:
            found.operations[tag, argument] = below

    def attestation(self) -> Attestation:
        kind = self.take(8)
        body = self.take(_within(self.number(), MOST_PAYLOAD))
        if kind == PENDING:
            _uri(body)
        elif kind == BITCOIN:
            _height(body)
        return kind, body


def _apply(tag: int, argument: bytes, message: bytes) -> bytes:
    if tag == SHA256:
        return hashlib.sha256(message).digest()
    if tag in (APPEND, PREPEND):
        result = message + argument if tag == APPEND else argument + message
    elif tag == SHA1:
        return hashlib.sha1(message).digest()
    elif tag == RIPEMD160:
        try:
            return hashlib.new("ripemd160", message).digest()
        except ValueError as error:
            raise _bad("ripemd160 is not available on this machine") from error
    else:
        raise _bad(f"the operation {NAMES.get(tag, hex(tag))} is not computed here")
    if len(result) > MOST_MESSAGE:
        raise _bad(f"a message is longer than {MOST_MESSAGE} bytes")
    return result


def _uri(body: bytes) -> str:
    reader = _Reader(body)
    uri = reader.take(_within(reader.number(), MOST_URI))
    allowed = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/:"
    if reader.at != len(body) or any(byte not in allowed for byte in uri):
        raise _bad("the address of a calendar")
    return uri.decode("ascii")


def _height(body: bytes) -> int:
    reader = _Reader(body)
    height = reader.number()
    if reader.at != len(body):
        raise _bad("the height of a block")
    return height


def _order(attestation: Attestation) -> tuple[bytes, int | str | bytes]:
    tag, body = attestation
    if tag == PENDING:
        return tag, _uri(body)
    return (tag, _height(body)) if tag == BITCOIN else (tag, body)


def _within(number: int, most: int, *, least: int = 0) -> int:
    if not least <= number <= most:
        raise _bad(f"a length of {number} bytes")
    return number


def _number(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def pending_attestation(uri: str) -> Attestation:
    """Return the attestation that a calendar promises a block."""
    return PENDING, _number(len(uri)) + uri.encode("ascii")


def bitcoin_attestation(height: int) -> Attestation:
    """Return the attestation that a message is the Merkle root of a block."""
    return BITCOIN, _number(height)


def _bad(why: str) -> BadInput:
    return BadInput("cannot read it as an OpenTimestamps proof", why=why)
