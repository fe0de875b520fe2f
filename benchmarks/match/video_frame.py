"""A frame of a compressed film of a still picture, through the ffmpeg program."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
from placed import Image

FRAMES, TAKEN = 14, 9


class MissingProgram(Exception):
    """ffmpeg, or its x264 encoder, is not here."""


@cache
def program() -> str:
    """Return ffmpeg's path."""
    found = shutil.which("ffmpeg")
    if found is None:
        raise MissingProgram("vframe needs ffmpeg (Debian: apt-get install ffmpeg)")
    asked = subprocess.run(
        [found, "-hide_banner", "-encoders"], capture_output=True, text=True, check=False
    )
    if "libx264" not in asked.stdout:
        raise MissingProgram("vframe needs an ffmpeg with libx264")
    return found


def video_frame(image: Image, *, crf: int) -> Image:
    """Return a frame of an x264 film in which the picture (h, w, 3; even sides) stands still.

    It is not the first one: later frames are predicted from earlier ones and look softer.
    """
    high, wide = image.shape[:2]
    raw = ["-f", "rawvideo", "-pix_fmt", "bgr24"]
    head = [program(), "-v", "error", "-nostdin", "-threads", "1"]
    with tempfile.TemporaryDirectory(prefix="vframe-") as folder:
        film = str(Path(folder) / "film.mp4")
        coded = ["-c:v", "libx264", "-preset", "veryfast", "-crf", str(crf), "-threads", "1"]
        _run(
            [*head, *raw, "-s", f"{wide}x{high}", "-r", "25", "-i", "-", *coded,
             "-pix_fmt", "yuv420p", "-y", film],
            image.tobytes() * FRAMES,
        )  # fmt: skip
        chosen = ["-vf", f"select=eq(n\\,{TAKEN})", "-frames:v", "1"]
        data = _run([*head, "-i", film, *chosen, *raw, "-"], b"")
    return np.frombuffer(data, np.uint8).reshape(high, wide, 3)


def _run(command: list[str], given: bytes) -> bytes:
    command = [each for each in command if each != "-nostdin"] if given else command
    done = subprocess.run(command, input=given, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace")[-400:])
    return done.stdout
