"""Giving a bundle out: planned, written, and recorded in the ledger that it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from firsthand.case import Case
from firsthand.model.canonical import Json
from firsthand.report.bundle.court import court
from firsthand.report.bundle.encryption import Recipients
from firsthand.report.bundle.full import full
from firsthand.report.bundle.public import public
from firsthand.report.bundle.write import (
    Plan,
    Tick,
    check_target,
    log_signer,
    quiet,
    record_export,
    signer_of,
    write,
)
from firsthand.run import Registry

PROFILES: Mapping[str, Callable[..., Plan]] = {"full": full, "court": court, "public": public}


def plan(
    case: Case,
    registry: Registry,
    profile: str,
    *,
    as_of: str | None = None,
    signer: str | None = None,
) -> Plan:
    """Return what a bundle of a profile would hold now; ``signer`` is the export vkey."""
    return PROFILES[profile](case, registry, as_of=as_of, signer=signer)


def give(
    case: Case,
    target: Path,
    registry: Registry,
    *,
    profile: str = "full",
    as_of: str | None = None,
    to: Iterable[str] = (),
    recipients: Recipients | None = None,
    person_key: Path | None = None,
    by: str | None = None,
    tick: Tick = quiet,
    show: Callable[[Plan], None] = lambda plan: None,
) -> Json:
    """Write a bundle and record it; ``show`` is told what leaves before anything is written.

    Returns
    -------
    dict
        ``{"file","profile","files","bytes","sha256sums","withheld","size"}``, and ``encrypted``
        (number of recipients) where it is.

    Raises
    ------
    BadInput
        When it cannot be written there, or the export key is not on this machine.
    """
    check_target(case, target)
    signer = signer_of(case, by=by)  # may be a new entry: before anything is planned
    size = case.ledger.size()
    planned = plan(case, registry, profile, as_of=as_of, signer=str(signer.verifier))
    if planned.by_log:
        signer = log_signer(case)
    show(planned)
    summary = write(
        case, planned, target,
        signer=signer, recipients=recipients, person_key=person_key, tick=tick,
    )  # fmt: skip
    summary["size"] = size
    record_export(case, summary, to=to, by=by)
    return summary
