"""The profile ``court``: everything but what a person has sealed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from firsthand.case import Case
from firsthand.report.build import build
from firsthand.report.bundle.export_key import known_there, without
from firsthand.report.bundle.narrow import narrowed, opened
from firsthand.report.bundle.parts import Part
from firsthand.report.bundle.sealed import Selection, unsealed
from firsthand.report.bundle.write import Plan
from firsthand.report.folder import report_bytes
from firsthand.report.html import render
from firsthand.run import Registry


def court(
    case: Case, registry: Registry, *, as_of: str | None = None, signer: str | None = None
) -> Plan:
    """Return the plan of a bundle without what is sealed; its report knows nothing else either."""
    chosen = unsealed(case)
    keep = chosen.keep
    by_log = signer is not None and not known_there(chosen.found, keep, signer)
    if by_log:
        keep = without(chosen.found, keep)
    parts, withheld = narrowed(case, chosen.found, keep)
    with without_sealed(case, chosen) as seen:
        report = build(seen, registry, as_of=as_of)
    report["ledger"]["sealed"] = chosen.seals
    parts += [
        Part("report/report.json", report_bytes(report)),
        Part("report/report.html", render(report).encode()),
    ]
    return Plan(profile="court", parts=parts, withheld=withheld, report=report, by_log=by_log)


@contextmanager
def without_sealed(case: Case, chosen: Selection) -> Iterator[Case]:
    """Open the case as it is without what is sealed."""
    if not chosen.seals:
        yield case
        return
    parts, _ = narrowed(case, chosen.found, chosen.keep)
    with opened(case, parts) as seen:
        yield seen
