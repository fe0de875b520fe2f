"""A private key on paper: few lines that can be printed and typed in again.

Each line carries eight bytes of the key and two of a check of its own, so a slip is found in its
line; the key id, which depends on the name and the whole key, says at the end that all is right.

References
----------
RFC 4648, section 6 (base32).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator

from firsthand.model.errors import BadInput
from firsthand.tlog import Signer

HEAD = "firsthand private key, paper version 1"

_PART = 8
_CHECK = 2
_LINES = 4  # of eight bytes: a seed of Ed25519 has 32
_CONFUSED = str.maketrans("0189", "OIBG")
"""Digits that base32 does not use and that look like letters which it does use."""

_FIELD = re.compile(r"(name|key id|[1-4])\s*:\s*(.*)", re.IGNORECASE)


def write_paper(signer: Signer) -> str:
    """Return the text of a key to be printed. Whoever reads it can sign."""
    lines = [HEAD, f"name: {signer.name}", f"key id: {signer.verifier.key_id.hex()}"]
    for number in range(_LINES):
        part = signer.seed[number * _PART : (number + 1) * _PART]
        text = base64.b32encode(part + _check(number, part)).decode()
        groups = " ".join(text[at : at + 4] for at in range(0, len(text), 4))
        lines.append(f"{number + 1}: {groups}")
    return "\n".join(lines) + "\n"


def read_paper(text: str) -> list[Signer]:
    """Read the keys of a typed text; blanks, small letters and lines with ``#`` do not matter.

    Raises
    ------
    BadInput
        When there is none, or a line is mistyped; it says which line, never what it should be.
    """
    blocks = [_key(fields, number) for number, fields in enumerate(_blocks(text), 1)]
    if not blocks:
        raise BadInput(
            "there is no key in the text",
            why=f"no line {HEAD!r}",
            hint="type the whole text of `firsthand key paper`",
        )
    return blocks


def _check(number: int, part: bytes) -> bytes:
    return hashlib.sha256(b"firsthand paper 1\n" + bytes((number,)) + part).digest()[:_CHECK]


def _blocks(text: str) -> Iterator[dict[str, str]]:
    fields: dict[str, str] | None = None
    for raw in text.splitlines()[:10_000]:
        line = " ".join(raw.split())
        if not line or line.startswith("#"):
            continue
        if line.casefold() == HEAD:
            if fields is not None:
                yield fields
            fields = {}
            continue
        found = _FIELD.fullmatch(line)
        if found is None or fields is None or found[1].casefold() in fields:
            raise BadInput(
                "the text of the key cannot be read",
                why=f"the line that begins with {line[:8]!r} does not belong there",
                hint="each key has the first line, name, key id and the lines 1 to 4, once each",
            )
        fields[found[1].casefold()] = found[2]
    if fields is not None:
        yield fields


def _key(fields: dict[str, str], block: int) -> Signer:
    wanted = ["name", "key id", *(str(number + 1) for number in range(_LINES))]
    if missing := [each for each in wanted if not fields.get(each)]:
        raise BadInput(
            "the text of the key is not whole", why=f"key {block} lacks: {', '.join(missing)}"
        )
    seed = b"".join(_part(fields[str(n + 1)], n, block) for n in range(_LINES))
    signer = Signer(fields["name"], seed)
    if signer.verifier.key_id.hex() != fields["key id"].casefold():
        raise BadInput(
            "the key does not fit its key id",
            why=f"in key {block} the name or the key id is mistyped, or lines are of two keys",
            hint="the lines 1 to 4 are right in themselves",
        )
    return signer


def _part(text: str, number: int, block: int) -> bytes:
    typed = re.sub(r"[\s-]", "", text).upper().translate(_CONFUSED)
    try:
        data = base64.b32decode(typed)
    except (binascii.Error, ValueError):
        data = b""
    part, check = data[:_PART], data[_PART:]
    if len(data) != _PART + _CHECK or check != _check(number, part):
        raise BadInput(
            "the text of the key is mistyped",
            why=f"line {number + 1} of key {block}",
            hint="compare that line with the paper, letter by letter",
        )
    return part
