"""Key frames of a film: where the picture changes, and at an interval between.

One pass of ffmpeg marks more frames than are kept; the choice among them is made here, so that it
is the same on every run.
"""

from __future__ import annotations

import re
import struct
from pathlib import Path

from firsthand.media.film import MISSING, complaint, probe, source
from firsthand.media.sandbox import Bounds, run_limited
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput, MissingDependency

__all__ = ["probe", "key_frames", "take"]

LONGEST_SIDE = 1280
"""Of a key frame [px]: enough to read a caption; fingerprints need less."""

ALL_PICTURES = 40_000_000_000
"""Pixels of a film up to which every picture is decoded (about 11 minutes of 1920x1080 at 30/s);
beyond, only the pictures that need no other. One core decodes roughly 3e8 pixels per second."""

CANDIDATES = 4
"""Marked frames for each one kept."""

MOST_PIXELS = 50_000_000
"""Of one picture [px]; above 8192 x 4320, the largest in common use."""

_BOUNDS = Bounds(memory_mib=1536, cpu_s=150, wall_s=240, output_mib=96)
_MARK = re.compile(r"^\[?.*?frame:\d+\s+pts:(-?\d+)\s", re.MULTILINE)
_SCORE = re.compile(r"lavfi\.scene_score=([0-9.]+)")
_SEAM = re.compile(rb"(?<=\xff\xd9)(?=\xff\xd8\xff)")
_FRAME_HEADERS = {*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC)}


def key_frames(
    path: str | Path,
    *,
    every_ms: int = 1000,
    most: int = 60,
    scene_permille: int = 300,
) -> list[Json]:
    """Return the key frames alone; :func:`take` also tells why there are none.

    Raises
    ------
    BadInput
        When a parameter is out of range.
    """
    taken = take(path, every_ms=every_ms, most=most, scene_permille=scene_permille)
    frames: list[Json] = taken["frames"]
    return frames


def take(
    path: str | Path,
    *,
    every_ms: int = 1000,
    most: int = 60,
    scene_permille: int = 300,
) -> Json:
    """Return ``{"status", "reason"?, "decoded", "frames"}``; never raises for a fault of the file.

    Each frame is ``{"t_ms" [ms from the start], "data" [JPEG bytes], "media_type", "width",
    "height" [px, as shown, at most 1280], "why": "first"|"scene"|"interval", "scene_permille"}``.
    ``every_ms`` is the longest stretch without a frame while ``most`` allows it; a long film gets
    a longer one. ``scene_permille`` is ffmpeg's measure of change between two pictures from which
    a cut is seen. ``decoded`` is ``all`` or ``key pictures``, the latter for long films.

    Raises
    ------
    BadInput
        When a parameter is out of range.
    """
    if every_ms < 40 or not 1 <= most <= 1000 or not 0 < scene_permille <= 1000:
        raise BadInput("key frames cannot be taken", why="a parameter is out of its range",
                       hint="every_ms >= 40, most 1 to 1000, scene_permille 1 to 1000")  # fmt: skip
    film = probe(path)
    if film["status"] != "read" or film["codec"] is None:
        reason = film.get("reason", "no moving pictures in it")
        status = film["status"] if film["status"] != "read" else "failed"
        return {"status": status, "reason": reason, "decoded": None, "frames": []}
    decoded = "all" if _pixels(film) <= ALL_PICTURES else "key pictures"
    argv = _command(path, film, decoded, every_ms, most, scene_permille)
    try:
        finished = run_limited(argv, bounds=_BOUNDS, inputs=[Path(path).resolve()])
    except MissingDependency:
        return {"status": "not_checked", "reason": MISSING, "decoded": None, "frames": []}
    value: Json = {"status": "read", "decoded": decoded, "frames": []}
    if finished.status != "ok":
        value |= {"status": finished.status, "reason": complaint(finished, path)}
    frames = _frames(finished.stdout, finished.stderr, scene_permille)
    if frames:  # a film that breaks off still shows what came before
        value["status"] = "read"
        value["frames"] = _chosen(frames, most)
    elif value["status"] == "read":
        value |= {"status": "failed", "reason": complaint(finished, path)}
    return value


