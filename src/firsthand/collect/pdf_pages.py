"""Text and places of words in PDF pages; runs in a limited child only, a line of JSON per page."""

from __future__ import annotations

import ctypes
import json
import sys
from collections.abc import Iterator
from typing import Any

from firsthand.collect.reading_order import right_to_left

_HYPHENS = (0x02, 0xFFFE)
"""What PDFium gives for a hyphen at the end of a line (fpdf_text.h, FPDFText_IsHyphen)."""
_MPT = 1000
"""A PDF unit is a point, 1/72 inch, unless a page says otherwise (ISO 32000-1, 8.3.2.3)."""


def serve(most_pages: int) -> None:
    """Read a PDF on standard input and answer page by page; the last line says how it ended."""
    answers = sys.stdout
    try:
        for line in _lines(most_pages):
            answers.write(json.dumps(line) + "\n")
            answers.flush()
    except MemoryError:
        answers.write(json.dumps({"error": "needs more memory than allowed"}) + "\n")
    except Exception as error:
        answers.write(json.dumps({"error": f"{type(error).__name__}: {error}"[:500]}) + "\n")


def _lines(most_pages: int) -> Iterator[Any]:
    import pypdfium2  # type: ignore[import-untyped]
    import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

    try:
        document = pypdfium2.PdfDocument(sys.stdin.buffer)
    except pypdfium2.PdfiumError as error:
        # fpdfview.h: 4 is a wrong or missing password.
        locked = pdfium.FPDF_GetLastError() == pdfium.FPDF_ERR_PASSWORD
        yield {"error": "it is encrypted with a password" if locked else f"not readable: {error}"}
        return
    about = document.get_metadata_dict(skip_empty=True)
    yield {"about": {key: _clean(value)[:1000] for key, value in about.items()}}
    count = len(document)
    for number in range(min(count, most_pages)):
        try:
            yield _page(document[number], pdfium) | {"page": number + 1}
        except pypdfium2.PdfiumError as error:
            yield {"page": number + 1, "problem": f"not readable: {error}"}
    yield {"pages": count}


def _clean(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "")


def _page(page: Any, pdfium: Any) -> Any:
    width, height = page.get_size()
    turn = page.get_rotation()
    box = page.get_cropbox()
    text = page.get_textpage()
    pieces: list[str] = []
    words: list[Any] = []
    word: Any = None
    found = [(char, _place(text, index, pdfium)) for index, char in _characters(text, pdfium)]
    for char, place in right_to_left(found):
        if char.isspace():
            word = None
        else:
            if word is None:
                word = [len(pieces), len(pieces), None]
                words.append(word)
            word[1] = len(pieces) + 1
            word[2] = _union(word[2], place)
        pieces.append(char)
    text.close()
    page.close()
    return {
        "width": round(width * _MPT),
        "height": round(height * _MPT),
        "text": "".join(pieces),
        "words": [[s, e, *_turned(place, box, turn)] for s, e, place in words if place],
    }


def _characters(text: Any, pdfium: Any) -> Iterator[tuple[int, str]]:
    """Yield index and character; PDFium counts the halves of a pair on their own."""
    high = 0
    for index in range(text.count_chars()):
        code = pdfium.FPDFText_GetUnicode(text, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00) if high else 0xFFFD
        high = 0
        if code in _HYPHENS:
            yield index, "-"
        elif code not in (0, 0x0D, 0x0C):  # lines end with 10; form feeds separate pages
            yield index, chr(code)


def _place(text: Any, index: int, pdfium: Any) -> tuple[float, float, float, float] | None:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    if not pdfium.FPDFText_GetCharBox(text, index, left, right, bottom, top):
        return None
    return left.value, bottom.value, right.value, top.value


def _union(one: Any, other: Any) -> Any:
    if one is None or other is None:
        return one or other
    low, high = map(min, one[:2], other[:2]), map(max, one[2:], other[2:])
    return (*low, *high)


def _turned(place: Any, box: Any, turn: int) -> tuple[int, int, int, int]:
    """Return x, y, width, height [mpt] from the top left of the page as it is shown."""
    left, bottom, right, top = place
    # Distances from the left, top, right and bottom edge of the page before it is turned.
    edges = (left - box[0], box[3] - top, box[2] - right, bottom - box[1])
    across, down = right - left, top - bottom
    x, y, width, height = {
        90: (edges[3], edges[0], down, across),
        180: (edges[2], edges[3], across, down),
        270: (edges[1], edges[2], down, across),
    }.get(turn, (edges[0], edges[1], across, down))
    return round(x * _MPT), round(y * _MPT), round(width * _MPT), round(height * _MPT)
