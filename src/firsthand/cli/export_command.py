"""``firsthand export``."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import (
    as_of_option,
    by_option,
    case_argument,
    counted,
    emit,
    example,
    json_option,
    out,
    progress,
)
from firsthand.model.canonical import Json
from firsthand.model.errors import UsageError


@click.command(epilog=example("firsthand export tikrit -o tikrit.zip --profile court"))
@case_argument
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE.zip",
    help="The bundle to write.",
)
@click.option(
    "--profile",
    type=click.Choice(["public", "court", "full"]),
    default="full",
    show_default=True,
    help="full: everything. court: all but what is sealed. public: answers, counts, commitments, "
    "and what a person released.",
)
@as_of_option
@click.option(
    "--encrypt-to",
    multiple=True,
    metavar="RECIPIENT",
    help="Encrypt with age: a public key (age1…, ssh-ed25519 …, ssh-rsa …) or a file of such.",
)
@click.option(
    "--sign-with",
    type=click.Path(path_type=Path),
    metavar="KEYFILE",
    help="Sign the list of files with your own OpenSSH key, too.",
)
@click.option("--to", multiple=True, metavar="NAME", help="Who gets it; goes on record.")
@click.option("--dry-run", is_flag=True, help="Only say what would leave; nothing is written.")
@by_option
@json_option
def export(
    case: Path,
    output: Path | None,
    profile: str,
    as_of: str | None,
    encrypt_to: tuple[str, ...],
    sign_with: Path | None,
    to: tuple[str, ...],
    dry_run: bool,
    by: str | None,
    as_json: bool,
) -> None:
    """Write a signed zip with the case, its report, and verify.py for a stranger.

    The profile says what goes in. `full` holds EVERYTHING in the case, names and media too: give it
    only to those who may have it. With --encrypt-to the file is FILE.zip.age.
    """
    from firsthand.case import Case
    from firsthand.report.bundle.encryption import recipients_of
    from firsthand.report.bundle.giving import give, plan
    from firsthand.report.bundle.write import Plan
    from firsthand.report.registry import registry

    def show(planned: Plan) -> None:
        if not as_json:
            _say(planned)

    if dry_run:
        planned = plan(Case.open(case, fresh=True), registry(), profile, as_of=as_of)
        if as_json:
            emit(_what(planned))
        else:
            _say(planned)
            out("nothing was written")
        return
    if output is None:
        raise UsageError("the name of the bundle is missing", hint="-o FILE.zip")
    recipients = recipients_of(encrypt_to) if encrypt_to else None
    if recipients and output.suffix != ".age":
        output = output.with_name(output.name + ".age")
    opened = Case.open(case, write=True, fresh=True)
    with progress("files") as tick:
        summary = give(
            opened, output, registry(),
            profile=profile, as_of=as_of, to=to, recipients=recipients, person_key=sign_with,
            by=by, tick=tick, show=show,
        )  # fmt: skip
    if as_json:
        emit(summary)
        return
    out(f"wrote {output} ({counted(summary['files'], 'files')})")
    out("next: give somebody else the checkpoint in it, so that later versions can be compared")
    if recipients:
        out(f"encrypted to {counted(len(recipients.keys), 'recipients')}; who may read it: age -d")
    else:
        out(f"check: firsthand verify {output}   or, unpacked:  python3 verify.py .")


def _what(planned: object) -> Json:
    from firsthand.report.bundle.write import Plan

    assert isinstance(planned, Plan)
    return {
        "profile": planned.profile,
        "files": len(planned.parts),
        "withheld": len(planned.withheld),
        "leaves": list(planned.leaves),
    }


def _say(planned: object) -> None:
    what = _what(planned)
    out(f"profile {what['profile']}: {counted(what['files'], 'files')}")
    if what["withheld"]:
        out(f"withheld in whole or in part: {counted(what['withheld'], 'entries')} of the log")
    for each in what["leaves"]:
        # What others signed names them without anybody's release.
        who = f", released by {each['by']}" if each["by"] is not None else ""
        out(f"leaves: {each['what']} of {each['subject']}{who}: {each['why']}")