def _pixels(film: Json) -> int:
    seconds = (film["duration_ms"] or 0) / 1000
    rate = (film["fps_milli"] or 30_000) / 1000
    return int(seconds * rate * (film["width"] or 0) * (film["height"] or 0))


def _command(
    path: str | Path, film: Json, decoded: str, every_ms: int, most: int, scene_permille: int
) -> list[str]:
    duration = film["duration_ms"] or 0
    interval = max(every_ms, -(-duration // most))
    # So close, one cut is not told from the next, and the number of marked frames stays bounded.
    gap = max(200, -(-duration // (CANDIDATES * most)))
    choose = (
        f"isnan(prev_selected_t)+gte(t-prev_selected_t,{interval}/1000)"
        f"+gt(scene,{scene_permille}/1000)*gte(t-prev_selected_t,{gap}/1000)"
    )
    side = LONGEST_SIDE
    width = f"max(2,trunc(if(gte(dar,1),min({side},iw*sar),min({side},ih)*dar)/2)*2)"
    height = f"max(2,trunc(if(gte(dar,1),min({side},iw*sar)/dar,min({side},ih))/2)*2)"
    filters = (
        f"settb=1/1000,select='{choose}',metadata=mode=print:key=lavfi.scene_score,"
        f"scale=w='{width}':h='{height}':flags=bicubic+accurate_rnd+bitexact,setsar=1"
    )
    return [
        "ffmpeg", "-nostdin", "-hide_banner", "-nostats", "-v", "info", "-threads", "1",
        "-max_alloc", str(512 << 20),
        *(["-skip_frame", "nokey"] if decoded != "all" else []),
        "-max_pixels", str(MOST_PIXELS), *source(path),
        "-map", "0:V:0", "-an", "-sn", "-dn", "-map_metadata", "-1",
        "-filter_threads", "1", "-vf", filters, "-fps_mode", "passthrough",
        "-frames:v", str(CANDIDATES * most + most),
        "-threads", "1", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "2",
        "-flags", "+bitexact", "-f", "image2pipe", "pipe:1",
    ]  # fmt: skip


def _frames(output: bytes, notes: str, scene_permille: int) -> list[Json]:
    """Pair the pictures on standard output with the marks on standard error."""
    pieces = [piece for piece in _SEAM.split(output) if piece.endswith(b"\xff\xd9")]
    marks = list(_MARK.finditer(notes))
    frames: list[Json] = []
    for n, (piece, mark) in enumerate(zip(pieces, marks, strict=False)):
        until = marks[n + 1].start() if n + 1 < len(marks) else len(notes)
        score = _SCORE.search(notes, mark.end(), until)
        permille = round(float(score[1]) * 1000) if score else 0
        size = _size(piece)
        if size is None:
            continue
        why = "first" if not frames else "scene" if permille > scene_permille else "interval"
        frames.append(
            {"t_ms": int(mark[1]), "data": piece, "media_type": "image/jpeg", "width": size[0],
             "height": size[1], "why": why, "scene_permille": permille}
        )  # fmt: skip
    return frames


def _chosen(frames: list[Json], most: int) -> list[Json]:
    """Keep the first frame, the strongest cuts up to half, and others evenly; then more cuts."""
    first, others = frames[:1], frames[1:]
    cuts = sorted((f for f in others if f["why"] == "scene"),
                  key=lambda f: (-f["scene_permille"], f["t_ms"]))  # fmt: skip
    even = [f for f in others if f["why"] == "interval"]
    room = most - len(first)
    for_even = min(len(even), room - min(len(cuts), room // 2))
    even = [even[n * len(even) // for_even] for n in range(for_even)]
    return sorted(first + cuts[: room - for_even] + even, key=lambda f: int(f["t_ms"]))


def _size(data: bytes) -> tuple[int, int] | None:
    """Return width and height [px] of a JPEG from its frame header (ITU-T T.81, B.2.2)."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], struct.unpack_from(">H", data, at + 2)[0]
        if marker in _FRAME_HEADERS:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 + length
    return None
