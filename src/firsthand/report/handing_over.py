"""Handing a bundle over: the giver's offer, the receiver's acceptance, each over a checked bundle.

The receiver needs no case, only the bundle and the document.
"""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

from firsthand.case import Case
from firsthand.case.custody import clock
from firsthand.case.custody.sshkeygen import ssh_sign
from firsthand.case.custody.transfer import (
    ACCEPTANCE,
    NAMESPACE,
    OFFER,
    Document,
    check_pair,
    offer_hashes,
    signed_half,
    write_text,
)
from firsthand.case.custody.transfers import check_of_case
from firsthand.case.custody.wording import one_line
from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.model.values import to_rfc3339
from firsthand.report.checking import check
from firsthand.tlog import Checkpoint, SignedCheckpoint


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that was read whole: its digest, and which state of which case is in it."""

    sha256: str
    bytes: int
    checkpoint: Checkpoint
    verdict: str


def digest_of_file(path: Path) -> tuple[str, int]:
    """Return the SHA-256 [64 hex] and the size [bytes] of a file.

    Raises
    ------
    BadInput
        When it is no file.
    """
    if not path.is_file():
        raise BadInput(f"{path} is no bundle", hint="give the zip that `firsthand export` wrote")
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return digest, stream.tell()


def read_bundle(path: Path) -> Bundle:
    """Verify a bundle and say what it is.

    Raises
    ------
    BadInput
        When it is no bundle.
    VerificationFailed
        When something in it is wrong.
    """
    digest, size = digest_of_file(path)
    result = check(path)
    if result["verdict"] == "failed":
        first = (result.get("problems") or [{}])[0]
        raise VerificationFailed(
            "the bundle is not what it says",
            why=f"{first.get('where')}: {first.get('what')}",
            hint=f"`firsthand verify {path}` names everything that is wrong",
        )
    return Bundle(digest, size, _checkpoint(path), result["verdict"])


def make_offer(
    case: Case, bundle: Path, key: Path, *, giver: str, receiver: str, purpose: str | None = None
) -> Document:
    """Return a document in which the giver offers a bundle of this case, signed.

    Raises
    ------
    VerificationFailed
        When the bundle is damaged, or of another case or history.
    BadInput
        When a name is none, or the key does not sign.
    """
    found = read_bundle(bundle)
    fields = {
        "giver": one_line(giver, "name of the giver"),
        "receiver": one_line(receiver, "name of the receiver"),
        "bundle sha256": found.sha256,
        "bundle bytes": str(found.bytes),
        "case": found.checkpoint.origin,
        "log entries": str(found.checkpoint.size),
        "log root": found.checkpoint.root.hex(),
        "purpose": one_line(purpose, "purpose", 500) if purpose else "-",
        "time by the giver's clock": to_rfc3339(clock.wall_ms()),
    }
    text = write_text(OFFER, fields)
    document = Document(signed_half(OFFER, text, ssh_sign(text.encode(), key, NAMESPACE)))
    check_of_case(case, document)
    return document


def accept_offer(
    document: Document, bundle: Path, key: Path, *, receiver: str | None = None
) -> Document:
    """Return the document with the receiver's signature, over the giver's signature, too.

    Raises
    ------
    VerificationFailed
        When the bundle is another or damaged, or the receiver's key is the giver's.
    BadInput
        When the document is accepted already, or names another receiver.
    """
    offer = document.offer
    if document.acceptance is not None:
        raise BadInput("the transfer is accepted already", hint="`firsthand transfer check` it")
    if receiver is not None and one_line(receiver, "name") != offer.fields["receiver"]:
        raise BadInput(
            "the offer is to somebody else",
            why=f"to {offer.fields['receiver']!r}, not to {receiver!r}",
            hint="ask the giver for an offer to the right person",
        )
    same_bundle(document, bundle)
    found = read_bundle(bundle)
    head = (found.checkpoint.origin, str(found.checkpoint.size), found.checkpoint.root.hex())
    if head != tuple(offer.fields[label] for label in ("case", "log entries", "log root")):
        raise VerificationFailed(
            "the offer says something else of the bundle",
            why="another case, size or root of the log than in the bundle",
        )
    fields = {
        **offer_hashes(offer),
        "check of the bundle": found.verdict,
        "time by the receiver's clock": to_rfc3339(clock.wall_ms()),
    }
    text = write_text(ACCEPTANCE, fields)
    signature = ssh_sign(text.encode(), key, NAMESPACE)
    accepted = Document(offer, signed_half(ACCEPTANCE, text, signature))
    check_pair(accepted)
    return accepted


def same_bundle(document: Document, bundle: Path) -> None:
    """Check that a file is the bundle of the document.

    Raises
    ------
    VerificationFailed
        When it has other bytes.
    """
    digest, size = digest_of_file(bundle)
    if digest != document.bundle or str(size) != document.offer.fields["bundle bytes"]:
        raise VerificationFailed(
            "that is not the bundle of the transfer",
            why=f"its SHA-256 is {digest}, the offer is of {document.bundle}",
            hint="ask the giver for the bundle; when it was encrypted, decrypt it first",
        )


def _checkpoint(path: Path) -> Checkpoint:
    # The bundle was verified just now, so that its folders and sizes are as they must be.
    try:
        with zipfile.ZipFile(path) as bundle:
            names = [name for name in bundle.namelist() if name.split("/", 1)[-1] in _PLACES]
            data = bundle.read(names[0]) if len(names) == 1 else b""
    except (OSError, zipfile.BadZipFile) as error:
        raise BadInput(f"{path} is no bundle", why=str(error)) from error
    if not data:
        raise BadInput(f"{path} is no bundle", why="no checkpoint of a log in it")
    return SignedCheckpoint.parse(data).checkpoint


_PLACES = ("log/checkpoint", "data/log/checkpoint")
