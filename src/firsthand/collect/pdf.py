"""PDF files: the original, its text by page, and where on the pages each word stands."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from firsthand.case import Staged
from firsthand.collect.items import Context, Item, Kept, shown_name
from firsthand.collect.pages import Document, Reading, page_items
from firsthand.collect.sniffing import JSON, PDF, TEXT, media_type
from firsthand.media.sandbox import Bounds, run_limited
from firsthand.model import canonical
from firsthand.model.canonical import Json, keepable

CHECKED = "checked against a page that Chromium 156 printed; text is read by PDFium"
_START = (
    "import json,sys; sys.path[:]=json.loads(sys.argv[1]); "
    "from firsthand.collect.pdf_pages import serve; serve(int(sys.argv[2]))"
)
NEW_PAGE = "\f"


@dataclass(slots=True)
class _Read:
    """What the child told of one file."""

    about: dict[str, str] = field(default_factory=dict)
    pages: list[Json] = field(default_factory=list)
    count: int | None = None
    error: str | None = None


def items(context: Context, path: Path) -> Iterator[Item]:
    """Yield the item of a PDF file, and what could not be read out of it as items that failed."""
    name = context.prefix + shown_name(path.name)[0]
    staged = context.case.stage(path)
    read = _read(context, staged)
    reading, parts = _reading(context, staged, read)
    remarks = [
        f"the file states its {key}: {value}"
        for key in ("CreationDate", "Author", "Producer")
        if (value := read.about.get(key))
    ]
    document = Document(
        path=path.name,
        url=context.url,
        title=read.about.get("Title"),
        remark="; ".join(remarks) or None,
    )
    original = Kept(staged=staged, media_type=media_type(staged.path))
    platform = "web" if context.url else "file"
    yield from page_items(
        context, name, document, original, reading, parts=parts, platform=platform
    )


def derivation(what: str) -> str:
    """Return the name of the step from a PDF to its ``text`` or ``words``."""
    return f"pdf.{what} 1 pypdfium2 {version('pypdfium2')}"


def _read(context: Context, staged: Staged) -> _Read:
    read = _Read()
    limits = context.limits
    bounds = Bounds(
        memory_mib=limits.page_memory >> 20,
        cpu_s=int(limits.pdf_seconds) + 1,
        wall_s=2 * limits.pdf_seconds + 5,
    )
    paths = json.dumps([os.path.abspath(entry) for entry in sys.path])
    done = run_limited(
        [sys.executable, "-I", "-c", _START, paths, str(limits.pdf_pages)],
        bounds=bounds,
        stdin=staged.path,
    )
    for line in done.stdout.split(b"\n")[:-1]:  # a line that is cut off counts for nothing
        try:
            _take(read, json.loads(line))
        except (ValueError, TypeError, KeyError, RecursionError):
            read.error = "the reader answered nonsense"
            break
    if read.count is None and read.error is None:
        read.error = done.reason or "the reader ended early"
    if read.count is not None and read.count > limits.pdf_pages:
        read.error = f"{read.count} pages: only the first {limits.pdf_pages} were read"
    return read


def _take(read: _Read, line: Any) -> None:
    if "about" in line:
        read.about = {str(key): keepable(str(value))[0] for key, value in line["about"].items()}
    elif "page" in line:
        read.pages.append(line)
    elif "pages" in line:
        read.count = int(line["pages"])
    else:
        read.error = str(line["error"])[:500]


def _reading(context: Context, staged: Staged, read: _Read) -> tuple[Reading, tuple[Kept, ...]]:
    gaps: list[tuple[str, str, str | None]] = []
    for page in read.pages:
        if "problem" in page:
            gaps.append((f"text on page {page['page']}", str(page["problem"])[:500], None))
        elif not page["text"].strip():
            why = "no text on the page: it may be a scan or a picture"
            gaps.append((f"text on page {page['page']}", why, None))
    more = len(gaps) - context.limits.page_gaps
    if more > 0:
        gaps = gaps[: context.limits.page_gaps]
        gaps.append((f"text on {more} more pages", "no text on the pages", None))
    about = {"text": None}
    texts = [keepable(str(page.get("text", "")))[0] for page in read.pages]
    if not any(text.strip() for text in texts):
        problem = read.error or "no text in it"
        return Reading(about=about, gaps=tuple(gaps), problem=problem), ()
    blobs = context.case.blobs
    text = Kept(
        staged=blobs.stage_bytes(NEW_PAGE.join(texts).encode()),
        media_type=TEXT,
        derived_from=staged.digest,
        derivation=derivation("text"),
    )
    places = {"of": staged.digest, "text": text.staged.digest, "pages": _places(read, texts)}
    words = Kept(
        staged=blobs.stage_bytes(canonical.dumps(places)),
        media_type=JSON,
        derived_from=staged.digest,
        derivation=derivation("words"),
    )
    return Reading(text=text, about=about, gaps=tuple(gaps), problem=read.error), (words,)


def _places(read: _Read, texts: list[str]) -> list[Json]:
    """Return where words stand: spans in the whole text, boxes [mpt] from the top left.

    A box is ``[x, y, width, height]`` on the page as it is shown.
    """
    found: list[Json] = []
    at = 0
    for page, text in zip(read.pages, texts, strict=True):
        words = page.get("words", [])
        found.append(
            {
                "page": page["page"],
                "width_mpt": page.get("width", 0),
                "height_mpt": page.get("height", 0),
                "span": [at, at + len(text)],
                "words": [
                    {"span": [at + start, at + end], "box_mpt": box} for start, end, *box in words
                ],
            }
        )
        at += len(text) + len(NEW_PAGE)
    return found


def is_pdf(_path: Path, kind: str) -> bool:
    """Tell whether a file is a PDF."""
    return kind == PDF
