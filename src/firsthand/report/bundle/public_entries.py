"""What of which entry a public bundle opens: an allow-list, and nothing else.

Bodies of custody that others need for checking: keys of the log and of exports, stamps that were
received, cosignatures. Never who acted or when a clock said so, and never a body with free text. Of
a release only its objects: the stripped copy. All other entries are their commitments alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from firsthand.model.canonical import Json
from firsthand.report.bundle.narrow import Entry

Test = Callable[[Json], bool]


def matches(pattern: str) -> Test:
    """Return a test for texts of one form."""
    known = re.compile(pattern)
    return lambda value: isinstance(value, str) and known.fullmatch(value) is not None


def whole(value: Json) -> bool:
    """Tell whether a value is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


DIGEST = matches("sha256:[0-9a-f]{64}")
HEX = matches("[0-9a-f]{64}")
NAME = matches(r"[\w.:/+ -]{1,100}")
"""Names of authorities and witnesses: others cannot check what they signed without them."""
VERSION = matches(r"[\w.:/+ ()-]{0,100}")
"""Of a program that read a token, such as "OpenSSL 3.0.13 30 Jan 2024 (Library: …)"."""
SAID = matches(
    r"refused by [a-z0-9-]{1,20}, accepted by [a-z0-9-]{1,20}"
    r"|promised by https?://[A-Za-z0-9_.:/-]{1,200}(, https?://[A-Za-z0-9_.:/-]{1,200}){0,9}"
    r"|said to be in the Bitcoin block [0-9, ]{1,200}: its header was not given"
    r"|in the Bitcoin block [0-9a-f]{64}, whose header was given"
)
"""What firsthand itself writes of a token that it took (case/custody/reading.py, reading_ots)."""

STAMP: Mapping[str, Test] = {
    "id": matches("stamp:[0-9a-f]{64}"),
    "state": matches("received"),
    "kind": matches("rfc3161|opentimestamps"),
    "authority": NAME,
    "size": whole,
    "root": HEX,
    "checkpoint": DIGEST,
    "request": DIGEST,
    "token": DIGEST,
    "time_ms": whole,
    "accuracy_ms": whole,
    "why": SAID,
    "after": matches("stamp:[0-9a-f]{64}"),
    "readers": lambda value: isinstance(value, list) and all(map(_reader, value)),
}
COSIGNATURE: Mapping[str, Test] = {
    "id": matches("cosignature:[0-9a-f]{64}"),
    "witness": NAME,
    "size": whole,
    "root": HEX,
    "cosigned": DIGEST,
    "time_ms": whole,
}
KEY: Mapping[str, Test] = {
    "id": matches("key:[0-9a-f]{64}"),
    "role": matches("log|export"),
    "state": matches("added|rotated|revoked"),
    "name": matches(r"firsthand\.case/[0-9a-f]{16}(/export)?"),
    "key": matches(r"firsthand\.case/[0-9a-f]{16}(/export)?\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}=?"),
    "valid_from": whole,
    "valid_to": whole,
    "replaces": matches(
        r"firsthand\.case/[0-9a-f]{16}(/export)?\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}=?"
    ),
    "endorsement": DIGEST,
}
BODIES: Mapping[str, Mapping[str, Test]] = {
    "stamp": STAMP,
    "cosignature": COSIGNATURE,
    "key": KEY,
}
NOTHING: frozenset[str] = frozenset()


def _reader(value: Json) -> bool:
    known = {
        "reader": NAME,
        "verdict": matches("accepted|refused|not_run"),
        "version": VERSION,
        "why": matches("not installed"),
    }
    return isinstance(value, dict) and all(k in known and known[k](v) for k, v in value.items())


def open_fields(entry: Entry, released: Collection[int]) -> frozenset[str]:
    """Return the fields of an entry that a public bundle opens.

    ``released`` are the entries of releases that hold and that bring a stripped copy.
    """
    if entry.opening is None or "from" in entry.opening.fields:
        return NOTHING
    if entry.kind == "release":
        return frozenset(("objects",)) if entry.index in released else NOTHING
    shape, body = BODIES.get(entry.kind), entry.body
    if shape is None or not isinstance(body, dict):
        return NOTHING
    if all(name in shape and shape[name](value) for name, value in body.items()):
        return frozenset(("body", "objects"))
    # With a reason in it the body stays in; the note of both keys lies in log/keys/ anyway. A token
    # whose body stays in does, too: nobody could check it, and its names would not be listed.
    if entry.kind == "key" and body.get("role") == "log":
        return frozenset(("objects",))
    return NOTHING
