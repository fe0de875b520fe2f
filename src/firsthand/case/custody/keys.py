"""Keys as entries of the ledger: the export key, revoking, and putting all under a passphrase.

A private key is never in the case; what is written here are public keys and for which sizes of
the log each counts.
"""

from __future__ import annotations

import dataclasses

from firsthand.case.batch import Batch
from firsthand.case.case import Case
from firsthand.case.custody import keeping
from firsthand.case.custody.standing import Standing, current, find, standings
from firsthand.model.custody import KeyRecord
from firsthand.model.errors import BadInput
from firsthand.model.nouns import content_id
from firsthand.model.values import Digest
from firsthand.model.vocabulary import KeyRole, KeyState, StampState
from firsthand.tlog import Signer


def record_key(batch: Batch, record: KeyRecord, objects: tuple[Digest, ...] = ()) -> KeyRecord:
    """Append what is said of a key, with its id."""
    record = dataclasses.replace(record, id=content_id("key", record))
    batch.noun("key", record, objects=objects)
    return record


def next_size(batch: Batch) -> int:
    """Return the size of the log once it has the next entry of the batch."""
    return batch.case.ledger.size() + len(batch.drafts) + 1


def export_name(case: Case) -> str:
    """Return the name of the export key of a case."""
    return f"{case.origin}/export"


def export_signer(case: Case, *, by: str | None = None) -> Signer:
    """Return the key that signs exports, making it and its entry at first use.

    It is another key than that of the log, so that a person can be let sign bundles without being
    able to write history, and so that losing one is not losing both.

    Raises
    ------
    BadInput
        When the case was opened for reading, or its export key is not on this machine.
    """
    known = current(case, KeyRole.EXPORT)
    if known is None:
        return _new_export_key(case, None, by=by)
    if known.private is None:
        raise BadInput(
            "the bundle cannot be signed here",
            why=f"the export key {known.short} is not among your keys",
            hint="bring it with `firsthand key export` and `firsthand key import`, or begin a new "
            "one with `firsthand key rotate CASE --export --why TEXT`",
        )
    return keeping.load_key(known.key, what="the export key")


def rotate_export_key(
    case: Case, *, why: str, by: str | None = None, compromised: bool = False
) -> Signer:
    """Begin a new export key; the old one ends with the log as it is now.

    ``compromised``: the old one is revoked, from what outside checkpoints cover on.

    Raises
    ------
    BadInput
        When the case was opened for reading.
    """
    old = current(case, KeyRole.EXPORT)
    signer = _new_export_key(case, old, why=why, by=by)
    if compromised and old is not None:
        revoke(case, old.key, valid_to=covered_size(case), why=why, by=by)
    return signer


def replace_log_key(
    case: Case, *, why: str, by: str | None = None, compromised: bool = False
) -> Signer:
    """Begin a new log key, kept like the old one; both sign that it takes over.

    ``compromised``: the old one is revoked, from what outside checkpoints cover on.

    Raises
    ------
    BadInput
        When the case was opened for reading.
    """
    from firsthand.case.custody.rotation import rotate_log_key

    old = current(case, KeyRole.LOG)
    signer = rotate_log_key(case, why=why, by=by)
    if compromised and old is not None:
        revoke(case, old.key, valid_to=covered_size(case), why=why, by=by)
    return signer


def revoke(case: Case, key: str, *, valid_to: int, why: str, by: str | None = None) -> KeyRecord:
    """Record that a key counts up to ``valid_to`` entries and no further.

    Raises
    ------
    NotFound
        When the case knows no such key.
    BadInput
        When the size is none that the log has had, or it is the current key of the log.
    """
    known = find(case, key)
    live = case.log.signer is not None and known.key == str(case.log.signer.verifier)
    if known.role is KeyRole.LOG and (live or known.valid_to is None):
        raise BadInput(
            "the key of the log cannot be revoked without another",
            hint="use `firsthand key rotate CASE --compromised --why TEXT`",
        )
    with case.batch(by=by) as batch:
        if not 0 <= valid_to <= case.ledger.size():
            raise BadInput(
                "the key cannot be revoked like that",
                why=f"the log has {case.ledger.size()} entries, {valid_to} is no size it had",
                hint="--valid-to is the last number of entries for which the key counts",
            )
        return record_key(
            batch,
            KeyRecord(
                id="",
                role=known.role,
                state=KeyState.REVOKED,
                name=known.name,
                key=known.key,
                valid_from=known.valid_from,
                valid_to=valid_to,
                why=why,
            ),
        )


def covered_size(case: Case) -> int:
    """Return the largest size of the log on which an authority or witness answered; 0 without one.

    It is what the entries say; whether the answers are genuine, ``verify`` tells.
    """
    sizes = [0]
    for noun in case.catalog.nouns("stamp"):
        if noun.data.get("state") == str(StampState.RECEIVED):
            sizes.append(int(noun.data["size"]))
    sizes += [int(noun.data["size"]) for noun in case.catalog.nouns("cosignature")]
    return max(size for size in sizes if size <= case.ledger.size())


def own_keys(case: Case) -> list[Standing]:
    """Return the keys of log and exports whose private part is on this machine."""
    return [each for each in standings(case) if each.private and each.role in _OWN]


_OWN = (KeyRole.LOG, KeyRole.EXPORT)


def house_passphrase(case: Case) -> str | None:
    """Return the passphrase under which the log key is kept: new keys go under the same.

    Raises
    ------
    BadInput
        When the case was opened for reading.
    """
    if case.log.signer is None:
        raise BadInput("the case was opened for reading")
    return keeping.passphrase_of(str(case.log.signer.verifier))


def _new_export_key(
    case: Case, old: Standing | None, *, why: str | None = None, by: str | None = None
) -> Signer:
    passphrase = house_passphrase(case)
    signer = Signer.generate(export_name(case))
    # The file first: an entry about a key that nobody has would be worse than a key without one.
    keeping.store_key(signer, passphrase)
    with case.batch(by=by) as batch:
        if old is None and (other := current(case, KeyRole.EXPORT)) is not None:
            return keeping.load_key(other.key, what="the export key")  # another process was faster
        record_key(
            batch,
            KeyRecord(
                id="",
                role=KeyRole.EXPORT,
                state=KeyState.ROTATED if old else KeyState.ADDED,
                name=signer.name,
                key=str(signer.verifier),
                valid_from=next_size(batch),
                replaces=old.key if old else None,
                why=why,
            ),
        )
    return signer
