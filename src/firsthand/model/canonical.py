"""Canonical JSON: one byte string for one value, so that digests mean something.

The profile is the common part of RFC 8785 (JCS) and ``json.dumps(sort_keys=True)``: ASCII
object keys, no floating-point numbers, integers below 2**53 in size, no lone surrogates.
Inside it, the standard library alone reproduces the bytes, so a stranger's checker needs no
package.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from firsthand.model.errors import BadInput

MAX_INTEGER = 2**53 - 1
"""Largest integer that every JSON reader keeps exactly (RFC 8785, section 3.2.2.3)."""

MAX_DEPTH = 64
"""Deepest nesting accepted; hostile input must not exhaust the stack."""

Json = Any
"""A value made of dict, list, str, int, bool and None."""


def _check(value: Json, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise BadInput("value cannot be recorded", why=f"nested deeper than {MAX_DEPTH}")
    # By exact type first: this runs over every value of every entry.
    kind = type(value)
    if kind is str:
        if not value.isascii():
            _check_text(value)
    elif kind is int:
        if abs(value) > MAX_INTEGER:
            raise BadInput("number cannot be recorded", why=f"{value} needs more than 53 bits")
    elif value is None or kind is bool:
        return
    elif kind is dict or isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise BadInput("value cannot be recorded", why=f"key {key!r} is not ASCII text")
            _check(item, depth + 1)
    elif kind is list or kind is tuple:
        for item in value:
            _check(item, depth + 1)
    elif isinstance(value, str):
        _check_text(value)
    elif isinstance(value, float):
        raise BadInput(
            "number cannot be recorded",
            why=f"{value} is a floating-point number",
            hint="use an integer with the unit in the name (lat_e7, p_ppm, t_ms)",
        )
    else:
        raise BadInput("value cannot be recorded", why=f"{kind.__name__} is not JSON")


def _check_text(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadInput("text cannot be recorded", why="lone surrogate") from error


def dumps(value: Json, *, inside: int = 0) -> bytes:
    """Encode a value in the canonical profile; it will stand ``inside`` so many others.

    Raises
    ------
    BadInput
        For floats, integers beyond 53 bits, keys that are not ASCII, lone surrogates.

    >>> dumps({"b": [1, None], "a": "é"}).decode()
    '{"a":"é","b":[1,null]}'
    """
    _check(value, inside)
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode("utf-8")


def _no_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise BadInput("JSON object names one key twice")
    return result


def loads(data: bytes) -> Json:
    """Decode bytes that must already be canonical.

    Raises
    ------
    BadInput
        When the bytes are not JSON or are not exactly what :func:`dumps` gives.
    """
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_no_duplicates)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise BadInput("not canonical JSON", why=str(error)) from error
    if dumps(value) != data:
        raise BadInput("not canonical JSON", why="same value, other bytes")
    return value


def digest_of(value: Json) -> str:
    """Return ``sha256:<hex>`` of the canonical bytes of a value.

    >>> digest_of({})
    'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'
    """
    return "sha256:" + hashlib.sha256(dumps(value)).hexdigest()


def keepable(text: str) -> tuple[str, bool]:
    r"""Make any text recordable; tell whether it had to change.

    Lone surrogates (names of files that are not UTF-8, broken posts) become ``\\udcXX`` escapes.

    >>> keepable("a\udce9")
    ('a\\udce9', True)
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode("utf-8"), True
    return text, False
