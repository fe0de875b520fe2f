"""Check a firsthand case or export with nothing but Python's standard library (3.9 or newer).

    python3 verify.py CASE_FOLDER_OR_ZIP [--against CHECKPOINT_FILE ...] [--trust FILE ...]
                      [--headers FILE ...] [--json]

Exit codes: 0 ok, 4 something is wrong, 5 something could not be checked, 2 not a case.
The format is described in docs/case-format.md of the project; this file shares no code with the
program that writes cases, so that the two can be held against each other.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import bisect
import codecs
import contextlib
import datetime
import fnmatch
import hashlib
import io
import json
import os
import re
import stat
import struct
import sys
import zlib
from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple, Union

FORMAT = "firsthand-case/1"
TYPES = frozenset(("case", "session", "import", "exhibit", "sighting", "gap", "actor", "event"))
TYPES |= {"claim", "mark", "note", "assessment", "run", "export"}
TYPES |= {"tag", "translation", "search", "backup", "merge"}
TYPES |= {"policy", "stamp", "cosignature", "signature", "key", "clock", "scrub", "repair"}
TYPES |= {"release", "seal", "transfer"}
FOLDERS = ("log", "openings", "objects", "stamps", "report", "incoming")
BUNDLE: tuple[str, ...] = (
    "bagit.txt",
    "bag-info.txt",
    "manifest-sha256.txt",
    "tagmanifest-sha256.txt",
)
BUNDLE += ("SHA256SUMS", "SHA256SUMS.note", "verify.py", "README-VERIFY.txt")
UNSIGNED = ("SHA256SUMS", "SHA256SUMS.note", "SHA256SUMS.sig", "tagmanifest-sha256.txt")
BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"  # RFC 8493, section 2.1.1
CHUNK = 1 << 20  # bytes read at once
MAX_LINE = 1 << 24  # bytes of one line of openings (docs/case-format.md)
MAX_DEPTH = 64  # nesting of JSON
NO_TIME = -(1 << 62)  # no time that an entry can state
ACTS = frozenset(("policy", "stamp", "cosignature", "signature", "key"))
MAX_LISTED = 1000  # problems, and things not checked, that are listed one by one
MAX_DIRECTORY = 1 << 29  # bytes of a zip's central directory
ZIP64_LIMIT = (1 << 31) - 1  # where CPython's zipfile turns to 64-bit fields
MAX_RATIO = 100  # expansion of a compressed member
HEX64 = re.compile("[0-9a-f]{64}")
SALT = re.compile("[0-9a-f]{32}")
ENTRY = re.compile(rb'\{"root":"([0-9a-f]{64})","t":"([a-z][a-z_-]{0,31})","v":1\}')
OBJECT = re.compile("objects/sha256/([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{64})")
KEY_FILE = re.compile("log/keys/(0|[1-9][0-9]{0,15})", re.ASCII)
TILE = re.compile(
    r"(?:log/tile/(\d|[1-5]\d|6[0-3]|entries)|openings)/((?:x\d{3}/){0,5}\d{3})(?:\.p/(\d{1,3}))?",
    re.ASCII,
)


class NotACase(Exception):
    """The path (or an outside checkpoint) cannot be read, or is no case at all."""


class Damage(Exception):
    """What is wrong with one file."""


# --- Canonical JSON -------------------------------------------------------------------------


def _no_float(text: str) -> Any:
    raise Damage(f"not canonical JSON: {text[:20]} is not an integer")


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) >= 1 << 53:
        raise Damage("not canonical JSON: integer beyond 53 bits")
    return int(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for key, _ in pairs:
        if not key.isascii():
            raise Damage("not canonical JSON: a key is not ASCII")
    return dict(pairs)  # a repeated key shows when the value is written again


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_no_float, parse_constant=_no_float
)
_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)


def _decode(data: bytes) -> Any:
    try:
        value = _DECODER.decode(data.decode("utf-8"))
        if data.count(b"[") + data.count(b"{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
            raise Damage(f"JSON nested deeper than {MAX_DEPTH}")
    except (ValueError, RecursionError, MemoryError) as error:
        raise Damage(f"not JSON: {type(error).__name__}") from error
    return value


def _encode(value: Any) -> bytes:
    try:
        return _ENCODER.encode(value).encode("utf-8")
    except (ValueError, RecursionError, MemoryError) as error:
        raise Damage(f"not canonical JSON: {type(error).__name__}") from error


def canonical(line: bytes) -> Any:
    """Decode one canonical JSON value followed by one newline."""
    value = _decode(line)
    if _encode(value) + b"\n" != line:
        raise Damage("not canonical JSON and one newline")
    return value


# --- Ed25519 (RFC 8032, section 5.1), verification only ---------------------------------------

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_Point = tuple[int, int, int, int]  # extended coordinates: x = X/Z, y = Y/Z, x*y = T/Z
_ZERO: _Point = (0, 1, 1, 0)


def _add(p: _Point, q: _Point) -> _Point:
    a = (p[1] - p[0]) * (q[1] - q[0]) % _P
    b = (p[1] + p[0]) * (q[1] + q[0]) % _P
    c = 2 * p[3] * q[3] * _D % _P
    d = 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _double(p: _Point) -> _Point:
    a, b = p[0] * p[0] % _P, p[1] * p[1] % _P
    h, g = a + b, a - b
    e = h - (p[0] + p[1]) ** 2 % _P
    f = 2 * p[2] * p[2] % _P + g
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _point(data: bytes) -> _Point | None:
    """Decode a point (section 5.1.3); None where the encoding is not the canonical one."""
    number = int.from_bytes(data, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    if len(data) != 32 or y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


_BASE = _point(b"\x58" + 31 * b"\x66") or _ZERO


def ed25519_valid(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a signature holds, with canonical encodings and s < L only."""
    key, s = _point(public), int.from_bytes(signature[32:], "little")
    if key is None or len(signature) != 64 or s >= _L:
        return False
    if _double(_double(_double(key)))[0] == 0:
        return False  # a key of small order accepts anything
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % _L
    minus = (_P - key[0], key[1], 1, _P - key[3])
    table = (_ZERO, _BASE, minus, _add(_BASE, minus))
    total = _ZERO  # becomes s*B - k*A, which must be R
    for bit in range(max(s.bit_length(), k.bit_length()) - 1, -1, -1):
        total = _double(total)
        choice = (s >> bit & 1) + 2 * (k >> bit & 1)
        if choice:
            total = _add(total, table[choice])
    inverse = pow(total[2], _P - 2, _P)
    x, y = total[0] * inverse % _P, total[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


# --- Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint) -------------------------


class Key(NamedTuple):
    """A note verifier key."""

    name: str
    id: bytes
    public: bytes


class Checkpoint(NamedTuple):
    """A tree size and its root hash, as signed."""

    size: int
    root: bytes


def _base64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as error:
        raise Damage("damaged base64") from error
    if base64.b64encode(data).decode() != text:
        raise Damage("base64 is not in its canonical form")
    return data


def parse_vkey(vkey: str) -> Key:
    """Read ``<name>+<key id>+<base64 of 0x01 and the key>``."""
    name, _, rest = vkey.partition("+")
    hex_id, _, encoded = rest.partition("+")
    data = _base64(encoded)
    if not name or re.search(r"\s", name) or len(data) != 33 or data[0] != 1:
        raise Damage("vkey is not an Ed25519 note key")
    if hashlib.sha256(name.encode() + b"\n" + data).hexdigest()[:8] != hex_id:
        raise Damage("key id of the vkey is wrong")
    return Key(name, bytes.fromhex(hex_id), data[1:])


MAX_SIGNATURES = 100  # of one note: each costs milliseconds


class Note(NamedTuple):
    """A signed note: its text, and per signature line the name, the key id and the signature."""

    text: str
    signatures: list[tuple[str, bytes, bytes]]


def read_note(data: bytes) -> Note:
    """Cut a signed note into its text and its signatures, none of them checked."""
    try:
        text, gap, block = data.decode("utf-8").rpartition("\n\n")
    except UnicodeDecodeError as error:
        raise Damage("signed note is not UTF-8") from error
    lines = block.split("\n")
    if not gap or len(lines) < 2 or lines.pop() != "":
        raise Damage("not a signed note")
    if len(lines) > MAX_SIGNATURES:
        raise Damage(f"not a signed note: more than {MAX_SIGNATURES} signatures")
    signatures = []
    for line in lines:
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "\N{EM DASH}" or not parts[1]:
            raise Damage("not a signed note: a line is no signature")
        raw = _base64(parts[2])
        signatures.append((parts[1], raw[:4], raw[4:]))
    return Note(text + "\n", signatures)


def signed_text(note: bytes, *keys: Key, alone: bool = True) -> str:
    """Return the text of a note that every key signed; others sign too only if not ``alone``."""
    text, signatures = read_note(note)
    if alone and len(signatures) != len(keys):
        raise Damage(f"note has {len(signatures)} signatures in place of {len(keys)}")
    for key in keys:
        ours = [raw for name, key_id, raw in signatures if (name, key_id) == (key.name, key.id)]
        if len(ours) != 1 or len(ours[0]) != 64:
            raise Damage(f"note is not signed by the key {key.name}+{key.id.hex()}")
        if not ed25519_valid(key.public, text.encode(), ours[0]):
            raise Damage("signature is wrong")
    return text


def parse_checkpoint(text: str, origin: str) -> Checkpoint:
    """Read the three lines of a checkpoint."""
    lines = text.split("\n")
    if len(lines) != 4 or not re.fullmatch("0|[1-9][0-9]{0,15}", lines[1], re.ASCII) or lines[3]:
        raise Damage("not a checkpoint of three lines")
    if lines[0] != origin:
        raise Damage("origin of the checkpoint is not that of case.json")
    root = _base64(lines[2])
    if len(root) != 32:
        raise Damage("root hash is not 32 bytes")
    return Checkpoint(int(lines[1]), root)


# --- Signatures of others: RSA (RFC 8017), ECDSA (FIPS 186-4), Ed25519 --------------------------


class Unsupported(Exception):
    """Something that this file does not check; another tool may."""


HASHES = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
# DER before a digest in a PKCS #1 v1.5 signature (RFC 8017, section 9.2, note 1).
DIGEST_INFO = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
SIGNATURES = {
    "1.2.840.113549.1.1.1": ("rsa", ""),
    "1.2.840.113549.1.1.5": ("rsa", "sha1"),
    "1.2.840.113549.1.1.11": ("rsa", "sha256"),
    "1.2.840.113549.1.1.12": ("rsa", "sha384"),
    "1.2.840.113549.1.1.13": ("rsa", "sha512"),
    "1.2.840.113549.1.1.10": ("pss", ""),
    "1.2.840.10045.2.1": ("ec", ""),
    "1.2.840.10045.4.1": ("ec", "sha1"),
    "1.2.840.10045.4.3.2": ("ec", "sha256"),
    "1.2.840.10045.4.3.3": ("ec", "sha384"),
    "1.2.840.10045.4.3.4": ("ec", "sha512"),
    "1.3.101.112": ("ed25519", "sha512"),
}
LEAST_RSA_BITS, MOST_RSA_BITS = 2048, 16384  # fewer are weak (NIST SP 800-131A), more are slow


class Curve(NamedTuple):
    """A curve y^2 = x^3 - 3x + b over the integers modulo p, with a base point of order n."""

    name: str
    p: int
    b: int
    n: int
    x: int
    y: int


def _curve(name: str, p: int, *numbers: str) -> Curve:
    return Curve(name, p, *(int(number, 16) for number in numbers))


# NIST FIPS 186-4, appendix D.1.2.
CURVES = {
    "1.2.840.10045.3.1.7": _curve(
        "nistp256",
        2**256 - 2**224 + 2**192 + 2**96 - 1,
        "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
    ),
    "1.3.132.0.34": _curve(
        "nistp384",
        2**384 - 2**128 - 2**96 + 2**32 - 1,
        "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875a"
        "c656398d8a2ed19d2a85c8edd3ec2aef",
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
        "581a0db248b0a77aecec196accc52973",
        "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a38"
        "5502f25dbf55296c3a545e3872760ab7",
        "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c0"
        "0a60b1ce1d7e819d7a431d7c90ea0e5f",
    ),
    "1.3.132.0.35": _curve(
        "nistp521",
        2**521 - 1,
        "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef1"
        "09e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
        "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa"
        "51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
        "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3d"
        "baa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
        "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e66"
        "2c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
    ),
}
_Jacobian = tuple[int, int, int]  # x = X/Z^2, y = Y/Z^3; Z = 0 is the point at infinity


def _ec_double(point: _Jacobian, p: int) -> _Jacobian:
    x, y, z = point
    delta, gamma = z * z % p, y * y % p
    beta, alpha = x * gamma % p, 3 * (x - delta) * (x + delta) % p
    x3 = (alpha * alpha - 8 * beta) % p
    z3 = ((y + z) ** 2 - gamma - delta) % p
    return x3, (alpha * (4 * beta - x3) - 8 * gamma * gamma) % p, z3


def _ec_add(left: _Jacobian, right: _Jacobian, p: int) -> _Jacobian:
    if not left[2] or not right[2]:
        return left if left[2] else right
    zz1, zz2 = left[2] ** 2 % p, right[2] ** 2 % p
    u1, u2 = left[0] * zz2 % p, right[0] * zz1 % p
    s1, s2 = left[1] * zz2 * right[2] % p, right[1] * zz1 * left[2] % p
    h, r = (u2 - u1) % p, (s2 - s1) % p
    if not h:
        return (1, 1, 0) if r else _ec_double(left, p)
    hh = h * h % p
    hhh, v = h * hh % p, u1 * hh % p
    x3 = (r * r - hhh - 2 * v) % p
    return x3, (r * (v - x3) - s1 * hhh) % p, h * left[2] * right[2] % p


def ecdsa_valid(curve: Curve, point: bytes, hashed: bytes, r: int, s: int) -> bool:
    """Tell whether an ECDSA signature holds; the point is uncompressed (SEC 1)."""
    p, n, width = curve.p, curve.n, (curve.p.bit_length() + 7) // 8
    x, y = int.from_bytes(point[1 : 1 + width], "big"), int.from_bytes(point[1 + width :], "big")
    if len(point) != 1 + 2 * width or point[0] != 4 or x >= p or y >= p:
        return False
    if (y * y - x * x * x + 3 * x - curve.b) % p or not (0 < r < n and 0 < s < n):
        return False
    e = int.from_bytes(hashed, "big") >> max(0, 8 * len(hashed) - n.bit_length())
    inverse = pow(s, n - 2, n)
    u, w = e * inverse % n, r * inverse % n
    base, key = (curve.x, curve.y, 1), (x, y, 1)
    table = ((1, 1, 0), base, key, _ec_add(base, key, p))
    total: _Jacobian = (1, 1, 0)
    for bit in range(max(u.bit_length(), w.bit_length()) - 1, -1, -1):
        total = _ec_double(total, p)
        total = _ec_add(total, table[(u >> bit & 1) + 2 * (w >> bit & 1)], p)
    return bool(total[2]) and total[0] * pow(total[2], 2 * (p - 2), p) % p % n == r


def _rsa_open(n: int, e: int, signature: bytes) -> bytes:
    """Return the encoded message of an RSA signature."""
    bits, width = n.bit_length(), (n.bit_length() + 7) // 8
    if bits < LEAST_RSA_BITS:
        raise Unsupported(f"RSA key of {bits} bits is weak and does not count")
    if bits > MOST_RSA_BITS or e.bit_length() > 32 or e < 3:
        raise Unsupported("RSA key of unusual size")
    if len(signature) != width or int.from_bytes(signature, "big") >= n:
        raise Damage("signature is wrong")
    return pow(int.from_bytes(signature, "big"), e, n).to_bytes(width, "big")


def rsa_check(n: int, e: int, name: str, message: bytes, signature: bytes) -> None:
    """Check an RSA signature with PKCS #1 v1.5 padding (RFC 8017, section 8.2.2)."""
    opened = _rsa_open(n, e, signature)
    tail = DIGEST_INFO[name] + hashlib.new(name, message).digest()
    if opened != b"\0\1" + b"\xff" * (len(opened) - len(tail) - 3) + b"\0" + tail:
        raise Damage("signature is wrong")


def pss_check(n: int, e: int, name: str, salt: int, message: bytes, signature: bytes) -> None:
    """Check an RSA-PSS signature, MGF1 with the same hash (RFC 8017, section 9.1.2)."""
    opened = _rsa_open(n, e, signature)
    bits = n.bit_length() - 1
    opened = opened[len(opened) - (bits + 7) // 8 :]
    size = hashlib.new(name).digest_size
    masked, h = opened[: -size - 1], opened[-size - 1 : -1]
    if opened[-1:] != b"\xbc" or len(masked) < salt + 1:
        raise Damage("signature is wrong")
    blocks = range(-(-len(masked) // size))
    mask = b"".join(hashlib.new(name, h + i.to_bytes(4, "big")).digest() for i in blocks)
    db = bytearray(a ^ b for a, b in zip(masked, mask))  # noqa: B905
    spare = 8 * len(opened) - bits
    if masked[0] >> 8 - spare if spare else 0:
        raise Damage("signature is wrong")
    db[0] &= 0xFF >> spare
    zeros = len(db) - salt - 1
    hashed = hashlib.new(name, message).digest()
    again = hashlib.new(name, bytes(8) + hashed + bytes(db[len(db) - salt :])).digest()
    if any(db[:zeros]) or db[zeros] != 1 or again != h:
        raise Damage("signature is wrong")


# --- DER (ITU-T X.690), as far as certificates and time stamps need it --------------------------

MAX_ANSWER = 1 << 20  # bytes of one token, request or signature
MAX_DER = 2000  # items of one sequence


class Der(NamedTuple):
    """One value: its tag, its content, and the bytes of both."""

    tag: int
    content: bytes
    raw: bytes


def der_at(data: bytes, at: int) -> Der:
    """Read the value that begins at a place; nothing in it is read yet."""
    if at + 2 > len(data):
        raise Damage("DER is cut off")
    tag, size, start = data[at], data[at + 1], at + 2
    if tag & 31 == 31:
        raise Unsupported("DER with a long tag")
    if size == 128:
        raise Unsupported("BER of indefinite length, which is not DER")
    if size > 128:
        many = size & 127
        size, start = int.from_bytes(data[start : start + many], "big"), start + many
        if many > 4 or start > len(data):
            raise Damage("DER is cut off, or has a length beyond all bounds")
        if size < 128 or not size >> 8 * (many - 1):
            raise Unsupported("BER length that is not the shortest, which is not DER")
    if start + size > len(data):
        raise Damage("DER is cut off")
    return Der(tag, data[start : start + size], data[at : start + size])


def der_items(data: bytes) -> list[Der]:
    """Cut the content of a sequence or set into its values."""
    items: list[Der] = []
    at = 0
    while at < len(data):
        if len(items) >= MAX_DER:
            raise Damage(f"more than {MAX_DER} values in one sequence")
        items.append(der_at(data, at))
        at += len(items[-1].raw)
    return items


def der(data: bytes, tag: int = 0x30) -> Der:
    """Read the one value that fills the data."""
    item = der_at(data, 0)
    if item.tag != tag or len(item.raw) != len(data):
        raise Damage(f"DER value {item.tag:#x} where {tag:#x} alone should be")
    return item


def sequence(data: bytes, least: int = 1, tag: int = 0x30) -> list[Der]:
    """Read the values of the one sequence that fills the data."""
    items = der_items(der(data, tag).content)
    if len(items) < least:
        raise Damage("DER sequence is too short")
    return items


def pair(data: bytes) -> tuple[Der, Der]:
    """Read a sequence of exactly two values."""
    items = sequence(data, 2)
    if len(items) != 2:
        raise Damage("DER sequence is too long")
    return items[0], items[1]


def oid(item: Der) -> str:
    """Read an object identifier as dotted numbers."""
    if item.tag != 6 or not 1 <= len(item.content) <= 64 or item.content[-1] & 128:
        raise Damage("not an object identifier")
    numbers, value = [], 0
    for byte in item.content:
        value = value << 7 | byte & 127
        if not byte & 128:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(str(n) for n in (first, numbers[0] - 40 * first, *numbers[1:]))


def integer(item: Der, tag: int = 2) -> int:
    """Read an integer."""
    if item.tag != tag or not 1 <= len(item.content) <= 4096:
        raise Damage("not an integer")
    return int.from_bytes(item.content, "big", signed=True)


def algorithm(item: Der) -> tuple[str, bytes]:
    """Read an AlgorithmIdentifier: its name in numbers and its parameters."""
    parts = sequence(item.raw)
    return oid(parts[0]), parts[1].raw if len(parts) > 1 else b""


def hash_name(item: Der) -> str:
    """Read which hash an AlgorithmIdentifier names."""
    number = algorithm(item)[0]
    if number not in HASHES:
        raise Unsupported(f"hash {number}")
    return HASHES[number]


def asn1_time(item: Der) -> int:
    """Read UTCTime or GeneralizedTime [ms since 1970]."""
    text = item.content.decode("ascii", "replace")
    if item.tag == 0x17 and re.fullmatch(r"\d{12}Z", text, re.ASCII):
        text = ("20" if text < "50" else "19") + text  # RFC 5280, section 4.1.2.5.1
    elif item.tag != 0x18 or not re.fullmatch(r"\d{14}(\.\d{1,9})?Z", text, re.ASCII):
        raise Damage("not a time in UTC")
    try:
        when = datetime.datetime.strptime(text[:14] + "+0000", "%Y%m%d%H%M%S%z")
    except ValueError as error:
        raise Damage("not a time in UTC") from error
    return int(when.timestamp()) * 1000 + int((text[15:-1] + "000")[:3])


def check_signature(scheme: Der, hashed: str, spki: bytes, message: bytes, raw: bytes) -> None:
    """Check a signature in X.509 or CMS by the key of a SubjectPublicKeyInfo."""
    number, parameters = algorithm(scheme)
    kind, name = SIGNATURES.get(number, ("", ""))
    key_kind, curve_oid = algorithm(sequence(spki, 2)[0])
    bits = sequence(spki, 2)[1]
    if bits.tag != 3 or bits.content[:1] != b"\0":
        raise Damage("not a public key")
    public, name = bits.content[1:], name or hashed
    if not kind:
        raise Unsupported(f"signature algorithm {number}")
    if name == "sha1":
        raise Unsupported("SHA-1 in a signature is weak and does not count")
    if kind in ("rsa", "pss") and key_kind == "1.2.840.113549.1.1.1":
        n, e = (integer(item) for item in pair(public))
        if kind == "rsa":
            return rsa_check(n, e, name, message, raw)
        name, salt = _pss_parameters(parameters)
        return pss_check(n, e, name, salt, message, raw)
    if kind == "ec" and key_kind == "1.2.840.10045.2.1":
        curve = CURVES.get(oid(der(curve_oid, 6)) if curve_oid[:1] == b"\6" else "")
        if curve is None:
            raise Unsupported("a curve that is none of P-256, P-384, P-521")
        r, s = (integer(item) for item in pair(raw))
        if not ecdsa_valid(curve, public, hashlib.new(name, message).digest(), r, s):
            raise Damage("signature is wrong")
        return None
    if kind == "ed25519" and key_kind == number:
        if not ed25519_valid(public, message, raw):
            raise Damage("signature is wrong")
        return None
    raise Unsupported(f"signature algorithm {number} with a key {key_kind}")


def _pss_parameters(data: bytes) -> tuple[str, int]:
    fields = {item.tag: item.content for item in sequence(data, 0)}
    if 0xA0 not in fields or 0xA1 not in fields:
        raise Unsupported("SHA-1 in a signature is weak and does not count")
    name, mask = hash_name(der(fields[0xA0])), sequence(fields[0xA1], 2)
    if name == "sha1" or oid(mask[0]) != "1.2.840.113549.1.1.8" or hash_name(mask[1]) != name:
        raise Unsupported("RSA-PSS with SHA-1 or with two hashes")
    return name, integer(der(fields[0xA2], 2)) if 0xA2 in fields else 20


# --- Certificates (RFC 5280) ------------------------------------------------------------------


class Certificate(NamedTuple):
    """What a chain needs of a certificate; times in ms since 1970."""

    raw: bytes
    signed: bytes
    scheme: Der
    signature: bytes
    serial: int
    issuer: bytes
    subject: bytes
    begins: int
    ends: int
    spki: bytes
    extensions: dict[str, tuple[bool, bytes]]

    @property
    def name(self) -> str:
        """Common name, or organisation, of the subject."""
        names = {}
        for group in sequence(self.subject, 0):
            for pair in der_items(group.content):
                kind, value = sequence(pair.raw, 2)[:2]
                names[oid(kind)] = value.content.decode("utf-8", "replace")
        return names.get("2.5.4.3") or names.get("2.5.4.10") or "a certificate without a name"


KNOWN_EXTENSIONS = ("2.5.29.19", "2.5.29.15", "2.5.29.37", "2.5.29.32", "2.5.29.14", "2.5.29.35")


def read_certificate(data: bytes) -> Certificate:
    """Read one certificate; its signature is not checked yet."""
    whole = sequence(data, 3)
    parts = sequence(whole[0].raw, 6)
    if parts[0].tag == 0xA0:
        parts.pop(0)
    if len(parts) < 6 or whole[2].tag != 3 or whole[2].content[:1] != b"\0":
        raise Damage("not a certificate")
    if parts[1].raw != whole[1].raw:
        raise Damage("certificate names two signature algorithms")
    times = [asn1_time(item) for item in sequence(parts[3].raw, 2)]
    extensions: dict[str, tuple[bool, bytes]] = {}
    for item in parts[6:]:
        for extension in sequence(item.content) if item.tag == 0xA3 else ():
            fields = sequence(extension.raw, 2)
            if oid(fields[0]) in extensions:
                raise Damage("certificate has an extension twice")
            critical = len(fields) > 2 and fields[1].content == b"\xff"
            extensions[oid(fields[0])] = critical, fields[-1].content
    return Certificate(
        data,
        whole[0].raw,
        whole[1],
        whole[2].content[1:],
        integer(parts[0]),
        parts[2].raw,
        parts[4].raw,
        times[0],
        times[1],
        parts[5].raw,
        extensions,
    )


def read_pem(data: bytes) -> list[Certificate]:
    """Read every certificate of a PEM file, or the one of a DER file."""
    if data[:1] == b"\x30":
        return [read_certificate(data)]
    found = re.findall(rb"-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----", data)
    try:
        return [
            read_certificate(base64.b64decode(b"".join(one.split()), validate=True))
            for one in found
        ]
    except (ValueError, binascii.Error) as error:
        raise Damage("damaged base64 in a certificate") from error


def _bits(content: bytes) -> int:
    """Return the first eight named bits of a BIT STRING, the first one highest."""
    item = der(content, 3)
    return item.content[1] if len(item.content) > 1 else 0


def _purposes(certificate: Certificate) -> list[str] | None:
    found = certificate.extensions.get("2.5.29.37")
    return None if found is None else [oid(item) for item in sequence(found[1])]


def _unknown(certificate: Certificate) -> str:
    """Return a critical extension that is not read here, or nothing."""
    critical = (number for number, (must, _) in certificate.extensions.items() if must)
    return next((number for number in critical if number not in KNOWN_EXTENSIONS), "")


TIME_STAMPING, ANY_PURPOSE = "1.3.6.1.5.5.7.3.8", "2.5.29.37.0"


def check_signer(certificate: Certificate, at: int) -> None:
    """Check that a certificate is made for signing time stamps, and was valid at a time [ms]."""
    extended = certificate.extensions.get("2.5.29.37", (False, b""))
    if _purposes(certificate) != [TIME_STAMPING] or not extended[0]:
        raise Damage("signer's certificate is not for time stamping alone (RFC 3161, section 2.3)")
    usage = certificate.extensions.get("2.5.29.15")
    if usage and not _bits(usage[1]) & 0xC0:
        raise Damage("signer's certificate is not for signing")
    unknown = _unknown(certificate)  # RFC 5280, section 4.2: such a certificate must be refused
    if unknown:
        raise Damage(f"signer's certificate has a critical extension {unknown} that is not read")
    if not certificate.begins <= at <= certificate.ends:
        raise Damage("signer's certificate was not valid at the time of the token")


def _issue_fault(issuer: Certificate, below: int, at: int) -> str:
    """Say why a certificate cannot have issued others with so many CAs below it, or nothing."""
    fields = issuer.extensions.get("2.5.29.19")
    basic = sequence(fields[1], 0) if fields else []
    if not basic or basic[0].tag != 1 or basic[0].content != b"\xff":
        return "is not of a certification authority"
    if len(basic) > 1 and below > integer(basic[1]):
        return "allows no chain of this length"
    usage = issuer.extensions.get("2.5.29.15")
    if usage and not _bits(usage[1]) & 4:
        return "is not for signing certificates"
    purposes = _purposes(issuer)
    if purposes is not None and not {TIME_STAMPING, ANY_PURPOSE} & set(purposes):
        return "is not for time stamping"
    unknown = _unknown(issuer)
    if unknown:
        return f"has a critical extension {unknown} that is not read here"
    return "" if issuer.begins <= at <= issuer.ends else "was not valid at the time of the token"


def chain_fault(
    leaf: Certificate,
    pool: Sequence[Certificate],
    roots: Sequence[Certificate],
    at: int,
    ends: list[bytes] | None = None,
) -> str:
    """Say why no chain leads to one of the roots at a time [ms]; nothing where one does.

    The root that was found is added to ``ends``.
    """
    trusted = {root.raw for root in roots}
    faults = ["its certificates lead to no root that is trusted"]
    budget = [64]  # signature checks: names can be made to cross

    def climb(certificate: Certificate, below: int, seen: frozenset[bytes]) -> bool:
        if certificate.raw in trusted:
            if ends is not None:
                ends.append(certificate.raw)
            return True
        for issuer in (*roots, *pool):
            if issuer.subject != certificate.issuer or issuer.raw in seen or below > 8:
                continue
            budget[0] -= 1
            if budget[0] < 0:
                return False
            fault = _issue_fault(issuer, below, at)
            try:
                if not fault:
                    check_signature(
                        certificate.scheme,
                        "",
                        issuer.spki,
                        certificate.signed,
                        certificate.signature,
                    )
            except (Damage, Unsupported) as error:
                fault = f"did not sign the one below it ({error})"
            if fault:
                faults.append(f"the certificate of {issuer.name} {fault}")
            elif climb(issuer, below + (issuer.subject != issuer.issuer), seen | {issuer.raw}):
                return True
        return False

    return "" if climb(leaf, 0, frozenset((leaf.raw,))) else faults[-1]


# --- Time stamps: RFC 3161 --------------------------------------------------------------------


class Token(NamedTuple):
    """What a time stamp says, its signature checked; time and accuracy in ms since 1970."""

    time: int
    accuracy: int
    imprint: tuple[str, bytes]
    nonce: int | None
    policy: str
    signer: Certificate
    certificates: list[Certificate]
    remarks: list[str]


def _imprint(item: Der) -> tuple[str, bytes]:
    parts = sequence(item.raw, 2)
    return hash_name(parts[0]), parts[1].content


def read_request(data: bytes) -> tuple[tuple[str, bytes], int | None, str]:
    """Read a TimeStampReq: imprint, nonce, policy."""
    parts = sequence(data, 2)
    rest = parts[2:]
    policy = oid(rest.pop(0)) if rest and rest[0].tag == 6 else ""
    nonce = integer(rest.pop(0)) if rest and rest[0].tag == 2 else None
    return _imprint(parts[1]), nonce, policy


def read_token(data: bytes) -> Token:
    """Read a TimeStampResp and check its signature; the chain of certificates comes after."""
    response = sequence(data)
    status = integer(sequence(response[0].raw)[0])
    if status not in (0, 1) or len(response) < 2:
        raise Damage(f"the authority granted no time stamp (status {status})")
    kind, wrapped = pair(response[1].raw)
    if oid(kind) != "1.2.840.113549.1.7.2" or wrapped.tag != 0xA0:
        raise Damage("not signed data")
    signed = sequence(wrapped.content, 4)
    content = sequence(signed[2].raw, 2)
    if oid(content[0]) != "1.2.840.113549.1.9.16.1.4" or content[1].tag != 0xA0:
        raise Damage("not a time stamp")
    info = der(content[1].content, 4).content
    remarks: list[str] = []
    pool = [item for part in signed[3:-1] if part.tag == 0xA0 for item in der_items(part.content)]
    if [item.raw for item in pool] != sorted(item.raw for item in pool):
        remarks.append("its certificates are not in the order of DER, which strict readers refuse")
    certificates = [read_certificate(item.raw) for item in pool if item.tag == 0x30]
    signers = der_items(signed[-1].content) if signed[-1].tag == 0x31 else []
    if len(signers) != 1:
        raise Damage(f"{len(signers)} signers in place of one")
    signer = _signer(signers[0], info, certificates, remarks)
    return _info(info, signer, certificates, remarks)


def _signer(
    item: Der, info: bytes, certificates: list[Certificate], remarks: list[str]
) -> Certificate:
    """Check the one signature of a token; return the certificate that made it."""
    parts = sequence(item.raw, 6)
    sid, hashed, attributes = parts[1], hash_name(parts[2]), parts[3]
    if attributes.tag != 0xA0 or parts[5].tag != 4:
        raise Damage("signer without signed attributes")
    if hashed == "sha1":
        raise Unsupported("SHA-1 in a signature is weak and does not count")
    values: dict[str, bytes] = {}
    items = der_items(attributes.content)
    for attribute in items:
        name, value = sequence(attribute.raw, 2)[:2]
        if oid(name) in values:
            raise Damage("a signed attribute stands twice")
        values[oid(name)] = value.content
    if values.get("1.2.840.113549.1.9.3", b"") != bytes.fromhex("060b2a864886f70d0109100104"):
        raise Damage("signed attributes are not about a time stamp")
    if values.get("1.2.840.113549.1.9.4", b"")[2:] != hashlib.new(hashed, info).digest():
        raise Damage("digest in the signed attributes is not that of the time stamp")
    certificate = _named_signer(sid, certificates, values)
    message = b"\x31" + attributes.raw[1:]
    if [one.raw for one in items] != sorted(one.raw for one in items):
        remarks.append("its signed attributes are not in the order of DER")
    check_signature(parts[4], hashed, certificate.spki, message, parts[5].content)
    return certificate


def _named_signer(
    sid: Der, certificates: list[Certificate], values: dict[str, bytes]
) -> Certificate:
    """Find the certificate that the signer names; the signed attributes must name it, too."""
    if sid.tag == 0x30:
        issuer, serial = sequence(sid.raw, 2)[:2]
        found = [c for c in certificates if (c.issuer, c.serial) == (issuer.raw, integer(serial))]
    else:
        keys = ((c, c.extensions.get("2.5.29.14", (False, b""))[1]) for c in certificates)
        found = [c for c, key in keys if sid.tag == 0x80 and key[2:] == sid.content]
    if not found:
        raise Damage("the certificate of the signer is not in the token, though it was asked for")
    second = values.get("1.2.840.113549.1.9.16.2.47")
    first = values.get("1.2.840.113549.1.9.16.2.12")
    if second is None and first is None:
        raise Damage("signed attributes do not name the certificate of the signer")
    named = sequence(sequence(sequence(second or first or b"")[0].raw)[0].raw)
    # Of the first version the hash is always SHA-1 (RFC 2634); it only says which one is meant.
    name = "sha256" if second is not None else "sha1"
    if second is not None and named[0].tag == 0x30:
        name = hash_name(named.pop(0))
    for certificate in found:
        if hashlib.new(name, certificate.raw).digest() == named[0].content:
            return certificate
    raise Damage("signed attributes name another certificate than the signer's")


def _info(
    info: bytes, signer: Certificate, certificates: list[Certificate], remarks: list[str]
) -> Token:
    """Read TSTInfo (RFC 3161, section 2.4.2)."""
    parts = sequence(info, 5)
    if parts[4].tag != 0x18:
        raise Damage("time of the time stamp is no GeneralizedTime")
    accuracy, nonce = 0, None
    for item in parts[5:]:
        if item.tag == 0x30:
            units = {2: 1_000_000, 0x80: 1000, 0x81: 1}  # seconds, milli-, microseconds
            for part in der_items(item.content):
                accuracy += units.get(part.tag, 0) * integer(part, part.tag)
        elif item.tag == 2:
            nonce = integer(item)
    if not 0 <= accuracy < 10**12:
        raise Damage("accuracy of the time stamp is beyond all bounds")
    return Token(
        asn1_time(parts[4]),
        -(-accuracy // 1000),
        _imprint(parts[2]),
        nonce,
        oid(parts[1]),
        signer,
        certificates,
        remarks,
    )


# --- Time stamps: OpenTimestamps --------------------------------------------------------------

OTS_MAGIC = b"\0OpenTimestamps\0\0Proof\0\xbf\x89\xe2\xe8\x84\xe8\x92\x94\1"
PENDING, BITCOIN = bytes.fromhex("83dfe30d2ef90c8e"), bytes.fromhex("0588960d73d71901")
MAX_OTS_STEPS, MAX_OTS_MESSAGE, MAX_OTS_DEPTH = 20_000, 4096, 256
# Headers with less work are not taken: they are cheap to make. (OpenTimestamps exists since 2016,
# when Bitcoin's difficulty was above this: from memory, unchecked; tlog/bitcoin.py has the same
# number.) That a header is in the chain that the world follows is for whoever gives it to know.
LEAST_DIFFICULTY = 10**11
HEADER_SLACK = 7_200_000  # ms that a header's time may be off (Bitcoin's rule; unchecked)


class _Bytes:
    """Reads a file of OpenTimestamps, or SSH's notation, from front to back."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, many: int) -> bytes:
        if self.at + many > len(self.data):
            raise Damage("cut off")
        self.at += many
        return self.data[self.at - many : self.at]

    def number(self) -> int:
        """Read a varuint of OpenTimestamps."""
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 127) << shift
            shift += 7
            if not byte & 128:
                return value
            if shift > 56:
                raise Damage("number beyond all bounds")

    def text(self) -> bytes:
        """Read a string of SSH: four bytes of length before it."""
        return self.take(int.from_bytes(self.take(4), "big"))

    def end(self) -> None:
        if self.at != len(self.data):
            raise Damage("bytes too many")


def read_ots(data: bytes) -> tuple[bytes, list[tuple[bytes, bytes, bytes]]]:
    """Read a detached proof: the digest, and (kind, payload, message) of each attestation."""
    read = _Bytes(data)
    if read.take(len(OTS_MAGIC)) != OTS_MAGIC or read.take(1) != b"\x08":
        raise Damage("not an OpenTimestamps proof over a SHA-256")
    digest = read.take(32)
    found: list[tuple[bytes, bytes, bytes]] = []
    waiting: list[tuple[bytes | None, int]] = [(digest, 0)]
    steps = 0
    while waiting:
        message, depth = waiting.pop()
        steps += 1
        if steps > MAX_OTS_STEPS or depth > MAX_OTS_DEPTH:
            raise Damage("proof with steps beyond all bounds")
        tag = read.take(1)[0]
        if tag == 0xFF:
            waiting.append((message, depth))
            tag = read.take(1)[0]
        if tag == 0:
            kind, payload = read.take(8), read.take(_at_most(read.number(), 8192))
            if message is not None:
                found.append((kind, payload, message))
        else:
            waiting.append((_ots_step(read, tag, message), depth + 1))
    read.end()
    return digest, found


def _at_most(many: int, limit: int) -> int:
    if many > limit:
        raise Damage("length beyond all bounds")
    return many


def _ots_step(read: _Bytes, tag: int, message: bytes | None) -> bytes | None:
    """Apply one operation; None where this Python cannot (what follows is then not checked)."""
    operand = read.take(_at_most(read.number(), MAX_OTS_MESSAGE)) if tag in (0xF0, 0xF1) else b""
    if message is None:
        return None
    if tag == 0xF0:
        result = message + operand
    elif tag == 0xF1:
        result = operand + message
    elif tag in (0x02, 0x03, 0x08):
        name = {0x02: "sha1", 0x03: "ripemd160", 0x08: "sha256"}[tag]
        try:
            result = hashlib.new(name, message).digest()
        except ValueError:
            return None
    elif tag in (0xF2, 0xF3, 0x67):
        return None  # reverse, hexlify, keccak256: no calendar that we know of uses them
    else:
        raise Damage(f"operation {tag:#x} is not known")
    if len(result) > MAX_OTS_MESSAGE:
        raise Damage("message beyond all bounds")
    return result


def read_headers(text: str) -> dict[bytes, int]:
    """Read lines of block headers (160 hex digits); Merkle root and time [ms] of each."""
    found: dict[bytes, int] = {}
    for line in text.split():
        if not re.fullmatch("[0-9a-fA-F]{160}", line):
            raise Damage("a block header is 160 hex digits on a line of its own")
        header = bytes.fromhex(line)
        bits = int.from_bytes(header[72:76], "little")
        shift, mantissa = bits >> 24, bits & 0x7FFFFF
        target = mantissa << 8 * (shift - 3) if shift > 2 else 0
        work = hashlib.sha256(hashlib.sha256(header).digest()).digest()
        if int.from_bytes(work, "little") > target or bits & 0x800000:
            raise Damage("a block header lacks the proof of work that it states")
        if target * LEAST_DIFFICULTY > 0xFFFF << 208:
            raise Damage(f"a block header has a difficulty below {LEAST_DIFFICULTY}")
        found[header[36:68]] = 1000 * int.from_bytes(header[68:72], "little")
    return found


# --- Signatures by OpenSSH keys (PROTOCOL.sshsig) -----------------------------------------------


def read_sshsig(data: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Read an armoured SSH signature: key, namespace, hash and raw signature."""
    match = re.fullmatch(
        rb"\s*-----BEGIN SSH SIGNATURE-----([A-Za-z0-9+/=\s]+)-----END SSH SIGNATURE-----\s*", data
    )
    if not match:
        raise Damage("not an armoured SSH signature")
    read = _Bytes(_base64(b"".join(match[1].split()).decode()))
    if read.take(6) != b"SSHSIG" or read.take(4) != b"\0\0\0\1":
        raise Damage("not an SSH signature of version 1")
    key, namespace, _, hashed, raw = (read.text() for _ in range(5))
    read.end()
    return key, namespace, hashed, raw


def _mpint(data: bytes) -> int:
    return int.from_bytes(data, "big", signed=True)


def ssh_check(key: bytes, data: bytes, signature: bytes) -> None:
    """Check a signature in SSH's notation over data by a key in SSH's notation."""
    fields, read = _Bytes(key), _Bytes(signature)
    kind, scheme = fields.text().decode("ascii", "replace"), read.text().decode("ascii", "replace")
    raw = read.text()
    bare = kind[3 : -len("@openssh.com")] if kind.startswith("sk-") else kind
    if bare == "ssh-ed25519":
        public = fields.text()
    elif bare == "ssh-rsa":
        e, n = _mpint(fields.text()), _mpint(fields.text())
    elif bare[:11] == "ecdsa-sha2-" and bare[11:] in ("nistp256", "nistp384", "nistp521"):
        fields.text()
        public = fields.text()
    else:
        raise Unsupported(f"SSH key of the kind {kind}")
    if kind.startswith("sk-"):  # PROTOCOL.u2f: the token signs the application and a counter
        rest = read.take(5)
        if not rest[0] & 1:
            raise Damage("signature is wrong: nobody touched the token")
        application = hashlib.sha256(fields.text()).digest()
        data = application + rest + hashlib.sha256(data).digest()
    fields.end()
    read.end()
    if bare == "ssh-rsa":
        if scheme not in ("rsa-sha2-256", "rsa-sha2-512"):
            raise Unsupported("SHA-1 in a signature is weak and does not count")
        width = (n.bit_length() + 7) // 8  # shorter where it begins with zeros
        return rsa_check(n, e, "sha" + scheme[9:], data, raw.rjust(width, b"\0"))
    if scheme != kind:
        raise Damage("signature is of another kind than its key")
    if bare == "ssh-ed25519":
        valid = ed25519_valid(public, data, raw)
    else:
        curve = next(curve for curve in CURVES.values() if curve.name == bare[11:])
        name = {"nistp256": "sha256", "nistp384": "sha384", "nistp521": "sha512"}[curve.name]
        pair = _Bytes(raw)
        r, s = _mpint(pair.text()), _mpint(pair.text())
        pair.end()
        valid = ecdsa_valid(curve, public, hashlib.new(name, data).digest(), r, s)
    if not valid:
        raise Damage("signature is wrong")
    return None


def sshsig_check(armoured: bytes, namespace: str, digest: Callable[[str], bytes]) -> bytes:
    """Check an SSH signature over a file whose digest by a named hash is given; return the key."""
    key, given, hashed, raw = read_sshsig(armoured)
    if given != namespace.encode():
        raise Damage(f"signature was made for {given[:60]!r} and not for {namespace}")
    if hashed not in (b"sha256", b"sha512"):
        raise Unsupported("SSH signature with an unknown hash")
    packed = [given, b"", hashed, digest(hashed.decode())]
    data = b"SSHSIG" + b"".join(len(part).to_bytes(4, "big") + part for part in packed)
    ssh_check(key, data, raw)
    return key


def fingerprint(key: bytes) -> str:
    """How ``ssh-keygen -l`` shows a key."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


# --- Whom the verifier trusts -----------------------------------------------------------------

SSH_KINDS = ("ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-")


def witness_vkey(text: str) -> Key:
    """Read the key of a witness: a vkey of type 0x04 (C2SP tlog-cosignature)."""
    name, _, rest = text.partition("+")
    hex_id, _, encoded = rest.partition("+")
    data = _base64(encoded)
    if not name or re.search(r"\s", name) or len(data) != 33 or data[0] != 4:
        raise Damage("not the key of a witness (a vkey of type 0x04)")
    if hashlib.sha256(name.encode() + b"\n" + data).hexdigest()[:8] != hex_id:
        raise Damage("key id of a witness is wrong")
    return Key(name, bytes.fromhex(hex_id), data[1:])


def _ssh_options(text: str) -> None:
    """Refuse what narrows a key in a way that is not read here (ssh-keygen, ALLOWED SIGNERS)."""
    for option in re.findall(r'(?:[^,"]|"[^"]*")+', text):
        name, _, value = option.strip().partition("=")
        if name.lower() != "namespaces":
            raise Damage(f"option {name[:40]} of an SSH key is not read here: give the key alone")
        patterns = value.strip('"').split(",")
        for wanted in ("firsthand-checkpoint", "firsthand-export"):
            if not any(fnmatch.fnmatchcase(wanted, pattern) for pattern in patterns):
                raise Damage(f"an SSH key is not for the namespace {wanted}: {value[:60]}")


def ssh_key(line: str) -> tuple[bytes, str] | None:
    """Find an OpenSSH public key in a line; the key, and who it is said to be."""
    parts = line.split()
    for at, part in enumerate(parts[:-1]):
        if part.startswith(SSH_KINDS):
            _ssh_options(" ".join(parts[1:at]))
            blob = _base64(parts[at + 1])
            if _Bytes(blob).text().decode("ascii", "replace") != part:
                raise Damage("the kind of an SSH key differs inside")
            return blob, parts[0] if at else " ".join(parts[at + 2 :]) or fingerprint(blob)
    return None


class Trust:
    """Roots of authorities, witnesses and persons that somebody relies on."""

    def __init__(self) -> None:
        self.roots: list[Certificate] = []
        self.witnesses: list[Key] = []
        self.persons: dict[bytes, str] = {}

    def read(self, data: bytes) -> None:
        """Take over certificates (PEM or DER), and lines with vkeys and OpenSSH keys."""
        self.roots += read_pem(data)
        if data[:1] == b"\x30":
            return
        rest = re.sub(rb"-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----", b"", data)
        lines = rest.decode("utf-8", "replace").splitlines()
        for line in (line.strip() for line in lines):
            if not line or line.startswith("#"):
                continue
            person = ssh_key(line)
            if person:
                self.persons[person[0]] = person[1]
            elif line.count("+") >= 2 and " " not in line:
                self.witnesses.append(witness_vkey(line))
            elif self.roots and not self.witnesses and "=" in line:
                continue  # text that openssl writes before a certificate
            else:
                raise Damage(f"neither certificate, witness key nor SSH key: {line[:60]!r}")


# --- The tree (RFC 6962, C2SP tlog-tiles) -----------------------------------------------------


def leaf_hash(data: bytes) -> bytes:
    """Hash of one leaf."""
    return hashlib.sha256(b"\0" + data).digest()


def _fold(hashes: bytes) -> bytes:
    """Root over a power of two of hashes."""
    while len(hashes) > 32:
        pairs = range(0, len(hashes), 64)
        hashes = b"".join(hashlib.sha256(b"\1" + hashes[i : i + 64]).digest() for i in pairs)
    return hashes


def tree_root(levels: Sequence[bytes | bytearray], size: int) -> bytes:
    """Root over the first leaves; ``levels[k]`` holds the roots of all full trees of 256**k."""
    roots, start = [], 0
    for bit in range(size.bit_length() - 1, -1, -1):
        if size >> bit & 1:
            level = min(bit // 8, len(levels) - 1)
            first, many = start >> 8 * level, 1 << bit - 8 * level
            roots.append(_fold(bytes(levels[level][32 * first : 32 * (first + many)])))
            start += 1 << bit
    root = roots.pop() if roots else hashlib.sha256().digest()
    while roots:
        root = hashlib.sha256(b"\1" + roots.pop() + root).digest()
    return root


def tile_name(index: int, width: int) -> str:
    """Path of a tile within its level: ``x001/x234/067`` or, not full, ``067.p/5``."""
    parts = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        parts.append(f"x{index % 1000:03d}")
    return "/".join(reversed(parts)) + (f".p/{width}" if width < 256 else "")


def tiles(count: int) -> Iterator[tuple[int, int]]:
    """Index and width of each tile of a level with so many hashes."""
    for index in range(count >> 8):
        yield index, 256
    if count & 255:
        yield count >> 8, count & 255


def tile_files(size: int) -> Iterator[str]:
    """Path of every hash tile and entry bundle of a tree."""
    for index, width in tiles(size):
        yield "log/tile/entries/" + tile_name(index, width)
    level = 0
    while size >> 8 * level:
        for index, width in tiles(size >> 8 * level):
            yield f"log/tile/{level}/" + tile_name(index, width)
        level += 1


# --- Where the bytes are: a folder or a zip ---------------------------------------------------


class Folder:
    """Files under a folder; symbolic links are never followed below it."""

    is_zip = False

    def __init__(self, root: str) -> None:
        self.root = root
        self._plain: set[str] = set()

    def _check_parents(self, path: str) -> None:
        parent = path.rpartition("/")[0]
        if parent and parent not in self._plain:
            self._check_parents(parent)
            if not stat.S_ISDIR(os.lstat(os.path.join(self.root, parent)).st_mode):
                raise Damage("lies behind something that is not a folder")
            self._plain.add(parent)

    def open(self, path: str) -> BinaryIO:
        """Open a regular file for reading."""
        self._check_parents(path)
        full = os.path.join(self.root, path)
        if not stat.S_ISREG(os.lstat(full).st_mode):
            raise Damage("not a regular file")
        flags = os.O_RDONLY
        for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):
            flags |= getattr(os, name, 0)
        return open(os.open(full, flags), "rb")

    def top(self, base: str = "") -> list[tuple[str, bool]]:
        """Names in a folder (``base`` ends with a slash); whether each is a folder."""
        self._check_parents(base)
        with os.scandir(os.path.join(self.root, base)) as entries:
            return sorted((e.name, e.is_dir(follow_symlinks=False)) for e in entries)

    def walk(self, path: str) -> Iterator[tuple[str, str]]:
        """Each file at or below a path, and what is wrong with it (or nothing)."""
        full = os.path.join(self.root, path)
        try:
            mode = os.lstat(full).st_mode
            names = sorted(os.listdir(full)) if stat.S_ISDIR(mode) else []
        except FileNotFoundError:
            return
        except OSError as error:
            yield path, f"cannot be read: {error.strerror}"
            return
        if stat.S_ISDIR(mode):
            for name in names:
                yield from self.walk(f"{path}/{name}")
        elif stat.S_ISLNK(mode):
            yield path, "symbolic link"
        else:
            yield path, "" if stat.S_ISREG(mode) else "not a regular file"


class Member(NamedTuple):
    """What a zip says of one file in it."""

    name: str
    method: int
    crc: int
    packed: int
    size: int
    offset: int


def zip_headers(member: Member) -> tuple[bytes, bytes]:
    """Local and central header as the exporter writes them, to be compared byte for byte."""
    raw = member.name.encode("utf-8")
    packed, size, offset, flags = member.packed, member.size, member.offset, 0x800
    if member.name.isascii():
        flags = 0
    large, wide = size * 1.05 > ZIP64_LIMIT, b""
    local_sizes, local_extra = (packed, size), b""
    if large:
        local_sizes = (0xFFFFFFFF, 0xFFFFFFFF)
        local_extra = struct.pack("<HHQQ", 1, 16, size, packed)
    if size > ZIP64_LIMIT or packed > ZIP64_LIMIT:
        wide, packed, size = struct.pack("<QQ", size, packed), 0xFFFFFFFF, 0xFFFFFFFF
    if offset > ZIP64_LIMIT:
        wide, offset = wide + struct.pack("<Q", offset), 0xFFFFFFFF
    extra = struct.pack("<HH", 1, len(wide)) + wide if wide else b""
    common = (flags, member.method, 0, 0x21, member.crc)  # 0x21 is 1 January 1980
    local = struct.pack(
        "<4s5H3L2H",
        b"PK\3\4",
        45 if large else 20,
        *common,
        *local_sizes,
        len(raw),
        len(local_extra),
    )
    version = 45 if large or wide else 20
    central = struct.pack(
        "<4s2B5H3L5H2L",
        b"PK\1\2",
        version,
        3,
        version,
        *common,
        packed,
        size,
        len(raw),
        len(extra),
        0,
        0,
        0,
        0o644 << 16,
        offset,
    )
    return local + raw + local_extra, central + raw + extra


def zip_end(count: int, size: int, offset: int) -> bytes:
    """End records for so many members and a central directory of that size and place."""
    wide = b""
    if count > 0xFFFF or offset > ZIP64_LIMIT or size > ZIP64_LIMIT:
        wide = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, offset)
        wide += struct.pack("<4sLQL", b"PK\6\7", 0, offset + size, 1)
        count, size, offset = min(count, 0xFFFF), min(size, 0xFFFFFFFF), min(offset, 0xFFFFFFFF)
    return wide + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, size, offset, 0)


class _MemberReader(io.RawIOBase):
    """The bytes of one member; CRC, size and end of the compressed data are checked at the end."""

    def __init__(self, file: BinaryIO, member: Member, start: int) -> None:
        self._file, self._member, self._at, self._left = file, member, start, member.packed
        self._inflate = zlib.decompressobj(-15) if member.method else None
        self._crc = self._given = 0

    def readable(self) -> bool:
        return True

    def _raw(self, many: int) -> bytes:
        self._file.seek(self._at)
        data = self._file.read(min(many, self._left))
        self._at, self._left = self._at + len(data), self._left - len(data)
        return data

    def _inflated(self, many: int) -> bytes:
        inflate, data = self._inflate, b""
        while inflate is not None and not inflate.eof and not data:
            source = inflate.unconsumed_tail or self._raw(1 << 16)
            try:
                data = inflate.decompress(source, many)
            except zlib.error as error:
                raise Damage("compressed data is damaged") from error
            if not source and not data and not inflate.eof:
                raise Damage("compressed data is cut off")
        if inflate is not None and inflate.eof and (inflate.unused_data or self._left):
            raise Damage("bytes after the compressed data")
        return data

    def readinto(self, buffer: Any) -> int:
        many = min(len(buffer), CHUNK)
        data = self._inflated(many) if self._inflate else self._raw(many)
        self._crc, self._given = zlib.crc32(data, self._crc), self._given + len(data)
        done = not data and many > 0
        if self._given > self._member.size or (done and self._given != self._member.size):
            raise Damage("size differs from what the zip says")
        if done and self._crc != self._member.crc:
            raise Damage("CRC-32 differs from what the zip says")
        buffer[: len(data)] = data
        return len(data)


class Zip:
    """An export zip, read without extracting; its layout must be the exporter's, byte by byte."""

    is_zip = True

    def __init__(self, file: BinaryIO, report: Callable[[str, str], None]) -> None:
        self._file, self._report = file, report
        self._members: dict[str, tuple[Member, int]] = {}
        top: set[str] = set()
        position = 0
        for member in self._directory():
            position = self._check_member(member, position)
            head, _, name = member.name.partition("/")
            top.add(head)
            if name in self._members:
                report("two members of the zip have this name", name)
            self._members[name] = member, position - member.packed
        if position != self._start:
            report("bytes between the last member and the directory of the zip", "")
        if len(top) != 1 or "" in self._members:
            report("members of the zip do not lie under one top folder", "")

    def _directory(self) -> Iterator[Member]:
        self._file.seek(0, os.SEEK_END)
        length = self._file.tell()
        self._file.seek(max(0, length - 98))
        tail = self._file.read(98)
        if len(tail) < 22:
            raise Damage("zip is cut off")
        count, size, self._start = struct.unpack("<H2L", tail[-12:-2])
        if tail[-42:-38] == b"PK\6\7" and len(tail) == 98:
            count, size, self._start = struct.unpack("<3Q", tail[-66:-42])
        end = zip_end(count, size, self._start) if max(count, size, self._start) < 1 << 62 else b""
        if not end or self._start + size + len(end) != length or tail[-len(end) :] != end:
            raise Damage("end of the zip is damaged, or bytes were added or cut off")
        if size > MAX_DIRECTORY:
            raise Damage("directory of the zip is larger than this check reads")
        self._file.seek(self._start)
        data, at = self._file.read(size), 0
        for _ in range(count):
            member = self._central(data[at : at + 46 + 3 * 0xFFFF])
            header = zip_headers(member)[1]
            if data[at : at + len(header)] != header:
                self._report("zip directory differs from the exporter's layout", member.name)
                header = data[at : at + 46 + sum(struct.unpack("<3H", data[at + 28 : at + 34]))]
            at += len(header)
            yield member
        if at != len(data):
            raise Damage("directory of the zip has bytes too many or too few")

    @staticmethod
    def _central(data: bytes) -> Member:
        if len(data) < 46 or data[:4] != b"PK\1\2":
            raise Damage("directory of the zip is damaged")
        method, crc, packed, size, name_length, extra_length = struct.unpack(
            "<H4xLLLHH", data[10:32]
        )
        (offset,) = struct.unpack("<L", data[42:46])
        extra = data[46 + name_length : 46 + name_length + extra_length]
        many = max(0, len(extra) - 4) // 8
        wide = list(struct.unpack(f"<{many}Q", extra[4 : 4 + 8 * many]))
        if 0xFFFFFFFF in (packed, size) and len(wide) > 1:
            size, packed = wide.pop(0), wide.pop(0)
        if offset == 0xFFFFFFFF and wide:
            offset = wide.pop(0)
        try:
            name = data[46 : 46 + name_length].decode("utf-8")
        except UnicodeDecodeError as error:
            raise Damage("a name in the zip is not UTF-8") from error
        if packed > size + size // 100 + 1000:  # no deflate stream grows more
            raise Damage(f"sizes of zip member {name[:200]!r} cannot be true")
        return Member(name, method, crc, packed, size, offset)

    def _check_member(self, member: Member, position: int) -> int:
        """Compare the local header; return where the data of the member ends."""
        parts = member.name.split("/")
        if len(parts) < 2 or {"", ".", ".."} & set(parts) or re.search(r"[\\:\0]", member.name):
            raise Damage(f"unsafe name in the zip: {member.name[:200]!r}")
        if member.method not in (0, 8) or (member.method == 0 and member.packed != member.size):
            raise Damage(f"zip member {member.name[:200]!r} is neither stored nor deflated")
        if member.size > MAX_RATIO * max(member.packed, CHUNK // MAX_RATIO):
            raise Damage(f"zip member {member.name[:200]!r} expands more than {MAX_RATIO} times")
        header = zip_headers(member)[0]
        self._file.seek(position)
        if member.offset != position:
            self._report("bytes before this member of the zip, or members overlap", member.name)
        elif self._file.read(len(header)) != header:
            self._report("zip header differs from the exporter's layout", member.name)
        return member.offset + len(header) + member.packed

    def open(self, path: str) -> BinaryIO:
        """Open one member for reading."""
        if path not in self._members:
            raise FileNotFoundError(path)
        reader: Any = io.BufferedReader(_MemberReader(self._file, *self._members[path]), CHUNK)
        return reader  # type: ignore[no-any-return]

    def top(self, base: str = "") -> list[tuple[str, bool]]:
        """Names in a folder (``base`` ends with a slash); whether each is a folder."""
        inside = (path[len(base) :] for path in self._members if path.startswith(base))
        split = (path.partition("/") for path in inside)
        return sorted({(head, bool(slash)) for head, slash, _ in split})

    def walk(self, path: str) -> Iterator[tuple[str, str]]:
        """Each file at or below a path."""
        for name in sorted(self._members):
            if name == path or name.startswith(path + "/"):
                yield name, ""


class Within:
    """The files of a source below one of its folders; ``base`` ends with a slash, or is empty."""

    def __init__(self, source: Source, base: str) -> None:
        self.source, self.base, self.is_zip = source, base, source.is_zip

    def open(self, path: str) -> BinaryIO:
        """Open a regular file for reading."""
        return self.source.open(self.base + path)

    def top(self) -> list[tuple[str, bool]]:
        """Names at the top; whether each is a folder."""
        try:
            return self.source.top(self.base)
        except (FileNotFoundError, NotADirectoryError, Damage):
            return []  # data/ is gone or no folder: each file that must lie there says so

    def walk(self, path: str) -> Iterator[tuple[str, str]]:
        """Each file at or below a path, and what is wrong with it (or nothing)."""
        for name, wrong in self.source.walk(self.base + path):
            yield name[len(self.base) :], wrong


Source = Union[Folder, Zip]  # noqa: UP007


# --- What was found ---------------------------------------------------------------------------


def _shown(text: str) -> str:
    """Text that cannot steer a terminal or hide from a reader."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:1000])


class Findings:
    """Problems and what was not checked, in the order in which they were met."""

    def __init__(self) -> None:
        self.problems: list[dict[str, Any]] = []
        self.not_checked: list[dict[str, str]] = []
        self.failed = self.incomplete = False
        self.base = ""  # the folder that paths are relative to, with a slash
        self._more = [0, 0]

    def problem(self, what: str, where: str, entry: int | None = None, failed: bool = True) -> None:
        """Note what is wrong; ``failed=False`` where it only could not be checked."""
        self.failed, self.incomplete = self.failed or failed, self.incomplete or not failed
        if len(self.problems) >= MAX_LISTED:
            self._more[0] += 1
            return
        found: dict[str, Any] = {"what": _shown(what), "where": _shown(self.base + where)}
        self.problems.append(found if entry is None else {**found, "entry": entry})

    def unchecked(self, what: str, why: str) -> None:
        """Note what was not checked."""
        if len(self.not_checked) >= MAX_LISTED:
            self._more[1] += 1
            return
        self.not_checked.append({"what": _shown(what), "why": _shown(why)})

    def close(self) -> None:
        """Say how many were left out of the lists."""
        for more, left_out in zip(self._more, (self.problems, self.not_checked)):  # noqa: B905
            if more:
                text = {"what": f"{more} more, not listed", "where": "", "why": "too many"}
                left_out.append({k: v for k, v in text.items() if k in left_out[0]})

    def guard(self, where: str, entry: int | None = None) -> _Guard:
        """Turn errors met inside a ``with`` block into problems."""
        return _Guard(self, where, entry)


class _Guard:
    def __init__(self, findings: Findings, where: str, entry: int | None) -> None:
        self._found, self._where, self._entry = findings, where, entry

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, (FileNotFoundError, NotADirectoryError)):
            self._found.problem("missing", self._where, self._entry)
        elif isinstance(error, Damage):
            self._found.problem(str(error), self._where, self._entry)
        elif isinstance(error, OSError):
            what = f"cannot be read: {error.strerror or type(error).__name__}"
            self._found.problem(what, self._where, self._entry, failed=False)
        else:
            return False
        return True


# --- The check itself -------------------------------------------------------------------------


class Opened(NamedTuple):
    """The fields of one entry: canonical bytes, leaf hashes, values, how many are withheld."""

    parts: list[bytes]
    leaves: bytes
    values: dict[str, Any]
    hidden: int


def open_fields(fields: Any) -> Opened:
    """Read the fields of a line of openings."""
    if not isinstance(fields, list) or not fields:
        raise Damage("fields are not a list")
    parts = [_encode(field) for field in fields]
    leaves, values, before = [], {}, ""
    for field, part in zip(fields, parts):  # noqa: B905
        if isinstance(field, str) and HEX64.fullmatch(field):
            leaves.append(bytes.fromhex(field))
            continue
        if not isinstance(field, list) or len(field) != 3:
            raise Damage("a field is neither [salt, name, value] nor a hash")
        salt, name, value = field
        if not isinstance(salt, str) or not SALT.fullmatch(salt):
            raise Damage("salt of a field is not 32 hex digits")
        if not isinstance(name, str) or not name.isascii() or name <= before:
            raise Damage("fields are not in the order of their names")
        before = name
        values[name] = value
        leaves.append(leaf_hash(part))
    return Opened(parts, b"".join(leaves), values, len(parts) - len(values))


def _is_object(named: Any) -> bool:
    return (
        isinstance(named, dict)
        and sorted(named) == ["sha256", "size"]
        and isinstance(named["sha256"], str)
        and HEX64.fullmatch(named["sha256"]) is not None
        and type(named["size"]) is int
        and named["size"] >= 0
    )


def split_bundle(data: bytes, width: int) -> tuple[list[bytes], str]:
    """Cut an entry bundle; the second value says what is wrong with its form."""
    entries: list[bytes] = []
    at = 0
    for _ in range(width):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if end > len(data) or at + 2 > len(data):
            return entries, "entry bundle ends within an entry"
        entries.append(data[at + 2 : end])
        at = end
    return entries, "" if at == len(data) else "entry bundle has bytes too many"


class Interrupted(NamedTuple):
    """What ``incoming/batch.json`` says of a write that did not end."""

    objects: frozenset[str]
    size: int


class Check:
    """One pass over one case."""

    def __init__(self, source: Source, findings: Findings, bundle: bool) -> None:
        self.bundled = bundle
        self.source, self.found = Within(source, "data/" if bundle else ""), findings
        self.outer = Within(source, "")  # the bundle, or once more the case
        self.counts = dict.fromkeys(
            ("entries", "tiles", "openings", "objects", "object_bytes", "quotes", "files"), 0
        )
        self.info: dict[str, str] = {}
        self.keys: list[tuple[int, Key]] = []  # each with the size after which it counts
        self.endorsed: dict[int, str] = {}  # per size the digest of log/keys/<size>
        self.closed: set[int] = set()  # of these sizes, whose entry is not open
        self.export_keys: list[Key] = []  # as entries give them, without those revoked
        self.export_said = -1  # the newest entry about one
        self.closed_key = -1  # the newest entry of type key whose body is not open
        self.head: Checkpoint | None = None
        self.levels: list[bytearray] = [bytearray()]
        self.sizes: dict[bytes, int] = {}  # per named object its true size, -1 where it is wrong
        self.withheld: frozenset[int] = frozenset()  # declared by a signed manifest
        self.content_absent = False
        self.given_by_others: set[str] = set()  # digests that stamp and signature entries name
        self.acts: list[tuple[int, str, dict[str, Any]]] = []  # of custody, about this log
        self.claims = array("q")  # at_ms of each entry, NO_TIME where it is not open
        self.interrupted: Interrupted | None = None

    def run(self, outside: Outside) -> None:
        """Check everything that lies in the case."""
        self.found.base = self.source.base
        self.case_file()
        self.log_keys()
        self.checkpoint()
        self.read_withheld()
        self.read_interrupted()
        self.log()
        self.objects()
        self.top_level()
        self.stamps()
        self.found.base = ""
        outside.run()
        if self.bundled:
            Bundle(self, outside).run()
        if any(name == "report" for name, _ in self.source.top()):
            self.found.unchecked(
                "whether report/ says what the ledger says",
                "it was derived from the case; make it again with `firsthand report`",
            )

    def read(self, path: str, limit: int) -> bytes:
        """Read a small file as a whole."""
        with self.source.open(path) as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise Damage("larger than it can be")
        return data

    def digest(self, path: str) -> tuple[str, int]:
        """SHA-256 and size of a file."""
        total, size = hashlib.sha256(), 0
        with self.source.open(path) as file:
            while chunk := file.read(CHUNK):
                total.update(chunk)
                size += len(chunk)
        return total.hexdigest(), size

    def files(self, path: str) -> Iterator[str]:
        """Regular files below a path; anything else there is a problem."""
        for name, wrong in self.source.walk(path):
            if wrong:
                self.found.problem(wrong, name, failed=not wrong.startswith("cannot"))
            else:
                yield name

    # case.json, log/checkpoint, top level

    def case_file(self) -> None:
        """Check case.json and take origin and key from it."""
        with self.found.guard("case.json"):
            value = canonical(self.read("case.json", 1 << 16))
            if not isinstance(value, dict) or sorted(value) != ["format", "origin", "vkey"]:
                raise Damage("not an object with format, origin and vkey")
            if not all(isinstance(item, str) for item in value.values()):
                raise Damage("format, origin and vkey must be text")
            if value["format"] != FORMAT:
                raise Damage(f"format is not {FORMAT}")
            self.info = value
            key = parse_vkey(value["vkey"])
            if key.name != value["origin"]:
                raise Damage("the name in the vkey is not the origin")
            self.keys = [(-1, key)]

    def log_keys(self) -> None:
        """Follow the chain of keys of the log; each is endorsed by the one before."""
        found = []
        for path in self.files("log/keys"):
            match = KEY_FILE.fullmatch(path)
            if match:
                found.append((int(match[1]), path))
        for size, path in sorted(found):
            with self.found.guard(path, size):
                self.log_key(size, self.read(path, 1 << 16))

    def log_key(self, size: int, note: bytes) -> None:
        """Check one note that ends a key of the log and begins the next."""
        if not self.keys:
            raise Damage("cannot be checked without the key of case.json")
        origin, old = self.keys[-1][1].name, self.keys[-1][1]
        lines = read_note(note).text.split("\n")
        if len(lines) != 5 or lines[:3] != ["firsthand log key", origin, str(size)]:
            raise Damage("not the endorsement of a key of this log at this size")
        new = parse_vkey(lines[3])
        if new.name != origin or any(new.public == key.public for _, key in self.keys):
            raise Damage("endorses no new key of this log")
        signed_text(note, old, new)
        self.keys.append((size, new))
        self.endorsed[size] = hashlib.sha256(note).hexdigest()

    def key_for(self, size: int) -> Key:
        """Return the key that counts for a log of this size."""
        return next(key for after, key in reversed(self.keys) if after < size)

    def signed_checkpoint(self, note: bytes, alone: bool = True) -> Checkpoint:
        """Read a checkpoint that the key of the log for its size signed."""
        if not self.keys:
            raise Damage("cannot be checked without the key of case.json")
        read = parse_checkpoint(read_note(note).text, self.keys[0][1].name)
        signed_text(note, self.key_for(read.size), alone=alone)
        return read

    def checkpoint(self) -> None:
        """Check the signed tree head."""
        with self.found.guard("log/checkpoint"):
            self.head = self.signed_checkpoint(self.read("log/checkpoint", 1 << 16))
            if self.head.size == 0:
                raise Damage("the log is empty: not even entry 0")

    def top_level(self) -> None:
        """Nothing may lie in the case that the format does not know."""
        for name, is_folder in self.source.top():
            known = name in FOLDERS if is_folder else name == "case.json"
            if self.bundled and not is_folder:
                known = known or name == "withheld.json"
            if name == "report":
                known = known and self.bundled
            if self.source.is_zip:
                known = known and name != "incoming"
            elif not is_folder:
                known = known or name == "lock" or name.startswith("index.db")
            if not known:
                self.found.problem("does not belong in a case", name)

    def stamps(self) -> None:
        """Every file under stamps/ must be an object that a stamp or signature entry names."""
        for path in self.files("stamps"):
            with self.found.guard(path):
                if not re.fullmatch("stamps/(0|[1-9][0-9]*)/[A-Za-z0-9._-]+", path, re.ASCII):
                    raise Damage("not the path of a copy of a stamp")
                if self.digest(path)[0] in self.given_by_others:
                    continue
                if not self.content_absent:
                    raise Damage("copy of something that no stamp or signature entry names")
                self.found.unchecked(f"what {path} is", "no entry that is open here names it")

    def read_interrupted(self) -> None:
        """Learn which left-overs an interrupted write explains."""
        if self.source.is_zip:
            return
        try:
            value = canonical(self.read("incoming/batch.json", 1 << 28))
            named, size = frozenset(value["objects"]), value["size"]
            if isinstance(size, int) and len(value) == 2:
                self.interrupted = Interrupted(named, size)
        except FileNotFoundError:
            pass
        except (Damage, OSError, TypeError, KeyError):
            self.left_over("incoming/batch.json")

    def left_over(self, path: str) -> None:
        """Note a file that an interrupted write left behind."""
        self.found.incomplete = True
        self.found.unchecked(
            f"{path}: left over from an interrupted write",
            "it is not part of the record; the next writer removes it",
        )

    def explained(self, path: str, size: int) -> bool:
        """Tell whether a tile or openings file belongs to a larger tree, or the one before."""
        match = TILE.fullmatch(path)
        if self.interrupted is None or match is None:
            return False
        level, name, width = match.groups()
        shift = 0 if level in (None, "entries") else 8 * int(level)
        index, wide = int(re.sub("[x/]", "", name)), int(width or 256)
        if not 0 < wide <= 256 or tile_name(index, wide) != path.split("/", 3 if level else 1)[-1]:
            return False
        before = self.interrupted.size >> shift
        old = self.interrupted.size < size and (before >> 8, before & 255) == (index, wide)
        return index * 256 + wide > size >> shift or old

    # The log

    def log(self) -> None:
        """Check entries, hash tiles and openings against the checkpoint."""
        present, opened = set(self.files("log")), set(self.files("openings"))
        size = self.head.size if self.head else self.apparent_size(present)
        entries = sum(path.startswith("log/tile/entries/") for path in present)
        if (size >> 8) > 2 * entries + 1000:
            self.found.problem(f"log holds {entries} entry bundles of {size + 255 >> 8}", "log")
            return
        for index, width in tiles(size):
            self.bundle(index, width, opened)
        self.unnamed_keys(size)
        self.upper_tiles(size)
        if self.head and tree_root(self.levels, size) != self.head.root:
            self.found.problem("entries do not have the root hash that is signed", "log/checkpoint")
        expected = {"log/checkpoint", *tile_files(size)}
        for number, _ in self.keys[1:]:
            path = f"log/keys/{number}"
            expected.add(path)
            if number >= size:
                self.left_over(path)
        expected |= {"openings/" + tile_name(index, width) for index, width in tiles(size)}
        for path in sorted((present | opened) - expected):
            if self.explained(path, size):
                self.left_over(path)
            else:
                self.found.problem("file does not belong to a log of this size", path)

    def unnamed_keys(self, size: int) -> None:
        """Each new key of the log must stand in the entry of its size."""
        for number in sorted(self.endorsed):
            if number >= size:
                continue
            if number in self.closed:
                self.found.unchecked(
                    f"why log/keys/{number} is there", "its entry is not open here"
                )
            else:
                self.found.problem("no entry names this key", f"log/keys/{number}", number)

    @staticmethod
    def apparent_size(present: set[str]) -> int:
        """Tree size by the names of the bundles, where the checkpoint cannot say."""
        found = (TILE.fullmatch(path) for path in present if path.startswith("log/tile/entries/"))
        ends = [
            int(re.sub("[x/]", "", match[2])) * 256 + min(int(match[3] or 256), 256)
            for match in found
            if match
        ]
        return max(ends, default=0)

    def tile(self, level: int, index: int, width: int) -> bytes | None:
        """Read one hash tile."""
        path = f"log/tile/{level}/" + tile_name(index, width)
        with self.found.guard(path, (index << 8) << 8 * level):
            data = self.read(path, 8192)
            if len(data) != 32 * width:
                raise Damage(f"hash tile of {len(data)} bytes in place of {32 * width}")
            self.counts["tiles"] += 1
            return data
        return None

    def bundle(self, index: int, width: int, opened: set[str]) -> None:
        """Check one entry bundle with its level-0 tile and its openings."""
        path, first = "log/tile/entries/" + tile_name(index, width), index << 8
        entries: list[bytes] = []
        readable, fault = False, ""
        with self.found.guard(path, first):
            entries, fault = split_bundle(self.read(path, 256 * (2 + 0xFFFF)), width)
            readable = True
        hashes = [leaf_hash(entry) for entry in entries]
        tile = self.tile(0, index, width)
        given = [tile[at : at + 32] for at in range(0, len(tile), 32)] if tile else hashes
        wrong = [at for at in range(len(hashes)) if hashes[at] != given[at]]
        if fault:
            self.found.problem(fault, path, first + (wrong[0] if wrong else len(hashes)))
        for at in wrong if not fault else ():
            self.found.problem("entry differs from its hash in log/tile/0", path, first + at)
        whole = b"".join(hashes)
        if len(hashes) < width:
            whole = tile or bytes(32 * width)
        self.levels[0] += whole
        self.counts["entries"] += len(hashes) - len(wrong)
        heads = [self.entry(data, path, first + at) for at, data in enumerate(entries)]
        heads += [None] * (width - len(heads))
        self.claims.extend([NO_TIME] * (first + width - len(self.claims)))
        self.openings(index, width, heads, opened, readable)

    def entry(self, data: bytes, path: str, index: int) -> tuple[str, str] | None:
        """Read one entry: its root and its type."""
        match = ENTRY.fullmatch(data)
        if not match:
            self.found.problem("not a canonical entry of version 1", path, index)
            return None
        root, kind = match[1].decode(), match[2].decode()
        if (kind == "case") != (index == 0):
            self.found.problem("entry 0, and no other, must have the type case", path, index)
        if kind not in TYPES:
            self.found.unchecked(f"meaning of entry {index}", f"type {kind} is not known here")
        return root, kind

    def upper_tiles(self, size: int) -> None:
        """Check every hash tile above level 0 against the level below it."""
        while size >> 8 * len(self.levels):
            below, level = self.levels[-1], len(self.levels)
            count = size >> 8 * level
            hashes = bytearray()
            for at in range(count):
                hashes += _fold(bytes(below[8192 * at : 8192 * (at + 1)]))
            self.levels.append(hashes)
            for index, width in tiles(count):
                tile = self.tile(level, index, width)
                mine = hashes[8192 * index : 8192 * index + 32 * width]
                if tile is None or tile == mine:
                    continue
                at = next(i for i in range(width) if tile[32 * i :][:32] != mine[32 * i :][:32])
                self.found.problem(
                    "hash tile differs from the level below it",
                    f"log/tile/{level}/" + tile_name(index, width),
                    ((index << 8) + at) << 8 * level,
                )

    # Openings

    def openings(
        self,
        index: int,
        width: int,
        heads: list[tuple[str, str] | None],
        opened: set[str],
        readable: bool,
    ) -> None:
        """Check the opened fields of the entries of one bundle."""
        path, first = "openings/" + tile_name(index, width), index << 8
        seen: set[int] = set()
        if path in opened:
            with self.found.guard(path, first), self.source.open(path) as file:
                last = first - 1
                while line := file.readline(MAX_LINE + 1):
                    last = self.opening(line, path, last, first, heads)
                    seen.add(last)
                if not seen:
                    raise Damage("empty: a bundle without openings has no file")
            if not seen:
                return
        for at, head in enumerate(heads):
            if first + at not in seen and readable:
                self.absent("opening absent", path, first + at, head[1] if head else "unknown")

    def absent(self, what: str, path: str, index: int, kind: str) -> None:
        """Note content that is not there; a problem unless a signed manifest declares it."""
        self.content_absent = True
        if kind == "key":
            self.closed_key = index
            if index in self.endorsed:
                self.closed.add(index)
        if index not in self.withheld:
            self.found.problem(what, path, index, failed=False)
        self.found.unchecked(
            f"content of entry {index} (type {kind}) is withheld or removed",
            "declared in the signed data/withheld.json" if index in self.withheld else what,
        )

    def opening(
        self, line: bytes, path: str, last: int, first: int, heads: list[tuple[str, str] | None]
    ) -> int:
        """Check one line of openings; return the index that it is about."""
        index = last + 1  # a line that cannot be read is taken for the next entry
        try:
            value = _decode(line)
            if not isinstance(value, dict) or sorted(value) != ["f", "i"]:
                raise Damage("line of openings is not an object with f and i")
            fields, given = value["f"], value["i"]
            if type(given) is not int or not last < given < first + len(heads):
                raise Damage(f"line of openings out of order, repeated or misplaced: {given}")
            index = given
            opened = open_fields(fields)
            if b'{"f":[' + b",".join(opened.parts) + b'],"i":%d}\n' % index != line:
                raise Damage("line of openings is not canonical")
            head = heads[index - first]
            if head and tree_root([opened.leaves], len(opened.parts)).hex() != head[0]:
                raise Damage("opened fields do not have the root of the entry")
            self.counts["openings"] += 1
            kind = head[1] if head else "unknown"
            if opened.hidden:
                self.absent("fields withheld", path, index, kind)
            self.content(opened, kind, path, index)
        except Damage as error:
            self.content_absent = True
            self.found.problem(str(error), path, index)
        return index

    def content(self, opened: Opened, kind: str, path: str, index: int) -> None:
        """Check what the opened fields say as far as a machine can."""
        values = opened.values
        lacking = [name for name in ("at_ms", "by", "objects") if name not in values]
        if lacking and not opened.hidden:
            raise Damage(f"entry has no field {', '.join(lacking)}")
        if type(values.get("at_ms", 0)) is not int:
            raise Damage("at_ms is not an integer")
        self.claims[index] = values.get("at_ms", NO_TIME)
        named_objects = values.get("objects", [])
        if not isinstance(named_objects, list):
            raise Damage("objects is not a list")
        for named in named_objects:
            if not _is_object(named):
                raise Damage("objects holds something other than sha256 and size")
            self.named_object(named["sha256"], named["size"], index)
        body = values.get("body")
        if kind == "case" and not isinstance(body, dict) and not opened.hidden:
            raise Damage("entry 0 does not repeat case.json")
        if kind == "case" and isinstance(body, dict):
            for name, value in self.info.items():
                if body.get(name) != value:
                    self.found.problem(f"{name} differs from that of entry 0", "case.json", index)
        if kind == "claim" and "body" in values:
            self.quote(body, path, index, "objects" in values)
        if kind in ("stamp", "cosignature", "signature"):
            self.given_by_others.update(named["sha256"] for named in named_objects)
        if "from" in values and kind in ACTS:  # it is about the log of another case
            self.found.unchecked(f"{kind} of entry {index}", "it came with another case's log")
        elif opened.hidden and len(opened.parts) > 4 and kind in ACTS:
            # at_ms, body, by and objects are four; what is more and withheld may be `from`.
            why = "a field that is withheld may say that it came with another case's log"
            self.found.unchecked(f"{kind} of entry {index}", why)
        elif isinstance(body, dict) and kind in ACTS:
            self.acts.append((index, kind, body))
            if kind == "key":
                self.key_entry(body, index)

    def key_entry(self, body: dict[str, Any], index: int) -> None:
        """Learn what a key entry says of keys for exports and of the log."""
        role, state, text = body.get("role"), body.get("state"), body.get("key")
        if role == "export" and isinstance(text, str):
            key = parse_vkey(text)
            self.export_said = index
            kept = [known for known in self.export_keys if known != key]
            self.export_keys = kept if state == "revoked" else [*kept, key]
        endorsement = body.get("endorsement")
        if endorsement is None:
            return
        known = self.endorsed.get(index)
        if role != "log" or endorsement != f"sha256:{known}":
            raise Damage("entry endorses another key of the log than log/keys does")
        self.endorsed.pop(index)

    def quote(self, body: Any, path: str, index: int, named: bool) -> None:
        """Check that a claim quotes what its text object says at that span."""
        try:
            exhibit, quote = body["exhibit"], body["quote"]
            start, end = body["span"]["start"], body["span"]["end"]
            hexes = exhibit[7:] if exhibit[:7] == "sha256:" else ""
            if not HEX64.fullmatch(hexes) or not 0 <= start <= end or len(quote) != end - start:
                raise ValueError
        except (TypeError, KeyError, ValueError) as error:
            raise Damage("claim without a proper exhibit, span and quote") from error
        if self.sizes.get(bytes.fromhex(hexes)) == -1:
            return  # said already
        try:
            if self.text_at(object_path(hexes), start, end) != quote:
                raise Damage("quote differs from the text at its span")
            self.counts["quotes"] += 1
        except UnicodeDecodeError as error:
            raise Damage("claim quotes an object that is not UTF-8 text") from error
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            if missing and not named:
                self.found.unchecked(f"quote of entry {index}", "its text is not in this case")
            else:
                self.found.problem("quoted object cannot be read", path, index, failed=missing)

    def text_at(self, path: str, start: int, end: int) -> str:
        """Code points of a text object, read in pieces."""
        decoder, kept, position = codecs.getincrementaldecoder("utf-8")(), [], 0
        with self.source.open(path) as file:
            while position < end:
                chunk = file.read(CHUNK)
                text = decoder.decode(chunk, final=not chunk)
                kept.append(text[max(0, start - position) : max(0, end - position)])
                position += len(text)
                if not chunk:
                    break
        return "".join(kept)

    # Objects

    def named_object(self, hexes: str, size: int, index: int) -> None:
        """Check an object that an entry names (the bytes only once)."""
        key, path = bytes.fromhex(hexes), object_path(hexes)
        if key not in self.sizes:
            self.sizes[key] = -1
            with self.found.guard(path, index):
                self.sizes[key] = self.object_size(path, hexes)
        if self.sizes[key] not in (-1, size):
            self.found.problem(
                f"object has {self.sizes[key]} bytes, the entry says {size}", path, index
            )

    def object_size(self, path: str, hexes: str) -> int:
        """Hash one object and return its size."""
        digest, size = self.digest(path)
        if digest != hexes:
            raise Damage("bytes differ from the digest in the name")
        self.counts["objects"] += 1
        self.counts["object_bytes"] += size
        return size

    def objects(self) -> None:
        """Check that nothing else lies among the objects."""
        for path in self.files("objects"):
            match = OBJECT.fullmatch(path)
            if not match or path != object_path(match[3]):
                self.found.problem("not the path of an object", path)
            elif bytes.fromhex(match[3]) in self.sizes:
                continue
            elif self.interrupted and match[3] in self.interrupted.objects:
                self.left_over(path)
            elif self.content_absent:
                with self.found.guard(path):
                    self.object_size(path, match[3])
                self.found.unchecked(f"what {path} is", "no entry that is open here names it")
            else:
                self.found.problem("object that no entry names", path)

    # What a bundle leaves out

    def read_withheld(self) -> None:
        """Read what the bundle declares to leave out; its list of files signs that."""
        if not self.bundled or ("withheld.json", False) not in self.source.top():
            return
        with self.found.guard("withheld.json"):
            value = canonical(self.read("withheld.json", 1 << 28))
            if not isinstance(value, list) or not all(type(item) is int for item in value):
                raise Damage("not a list of entry indices")
            if value != sorted(set(value)) or not value or value[0] < 0:
                raise Damage("not a sorted list of entry indices")
            if self.head and value[-1] >= self.head.size:
                raise Damage("names an entry that the log does not have")
            self.withheld = frozenset(value)


def object_path(hexes: str) -> str:
    """Where an object lies."""
    return f"objects/sha256/{hexes[:2]}/{hexes[2:4]}/{hexes}"


# --- The bundle around a case (BagIt 1.0, RFC 8493) -------------------------------------------


class Bundle:
    """What lies around the case in an export: lists of files, and who signed them."""

    def __init__(self, check: Check, outside: Outside) -> None:
        self.check, self.found, self.outer = check, check.found, check.outer
        self.outside = outside
        self.digests: dict[str, str] = {}

    def run(self) -> None:
        """Check the lists of files, their signature, and every file against them."""
        top = self.outer.top()
        for name, is_folder in top:
            if not (name == "data" if is_folder else name in (*BUNDLE, "SHA256SUMS.sig")):
                self.found.problem("does not belong in a bundle", name)
        for name in BUNDLE:
            if (name, False) not in top:
                self.found.problem("missing", name)
        sums: dict[str, str] = {}
        with self.found.guard("SHA256SUMS.note"):
            self.signature()
        with self.found.guard("SHA256SUMS"):
            sums = self.sums()
            self.files(sums)
        with self.found.guard("bagit.txt"):
            if self.read("bagit.txt") != BAGIT:
                raise Damage("does not say BagIt 1.0 and UTF-8 in two lines")
        self.manifests(sums, sorted(name for name, is_folder in top if not is_folder))
        if ("SHA256SUMS.sig", False) in top:
            self.person()

    def person(self) -> None:
        """Check the signature that a person added over SHA256SUMS, and so over the whole log."""
        size = self.check.head.size if self.check.head else 0
        item: dict[str, Any] = {"kind": "signature", "by": "SHA256SUMS.sig", "size": size}
        item.update(time=None, trusted="nobody", verdict="not_checked")
        with self.found.guard("SHA256SUMS.sig"):
            try:
                key = sshsig_check(self.read("SHA256SUMS.sig"), "firsthand-export", self.by_hash)
                self.outside.person(item, key)
            except Unsupported as error:
                item["why"] = str(error)
            except Damage as error:
                item.update(verdict="failed", why=str(error))
                raise
            finally:
                self.outside.add(item)

    def by_hash(self, name: str) -> bytes:
        """Return the digest of SHA256SUMS by another hash."""
        total = hashlib.new(name)
        with self.outer.open("SHA256SUMS") as file:
            while chunk := file.read(CHUNK):
                total.update(chunk)
        return total.digest()

    def read(self, path: str) -> bytes:
        """Read a small file as a whole."""
        with self.outer.open(path) as file:
            data = file.read((1 << 16) + 1)
        if len(data) > 1 << 16:
            raise Damage("larger than it can be")
        return data

    def digest(self, path: str) -> str:
        """SHA-256 of a file; an object was hashed before, against its name."""
        match = OBJECT.fullmatch(path[5:]) if path.startswith("data/") else None
        if match and self.check.sizes.get(bytes.fromhex(match[3]), -1) >= 0:
            return match[3]
        if path not in self.digests:
            total = hashlib.sha256()
            with self.outer.open(path) as file:
                while chunk := file.read(CHUNK):
                    total.update(chunk)
            self.digests[path] = total.hexdigest()
        return self.digests[path]

    def signature(self) -> None:
        """Check the signature over SHA256SUMS."""
        check = self.check
        if not check.keys or check.head is None:
            raise Damage("cannot be checked without the key and the checkpoint of the case")
        if check.closed_key > check.export_said:
            text = "whether the key that signed the list of files was replaced or revoked"
            why = f"entry {check.closed_key}, of type key, is withheld"
            self.found.unchecked(text, why)
        origin, key = check.keys[0][1].name, check.key_for(check.head.size)
        if check.export_keys:
            key = check.export_keys[-1]
        text = signed_text(self.read("SHA256SUMS.note"), key)
        if text != f"firsthand export {origin}\n{self.digest('SHA256SUMS')} SHA256SUMS\n":
            raise Damage("the note is not about this SHA256SUMS and this origin")

    def sums(self) -> dict[str, str]:
        """Read SHA256SUMS: path and digest of each line."""
        sums: dict[str, str] = {}
        last = ""
        with self.outer.open("SHA256SUMS") as file:
            while line := file.readline(1 << 13):
                match = re.fullmatch(rb"([0-9a-f]{64})  ([^\r\n]+)\n", line)
                path = match[2].decode("utf-8", "replace") if match else ""
                if not match or path <= last:
                    raise Damage("not a sorted list of digests and paths")
                sums[path], last = match[1].decode(), path
        return sums

    def present(self) -> Iterator[str]:
        """Every file of the bundle; working files of an unpacked case do not count."""
        base = self.check.source.base
        for name, is_folder in self.outer.top():
            if name + "/" != base or not is_folder:
                yield name
        for name, _ in self.check.source.top():
            aside = name in ("incoming", "lock") or name[:8] == "index.db"
            if self.outer.is_zip or not aside:
                for path, wrong in self.check.source.walk(name):
                    if not wrong:
                        yield base + path
                    elif name == "report":  # no other check walks report/
                        self.found.problem(wrong, base + path)

    def files(self, sums: dict[str, str]) -> None:
        """Compare every file with SHA256SUMS."""
        present = set(self.present()) - set(UNSIGNED)
        for path in sorted(present - set(sums)):
            self.found.problem("file that SHA256SUMS does not name", path)
        for path, digest in sums.items():
            with self.found.guard(path):
                if path not in present:
                    raise FileNotFoundError
                if digest != self.digest(path):
                    raise Damage("differs from its line in SHA256SUMS")
                self.check.counts["files"] += 1

    def manifests(self, sums: dict[str, str], top: list[str]) -> None:
        """Check that the two lists of BagIt say the same, in the same form."""
        total = hashlib.sha256()
        for path, digest in sums.items():
            if path.startswith("data/"):
                total.update(f"{digest}  {path}\n".encode())
        with self.found.guard("manifest-sha256.txt"):
            if total.hexdigest() != self.digest("manifest-sha256.txt"):
                raise Damage("does not list the files of data/ as SHA256SUMS does")
        with self.found.guard("tagmanifest-sha256.txt"):
            known = (name for name in top if name != "tagmanifest-sha256.txt")
            lines = "".join(f"{self.digest(name)}  {name}\n" for name in known)
            if self.read("tagmanifest-sha256.txt") != lines.encode():
                raise Damage("does not list the other files on top as they are")


# --- What others signed -----------------------------------------------------------------------

NO_END = 1 << 62  # no size of a log
NOT_THEN = "by the case its key does not count for this size (revoked, replaced or later)"
TOLERANCE = 600_000  # ms: ten minutes, for clocks of witnesses and machines


def _iso(ms: int) -> str:
    try:
        when = datetime.datetime.fromtimestamp(ms // 1000, datetime.timezone.utc)  # noqa: UP017
    except (ValueError, OverflowError, OSError):
        return f"{ms} ms since 1970"
    return f"{when:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


class Witnessed(NamedTuple):
    """Something from outside that counts; times in ms since 1970."""

    size: int
    entry: int | None
    earliest: int | None
    latest: int | None
    by: str
    trusted: str


class Outside:
    """Everything that others signed: what entries name, and what the verifier brings."""

    def __init__(self, check: Check, given: Trust, headers: dict[bytes, int]) -> None:
        self.check, self.found, self.given, self.headers = check, check.found, given, headers
        self.case, self.items = Trust(), []  # type: Trust, list[dict[str, Any]]
        self.counted: list[Witnessed] = []
        self.policy: dict[str, Any] | None = None
        self.roots: list[tuple[int, bytes]] = []  # of checkpoints that were held outside
        self.spans: dict[Any, tuple[int, int]] = {}  # sizes that keys of the case count for
        self.known: dict[tuple[str, bytes], dict[Key, str]] = {}  # witnesses, and who trusts them
        self.votes: list[tuple[str, bytes, int]] = []  # kind, who signed, size: of what counts
        self._read: set[str] = set()  # objects with roots, keys of witnesses
        self._fits: dict[str, Checkpoint] = {}

    # The case's own choice of whom to trust

    def read_policy(self) -> None:
        """Learn whom the case itself names; that is its owner's choice and counts apart."""
        for index, kind, body in self.check.acts:
            with self.found.guard("policy", index):
                if kind == "policy":
                    if any(type(body.get(name, 0)) is not int for name in ("quorum", "stamps")):
                        raise Damage("policy asks for something that is no number")
                    self.more_before(index, body)
                    self.policy = {"entry": index, "body": body}
                    news = [v for v in _texts(body.get("witnesses")) if v not in self._read]
                    self.case.witnesses += [witness_vkey(vkey) for vkey in news]
                    self._read.update(news)
                    for authority in _dicts(body.get("authorities")):
                        if isinstance(authority.get("roots"), str):
                            self.case_roots(authority["roots"], index)
                elif kind == "key" and body.get("role") in ("person", "witness"):
                    self.case_key(body)
        for trusted, who in (("given", self.given), ("case", self.case)):
            for key in who.witnesses:
                self.known.setdefault((key.name, key.id), {}).setdefault(key, trusted)

    def more_before(self, index: int, body: dict[str, Any]) -> None:
        """Say where a policy asks for fewer signers than the one before it."""
        before = self.policy or {"body": {}, "entry": 0}
        for name, what in (("quorum", "witnesses"), ("stamps", "time stamps")):
            old, new = before["body"].get(name, 0), body.get(name, 0)
            if type(old) is int and type(new) is int and new < old:
                text = f"whether {new} {what} are enough, as the policy of entry {index} says"
                self.found.unchecked(text, f"that of entry {before['entry']} asked for {old}")

    def case_key(self, body: dict[str, Any]) -> None:
        """Learn for which sizes the key of a person or a witness counts; later entries decide."""

        def read(text: Any) -> Any:
            if not isinstance(text, str):
                return None
            if body["role"] == "witness":
                return witness_vkey(text)
            return (ssh_key(text) or (None,))[0]

        def size(name: str, otherwise: int) -> int:
            given = body.get(name)
            return given if type(given) is int else otherwise

        key, low = read(body.get("key")), size("valid_from", 0)
        if key is None:
            return
        if body.get("state") == "revoked":
            self.spans[key] = self.spans.get(key, (low, 0))[0], size("valid_to", -1)
            return
        self.spans[key] = low, size("valid_to", NO_END)
        if body["role"] == "person":
            self.case.persons[key] = str(body.get("name"))
        old = read(body.get("replaces"))
        if old != key and self.spans.get(old, (0, 0))[1] == NO_END:
            self.spans[old] = self.spans[old][0], low - 1

    def counts(self, key: Any, size: int) -> bool:
        """Tell whether the case lets a key of a person or a witness count for a size."""
        low, high = self.spans.get(key, (0, NO_END))
        return low <= size <= high

    def case_roots(self, digest: str, index: int) -> None:
        """Read an object with root certificates."""
        if digest in self._read:
            return
        self._read.add(digest)
        try:
            self.case.roots += read_pem(self.object(digest))
        except (Damage, Unsupported, OSError) as error:
            why = f"they cannot be read: {error}"
            self.found.unchecked(f"root certificates that the policy of entry {index} names", why)

    def object(self, digest: Any) -> bytes:
        """Bytes of an object that was hashed against its name already."""
        if not isinstance(digest, str) or not HEX64.fullmatch(digest[7:]):
            raise Damage("entry names no object")
        if self.check.sizes.get(bytes.fromhex(digest[7:]), -1) < 0:
            raise Damage("entry does not name this object, or the object is damaged")
        return self.check.read(object_path(digest[7:]), MAX_ANSWER)

    # Checkpoints

    def fits(self, note: bytes, alone: bool) -> Checkpoint:
        """Check that a checkpoint is signed by this log and is a beginning of this tree."""
        check, key = self.check, f"{alone} {hashlib.sha256(note).hexdigest()}"
        if key not in self._fits:
            if check.head is None or len(check.levels[0]) < 32 * check.head.size:
                raise Damage("cannot be compared: the log is damaged")
            old = check.signed_checkpoint(note, alone=alone)
            two = "proof of two histories: the key of this log signed"
            if old.size > check.head.size:
                raise Damage(f"{two} {old.size} entries, here are {check.head.size}")
            if tree_root(check.levels, old.size) != old.root:
                raise Damage(f"{two} other first {old.size} entries than those that are here")
            self._fits[key] = old
        return self._fits[key]

    def about(self, body: dict[str, Any], note: bytes, index: int, alone: bool) -> Checkpoint:
        """Check the checkpoint that an entry is about against what the entry says of it."""
        old = self.fits(note, alone)
        spellings = (
            old.root.hex(),
            "sha256:" + old.root.hex(),
            base64.b64encode(old.root).decode(),
        )
        if body.get("size") != old.size or body.get("root") not in spellings:
            raise Damage("entry says another size or root than its checkpoint")
        if old.size > index:
            raise Damage("checkpoint is of more entries than there were before this one")
        return old

    # Items

    def run(self) -> None:
        """Check every act of others that entries of this log name."""
        self.read_policy()
        readers = {"cosignature": self.cosignature, "signature": self.signature}
        for index, kind, body in self.check.acts:
            if kind == "stamp":
                stamps = {"opentimestamps": self.ots, "rfc3161": self.rfc3161}
                label, by = str(body.get("kind")), str(body.get("authority"))
                reader: Any = stamps.get(label, self.unknown)
                label = label if label in stamps else "stamp"
            elif kind in readers:
                reader, label = readers[kind], "witness" if kind == "cosignature" else kind
                by = str(body.get("witness" if kind == "cosignature" else "person"))
            else:
                continue
            self.judge(reader, label, by, body, index)

    def unknown(self, item: dict[str, Any], body: dict[str, Any], index: int) -> None:
        """Refuse a stamp of another kind; its entry must not choose what it is listed as."""
        raise Damage("kind of stamp is not known")

    def judge(self, reader: Any, kind: str, by: str, body: dict[str, Any], index: int) -> None:
        """Let one reader judge one entry, and list what came out."""
        size = body.get("size")
        item: dict[str, Any] = {"kind": kind, "by": by, "size": size if type(size) is int else 0}
        item.update(time=None, trusted="nobody", entry=index, verdict="not_checked")
        refused = body.get("state") == "refused"
        try:
            if body.get("state") == "requested":
                self.about(body, self.object(body.get("checkpoint")), index, True)
                item["why"] = "asked for; no answer in this entry"
            else:
                reader(item, body, index)
        except Unsupported as error:
            item["why"] = f"{error}; {self.command(body)}"
        except (Damage, OSError, ValueError, LookupError, TypeError, ArithmeticError) as error:
            what = str(error) if isinstance(error, Damage) else f"cannot be read ({error!r:.80})"
            item.update(verdict="failed", why=what)
            if not refused or "two histories" in what:
                self.found.problem(f"{kind} by {by}: {what}", f"entry {index}", index)
        if refused:
            item.update(trusted="nobody", verdict=item["verdict"].replace("ok", "not_checked"))
            item["why"] = f"recorded as refused; {item.get('why', 'it is right by these checks')}"
        self.add(item)

    def add(self, item: dict[str, Any], times: tuple[int, int] | None = None) -> None:
        """List an item; it counts where it is right and somebody trusts who signed."""
        times, who = item.pop("times", times), item.pop("who", b"")
        if times:
            item["time"] = {"earliest": _iso(times[0]), "latest": _iso(times[1])}
        item = {k: _shown(v) if isinstance(v, str) else v for k, v in item.items()}
        self.items.append(item)
        if item["verdict"] == "ok" and item["trusted"] != "nobody":
            earliest, latest = times or (None, None)
            where = item["size"], item.get("entry"), earliest, latest
            self.counted.append(Witnessed(*where, item["by"], item["trusted"]))
            self.votes.append((item["kind"], who, item["size"]))

    def command(self, body: dict[str, Any]) -> str:
        """Say which command of others checks an answer."""
        base = self.check.source.base
        data, token = (
            base + object_path(str(body.get(name))[7:]) for name in ("checkpoint", "token")
        )
        if body.get("kind") == "rfc3161":
            return f"try `openssl ts -verify -data {data} -in {token} -CAfile roots.pem`"
        return "other tools may check it"

    def rfc3161(self, item: dict[str, Any], body: dict[str, Any], index: int) -> None:
        """Check an RFC 3161 token."""
        note, answer = self.object(body.get("checkpoint")), self.object(body.get("token"))
        item["size"] = self.about(body, note, index, True).size
        token = read_token(answer)
        name, imprint = token.imprint
        if name == "sha1":
            raise Unsupported("SHA-1 of the checkpoint is weak and does not count")
        if hashlib.new(name, note).digest() != imprint:
            raise Damage("token is about other bytes than the checkpoint")
        if body.get("request") is not None:
            asked, nonce, policy = read_request(self.object(body["request"]))
            if asked != token.imprint or (nonce is not None and nonce != token.nonce):
                raise Damage("token answers another request (imprint or nonce)")
            if policy and policy != token.policy:
                raise Damage("token is under another policy than asked for")
        check_signer(token.signer, token.time)
        item["by"] = f"{item['by']} ({token.signer.name})"
        item["times"] = token.time - token.accuracy, token.time + token.accuracy
        fault, ends = "", []  # type: str, list[bytes]
        for trusted, roots in (("given", self.given.roots), ("case", self.case.roots)):
            why = chain_fault(token.signer, token.certificates, roots, token.time, ends)
            if not why:
                item.update(verdict="ok", trusted=trusted, who=ends[-1])
                break
            fault = why if roots or not fault else fault
        remarks = [*([fault] if item["verdict"] != "ok" else []), *token.remarks]
        if remarks:
            item["why"] = "; ".join(remarks)

    def ots(self, item: dict[str, Any], body: dict[str, Any], index: int) -> None:
        """Check an OpenTimestamps proof; blocks count where the verifier gives their headers."""
        note = self.object(body.get("checkpoint"))
        item["size"] = self.about(body, note, index, True).size
        digest, found = read_ots(self.object(body.get("token")))
        if digest != hashlib.sha256(note).digest():
            raise Damage("proof is about other bytes than the checkpoint")
        said, times = [], []
        for kind, payload, message in found:
            if kind == PENDING:
                read = _Bytes(payload)
                uri = read.take(_at_most(read.number(), 1000)).decode("utf-8", "replace")
                said.append(f"pending at {uri}")
            elif kind == BITCOIN:
                height = _Bytes(payload).number()
                said.append(f"block {height} must have the Merkle root {message[::-1].hex()}")
                if message in self.headers:
                    times.append(self.headers[message])
        item["why"] = "; ".join(said) or "no attestation that is known here"
        if times:
            item["times"] = min(times) - HEADER_SLACK, min(times) + HEADER_SLACK
            item.update(verdict="ok", trusted="given", who=b"Bitcoin")
        elif any(kind == BITCOIN for kind, _, _ in found):
            item["why"] += "; compare it with a block explorer, or give --headers"

    def cosignature(self, item: dict[str, Any], body: dict[str, Any], index: int) -> None:
        """Check the line of a witness."""
        note = self.object(body.get("cosigned"))
        item["size"] = self.about(body, note, index, False).size
        lines = self.witness_lines(note, item["size"], str(body.get("witness")))
        if not lines:
            raise Unsupported("the key of this witness is not known here")
        key, seconds, trusted = lines[0]
        if body.get("time_ms") != 1000 * seconds:
            raise Damage("entry says another time than the witness")
        item.update(verdict="ok", by=key.name, trusted=trusted, who=key.public)
        item["times"] = 1000 * seconds, 1000 * seconds
        if trusted == "nobody":
            item.update(verdict="not_checked", why="right, but nobody says that this is a witness")
            if not self.counts(key, item["size"]):
                item["why"] = f"right, but {NOT_THEN}"

    def witness_lines(
        self, note: bytes, size: int, witness: str = ""
    ) -> list[tuple[Key, int, str]]:
        """Check each line by a known witness; its key, time [s] and who trusts it."""
        text, signatures = read_note(note)
        named = witness_vkey(witness) if witness.count("+") >= 2 else None
        found: dict[Key, tuple[Key, int, str]] = {}
        for name, key_id, raw in signatures:
            keys = dict(self.known.get((name, key_id), {}))
            if named and (named.name, named.id) == (name, key_id):
                keys.setdefault(named, "nobody")
            for key, trusted in keys.items():
                if key in found or (witness and witness not in (name, _vkey(key))):
                    continue
                seconds = int.from_bytes(raw[:8], "big")
                signed = f"cosignature/v1\ntime {seconds}\n{text}".encode()
                if (
                    len(raw) != 72
                    or seconds >= 1 << 40
                    or not ed25519_valid(key.public, signed, raw[8:])
                ):
                    raise Damage(f"line of the witness {key.name} is wrong")
                if trusted == "case" and not self.counts(key, size):
                    trusted = "nobody"
                found[key] = key, seconds, trusted
        order = ("given", "case", "nobody")
        return sorted(found.values(), key=lambda line: order.index(line[2]))

    def signature(self, item: dict[str, Any], body: dict[str, Any], index: int) -> None:
        """Check a person's signature over a checkpoint."""
        note, armoured = self.object(body.get("checkpoint")), self.object(body.get("signature"))
        item["size"] = self.about(body, note, index, True).size
        namespace = body.get("namespace")
        if namespace != "firsthand-checkpoint":
            raise Damage("namespace of the signature is not firsthand-checkpoint")
        key = sshsig_check(armoured, namespace, lambda name: hashlib.new(name, note).digest())
        named = ssh_key(str(body.get("key")))
        if named is None or named[0] != key:
            raise Damage("signature is by another key than the entry names")
        self.person(item, key)

    def person(self, item: dict[str, Any], key: bytes) -> None:
        """Say who trusts the key of a person."""
        item.update(verdict="ok", by=f"{item['by']} ({fingerprint(key)})")
        if key in self.given.persons:
            item.update(trusted="given")
        elif key in self.case.persons and self.counts(key, item["size"]):
            item.update(trusted="case")
        elif key in self.case.persons:
            item.update(verdict="not_checked", why=f"right, but {NOT_THEN}")
        else:
            item.update(verdict="not_checked", why="right, but nobody says whose key it is")

    def against(self, name: str, data: bytes) -> None:
        """Check a checkpoint that the verifier brings; also one with witnesses, or a proof file."""
        item: dict[str, Any] = {"kind": "checkpoint", "by": name, "size": 0}
        item.update(time=None, trusted="given", verdict="failed")
        lines: list[tuple[Key, int, str]] = []
        try:
            if data.startswith(b"c2sp.org/tlog-proof@v1\n"):
                data = data.partition(b"\n\n")[2]
            old = self.check.signed_checkpoint(data, alone=False)
            item["size"] = old.size
            self.roots.append((old.size, old.root))
            try:
                self.fits(data, False)
            except Damage as error:
                rewritten = "two histories" in str(error)
                raise Damage(
                    f"history was rewritten: {error}" if rewritten else str(error)
                ) from error
            item["verdict"] = "ok"
            lines = self.witness_lines(data, old.size)
        except Damage as error:
            item["why"] = str(error)
            self.found.problem(str(error), name)
        self.add(item)
        for key, seconds, trusted in lines:
            line = {"kind": "witness", "by": key.name, "size": item["size"], "time": None}
            verdict = "not_checked" if trusted == "nobody" else "ok"
            line.update(trusted=trusted, verdict=verdict, who=key.public)
            self.add(line, (1000 * seconds, 1000 * seconds))

    def narrowed(self, copies: Sequence[tuple[str, bytes]]) -> dict[str, Any] | None:
        """Say where a history that was rewritten first differs, as closely as can be told.

        ``copies``: names and leaf hashes of other copies of the log. A copy only counts as the
        true one as far as it has the root of a checkpoint that was held outside.
        """
        rows = [one for one in self.items if one["kind"] == "checkpoint" and one["size"]]
        holds = max((one["size"] for one in rows if one["verdict"] == "ok"), default=0)
        breaks = min((one["size"] for one in rows if one["verdict"] == "failed"), default=0)
        result: dict[str, Any] = {"from": holds, "to": breaks - 1} if breaks else {}
        own = bytes(self.check.levels[0])
        for name, leaves in copies:
            at = first_other(own, leaves)
            if at is None:
                continue
            fits = [size for size, root in self.roots if copy_fits(leaves, size, root)]
            vouched = f"fits the outside checkpoint of {max(fits)} entries" if fits else ""
            text = f"entry {at} is the first that differs from this copy, which "
            self.found.problem(text + (vouched or "no outside checkpoint vouches for"), name, at)
            result.setdefault("copies", []).append({"copy": name, "entry": at, "fits": fits})
            if fits and at < max(fits):
                result["entry"] = min(at, result.get("entry", at))
        if breaks:
            closer = f"at entry {result['entry']}" if "entry" in result else ""
            text = closer or f"between entry {holds} and entry {breaks - 1}"
            what = f"history was rewritten, for the first time {text}"
            self.found.problem(what, "log", result.get("entry"))
        return result or None

    # Results

    def covered(self) -> dict[str, Any]:
        """Return up to which size others vouch for the log, and who."""

        def most(trusted: str) -> dict[str, Any]:
            mine = [one for one in self.counted if one.trusted == trusted]
            size = max((one.size for one in mine), default=0)
            return {"size": size, "by": list(dict.fromkeys(o.by for o in mine if o.size == size))}

        return {**most("given"), "by_case": most("case")}

    def quorum(self) -> dict[str, Any] | None:
        """Return whether, and up to which size, the newest policy of the case is met."""
        if self.policy is None:
            return None
        body, reached = self.policy["body"], {"witness": {}, "rfc3161": {}}  # type: Any, Any
        texts = [text for text in _texts(body.get("witnesses")) if text in self._read]
        wanted = {witness_vkey(text).public for text in texts}
        for kind, who, size in self.votes:
            # By keys and roots: one who signs under two names is one.
            sizes = reached.get("rfc3161" if kind == "opentimestamps" else kind)
            if sizes is not None and (kind != "witness" or who in wanted):
                sizes[who] = max(size, sizes.get(who, 0))
        result: dict[str, Any] = {"entry": self.policy["entry"]}
        for name, kind in (("quorum", "witness"), ("stamps", "rfc3161")):
            need = body.get(name, 0)
            sizes = sorted(reached[kind].values(), reverse=True)
            met = type(need) is int and 0 < need <= len(sizes)
            result[name] = {
                "of": need,
                "met": met or need == 0,
                "size": sizes[need - 1] if met else 0,
            }
        return result

    def brackets(self) -> dict[str, Any]:
        """Return when entries were recorded, by the clocks of others."""
        entries, bounds = len(self.check.claims), _Bounds(self.counted)
        self.contradictions(bounds)
        edges = {0, *(one.size for one in self.counted)}
        edges |= {one.entry + 1 for one in self.counted if one.entry is not None}
        starts = sorted(edge for edge in edges if edge < entries)
        intervals: list[dict[str, Any]] = []
        clock: list[dict[str, Any]] = []
        for start, end in zip(starts, [*starts[1:], entries]):  # noqa: B905
            low, high = bounds.before(start), bounds.after(start)
            span = {
                "not_before": low and _side(low, low.earliest),
                "not_after": high and _side(high, high.latest),
            }
            if intervals and all(intervals[-1][name] == span[name] for name in span):
                intervals[-1]["to"] = end - 1
            else:
                intervals.append({"from": start, "to": end - 1, **span})
            self.clock(start, end, low, high, clock)
        return {"intervals": intervals, "clock": clock, "tolerance_ms": TOLERANCE}

    def clock(
        self,
        start: int,
        end: int,
        low: Witnessed | None,
        high: Witnessed | None,
        clock: list[dict[str, Any]],
    ) -> None:
        """List entries whose own clock says a time outside of their bracket."""
        least = low.earliest - TOLERANCE if low and low.earliest is not None else NO_TIME
        most = high.latest + TOLERANCE if high and high.latest is not None else 1 << 60
        claims = self.check.claims[start:end]
        if len(clock) >= MAX_LISTED or not (low or high):
            return
        for at, claim in enumerate(claims, start):
            if claim != NO_TIME and not least <= claim <= most and len(clock) < MAX_LISTED:
                side = low if claim < least else high
                what = "before" if claim < least else "after"
                by = side.by if side else ""
                clock.append(
                    {"entry": at, "claims": _iso(claim), "why": f"{what} what {by} allows"}
                )

    def contradictions(self, bounds: _Bounds) -> None:
        """Report lower bounds that lie above upper bounds: then some clock or signer is wrong."""
        for low in self.counted:
            if low.entry is None or low.earliest is None:
                continue
            high = bounds.least_after(low.entry)
            if high and high.latest is not None and low.earliest > high.latest + TOLERANCE:
                what = f"{low.by} says {_iso(low.earliest)} of what stood before entry {low.entry}"
                also = f"{high.by} says {_iso(high.latest)} of the first {high.size} entries"
                text = f"time stamps contradict one another: {what}, but {also}"
                self.found.problem(text, f"entry {low.entry}", low.entry)


class _Bounds:
    """Finds the tightest bound on either side of an entry; given trust goes first."""

    def __init__(self, counted: Sequence[Witnessed]) -> None:
        self.lower: dict[str, list[tuple[int, Witnessed]]] = {}
        self.upper: dict[str, list[tuple[int, Witnessed]]] = {}
        for trusted in ("given", "case", ""):
            mine = [one for one in counted if one.trusted == trusted or not trusted]
            best: Witnessed | None = None
            self.lower[trusted], self.upper[trusted] = [], []
            held = [one for one in mine if one.entry is not None and one.earliest is not None]
            for one in sorted(held, key=lambda w: w.entry or 0):
                best = one if best is None or (one.earliest or 0) > (best.earliest or 0) else best
                self.lower[trusted].append((one.entry or 0, best))
            best = None
            timed = [one for one in mine if one.latest is not None]
            for one in sorted(timed, key=lambda w: -w.size):
                best = one if best is None or (one.latest or 0) < (best.latest or 0) else best
                self.upper[trusted].append((-one.size, best))

    def before(self, entry: int) -> Witnessed | None:
        """Return what an earlier entry names and says that this one came later."""
        for trusted in ("given", "case"):
            at = bisect.bisect_left([first for first, _ in self.lower[trusted]], entry)
            if at:
                return self.lower[trusted][at - 1][1]
        return None

    def after(self, entry: int) -> Witnessed | None:
        """Return what covers an entry and says the earliest time by which it was there."""
        return next(filter(None, (self._covering(t, entry) for t in ("given", "case"))), None)

    def least_after(self, entry: int) -> Witnessed | None:
        """Return the same, whoever trusts it."""
        return self._covering("", entry)

    def _covering(self, trusted: str, entry: int) -> Witnessed | None:
        at = bisect.bisect_left([first for first, _ in self.upper[trusted]], -entry)
        return self.upper[trusted][at - 1][1] if at else None


def _side(one: Witnessed, time: int | None) -> dict[str, Any]:
    said = _iso(time) if time is not None else None
    return {"time": said, "by": one.by, "entry": one.entry, "trusted": one.trusted}


def _vkey(key: Key) -> str:
    return f"{key.name}+{key.id.hex()}+{base64.b64encode(bytes((4,)) + key.public).decode()}"


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


# --- Another copy of the log --------------------------------------------------------------------


def first_other(own: bytes, other: bytes) -> int | None:
    """Index of the first leaf that differs; None where ``own`` is as ``other``, or continues it."""
    if own[: len(other)] == other:
        return None
    same, wrong = 0, min(len(own), len(other)) // 32 + 1  # so many hashes agree; so many do not
    while wrong - same > 1:
        middle = (same + wrong) // 2
        if len(own) >= 32 * middle and own[: 32 * middle] == other[: 32 * middle]:
            same = middle
        else:
            wrong = middle
    return same


def copy_fits(leaves: bytes, size: int, root: bytes) -> bool:
    """Tell whether the first leaves of a copy have the root of a checkpoint."""
    levels: list[bytes | bytearray] = [leaves]
    if len(leaves) < 32 * size:
        return False
    while size >> 8 * len(levels):
        below = levels[-1]
        whole = range(0, len(below) - 8191, 8192)
        levels.append(b"".join(_fold(bytes(below[at : at + 8192])) for at in whole))
    return tree_root(levels, size) == root


def copied_leaves(path: str) -> bytes:
    """Leaf hashes of another copy of a case, by its level-0 tiles; whether they are true is open.

    Entries are not read: a copy whose tiles are damaged does not have the root of a checkpoint.
    """
    found = Findings()
    with _source(path, found) as (source, bundle):
        check = Check(source, found, bundle)
        size = check.apparent_size(set(check.files("log")))
        parts = []
        for index, width in tiles(size):
            tile = check.tile(0, index, width)
            if tile is None:
                break
            parts.append(tile)
        return b"".join(parts)


# --- The whole, and the command -----------------------------------------------------------------


def _limits(result: dict[str, Any], size: int, outside: bool) -> list[dict[str, str]]:
    """Say what no check of this kind can show."""
    covered, by_case = result["covered_to"]["size"], result["covered_to"]["by_case"]["size"]
    limits = []
    if not covered:
        why = "every outside checkpoint given failed" if outside else "none was given (--against)"
        text = f"whether the whole history was rewritten: no outside checkpoint covers it, {why}"
        limits.append((text, "whoever holds the log key can sign another history"))
    elif covered < size:
        text = f"history after entry {covered - 1}, of {size} entries"
        limits.append((text, "no outside checkpoint covers this"))
    if by_case > covered:
        limits.append(
            (
                f"whether those who signed the first {by_case} entries are who the case says",
                "only the case itself names them; give their certificates and keys with --trust",
            )
        )
    times = "a clock's claim; what others signed bounds when entries were recorded, no more"
    if not any(one["not_before"] or one["not_after"] for one in result["brackets"]["intervals"]):
        times = "a clock's claim; no time stamp by others that counts here bounds them"
    limits.append(("times that entries state (at_ms and others)", times))
    if any(one["kind"] == "rfc3161" and one["verdict"] == "ok" for one in result["outside"]):
        text = "whether certificates of time-stamping authorities were revoked"
        limits.append((text, "no list of revoked certificates is read here"))
    limits += [
        (
            "whether the material is genuine and what it shows",
            "the bytes are those that were recorded; what they mean is for people to judge",
        ),
        ("who holds the log key", "compare the vkey of case.json with one from its owner"),
    ]
    return [{"what": what, "why": why} for what, why in limits]


class Given(NamedTuple):
    """What the verifier brings: names and bytes of files."""

    against: list[tuple[str, bytes]]
    trust: Trust
    headers: dict[bytes, int]
    copies: list[tuple[str, bytes]]


def _check(source: Source, found: Findings, given: Given, bundle: bool) -> dict[str, Any]:
    check = Check(source, found, bundle)
    outside = Outside(check, given.trust, given.headers)
    check.run(outside)
    for name, note in given.against:
        outside.against(name, note)
    result = {
        "differs": outside.narrowed(given.copies),
        "checked": check.counts,
        "covered_to": outside.covered(),
        "outside": outside.items,
        "brackets": outside.brackets(),
        "policy": outside.quorum(),
        "size": check.head.size if check.head else 0,
    }
    return result


def _file(path: str, limit: int = 1 << 21) -> bytes:
    try:
        with open(path, "rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise NotACase(f"{path}: {error.strerror or error}") from error
    if len(data) > limit:
        raise NotACase(f"{path}: larger than {limit} bytes")
    return data


def _given(
    against: Sequence[Any], trust: Sequence[Any], headers: Sequence[Any], copies: Sequence[Any]
) -> Given:
    """Read the files that the verifier brings; one that cannot be read is no verdict."""
    given = Given([(os.fspath(n), _file(os.fspath(n))) for n in against], Trust(), {}, [])
    given.copies.extend((os.fspath(n), copied_leaves(os.fspath(n))) for n in copies)
    for names, read in ((trust, given.trust.read), (headers, None)):
        for name in map(os.fspath, names):
            data = _file(name, 1 << 24)
            try:
                if read:
                    read(data)
                else:
                    given.headers.update(read_headers(data.decode("ascii", "replace")))
            except (Damage, Unsupported) as error:
                raise NotACase(f"{name}: {error}") from error
    return given


def _looks_like_zip(file: BinaryIO) -> bool:
    start = file.read(4)
    file.seek(max(0, file.seek(0, os.SEEK_END) - (1 << 16)))
    return start == b"PK\3\4" or b"PK\5\6" in file.read()


@contextlib.contextmanager
def _source(root: str, found: Findings) -> Iterator[tuple[Source, bool]]:
    """Open a folder or a zip; the second value tells whether it is a bundle."""
    try:
        if os.path.isdir(root):
            names = set(os.listdir(root))
            if not names & {"case.json", "log", "bagit.txt", "data"}:
                raise NotACase(f"{root}: neither case.json nor log/ nor data/ is there")
            yield Folder(root), "bagit.txt" in names or not names & {"case.json", "log"}
            return
        with open(root, "rb") as file:
            if not _looks_like_zip(file):
                raise NotACase(f"{root}: neither a folder nor a zip")
            yield Zip(file, lambda what, where: found.problem(what, where)), True
    except OSError as error:
        raise NotACase(f"{root}: {error.strerror or error}") from error


def verify(
    path: str | os.PathLike[str],
    against: Sequence[str | os.PathLike[str]] = (),
    trust: Sequence[str | os.PathLike[str]] = (),
    headers: Sequence[str | os.PathLike[str]] = (),
    copies: Sequence[str | os.PathLike[str]] = (),
) -> dict[str, Any]:
    """Check a case folder or an export zip.

    Parameters
    ----------
    path
        A case folder, an unpacked export, or an export zip.
    against
        Files with earlier checkpoints of the case that were held outside of it: the checkpoint,
        one that witnesses signed, or a proof file (``.tlog-proof``).
    trust
        Files with root certificates of time-stamping authorities (PEM), keys of witnesses (vkeys
        of type 0x04) and keys of persons (OpenSSH), the latter one a line.
    headers
        Files with headers of Bitcoin blocks, 160 hex digits a line.
    copies
        Other copies of the case (folders or bundles): they name the entry that was rewritten.

    Returns
    -------
    dict
        ``verdict`` (ok, failed, incomplete), ``checked``, ``problems``, ``covered_to``,
        ``outside``, ``brackets``, ``policy``, ``differs``, ``not_checked``.

    Raises
    ------
    NotACase
        When the path or one of the other files cannot be read, or the path is no case.
    """
    root, found = os.fspath(path), Findings()
    given = _given(against, trust, headers, copies)
    result: dict[str, Any] = {
        "checked": {},
        "covered_to": {"size": 0, "by": [], "by_case": {"size": 0, "by": []}},
        "outside": [],
        "brackets": {"intervals": [], "clock": [], "tolerance_ms": TOLERANCE},
        "policy": None,
        "differs": None,
        "size": 0,
    }
    where = "" if os.path.isdir(root) else os.path.basename(root)
    with found.guard(where), _source(root, found) as (source, bundle):
        result = _check(source, found, given, bundle)
    found.close()
    limits = _limits(result, result.pop("size"), bool(given.against))
    return {
        "verdict": "failed" if found.failed else "incomplete" if found.incomplete else "ok",
        "checked": result["checked"],
        "problems": found.problems,
        "covered_to": result["covered_to"],
        "not_checked": limits + found.not_checked,
        "brackets": result["brackets"],
        "outside": result["outside"],
        "policy": result["policy"],
        "differs": result["differs"],
    }


def _some(lines: list[str], more: Sequence[str], most: int = 20) -> None:
    lines += [f"  {line}" for line in more[:most]]
    if len(more) > most:
        lines.append(f"  and {len(more) - most} more (--json lists them)")


def _coverage(result: dict[str, Any]) -> list[str]:
    """Say which entries others vouch for, and in which words none of the rest is."""
    covered, size = result["covered_to"], result["checked"].get("entries", 0)
    by_case, lines = covered["by_case"], ["Covered from outside:"]
    last = covered["size"]
    if last:
        lines.append(f"  entries 0 to {last - 1}: by {', '.join(covered['by'])}")
    if by_case["size"] > last:
        text = f"  entries {last} to {by_case['size'] - 1}: by {', '.join(by_case['by'])},"
        lines.append(f"{text} whom only the case itself names (see --trust)")
    if size > last:
        rest = f"entries {last} to {size - 1}" if last < size - 1 else f"entry {last}"
        lines.append(f"  {rest}: no outside checkpoint covers this")
    return lines


def _bracket_lines(result: dict[str, Any]) -> list[str]:
    found = []
    for one in result["brackets"]["intervals"]:
        sides = []
        for name, words in (("not_before", "not before"), ("not_after", "not after")):
            if one[name]:
                own = ", named by the case alone" if one[name]["trusted"] == "case" else ""
                sides.append(f"{words} {one[name]['time']} ({one[name]['by']}{own})")
        if sides:
            found.append(f"entries {one['from']} to {one['to']}: {'; '.join(sides)}")
    return found


def describe(result: dict[str, Any]) -> str:
    """Tell the result in a few lines, the first wrong thing first."""
    counts = result["checked"]
    extent = f"{counts.get('entries', 0)} entries, {counts.get('objects', 0)} objects"
    lines = {
        "ok": [f"OK: the case is consistent with itself ({extent})."],
        "failed": ["FAILED: something in this case is wrong."],
        "incomplete": ["INCOMPLETE: nothing is wrong, but not everything could be checked."],
    }[result["verdict"]]
    named = [
        one["where"] + (f" (entry {one['entry']})" if "entry" in one else "") + ": " + one["what"]
        for one in result["problems"]
    ]
    _some(lines, named)
    lines += _coverage(result)
    brackets = _bracket_lines(result)
    if brackets:
        lines.append("Recorded, by the clocks of others:")
        _some(lines, brackets)
    clock = [
        f"entry {o['entry']} claims {o['claims']}: {o['why']}" for o in result["brackets"]["clock"]
    ]
    if clock:
        lines.append("The machine's clock said otherwise:")
        _some(lines, clock, 5)
    policy = result["policy"]
    for name, what in (("quorum", "witnesses"), ("stamps", "authorities")) if policy else ():
        asked = policy[name]
        if asked["of"]:
            met = f"met up to entry {asked['size'] - 1}" if asked["met"] else "not met"
            lines.append(f"The case asks for {asked['of']} {what}: {met}.")
    lines.append("Not checked:")
    rest = [f"{item['what']}: {item['why']}" for item in result["not_checked"]]
    rest += [
        f"{one['kind']} by {one['by']}, {one['size']} entries: {one.get('why', '')}"
        for one in result["outside"]
        if one["verdict"] == "not_checked"
    ]
    _some(lines, rest)
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description="Check a firsthand case or export.")
    parser.add_argument("case", help="case folder, unpacked export, or export zip")
    for name, metavar, text in (
        ("against", "CHECKPOINT", "earlier checkpoint that was held elsewhere"),
        ("trust", "FILE", "certificates (PEM), witness keys or OpenSSH keys that you trust"),
        ("headers", "FILE", "headers of Bitcoin blocks, 160 hex digits a line"),
        ("copy", "CASE", "another copy of the case; it names the entry that was rewritten"),
    ):
        parser.add_argument(
            f"--{name}", nargs="+", default=[], metavar=metavar, action="extend", help=text
        )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(arguments)
    try:
        given = (options.against, options.trust, options.headers, options.copy)
        result = verify(options.case, *given)
    except NotACase as error:
        print(f"error: {_shown(str(error))}", file=sys.stderr)
        print("hint: give a case folder or an export zip, and files that exist", file=sys.stderr)
        return 2
    text = json.dumps(result) if options.json else describe(result)
    coding = sys.stdout.encoding or "ascii"
    try:
        print(text.encode(coding, "backslashreplace").decode(coding), flush=True)
    except BrokenPipeError:  # the reader (head, less) has gone; the exit code still tells
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return {"ok": 0, "failed": 4, "incomplete": 5}[str(result["verdict"])]


if __name__ == "__main__":
    sys.exit(main())
