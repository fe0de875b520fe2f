"""Text that is seen in a picture, by tesseract, with a box for every word.

A picture is decoded and normalised in one limited child and read by tesseract in another. What it
reads is a proposal: letters are mistaken for others, and words are seen where there are none.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from firsthand.media.sandbox import Bounds, run_limited
from firsthand.model.canonical import Json
from firsthand.model.errors import MissingDependency

SURE = 600
"""Confidence [permille] from which a word is kept. On 60 made pictures it took away half of the
words that were not there and one in a hundred of those that were."""

LONE_SIGNS = 900
"""The same for words without letter or digit: edges in photographs are often read as such."""

MISSING = "tesseract is not installed (Debian: tesseract-ocr)"
_DECODE = Bounds(memory_mib=1536, cpu_s=30, wall_s=60, output_mib=64)
_READ = Bounds(memory_mib=1024, cpu_s=60, wall_s=120, output_mib=16)
_START = (
    "import json,sys; sys.path[:]=json.loads(sys.argv.pop(1)); "
    "from firsthand.media.ocr_child import main; main()"
)
# Marks of direction that tesseract adds around words; the text is kept in logical order.
_MARKS = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x1f\ud800-\udfff]")


@dataclass
class _Line:
    """Words of one line, in reading order: text, box [px of the picture], confidence [permille]."""

    block: tuple[int, int]
    words: list[tuple[str, list[int], int]] = field(default_factory=list)

    def box(self) -> tuple[int, int, int, int]:
        """Return left, top, right, bottom."""
        boxes = [box for _, box, _ in self.words]
        return (
            min(box[0] for box in boxes),
            min(box[1] for box in boxes),
            max(box[0] + box[2] for box in boxes),
            max(box[1] + box[3] for box in boxes),
        )

    def covers(self, other: _Line) -> bool:
        """Say whether two lines stand in the same place: half of the smaller one."""
        one, two = self.box(), other.box()
        width = min(one[2], two[2]) - max(one[0], two[0])
        height = min(one[3], two[3]) - max(one[1], two[1])
        least = min((b[2] - b[0]) * (b[3] - b[1]) for b in (one, two))
        return width > 0 and height > 0 and 2 * width * height >= least

    def weight(self) -> int:
        return sum(len(word) * sure for word, _, sure in self.words)


def read_text(path: str | Path, *, langs: Sequence[str] = ("eng", "ara")) -> Json:
    """Return the text that is seen in a picture; never raises for a fault of the file.

    ``{"status": "read"|"no_text"|"failed"|"timeout"|"killed"|"not_checked", "reason"?, "engine",
    "langs", "missing", "text", "words", "width", "height"}``. ``text`` has a line for each line
    seen and a blank line between blocks. Each word is ``{"text", "box": [left, top, width, height]
    [px of the oriented picture], "conf_permille", "line", "span": [start, end)}`` with the span in
    code points of ``text``. ``langs`` are those used, ``missing`` those asked for that are not
    installed. Words less sure than :data:`SURE` are left out.
    """
    try:
        engine, installed = _engine(), _languages()
    except MissingDependency:
        return {"status": "not_checked", "reason": MISSING}
    used = [lang for lang in langs if lang in installed]
    missing = [lang for lang in langs if lang not in installed]
    value: Json = {"engine": engine, "langs": used, "missing": missing}
    if not used:
        packages = ", ".join(f"tesseract-ocr-{lang}" for lang in missing)
        reason = f"no language of those asked for is installed (Debian: {packages})"
        return value | {"status": "not_checked", "reason": reason}
    status, reason, about, pages = _pages(path)
    if status != "ok":
        return value | {"status": status, "reason": reason}
    lines: list[_Line] = []
    for number, (page, data) in enumerate(zip(about["pages"], pages, strict=True)):
        finished = run_limited(_command(used), bounds=_READ, stdin=data)
        if finished.status != "ok":
            said = finished.reason or "tesseract gave no answer"
            return value | {"status": finished.status, "reason": said[:300]}
        seen = _lines(finished.stdout.decode("utf-8", "replace"), number, page)
        lines = _better(lines, seen) if number else seen
    text, words = _written(lines)
    value |= {"status": "read" if words else "no_text", "text": text, "words": words}
    return value | {"width": about["width"], "height": about["height"]}


def _command(langs: Sequence[str]) -> list[str]:
    # The first language decides where two are equally likely. Latin letters are found as well
    # with Arabic first, and Arabic ones better (100 % of words against 93 %).
    order = sorted(langs, key=lambda lang: lang == "eng")
    return ["tesseract", "-", "-", "-l", "+".join(order), "--psm", "3", "tsv"]


@lru_cache(maxsize=1)
def _engine() -> str:
    said = run_limited(["tesseract", "--version"], bounds=_READ)
    words = (said.stdout.decode("utf-8", "replace") + said.stderr).split()
    return " ".join(words[:2])


@lru_cache(maxsize=1)
def _languages() -> frozenset[str]:
    said = run_limited(["tesseract", "--list-langs"], bounds=_READ)
    return frozenset(said.stdout.decode("utf-8", "replace").split("\n")[1:])


def _pages(path: str | Path) -> tuple[str, str, Json, list[bytes]]:
    """Return status, reason, what the pages are, and the pages as PNG."""
    picture = Path(path).resolve()
    argv = [sys.executable, "-I", "-c", _START, json.dumps(sys.path), str(picture)]
    finished = run_limited(argv, bounds=_DECODE, inputs=[picture])
    if finished.status != "ok":
        # The last line of a crash may tell of this machine.
        reason = finished.reason if finished.status != "failed" else "its decoder failed"
        return finished.status, reason or finished.status, {}, []
    head, _, rest = finished.stdout.partition(b"\n")
    about = json.loads(head)
    if "reason" in about:
        return "failed", about["reason"], {}, []
    pages, at = [], 0
    for page in about["pages"]:
        pages.append(rest[at : at + page["bytes"]])
        at += page["bytes"]
    return "ok", "", about, pages


def _lines(table: str, number: int, page: Json) -> list[_Line]:
    """Return the lines of tesseract's TSV with boxes in pixels of the picture."""
    found: dict[tuple[str, ...], _Line] = {}
    for row in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        word = _MARKS.sub("", row.get("text") or "").strip()
        if row["level"] != "5" or not word:
            continue
        sure = round(float(row["conf"]) * 10)
        if sure < (SURE if any(c.isalnum() for c in word) else LONE_SIGNS):
            continue
        box = [_back(int(row[name]), page, name) for name in ("left", "top", "width", "height")]
        where = (row["block_num"], row["par_num"], row["line_num"])
        line = found.setdefault(where, _Line((number, int(row["block_num"]))))
        line.words.append((word, box, sure))
    return list(found.values())


