"""OpenSSH public keys: strict reading of one line, and checking of raw signatures.

References
----------
RFC 4253, section 6.6 (ssh-rsa); RFC 8332 (rsa-sha2-*); RFC 5656, section 3.1 (ecdsa); RFC 8709
(ssh-ed25519); OpenSSH PROTOCOL.u2f (sk-*: keys on a security token).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

from firsthand.model.errors import BadInput
from firsthand.tlog.keys import VerifierKey
from firsthand.tlog.strict import from_base64, to_base64

MAX_KEY_CHARACTERS = 16_384
"""Longest line read; an RSA key of 16,384 bits, the largest that OpenSSH takes, needs 2,800."""

RSA_BITS = (2048, 16_384)
"""Smallest and largest RSA modulus [bits]: NIST SP 800-131A asks for 2048 at least."""

USER_PRESENT = 0x01
"""Flag of a security token: somebody touched it (OpenSSH PROTOCOL.u2f)."""

_CURVES: dict[str, tuple[ec.EllipticCurve, HashAlgorithm]] = {
    "nistp256": (ec.SECP256R1(), SHA256()),
    "nistp384": (ec.SECP384R1(), SHA384()),
    "nistp521": (ec.SECP521R1(), SHA512()),
}
_RSA_HASHES: dict[bytes, HashAlgorithm] = {b"rsa-sha2-512": SHA512(), b"rsa-sha2-256": SHA256()}

Check = Callable[["Wire", bytes, bytes], None]
"""Checks a signature: its fields after the name, its name, and the bytes that were signed."""


class Wire:
    """Reads the fields of SSH's binary notation in order (RFC 4251, section 5)."""

    def __init__(self, data: bytes, what: str) -> None:
        self._left = memoryview(data)
        self._what = what

    def take(self, count: int) -> bytes:
        """Return the next ``count`` bytes.

        Raises
        ------
        BadInput
            When fewer are left.
        """
        if count > len(self._left):
            raise BadInput(f"cannot read {self._what}", why="it ends too early")
        part, self._left = bytes(self._left[:count]), self._left[count:]
        return part

    def number(self) -> int:
        """Return the next uint32."""
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        """Return the next string: its length as uint32 and its bytes."""
        return self.take(self.number())

    def integer(self) -> int:
        """Return the next positive mpint, in the one form that it has.

        Raises
        ------
        BadInput
            When it is zero or negative, or has needless zero bytes.
        """
        data = self.string()
        plain = data and not data[0] & 0x80 and (data[0] or (len(data) > 1 and data[1] & 0x80))
        if not plain:
            raise BadInput(f"cannot read {self._what}", why="a number is not in its one form")
        return int.from_bytes(data, "big")

    def end(self) -> None:
        """Raise BadInput when anything is left."""
        if self._left:
            raise BadInput(f"cannot read {self._what}", why="something stands after its end")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An OpenSSH public key without its comment; ``blob`` is what the base64 stands for.

    Raises
    ------
    BadInput
        For unknown kinds, certificates, weak or malformed keys, and anything after the end.
    """

    kind: str
    blob: bytes

    def __post_init__(self) -> None:
        _checker(self.kind, self.blob)

    @classmethod
    def parse(cls, line: str) -> PublicKey:
        """Read ``kind base64 [comment]``, one line; the comment is dropped.

        A comment mostly holds a login and the name of a machine, which belong in no record.

        Raises
        ------
        BadInput
            When it is not one such line: options of ``authorized_keys`` are refused, too.
        """
        text = line.strip(" \t\r\n")
        if len(text) > MAX_KEY_CHARACTERS or "\n" in text or "\r" in text:
            raise _not_a_key("not one line, or too long")
        parts = text.split(None, 2)
        if len(parts) < 2:
            raise _not_a_key("not a kind and base64")
        if "PRIVATE KEY" in text:
            raise _not_a_key("that is the private part; give the file that ends in .pub")
        return cls(parts[0], from_base64(parts[1], "public key"))

    @classmethod
    def of_blob(cls, blob: bytes) -> PublicKey:
        """Return the key of the bytes alone; they begin with the name of the kind."""
        name = Wire(blob, "public key").string()
        return cls(name.decode("ascii", "backslashreplace"), blob)

    def __str__(self) -> str:
        return f"{self.kind} {to_base64(self.blob)}"

    @property
    def fingerprint(self) -> str:
        """``SHA256:<base64>`` as ``ssh-keygen -l`` shows it."""
        digest = hashlib.sha256(self.blob).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")

    def verifies(self, data: bytes, signature: bytes) -> bool:
        """Tell whether a raw SSH signature (name and fields) is this key's over ``data``."""
        try:
            fields = Wire(signature, "signature")
            name = fields.string()
            _checker(self.kind, self.blob)(fields, name, data)
            fields.end()
        except (InvalidSignature, BadInput, ValueError):
            return False
        return True


