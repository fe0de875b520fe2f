"""Which kind of input a path is, by its content first and its name second."""

from __future__ import annotations

import csv
import json
import stat
from collections.abc import Callable
from pathlib import Path

from firsthand.collect import (
    auto_archiver,
    gallery_dl,
    pdf,
    sniffing,
    telegram,
    warc,
    whatsapp,
    x_archive,
    ytdlp,
)
from firsthand.model.canonical import Json

MANIFEST = "documents.json"
_LOOK_AT = 4 << 20
"""Bytes read to tell posts from claims [B]."""
_CLAIM_TYPES = {"claim", "actor", "event", "sighting", "note"}
_TEXT_NAMES = {".txt", ".md", ".text"}
_COLUMNS = {"t", "text", "user", "platform"}

# Exports with files of their own; the first that recognises a path has it.
_FOLDERS: tuple[tuple[str, Callable[[Path], bool]], ...] = (
    ("x-archive", x_archive.is_archive),
    ("telegram", telegram.is_export),
    ("whatsapp", whatsapp.is_export),
    ("auto-archiver", auto_archiver.is_archive),
    ("yt-dlp", ytdlp.is_folder),
    ("gallery-dl", gallery_dl.is_folder),
    ("wacz", warc.is_package),
)
_FILES: tuple[tuple[str, Callable[[Path, str], bool]], ...] = (
    ("x-archive", x_archive.is_part),
    ("telegram", telegram.is_part),
    ("whatsapp", whatsapp.is_part),
    ("auto-archiver", auto_archiver.is_part),
    ("yt-dlp", ytdlp.is_part),
    ("gallery-dl", gallery_dl.is_part),
    ("pdf", pdf.is_pdf),
)


def recognise(path: Path) -> str:
    """Return the kind of a path: one of those of :data:`firsthand.collect.kinds.IMPORTERS`.

    Whatever is nothing else is a file of a folder: it is kept, and nothing is read out of it.
    """
    mode = path.lstat().st_mode
    if stat.S_ISDIR(mode):
        return _of_folder(path)
    if not stat.S_ISREG(mode):
        return "folder"
    try:
        return _by_content(path, sniffing.media_type(path))
    except OSError:
        return "folder"  # it will fail there, with the reason on record


def _of_folder(path: Path) -> str:
    if (path / MANIFEST).is_file():
        return "article"
    return next((kind for kind, is_one in _FOLDERS if is_one(path)), "folder")


def _by_content(path: Path, media_type: str) -> str:
    for kind, is_one in _FILES:
        if is_one(path, media_type):
            return kind
    if media_type == sniffing.WARC or (media_type == sniffing.GZIP and warc.is_packed(path)):
        return "warc"
    if media_type in (sniffing.HTML, sniffing.MHTML):
        return "article"
    if media_type == sniffing.ZIP:
        return {".zip": "zip", ".wacz": "wacz"}.get(path.suffix.lower(), "folder")
    suffix = path.suffix.lower()
    if media_type in (sniffing.JSON, sniffing.JSON_LINES):
        return _json_kind(path)
    if media_type in (sniffing.TEXT, sniffing.UNKNOWN):  # one broken byte makes no other kind
        if suffix in (".jsonl", ".ndjson"):
            return _json_kind(path)
        if suffix in (".csv", ".tsv"):
            return "posts" if _is_post_table(path) else "folder"
    return "article" if media_type == sniffing.TEXT and suffix in _TEXT_NAMES else "folder"


def _json_kind(path: Path) -> str:
    with open(path, "rb") as stream:
        head = stream.read(_LOOK_AT)
    text = head.decode("utf-8", "replace").removeprefix("\ufeff")
    lines = [value for line in text.splitlines()[:50] if isinstance(value := _value(line), dict)]
    for row in lines or _rows_of(_value(text)):
        if path.name == MANIFEST and isinstance(row.get("path"), str):
            return "article"
        if "claims" in row or "question" in row or str(row.get("type")) in _CLAIM_TYPES:
            return "claims"
        if lines and "id" in row and _COLUMNS & set(row):
            return "posts"
    return "folder"


def _rows_of(value: Json) -> list[dict[str, Json]]:
    values = value if isinstance(value, list) else [value]
    return [row for row in values[:50] if isinstance(row, dict)]


def _value(text: str) -> Json:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_post_table(path: Path) -> bool:
    with open(path, "rb") as stream:
        line = stream.readline(1 << 16).decode("utf-8-sig", "replace")
    try:
        names = set(next(csv.reader([line], delimiter=delimiter(path)), []))
    except csv.Error:
        return False
    return "id" in names and bool(_COLUMNS & names)


def delimiter(path: Path) -> str:
    """Return what separates the columns of a table."""
    return "\t" if path.suffix.lower() == ".tsv" else ","
