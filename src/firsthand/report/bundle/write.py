"""Writing a bundle: the zip with its lists and signatures, whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from firsthand.case import Case
from firsthand.case.custody.keys import export_signer
from firsthand.case.custody.sshkeygen import ssh_sign
from firsthand.case.files import storage_error
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput, CaseBusy
from firsthand.report.bundle import bag
from firsthand.report.bundle.archive import Archive
from firsthand.report.bundle.encryption import Recipients, encrypt
from firsthand.report.bundle.parts import Part
from firsthand.tlog import Signer, sign_note

HERE = Path(__file__).parents[1]
PERSON_NAMESPACE = "firsthand-export"

Tick = Callable[[int, int | None, str], None]


def quiet(done: int, total: int | None, what: str) -> None:
    """Show nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a bundle holds; made for the size that the log has then.

    ``leaves`` says what leaves beyond numbers; only the public profile has any. ``by_log``: the key
    of the log signs, since no entry that is open tells of the export key.
    """

    profile: str
    parts: Sequence[Part]
    withheld: Sequence[int] = ()
    report: Json = field(repr=False)
    leaves: Sequence[Json] = ()
    by_log: bool = False


def check_target(case: Case, target: Path) -> None:
    """Refuse a place where a bundle cannot be written.

    Raises
    ------
    BadInput
        When it exists already, has no folder, or lies inside the case.
    """
    if target.exists():
        raise BadInput(f"{target} exists already", hint="choose another name or remove it first")
    if case.root.resolve() in target.resolve().parents:
        raise BadInput("the bundle cannot lie inside the case", hint="write it beside the case")
    if not target.resolve().parent.is_dir():
        raise BadInput(f"the folder {target.parent} does not exist", hint="make it first")


def write(
    case: Case,
    plan: Plan,
    target: Path,
    *,
    signer: Signer,
    person_key: Path | None = None,
    recipients: Recipients | None = None,
    tick: Tick = quiet,
) -> Json:
    """Write a bundle and return ``{"file","files","bytes","sha256sums",...}``.

    Raises
    ------
    BadInput
        When the target exists already or would lie inside the case.
    StorageFailed
        When it cannot be written; then nothing is left of it.
    CaseBusy
        When somebody wrote to the case meanwhile.
    """
    check_target(case, target)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    name = _top(case, plan, target)
    head = (case.root / "log" / "checkpoint").read_bytes()
    try:
        with open(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b") as stream:

            def make(zipped: IO[bytes]) -> Json:
                return _zip(case, plan, zipped, name, signer, person_key, tick)

            summary = (
                encrypt(recipients, make, stream, target.parent) if recipients else make(stream)
            )
            stream.flush()
            os.fsync(stream.fileno())
        if (case.root / "log" / "checkpoint").read_bytes() != head:
            raise CaseBusy("the case changed while it was read", hint="run the command again")
        if recipients is None:
            os.chmod(part, 0o666 & ~_mask())
        os.rename(part, target)
    except FileNotFoundError as error:
        part.unlink(missing_ok=True)
        if (case.root / "log" / "checkpoint").read_bytes() == head:
            raise storage_error(error, "write the bundle") from error
        raise CaseBusy("the case changed while it was read", hint="run it again") from error
    except OSError as error:
        part.unlink(missing_ok=True)
        raise storage_error(error, "write the bundle") from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return {"file": str(target), "profile": plan.profile, **summary}


def _top(case: Case, plan: Plan, target: Path) -> str:
    """Return the name of the top folder; of a public bundle it tells no more than the log does."""
    if plan.profile == "public":
        return case.origin.replace("/", "-")
    return target.name.removesuffix(".age").removesuffix(".zip") or target.name


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _zip(
    case: Case,
    plan: Plan,
    stream: IO[bytes],
    name: str,
    signer: Signer,
    person_key: Path | None,
    tick: Tick,
) -> Json:
    with Archive(stream, name) as archive:
        archive.add("bagit.txt", bag.DECLARATION)
        for done, part in enumerate(plan.parts):
            tick(done, len(plan.parts), part.path)
            archive.add(bag.PAYLOAD + part.path, part.content)
        total = sum(archive.sizes[path] for path in bag.payload(archive.digests))
        count = len(bag.payload(archive.digests))
        archive.add("bag-info.txt", bag.information(case.origin, plan.profile, count, total))
        archive.add("verify.py", (HERE / "verify.py").read_bytes())
        archive.add("README-VERIFY.txt", (HERE / "README-VERIFY.txt").read_bytes())
        archive.add(bag.MANIFEST, bag.lines(bag.payload(archive.digests)))
        sums = bag.lines(archive.digests)
        files = len(archive.digests)
        digest = hashlib.sha256(sums).hexdigest()
        archive.add(bag.SUMS, sums)
        text = f"firsthand export {case.origin}\n{digest} {bag.SUMS}\n"
        archive.add(bag.NOTE, sign_note(text, [signer]))
        if person_key is not None:
            archive.add(bag.SIGNATURE, bytes(ssh_sign(sums, person_key, PERSON_NAMESPACE)))
        tags = {p: h for p, h in archive.digests.items() if not p.startswith(bag.PAYLOAD)}
        archive.add(bag.TAG_MANIFEST, bag.lines(tags))
    return {
        "files": files,
        "bytes": total,
        "sha256sums": f"sha256:{digest}",
        "withheld": len(plan.withheld),
    }


def signer_of(case: Case, *, by: str | None) -> Signer:
    """Return the key that signs bundles; made, with its entry, when there is none yet."""
    return export_signer(case, by=by)


def log_signer(case: Case) -> Signer:
    """Return the key of the log.

    Raises
    ------
    BadInput
        When the case was opened for reading.
    """
    if case.log.signer is None:
        raise BadInput("the case was opened for reading", hint="an export is recorded in its log")
    return case.log.signer


def record_export(
    case: Case,
    summary: Json,
    *,
    to: Iterable[str] = (),
    by: str | None,
) -> None:
    """Append that a bundle was given out: profile, digest of its list of files, and to whom."""
    body = {key: summary[key] for key in ("profile", "files", "sha256sums", "size")}
    if recipients := list(to):
        body["to"] = recipients
    if summary.get("encrypted"):
        body["encrypted"] = True
    with case.batch(by=by) as batch:
        batch.noun("export", body)
