"""The shape of a public report: its JSON Schema ships with the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from firsthand.model.errors import BadInput
from firsthand.report.schema import first_fault

SCHEMA_FILE = Path(__file__).parents[1] / "schema" / "public-report-1.json"
"""JSON Schema 2020-12 of docs/report-format.md, "The public report"."""


def validate(report: Any) -> None:
    """Check that a public report has its shape, which has no place for anything else.

    Raises
    ------
    BadInput
        When it has not; ``why`` names the place and never what stands there.
    """
    error = first_fault(report, SCHEMA_FILE)
    if error is not None:
        raise BadInput(
            "the public report has a part that it must not have; nothing was written",
            why=f"{error.json_path}: {error.validator}",
            hint="this is a fault of firsthand: please report it without the case",
        )
