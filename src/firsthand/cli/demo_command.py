"""``firsthand demo``."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import emit, example, json_option, out, paragraph
from firsthand.model.errors import ExitCode, UsageError


@click.command(epilog=example("firsthand demo tikrit -o demo-tikrit"))
@click.argument("which", type=click.Choice(["tikrit", "quarry"]), default="tikrit")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder for the case and its reports (default: demo-NAME).",
)
@click.option("--seed", type=int, help="For `quarry` only.")
@json_option
def demo(which: str, output: Path | None, seed: int | None, as_json: bool) -> int:
    """Build a worked case from start to end and print its answers beside the record.

    `tikrit`: the public record of June 2014 as source notes in our own words; no media.
    """
    if which == "quarry":
        raise UsageError("the case `quarry` does not exist yet", hint="firsthand demo tikrit")
    if seed is not None:
        raise UsageError("--seed does nothing for tikrit", why="its material is a fixed record")
    from firsthand.demo.tikrit_case import build_case, bundle, dated_answers
    from firsthand.report.checking import check

    folder = output or Path(f"demo-{which}")
    say = (lambda text: None) if as_json else out
    case = build_case(folder, say)
    answers = list(dated_answers(case, folder))
    target = bundle(case, folder)
    checked = {"case": check(case.root)["verdict"], "bundle": check(target)["verdict"]}
    if as_json:
        emit({
            "case": str(case.root),
            "bundle": str(target),
            "verify": checked,
            "answers": [
                {"as_of": a.date, "expected": a.expected, "answers": a.answers,
                 "report": str(a.report)} for a in answers
            ],
        })  # fmt: skip
    else:
        for dated in answers:
            by = f"what could be known by {dated.date}" if dated.date else "everything, undated too"
            out(f"\n== {by}")
            for asked, text in dated.answers.items():
                paragraph(text, f"  {asked.replace('_', ' ')}: ", "      ")
            paragraph(f"[the record lets one expect: {dated.expected}]", "  ", "      ")
        out(f"\ncase:    {case.root}   (verify: {checked['case']})")
        out(f"bundle:  {target}   (verify: {checked['bundle']})")
        out(f"report:  {answers[-1].report}   (open it in a browser)")
        out(f"next:    firsthand show {case.root} s12-count")
    good = set(checked.values()) == {"ok"}
    return ExitCode.OK if good else ExitCode.VERIFICATION_FAILED
