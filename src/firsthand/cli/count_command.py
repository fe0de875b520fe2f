"""``firsthand count``: so far ``count tolls``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from firsthand.cli.shared import as_of_option, emit, example, json_option, paragraph
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput, NotFound


@click.group(epilog=example("firsthand count tolls tikrit"))
def count() -> None:
    """Say how many, as bounds with their sources; so far from stated tolls only."""


@count.command(epilog=example("firsthand count tolls claims.json --json"))
@click.argument("source", type=click.Path(path_type=Path))
@as_of_option
@json_option
def tolls(source: Path, as_of: str | None, as_json: bool) -> None:
    """Compare conflicting tolls without adding what must not be added.

    Copies add nothing, a wider count supersedes, a party's figures widen nothing.

    SOURCE is a case, or a JSON file with a list of statements. A statement needs id, kind (claim,
    analysis or report) and counted (killed, missing, injured, captured or bodies). It may have
    date, origin, event, min, max, scope, copies, supersedes, part_of, adds_to, reported_by, party.
    """
    groups, labels = _of_case(source, as_of) if source.is_dir() else (_of_file(source, as_of), {})
    if as_json:
        emit(groups)
        return
    wording = groups["wording"] or "no tolls: the case has no claim that answers `count`"
    for claim, label in labels.items():
        wording = wording.replace(claim, label)
    for line in wording.splitlines():
        paragraph(line, "", "    ")


def _of_file(path: Path, as_of: str | None) -> Json:
    from firsthand.count import tolls as compare
    from firsthand.globe.gazetteer import contains_name
    from firsthand.words.dates import as_of_cutoff

    try:
        items = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotFound(f"there is no {path}", hint="give a case folder or a JSON file") from error
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"{path} is not JSON", why=str(error)) from error
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise BadInput(
            f"{path} is not a list of statements",
            hint="the fields of one are in `firsthand count tolls --help`",
        )
    if as_of is not None:
        cutoff = as_of_cutoff(as_of)
        items = [item for item in items if _known_by(item.get("date"), cutoff)]
    return compare(items, contains=contains_name)


def _known_by(date: Json, cutoff: int) -> bool:
    """Tell whether a date as written ends by a moment; one that says nothing does not."""
    from firsthand.words.dates import written_time

    written = written_time(date) if isinstance(date, str) else None
    return (
        written is not None
        and written.bounds.end_ms is not None
        and (written.bounds.end_ms <= cutoff)
    )


def _of_case(path: Path, as_of: str | None) -> tuple[Json, dict[str, str]]:
    from firsthand.case import Case
    from firsthand.report.build import build
    from firsthand.report.registry import registry

    report = build(Case.open(path), registry(), as_of=as_of)
    found = [f["value"] for f in report["findings"] if f["kind"] == "count.toll"]
    groups = {
        "groups": [group for value in found for group in value["groups"]],
        "wording": "\n\n".join(value["wording"] for value in found),
    }
    return groups, {claim["id"]: claim["label"] or claim["id"] for claim in report["claims"]}
