"""A report as a folder: report.json, report.html, and on request the media beside them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from firsthand.case import Case
from firsthand.case.files import storage_error
from firsthand.model import canonical
from firsthand.model.canonical import Json
from firsthand.report.html import render


def report_bytes(report: Json) -> bytes:
    """Return report.json as it is written: canonical, so that equal reports are equal files."""
    return canonical.dumps(report) + b"\n"


def write_report(folder: Path, report: Json) -> None:
    """Write report.json and report.html into a folder, each whole or not at all."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in (
            ("report.json", report_bytes(report)),
            ("report.html", render(report).encode()),
        ):
            part = folder / f".{name}.part"
            part.write_bytes(data)
            os.replace(part, folder / name)
    except OSError as error:
        raise storage_error(error, "write the report") from error


def copy_annex(case: Case, folder: Path, report: Json) -> int:
    """Copy media of the report into ``annex/``, where the page loads them only on a click."""
    count = 0
    for exhibit in report["exhibits"]:
        if exhibit["media_type"].startswith(("image/", "video/", "audio/")):
            source = case.blobs.path(exhibit["id"])
            target = folder / "annex" / exhibit["id"].removeprefix("sha256:")
            if source.is_file() and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
                count += 1
    return count
