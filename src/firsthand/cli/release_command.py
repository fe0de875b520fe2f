"""``firsthand release``."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import by_option, case_argument, emit, example, json_option, out
from firsthand.model.canonical import Json
from firsthand.model.errors import UsageError
from firsthand.model.vocabulary import Release


@click.command(
    epilog=example("firsthand release tikrit s12-count --what quote --why 'it was published'")
)
@case_argument
@click.argument("thing", required=False)
@click.option(
    "--what",
    type=click.Choice([str(each) for each in Release]),
    help="quote of a claim, name of an actor or event, text or title of a sighting, medium: a "
    "stripped copy of a picture.",
)
@click.option("--why", metavar="TEXT", help="Why; goes on record, not into bundles.")
@click.option("--withdraw", is_flag=True, help="Take the release back.")
@by_option
@json_option
def release(
    case: Path,
    thing: str | None,
    what: str | None,
    why: str | None,
    withdraw: bool,
    by: str | None,
    as_json: bool,
) -> None:
    """Let one thing into public bundles, or list what is released.

    A public bundle holds no free text and no media but what is released here. Taking a release back
    changes later bundles only: what was given out stays out.
    """
    from firsthand.case import Case
    from firsthand.report.bundle.releasing import release as record

    if thing is None:
        _show(case, as_json)
        return
    if what is None or why is None:
        raise UsageError("--what and --why are needed", hint="see firsthand release --help")
    opened = Case.open(case, write=True)
    subject, done = record(opened, thing, Release(what), why=why, withdraw=withdraw, by=by)
    if as_json:
        emit(
            {
                "subject": subject,
                "what": what,
                "released": not withdraw,
                "copy": done.copy if done else None,
                "new": done is not None,
            }
        )
        return
    known = "" if done else " (as it was already)"
    out(f"{'withdrawn' if withdraw else 'released'}: {what} of {subject}{known}")
    if done and done.copy:
        out(f"stripped copy: {done.copy}; look at it before it leaves")
    out("next: firsthand export CASE --profile public --dry-run")


def _show(case: Path, as_json: bool) -> None:
    from firsthand.case import Case
    from firsthand.case.custody.letting_out import releases

    held: Json = [
        {"subject": s, "what": str(what), "why": act.noun.why, "by": act.by, "entry": act.entry}
        for (s, what), act in releases(Case.open(case)).items()
    ]
    if as_json:
        emit(held)
        return
    for each in held:
        out(f"released: {each['what']} of {each['subject']}, by {each['by']}: {each['why']}")
    if not held:
        out("nothing is released")
