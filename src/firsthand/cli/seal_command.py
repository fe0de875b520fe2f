"""``firsthand seal``."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import by_option, case_argument, emit, example, json_option, out
from firsthand.model.canonical import Json
from firsthand.model.errors import UsageError


@click.command(epilog=example("firsthand seal tikrit sha256:ab12 --why 'a witness can be known'"))
@case_argument
@click.argument("thing", required=False)
@click.option("--why", metavar="TEXT", help="Why; goes on record.")
@click.option("--lift", is_flag=True, help="Take the seal back.")
@by_option
@json_option
def seal(
    case: Path, thing: str | None, why: str | None, lift: bool, by: str | None, as_json: bool
) -> None:
    """Keep a thing out of every bundle but full ones, or list what is sealed.

    THING is an id (it may be shortened), the label of a claim, or an entry. With it stays in
    whatever mentions it: the table of posts with its row, the archive or page it came from.
    """
    from firsthand.case import Case
    from firsthand.case.custody.letting_out import seal as record
    from firsthand.case.custody.letting_out import seals
    from firsthand.report.identify import identify

    if thing is None:
        held: Json = [
            {"subject": s, "why": act.noun.why, "by": act.by, "entry": act.entry}
            for s, act in seals(Case.open(case)).items()
        ]
        if as_json:
            emit(held)
            return
        for each in held:
            out(
                f"sealed: {each['subject']}, by {each['by']} (entry {each['entry']}): {each['why']}"
            )
        if not held:
            out("nothing is sealed")
        return
    if why is None:
        raise UsageError("a reason is missing", hint="--why TEXT says why, for whoever asks later")
    opened = Case.open(case, write=True)
    subject = identify(opened, thing).subject
    done = record(opened, subject, why=why, lift=lift, by=by)
    if as_json:
        emit({"subject": subject, "sealed": not lift, "new": done is not None})
        return
    known = "" if done else " (as it was already)"
    out(f"{'no longer sealed' if lift else 'sealed'}: {subject}{known}")
    out("next: firsthand export CASE -o FILE.zip --profile court --dry-run")
