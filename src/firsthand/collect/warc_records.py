"""Records of WARC files, read through warcio, one after the other, whatever one of them is like."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from warcio.archiveiterator import ArchiveIterator  # type: ignore[import-untyped]

from firsthand.case.files import storage_error
from firsthand.collect.items import Limits, reason_of
from firsthand.collect.warc_stream import HEAD, Bomb, Stream, next_start
from firsthand.model.canonical import keepable
from firsthand.model.errors import BadInput, StorageFailed

_BODIES = frozenset({"response", "resource", "conversion", "revisit"})
_MOST_RECORDS = 5_000_000
_MOST_DAMAGED = 1000
_PIECE = 1 << 16
_DECODED = frozenset({"", "gzip", "x-gzip", "deflate", "identity"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record that holds something seen at an address; ``body`` is a file, without coding.

    Attributes
    ----------
    offset
        Where the record, or its gzip member, begins [B].
    digests
        True when the digests in the record fit its bytes, False when not, None without any.
    problem, bomb
        Why there is no whole body.
    """

    offset: int
    kind: str
    uri: str
    date: str | None
    id: str | None
    status: int | None = None
    location: str | None = None
    coding: str | None = None
    body: Path | None = None
    payload_digest: str | None = None
    refers_to: str | None = None
    digests: bool | None = None
    truncated: str | None = None
    problem: str | None = None
    bomb: bool = False


@dataclass(frozen=True, slots=True)
class Damaged:
    """A part of the file where no record could be read."""

    offset: int
    reason: str
    bomb: bool = False


def each_record(path: Path, folder: Path, limits: Limits) -> Iterator[Record | Damaged]:
    """Yield what a file holds; bodies are written into a folder and are the reader's to take.

    Records that hold nothing seen (requests, descriptions) are passed over.
    """
    budget = _Budget(folder, limits)
    with open(path, "rb") as source:
        size = source.seek(0, io.SEEK_END)
        at = damaged = 0
        while at < size:
            stream = Stream(source, at, limits)
            met = [at]
            try:
                yield from _records(stream, budget, met)
                at = stream.end if stream.end > at else size
                continue
            except StorageFailed:
                raise
            except Exception as error:  # whatever a hostile head makes a parser raise
                damaged += 1
                bomb = isinstance(error, Bomb)
                why = reason_of(error if isinstance(error, BadInput) else f"damaged: {error!r}")
                yield Damaged(met[0], why[:500], bomb)
            if budget.spent or damaged > _MOST_DAMAGED:
                yield Damaged(met[0], "too much: the rest of the file was not read", bomb=True)
                return
            at = next_start(source, max(met[0], at) + 1)


class _Budget:
    """What one file may unpack to, and where to."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder = folder
        self.limits = limits
        self.left = limits.archive_bytes
        self.number = 0
        self.spent = False

    def path(self) -> Path:
        self.number += 1
        if self.number > _MOST_RECORDS:
            self.spent = True
            raise Bomb("not read", why=f"more than {_MOST_RECORDS} records")
        return self.folder / f"body-{self.number}"


def _records(stream: Stream, budget: _Budget, met: list[int]) -> Iterator[Record]:
    records = ArchiveIterator(stream, check_digests=True)
    while True:
        said = io.StringIO()  # warcio writes what it thinks of a file to standard error
        stream.allow = HEAD
        with contextlib.redirect_stderr(said):
            found = next(records, None)
        if found is None:
            return
        met[0] = stream.at if stream.packed else records.offset
        stream.allow = budget.limits.archive_bytes
        uri = _header(found.rec_headers, "WARC-Target-URI")
        if found.rec_type in _BODIES and uri:
            yield _record(found, met[0], uri.strip("<>"), budget)
        while found.raw_stream.read(_PIECE):
            pass


def _header(headers: Any, name: str) -> str | None:
    value = headers.get_header(name) if headers is not None else None
    return keepable(value.strip())[0][:4000] if isinstance(value, str) and value.strip() else None


def _record(found: Any, offset: int, uri: str, budget: _Budget) -> Record:
    heads, http = found.rec_headers, found.http_headers
    code = http.get_statuscode() if http is not None else ""
    length = _header(heads, "Content-Length") or ""
    body, problem, bomb = _body(found, int(length) if length.isdecimal() else 0, budget)
    checker = getattr(found, "digest_checker", None)
    coding = (_header(http, "Content-Encoding") or "").lower()
    return Record(
        offset=offset,
        kind=found.rec_type,
        uri=uri,
        date=_header(heads, "WARC-Date"),
        id=_header(heads, "WARC-Record-ID"),
        status=int(code) if code and code.isdecimal() and len(code) == 3 else None,
        location=_header(http, "Location"),
        coding=None if coding in _DECODED else coding,
        body=body,
        payload_digest=_header(heads, "WARC-Payload-Digest"),
        refers_to=_header(heads, "WARC-Refers-To-Target-URI"),
        digests=checker.passed if checker is not None else None,
        truncated=_header(heads, "WARC-Truncated"),
        problem=problem,
        bomb=bomb,
    )


def _body(found: Any, length: int, budget: _Budget) -> tuple[Path | None, str | None, bool]:
    """Write the body without transfer and content coding; say why when it is not whole."""
    limits = budget.limits
    path = budget.path()
    said = io.StringIO()
    size = 0
    problem: str | None = None
    with _written(path) as target, contextlib.redirect_stderr(said):
        source: BinaryIO = found.content_stream()
        while piece := source.read(_PIECE):
            size += len(piece)
            budget.left -= len(piece)
            if size > max(limits.archive_ratio_from, limits.archive_ratio * length):
                problem = f"the body is packed more than {limits.archive_ratio}:1: a bomb"
            elif budget.left < 0:
                budget.spent = True
                problem = f"the file would unpack to more than {limits.archive_bytes} bytes"
            if problem:
                break
            _write(target, piece)
        if not problem:
            while found.raw_stream.read(_PIECE):
                pass
    if problem:
        path.unlink()
        if budget.spent:
            raise Bomb("not read", why=problem)
        return None, problem, True
    if getattr(found.raw_stream, "limit", 0) > 0:
        problem = f"cut off: {found.raw_stream.limit} bytes are missing"
    elif said.getvalue().strip():
        problem = f"the body could not be decoded to its end: {said.getvalue().strip()[:200]}"
    if not size:
        path.unlink()
    return (path if size else None), problem, False


@contextlib.contextmanager
def _written(path: Path) -> Iterator[BinaryIO]:
    try:
        target = open(path, "xb")  # noqa: SIM115
    except OSError as error:
        raise storage_error(error, "unpack an archive") from error
    with target:
        yield target


def _write(target: BinaryIO, piece: bytes) -> None:
    try:
        target.write(piece)
    except OSError as error:
        raise storage_error(error, "unpack an archive") from error
