"""Time-stamp requests, and what an answer says before any signature is checked.

This room reads; whether an answer is signed by an authority is for the readers in
:mod:`firsthand.case.custody.reading`.

References
----------
RFC 3161 (requests and answers), RFC 5652 (signed data), RFC 5816 (ESSCertIDv2 in tokens).
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509

from firsthand.model.errors import BadInput
from firsthand.model.values import to_ms
from firsthand.tlog import der
from firsthand.tlog.der import Element

SHA256 = "2.16.840.1.101.3.4.2.1"
SHA1 = "1.3.14.3.2.26"
HASHES = {
    SHA1: "sha1",
    SHA256: "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
SIGNED_DATA = "1.2.840.113549.1.7.2"
TST_INFO = "1.2.840.113549.1.9.16.1.4"
CERTIFICATE_V1 = "1.2.840.113549.1.9.16.2.12"
CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
WEAK_SIGNATURES = {SHA1, "1.2.840.113549.1.1.5", "1.2.840.10045.4.1", "1.2.840.113549.2.5"}
"""SHA-1 and MD5 as digests or within signature algorithms."""

NONCE_BYTES = 16
MOST_BYTES = 1 << 20
"""Longest answer that is read [bytes]; tokens with long chains have some 10,000."""

_STATUS = ("granted", "granted with changes", "rejection", "waiting", "revocation warning",
           "revocation notification")  # fmt: skip
_TIME = re.compile(r"([0-9]{14})(?:\.([0-9]{1,9}))?Z\Z")


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked: the SHA-256 to stamp, a nonce, and perhaps a policy."""

    imprint: bytes
    nonce: int | None
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What an authority answered; without ``token`` it gave none."""

    status: int
    says: str
    token: Token | None = None

    @property
    def granted(self) -> bool:
        """Whether a token was given, as asked or with changes."""
        return self.status in (0, 1) and self.token is not None


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says, unchecked. ``time_ms`` is genTime [ms UTC], as is ``accuracy_ms``."""

    policy: str
    algorithm: str
    imprint: bytes
    serial: int
    time_ms: int
    accuracy_ms: int | None
    nonce: int | None
    signers: int
    digests: frozenset[str]
    named: tuple[tuple[str, bytes], ...]
    """The signer's certificate by its digest, as the signed attributes name it."""
    issuer_serial: tuple[bytes, int] | None
    certificates: tuple[bytes, ...] = field(repr=False)


def new_request(data: bytes) -> bytes:
    """Return a request (DER) for a time stamp on bytes: SHA-256, a new nonce, certificates."""
    nonce = secrets.randbits(8 * NONCE_BYTES - 1) | 1 << (8 * NONCE_BYTES - 2)
    algorithm = der.tlv(der.SEQUENCE, der.oid(SHA256), b"\x05\x00")
    imprint = der.tlv(der.SEQUENCE, algorithm, der.tlv(der.OCTETS, hashlib.sha256(data).digest()))
    yes = der.tlv(der.BOOLEAN, b"\xff")
    return der.tlv(der.SEQUENCE, der.integer(1), imprint, der.integer(nonce), yes)


def read_request(data: bytes) -> Request:
    """Read a request.

    Raises
    ------
    BadInput
        When it is not a request over SHA-256.
    """
    parts = der.whole(data).expect(der.SEQUENCE).children()
    algorithm, imprint = _imprint(_at(parts, 1))
    if algorithm != SHA256 or len(imprint) != 32:
        raise BadInput("cannot read the request", why="it is not over SHA-256")
    nonce = next((p.integer() for p in parts[2:] if p.tag == der.INTEGER), None)
    policy = next((p.oid() for p in parts[2:] if p.tag == der.OID), None)
    return Request(imprint, nonce, policy)


def read_answer(data: bytes) -> Answer:
    """Read an answer: ``TimeStampResp``.

    Raises
    ------
    BadInput
        When it is cut, has bytes after its end, or is not an answer.
    """
    if len(data) > MOST_BYTES:
        raise BadInput("cannot read the answer", why=f"longer than {MOST_BYTES} bytes")
    parts = der.whole(data).expect(der.SEQUENCE).children()
    if not 1 <= len(parts) <= 2:
        raise BadInput("cannot read the answer", why=f"it has {len(parts)} parts")
    status = parts[0].expect(der.SEQUENCE).children()
    number = _at(status, 0).integer()
    says = [_STATUS[number] if 0 <= number < len(_STATUS) else f"status {number}"]
    for part in status[1:]:
        if part.tag == der.SEQUENCE:
            says += [each.content.decode("utf-8", "replace")[:200] for each in part.children()[:4]]
        elif part.tag == der.BITS:
            says.append(f"failure {part.content[1:5].hex()}")
    return Answer(number, ": ".join(says), _token(parts[1]) if len(parts) == 2 else None)


