"""Small gray pictures of a film, one after another, from ffmpeg in a limited child.

Nothing is kept here: each picture is handed on as it comes, so that memory does not grow with the
length of a film. A long film gives fewer pictures a second, a very long one only those that need no
other picture to be decoded.
"""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firsthand.media.film import MISSING, complaint, probe, source
from firsthand.media.sandbox import Bounds, Finished, end, exit_code, outcome, start
from firsthand.media.video import ALL_PICTURES, MOST_PIXELS
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput, MissingDependency

PER_SECOND = 8.0
"""Pictures a second of a short film."""

MOST = 1200
"""Pictures of one film; beyond two and a half minutes there are fewer a second."""

SIDE = 900
"""Longest side [px]."""

Gray = NDArray[np.uint8]
Take = Callable[[int, Gray], None]
"""Called with the time from the start [ms] and the brightness, shape (h, w)."""

_BOUNDS = Bounds(memory_mib=1536, cpu_s=300, wall_s=420)
_SHOWN = re.compile(rb"\[Parsed_showinfo[^\]]*\] n: *\d+ pts: *(-?\d+|NOPTS)")
_HEAD = re.compile(rb"P5\s(\d+)\s(\d+)\s255\s")
_PIECE = 1 << 18
_KEPT = 1 << 15
_GLANCE = 0.25
_SHORT = 2
"""Steps, and half seconds, by which the last picture may lie before the end: sound is longer."""


def grays(
    path: str | Path,
    take: Take,
    *,
    side: int = SIDE,
    per_second: float = PER_SECOND,
    most: int = MOST,
    span_ms: tuple[int, int] | None = None,
) -> Json:
    """Hand on gray pictures of a film; return what it is and how that went; never raises for it.

    ``{"status": "read"|"failed"|"refused"|"timeout"|"killed"|"not_checked", "reason"?, "decoded":
    "all"|"key pictures"|None, "frames", "every_ms", "width", "height" [px, as shown],
    "duration_ms"}``. ``span_ms``: only from, until [ms from the start].
    A film that breaks off is ``read``, with a reason, when it gave a picture.

    Raises
    ------
    BadInput
        When a parameter is out of range.
    """
    if not 16 <= side <= 2048 or not 0 < per_second <= 60 or not 1 <= most <= 20_000:
        raise BadInput("a film cannot be looked at", why="a parameter is out of its range",
                       hint="side 16 to 2048, per_second up to 60, most 1 to 20000")  # fmt: skip
    film = probe(path)
    about = {key: film.get(key) for key in ("width", "height", "duration_ms")}
    value: Json = {"status": "failed", "decoded": None, "frames": 0, "every_ms": None, **about}
    if film["status"] != "read":
        return value | {"status": film["status"], "reason": film.get("reason")}
    if film["codec"] is None:
        return value | {"reason": "no moving pictures in it"}
    seconds = (film["duration_ms"] or 0) / 1000
    rate = min(per_second, most / max(seconds, 1e-3))
    pixels = seconds * (film["fps_milli"] or 30_000) / 1000 * film["width"] * film["height"]
    value |= {"decoded": "all" if pixels <= ALL_PICTURES else "key pictures",
              "every_ms": round(1000 / rate)}  # fmt: skip
    if span_ms is not None:
        rate = min(per_second, most / max((span_ms[1] - span_ms[0]) / 1000, 1e-3))
        value |= {"decoded": "all", "every_ms": round(1000 / rate)}
    argv = _command(path, value["decoded"], side, rate, most, span_ms)
    try:
        child, report = start(argv, bounds=_BOUNDS, stdin=subprocess.DEVNULL,
                              inputs=[Path(path).resolve()])  # fmt: skip
    except MissingDependency:
        return value | {"status": "not_checked", "reason": MISSING}
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, report)
        stream = _Stream(child, report, take, span_ms[0] if span_ms else 0)
        try:
            late = stream.run(_BOUNDS.wall_s)
        finally:
            code = end(child)
    value["frames"] = stream.given
    held, _, fault = stream.report.decode(errors="replace").partition("\n")
    status, reason = outcome(exit_code(code, held), _BOUNDS.cpu_s)
    if fault:
        status, reason = "failed", f"cannot be started: {fault}"
    if late:
        status, reason = "timeout", f"took longer than {_BOUNDS.wall_s:g} s"
    if status != "ok" or not stream.given:
        told = stream.notes.decode(errors="replace")
        shown = Finished(status, code, b"", told, reason, held)
        value["reason"] = complaint(shown, path) or "no picture could be read"
    elif span_ms is None and (value["duration_ms"] or 0) - stream.last_ms > _SHORT * (
        value["every_ms"] + 500
    ):
        value["reason"] = f"breaks off at {stream.last_ms} ms of {value['duration_ms']} ms"
    value["status"] = "read" if stream.given else ("failed" if status == "ok" else status)
    return value


