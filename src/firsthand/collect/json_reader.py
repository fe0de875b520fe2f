"""The text of a large JSON file and a place in it: values as a whole, damage passed over."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput

_CHUNK = 1 << 18
_SPACE = re.compile(r"[ \t\r\n]*")
_MARK = re.compile(r'["\[\]{}]')
_ANY = re.compile(r'["\[\]{},]')
_REST = re.compile(r'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
"""What is left of a text up to and with the quote that ends it."""
_DECODER = json.JSONDecoder(parse_float=str, parse_constant=str)

_INDENT = 32
"""Deepest indentation [characters] of a line by which the next element is found."""
_TAIL = _INDENT + 8

Place = tuple[str | int, ...]
"""Keys and indices from the top down to a value."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a wanted array, with its number [from 0]; a problem where it is unreadable.

    ``mended`` says that the element was no JSON until it was repaired.
    """

    path: Place
    number: int
    value: Json = None
    problem: str | None = None
    mended: bool = False


class Reader:
    """The text that is at hand, and the place in it."""

    def __init__(
        self, stream: BinaryIO, limit: int, mend: Callable[[str], str] | None = None
    ) -> None:
        self._stream = stream
        self._limit = limit
        self._mend = mend
        # A byte that is no UTF-8 costs one letter and not the file.
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._text = ""
        self._at = 0
        self._passed = 0
        self._done = False
        self._line: re.Pattern[str] | None = None
        self._more()
        self._text = self._text.removeprefix("\ufeff")

    def _more(self) -> bool:
        """Read on; forget what was passed. Tell whether there was more."""
        if self._done:
            return False
        data = self._stream.read(_CHUNK)
        self._done = not data
        # What stands before the place on its line is still asked for.
        gone = max(0, self._at - _INDENT)
        self._passed += gone
        self._text = self._text[gone:] + self._decoder.decode(data, final=self._done)
        self._at -= gone
        return not self._done

    def note_line(self) -> None:
        """Note how lines begin on which elements do, where the file has such lines.

        No text of JSON has a line break in it, and what lies inside of an element is indented
        deeper: so such a line is the next element, however damaged the one before is.
        """
        self.peek()
        start = self._text.rfind("\n", max(0, self._at - _INDENT), self._at) + 1
        indent = self._text[start : self._at]
        if start and not indent.strip(" \t"):
            self._line = re.compile(rf",[ \t]{{0,4}}\r?\n{indent}(?=[{{\[\"0-9])")

    def forget_line(self) -> None:
        """Forget how lines begin; the elements have ended."""
        self._line = None

    def next_line(self) -> bool:
        """Go to the next element by how its line begins; tell whether there is one."""
        while self._line is not None:
            found = self._line.search(self._text, self._at)
            if found:
                self._at = found.start() + 1
                return True
            self._at = max(self._at, len(self._text) - _TAIL)
            if not self._more():
                break
        return False

    def lost(self, why: str) -> BadInput:
        """Return the error for a file that cannot be followed from here."""
        place = self._passed + self._at
        return BadInput("JSON cannot be followed", why=f"{why} at character {place}")

    def skip(self, start: re.Pattern[str]) -> None:
        """Pass over what stands before the JSON."""
        found = start.match(self._text)
        if found is None:
            raise self.lost("it does not begin as it should")
        self._at = found.end()

    def peek(self) -> str:
        """Return the next character that is no space; the place is there afterwards."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                raise self.lost("the file ends early")

    def take(self, choices: str) -> str:
        """Pass over one of some characters."""
        found = self.peek()
        if found not in choices:
            raise self.lost(f"{found!r} stands where one of {choices!r} was expected")
        self._at += 1
        return found

    def element(self, path: Place, number: int) -> Element:
        """Read a value as a whole; one that is unreadable is passed over."""
        self.peek()
        while True:
            problem = ""
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except (ValueError, RecursionError) as error:
                problem = _problem(error)
            else:
                if end - self._at > self._limit:
                    return self._passed_over(path, number, "")
                # At the end of what is at hand a number may go on.
                if end < len(self._text) or self._done:
                    self._at = end
                    return Element(path, number, value)
            if self._done or len(self._text) - self._at > self._limit:
                return self._passed_over(path, number, problem)
            self._more()

    def _passed_over(self, path: Place, number: int, problem: str) -> Element:
        text, size = self._raw()
        if text is None:
            problem = f"{size} characters are more than {self._limit}"
            return Element(path, number, problem=problem)
        if self._mend is not None:
            try:
                return Element(path, number, _DECODER.decode(self._mend(text)), mended=True)
            except (ValueError, RecursionError):
                pass
        return Element(path, number, problem=problem or "not JSON")

    def _raw(self) -> tuple[str | None, int]:
        """Pass over a value by its brackets and quotes; return its text, or None when too long."""
        parts: list[str] = []
        size, depth, quoted = 0, 0, False
        while True:
            # The beginning of a line must not be cut in two.
            tail = _TAIL if self._line is not None and not self._done else 0
            stop = max(self._at, len(self._text) - tail)
            end, depth, quoted, finished = self._span(depth, quoted, stop)
            line = self._line.search(self._text, self._at) if self._line is not None else None
            if line is not None and line.start() < end:
                end, finished = line.start(), True
            size += end - self._at
            if size <= self._limit:
                parts.append(self._text[self._at : end])
            self._at = end
            if finished:
                return ("".join(parts) if size <= self._limit else None), size
            if self._done:
                raise self.lost("the file ends inside a value")
            self._more()

    def _span(self, depth: int, quoted: bool, stop: int) -> tuple[int, int, bool, bool]:
        """Return where the value ends before a place, or that it goes on."""
        text, at = self._text, self._at
        while at < stop:
            if quoted:
                rest = _REST.match(text, at, stop)
                if rest is None:
                    # A backslash at the end belongs to the next character.
                    seen = text[at:stop]
                    odd = (len(seen) - len(seen.rstrip("\\"))) % 2
                    return stop - odd, depth, True, False
                at, quoted = rest.end(), False
                if depth == 0:
                    return at, depth, False, True
                continue
            found = (_MARK if depth else _ANY).search(text, at, stop)
            if found is None:
                return stop, depth, False, False
            mark = found.group()
            if mark == '"':
                at, quoted = found.end(), True
            elif mark in "[{":
                at, depth = found.end(), depth + 1
            elif depth:
                at, depth = found.end(), depth - 1
                if depth == 0:
                    return at, 0, False, True
            else:
                return found.start(), 0, False, True  # a scalar ends before this
        return at, depth, quoted, False


def _problem(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "not JSON: nested too deeply"
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg}"
    return "not JSON: a number is too long"
