"""``firsthand sign``: a person signs the checkpoint of the log."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import by_option, case_argument, emit, example, json_option, out
from firsthand.cli.small_file import read_bytes, read_text, write_new
from firsthand.model.errors import UsageError


@click.command(epilog=example("firsthand sign tikrit --key ~/.ssh/id_ed25519 --person 'Anna Name'"))
@case_argument
@click.option(
    "--key",
    type=click.Path(path_type=Path),
    help="Private OpenSSH key, or the .pub file of one that an agent or token holds.",
)
@click.option("--person", metavar="NAME", help="Who signs; needed when the key is not on record.")
@click.option("--request", is_flag=True, help="Write what a person elsewhere is to sign (with -o).")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="With --request: the file to write."
)
@click.option(
    "--take",
    type=click.Path(path_type=Path),
    metavar="FILE.sig",
    help="Record a signature that was made elsewhere; FILE beside it is what was signed.",
)
@click.option(
    "--public",
    type=click.Path(path_type=Path),
    metavar="KEY.pub",
    help="With --take: the key that must have signed.",
)
@by_option
@json_option
def sign(
    case: Path,
    key: Path | None,
    person: str | None,
    request: bool,
    output: Path | None,
    take: Path | None,
    public: Path | None,
    by: str | None,
    as_json: bool,
) -> None:
    """Let a person sign the state of the log with an OpenSSH key; `ssh-keygen` does it.

    A signature says that its key was used on this state of the log. It says nothing of when, and
    whose the key is says only whoever entered it. The signature becomes an entry, and a copy for
    `ssh-keygen -Y verify` lies in stamps/.
    """
    from firsthand.case import Case
    from firsthand.case.custody import persons
    from firsthand.tlog.sshkeys import PublicKey

    if (key is not None) + request + (take is not None) != 1 or request != (output is not None):
        raise UsageError(
            "say how: --key KEY, --request -o FILE, or --take FILE.sig",
            hint="`firsthand sign --help` explains each",
        )
    if output is not None:
        data = persons.checkpoint_bytes(Case.open(case))
        write_new(output, data)
        command = f"ssh-keygen -Y sign -n {persons.NAMESPACE} -f KEY {output.name}"
        if as_json:
            emit({"file": str(output), "sign_with": command})
        else:
            out(f"wrote {output}; the person signs it with")
            out(f"  {command}")
            out(f"then: firsthand sign {case} --take {output}.sig --public KEY.pub")
        return
    opened = Case.open(case, write=True)
    if key is not None:
        noun = persons.sign_here(opened, key.expanduser(), person=person, by=by)
    else:
        assert take is not None
        noun = persons.take_signature(
            opened,
            read_bytes(take.with_suffix("")),
            read_bytes(take),
            public=None if public is None else PublicKey.parse(read_text(public)),
            person=person,
            by=by,
        )
    if as_json:
        emit({"id": noun.id, "person": noun.person, "key": noun.key, "size": noun.size})
    else:
        shown = PublicKey.parse(noun.key).fingerprint
        out(f"signed: {noun.size} entries, by {noun.person} ({shown})")
