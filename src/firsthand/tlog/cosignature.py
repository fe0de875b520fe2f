"""Cosignatures: what a witness signs when it saw that a checkpoint continues the one before.

A cosignature says: at this time, by the clock of the witness, this was the largest tree of this
log that it had seen, and every tree that it had seen before was the beginning of it.

References
----------
C2SP tlog-cosignature (https://c2sp.org/tlog-cosignature), "Ed25519 signed message".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.tlog.keys import Signer, VerifierKey, key_id, split_key
from firsthand.tlog.note import Note, NoteSignature
from firsthand.tlog.strict import from_base64, to_base64

COSIGNATURE = 0x04
"""Signature type byte of timestamped Ed25519 cosignatures (C2SP tlog-cosignature, "Format")."""

MAX_TIME = 2**63 - 1
"""Latest time of a cosignature [s since 1970] (C2SP tlog-cosignature, "Format")."""

OTHER_TYPES = {
    0x01: "Ed25519 without a time (the key of a log, not of a witness)",
    0x02: "ECDSA",
    0x05: "RFC 6962 tree head",
    0x06: "ML-DSA-44 cosignature",
    0xFF: "a type of its own",
}
"""Signature types that are named but never checked as cosignatures (C2SP signed-note)."""

_TIME_BYTES = 8
_SIGNATURE_BYTES = 64
_PRIVATE = "PRIVATE+KEY+"


def cosigned_message(text: bytes, seconds: int) -> bytes:
    """Return the bytes that a witness signs: two lines, and the text of the checkpoint.

    ``seconds`` since 1970-01-01 UTC, without leap seconds (POSIX).
    """
    return b"cosignature/v1\ntime %d\n" % seconds + text


def unchecked_type(vkey: str) -> str | None:
    """Return what kind of key a vkey is, when it is no Ed25519 witness key; else None.

    >>> unchecked_type("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    'Ed25519 without a time (the key of a log, not of a witness)'

    Raises
    ------
    BadInput
        When the text is no vkey at all.
    """
    parts = vkey.split("+", 2)
    data = from_base64(parts[2], "verifier key") if len(parts) == 3 else b""
    if not data:
        raise BadInput("not a verifier key", why="not name+keyid+base64")
    if data[0] == COSIGNATURE:
        return None
    return OTHER_TYPES.get(data[0], f"signature type {data[0]:#04x}")


@dataclass(frozen=True)
class WitnessKey:
    """An Ed25519 key that checks cosignatures; ``public`` are the 32 bytes of RFC 8032.

    Raises
    ------
    BadInput
        For a bad name, another length, or a key of small order.
    """

    name: str
    public: bytes

    def __post_init__(self) -> None:
        VerifierKey(self.name, self.public)

    @cached_property
    def key_id(self) -> bytes:
        """Four bytes that stand for the key in a signature."""
        return key_id(self.name, COSIGNATURE, self.public)

    @classmethod
    def parse(cls, text: str) -> WitnessKey:
        """Read a vkey of type 0x04; the key id must fit.

        Raises
        ------
        BadInput
            When any part is wrong, or it is a key of another type.
        """
        kind = unchecked_type(text)
        if kind is not None:
            raise BadInput(
                "not the key of a witness",
                why=f"it is {kind}; only Ed25519 cosignatures (type 4) are checked here",
                hint="the witness prints its key with `firsthand witness key NAME`",
            )
        key = cls(*split_key(text, "witness key", COSIGNATURE))
        if str(key) != text:
            raise BadInput("not a witness key", why=f"the key id is not {key.key_id.hex()}")
        return key

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{to_base64(bytes((COSIGNATURE,)) + self.public)}"

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Tell whether ``signature`` (time and 64 bytes) is this witness's over ``text``."""
        try:
            seconds = cosignature_time(signature)
        except BadInput:
            return False
        message = cosigned_message(text, seconds)
        return VerifierKey(self.name, self.public).verifies(message, signature[_TIME_BYTES:])


@dataclass(frozen=True)
class WitnessSigner:
    """The key of a witness. ``seed`` is secret and never shown by ``repr``.

    Raises
    ------
    BadInput
        For a bad name or a seed that has not 32 bytes.
    """

    name: str
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        Signer(self.name, self.seed)

    @classmethod
    def generate(cls, name: str) -> WitnessSigner:
        """Make a new key from the system's randomness."""
        return cls(name, Signer.generate(name).seed)

    @classmethod
    def parse(cls, text: str) -> WitnessSigner:
        """Read ``PRIVATE+KEY+name+keyid+base64(0x04 || seed)``.

        Raises
        ------
        BadInput
            When any part is wrong; the message never repeats the text.
        """
        if not text.startswith(_PRIVATE):
            raise BadInput("not a witness's private key", why=f"does not start with {_PRIVATE}")
        bare = text.removeprefix(_PRIVATE)
        signer = cls(*split_key(bare, "witness's private key", COSIGNATURE))
        if signer.secret_text() != text:
            raise BadInput("not a witness's private key", why="the key id does not fit")
        return signer

    def secret_text(self) -> str:
        """Write the private key as :meth:`parse` reads it. Whoever has it can cosign."""
        data = to_base64(bytes((COSIGNATURE,)) + self.seed)
        return f"{_PRIVATE}{self.name}+{self.key.key_id.hex()}+{data}"

    @cached_property
    def key(self) -> WitnessKey:
        """The key that checks what this one signs."""
        return WitnessKey(self.name, Signer(self.name, self.seed).verifier.public)

    def cosign(self, note: Note, seconds: int) -> NoteSignature:
        """Return the signature line over the text of a checkpoint.

        Whether to sign is decided before (:func:`firsthand.tlog.witness.decide`).

        Raises
        ------
        BadInput
            For a time that a cosignature cannot carry.
        """
        if not 0 <= seconds <= MAX_TIME:
            raise BadInput("not a time of a cosignature", why=f"{seconds} seconds")
        message = cosigned_message(note.text.encode("utf-8"), seconds)
        signature = seconds.to_bytes(_TIME_BYTES, "big") + Signer(self.name, self.seed).sign(
            message
        )
        return NoteSignature(self.name, self.key.key_id, signature)


def cosignature_time(signature: bytes) -> int:
    """Return the time in a cosignature [s since 1970 UTC]; whose it is remains unchecked.

    Raises
    ------
    BadInput
        When it has not 8 + 64 bytes, or the time is beyond 2**63 - 1.
    """
    if len(signature) != _TIME_BYTES + _SIGNATURE_BYTES:
        raise BadInput("not a cosignature", why=f"{len(signature)} bytes instead of 72")
    seconds = int.from_bytes(signature[:_TIME_BYTES], "big")
    if seconds > MAX_TIME:
        raise BadInput("not a cosignature", why="its time is beyond 2^63 - 1 seconds")
    return seconds


def cosigners(note: Note, keys: Sequence[WitnessKey]) -> dict[WitnessKey, int]:
    """Return the witnesses that signed, with their times [s]; lines by other keys are ignored.

    Of two lines by one witness the earlier time counts: it saw the checkpoint by then.

    Raises
    ------
    VerificationFailed
        When a line that names one of the keys is wrong.
    """
    known = {(key.name, key.key_id): key for key in keys}
    text = note.text.encode("utf-8")
    found: dict[WitnessKey, int] = {}
    for line in note.signatures:
        key = known.get((line.name, line.key_id))
        if key is None:
            continue
        if not key.verifies(text, line.signature):
            raise VerificationFailed("cosignature is wrong", why=f"of the witness {line.name!r}")
        seconds = cosignature_time(line.signature)
        found[key] = min(seconds, found.get(key, seconds))
    return found
