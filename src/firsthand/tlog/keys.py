"""Keys of signed notes: verifier keys (``vkey``) and Ed25519 signers.

References
----------
C2SP signed-note (https://c2sp.org/signed-note); RFC 8032 for Ed25519.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from firsthand.model.errors import BadInput
from firsthand.tlog.strict import check_line, from_base64, to_base64

ED25519 = 0x01
"""Signature type byte of Ed25519 over the note text (C2SP signed-note, "Signature types")."""

KEY_BYTES = 32
"""Length of an Ed25519 public key, and of a seed [bytes]."""

_PRIVATE = "PRIVATE+KEY+"
_KEY_ID = re.compile(r"[0-9a-f]{8}\Z")
_FIELD = 2**255 - 19
_SIGN_BIT = 1 << 255

# y of the points of order 1, 2, 4 and 8 (two). Under such a key one signature fits many texts, so
# it binds nobody. tests/tlog/test_keys.py computes on the curve that these are all of them.
_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER = frozenset((1, _FIELD - 1, 0, _ORDER_8, _FIELD - _ORDER_8))


class NoteKey(Protocol):
    """What a note needs from a key to check a signature; other signature types can implement it."""

    @property
    def name(self) -> str:
        """Name of the key, as on the signature line."""

    @property
    def key_id(self) -> bytes:
        """Four bytes that stand for the key in a signature."""

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Tell whether ``signature`` (without the key id) is this key's over ``text``."""


def check_name(name: str) -> str:
    """Return a usable key name.

    Raises
    ------
    BadInput
        When it is empty or has white space, a plus sign or a control character.
    """
    check_line(name, "key name")
    if "+" in name or any(character.isspace() for character in name):
        raise BadInput("cannot use key name", why=f"{name!r} has a plus sign or white space")
    return name


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """Return the four-byte key id: SHA-256 of name, newline, type byte and public key, cut."""
    return sha256(name.encode("utf-8") + b"\n" + bytes((kind,)) + public).digest()[:4]


def split_key(text: str, what: str, kind: int = ED25519) -> tuple[str, bytes]:
    """Read ``name+id+base64(type || key)``; return the name and the 32 bytes, id unchecked.

    Raises
    ------
    BadInput
        When it is anything else, or a key of another signature type than ``kind``.
    """
    parts = text.split("+", 2)
    if len(parts) != 3 or not _KEY_ID.match(parts[1]):
        raise BadInput(f"not a {what}", why="not name+keyid+base64")
    data = from_base64(parts[2], what)
    if len(data) != 1 + KEY_BYTES or data[0] != kind:
        raise BadInput(f"not a {what}", why=f"not an Ed25519 key of signature type {kind}")
    return check_name(parts[0]), data[1:]


@dataclass(frozen=True)
class VerifierKey:
    """An Ed25519 key that checks note signatures; ``public`` are the 32 bytes of RFC 8032.

    Raises
    ------
    BadInput
        For a bad name, another length, or a key of small order (see the comment in this file).
    """

    name: str
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.public) != KEY_BYTES:
            raise BadInput("not an Ed25519 key", why=f"{len(self.public)} bytes")
        y = int.from_bytes(self.public, "little") & ~_SIGN_BIT
        if y >= _FIELD or y in _SMALL_ORDER:
            raise BadInput("not a usable Ed25519 key", why="small order or not canonical")

    @cached_property
    def key_id(self) -> bytes:
        """Four bytes that stand for the key in a signature."""
        return key_id(self.name, ED25519, self.public)

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read a vkey: ``name+keyid+base64(type byte || public key)``.

        Raises
        ------
        BadInput
            When any part is wrong, the id among them: a mistyped key is found here.
        """
        name, public = split_key(text, "verifier key")
        key = cls(name, public)
        if str(key) != text:
            raise BadInput("not a verifier key", why=f"the key id is not {key.key_id.hex()}")
        return key

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{to_base64(bytes((ED25519,)) + self.public)}"

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Tell whether ``signature`` (64 bytes) is this key's over ``text`` (RFC 8032)."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class Signer:
    """An Ed25519 key that signs notes. ``seed`` is secret and never shown by ``repr``.

    Raises
    ------
    BadInput
        For a bad name or a seed that has not 32 bytes.
    """

    name: str
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.seed) != KEY_BYTES:
            raise BadInput("not an Ed25519 seed", why=f"{len(self.seed)} bytes")

    @classmethod
    def generate(cls, name: str) -> Signer:
        """Make a new key from the system's randomness."""
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> Signer:
        """Read ``PRIVATE+KEY+name+keyid+base64(type byte || seed)`` (golang.org/x/mod/sumdb/note).

        Raises
        ------
        BadInput
            When any part is wrong; the message never repeats the text.
        """
        if not text.startswith(_PRIVATE):
            raise BadInput("not a signer key", why=f"does not start with {_PRIVATE}")
        name, seed = split_key(text.removeprefix(_PRIVATE), "signer key")
        signer = cls(name, seed)
        if signer.secret_text() != text:
            raise BadInput("not a signer key", why="the key id does not fit")
        return signer

    def secret_text(self) -> str:
        """Write the private key as :meth:`parse` reads it. Whoever has it can sign."""
        data = to_base64(bytes((ED25519,)) + self.seed)
        return f"{_PRIVATE}{self.name}+{self.verifier.key_id.hex()}+{data}"

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @cached_property
    def verifier(self) -> VerifierKey:
        """The key that checks what this one signs."""
        return VerifierKey(self.name, self._private.public_key().public_bytes_raw())

    def sign(self, text: bytes) -> bytes:
        """Return the Ed25519 signature of bytes: 64 bytes, the same each time (RFC 8032)."""
        return self._private.sign(text)
