"""The shapes of reports: the JSON Schemas that ship with the package, and the check."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from firsthand.model.errors import BadInput

SCHEMA_FILE = Path(__file__).parent / "schema" / "report-1.json"
"""JSON Schema 2020-12 of docs/report-format.md."""


@cache
def _validator(path: Path) -> Draft202012Validator:
    schema = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def first_fault(report: Any, schema: Path) -> ValidationError | None:
    """Return what is most wrong with the shape of a report; None when nothing is."""
    found: ValidationError | None = best_match(_validator(schema).iter_errors(report))
    return found


def validate(report: Any) -> None:
    """Check that a report has the shape of version 1.

    Raises
    ------
    BadInput
        When it has not; ``why`` names the path and what is wrong there.
    """
    error = first_fault(report, SCHEMA_FILE)
    if error is not None:
        raise BadInput(
            "report does not have the shape of firsthand-report/1",
            why=f"{error.json_path}: {_said(error)}",
            hint="docs/report-format.md describes the shape",
        )


def _said(error: ValidationError) -> str:
    # The library repeats the whole offending value, which can be megabytes of a case.
    message: str = error.message
    return message if len(message) <= 200 else message[:200] + "…"
