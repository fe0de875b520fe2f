"""The shape of report.json: the JSON Schema that ships with the package, and the check."""

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
def _validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def validate(report: Any) -> None:
    """Check that a report has the shape of version 1.

    Raises
    ------
    BadInput
        When it has not; ``why`` names the path and what is wrong there.
    """
    error = best_match(_validator().iter_errors(report))
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