def _token(content: Element) -> Token:
    kind, wrapped = _pair(content)
    if kind.oid() != SIGNED_DATA:
        raise BadInput("cannot read the token", why="it is not signed data")
    signed = _only(wrapped.expect(0xA0)).expect(der.SEQUENCE).children()
    inner = _at(signed, 2).expect(der.SEQUENCE).children()
    if _at(inner, 0).oid() != TST_INFO:
        raise BadInput("cannot read the token", why="what is signed is not a time stamp")
    octets = _only(_at(inner, 1).expect(0xA0)).expect(der.OCTETS)
    info = der.whole(octets.content).expect(der.SEQUENCE).children()
    certificates = [p for p in signed[3:] if p.tag == 0xA0]
    signers = _at(signed, len(signed) - 1).expect(der.SET).children()
    digests, named, by = _signer(signers[0]) if signers else (frozenset(), (), None)
    algorithm, imprint = _imprint(_at(info, 2))
    time_ms, finer = _moment(_at(info, 4).expect(der.TIME))
    accuracy = next((_accuracy(p) for p in info[5:] if p.tag == der.SEQUENCE), None)
    return Token(
        policy=_at(info, 1).oid(),
        algorithm=algorithm,
        imprint=imprint,
        serial=_at(info, 3).integer(),
        time_ms=time_ms,
        accuracy_ms=accuracy + finer if accuracy is not None else finer or None,
        nonce=next((p.integer() for p in info[5:] if p.tag == der.INTEGER), None),
        signers=len(signers),
        digests=digests,
        named=named,
        issuer_serial=by,
        certificates=tuple(
            each.raw for p in certificates for each in p.children() if each.tag == der.SEQUENCE
        ),
    )


def _signer(
    info: Element,
) -> tuple[frozenset[str], tuple[tuple[str, bytes], ...], tuple[bytes, int] | None]:
    parts = info.expect(der.SEQUENCE).children()
    by: tuple[bytes, int] | None = None
    if _at(parts, 1).tag == der.SEQUENCE:
        issuer, serial = _pair(parts[1])
        by = (issuer.raw, serial.integer())
    digests = {_at(p.children(), 0).oid() for p in parts[2:] if p.tag == der.SEQUENCE}
    named: list[tuple[str, bytes]] = []
    for attribute in (a for p in parts[2:] if p.tag == 0xA0 for a in p.children()):
        kind, values = _pair(attribute)
        if kind.oid() in (CERTIFICATE_V1, CERTIFICATE_V2):
            certs = _at(_only(values).children(), 0).expect(der.SEQUENCE).children()
            # The first one identifies the signer (RFC 5035, sections 3 and 4).
            named.append(_certificate_id(_at(certs, 0), kind.oid()))
    return frozenset(digests), tuple(named), by


def _certificate_id(value: Element, kind: str) -> tuple[str, bytes]:
    parts = value.expect(der.SEQUENCE).children()
    if kind == CERTIFICATE_V1:
        return SHA1, _at(parts, 0).expect(der.OCTETS).content
    algorithm = SHA256  # the default of RFC 5035, section 4
    if _at(parts, 0).tag == der.SEQUENCE:
        algorithm = _at(parts[0].children(), 0).oid()
        parts = parts[1:]
    return algorithm, _at(parts, 0).expect(der.OCTETS).content


def signer_certificate(token: Token) -> x509.Certificate:
    """Return the certificate whose holder signed, which signed attributes must name.

    Raises
    ------
    BadInput
        When there is not exactly one signer, its certificate is not in the token, or the signed
        attributes name another (a swapped signer).
    """
    if token.signers != 1:
        raise BadInput("the token is not used", why=f"{token.signers} have signed it, not one")
    found = [each for each in token.certificates if _is_by(each, token.issuer_serial)]
    if not found:
        raise BadInput("the token is not used", why="the certificate of its signer is not in it")
    if not token.named:
        raise BadInput("the token is not used", why="it does not name its signer's certificate")
    for algorithm, digest in token.named:
        name = HASHES.get(algorithm)
        if name is None or hashlib.new(name, found[0]).digest() != digest:
            raise BadInput("the token is not used", why="it names another signer's certificate")
    try:
        return x509.load_der_x509_certificate(found[0])
    except ValueError as error:
        raise BadInput("the token is not used", why=f"its certificate: {error}") from error


def _is_by(certificate: bytes, issuer_serial: tuple[bytes, int] | None) -> bool:
    inner = _at(der.whole(certificate).children(), 0).expect(der.SEQUENCE).children()
    inner = inner[1:] if inner and inner[0].tag == 0xA0 else inner
    return (_at(inner, 2).raw, _at(inner, 0).integer()) == issuer_serial


def _imprint(value: Element) -> tuple[str, bytes]:
    algorithm, digest = _pair(value)
    return _at(algorithm.children(), 0).oid(), digest.expect(der.OCTETS).content


def _moment(value: Element) -> tuple[int, int]:
    """Return the time [ms UTC, down], and 1 where it is finer than milliseconds."""
    match = _TIME.match(value.content.decode("latin-1"))
    if match is None:
        raise BadInput("cannot read the token", why="its time")
    try:
        moment = datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise BadInput("cannot read the token", why=f"its time: {error}") from error
    digits = (match[2] or "").ljust(9, "0")
    return to_ms(moment) + int(digits[:3]), int(int(digits[3:]) > 0)


def _accuracy(value: Element) -> int:
    """Return seconds, milliseconds and microseconds together [ms, up]."""
    micros = 0
    for part in value.children():
        number = int.from_bytes(part.content[:8], "big")
        micros += number * {der.INTEGER: 1_000_000, 0x80: 1_000, 0x81: 1}.get(part.tag, 0)
    if micros > 10**15:
        raise BadInput("cannot read the token", why="its accuracy is above 30 years")
    return -(-micros // 1000)


def _at(parts: list[Element], index: int) -> Element:
    if not 0 <= index < len(parts):
        raise BadInput("cannot read it as DER", why="a part is missing")
    return parts[index]


def _pair(value: Element) -> tuple[Element, Element]:
    parts = value.expect(der.SEQUENCE).children()
    return _at(parts, 0), _at(parts, 1)


def _only(value: Element) -> Element:
    parts = value.children()
    if len(parts) != 1:
        raise BadInput("cannot read it as DER", why=f"{len(parts)} parts where one must be")
    return parts[0]
