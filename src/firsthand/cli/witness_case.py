"""The team's side of ``firsthand witness``: policy, request, take, status, compare."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from firsthand.cli.shared import by_option, case_argument, counted, emit, example, json_option, out
from firsthand.model.canonical import Json
from firsthand.model.errors import ExitCode, UsageError


@click.command(epilog=example("firsthand witness policy mill --quorum 2 --why 'as agreed'"))
@case_argument
@click.option("--witness", "add", metavar="VKEY", multiple=True, help="Add a witness by its key.")
@click.option("--remove", metavar="NAME", multiple=True, help="Ask a witness no more.")
@click.option("--quorum", metavar="K", type=int, help="How many witnesses it takes.")
@click.option("--why", metavar="TEXT", help="Why these.")
@by_option
@json_option
def policy(
    case: Path,
    add: tuple[str, ...],
    remove: tuple[str, ...],
    quorum: int | None,
    why: str | None,
    by: str | None,
    as_json: bool,
) -> None:
    """Say whose cosignatures this case asks for, and how many; without options, show it.

    A --witness key is what `firsthand witness key NAME` prints on the witness's machine; a file
    with it is read, too. Authorities for time stamps are named with `firsthand stamp authority`.
    """
    from firsthand.case import Case
    from firsthand.case.custody.policy import current, set_policy
    from firsthand.model.codec import to_json

    if add or remove or quorum is not None:
        set_policy(
            Case.open(case, write=True),
            by=by,
            why=why,
            add_witnesses=[_vkey(each) for each in add],
            remove_witnesses=remove,
            quorum=quorum,
        )
    found = current(Case.open(case))
    if as_json:
        emit({"policy": to_json(found) if found else None})
        return
    names = [vkey.partition("+")[0] for vkey in found.witnesses] if found else []
    out(f"quorum: {found.quorum if found else 0} of {len(names)}")
    for name in names:
        out(f"  {name}")


@click.command(epilog=example("firsthand witness request mill clerk.example.org/2026 -o ask.txt"))
@case_argument
@click.argument("name", required=False)
@click.option("--old", metavar="N", type=int, help="The size that the witness knows; 0: none.")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="Where to write (default: stdout)."
)
@json_option
def request(
    case: Path, name: str | None, old: int | None, output: Path | None, as_json: bool
) -> None:
    """Write what a witness is asked to sign: the log as it is now, continuing what it signed last.

    NAME is a witness of the policy; --old N asks anybody who knows N entries. The text holds sizes,
    hashes and the random name of the log, and nothing of what is in the case.
    """
    from firsthand.case import Case
    from firsthand.case.custody.witnessing import find_witness, last_size
    from firsthand.case.custody.witnessing import request as ask
    from firsthand.cli.small_file import write_new

    opened = Case.open(case)
    if (name is None) == (old is None):
        raise UsageError("give NAME or --old N", hint="`firsthand witness status CASE` lists names")
    start = last_size(opened, find_witness(opened, name)) if name is not None else old or 0
    data = ask(opened, start)
    if output is not None:
        write_new(output, data)
    if as_json:
        row: Json = {"old": start, "bytes": len(data), "request": data.decode()}
        emit(row | {"written": str(output) if output else None})
    elif output is None:
        click.echo(data.decode(), nl=False)
    else:
        out(f"request from {counted(start, 'entry')} on, {len(data)} bytes: {output}")
        # A witness that signed N entries has not seen the note of a change at N.
        for each in (each for each in _changes(opened) if each >= start):
            out(f"the key of the log changed: send {case / 'log' / 'keys' / str(each)}, too")


@click.command(epilog=example("firsthand witness take mill cosigned.txt"))
@case_argument
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", "keys", metavar="VKEY", multiple=True, help="Look for this witness, too.")
@by_option
@json_option
def take(case: Path, file: Path, keys: tuple[str, ...], by: str | None, as_json: bool) -> None:
    """Take in what a witness signed (`-`: stdin), after checking it against the log.

    It becomes an entry, and a file in stamps/ for other programs. Lines by witnesses that neither
    the policy nor --key names are ignored.
    """
    from firsthand.case import Case
    from firsthand.case.custody.witnessing import take as take_in
    from firsthand.cli.small_file import read_bytes
    from firsthand.model.codec import to_json
    from firsthand.tlog.cosignature import WitnessKey

    known = tuple(WitnessKey.parse(_vkey(each)) for each in keys)
    data = read_bytes(file).replace(b"\r\n", b"\n")
    made = take_in(Case.open(case, write=True), data, keys=known, by=by)
    if as_json:
        emit({"cosignatures": [to_json(each) for each in made]})
        return
    if not made:
        out("known already: nothing was recorded")
    for each in made:
        name = each.witness.partition("+")[0]
        out(f"{name} signed {counted(each.size, 'entry')} at {_utc(each.time_ms)} by its clock")


@click.command(epilog=example("firsthand witness status mill"))
@case_argument
@json_option
def status(case: Path, as_json: bool) -> None:
    """Show who signed which sizes, and up to which entry enough witnesses did."""
    from firsthand.case import Case
    from firsthand.case.custody.witnessing import coverage

    opened = Case.open(case)
    found, size = coverage(opened), opened.log.size()
    if as_json:
        emit(
            {
                "size": size,
                "quorum": found.quorum,
                "covered": found.covered,
                "witnesses": [
                    {
                        "name": key.name,
                        "vkey": str(key),
                        "in_policy": key in found.witnesses,
                        "signed": [{"size": s, "time_ms": t} for s, t in signed],
                    }
                    for key, signed in found.sizes.items()
                ],
            }
        )
        return
    for key, signed in found.sizes.items():
        last = "nothing"
        if signed:
            last = f"{counted(signed[-1][0], 'entry')} at {_utc(signed[-1][1])}"
        stranger = "" if key in found.witnesses else " (not in the policy)"
        out(f"{key.name}{stranger}: signed {last}")
    if not found.covered:
        out("no outside checkpoint covers this log by the policy")
        return
    asked = f"{found.quorum} of {len(found.witnesses)} witnesses"
    out(f"{asked} cover the first {counted(found.covered, 'entry')}")
    if found.covered < size:
        begin, end = found.covered, size - 1
        which = f"entry {end}" if begin == end else f"entries {begin} to {end}"
        out(f"no outside checkpoint covers {which}")


@click.command(epilog=example("firsthand witness compare anna.cosig clerk.cosig --case mill"))
@click.argument("one", type=click.Path(path_type=Path))
@click.argument("two", type=click.Path(path_type=Path))
@click.option("--key", "keys", metavar="VKEY", multiple=True, help="A key of the log.")
@click.option("--case", type=click.Path(path_type=Path), help="A case with keys and log to prove.")
@json_option
def compare(one: Path, two: Path, keys: tuple[str, ...], case: Path | None, as_json: bool) -> int:
    """Compare two signed checkpoints of one log: one history, or evidence of a fork.

    Checkpoints of different sizes are compared with the help of a case (--case). Exit 4: a fork;
    exit 5: cannot be told.
    """
    from firsthand.case import Case
    from firsthand.case.custody.witnessing import compare_signed
    from firsthand.cli.small_file import read_bytes
    from firsthand.tlog import VerifierKey
    from firsthand.tlog.witness import Pair

    if not keys and case is None:
        raise UsageError("the key of the log is needed", hint="give --key VKEY or --case CASE")
    known = [VerifierKey.parse(_vkey(each)) for each in keys]
    opened = Case.open(case) if case else None
    pair = compare_signed(read_bytes(one), read_bytes(two), known, opened)
    if as_json:
        emit({"result": str(pair)})
    else:
        out(_SAID[pair])
    return {
        Pair.FORK: ExitCode.VERIFICATION_FAILED,
        Pair.SAME: ExitCode.OK,
        Pair.CONSISTENT: ExitCode.OK,
    }.get(pair, ExitCode.COULD_NOT_CHECK)


_SAID = {
    "same": "the same tree",
    "consistent": "one history: the larger tree continues the smaller one",
    "fork": "A FORK: the log signed two different trees of one size. Keep both files: whoever had "
    "the key of the log made two histories",
    "undecided": "cannot be told: the sizes differ and nothing here proves that one continues the "
    "other; give --case with a copy of the case that has both",
    "other_logs": "these are checkpoints of two logs",
}


def _vkey(text: str) -> str:
    """Return a vkey that was given as text or as a file."""
    from firsthand.cli.small_file import read_text

    return read_text(Path(text)).strip() if Path(text).is_file() else text


def _changes(case: Json) -> list[int]:
    return [size for size, _ in case.log.keys.chain(case.log.size()).keys[1:]]


def _utc(milliseconds: int) -> str:
    try:
        moment = datetime.datetime.fromtimestamp(milliseconds // 1000, datetime.UTC)
    except (OverflowError, ValueError):
        return f"{milliseconds // 1000} s after 1970"
    return moment.strftime("%Y-%m-%d %H:%M:%SZ")
