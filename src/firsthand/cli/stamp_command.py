"""``firsthand stamp``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from firsthand.cli.shared import by_option, case_argument, counted, emit, example, json_option, out
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput, ExitCode, FirsthandError

if TYPE_CHECKING:
    from firsthand.case import Case

MOST = 20
"""Stamps that are listed; --json has all."""


class _Stamping(click.Group):
    """``stamp CASE`` without the word ``checkpoint``, which stands for it in the help."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "-h", "--help"):
            args = ["checkpoint", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Stamping, epilog=example("firsthand stamp mill --send"))
def stamp() -> None:
    """Ask others when the record existed: time stamps on its checkpoint.

    `firsthand stamp CASE` is short for `firsthand stamp checkpoint CASE`. Nothing goes over the
    network without --send or --upgrade.
    """


@stamp.command(epilog=example("firsthand stamp checkpoint mill -o /media/usb/requests"))
@case_argument
@click.option("-o", "folder", metavar="DIR", type=click.Path(path_type=Path),
              help="Write open requests as files, for a machine with a network.")  # fmt: skip
@click.option("--send", "sending", is_flag=True, help="Send open requests over the network.")
@click.option("--take", "files", metavar="FILE", multiple=True,
              type=click.Path(path_type=Path, dir_okay=False),
              help="Take an answer in (.tsr or .ots); may be repeated.")  # fmt: skip
@click.option("--upgrade", "upgrading", is_flag=True,
              help="Ask OpenTimestamps calendars over the network for blocks.")  # fmt: skip
@click.option("--calendar", "calendars", metavar="URL", multiple=True,
              help="A calendar that --upgrade may ask beside those of the policy.")  # fmt: skip
@click.option("--headers", metavar="FILE",
              type=click.Path(path_type=Path, dir_okay=False),
              help="Bitcoin block headers, 160 hex digits a line, to check proofs by.")  # fmt: skip
@click.option("--pending", is_flag=True, help="Only say what is waited for.")
@click.option("--local", is_flag=True,
              help="Addresses may be of this machine or a private network.")  # fmt: skip
@by_option
@json_option
def checkpoint(
    case: Path,
    folder: Path | None,
    sending: bool,
    files: tuple[Path, ...],
    upgrading: bool,
    calendars: tuple[str, ...],
    headers: Path | None,
    pending: bool,
    local: bool,
    by: str | None,
    as_json: bool,
) -> int:
    """Request stamps of the current checkpoint, and take in what comes.

    Without an option the requests to all authorities of the policy are recorded and wait. An
    answer is kept with what each reader says of it, also one that is refused (exit 4).
    """
    from firsthand.case import Case
    from firsthand.case.custody import sending as carry
    from firsthand.case.custody.stamp_records import Recorded, open_requests
    from firsthand.case.custody.stamp_rows import row, stamp_rows
    from firsthand.case.custody.stamping import ask, confirm
    from firsthand.tlog.bitcoin import read_headers

    opened = Case.open(case, write=not pending)
    done: Json = {"asked": [], "taken": [], "written": [], "failed": []}
    quiet = bool(files or upgrading or headers or pending)
    if not quiet or ((folder or sending) and not pending):
        done["asked"] = [row(Recorded(each, -1)) for each in ask(opened, by=by)]
    if folder and not pending:
        written = carry.write_requests(opened, folder, open_requests(opened))
        done["written"] = [str(path) for path in written]
    if sending and not pending:
        for each in open_requests(opened):
            try:
                done["taken"].append(
                    row(Recorded(carry.send(opened, each, by=by, local=local), -1))
                )
            except FirsthandError as error:
                done["failed"].append(_failure(each.stamp.authority, error))
    for path in files if not pending else ():
        _take(opened, path, by, done)
    if upgrading and not pending:
        better, missed = carry.upgrade(opened, by=by, calendars=calendars, local=local)
        done["taken"] += [row(Recorded(each, -1)) for each in better]
        done["failed"] += [{"what": each, "why": "", "hint": ""} for each in missed]
    if headers and not pending:
        lines = headers.read_text(encoding="utf-8", errors="replace").splitlines()
        found = confirm(opened, read_headers(lines), by=by)
        done["taken"] += [row(Recorded(each, -1)) for each in found]
    for each in (*done["asked"], *done["taken"]):
        del each["entry"]  # they stand with their entries below
    data = done | stamp_rows(opened)
    emit(data) if as_json else _print(data)
    if any(each["state"] == "refused" for each in done["taken"]):
        return ExitCode.VERIFICATION_FAILED
    return ExitCode.COULD_NOT_CHECK if done["failed"] else ExitCode.OK


