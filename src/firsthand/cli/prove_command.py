"""``firsthand prove``."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import counted, emit, example, json_option, out
from firsthand.model.errors import BadInput, UsageError


@click.command(epilog=example("firsthand prove mill entry:12 -o entry-12.tlog-proof"))
@click.argument("case", metavar="CASE|PROOF", type=click.Path(path_type=Path))
@click.argument("what", metavar="ENTRY|ID|ENTRY_FILE")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Where the proof goes.")
@click.option(
    "--with",
    "rest",
    type=click.Choice(["any", "cosigned"]),
    default="any",
    show_default=True,
    help="cosigned: fail when no witness covers the entry.",
)
@click.option("--check", is_flag=True, help="Check PROOF about ENTRY_FILE instead of making one.")
@click.option("--key", metavar="VKEY", help="With --check: the key of the log.")
@click.option("--witness", "keys", metavar="VKEY", multiple=True, help="With --check: a witness.")
@click.option("--quorum", metavar="K", type=int, help="With --check: how many (default: all).")
@json_option
def prove(
    case: Path,
    what: str,
    output: Path | None,
    rest: str,
    check: bool,
    key: str | None,
    keys: tuple[str, ...],
    quorum: int | None,
    as_json: bool,
) -> None:
    """Write a small file that proves to anybody, offline, that an entry is in the log.

    Two files: the proof (C2SP tlog-proof, with the checkpoint that most witnesses signed) and
    beside it the entry, FILE.entry, which commits to its fields without showing them.
    """
    if check:
        if key is None:
            raise UsageError("the key of the log is needed", hint="give --key VKEY")
        _check(case, Path(what), key, keys, quorum, as_json)
    else:
        _prove(case, what, output, rest, as_json)


def _prove(case: Path, what: str, output: Path | None, rest: str, as_json: bool) -> None:
    from firsthand.case import Case
    from firsthand.case.custody.proving import prove as make
    from firsthand.cli.small_file import write_new
    from firsthand.report.identify import identify

    opened = Case.open(case)
    number = what.removeprefix("entry:")
    plain = number.isascii() and number.isdigit() and len(number) < 16
    entry = int(number) if plain else identify(opened, what).entry
    if entry is None:
        raise BadInput(f"{what} is no entry of its own", hint="name the entry that brought it")
    made = make(opened, entry, cosigned=rest == "cosigned")
    data = bytes(made.proof)
    target = output or Path(f"entry-{entry}.tlog-proof")
    beside = target.with_name(target.name + ".entry")
    write_new(target, data)
    write_new(beside, made.entry)
    size = made.proof.checkpoint.checkpoint.size
    command = f"firsthand prove --check {target} {beside} --key {made.key}"
    command += "".join(f" --witness {each}" for each in made.witnesses)
    if as_json:
        emit(
            {
                "proof": str(target),
                "entry_file": str(beside),
                "entry": entry,
                "size": size,
                "bytes": len(data),
                "vkey": str(made.key),
                "witnesses": [str(each) for each in made.witnesses],
                "check": command,
            }
        )
        return
    out(f"entry {entry} of {size}: {target} ({len(data)} bytes), {beside}")
    if made.witnesses:
        out("cosigned by " + ", ".join(each.name for each in made.witnesses))
    else:
        out("no outside checkpoint covers this: only the key of the log vouches for it")
    out(f"check: {command}")


def _check(
    proof: Path,
    entry: Path,
    key: str,
    keys: tuple[str, ...],
    quorum: int | None,
    as_json: bool,
) -> None:
    from firsthand.case.custody.proving import check_proof
    from firsthand.cli.small_file import read_bytes
    from firsthand.tlog import VerifierKey
    from firsthand.tlog.cosignature import WitnessKey

    witnesses = [WitnessKey.parse(each) for each in keys]
    log = VerifierKey.parse(key)
    found, times = check_proof(read_bytes(proof), read_bytes(entry), log, witnesses, quorum)
    size = found.checkpoint.checkpoint.size
    if as_json:
        signed = [{"witness": str(each), "time": seconds} for each, seconds in times.items()]
        emit({"entry": found.index, "size": size, "log": log.name, "witnesses": signed})
        return
    out(f"entry {found.index} is in the log {log.name} of {counted(size, 'entry')}")
    for each, seconds in times.items():
        out(f"signed by {each.name} at {seconds} s after 1970 by its clock")
    if not times:
        out("no outside checkpoint covers this: only the key of the log vouches for it")
