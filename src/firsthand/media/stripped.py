"""A copy of a picture that shows the same and tells nothing else, made in a limited child."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from firsthand.media.allowance import Allowance
from firsthand.media.sandbox import Bounds, run_limited
from firsthand.model.errors import BadInput

_START = (
    "import json,sys; sys.path[:]=json.loads(sys.argv[1]); "
    "from firsthand.media.strip_child import main; main()"
)
_BOUNDS = Bounds(memory_mib=2048, cpu_s=60, wall_s=120, output_mib=512)


def stripped(path: Path) -> bytes:
    """Return a picture as PNG or JPEG with its pixels and nothing else.

    What the pixels show (a face, a plate, a handle written into the picture, the pattern of a
    sensor) is still there.

    Raises
    ------
    BadInput
        When it cannot be decoded within limits.
    """
    if path.stat().st_size > Allowance().file_mib << 20:
        raise BadInput("the picture is too large to be copied", why=str(path.stat().st_size))
    argv = [sys.executable, "-I", "-c", _START, json.dumps(sys.path)]
    finished = run_limited(argv, bounds=_BOUNDS, stdin=path)
    if finished.status != "ok" or not finished.stdout:
        raise BadInput(
            "no stripped copy can be made of it",
            why="it is no picture that can be decoded within limits",
            hint="make a copy with a tool that you trust, add it to the case, and release that",
        )
    return finished.stdout
