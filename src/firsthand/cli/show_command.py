"""``firsthand show``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from firsthand.cli.shared import case_argument, counted, emit, example, json_option, out
from firsthand.model.canonical import Json
from firsthand.model.values import to_rfc3339

MOST = 20
"""Items that are listed; --json has all."""


@click.command(epilog=example("firsthand show tikrit s12-count"))
@case_argument
@click.argument("thing", required=False)
@json_option
def show(case: Path, thing: str | None, as_json: bool) -> None:
    """Show what is in a case, or one thing with everything that leads to it.

    THING is an id (it may be shortened), the label of a claim, the name of a file, or the number
    of an entry. Of a picture or video it says what is known: size, times and place that its file
    states and how these can be wrong, text seen, copies, first sighting, and bounds on when.
    Without THING: the title, how much there is of each kind, the events, and what could not be
    taken in or looked at.
    """
    from firsthand.case import Case
    from firsthand.report.overview import overview
    from firsthand.report.trace import trace

    opened = Case.open(case)
    data = trace(opened, thing) if thing else overview(opened)
    if as_json:
        emit(data)
    elif thing:
        _print_thing(data)
    else:
        _print_overview(data)


def _print_overview(data: Json) -> None:
    out(f"{data['title'] or '(title withheld)'}   {data['origin']}")
    out(
        f"{counted(data['size'], 'entry')}; "
        + ", ".join(counted(n, kind) for kind, n in data["counts"].items() if kind != "sighting")
    )
    for event in data["events"]:
        out(f"  event {event['id']}: {event['label']}")
    if data["withheld"]:
        out(f"withheld: {len(data['withheld'])} entries are not fully open")
    if any(data["stamps"].values()):
        pending, later = data["stamps"]["pending"], data["stamps"]["unconfirmed"]
        out(f"time stamps: {pending} pending, {later} not in a shown block: firsthand stamp CASE")
    for item in data["not_done"][:MOST]:
        out(f"  {item['status']}: {item['item']}: {item['reason']}")
    if data["gaps"]:
        out("missing:")
    for gap in data["gaps"][:MOST]:
        out(f"  {gap['what']}: {gap['reason']}")
    if data["waiting"]:
        out(f"not looked at yet: {data['waiting']} pictures or videos: firsthand analyse CASE")
    if data["not_read"]:
        out("could not be looked at:")
    for item in data["not_read"][:MOST]:
        out(f"  {(item['names'] or [item['exhibit']])[0]}: {item['status']}: {item['reason']}")
    more = sum(len(data[name][MOST:]) for name in ("not_done", "gaps", "not_read"))
    if more:
        out(f"and {more} more: see --json")


def _print_thing(data: Json) -> None:
    out(f"{data['kind']} {data['id']}")
    _print_fields(data["data"], "  ")
    if data["says"]:
        out(f"says: {data['says'].strip()}")
    _print_about(data)
    if data["entry"]:
        entry = data["entry"]
        out(f"ledger entry {entry['entry']} by {entry['by']}, clock said {entry['claimed_at']}")
        _print_custody(data)
    if data["tags"]:
        out("tags: " + ", ".join(tag["label"] for tag in data["tags"]))
    for note in data["notes"]:
        out(f"{note['kind'] or 'note'}: {note['text']}")
    for each in data["translations"]:
        how = "machine translation by" if each["machine"] else "translated by"
        out(f"{each['lang_to']}, {how} {each['translator']}: {each['text']}")
    for title, items in (("leads to it", data["leads_to_it"]), ("used by", data["used_by"]),
                         ("judged", data["assessments"])):  # fmt: skip
        if items:
            out(f"{title}:")
        for item in items:
            first = item.get("what", "-")
            rest = {k: v for k, v in item.items() if k != "what" and v is not None}
            out(f"  {first}: " + "  ".join(f"{k}={_plain(v)}" for k, v in rest.items()))


def _print_custody(data: Json) -> None:
    from firsthand.cli.custody_command import bracket_words

    bracket, read = data["bracket"], data["last_read"]
    if bracket["not_before"] or bracket["not_after"]:
        out(bracket_words(bracket))
    else:
        out("no outside time bounds it: the machine's clock is all that says when")
    if read:
        when = to_rfc3339(read["at_ms"]) if read["at_ms"] is not None else "at an unknown time"
        how = "good" if read["good"] else "DAMAGED OR MISSING"
        out(f"last read again: {when}, {how} (its part of the objects, entry {read['entry']})")
    elif data["kind"] == "exhibit":
        out("not read again since it came in: firsthand scrub CASE")


def _print_about(data: Json) -> None:
    from firsthand.cli.exhibit_lines import lines

    for digest, about in data["about"].items():
        if digest != data["id"]:
            out(f"about exhibit {digest}")
        for line in lines(about):
            out(line)


def _plain(value: Json) -> str:
    """Write a value so that it can be pasted: texts as they are, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _print_fields(data: Json, indent: str) -> None:
    for key, value in data.items():
        if key in ("published", "removed") and isinstance(value, dict):
            value = _written(value)
        if key not in ("id", "digest"):
            out(f"{indent}{key}: {_plain(value)}")


def _written(value: Json) -> str:
    """Write a time as it stood there, then as it was understood."""
    from firsthand.report.page.times import between

    sides = (value.get("bounds", {}).get(name) for name in ("start_ms", "end_ms"))
    first, last = (None if side is None else to_rfc3339(side) for side in sides)
    return f"{between(first, last)} (written {value['text']})"
