"""``firsthand custody``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from firsthand.cli.shared import case_argument, counted, emit, example, json_option, out
from firsthand.model.canonical import Json
from firsthand.model.values import to_rfc3339


@click.command(epilog=example("firsthand custody tikrit s12-count"))
@case_argument
@click.argument("thing", required=False)
@json_option
def custody(case: Path, thing: str | None, as_json: bool) -> None:
    """Show the chain of custody of a case, or of one thing in it, in the order of the ledger.

    Who did what, what the machine's clock claimed, and between which times of outsiders it went on
    record. Of one THING: how it came in, from what it was derived, each act on it, and each bundle
    and copy that reaches past it.
    """
    from firsthand.case import Case
    from firsthand.report.chain import chain

    data = chain(Case.open(case), thing)
    if as_json:
        emit(data)
        return
    if data["thing"]:
        out(f"{data['thing']['kind']} {data['thing']['id']}")
        for each in data["derived_from"]:
            out(f"made from {each['id']}" + (f" by {each['by']}" if each["by"] else ""))
        for each in data["derived"]:
            out(f"from it was made {each['id']}" + (f" by {each['by']}" if each["by"] else ""))
    else:
        out(f"chain of custody of {data['case']}, {data['size']} entries")
    for act in data["acts"]:
        _print(act)
    for row in data.get("left_in", ()):
        holds = "held in" if row["holds_it"] else "may be in (the bundle says)"
        name = row["says"].get("profile") or row["says"].get("name")
        out(f"{holds} {row['act']} {name}, entry {row['entry']}, by {row['by']}")
    if data["others"]:
        out("also on record: " + ", ".join(counted(n, kind) for kind, n in data["others"].items()))
    for limit in data["limits"]:
        out(f"note: {limit}")


def _print(act: Json) -> None:
    out(f"{act['entry']}: {act['act']} by {act['by']}, clock said {act['claimed_at']}")
    for key, value in act["says"].items():
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        out(f"    {key}: {shown[:300]}")
    if act.get("taken_over_from"):
        out(f"    taken over from {act['taken_over_from']} by {act['taken_over_by']}")
    if act["not_before"] or act["not_after"]:
        out(f"    {bracket_words(act)}")


def bracket_words(bracket: Json) -> str:
    """Say between which outside times something went on record."""
    sides = []
    for name, words in (("not_before", "not before"), ("not_after", "not after")):
        side = bracket[name]
        if side:
            sides.append(f"{words} {to_rfc3339(side['time_ms'])} ({side['by']}, entry "
                         f"{side['entry']})")  # fmt: skip
        else:
            sides.append(f"{words}: nothing outside says")
    return "recorded " + ", ".join(sides)