def _command(
    path: str | Path,
    decoded: str,
    side: int,
    rate: float,
    most: int,
    span_ms: tuple[int, int] | None,
) -> list[str]:
    after = f"(floor(prev_selected_t*{rate:.6f}+0.001)+1)/{rate:.6f}"
    choose = f"isnan(prev_selected_t)+gte(t,{after})"
    width = f"max(16,trunc(if(gte(dar,1),min({side},iw*sar),min({side},ih)*dar)/2)*2)"
    height = f"max(16,trunc(if(gte(dar,1),min({side},iw*sar)/dar,min({side},ih))/2)*2)"
    filters = (
        f"settb=1/1000,select='{choose}',scale=w='{width}':h='{height}':flags=area+bitexact,"
        "setsar=1,format=gray,showinfo=checksum=0"
    )
    start, stop = span_ms or (0, 0)
    part = ["-ss", f"{start}ms", "-t", f"{max(stop - start, 1)}ms"] if span_ms else []
    return [
        "ffmpeg", "-nostdin", "-hide_banner", "-nostats", "-v", "info", "-threads", "1",
        "-max_alloc", str(512 << 20),
        *(["-skip_frame", "nokey"] if decoded != "all" else []),
        "-max_pixels", str(MOST_PIXELS), *part, *source(path),
        "-map", "0:V:0", "-an", "-sn", "-dn", "-map_metadata", "-1",
        "-filter_threads", "1", "-vf", filters, "-fps_mode", "passthrough",
        "-frames:v", str(most + 1),
        "-threads", "1", "-c:v", "pgm", "-f", "image2pipe", "pipe:1",
    ]  # fmt: skip


class _Stream:
    """Reads pictures from one pipe of a child and their times from another."""

    def __init__(self, child: subprocess.Popen[bytes], report: int, take: Take, start: int) -> None:
        self.child, self.take, self.start = child, take, start
        self.given = self.last_ms = 0
        self.notes = self.report = b""
        self._times: list[int | None] = []
        self._lines = b""
        self._pictures = bytearray()
        assert child.stdout is not None and child.stderr is not None
        self._selector = selectors.DefaultSelector()
        for name, pipe in (
            ("stdout", child.stdout.fileno()),
            ("stderr", child.stderr.fileno()),
            ("report", report),
        ):
            os.set_blocking(pipe, False)
            self._selector.register(pipe, selectors.EVENT_READ, name)

    def run(self, wall_s: float) -> bool:
        """Read to the end; tell whether the time ran out."""
        until = time.monotonic() + wall_s
        try:
            while self._selector.get_map():
                left = until - time.monotonic()
                if left <= 0:
                    return True
                for key, _ in self._selector.select(min(left, _GLANCE)):
                    piece = os.read(key.fd, _PIECE)
                    if not piece:
                        self._selector.unregister(key.fd)
                    self._got(key.data, piece)
        finally:
            self._selector.close()
        return False

    def _got(self, name: str, piece: bytes) -> None:
        if name == "report":
            self.report = (self.report + piece)[:_KEPT]
            return
        if name == "stdout":
            self._pictures += piece
        else:
            *lines, self._lines = (self._lines + piece).split(b"\n")
            self._lines = self._lines[-_KEPT:]
            for line in lines:
                if (found := _SHOWN.search(line)) is not None:
                    self._times.append(None if found[1] == b"NOPTS" else int(found[1]))
                elif b"showinfo" not in line:
                    self.notes = (self.notes + line + b"\n")[-_KEPT:]
        self._hand_on()

    def _hand_on(self) -> None:
        while self.given < len(self._times):
            head = _HEAD.match(self._pictures)
            if head is None:
                return
            width, height = int(head[1]), int(head[2])
            stop = head.end() + width * height
            if len(self._pictures) < stop:
                return
            held = np.frombuffer(bytes(self._pictures[head.end() : stop]), np.uint8)
            del self._pictures[:stop]
            at = self._times[self.given]
            self.given += 1
            if at is not None:
                self.last_ms = at + self.start
                self.take(self.last_ms, held.reshape(height, width))
