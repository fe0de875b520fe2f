"""Large JSON files, read element by element: bounded in memory, not stopped by a bad element."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from firsthand.collect.json_reader import Element, Place, Reader
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput

_DEEPEST = 64
"""Levels outside of elements; nothing that exports data nests deeper."""

Wanted = Callable[[Place], bool]


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, number, truth value or null outside of the wanted arrays."""

    path: Place
    value: Json


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
    reader = Reader(stream, limit, mend)
    if start is not None:
        reader.skip(start)
    yield from _value(reader, wanted, ())


def _value(reader: Reader, wanted: Wanted, path: Place) -> Iterator[Scalar | Element]:
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


def _object(reader: Reader, wanted: Wanted, path: Place) -> Iterator[Scalar | Element]:
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


def _array(reader: Reader, wanted: Wanted, path: Place) -> Iterator[Scalar | Element]:
    reader.take("[")
    if reader.peek() == "]":
        reader.take("]")
        return
    number, take = 0, wanted(path)
    while True:
        if take:
            reader.note_line()
            yield reader.element(path, number)
        else:
            yield from _value(reader, wanted, (*path, number))
        number += 1
        try:
            ended = reader.take(",]") == "]"
        except BadInput as error:
            if not take or not reader.next_line():
                raise
            yield Element(path, number, problem=f"not JSON: {error.why}")
            number, ended = number + 1, False
        if ended:
            reader.forget_line()
            return


__all__ = ["Element", "Place", "Scalar", "elements"]
