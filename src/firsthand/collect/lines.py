"""Lines of files that may be hostile: bounded in memory, and never stopped by a bad one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its number [from 1]; a ``problem`` says why there is no text."""

    number: int
    text: str = ""
    problem: str | None = None


def each_line(path: Path, limit: int, *, blank: bool = False) -> Iterator[Line]:
    """Yield the lines of a file; blank ones only when asked for.

    A line longer than ``limit`` [B] or not UTF-8 comes as a problem; at most ``limit`` bytes are
    held at a time. A byte order mark at the start of the file is passed over.
    """
    with open(path, "rb") as stream:
        number = 0
        while raw := stream.readline(limit + 1):
            number += 1
            if number == 1:
                raw = raw.removeprefix(b"\xef\xbb\xbf")
            if len(raw) > limit and not raw.endswith(b"\n"):
                size = len(raw) + _skip(stream)
                yield Line(number, problem=f"line of {size} bytes is longer than {limit}")
                continue
            try:
                text = raw.decode("utf-8")
            except UnicodeDecodeError as error:
                problem = f"not UTF-8: {error.reason} at byte {error.start} of the line"
                yield Line(number, problem=problem)
                continue
            if blank or text.strip():
                yield Line(number, text)


def _skip(stream: BinaryIO) -> int:
    """Pass over the rest of a line and return how long it was [B]."""
    size = 0
    while chunk := stream.readline(_CHUNK):
        size += len(chunk)
        if chunk.endswith(b"\n"):
            break
    return size
