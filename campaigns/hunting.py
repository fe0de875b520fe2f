"""Search bundles as whoever gets them could: raw bytes, and decoded again and again.

Zip, gzip, deflate, Parquet, JSON escapes, HTML entities, base64, hex, percent-encoding, UTF-16. It
shares no code with the exporter.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import html
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from canaries import Canaries

DEEP = 3  # encodings inside of one another

Found = dict[str, str]


def decoded(data: bytes, deep: int = DEEP) -> Iterator[bytes]:
    """Yield bytes and everything that they might be an encoding of."""
    yield data
    if not deep:
        return
    for inner in _unpacked(data):
        yield from decoded(inner, deep - 1)
    with suppress(UnicodeDecodeError):
        text = data.decode("utf-8")
        if "&" in text:
            yield html.unescape(text).encode("utf-8", "surrogatepass")
    if b"\\u" in data:
        found = re.sub(rb"\\u([0-9a-fA-F]{4})", _character, data)
        yield found
    if b"%" in data:
        yield unquote_to_bytes(data)
    if b"\0" in data:
        for code in ("utf-16-le", "utf-16-be"):
            for start in (0, 1):
                yield data[start:].decode(code, "ignore").encode("utf-8", "ignore")
    # In lines, as armour and MIME have it, also where the ends of lines are escaped.
    wrapped = rb"(?:[A-Za-z0-9+/]{60,76}(?:\r?\n|\\n))+[A-Za-z0-9+/]*"
    joined = [re.sub(rb"\r?\n|\\n", b"", run) for run in re.findall(wrapped, data)]
    for run in (*joined, *re.findall(rb"[A-Za-z0-9+/_-]{12,}", data)):
        plain = run.translate(bytes.maketrans(b"-_", b"+/"))
        for start in range(4):
            piece = plain[start : start + (len(plain) - start) // 4 * 4]
            with suppress(binascii.Error):
                yield base64.b64decode(piece)
    for run in re.findall(rb"(?:[0-9a-fA-F]{2}){8,}", data):
        for start in (0, 1):
            piece = run[start : start + (len(run) - start) // 2 * 2]
            yield bytes.fromhex(piece.decode())


def _character(found: re.Match[bytes]) -> bytes:
    return chr(int(found[1], 16)).encode("utf-8", "surrogatepass")


def _unpacked(data: bytes) -> Iterator[bytes]:
    if data.startswith(b"PAR1"):
        import pyarrow.parquet as pq

        table = pq.read_table(io.BytesIO(data))
        yield json.dumps(table.to_pylist(), ensure_ascii=False).encode("utf-8", "surrogatepass")
        yield str(table.schema.metadata).encode()
        for column in table.columns:
            for cell in column.to_pylist():
                yield str(cell).encode("utf-8", "surrogatepass")
    with suppress(zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error):
        if b"PK\x05\x06" in data[-70000:]:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                yield archive.comment
                for info in archive.infolist():
                    yield info.filename.encode() + info.comment + info.extra
                    yield archive.read(info)
    if data.startswith(b"\x1f\x8b"):
        with suppress(OSError, EOFError, zlib.error):
            yield gzip.decompress(data)
    for start in (m.start() for m in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data)):
        with suppress(zlib.error):
            plain = zlib.decompressobj().decompress(data[start:], 1 << 24)
            if len(plain) > 8:
                yield plain


@dataclass(frozen=True)
class Hunter:
    """Knows what to look for."""

    labels: dict[bytes, str]
    pattern: re.Pattern[bytes]

    @classmethod
    def of(cls, c: Canaries) -> Hunter:
        """Look for the words, and for digests as digits, as bytes and in base64."""
        labels = {word.encode(): label for label, word in c.words.items()}
        for label, hexes in c.digests.items():
            raw = bytes.fromhex(hexes)
            labels[hexes.encode()] = label
            labels[raw] = label
            labels[base64.b64encode(raw)[:40].lower()] = label
        words = sorted(labels, key=len, reverse=True)
        return cls(labels, re.compile(b"|".join(map(re.escape, words))))

    def hunt(self, bundle: Path) -> Found:
        """Return the labels that are in a bundle, each with the first file that has it."""
        found: Found = {}
        with zipfile.ZipFile(bundle) as archive:
            texts = [(info.filename, archive.read(info)) for info in archive.infolist()]
        texts.append(("the zip itself", bundle.read_bytes()))
        for name, data in texts:
            forms = decoded(name.encode() + b"\n" + data) if name != "the zip itself" else [data]
            deeper = decoded(data) if name != "the zip itself" else []
            for form in (*forms, *deeper):
                for each in (form, form.lower()):
                    for match in self.pattern.findall(each):
                        found.setdefault(self.labels[match], name)
        return found


def salts_of(folder: Path) -> set[str]:
    """Return the salts of all fields that lie open in a folder of a case or bundle."""
    found: set[str] = set()
    for path in (folder / "openings").rglob("*"):
        if path.is_file():
            for line in path.read_bytes().splitlines():
                found |= {part[0] for part in json.loads(line)["f"] if not isinstance(part, str)}
    return found
