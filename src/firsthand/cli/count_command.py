"""``firsthand count``: so far ``count tolls``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from firsthand.cli.shared import as_of_option, emit, json_option, out
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput, NotFound


@click.group()
def count() -> None:
    """Say how many, honestly."""


@count.command(
    epilog="Example:  firsthand count tolls claims.json   or:  firsthand count tolls CASE"
)
@click.argument("source", type=click.Path(path_type=Path))
@as_of_option
@json_option
def tolls(source: Path, as_of: str | None, as_json: bool) -> None:
    """Compare conflicting tolls without adding what must not be added.

    Copies add nothing, a wider count supersedes, a party's figures widen nothing.

    SOURCE is a JSON list of statements, or a case.
    """
    groups = _of_case(source, as_of) if source.is_dir() else _of_file(source, as_of)
    if as_json:
        emit(groups)
    else:
        out(groups["wording"] or "no tolls")


def _of_file(path: Path, as_of: str | None) -> Json:
    from firsthand.count import tolls as compare
    from firsthand.globe.gazetteer import contains_name

    try:
        items = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotFound(f"there is no {path}") from error
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"{path} is not JSON", why=str(error)) from error
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise BadInput(
            f"{path} is not a list of statements", hint="see firsthand count tolls --help"
        )
    if as_of is not None:
        items = [item for item in items if str(item.get("date") or "9999") <= as_of]
    return compare(items, contains=contains_name)


def _of_case(path: Path, as_of: str | None) -> Json:
    from firsthand.case import Case
    from firsthand.report.build import build
    from firsthand.report.registry import registry

    report = build(Case.open(path), registry(), as_of=as_of)
    found = [f["value"] for f in report["findings"] if f["kind"] == "count.toll"]
    return {
        "groups": [group for value in found for group in value["groups"]],
        "wording": "\n\n".join(value["wording"] for value in found),
    }
