"""As much of ASN.1's encodings as time-stamp requests and answers need: bounded, not recursive.

Lengths may be written longer than need be (BER), since some authorities do so; indefinite lengths
are not read.

References
----------
ITU-T X.690.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from firsthand.model.errors import BadInput

INTEGER, OCTETS, OID, SEQUENCE, SET = 0x02, 0x04, 0x06, 0x30, 0x31
BOOLEAN, BITS, UTF8, TIME = 0x01, 0x03, 0x0C, 0x18

MOST_CHILDREN = 10_000


@dataclass(frozen=True, slots=True)
class Element:
    """One value: its tag, its contents, and all its bytes."""

    tag: int
    content: bytes = field(repr=False)
    raw: bytes = field(repr=False)

    def children(self) -> list[Element]:
        """Return the values inside.

        Raises
        ------
        BadInput
            When the contents are not whole values.
        """
        return list(_values(self.content))

    def integer(self) -> int:
        """Return the number."""
        self.expect(INTEGER)
        if not self.content:
            raise _bad("a number without digits")
        return int.from_bytes(self.content, "big", signed=True)

    def oid(self) -> str:
        """Return the object identifier with dots."""
        self.expect(OID)
        arcs, value = [], 0
        for byte in self.content[:64]:
            value = value << 7 | byte & 0x7F
            if not byte & 0x80:
                arcs.append(value)
                value = 0
        if not arcs or len(self.content) > 64 or self.content[-1] & 0x80:
            raise _bad("an object identifier")
        first = min(arcs[0] // 40, 2)
        return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))

    def expect(self, tag: int) -> Element:
        """Return this value after checking its tag.

        Raises
        ------
        BadInput
            When it has another.
        """
        if self.tag != tag:
            raise _bad(f"tag {self.tag:#04x} in place of {tag:#04x}")
        return self


def whole(data: bytes) -> Element:
    """Read bytes that are one value and nothing after it.

    Raises
    ------
    BadInput
        When they are cut, longer, or not in this encoding.
    """
    element, rest = _value(data)
    if rest:
        raise _bad(f"{len(rest)} bytes after the end")
    return element


def _values(data: bytes) -> Iterator[Element]:
    for _ in range(MOST_CHILDREN):
        if not data:
            return
        element, data = _value(data)
        yield element
    raise _bad("too many parts")


def _value(data: bytes) -> tuple[Element, bytes]:
    if len(data) < 2:
        raise _bad("cut off")
    tag, length, head = data[0], data[1], 2
    if tag & 0x1F == 0x1F:
        raise _bad("a tag of many bytes")
    if length == 0x80:
        raise _bad("an indefinite length")
    if length & 0x80:
        count = length & 0x7F
        head += count
        if count > 8 or len(data) < head:
            raise _bad("a length")
        length = int.from_bytes(data[2:head], "big")
    end = head + length
    if end > len(data):
        raise _bad("cut off")
    return Element(tag, data[head:end], data[:end]), data[end:]


def _bad(why: str) -> BadInput:
    return BadInput("cannot read it as DER", why=why)


# --- writing ------------------------------------------------------------------------------------


def tlv(tag: int, *parts: bytes) -> bytes:
    """Write one value with the shortest length.

    >>> tlv(SEQUENCE, integer(1), oid("2.5.4.3")).hex()
    '30080201010603550403'
    """
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def integer(value: int) -> bytes:
    """Write a number that is not negative."""
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(text: str) -> bytes:
    """Write an object identifier."""
    first, second, *others = map(int, text.split("."))
    content = b""
    for arc in (40 * first + second, *others):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        content += bytes(reversed(groups))
    return tlv(OID, content)
