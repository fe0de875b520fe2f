"""``firsthand transfer``: a bundle changes hands, and both sides sign it."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import by_option, case_argument, emit, example, json_option, out
from firsthand.cli.small_file import read_bytes, write_new
from firsthand.model.canonical import Json

FILE = click.Path(path_type=Path)

key_option = click.option(
    "--key",
    type=FILE,
    required=True,
    help="Your private OpenSSH key, or the .pub file of one that an agent or token holds.",
)
output_option = click.option(
    "-o", "--output", type=FILE, required=True, help="The document to write."
)
document_argument = click.argument("document", metavar="FILE", type=FILE)


@click.group(epilog=example("firsthand transfer check accepted.json tikrit.zip"))
def transfer() -> None:
    """Hand a bundle over: the giver offers, the receiver accepts, both sign with OpenSSH keys.

    The document holds two short texts that a person can read. `ssh-keygen -Y verify` alone can
    check both signatures.
    """


@transfer.command(
    epilog=example(
        "firsthand transfer offer tikrit tikrit.zip --from 'Anna Name' --to 'Boris Name' "
        "--key ~/.ssh/id_ed25519 -o transfer.json"
    )
)
@case_argument
@click.argument("bundle", type=FILE)
@click.option("--from", "giver", required=True, metavar="NAME", help="Who gives.")
@click.option("--to", "receiver", required=True, metavar="NAME", help="Who receives.")
@click.option("--purpose", metavar="TEXT", help="What it is given for.")
@key_option
@output_option
@by_option
@json_option
def offer(
    case: Path,
    bundle: Path,
    giver: str,
    receiver: str,
    purpose: str | None,
    key: Path,
    output: Path,
    by: str | None,
    as_json: bool,
) -> None:
    """Offer a bundle of the case: it is verified, the offer is signed and goes on record."""
    from firsthand.case import Case
    from firsthand.case.custody.transfers import record_transfer
    from firsthand.report.handing_over import make_offer

    opened = Case.open(case, write=True)
    made = make_offer(
        opened, bundle, key.expanduser(), giver=giver, receiver=receiver, purpose=purpose
    )
    write_new(output, bytes(made))
    noun = record_transfer(opened, made, by=by)
    if as_json:
        emit({"id": noun.id, "file": str(output), "bundle": noun.bundle, "size": noun.size})
        return
    out(f"wrote {output}: {giver} offers {noun.bundle} to {receiver}")
    out(f"give the bundle and {output.name} away; tell your fingerprint on another way:")
    out(f"  {made.offer.key.fingerprint}")


@transfer.command(
    epilog=example(
        "firsthand transfer accept transfer.json tikrit.zip --key ~/.ssh/id_ed25519 "
        "-o accepted.json"
    )
)
@document_argument
@click.argument("bundle", type=FILE)
@click.option("--name", metavar="NAME", help="Your name; it must be the one in the offer.")
@key_option
@output_option
@json_option
def accept(
    document: Path, bundle: Path, name: str | None, key: Path, output: Path, as_json: bool
) -> None:
    """Check a bundle that you were given, and sign that you have it. It needs no case.

    The giver's signature, the digest of the bundle and everything in it are checked before; what
    you sign covers the giver's signature, too.
    """
    from firsthand.case.custody.transfer import read_document
    from firsthand.report.handing_over import accept_offer

    offered = read_document(read_bytes(document))
    accepted = accept_offer(offered, bundle, key.expanduser(), receiver=name)
    write_new(output, bytes(accepted))
    if as_json:
        emit({"file": str(output), **_facts(accepted)})
        return
    out(f"wrote {output}: give it back to {offered.offer.fields['giver']}")
    out(
        f"the giver signed with {offered.offer.key.fingerprint}: compare it with what you were told"
    )


@transfer.command(epilog=example("firsthand transfer record tikrit accepted.json"))
@case_argument
@document_argument
@by_option
@json_option
def record(case: Path, document: Path, by: str | None, as_json: bool) -> None:
    """Put a document on record that came back from the receiver."""
    from firsthand.case import Case
    from firsthand.case.custody.transfer import read_document
    from firsthand.case.custody.transfers import known_as, record_transfer

    opened = Case.open(case, write=True)
    found = read_document(read_bytes(document))
    noun = record_transfer(opened, found, by=by)
    facts = _facts(found)
    for side in ("giver", "receiver"):
        half = found.offer if side == "giver" else found.acceptance
        if half is not None:
            facts[side]["known_as"] = known_as(opened, half.key, found.size)
    if as_json:
        emit({"id": noun.id, **facts})
        return
    out(f"on record: {noun.state}, {noun.giver} to {noun.receiver}, {noun.bundle}")
    for side in ("giver", "receiver"):
        if facts.get(side) and facts[side].get("known_as") != facts[side]["name"]:
            shown = facts[side]["fingerprint"]
            if shown:
                out(f"note: on record {shown} is no key of the {side} (`firsthand key add`)")


@transfer.command(epilog=example("firsthand transfer check accepted.json tikrit.zip"))
@document_argument
@click.argument("bundle", type=FILE, required=False)
@click.option(
    "--unpack", type=FILE, metavar="FOLDER", help="Write texts and signatures for ssh-keygen."
)
@json_option
def check(document: Path, bundle: Path | None, unpack: Path | None, as_json: bool) -> None:
    """Check a document, and that a file is the bundle in it. Exit 4: something is wrong.

    Whose the keys are it cannot tell: compare the fingerprints with what the persons say.
    """
    from firsthand.case.custody.transfer import read_document
    from firsthand.report.handing_over import same_bundle

    found = read_document(read_bytes(document))
    if bundle is not None:
        same_bundle(found, bundle)
    if unpack is not None:
        unpack.mkdir(parents=True, exist_ok=True)
        for name, half in (("offer", found.offer), ("acceptance", found.acceptance)):
            if half is not None:
                write_new(unpack / f"{name}.txt", half.text.encode())
                write_new(unpack / f"{name}.sig", bytes(half.signature))
                signer = "giver" if name == "offer" else "receiver"
                write_new(unpack / f"{signer}.allowed", f"{signer} {half.key}\n".encode())
    if as_json:
        emit({**_facts(found), "bundle_checked": bundle is not None})
        return
    out(found.offer.text.rstrip())
    out(f"signed with {found.offer.key.fingerprint}")
    if found.acceptance is None:
        out("\nnot accepted yet")
    else:
        out("\n" + found.acceptance.text.rstrip())
        out(f"signed with {found.acceptance.key.fingerprint}")
    out("\nthe signatures are right; whose the keys are, the document cannot tell")
    if bundle is None:
        out("the bundle was not looked at: give it as second argument")
    else:
        out("the file is the bundle of the document; `firsthand verify` checks what is in it")


def _facts(document: object) -> dict[str, Json]:
    from firsthand.case.custody.transfer import Document

    assert isinstance(document, Document)
    fields, accepted = document.offer.fields, document.acceptance
    return {
        "state": "offered" if accepted is None else "accepted",
        "bundle": f"sha256:{document.bundle}",
        "case": fields["case"],
        "size": document.size,
        "purpose": None if fields["purpose"] == "-" else fields["purpose"],
        "giver": {"name": fields["giver"], "fingerprint": document.offer.key.fingerprint},
        "receiver": {
            "name": fields["receiver"],
            "fingerprint": accepted.key.fingerprint if accepted else None,
        },
    }
