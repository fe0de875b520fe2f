"""``firsthand scrub``."""

from __future__ import annotations

from dataclasses import replace
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
from firsthand.model.canonical import Json
from firsthand.model.errors import ExitCode, FirsthandError, NewerCase, NotACase, UsageError

if TYPE_CHECKING:
    from firsthand.case.custody.scrub import Chosen, Result

MOST = 20
"""Faults that are listed; --json has all."""


@click.command(epilog=example("firsthand scrub tikrit --by ana"))
@case_argument
@click.option("--part", metavar="K/N", help="Read this part of the objects, such as 3/30.")
@click.option("--all", "everything", is_flag=True, help="Read all objects, and the log.")
@click.option("--log", is_flag=True, help="Read the whole log, too.")
@by_option
@json_option
def scrub(
    case: Path, part: str | None, everything: bool, log: bool, by: str | None, as_json: bool
) -> int:
    """Read preserved bytes again: the thirtieth that was read longest ago, and the log weekly.

    Run it once a day. Each damaged or missing file is named, and the result goes on record, where
    the key of the case is at hand. Nothing is changed: `firsthand repair` does that. Interrupted,
    run it again. Exit 4: something is wrong.
    """
    from firsthand.case.custody.scrub import Chosen, chosen_of
    from firsthand.case.custody.scrub import scrub as read

    if part and everything:
        raise UsageError("--part and --all exclude each other")
    all_of_it = Chosen(1, 1, log=True)
    chosen = chosen_of(part) if part else all_of_it if everything else _due(case)
    with progress("objects") as tick:
        result = read(case, replace(chosen, log=chosen.log or log), tick=tick)
    entries, why = _record(case, result, by)
    data = _data(result, entries, why)
    if as_json:
        emit(data)
    else:
        _print(case, data)
    return ExitCode.OK if result.good else ExitCode.VERIFICATION_FAILED


def _due(case: Path) -> Chosen:
    """Choose by what is on record; of a case that cannot be opened everything is read."""
    from firsthand.case import Case
    from firsthand.case.custody.scrub import Chosen, due

    try:
        opened = Case.open(case)
    except NewerCase:
        raise
    except FirsthandError as error:
        if isinstance(error, NotACase) and not (case / "log").is_dir():
            raise
        return Chosen(1, 1, log=True)
    try:
        return due(opened)
    finally:
        opened.close()


def _record(case: Path, result: Result, by: str | None) -> tuple[list[int], str | None]:
    from firsthand.case import Case
    from firsthand.case.custody.scrub import record_scrub

    try:
        opened = Case.open(case, write=True)
        try:
            return record_scrub(opened, result, by=by), None
        finally:
            opened.close()
    except FirsthandError as error:
        return [], str(error)


def _data(result: Result, entries: list[int], why: str | None) -> Json:
    return {
        "good": result.good,
        "part": result.chosen.part,
        "of": result.chosen.of,
        "objects": result.objects,
        "bytes": result.bytes,
        "wrong": result.wrong,
        "missing": result.missing,
        "log_read": result.log_files,
        "log_faults": [
            {"path": each.path, "what": each.what, "entry": each.entry}
            for each in result.log_faults
        ],
        "withheld": result.withheld,
        "recorded": bool(entries),
        "entries": entries,
        "not_on_record": why,
    }


def _print(case: Path, data: Json) -> None:
    out(
        f"part {data['part']} of {data['of']}: {counted(data['objects'], 'object')}, "
        f"{data['bytes']} bytes read again"
    )
    out("the log and openings were read" if data["log_read"] else "the log was not due")
    faults = [f"damaged: object {digest}" for digest in data["wrong"]]
    faults += [f"missing: object {digest}" for digest in data["missing"]]
    for each in data["log_faults"]:
        where = "" if each["entry"] is None else f" (from entry {each['entry']})"
        faults.append(f"{each['what']}: {each['path']}{where}")
    for line in faults[:MOST]:
        out(f"  {line}")
    if len(faults) > MOST:
        out(f"  and {len(faults) - MOST} more: see --json")
    if data["withheld"]:
        out(f"{data['withheld']} entries are withheld: what they name was not checked")
    if faults:
        out(f"next: firsthand repair {case} --from SECOND_COPY")
    else:
        out("nothing is wrong in what was read")
        if not data["objects"]:
            out("no object lies in this part; --all reads all of them")
    if not data["recorded"]:
        out(f"not on record: {data['not_on_record']}")
