"""Run the two metadata readers, exiftool and a child with wheels, over many files at once."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from firsthand.media.sandbox import Bounds, Finished, run_limited
from firsthand.model.errors import MissingDependency

BOUNDS = Bounds(memory_mib=1024, cpu_s=40, wall_s=80, output_mib=64)
"""Of one child; a file that ends a child which just began is the one to blame."""

AT_ONCE = 64
"""Files of one child: starting exiftool takes about as long as it then needs for ten files."""

_EXIFTOOL = (
    # Only a session that stays open tells after each file that it is done with it.
    "exiftool", "-config", "", "-stay_open", "True", "-@", "-", "-common_args",
    # Numbers as stored, every copy of a tag, groups by place in the file, no file system facts.
    "-json", "-n", "-a", "-G1:4", "-struct", "-api", "largefilesupport=1",
    "--System:all", "--ICC_Profile:all", "--ThumbnailImage", "--PreviewImage",
)  # fmt: skip
_READY = re.compile(r"^\{ready(\d+)\}$", re.MULTILINE)
_SOURCE = re.compile(r'^  "SourceFile": .*\n', re.MULTILINE)
_START = (
    "import json,sys; sys.path[:]=json.loads(sys.argv[1]); "
    "from firsthand.media.exif_child import main; main()"
)


@dataclass(frozen=True)
class Reading:
    """What one reader gave for one file: its text, or the reason why there is none."""

    text: str | None
    reason: str | None = None


def exiftool(paths: Sequence[str]) -> list[Reading]:
    """Return exiftool's JSON for each file, without the paths and times of this machine."""
    try:
        return _in_turn(paths, _exiftool)
    except MissingDependency:
        return [Reading(None, MISSING) for _ in paths]


MISSING = "exiftool is not installed (Debian: libimage-exiftool-perl)"


def wheels(paths: Sequence[str]) -> list[Reading]:
    """Return one JSON object for each file, of exifread, an XMP reader and Pillow's IPTC reader."""
    return _in_turn(paths, _wheels)


def wheels_version() -> str:
    """Name the wheels that read, with their versions."""
    return f"exifread {version('exifread')}, Pillow {version('pillow')}"


Reader = Callable[[Sequence[str]], tuple[dict[int, Reading], Finished]]


def _in_turn(paths: Sequence[str], reader: Reader) -> list[Reading]:
    """Read all files; a file that ends its child is named and the rest goes on in a new one."""
    done: list[Reading] = []
    while len(done) < len(paths):
        batch = paths[len(done) : len(done) + AT_ONCE]
        got, finished = reader(batch)
        before = len(done)
        while len(done) - before < len(batch) and len(done) - before in got:
            done.append(got[len(done) - before])
        if len(done) == before:  # not even the first: it is the one to blame
            reason = finished.reason or "no answer"
            done.append(Reading(None, f"{finished.status}: {reason}"))
    return done


def _argument(path: str) -> str:
    """Return a path as a line of exiftool's argument file."""
    if not re.search(r"[\r\n]", path):
        return path
    escaped = path.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return "#[CSTR]" + escaped


def _exiftool(paths: Sequence[str]) -> tuple[dict[int, Reading], Finished]:
    lines = [f"{_argument(path)}\n-execute{n}\n" for n, path in enumerate(paths)]
    lines.append("-stay_open\nFalse\n")
    finished = run_limited(
        _EXIFTOOL,
        bounds=BOUNDS,
        stdin="".join(lines).encode("utf-8", "surrogateescape"),
        inputs=paths,
    )
    # exiftool writes UTF-8 and escapes line ends inside values, so a line "{readyN}" is its own.
    pieces = _READY.split(finished.stdout.decode("utf-8", "replace"))
    got = {}
    for text, number in zip(pieces[0::2], pieces[1::2], strict=False):
        text = _SOURCE.sub("", text.strip(), count=1)
        said = Reading(text) if text.startswith("[") else Reading(None, "exiftool cannot read it")
        got[int(number)] = said
    return got, finished


def _wheels(paths: Sequence[str]) -> tuple[dict[int, Reading], Finished]:
    argv = [sys.executable, "-I", "-c", _START, json.dumps(sys.path)]
    given = json.dumps(list(paths)).encode()
    finished = run_limited(argv, bounds=BOUNDS, stdin=given, inputs=paths)
    got = {}
    for number, line in enumerate(finished.stdout.decode("utf-8", "replace").split("\n")[:-1]):
        answer: dict[str, Any] = json.loads(line)
        got[number] = Reading(None, answer["reason"]) if "reason" in answer else Reading(line)
    return got, finished
