"""``firsthand tag``."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import by_option, case_argument, emit, example, json_option, out
from firsthand.model.errors import BadInput


@click.command(epilog=example("firsthand tag tikrit sha256:ab12 trench 'to be translated'"))
@case_argument
@click.argument("thing")
@click.argument("labels", nargs=-1, required=True)
@click.option("--remove", is_flag=True, help="Take the tags off; that they were there stays known.")
@by_option
@json_option
def tag(
    case: Path, thing: str, labels: tuple[str, ...], remove: bool, by: str | None, as_json: bool
) -> None:
    """Put tags on a thing (exhibit, sighting, claim, finding, actor, event), or take them off.

    THING is an id (it may be shortened) or the label of a claim. A tag says nothing about the
    world: it helps to find things again with `firsthand search --tag`.
    """
    from firsthand.case import Case
    from firsthand.collect.acts import tag as put
    from firsthand.report.identify import identify

    opened = Case.open(case, write=True)
    found = identify(opened, thing)
    if found.kind == "entry":
        raise BadInput("an entry cannot be tagged", hint="tag the thing that it brought")
    done = put(opened, found.subject, labels, remove=remove, by=by)
    if as_json:
        emit(done)
        return
    for each in done:
        act = "taken off" if remove else "tagged"
        known = "" if each["new"] else " (as it was already)"
        out(f"{act}: {each['label']}{known}")
