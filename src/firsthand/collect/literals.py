"""Python literals in files that others wrote: read token by token, never evaluated.

``ast.literal_eval`` on a whole hostile cell can exhaust the stack of the interpreter (its own
documentation says so), and does not know times. Here only single strings and numbers reach it.
"""

from __future__ import annotations

import ast
import re
import warnings
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from firsthand.model.errors import BadInput

LONGEST = 1 << 20
"""Code points of one literal that are looked at."""
DEEPEST = 40
"""Levels of brackets; auto-archiver's cells have six."""

_TOKEN = re.compile(
    r"""(?:
      (?P<string>[bB]?'(?:[^'\\\n]|\\.)*' | [bB]?"(?:[^"\\\n]|\\.)*")
    | (?P<number>-?(?:\d+\.\d*(?:e[+-]?\d+)?|\d+e[+-]?\d+|\d+))
    | (?P<name>[A-Za-z_][\w.]*)
    | (?P<mark>[\[\](){},:=])
    )""",
    re.VERBOSE,
)
_SPACE = re.compile(r"\s*")
_NAMES: dict[str, Any] = {"True": True, "False": False, "None": None, "nan": None, "inf": None}
_CLOSING = {"[": "]", "(": ")", "{": "}"}


def read_literal(text: str) -> Any:
    """Return the value of a Python literal: text, bytes, numbers, lists, dicts, tuples, times.

    Besides literals only ``datetime.datetime(…)``, ``datetime.timedelta(…)``,
    ``datetime.timezone…`` and the zones of dateutil are known. A time in ``tzlocal()`` comes
    without a zone: the writer's zone is not in the text. Numbers with a fraction stay text.

    Raises
    ------
    BadInput
        When it is anything else, too long or too deep.

    >>> read_literal("{'a': [1, (None,)], 't': datetime.datetime(2024, 5, 4, 7, 0)}")
    {'a': [1, [None]], 't': datetime.datetime(2024, 5, 4, 7, 0)}
    """
    if len(text) > LONGEST:
        raise _refused(f"{len(text)} characters are more than {LONGEST}")
    reader = _Reader(text)
    value = reader.value(0)
    if reader.kind != "end":
        raise _refused(f"something follows it: {reader.token[:40]!r}")
    return value


def _refused(why: str) -> BadInput:
    return BadInput("not a plain Python literal", why=why)


class _Reader:
    """Goes through the tokens of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.kind = self.token = ""
        self.step()

    def step(self) -> None:
        """Go on to the next token."""
        self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]
        if self.at == len(self.text):
            self.kind, self.token = "end", ""
            return
        found = _TOKEN.match(self.text, self.at)
        if found is None or found.lastgroup is None:
            raise _refused(f"cannot be read from {self.text[self.at : self.at + 40]!r}")
        self.at = found.end()
        self.kind, self.token = found.lastgroup, found[found.lastgroup]

    def take(self, mark: str) -> bool:
        """Pass over a mark when it is the next token."""
        if self.kind == "mark" and self.token == mark:
            self.step()
            return True
        return False

    def value(self, depth: int) -> Any:
        """Read one value."""
        if depth > DEEPEST:
            raise _refused(f"nested deeper than {DEEPEST}")
        kind, token = self.kind, self.token
        if kind == "end":
            raise _refused("it is cut off")
        self.step()
        if kind == "mark" and token in _CLOSING:
            return self.mapping(depth) if token == "{" else self.several(_CLOSING[token], depth)
        if kind in ("string", "number"):
            return _atom(kind, token)
        if kind == "name" and token in _NAMES:
            return _NAMES[token]
        if kind == "name":
            return self.known(token, depth)
        raise _refused(f"unexpected {token!r}")

    def several(self, closing: str, depth: int) -> list[Any]:
        """Read values up to a closing bracket."""
        found = []
        while not self.take(closing):
            found.append(self.value(depth + 1))
            if not self.take(","):
                if not self.take(closing):
                    raise _refused(f"{self.token[:40]!r} where a comma belongs")
                break
        return found

    def mapping(self, depth: int) -> dict[Any, Any] | list[Any]:
        """Read a dict, or a set as a list."""
        pairs: dict[Any, Any] = {}
        values: list[Any] = []
        while not self.take("}"):
            key = self.value(depth + 1)
            if self.take(":"):
                if isinstance(key, list | dict):
                    raise _refused("a key is not plain")
                pairs[key] = self.value(depth + 1)
            else:
                values.append(key)
            if not self.take(","):
                if not self.take("}"):
                    raise _refused(f"{self.token[:40]!r} where a comma belongs")
                break
        if pairs and values:
            raise _refused("neither a dict nor a set")
        return values or pairs

    def known(self, name: str, depth: int) -> Any:
        """Read one of the few calls that times are written with."""
        plain = name.removeprefix("datetime.")
        if plain == "timezone.utc":
            return UTC
        if plain not in _TIMES:
            raise _refused(f"{name[:40]!r} is not known")
        if not self.take("("):
            raise _refused(f"{name[:40]!r} without its values")
        plains, named = self.arguments(depth)
        try:
            return _TIMES[plain](*plains, **named)
        except (TypeError, ValueError, OverflowError) as error:
            raise _refused(f"{name}: {error}") from error

    def arguments(self, depth: int) -> tuple[list[Any], dict[str, Any]]:
        """Read the values of a call, by place and by name."""
        plains: list[Any] = []
        named: dict[str, Any] = {}
        while not self.take(")"):
            if len(plains) + len(named) > 20:
                raise _refused("too many values")
            if self.kind == "name" and self.text[self.at : self.at + 1] == "=":
                name = self.token
                self.step()
                self.step()
                named[name] = self.value(depth + 1)
            else:
                plains.append(self.value(depth + 1))
            if not self.take(","):
                if not self.take(")"):
                    raise _refused(f"{self.token[:40]!r} where a comma belongs")
                break
        return plains, named


def _atom(kind: str, token: str) -> Any:
    if kind == "number" and not token.lstrip("-").isdecimal():
        return token
    if kind == "string" and "\\" not in token and token[0] in "'\"":
        return token[1:-1]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # an escape that is none
            return ast.literal_eval(token)
    except (ValueError, SyntaxError, Warning, MemoryError, RecursionError) as error:
        raise _refused(f"{token[:40]!r}: {error}") from error


def _local() -> None:
    """Stand for the zone of the machine that wrote the file, which nobody knows."""
    return None


def _utc() -> tzinfo:
    return UTC


def _offset(_name: str | None, seconds: int) -> tzinfo:
    return timezone(timedelta(seconds=seconds))


_TIMES: dict[str, Any] = {
    "datetime": datetime,
    "timedelta": timedelta,
    "timezone": timezone,
    "tzlocal": _local,
    "tzutc": _utc,
    "tzoffset": _offset,
}
