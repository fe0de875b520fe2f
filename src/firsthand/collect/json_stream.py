"""Large JSON files, read element by element: bounded in memory, not stopped by a bad element."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput

_CHUNK = 1 << 18
_DEEPEST = 64
"""Levels outside of elements; nothing that exports data nests deeper."""
_SPACE = re.compile(r"[ \t\r\n]*")
_MARK = re.compile(r'["\[\]{}]')
_ANY = re.compile(r'["\[\]{},]')
_REST = re.compile(r'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
"""What is left of a text up to and with the quote that ends it."""
_DECODER = json.JSONDecoder(parse_float=str, parse_constant=str)

Place = tuple[str | int, ...]
"""Keys and indices from the top down to a value."""
Wanted = Callable[[Place], bool]


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, number, truth value or null outside of the wanted arrays."""

    path: Place
    value: Json


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


def elements(
    stream: BinaryIO,
    wanted: Wanted,
    limit: int,
    *,
    start: re.Pattern[str] | None = None,
    mend: Callable[[str], str] | None = None,
) -> Iterator[Scalar | Element]:
    r"""Yield the elements of wanted arrays, and the scalars beside them, in the order of the file.

    Parameters
    ----------
    wanted
        Tells by its path whether an array is wanted.
    limit
        Size of an element or scalar [code points]; a larger one comes as a problem.
    start
        What stands before the JSON (an assignment), at the very start of the file.
    mend
        Turns an element that is no JSON into one that may be.

    Raises
    ------
    BadInput
        When the file cannot be followed any further; what came before was yielded.

    >>> import io
    >>> text = b'{"a": {"list": [1, {"b": 2}]}}'
    >>> [each.value for each in elements(io.BytesIO(text), lambda path: path[-1:] == ("list",), 99)]
    [1, {'b': 2}]
    """
    reader = _Reader(stream, limit, mend)
    if start is not None:
        reader.skip(start)
    yield from _value(reader, wanted, ())


def _value(reader: _Reader, wanted: Wanted, path: Place) -> Iterator[Scalar | Element]:
    first = reader.peek()
    if len(path) > _DEEPEST:
        raise BadInput("JSON cannot be followed", why=f"nested deeper than {_DEEPEST}")
    if first == "{":
        yield from _object(reader, wanted, path)
    elif first == "[":
        yield from _array(reader, wanted, path)
    else:
        found = reader.element(path, 0)
        if found.problem is None:
            yield Scalar(path, found.value)


def _object(reader: _Reader, wanted: Wanted, path: Place) -> Iterator[Scalar | Element]:
    reader.take("{")
    if reader.peek() == "}":
        reader.take("}")
        return
    while True:
        if reader.peek() != '"':
            raise reader.lost("a name was expected")
        key = reader.element(path, 0)
        if not isinstance(key.value, str):
            raise reader.lost(key.problem or "a name was expected")
        reader.take(":")
        yield from _value(reader, wanted, (*path, key.value))
        if reader.take(",}") == "}":
            return


def _array(reader: _Reader, wanted: Wanted, path: Place) -> Iterator[Scalar | Element]:
    reader.take("[")
    if reader.peek() == "]":
        reader.take("]")
        return
    number, take = 0, wanted(path)
    while True:
        if take:
            yield reader.element(path, number)
        else:
            yield from _value(reader, wanted, (*path, number))
        number += 1
        if reader.take(",]") == "]":
            return


class _Reader:
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
        self._more()
        self._text = self._text.removeprefix("\ufeff")

    def _more(self) -> bool:
        """Read on; forget what was passed. Tell whether there was more."""
        if self._done:
            return False
        data = self._stream.read(_CHUNK)
        self._done = not data
        self._passed += self._at
        self._text = self._text[self._at :] + self._decoder.decode(data, final=self._done)
        self._at = 0
        return not self._done

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
            end, depth, quoted, finished = self._span(depth, quoted)
            size += end - self._at
            if size <= self._limit:
                parts.append(self._text[self._at : end])
            self._at = end
            if finished:
                return ("".join(parts) if size <= self._limit else None), size
            if not self._more():
                raise self.lost("the file ends inside a value")

    def _span(self, depth: int, quoted: bool) -> tuple[int, int, bool, bool]:
        """Return where the value ends in the text at hand, or that it goes on."""
        text, at = self._text, self._at
        while at < len(text):
            if quoted:
                rest = _REST.match(text, at)
                if rest is None:
                    # A backslash at the end belongs to the next character.
                    keep = len(text) - (len(text) - len(text.rstrip("\\"))) % 2
                    return max(keep, at), depth, True, False
                at, quoted = rest.end(), False
                if depth == 0:
                    return at, depth, False, True
                continue
            found = (_MARK if depth else _ANY).search(text, at)
            if found is None:
                return len(text), depth, False, False
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
