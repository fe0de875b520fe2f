"""A case as one signed zip that a stranger can check without us (docs/case-format.md, Export).

The zip is stored, with fixed dates and modes, so that its bytes follow from its files alone.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from firsthand.case import Case
from firsthand.case.files import READ_SIZE, storage_error
from firsthand.model import canonical
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput
from firsthand.report.html import render
from firsthand.tlog import Signer, sign_note

KEPT = ("case.json", "log", "openings", "objects", "stamps")
DATE = (1980, 1, 1, 0, 0, 0)
HERE = Path(__file__).parent

Tick = Callable[[int, int | None, str], None]


def export(case: Case, target: Path, report: Json, *, tick: Tick = lambda d, t, c: None) -> Json:
    """Write the bundle and return ``{"file","files","bytes","sha256sums"}``.

    Raises
    ------
    BadInput
        When the target exists already or would lie inside the case.
    StorageFailed
        When it cannot be written; then nothing is left of it.
    """
    if target.exists():
        raise BadInput(f"{target} exists already", hint="choose another name or remove it first")
    if case.root.resolve() in target.resolve().parents:
        raise BadInput("the bundle cannot lie inside the case", hint="write it beside the case")
    signer = case.log.signer
    if signer is None:
        raise BadInput("the case was opened for reading", hint="an export is signed by the log key")
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("xb") as stream:
            summary = _write(case, signer, stream, target.stem, report, tick)
            stream.flush()
            os.fsync(stream.fileno())
        os.rename(part, target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise storage_error(error, "write the bundle") from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return {"file": str(target), **summary}


def _write(
    case: Case, signer: Signer, stream: IO[bytes], name: str, report: Json, tick: Tick
) -> Json:
    sums: dict[str, str] = {}
    files = list(_case_files(case.root))
    total = 0
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as bundle:
        for done, path in enumerate(files):
            relative = path.relative_to(case.root).as_posix()
            tick(done, len(files), relative)
            sums[relative] = _add_file(bundle, f"{name}/{relative}", path)
            total += path.stat().st_size
        for relative, data in _made(case, report):
            sums[relative] = hashlib.sha256(data).hexdigest()
            _add_bytes(bundle, f"{name}/{relative}", data)
        lines = "".join(f"{hexes}  {path}\n" for path, hexes in sorted(sums.items())).encode()
        _add_bytes(bundle, f"{name}/SHA256SUMS", lines)
        digest = hashlib.sha256(lines).hexdigest()
        note = sign_note(f"firsthand export {case.origin}\n{digest} SHA256SUMS\n", [signer])
        _add_bytes(bundle, f"{name}/SHA256SUMS.note", note)
    return {"files": len(sums), "bytes": total, "sha256sums": f"sha256:{digest}"}


def _case_files(root: Path) -> Iterator[Path]:
    for kept in KEPT:
        path = root / kept
        yield from [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())


def _made(case: Case, report: Json) -> Iterator[tuple[str, bytes]]:
    withheld = sorted(item["entry"] for item in case.catalog.withheld())
    if withheld:
        yield "withheld.json", canonical.dumps(withheld) + b"\n"
    yield "verify.py", (HERE / "verify.py").read_bytes()
    yield "README-VERIFY.txt", (HERE / "README-VERIFY.txt").read_bytes()
    yield "report/report.json", report_bytes(report)
    yield "report/report.html", render(report).encode()


def report_bytes(report: Json) -> bytes:
    """Return report.json as it is written: canonical, so that equal reports are equal files."""
    return canonical.dumps(report) + b"\n"


def _info(name: str, size: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, DATE)
    info.create_system = 3
    info.external_attr = 0o644 << 16
    info.file_size = size
    return info


def _add_bytes(bundle: zipfile.ZipFile, name: str, data: bytes) -> None:
    bundle.writestr(_info(name, len(data)), data)


def _add_file(bundle: zipfile.ZipFile, name: str, path: Path) -> str:
    hasher = hashlib.sha256()
    with path.open("rb") as source:
        size = os.fstat(source.fileno()).st_size
        with bundle.open(_info(name, size), "w") as member:
            while chunk := source.read(READ_SIZE):
                hasher.update(chunk)
                member.write(chunk)
    return hasher.hexdigest()


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


def record_export(case: Case, summary: Json, profile: str, *, by: str | None) -> None:
    """Append that a bundle was given out: its profile and the digest of its list of files."""
    body = {
        "profile": profile,
        "files": summary["files"],
        "sha256sums": summary["sha256sums"],
        "size": case.ledger.size(),
    }
    with case.batch(by=by) as batch:
        batch.noun("export", body)
