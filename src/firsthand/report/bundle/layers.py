"""What is inside of bytes: containers unpacked and encodings undone, within bounds.

Used to find what must stay in: a text that is sealed may also stand in the archive, page or
export that it came from.
"""

from __future__ import annotations

import email
import email.policy
import gzip
import html
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

MOST_BYTES = 1 << 28
"""Bytes of one layer."""
MOST_MEMBERS = 20_000
DEEPEST = 4

_ESCAPE = re.compile(rb"\\u[0-9a-fA-F]{4}")
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)


class Unsearchable(Exception):
    """There is more inside than can be looked at."""


def layers(data: bytes, depth: int = 0) -> Iterator[bytes]:
    """Yield the bytes themselves, and what can be unpacked or decoded from them.

    Raises
    ------
    Unsearchable
        When it is too large, too deep, locked, or a damaged container.
    """
    yield data
    if depth == DEEPEST:
        return
    for inner in _inside(data):
        yield from layers(inner, depth + 1)
    yield from _decoded(data)


def _inside(data: bytes) -> Iterator[bytes]:
    if data.startswith(b"PAR1"):
        yield from _cells(data)
    elif data.startswith(b"PK\x03\x04"):
        yield from _members(data)
    elif data.startswith(b"\x1f\x8b"):
        yield _gunzipped(data)
    elif data.startswith(b"%PDF"):
        for found in _STREAM.finditer(data):
            try:
                yield zlib.decompressobj().decompress(found[1], MOST_BYTES)
            except zlib.error:
                continue
    elif data.startswith(b"\x89PNG"):
        yield from _png_texts(data)
    elif b"Content-Transfer-Encoding" in data[: 1 << 16]:
        yield from _mime(data)


def _cells(data: bytes) -> Iterator[bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        for batch in pq.ParquetFile(io.BytesIO(data)).iter_batches(batch_size=4096):
            for row in batch.to_pylist():
                # Cells hold canonical JSON, or a bare id, which is looked for as a JSON string.
                cells = [str(cell) for cell in row.values() if cell is not None]
                cells += [json.dumps(cell, ensure_ascii=False) for cell in cells]
                yield "\n".join(cells).encode("utf-8", "surrogatepass")
    except pa.ArrowInvalid as error:
        raise Unsearchable(str(error)) from error


def _members(data: bytes) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if len(infos) > MOST_MEMBERS or sum(i.file_size for i in infos) > MOST_BYTES:
                raise Unsearchable("too much in a zip")
            for info in infos:
                yield info.filename.encode("utf-8", "surrogateescape") + b"\n" + info.comment
                yield archive.read(info)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error, OSError) as error:
        raise Unsearchable(str(error)) from error


def _gunzipped(data: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            plain = stream.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Unsearchable(str(error)) from error
    if len(plain) > MOST_BYTES:
        raise Unsearchable("too much in a gzip")
    return plain


def _png_texts(data: bytes) -> Iterator[bytes]:
    """Yield compressed texts (zTXt, iTXt; PNG specification 11.3.3)."""
    position = 8
    while position + 12 <= len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        kind, body = data[position + 4 : position + 8], data[position + 8 : position + 8 + size]
        if kind in (b"zTXt", b"iTXt", b"iCCP"):
            for start in [m.end() for m in re.finditer(rb"\0", body)][:6]:
                try:
                    yield zlib.decompressobj().decompress(body[start:], MOST_BYTES)
                except zlib.error:
                    continue
        position += 12 + size


def _mime(data: bytes) -> Iterator[bytes]:
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    for part in message.walk():
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes) and payload and len(payload) < len(data):
            yield payload


def _decoded(data: bytes) -> Iterator[bytes]:
    if b"\\" in data:
        yield _ESCAPE.sub(_unescaped, data)
    if b"&" in data:
        text = html.unescape(data.decode("utf-8", "replace"))
        yield text.encode("utf-8", "surrogatepass")
    if b"%" in data:
        yield unquote_to_bytes(data)


def _unescaped(found: re.Match[bytes]) -> bytes:
    text: str = json.loads(b'"' + found[0] + b'"')
    return text.encode("utf-8", "surrogatepass")
