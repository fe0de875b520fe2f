"""``firsthand demo``."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import emit, example, json_option, out, paragraph
from firsthand.model.errors import ExitCode, UsageError


@click.command(epilog=example("firsthand demo quarry -o demo-quarry --seed 7"))
@click.argument("which", type=click.Choice(["tikrit", "quarry"]), default="tikrit")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder for the case and its reports (default: demo-NAME).",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    help="For `quarry`: another place, date, scene, names and copies for each number (default: 0).",
)
@click.option(
    "--posts",
    type=click.IntRange(min=400),
    help="For `quarry`: length of its stream of posts (default: 20000).",
)
@json_option
def demo(
    which: str, output: Path | None, seed: int | None, posts: int | None, as_json: bool
) -> int:
    """Build a worked case from start to end and print its answers beside the record.

    `tikrit`: the public record of June 2014 as source notes in our own words; no media.

    `quarry`: a fictional event with generated photographs, copies, posts and articles, whose truth
    is known. The methods cannot read the truth; the answers are printed beside it.
    """
    folder = output or Path(f"demo-{which}")
    if which == "quarry":
        return _quarry(folder, seed or 0, posts, as_json)
    for name, value in (("--seed", seed), ("--posts", posts)):
        if value is not None:
            raise UsageError(
                f"{name} does nothing for tikrit", why="its material is a fixed record"
            )
    return _tikrit(folder, as_json)


def _tikrit(folder: Path, as_json: bool) -> int:
    from firsthand.demo.tikrit_case import build_case, bundle, dated_answers
    from firsthand.report.checking import check

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


def _quarry(folder: Path, seed: int, posts: int | None, as_json: bool) -> int:
    from firsthand.demo.quarry import POSTS
    from firsthand.demo.quarry_answers import answers
    from firsthand.demo.quarry_case import build_case, write_report_of
    from firsthand.report.checking import check

    say = (lambda text: None) if as_json else out
    built = build_case(folder, seed, say, posts=posts or POSTS)
    found = answers(built.case, built.truth)
    report = write_report_of(built.case, folder)
    checked = check(built.case.root)["verdict"]
    if as_json:
        emit({
            "case": str(built.case.root),
            "seed": seed,
            "report": str(report),
            "verify": checked,
            "analysed": built.summary,
            "answers": [
                {"question": a.question, "answer": a.answer, "truth": a.truth, "right": a.right,
                 "wrong": list(a.wrong)} for a in found
            ],
        })  # fmt: skip
    else:
        marks = {True: "right", False: "WRONG", None: "shown beside the truth"}
        for each in found:
            out(f"\n{each.question}: {marks[each.right]}")
            paragraph(each.answer, "  the case:  ", "             ")
            paragraph(each.truth, "  the truth: ", "             ")
            if each.wrong:
                paragraph(", ".join(each.wrong), "  not as it was: ", "             ")
        out(f"\ncase:    {built.case.root}   (verify: {checked})")
        out(f"report:  {report}   (open it in a browser)")
        out(f"next:    firsthand match {folder / 'material'}")
    good = checked == "ok" and all(each.right is not False for each in found)
    return ExitCode.OK if good else ExitCode.VERIFICATION_FAILED
