"""``firsthand witness``: what the witness runs on its own machine; see also witness_case."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import counted, emit, example, json_option, out
from firsthand.cli.witness_case import compare, policy, request, status, take
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput, ExitCode

_HINTS = {
    403: "if the log changed its key: firsthand witness trust NAME FILE, with its log/keys/N",
    404: "to know the log from now on: firsthand witness trust NAME VKEY",
}
"""What to do next, by the status of a refusal."""


@click.group(epilog=example("firsthand witness request mill anna -o for-anna.txt"))
def witness() -> None:
    """Let others sign what the log was, and be a witness for others.

    For a witness: new, key, trust, sign, state. For the team: policy, request, take, status,
    compare. Everything goes by file or as text in a mail.
    """


@witness.command(epilog=example("firsthand witness new clerk.example.org/2026"))
@click.argument("name")
@json_option
def new(name: str, as_json: bool) -> None:
    """Become a witness: make a key called NAME on this machine.

    The private key and what was signed stay in this user's configuration folder. Copy the folder
    only to move the witness: two copies that both sign are worth nothing.
    """
    from firsthand.case.custody.witness_desk import WitnessDesk

    desk = WitnessDesk(name)
    key = desk.create()
    if as_json:
        emit({"name": name, "vkey": str(key), "folder": str(desk.folder)})
        return
    out(f"made {name}; give the team this key:")
    out(str(key))
    out(f"next: firsthand witness trust {name} VKEY-OF-THE-CASE")


@witness.command(epilog=example("firsthand witness key clerk.example.org/2026"))
@click.argument("name")
@json_option
def key(name: str, as_json: bool) -> None:
    """Print the public key of the witness NAME."""
    from firsthand.case.custody.witness_desk import WitnessDesk

    vkey = str(WitnessDesk(name).signer().key)
    emit({"name": name, "vkey": vkey}) if as_json else out(vkey)


@witness.command(epilog=example("firsthand witness trust clerk.example.org/2026 case.json"))
@click.argument("name")
@click.argument("log", metavar="VKEY")
@json_option
def trust(name: str, log: str, as_json: bool) -> None:
    """Know a log from now on: VKEY is its key, or a file with it, such as case.json.

    When a log has changed its key, give the note about it (CASE/log/keys/N) as the file: it must be
    signed by the key that is trusted already. Get the first key from the team in person or by
    telephone, not by the way by which requests come.
    """
    from firsthand.case.custody.witness_desk import WitnessDesk
    from firsthand.cli.small_file import read_bytes

    data = log.encode() if "+" in log and not Path(log).exists() else read_bytes(Path(log))
    state = WitnessDesk(name).trust(data)
    known = state.known
    if as_json:
        emit(_row(state))
        return
    out(f"{known.keys.origin}: key {known.keys.newest}, {counted(known.size, 'entry')} signed")


@witness.command(epilog=example("firsthand witness sign clerk request.txt -o cosigned.txt"))
@click.argument("name")
@click.argument("request_file", metavar="REQUEST", type=click.Path(path_type=Path))
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="Where to write (default: stdout)."
)
@click.option("--first-use", metavar="VKEY", help="Trust this key if the log was never seen here.")
@json_option
def sign(
    name: str, request_file: Path, output: Path | None, first_use: str | None, as_json: bool
) -> int:
    """Sign what a log asks for, if it continues what was signed before. REQUEST `-` is stdin.

    A second history of the log is refused, and the request is kept as evidence. Exit 4: refused.
    """
    from firsthand.case.custody.witness_desk import WitnessDesk
    from firsthand.cli.small_file import read_bytes, write_new
    from firsthand.tlog.witness import Request

    if output is not None and output.exists():
        raise BadInput(f"{output} exists already", hint="choose another name; nothing was signed")
    request = Request.parse(read_bytes(request_file).replace(b"\r\n", b"\n"))
    decision, cosigned = WitnessDesk(name).sign(request, first_use=first_use)
    row: Json = {
        "signed": cosigned is not None,
        "status": int(decision.status),
        "why": decision.why,
        "known": decision.known,
        "fork": decision.fork,
        "cosigned": cosigned.decode() if cosigned else None,
    }
    if cosigned is not None and output is not None:
        write_new(output, cosigned)
    if as_json:
        emit(row)
    elif cosigned is None:
        out(f"refused ({int(decision.status)}): {decision.why}")
        if decision.known is not None:
            out(f"this witness knows {counted(decision.known, 'entry')} of that log")
        if decision.status in _HINTS:
            out(_HINTS[decision.status])
    elif output is None:
        click.echo(cosigned.decode(), nl=False)
    else:
        out(f"signed {counted(request.checkpoint.checkpoint.size, 'entry')}: {output}")
    return ExitCode.OK if cosigned is not None else ExitCode.VERIFICATION_FAILED


@witness.command(epilog=example("firsthand witness state clerk.example.org/2026"))
@click.argument("name")
@json_option
def state(name: str, as_json: bool) -> None:
    """Show which logs the witness NAME knows, and what it signed of each."""
    from firsthand.case.custody.witness_desk import WitnessDesk

    states = WitnessDesk(name).states()
    if as_json:
        emit({"name": name, "logs": [_row(each) for each in states]})
        return
    if not states:
        out("knows no log yet: firsthand witness trust NAME VKEY")
    for each in states:
        out(f"{each.known.keys.origin}: {counted(each.size, 'entry')} signed")
        if each.note:
            out(each.note)


def _row(state: Json) -> Json:
    known = state.known
    return {
        "origin": known.keys.origin,
        "vkey": str(known.keys.newest),
        "size": known.size,
        "root": known.root.hex(),
        "time": state.time or None,
        "note": state.note or None,
    }


for _command in (policy, request, take, status, compare):
    witness.add_command(_command)
