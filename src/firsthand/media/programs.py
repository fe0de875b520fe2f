"""Which programs of the system firsthand finds, and their versions, for the record of a session.

Asking a program costs a start of it, so answers are kept in the user's cache folder for as long as
the file of the program stays the same (place, size, time of change). The folder can be deleted.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import platform
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from firsthand.media.sandbox import Bounds, run_limited
from firsthand.model.canonical import Json

ASKED: Mapping[str, tuple[str, ...]] = {
    "exiftool": ("-ver",),
    "ffmpeg": ("-version",),
    "openssl": ("version",),
    "tesseract": ("--version",),
}
"""Programs and how each is asked for its version."""

_BOUNDS = Bounds(cpu_s=10, wall_s=20, output_mib=1)
_VERSION = re.compile(r"[0-9]+(?:\.[0-9A-Za-z]+)+[0-9A-Za-z.+~-]*")


@functools.cache
def versions() -> Mapping[str, str | None]:
    """Return the version of Python and of each program; None where it is not found or says none.

    Looked up once in a process.
    """
    place = _cache_file()
    known = _read(place)
    found: dict[str, str | None] = {"python": platform.python_version()}
    kept: dict[str, Json] = {}
    for name, arguments in ASKED.items():
        identity = _identity(name)
        if identity is None:
            found[name] = None
            continue
        row = known.get(name)
        if not (isinstance(row, list) and len(row) == 2 and row[0] == identity):
            row = [identity, _ask(name, arguments)]
        found[name] = row[1] if isinstance(row[1], str) else None
        if found[name]:  # what gave no answer is asked again the next time
            kept[name] = row
    if kept != known:
        with contextlib.suppress(OSError):  # without a cache it is only slower
            _write(place, kept)
    return found


def _ask(name: str, arguments: tuple[str, ...]) -> str | None:
    done = run_limited([name, *arguments], bounds=_BOUNDS)
    first = done.stdout.decode("utf-8", "replace").split("\n", 1)[0]
    match = _VERSION.search(first)
    return match[0] if done.status == "ok" and match else None


def _identity(name: str) -> str | None:
    """Return what changes when another program takes the place of this one."""
    place = shutil.which(name)
    if place is None:
        return None
    real = os.path.realpath(place)
    try:
        found = os.stat(real)
    except OSError:
        return None
    return f"{real} {found.st_size} {found.st_mtime_ns}"


def _cache_file() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "firsthand" / "programs.json"


def _read(place: Path) -> dict[str, Json]:
    try:
        known = json.loads(place.read_bytes())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _write(place: Path, kept: Mapping[str, Json]) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.{os.getpid()}")
    part.write_text(json.dumps(kept, sort_keys=True), encoding="utf-8")
    os.replace(part, place)
