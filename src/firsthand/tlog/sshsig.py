"""SSH signatures as ``ssh-keygen -Y sign`` writes them: reading and checking, bytes only.

References
----------
OpenSSH, PROTOCOL.sshsig (format version 1).
"""

from __future__ import annotations

import hashlib
import textwrap
from dataclasses import dataclass

from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.tlog.sshkeys import PublicKey, Wire
from firsthand.tlog.strict import from_base64, to_base64

MAX_ARMOURED_BYTES = 32_768
"""Largest signature read [bytes]; one of an RSA key of 16,384 bits takes some 6,000."""

_MAGIC = b"SSHSIG"
_VERSION = 1
_HASH = b"sha512"
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_WIDTH = 70
"""Characters of a line of base64, as ssh-keygen 9.2 writes them (measured)."""


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


@dataclass(frozen=True, slots=True)
class SshSignature:
    """A signature with the key that it says it is by; being one proves nothing.

    ``raw`` is the signature proper, in SSH's notation.
    """

    key: PublicKey
    namespace: str
    raw: bytes

    @classmethod
    def parse(cls, data: bytes) -> SshSignature:
        """Read an armoured signature, over a SHA-512 hash; line ends may have changed on the way.

        Raises
        ------
        BadInput
            When it is anything else, or longer than needed.
        """
        what = "SSH signature"
        if len(data) > MAX_ARMOURED_BYTES:
            raise BadInput(f"cannot read {what}", why=f"more than {MAX_ARMOURED_BYTES} bytes")
        lines = data.decode("ascii", "replace").split()
        if lines[:3] != _BEGIN.split() or lines[-3:] != _END.split() or len(lines) < 7:
            raise BadInput(
                f"cannot read {what}",
                why="no BEGIN and END SSH SIGNATURE",
                hint="give the .sig file that `ssh-keygen -Y sign` wrote",
            )
        fields = Wire(from_base64("".join(lines[3:-3]), what), what)
        if fields.take(len(_MAGIC)) != _MAGIC or fields.number() != _VERSION:
            raise BadInput(f"cannot read {what}", why="not of version 1")
        key, namespace = PublicKey.of_blob(fields.string()), fields.string()
        fields.string()  # reserved: to be ignored, says the format; it is signed all the same
        hashing, raw = fields.string(), fields.string()
        fields.end()
        if hashing != _HASH:
            raise BadInput(
                f"cannot take {what}",
                why=f"the hash is {hashing[:20]!r}, not sha512",
                hint="sign without the option hashalg",
            )
        try:
            found = cls(key, namespace.decode("utf-8"), raw)
        except UnicodeDecodeError as error:
            raise BadInput(f"cannot read {what}", why="the namespace is not UTF-8") from error
        if bytes(found) != _canonical(lines):
            raise BadInput(f"cannot take {what}", why="the reserved field is not empty")
        return found

    def __bytes__(self) -> bytes:
        blob = _MAGIC + _VERSION.to_bytes(4, "big") + _string(self.key.blob)
        blob += _string(self.namespace.encode()) + _string(b"") + _string(_HASH) + _string(self.raw)
        return _armour(to_base64(blob))

    def verify(self, data: bytes, namespace: str, key: PublicKey | None = None) -> PublicKey:
        """Check the signature over ``data``; return the key that made it.

        Raises
        ------
        VerificationFailed
            When it is over other bytes, for another use, or by another key than ``key``.
        """
        if self.namespace != namespace:
            raise VerificationFailed(
                "the SSH signature is for another use",
                why=f"its namespace is {self.namespace[:60]!r}, not {namespace!r}",
            )
        if key is not None and key != self.key:
            raise VerificationFailed(
                "the SSH signature is by another key",
                why=f"{self.key.fingerprint}, not {key.fingerprint}",
            )
        signed = _MAGIC + _string(namespace.encode()) + _string(b"") + _string(_HASH)
        if not self.key.verifies(signed + _string(hashlib.sha512(data).digest()), self.raw):
            raise VerificationFailed(
                "the SSH signature is wrong", why=f"by {self.key.fingerprint}, or over other bytes"
            )
        return self.key


def _armour(base64: str) -> bytes:
    return "\n".join([_BEGIN, *textwrap.wrap(base64, _WIDTH), _END, ""]).encode()


def _canonical(lines: list[str]) -> bytes:
    return _armour("".join(lines[3:-3]))