def _back(value: int, page: Json, name: str) -> int:
    """Turn a measure on a page into one on the picture [px]."""
    margin = page["margin"] if name in ("left", "top") else 0
    on_picture = max((value - margin) * 1000 // int(page["scale_milli"]), 0)
    return on_picture + int(page["top"]) if name == "top" else on_picture


def _better(lines: list[_Line], seen: list[_Line]) -> list[_Line]:
    """Add the lines of another page; in one place stays the reading surer of more letters."""
    kept = list(lines)
    for line in seen:
        same = [each for each in kept if each.covers(line)]
        if line.weight() > sum(map(_Line.weight, same)):
            kept = [each for each in kept if each not in same] + [line]
    return kept


def _written(lines: list[_Line]) -> tuple[str, list[Json]]:
    """Return the text, blocks from top to bottom, and the words with their places in it."""
    blocks: dict[tuple[int, int], list[_Line]] = {}
    for line in lines:
        blocks.setdefault(line.block, []).append(line)
    ordered = sorted(blocks.values(), key=lambda block: min(line.box()[1] for line in block))
    text, words, number = "", [], 0
    for block in ordered:
        text += "\n\n" if text else ""
        for n, line in enumerate(block):
            text += "\n" if n else ""
            for k, (word, box, sure) in enumerate(line.words):
                text += " " if k else ""
                words.append(
                    {"text": word, "box": box, "conf_permille": sure, "line": number,
                     "span": [len(text), len(text) + len(word)]}
                )  # fmt: skip
                text += word
            number += 1
    return text, words
