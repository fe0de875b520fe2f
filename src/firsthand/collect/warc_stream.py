"""Bytes of WARC files for warcio, bounded: a head cannot fill the memory, a bomb is noticed.

warcio reads header lines of any length and takes a damaged gzip member for its end. So each member
is unpacked here, with a bound on what may be read until a record is known.

References: ISO 28500:2017 (WARC 1.1), annex D (one gzip member for each record); RFC 1952.
"""

from __future__ import annotations

import os
import zlib
from typing import BinaryIO

from firsthand.collect.items import Limits
from firsthand.model.errors import BadInput

HEAD = 1 << 20
"""Bytes that the head of a record may have."""
_GZIP = b"\x1f\x8b\x08"
_START = b"WARC/"
_PIECE = 1 << 16
_WINDOW = 1 << 20


class Bomb(BadInput):
    """Packed more tightly than real records are."""


class Stream:
    """What warcio reads from: the file from a place on, as it is or one gzip member of it.

    Attributes
    ----------
    allow
        Bytes that may still be read until somebody allows more.
    end
        Where the next record begins in the file, once this one was read to its end.
    """

    def __init__(self, source: BinaryIO, at: int, limits: Limits) -> None:
        source.seek(at)
        self.packed = source.read(len(_GZIP)) == _GZIP
        source.seek(at)
        self.source = source
        self.at = self.end = at
        self.limits = limits
        self.allow = HEAD
        self.given = 0
        self._taken = 0
        self._rest = b""
        self._member = zlib.decompressobj(16 + zlib.MAX_WBITS)

    def tell(self) -> int:
        """Return the place [B]: in the file, or in the member when it is packed."""
        return self.given if self.packed else self.at + self.given

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes; nothing at the end.

        Raises
        ------
        Bomb
            When the member is packed too tightly.
        BadInput
            When the head is too large, or the member damaged or cut off.
        """
        data = self._unpacked(size) if self.packed else self.source.read(size)
        self.given += len(data)
        self.allow -= len(data)
        if self.allow < 0:
            raise BadInput("damaged", why=f"the head of a record is larger than {HEAD} bytes")
        if not self.packed:
            self.end = self.at + self.given
        return data

    def _unpacked(self, size: int) -> bytes:
        while not self._ended():
            piece = self._rest or self.source.read(_PIECE)
            if not piece:
                raise BadInput("cut off", why="the file ends inside a gzip member")
            try:
                data = self._member.decompress(piece, size)
            except zlib.error as error:
                raise BadInput("damaged", why=f"gzip: {error}") from error
            self._rest = self._member.unconsumed_tail
            self._taken += len(piece) - len(self._rest)
            if self._ended():
                self.end = self.source.tell() - len(self._member.unused_data)
            limit = max(self.limits.archive_ratio_from, self.limits.archive_ratio * self._taken)
            if self.given + len(data) > limit:
                raise Bomb(
                    "not read", why=f"packed more than {self.limits.archive_ratio}:1: a bomb"
                )
            if data:
                return data
        return b""

    def _ended(self) -> bool:
        return self._member.eof


def next_start(source: BinaryIO, at: int) -> int:
    """Return where the next record seems to begin, from a place on; the size when there is none.

    This is how reading goes on behind a damaged record.
    """
    size = source.seek(0, os.SEEK_END)
    while at < size:
        source.seek(at)
        window = source.read(_WINDOW + len(_START) + 1)
        found = _first(source, window, at)
        if found is not None:
            return found
        at += _WINDOW
    return size


def _first(source: BinaryIO, window: bytes, at: int) -> int | None:
    places = []
    spot = window.find(b"\n" + _START)
    if spot >= 0:
        places.append(at + spot + 1)
    spot = window.find(_GZIP)
    while spot >= 0 and (not places or at + spot < places[0]):
        if is_start(source, at + spot):
            return at + spot
        spot = window.find(_GZIP, spot + 1)
    return places[0] if places else None


def is_start(source: BinaryIO, at: int) -> bool:
    """Tell whether a gzip member with a record begins at a place."""
    source.seek(at)
    try:
        start = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(source.read(512), len(_START))
    except zlib.error:
        return False
    return start == _START
