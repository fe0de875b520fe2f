"""Which key signs a bundle: the verifier takes the newest export key of which an entry is open."""

from __future__ import annotations

from collections.abc import Mapping

from firsthand.report.bundle.narrow import Entry


def known_there(found: list[Entry], keep: Mapping[int, frozenset[str]], vkey: str) -> bool:
    """Tell whether an entry of a narrowed case says that this is the export key."""
    return any(
        "body" in keep.get(entry.index, ()) and entry.body and entry.body.get("key") == vkey
        for entry in _entries(found)
    )


def without(found: list[Entry], keep: Mapping[int, frozenset[str]]) -> dict[int, frozenset[str]]:
    """Keep all entries about export keys in, so that the key of the log is taken instead."""
    hidden = {entry.index for entry in _entries(found)}
    return {index: names for index, names in keep.items() if index not in hidden}


def _entries(found: list[Entry]) -> list[Entry]:
    return [
        entry
        for entry in found
        if entry.kind == "key" and entry.body is not None and entry.body.get("role") == "export"
    ]
