"""What an importer hands over: items with an outcome each, and the surroundings it works in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from firsthand.case import Case, Staged
from firsthand.model.canonical import keepable
from firsthand.model.errors import BadInput
from firsthand.model.nouns import Gap, Sighting, Written, content_id
from firsthand.model.values import Digest

FAILED = "failed"
QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Staged bytes that shall become an exhibit."""

    staged: Staged
    media_type: str
    derived_from: Digest | None = None
    derivation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that an importer met, with everything that it brings.

    ``status`` is ``failed`` or ``quarantined`` with a ``reason``, or None: then what the case holds
    decides between done and already. An item that is not ``counted`` (gaps found at the end) has
    no outcome.
    """

    name: str
    kept: tuple[Kept, ...] = ()
    sighting: Sighting | None = None
    content: str | None = None
    nouns: tuple[tuple[str, Any], ...] = ()
    gaps: tuple[Gap, ...] = ()
    status: str | None = None
    reason: str | None = None
    counted: bool = True


def failed(name: str, error: str | BaseException) -> Item:
    """Return the item of something that could not be taken in."""
    return Item(name=name, status=FAILED, reason=reason_of(error))


def is_gone(error: BaseException) -> bool:
    """Tell whether a file failed because it is not there."""
    return isinstance(error, FileNotFoundError) or isinstance(error.__cause__, FileNotFoundError)


def reason_of(error: str | BaseException) -> str:
    """Say in words that may stand in the ledger why something failed; no paths of the machine."""
    if isinstance(error, BaseException) and is_gone(error):
        return "vanished: it is no longer there"
    if isinstance(error, OSError):
        return f"cannot be read: {os.strerror(error.errno or 5)}"
    hint = getattr(error, "hint", "")
    text = f"{error} ({hint})" if hint else str(error)
    return keepable(text or type(error).__name__)[0][:2000]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on hostile input: lines [bytes], archives [bytes, entries, ratio], child processes."""

    line: int = 1 << 20
    archive_bytes: int = 20 << 30
    archive_entries: int = 100_000
    archive_ratio: int = 200
    archive_ratio_from: int = 1 << 20
    page_bytes: int = 32 << 20
    page_seconds: float = 60.0
    page_memory: int = 1536 << 20
    page_gaps: int = 200
    pdf_pages: int = 5000
    pdf_seconds: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What an importer works with. ``prefix`` stands before every path (``archive.zip!/``).

    ``flush`` makes durable what was yielded so far; ``expect`` says how many items there will be;
    ``note`` takes what whoever adds must be told, once for each item.
    """

    case: Case
    flush: Callable[[], None]
    expect: Callable[[int], None]
    source: str | None = None
    published: Written | None = None
    publisher: str | None = None
    url: str | None = None
    lang: str | None = None
    prefix: str = ""
    limits: Limits = Limits()
    note: Callable[[str], None] = lambda text: None


@dataclass(frozen=True, slots=True)
class Importer:
    """One kind of input: its name for ``--as``, what it is, and how its items are found.

    ``checked`` says against what the reading of a format that others define was checked.
    """

    kind: str
    summary: str
    items: Callable[[Context, Path], Iterator[Item]]
    checked: str | None = None


def make_gap(what: str, reason: str, mentioned_in: str | None, ref: str | None) -> Gap:
    """Return a gap with the id of its content."""
    bare = Gap(id="", what=what, reason=reason, mentioned_in=mentioned_in, ref=ref)
    gap_id = content_id("gap", bare)
    return Gap(id=gap_id, what=what, reason=reason, mentioned_in=mentioned_in, ref=ref)


def shown_name(name: str) -> tuple[str, str | None]:
    r"""Return a file name as text, and its bytes in hex when it is not UTF-8.

    >>> shown_name("caf\udce9.jpg")
    ('caf\\udce9.jpg', '636166e92e6a7067')
    """
    text, changed = keepable(name)
    return text, os.fsencode(name).hex() if changed else None


def safe_below(folder: Path, name: str) -> Path:
    """Return the path of a file that a listing names, which must lie below the listing's folder.

    Raises
    ------
    BadInput
        When the name is absolute, climbs out, or leads out through a link.
    """
    pure = PurePosixPath(name)
    if not name or "\0" in name or "\\" in name or pure.is_absolute() or ".." in pure.parts:
        raise BadInput("unsafe path", why=f"{name[:200]!r} does not stay below its folder")
    path = folder / pure
    try:
        inside = path.parent.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError) as error:
        raise BadInput("unsafe path", why=f"{name[:200]!r} cannot be followed") from error
    if not inside:
        raise BadInput("unsafe path", why=f"{name[:200]!r} leads out of its folder")
    return path
