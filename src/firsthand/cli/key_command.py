"""``firsthand key``: which keys there are, and what a person does with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from firsthand.cli.key_copies import export, paper, take
from firsthand.cli.shared import by_option, case_argument, emit, example, json_option, out
from firsthand.cli.small_file import read_text
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput

if TYPE_CHECKING:
    from firsthand.case.custody.standing import Standing

KEPT = {"plain": "here, no passphrase", "passphrase": "here, under a passphrase", None: "not here"}

why_option = click.option("--why", required=True, metavar="TEXT", help="Reason; it goes on record.")


@click.group(epilog=example("firsthand key list tikrit"))
def key() -> None:
    """Keep the keys of a case: of its log, its exports, its persons and witnesses.

    Private keys stay in ~/.config/firsthand/keys (or FIRSTHAND_HOME), never in the case. A
    passphrase is asked for on the terminal, or read from the first line of the file that
    FIRSTHAND_PASSPHRASE_FILE names, or taken from FIRSTHAND_PASSPHRASE.
    """


@key.command("list", epilog=example("firsthand key list tikrit --json"))
@case_argument
@json_option
def list_keys(case: Path, as_json: bool) -> None:
    """Show all keys, for which sizes of the log each counts, and whether its private part is here.

    A size is a number of entries: a key that counts up to 120 signs nothing from entry 120 on.
    """
    from firsthand.case import Case
    from firsthand.case.custody.standing import standings

    rows = standings(Case.open(case))
    if as_json:
        emit([row.json() for row in rows])
        return
    for row in rows:
        until = "" if row.valid_to is None else f" up to {row.valid_to} ({row.state})"
        out(f"{row.role:8} {row.short}")
        out(f"         {row.name}: from {row.valid_from} entries{until}{_kept(row)}")
        if row.why:
            out(f"         why: {row.why}")


def _kept(row: Standing) -> str:
    return f"; private part {KEPT[row.private]}" if row.role in ("log", "export") else ""


@key.command(epilog=example("firsthand key add tikrit anna.pub --person 'Anna Name'"))
@case_argument
@click.argument("public_key", type=click.Path(path_type=Path))
@click.option("--person", required=True, metavar="NAME", help="Whose key it is.")
@by_option
@json_option
def add(case: Path, public_key: Path, person: str, by: str | None, as_json: bool) -> None:
    """Enter a person's OpenSSH public key; its comment, often user@host, is not kept.

    PUBLIC_KEY is a .pub file: ed25519, ecdsa, rsa, or a key on a security token (sk). Compare its
    fingerprint with what the person says on another way.
    """
    from firsthand.case import Case
    from firsthand.case.custody.persons import add_person
    from firsthand.tlog.sshkeys import PublicKey

    public = PublicKey.parse(read_text(public_key))
    new = add_person(Case.open(case, write=True), public, person, by=by)
    if as_json:
        emit({"key": str(public), "fingerprint": public.fingerprint, "new": new})
    else:
        out(f"{'entered' if new else 'known already'}: {public.fingerprint} of {person}")


@key.command(
    epilog=example("firsthand key revoke tikrit 'Anna Name' --valid-to 120 --why 'token lost'")
)
@case_argument
@click.argument("which", metavar="KEY")
@click.option(
    "--valid-to",
    type=int,
    required=True,
    metavar="N",
    help="The last number of entries for which it counts.",
)
@why_option
@by_option
@json_option
def revoke(case: Path, which: str, valid_to: int, why: str, by: str | None, as_json: bool) -> None:
    """Say that a key counts up to N entries: of a person, a witness, or of exports.

    KEY is a name, fingerprint or key that `key list` shows. N means something where outside
    checkpoints fix what the log was at N. For the key of the log use `key rotate --compromised`.
    """
    from firsthand.case import Case
    from firsthand.case.custody import keys

    record = keys.revoke(Case.open(case, write=True), which, valid_to=valid_to, why=why, by=by)
    if as_json:
        emit({"role": str(record.role), "key": record.key, "valid_to": record.valid_to})
    else:
        out(f"revoked: the {record.role} key of {record.name} counts up to {record.valid_to}")


@key.command(epilog=example("firsthand key rotate tikrit --why 'laptop stolen' --compromised"))
@case_argument
@click.option("--export", "of_exports", is_flag=True, help="The export key, not that of the log.")
@click.option(
    "--compromised",
    is_flag=True,
    help="Others may have the old key: it is revoked from what outside checkpoints cover on.",
)
@why_option
@by_option
@json_option
def rotate(
    case: Path, of_exports: bool, compromised: bool, why: str, by: str | None, as_json: bool
) -> None:
    """Go on with a new key; old and new key both sign that it takes over.

    The new key is kept like the old one. Whoever had the old key can still write another history
    that ends before the change; only outside checkpoints (`stamp`, `witness`) rule that out.
    """
    from firsthand.case import Case
    from firsthand.case.custody import keys

    opened = Case.open(case, write=True)
    change = keys.rotate_export_key if of_exports else keys.replace_log_key
    signer = change(opened, why=why, by=by, compromised=compromised)
    if as_json:
        emit({"key": str(signer.verifier), "role": "export" if of_exports else "log"})
    else:
        out(f"new key: {signer.verifier}")
        out(f"keep a copy apart: firsthand key export {case} KEYS.age")


@key.command(epilog=example("firsthand key protect tikrit"))
@case_argument
@click.option(
    "--change", is_flag=True, help="Put another passphrase in place (FIRSTHAND_NEW_PASSPHRASE)."
)
@json_option
def protect(case: Path, change: bool, as_json: bool) -> None:
    """Put the private keys of the case on this machine under a passphrase (an age file).

    The new file is read again and opened before the old one is removed. The old bytes may still be
    found on the disk: use an encrypted disk, or replace the key with `key rotate`. Without the
    passphrase the keys are lost; `key paper` makes a copy for the safe.
    """
    from firsthand.case import Case
    from firsthand.case.custody import keeping
    from firsthand.case.custody.keys import own_keys
    from firsthand.case.custody.passphrase import choose

    own = [row for row in own_keys(Case.open(case)) if change or row.private == "plain"]
    if not own:
        raise BadInput(
            "there is no key to protect",
            why="none of this case is here without a passphrase",
            hint="`firsthand key protect CASE --change` puts another passphrase in place",
        )
    for row in own:  # the old passphrase first
        keeping.load_key(row.key)
    _done(own, choose("the keys of the case", instead=change), as_json)


@key.command(epilog=example("firsthand key unprotect tikrit"))
@case_argument
@json_option
def unprotect(case: Path, as_json: bool) -> None:
    """Keep the private keys of the case on this machine without passphrase again."""
    from firsthand.case import Case
    from firsthand.case.custody.keys import own_keys

    own = own_keys(Case.open(case))
    if not own:
        raise BadInput("no private key of this case is on this machine")
    _done(own, None, as_json)


def _done(own: list[Standing], passphrase: str | None, as_json: bool) -> None:
    from firsthand.case.custody import keeping

    changed: list[Json] = []
    for row in own:
        if passphrase is None:
            before = keeping.unprotect(row.key)
        else:
            before = keeping.protect(row.key, passphrase)
        changed.append({"id": row.short, "before": before, "now": keeping.protection(row.key)})
    if as_json:
        emit(changed)
        return
    for each in changed:
        out(f"{each['id']}: {KEPT[each['now']]}")


for _command in (export, take, paper):
    key.add_command(_command)
