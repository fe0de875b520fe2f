"""Check a firsthand case or export with nothing but Python's standard library (3.9 or newer).

    python3 verify.py CASE_FOLDER_OR_ZIP [--against CHECKPOINT_FILE ...] [--json]

Exit codes: 0 ok, 4 something is wrong, 5 something could not be checked, 2 not a case.
The format is described in docs/case-format.md of the project; this file shares no code with the
program that writes cases, so that the two can be held against each other.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import codecs
import hashlib
import io
import json
import os
import re
import stat
import struct
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple, Union

FORMAT = "firsthand-case/1"
TYPES = frozenset(("case", "session", "import", "exhibit", "sighting", "gap", "actor", "event"))
TYPES |= {"claim", "mark", "note", "assessment", "run", "export"}
TYPES |= {"tag", "translation", "search", "backup", "merge"}
TYPES |= {"policy", "stamp", "cosignature", "signature", "key", "clock", "scrub", "repair"}
TYPES |= {"release", "seal", "transfer"}
FOLDERS = ("log", "openings", "objects", "stamps", "report", "incoming")
BUNDLE = ("bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt")
BUNDLE += ("SHA256SUMS", "SHA256SUMS.note", "verify.py", "README-VERIFY.txt")
UNSIGNED = ("SHA256SUMS", "SHA256SUMS.note", "SHA256SUMS.sig", "tagmanifest-sha256.txt")
BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"  # RFC 8493, section 2.1.1
CHUNK = 1 << 20  # bytes read at once
MAX_LINE = 1 << 24  # bytes of one line of openings (docs/case-format.md)
MAX_DEPTH = 64  # nesting of JSON
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
        return self.source.top(self.base)

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
        self.head: Checkpoint | None = None
        self.levels: list[bytearray] = [bytearray()]
        self.sizes: dict[bytes, int] = {}  # per named object its true size, -1 where it is wrong
        self.withheld: frozenset[int] = frozenset()  # declared by a signed manifest
        self.content_absent = False
        self.given_by_others: set[str] = set()  # digests that stamp and signature entries name
        self.interrupted: Interrupted | None = None

    def run(self) -> None:
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
        if self.bundled:
            Bundle(self).run()
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
        if kind == "key" and index in self.endorsed:
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
        if isinstance(body, dict) and kind == "key":
            self.key_entry(body, index)

    def key_entry(self, body: dict[str, Any], index: int) -> None:
        """Learn what a key entry says of keys for exports and of the log."""
        role, state, text = body.get("role"), body.get("state"), body.get("key")
        if role == "export" and isinstance(text, str):
            key = parse_vkey(text)
            kept = [known for known in self.export_keys if known != key]
            self.export_keys = kept if state == "revoked" else [*kept, key]
        endorsement = body.get("endorsement")
        known = self.endorsed.pop(index, "") if endorsement is not None else ""
        if role == "log" and endorsement not in (None, f"sha256:{known}"):
            raise Damage("entry endorses another key of the log than log/keys does")

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

    # Outside checkpoints

    def against(self, name: str, note: bytes) -> int:
        """Check one checkpoint held outside; return the size that it covers (0: none)."""
        with self.found.guard(name):
            if self.head is None:
                raise Damage("cannot be compared: the case has no valid key or checkpoint")
            old = self.signed_checkpoint(note, alone=False)
            if old.size > self.head.size:
                raise Damage(
                    f"history was rewritten: it had {old.size} entries, now {self.head.size}"
                )
            if len(self.levels[0]) < 32 * self.head.size:
                raise Damage("cannot be compared: the log is damaged")
            if tree_root(self.levels, old.size) != old.root:
                raise Damage(f"history was rewritten: the first {old.size} entries are others")
            return old.size
        return 0


def object_path(hexes: str) -> str:
    """Where an object lies."""
    return f"objects/sha256/{hexes[:2]}/{hexes[2:4]}/{hexes}"


# --- The bundle around a case (BagIt 1.0, RFC 8493) -------------------------------------------


class Bundle:
    """What lies around the case in an export: lists of files, and who signed them."""

    def __init__(self, check: Check) -> None:
        self.check, self.found, self.outer = check, check.found, check.outer
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
                    if not wrong:  # said already
                        yield base + path

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


# --- The whole, and the command -----------------------------------------------------------------


def _limits(found: Findings, covered: int, size: int, outside: bool) -> list[dict[str, str]]:
    """Say what no check of this kind can show."""
    if not covered:
        why = "every outside checkpoint given failed" if outside else "none was given (--against)"
        text = (
            f"whether the whole history was rewritten: no outside checkpoint covers it, {why}",
            "whoever holds the log key can sign another history",
        )
    else:
        text = (
            f"history after entry {covered - 1}, of {size} entries",
            "no outside checkpoint covers it",
        )
    limits = [text] if covered < size or not covered else []
    limits += [
        (
            "times that entries state (at_ms and others)",
            "a clock's claim; this version of the format holds no time stamp by others",
        ),
        (
            "whether the material is genuine and what it shows",
            "the bytes are those that were recorded; what they mean is for people to judge",
        ),
        ("who holds the log key", "compare the vkey of case.json with one from its owner"),
    ]
    return [{"what": what, "why": why} for what, why in limits]


def _check(
    source: Source, found: Findings, notes: Sequence[tuple[str, bytes]], bundle: bool
) -> tuple[dict[str, int], dict[str, Any], int]:
    check = Check(source, found, bundle)
    check.run()
    sizes = [(check.against(name, note), name) for name, note in notes]
    covered = max((size for size, _ in sizes), default=0)
    by = [name for size, name in sizes if size == covered and size]
    return check.counts, {"size": covered, "by": by}, check.head.size if check.head else 0


def _file(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(1 << 16)
    except OSError as error:
        raise NotACase(f"{path}: {error.strerror or error}") from error


def _looks_like_zip(file: BinaryIO) -> bool:
    start = file.read(4)
    file.seek(max(0, file.seek(0, os.SEEK_END) - (1 << 16)))
    return start == b"PK\3\4" or b"PK\5\6" in file.read()


def verify(
    path: str | os.PathLike[str], against: Sequence[str | os.PathLike[str]] = ()
) -> dict[str, Any]:
    """Check a case folder or an export zip.

    Parameters
    ----------
    path
        A case folder, an unpacked export, or an export zip.
    against
        Files with earlier checkpoints of the case that were held outside of it.

    Returns
    -------
    dict
        ``verdict`` (ok, failed, incomplete), ``checked``, ``problems``, ``covered_to``,
        ``not_checked``, ``brackets``.

    Raises
    ------
    NotACase
        When the path or an outside checkpoint cannot be read, or the path is no case.
    """
    root, found = os.fspath(path), Findings()
    notes = [(os.fspath(name), _file(os.fspath(name))) for name in against]
    counts: dict[str, int] = {}
    covered: dict[str, Any] = {"size": 0, "by": []}
    size = 0
    try:
        if os.path.isdir(root):
            names = set(os.listdir(root))
            if not names & {"case.json", "log", "bagit.txt", "data"}:
                raise NotACase(f"{root}: neither case.json nor log/ nor data/ is there")
            bundle = "bagit.txt" in names or not names & {"case.json", "log"}
            with found.guard(""):
                counts, covered, size = _check(Folder(root), found, notes, bundle)
        else:
            with open(root, "rb") as file:
                if not _looks_like_zip(file):
                    raise NotACase(f"{root}: neither a folder nor a zip")
                with found.guard(os.path.basename(root)):
                    source = Zip(file, lambda what, where: found.problem(what, where))
                    counts, covered, size = _check(source, found, notes, True)
    except OSError as error:
        raise NotACase(f"{root}: {error.strerror or error}") from error
    found.close()
    verdict = "failed" if found.failed else "incomplete" if found.incomplete else "ok"
    limits = _limits(found, covered["size"], size, bool(notes))
    return {
        "verdict": verdict,
        "checked": counts,
        "problems": found.problems,
        "covered_to": covered,
        "not_checked": limits + found.not_checked,
        "brackets": {},
    }


def describe(result: dict[str, Any]) -> str:
    """Tell the result in a few lines, the first wrong thing first."""
    counts, covered = result["checked"], result["covered_to"]["size"]
    extent = f"{counts.get('entries', 0)} entries, {counts.get('objects', 0)} objects"
    lines = {
        "ok": [f"OK: the case is consistent with itself ({extent})."],
        "failed": ["FAILED: something in this case is wrong."],
        "incomplete": ["INCOMPLETE: nothing is wrong, but not everything could be checked."],
    }[result["verdict"]]
    for problem in result["problems"][:20]:
        entry = f" (entry {problem['entry']})" if "entry" in problem else ""
        lines.append(f"  {problem['where']}{entry}: {problem['what']}")
    if len(result["problems"]) > 20:
        lines.append(f"  and {len(result['problems']) - 20} more (--json lists them)")
    if covered:
        names = ", ".join(result["covered_to"]["by"])
        lines.append(f"The first {covered} entries are those that {names} was signed for.")
    lines.append("Not checked:")
    lines += [f"  {item['what']}: {item['why']}" for item in result["not_checked"][:20]]
    if len(result["not_checked"]) > 20:
        lines.append(f"  and {len(result['not_checked']) - 20} more (--json lists them)")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description="Check a firsthand case or export.")
    parser.add_argument("case", help="case folder, unpacked export, or export zip")
    parser.add_argument(
        "--against",
        nargs="+",
        default=[],
        metavar="CHECKPOINT",
        action="extend",
        help="earlier checkpoint that was held elsewhere",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(arguments)
    try:
        result = verify(options.case, options.against)
    except NotACase as error:
        print(f"error: {_shown(str(error))}", file=sys.stderr)
        print("hint: give a case folder or an export zip, and checkpoint files", file=sys.stderr)
        return 2
    text = json.dumps(result) if options.json else describe(result)
    print(
        text.encode(sys.stdout.encoding or "ascii", "backslashreplace").decode(
            sys.stdout.encoding or "ascii"
        )
    )
    return {"ok": 0, "failed": 4, "incomplete": 5}[str(result["verdict"])]


if __name__ == "__main__":
    sys.exit(main())
