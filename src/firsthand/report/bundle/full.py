"""The profile ``full``: everything in the case, and the report of all of it."""

from __future__ import annotations

from firsthand.case import Case
from firsthand.report.build import build
from firsthand.report.bundle.parts import Part, whole_case
from firsthand.report.bundle.write import Plan
from firsthand.report.folder import report_bytes
from firsthand.report.html import render
from firsthand.run import Registry


def full(
    case: Case, registry: Registry, *, as_of: str | None = None, signer: str | None = None
) -> Plan:
    """Return the plan of a bundle with everything."""
    report = build(case, registry, as_of=as_of)
    parts = [
        *whole_case(case),
        Part("report/report.json", report_bytes(report)),
        Part("report/report.html", render(report).encode()),
    ]
    return Plan(
        profile="full",
        parts=parts,
        withheld=[item["entry"] for item in case.catalog.withheld()],
        report=report,
    )
