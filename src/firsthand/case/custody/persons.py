"""Persons: their OpenSSH keys, and their signatures on checkpoints of the log.

That a key is a person's is what whoever added it says; it is no proof. A fingerprint that the
person told on another way is one.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from firsthand.case.batch import Batch
from firsthand.case.case import Case
from firsthand.case.custody.keys import record_key
from firsthand.case.custody.objects import keep_bytes
from firsthand.case.custody.places import put_copy
from firsthand.case.custody.sshkeygen import ssh_sign
from firsthand.case.custody.standing import Standing, standings
from firsthand.case.custody.wording import one_line
from firsthand.model.custody import KeyRecord, PersonSignature
from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.model.nouns import content_id
from firsthand.model.vocabulary import KeyRole, KeyState
from firsthand.tlog import Checkpoint, SignedCheckpoint
from firsthand.tlog.sshkeys import PublicKey
from firsthand.tlog.sshsig import SshSignature

NAMESPACE = "firsthand-checkpoint"
"""Namespace of signatures on checkpoints (docs/case-format.md)."""


def add_person(case: Case, key: PublicKey, person: str, *, by: str | None = None) -> bool:
    """Record that a public key is a person's; False when that is on record already.

    Raises
    ------
    BadInput
        When it is another person's.
    """
    name = _name(person)
    with case.batch(by=by) as batch:
        known = _known(case, key)
        if known is not None and known.valid_to is None:
            _same_person(known, name)
            return False
        _record(batch, key, name, known)
    return True


def checkpoint_bytes(case: Case) -> bytes:
    """Return the checkpoint of the log as it is now, byte for byte: what a person signs."""
    case.log.checkpoint()
    return case.files.read(case.root / "log" / "checkpoint")


def sign_here(
    case: Case, key: Path, *, person: str | None = None, by: str | None = None
) -> PersonSignature:
    """Let a person at this machine sign the current checkpoint, and record it.

    Raises
    ------
    MissingDependency
        When ssh-keygen is not installed.
    BadInput
        When it does not sign, or nobody is known to have the key.
    """
    data = checkpoint_bytes(case)
    return _record_signature(case, data, ssh_sign(data, key, NAMESPACE), person, by)


def take_signature(
    case: Case,
    checkpoint: bytes,
    signature: bytes,
    *,
    public: PublicKey | None = None,
    person: str | None = None,
    by: str | None = None,
) -> PersonSignature:
    """Record a signature that was made elsewhere, over a checkpoint that this case gave out.

    Raises
    ------
    BadInput
        When the bytes are no signature or no checkpoint, or nobody is known to have the key.
    VerificationFailed
        When the checkpoint is not of this log, or the signature is not over it or not by
        ``public``.
    """
    found = SshSignature.parse(signature)
    found.verify(checkpoint, NAMESPACE, public)
    return _record_signature(case, checkpoint, found, person, by)


def check_own(case: Case, data: bytes) -> Checkpoint:
    """Return the checkpoint after checking that it is one of this log, and of its past.

    Raises
    ------
    BadInput
        When it is no checkpoint.
    VerificationFailed
        When another log or key made it, or the log had other entries at that size.
    """
    signed = SignedCheckpoint.parse(data)
    size = signed.checkpoint.size
    checkpoint = signed.verify(case.log.key_for(size))
    if len(signed.note.signatures) != 1:
        raise BadInput(
            "not a checkpoint as the log wrote it", why="others have added signatures to it"
        )
    if size > case.log.size() or case.log.root_at(size) != checkpoint.root:
        raise VerificationFailed(
            "the checkpoint is not of the past of this log",
            why=f"at {size} entries the log has another root, or never had so many",
            hint="this is how a second history shows; compare copies of the case",
        )
    return checkpoint


def _record_signature(
    case: Case, data: bytes, signature: SshSignature, person: str | None, by: str | None
) -> PersonSignature:
    head = check_own(case, data)
    armoured = bytes(signature)
    with case.batch(by=by) as batch:
        known = _known(case, signature.key)
        name = _person(known, signature.key, person, head.size)
        if known is None:
            _record(batch, signature.key, name, known)
        checkpoint, kept = keep_bytes(batch, data), keep_bytes(batch, armoured)
        noun = PersonSignature(
            id="",
            person=name,
            key=str(signature.key),
            size=head.size,
            root=head.root.hex(),
            checkpoint=checkpoint,
            signature=kept,
            namespace=NAMESPACE,
        )
        noun = dataclasses.replace(noun, id=content_id("signature", noun))
        batch.noun("signature", noun, objects=[checkpoint, kept])
    put_copy(case, head.size, "checkpoint", data)
    put_copy(case, head.size, f"{name}.sig", armoured)
    return noun


def _person(known: Standing | None, key: PublicKey, person: str | None, size: int) -> str:
    if known is None:
        if person is None:
            raise BadInput(
                "nobody is known to have this key",
                why=key.fingerprint,
                hint="say who with --person NAME, or enter it before with `firsthand key add`",
            )
        return _name(person)
    if person is not None:
        _same_person(known, _name(person))
    if known.valid_to is not None and size > known.valid_to:
        raise BadInput(
            "the key does not count any more",
            why=f"{key.fingerprint} was revoked: it counts up to {known.valid_to} entries",
            hint="sign with another key",
        )
    return known.name


def _known(case: Case, key: PublicKey) -> Standing | None:
    line = str(key)
    found = [e for e in standings(case) if e.role is KeyRole.PERSON and e.key == line]
    return found[-1] if found else None


def _same_person(known: Standing, name: str) -> None:
    if known.name != name:
        raise BadInput(
            "the key is another person's",
            why=f"on record it is of {known.name!r}, not of {name!r}",
            hint="leave --person out, or revoke the key first when the record is wrong",
        )


def _name(person: str) -> str:
    return one_line(person, "name of a person")


def _record(batch: Batch, key: PublicKey, name: str, before: Standing | None) -> None:
    record_key(
        batch,
        KeyRecord(
            id="",
            role=KeyRole.PERSON,
            state=KeyState.ADDED,
            name=name,
            key=str(key),
            # The signature that brings a key is over the log before it. A key that was revoked and
            # is added again counts from here on only.
            valid_from=batch.case.ledger.size() if before else 0,
        ),
    )
