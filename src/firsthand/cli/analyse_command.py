"""``firsthand analyse``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from firsthand.cli.shared import (
    by_option,
    case_argument,
    counted,
    emit,
    example,
    json_option,
    out,
    progress,
)

if TYPE_CHECKING:
    from firsthand.model.nouns import Run


@click.command(epilog=example("firsthand analyse tikrit --jobs 2"))
@case_argument
@click.option("--only", metavar="METHOD", multiple=True, help="Only this method and what it needs.")
@click.option(
    "--jobs", type=click.IntRange(1, 64), help="Child processes at a time (default: up to 4)."
)
@click.option("--retry", is_flag=True, help="Try runs again that failed or were given up.")
@by_option
@json_option
def analyse(
    case: Path, only: tuple[str, ...], jobs: int | None, retry: bool, by: str | None, as_json: bool
) -> None:
    """Run every method that has new inputs. Can be stopped and called again at any time.

    Pictures and videos are decoded in child processes with limits; what cannot be decoded is
    recorded with the reason and stops nothing else. Methods whose program is missing are named.
    """
    from firsthand.case import Case, View
    from firsthand.report.registry import registry
    from firsthand.run import Analysis

    opened = Case.open(case, write=True)
    with progress("methods") as tick:
        analysis = Analysis(
            View(opened),
            registry(),
            record=True,
            by=by,
            jobs=jobs,
            progress=lambda method, done, planned: tick(done, planned, method),
        )
        resolved = analysis.run(only=only, retry=retry)
    bad = [
        {"run": run.id, "method": run.method, "unit": run.unit, "status": run.status,
         "reason": run.reason}
        for run, _ in resolved.runs
        if run.status != "done"
    ]  # fmt: skip
    summary = {
        "runs": len(resolved.runs),
        "new": len(resolved.fresh),
        "findings": len(resolved.findings),
        "not_done": bad,
        "left_out": resolved.left_out,
    }
    if as_json:
        emit(summary)
        return
    new, found = counted(len(resolved.fresh), "new run"), counted(len(resolved.findings), "finding")
    out(f"{new}, {summary['runs']} in all, {found}")
    if alone := _read_alone(resolved.fresh, resolved.runs):
        out(f"note: {alone}")
    for item in resolved.left_out:
        out(f"not run: {item['method']}, {counted(item['exhibits'], 'exhibits')}: {item['why']}")
    for item in bad:
        out(f"{item['status']}: {item['method']} {item['unit']}: {item['reason']}")


def _read_alone(fresh: list[str], runs: list[tuple[Run, bool]]) -> str | None:
    """Return what to tell when metadata was read now, and exiftool is not there to read it too."""
    read = any(run.method == "media.metadata" and run.id in fresh for run, _ in runs)
    if not read or shutil.which("exiftool") is not None:
        return None
    return (
        "exiftool is not installed (Debian: libimage-exiftool-perl): metadata was read by one"
        " reader alone, and is not read again once it is there"
    )