def _not_a_key(why: str) -> BadInput:
    return BadInput(
        "not an OpenSSH public key",
        why=why,
        hint="give a file such as ~/.ssh/id_ed25519.pub: ssh-ed25519, ecdsa-sha2-nistp*, ssh-rsa "
        "(2048 bits or more), sk-ssh-ed25519 or sk-ecdsa",
    )


def _checker(kind: str, blob: bytes) -> Check:
    """Read a key and return what checks its signatures."""
    fields = Wire(blob, "public key")
    if fields.string() != kind.encode("ascii", "backslashreplace"):
        raise _not_a_key("the kind outside is not the kind inside")
    if kind == "ssh-ed25519":
        check = _ed25519(fields, kind)
    elif kind == "ssh-rsa":
        check = _rsa(fields)
    elif kind.startswith("ecdsa-sha2-") and kind.removeprefix("ecdsa-sha2-") in _CURVES:
        check = _ecdsa(fields, kind)
    elif kind == "sk-ssh-ed25519@openssh.com":
        check = _on_token(_ed25519(fields, kind), fields)
    elif kind == "sk-ecdsa-sha2-nistp256@openssh.com":
        check = _on_token(_ecdsa(fields, kind), fields)
    else:
        raise _not_a_key(f"the kind {kind[:60]!r} is not taken")
    fields.end()
    return check


def _ed25519(key: Wire, kind: str) -> Check:
    # Keys of small order are refused there; see the comment in keys.py.
    public = VerifierKey("ssh", key.string()).public

    def check(fields: Wire, name: bytes, data: bytes) -> None:
        _named(name, kind)
        Ed25519PublicKey.from_public_bytes(public).verify(fields.string(), data)

    return check


def _ecdsa(key: Wire, kind: str) -> Check:
    curve_name = "nistp256" if kind.startswith("sk-") else kind.removeprefix("ecdsa-sha2-")
    curve, hashing = _CURVES[curve_name]
    if key.string() != curve_name.encode():
        raise _not_a_key("the curve is not that of the kind")
    point = key.string()
    if point[:1] != b"\x04":  # RFC 5656 allows compressed points; OpenSSH writes none
        raise _not_a_key("the point is not in its plain form")
    try:
        public = ec.EllipticCurvePublicKey.from_encoded_point(curve, point)
    except ValueError as error:
        raise _not_a_key("the point is not on the curve") from error

    def check(fields: Wire, name: bytes, data: bytes) -> None:
        _named(name, kind)
        pair = Wire(fields.string(), "signature")
        signature = encode_dss_signature(pair.integer(), pair.integer())
        pair.end()
        public.verify(signature, data, ec.ECDSA(hashing))

    return check


def _rsa(key: Wire) -> Check:
    exponent, modulus = key.integer(), key.integer()
    smallest, largest = RSA_BITS
    if not smallest <= modulus.bit_length() <= largest:
        raise _not_a_key(f"an RSA key of {modulus.bit_length()} bits")
    # At most 32 bits: a huge exponent only makes each check slow.
    if exponent.bit_length() > 32 or modulus % 2 == 0:
        raise _not_a_key("not an RSA key")
    try:
        public = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _not_a_key("not an RSA key") from error

    def check(fields: Wire, name: bytes, data: bytes) -> None:
        hashing = _RSA_HASHES.get(name)
        if hashing is None:  # ssh-rsa itself is SHA-1
            raise InvalidSignature
        public.verify(fields.string(), data, padding.PKCS1v15(), hashing)

    return check


def _on_token(inner: Check, key: Wire) -> Check:
    application = hashlib.sha256(key.string()).digest()

    def check(fields: Wire, name: bytes, data: bytes) -> None:
        signature, flags, counter = fields.string(), fields.take(1), fields.take(4)
        if not flags[0] & USER_PRESENT:
            raise InvalidSignature
        signed = application + flags + counter + hashlib.sha256(data).digest()
        inner(Wire(len(signature).to_bytes(4, "big") + signature, "signature"), name, signed)

    return check


def _named(name: bytes, kind: str) -> None:
    if name != kind.encode():
        raise InvalidSignature
