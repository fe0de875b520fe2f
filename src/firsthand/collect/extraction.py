"""Text out of web pages, in a child process with bounded memory and time.

Pages are hostile input to a parser written in C, so they are never parsed in the process that
holds the case, but in a child of :mod:`firsthand.media.sandbox` that can neither write nor connect.
One child serves many pages and is replaced when it dies.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
import sys
import threading
from importlib.metadata import version
from typing import Any, BinaryIO

from firsthand.collect.items import Limits
from firsthand.media import sandbox
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput
from firsthand.run.environment import note
from firsthand.words.dates import written_time

_START = (
    "import json,sys; sys.path[:]=json.loads(sys.argv[1]); "
    "from firsthand.collect.extraction import serve; serve(int(sys.argv[2]))"
)
_MOST_IMAGES = 10_000
_TIME_WITH_ZONE = "%Y-%m-%dT%H:%M:%S%z"
"""By default only the day as written would be left, which need not be the UTC day."""


def derivation() -> str:
    """Return the name of the step from page to text, with the version that did it."""
    return f"article.text trafilatura {version('trafilatura')}"


class Extractor:
    """Reads pages through a child process; a context manager."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Extractor:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def read(self, page: bytes) -> Json:
        """Return ``{"text","title","date","sitename","lang","images"}`` of a page.

        ``text`` is None when the page has none.

        Raises
        ------
        BadInput
            When the page is empty or too large, cannot be parsed, or the child dies or takes too
            long.
        """
        if not page.strip():
            raise BadInput("no text was read", why="the page is empty")
        if len(page) > self.limits.page_bytes:
            raise BadInput("no text was read", why=f"larger than {self.limits.page_bytes} bytes")
        late = threading.Event()
        child = self._child or self._begin()

        def stop() -> None:
            late.set()
            sandbox.stop(child)

        timer = threading.Timer(self.limits.page_seconds, stop)
        timer.start()
        try:
            answer = _ask(child, page)
        finally:
            timer.cancel()
        if answer is None:
            self._stop()
            seconds = f"took longer than {self.limits.page_seconds:g} s"
            why = seconds if late.is_set() else f"the reader ended ({child.returncode})"
            raise BadInput("no text was read", why=why)
        if "error" in answer:
            raise BadInput("no text was read", why=str(answer["error"]))
        return answer

    def _begin(self) -> subprocess.Popen[bytes]:
        path = json.dumps([os.path.abspath(entry) for entry in sys.path])
        seconds = int(self.limits.page_seconds) + 1
        self._child, report = sandbox.start(
            [sys.executable, "-I", "-c", _START, path, str(seconds)],
            bounds=sandbox.Bounds(memory_mib=self.limits.page_memory >> 20, files=256),
            stdin=subprocess.PIPE,
            limit_cpu=False,
        )
        with os.fdopen(report, "rb") as stream:
            note("sandbox", stream.read().decode(errors="replace"))
        return self._child

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            sandbox.end(child)


def _ask(child: subprocess.Popen[bytes], page: bytes) -> Json:
    if child.stdin is None or child.stdout is None:
        return None
    try:
        child.stdin.write(b"%d\n" % len(page) + page)
        child.stdin.flush()
        line = child.stdout.readline()
    except OSError:
        return None
    return json.loads(line) if line.endswith(b"\n") else None


def serve(seconds: int) -> None:
    """Answer pages on standard input until it ends; runs in the child only."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):  # nothing that a library prints may look like an answer or fill a pipe
        os.dup2(nowhere, stream)
    while page := _next_page(sys.stdin.buffer):
        used = resource.getrusage(resource.RUSAGE_SELF)
        with contextlib.suppress(OSError, ValueError):
            _, hard = resource.getrlimit(resource.RLIMIT_CPU)
            soft = int(used.ru_utime + used.ru_stime) + seconds
            resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
        try:
            answer = _extract(page)
        except MemoryError:
            answer = {"error": "needs more memory than allowed"}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"[:500]}
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def _next_page(stream: BinaryIO) -> bytes:
    line = stream.readline()
    return stream.read(int(line)) if line.strip() else b""


def _stated_time(tree: Any) -> str | None:
    """Return the publication time that the page states of itself, as it writes it.

    Before any guess: a guess fills in what is missing, and so makes a day out of a month.
    """
    stated = tree.xpath(
        "//meta[@property='article:published_time' or @itemprop='datePublished'"
        " or @name='datePublished' or @name='DC.date.issued']/@content"
    )
    return next((text.strip() for text in stated if written_time(text.strip())), None)


def _extract(page: bytes) -> Json:
    import trafilatura

    tree = trafilatura.load_html(page)
    if tree is None:
        return {"error": "the page cannot be parsed"}
    images = [source for each in tree.iter("img") if (source := each.get("src"))]
    found = trafilatura.bare_extraction(
        page,
        with_metadata=True,
        include_comments=False,
        date_extraction_params={
            "original_date": True,
            "extensive_search": False,
            "outputformat": _TIME_WITH_ZONE,
        },
    )
    about = {
        "images": list(dict.fromkeys(images))[:_MOST_IMAGES],
        "lang": tree.get("lang"),
    }
    if found is None or isinstance(found, dict):
        return {**about, "text": None, "title": None, "date": None, "sitename": None}
    return {
        **about,
        "text": found.text if found.text and found.text.strip() else None,
        "title": found.title,
        # A page that states only a day comes out as midnight without a zone.
        "date": _stated_time(tree) or (found.date or "").removesuffix("T00:00:00") or None,
        "sitename": found.sitename,
    }
