"""Strict readers of the small notations in signed texts: one spelling for each value.

A reader that accepts two spellings of one value lets a signed file be changed without notice, so
whatever is read here is written again and compared.
"""

from __future__ import annotations

import base64
import binascii

from firsthand.model.errors import BadInput
from firsthand.tlog.merkle import HASH_BYTES, MAX_SIZE


def to_base64(data: bytes) -> str:
    """Write bytes as standard padded base64 (RFC 4648, section 4)."""
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str, what: str) -> bytes:
    """Read standard padded base64; ``what`` names the thing in the error.

    Raises
    ------
    BadInput
        For white space, missing padding, other alphabets, padding bits that are not zero.

    References
    ----------
    RFC 4648, sections 3.5 (canonical encoding) and 4.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput(f"cannot read {what}", why=f"not base64: {error}") from error
    if to_base64(data) != text:
        raise BadInput(f"cannot read {what}", why="not the canonical base64 of these bytes")
    return data


def hash_from_base64(text: str, what: str) -> bytes:
    """Read a SHA-256 hash in base64.

    Raises
    ------
    BadInput
        When it is not canonical base64 of 32 bytes.
    """
    data = from_base64(text, what)
    if len(data) != HASH_BYTES:
        raise BadInput(f"cannot read {what}", why=f"{len(data)} bytes instead of {HASH_BYTES}")
    return data


def from_decimal(text: str, what: str) -> int:
    """Read a number of leaves: ASCII digits, no sign, no leading zeros, at most 2**63 - 1.

    Raises
    ------
    BadInput
        For any other text.
    """
    # The length is checked first: int() of a long text is slow, and refuses above 4,300 digits.
    plain = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_SIZE))
    if not plain or str(int(text)) != text or int(text) > MAX_SIZE:
        raise BadInput(f"cannot read {what}", why=f"{text[:40]!r} is not a plain decimal number")
    return int(text)


def check_line(text: str, what: str) -> str:
    r"""Return a text that can be one line of a signed note; ``what`` names it in the error.

    Raises
    ------
    BadInput
        When it is empty or has a newline, an ASCII control character or a lone surrogate.

    References
    ----------
    C2SP signed-note, "Format": no characters below U+0020 other than newline.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadInput(f"cannot use {what}", why="lone surrogate") from error
    if not text or any(character < " " for character in text):
        raise BadInput(
            f"cannot use {what}", why=f"{text[:40]!r} is empty or has control characters"
        )
    return text
