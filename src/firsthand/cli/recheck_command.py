"""``firsthand recheck``."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import case_argument, emit, example, json_option, out
from firsthand.model.errors import ExitCode


@click.command(epilog=example("firsthand recheck tikrit"))
@case_argument
@click.argument("runs", nargs=-1)
@click.option("--jobs", type=click.IntRange(1, 64), default=2, help="Child processes at a time.")
@json_option
def recheck(case: Path, runs: tuple[str, ...], jobs: int, as_json: bool) -> int:
    """Run recorded methods again from their recorded inputs and compare the findings.

    RUNS are ids of runs; without any, all are run. Each is: same, within tolerance, different, or
    cannot run. Exit 4 when one differs, 5 when one
    cannot be run.
    """
    from firsthand.case import Case
    from firsthand.model.errors import BadInput
    from firsthand.report.identify import identify
    from firsthand.report.registry import registry
    from firsthand.run import recheck as run_again
    from firsthand.run.recheck import VERDICTS

    opened = Case.open(case)
    things = [identify(opened, name) for name in runs]
    for thing in things:
        if thing.kind != "run":
            raise BadInput(f"{thing.kind} {thing.id} cannot be rechecked", hint="name a run")
    found = run_again(opened, registry(), runs=[thing.id for thing in things], jobs=jobs)
    totals = {verdict: sum(line["verdict"] == verdict for line in found) for verdict in VERDICTS}
    if as_json:
        emit({"totals": totals, "runs": found})
    else:
        out(", ".join(f"{count} {verdict.replace('_', ' ')}" for verdict, count in totals.items()))
        for line in found:
            if line["verdict"] in ("different", "cannot_run"):
                out(f"{line['verdict']}: {line['method']} {line['unit']}: {line['why']}")
    if totals["different"]:
        return ExitCode.VERIFICATION_FAILED
    return ExitCode.COULD_NOT_CHECK if totals["cannot_run"] else ExitCode.OK