def _take(case: Case, path: Path, by: str | None, done: Json) -> None:
    from firsthand.case.custody.stamp_records import Recorded
    from firsthand.case.custody.stamp_rows import row
    from firsthand.case.custody.stamping import match, take
    from firsthand.tlog.rfc3161 import MOST_BYTES

    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInput(
                "too large for an answer",
                why=f"it has more than {MOST_BYTES} bytes",
                hint="name the .tsr or .ots file",
            )
        answer = path.read_bytes()
        done["taken"].append(row(Recorded(take(case, match(case, answer), answer, by=by), -1)))
    except OSError as error:
        done["failed"].append({"what": path.name, "why": error.strerror or "", "hint": ""})
    except FirsthandError as error:
        done["failed"].append(_failure(path.name, error))


def _failure(what: str, error: FirsthandError) -> Json:
    return {"what": what, "why": str(error), "hint": error.hint}


@stamp.command(epilog=example("firsthand stamp authority mill one --url URL --roots roots.pem"))
@case_argument
@click.argument("name")
@click.option("--kind", type=click.Choice(["rfc3161", "opentimestamps"]), default="rfc3161",
              show_default=True, help="What kind of stamps it gives.")  # fmt: skip
@click.option("--url", metavar="URL", help="Where requests go with --send.")
@click.option("--roots", metavar="FILE",
              type=click.Path(path_type=Path, dir_okay=False),
              help="Its root certificates (PEM), from its own site.")  # fmt: skip
@click.option("--need", metavar="K", type=click.IntRange(min=0),
              help="Stamps of how many authorities the policy asks for.")  # fmt: skip
@click.option("--remove", is_flag=True, help="Ask it no more; its stamps stay.")
@click.option("--why", metavar="TEXT", help="The reason, for the record.")
@by_option
@json_option
def authority(
    case: Path,
    name: str,
    kind: str,
    url: str | None,
    roots: Path | None,
    need: int | None,
    remove: bool,
    why: str | None,
    by: str | None,
    as_json: bool,
) -> None:
    """Name an authority in the policy of the case, change it, or remove it."""
    from firsthand.case import Case
    from firsthand.case.custody.authorities import remove_authority, set_authority
    from firsthand.model.codec import to_json
    from firsthand.model.vocabulary import StampKind

    opened = Case.open(case, write=True)
    if remove:
        policy = remove_authority(opened, name, why=why, by=by)
    else:
        pem = None if roots is None else roots.read_bytes()
        policy = set_authority(
            opened, name, StampKind(kind), url=url, roots=pem, need=need, why=why, by=by
        )
    if as_json:
        emit({"policy": to_json(policy)})
        return
    names = counted(len(policy.authorities), "authority")
    out(f"the policy names {names}, and asks for stamps of {policy.stamps}")
    for each in policy.authorities:
        out(f"  {each.name} ({each.kind}) {each.url or 'without address: by hand'}")


def _print(data: Json) -> None:
    if data["asked"]:
        asked = ", ".join(each["authority"] for each in data["asked"])
        out(f"asked for entries 0 to {data['asked'][0]['to_entry']}: {asked}")
    for path in data["written"]:
        out(f"written: {path}")
    for each in data["failed"]:
        out(f"not done: {each['what']}" + (f": {each['why']}" if each["why"] else ""))
        if each["hint"]:
            out(f"  {each['hint']}")
    for each in data["stamps"][-MOST:]:
        _print_stamp(each)
    for each in data["contradictions"]:
        out(f"time stamps contradict one another: {each['why']}")
    for each in data["unconfirmed"]:
        out(f"not in a shown block yet: {each['authority']}, entries 0 to {each['to_entry']}")
    for each in data["pending"]:
        out(f"pending: {each['authority']} ({each['kind']}), entries 0 to {each['to_entry']}")
    if data["pending"]:
        out("answers come with --send, or by hand with -o and --take")
    if not data["authorities"]:
        out("the policy names no authority: firsthand stamp authority CASE NAME")


def _print_stamp(each: Json) -> None:
    around = "" if each["accuracy_ms"] is None else f" ± {each['accuracy_ms'] / 1000:g} s"
    when = f"{each['time']}{around}" if each["time"] else "no time yet"
    if each["state"] == "refused":
        when = "refused"
    out(f"entries 0 to {each['to_entry']}: {each['authority']}, {when} (entry {each['entry']})")
    for reader in each["readers"]:
        why = f": {reader['why']}" if reader.get("why") else ""
        out(f"  {reader['verdict']} by {reader['reader']}{why}")
    if each["why"]:
        out(f"  {each['why']}")
