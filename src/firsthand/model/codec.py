"""Turn nouns into canonical JSON and back, without a schema library.

A noun is a frozen dataclass whose fields are JSON scalars, ``Interval``, ``Span``, enums,
tuples of these, other such dataclasses, or plain JSON values (annotated ``Json``).
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput

T = TypeVar("T")


@cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def to_json(value: Any) -> Json:
    """Return the JSON form of a noun or value; fields that are None are left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {name: to_json(item) for name, item in pairs if item is not None}
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, Mapping):
        return {key: to_json(item) for key, item in value.items()}
    return value


def from_json(cls: type[T], data: Json) -> T:
    """Build a noun from its JSON form.

    Raises
    ------
    BadInput
        When a field is missing, unknown, or of another type.
    """
    return typing.cast(T, _read(cls, data, cls.__name__))


def _read(hint: Any, data: Json, where: str) -> Any:
    origin = typing.get_origin(hint)
    if hint is Any:
        return data
    if origin in (typing.Union, types.UnionType):
        options = [h for h in typing.get_args(hint) if h is not type(None)]
        if data is None and len(options) < len(typing.get_args(hint)):
            return None
        return _read(options[0], data, where)
    if origin is tuple:
        if not isinstance(data, list):
            raise BadInput("record cannot be read", why=f"{where} is not a list")
        inner = typing.get_args(hint)[0]
        return tuple(_read(inner, item, where) for item in data)
    if dataclasses.is_dataclass(hint):
        return _read_dataclass(typing.cast(type, hint), data, where)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        try:
            return hint(data)
        except ValueError as error:
            known = ", ".join(hint)
            raise BadInput(f"{where}: {data!r} is not known", hint=f"one of: {known}") from error
    base = getattr(hint, "__supertype__", hint)
    if base in (str, int, bool, dict):
        if not isinstance(data, base) or (base is int and isinstance(data, bool)):
            raise BadInput("record cannot be read", why=f"{where} is not {base.__name__}")
        return data
    raise TypeError(f"codec cannot read {hint!r}")  # a fault of ours, not of the input


def _read_dataclass(cls: type, data: Json, where: str) -> Any:
    if not isinstance(data, dict):
        raise BadInput("record cannot be read", why=f"{where} is not an object")
    hints = _hints(cls)
    unknown = sorted(set(data) - set(hints))
    if unknown:
        raise BadInput("record cannot be read", why=f"{where} has no field {', '.join(unknown)}")
    values = {name: _read(hints[name], item, f"{where}.{name}") for name, item in data.items()}
    try:
        return cls(**values)
    except TypeError as error:
        needed = [
            f.name
            for f in dataclasses.fields(cls)
            if f.default is dataclasses.MISSING
            and f.default_factory is dataclasses.MISSING
            and f.name not in values
        ]
        raise BadInput("record cannot be read", why=f"{where} lacks {', '.join(needed)}") from error
