"""Hand-overs as entries of the case: what was offered, and what came back accepted."""

from __future__ import annotations

import dataclasses

from firsthand.case.case import Case
from firsthand.case.custody.objects import keep_bytes
from firsthand.case.custody.standing import standings
from firsthand.case.custody.transfer import Document
from firsthand.model.custody import Transfer
from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.model.nouns import content_id
from firsthand.model.values import Digest
from firsthand.model.vocabulary import KeyRole
from firsthand.tlog.sshkeys import PublicKey


def record_transfer(case: Case, document: Document, *, by: str | None = None) -> Transfer:
    """Append that a bundle of this case was offered, or accepted, with the document as object.

    Raises
    ------
    VerificationFailed
        When the bundle is of another case or of another history of it.
    """
    check_of_case(case, document)
    fields = document.offer.fields
    with case.batch(by=by) as batch:
        kept = keep_bytes(batch, bytes(document))
        noun = Transfer(
            id="",
            state="offered" if document.acceptance is None else "accepted",
            giver=fields["giver"],
            receiver=fields["receiver"],
            bundle=Digest(f"sha256:{document.bundle}"),
            document=kept,
            size=document.size,
            purpose=None if fields["purpose"] == "-" else fields["purpose"],
        )
        noun = dataclasses.replace(noun, id=content_id("transfer", noun))
        batch.noun("transfer", noun, objects=[kept])
    return noun


def check_of_case(case: Case, document: Document) -> None:
    """Check that the bundle holds this case as it is or was.

    Raises
    ------
    VerificationFailed
        When it does not.
    BadInput
        When the log in the bundle is empty.
    """
    fields = document.offer.fields
    if fields["case"] != case.origin:
        raise VerificationFailed(
            "the bundle is of another case", why=f"{fields['case']}, not {case.origin}"
        )
    size = document.size
    if size < 1:
        raise BadInput("the log in the bundle is empty")
    if size > case.log.size() or case.log.root_at(size).hex() != fields["log root"]:
        raise VerificationFailed(
            "the bundle is of another history of this case",
            why=f"at {size} entries the log here has another root, or never had so many",
            hint="compare the copies of the case before anything is recorded",
        )


def known_as(case: Case, key: PublicKey, size: int) -> str | None:
    """Return whose key it is on record of the case, when it counts there; None when nobody's."""
    line = str(key)
    for each in standings(case):
        if each.role is KeyRole.PERSON and each.key == line and each.counts(size):
            return each.name
    return None
