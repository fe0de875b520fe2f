"""Putting a new key in the place of the log's key.

Order, so that no crash leaves a log without the key that counts: the private key in the user's
folder, the note that both keys signed in ``log/keys/``, and then entry N with the checkpoint that
the new key signs. Without that checkpoint the note is a left-over, which the next writer removes.
"""

from __future__ import annotations

from firsthand.case.case import Case
from firsthand.case.custody import keeping
from firsthand.case.custody.keys import house_passphrase, next_size, record_key
from firsthand.case.custody.objects import keep_bytes
from firsthand.case.files import storage_error
from firsthand.model.custody import KeyRecord
from firsthand.model.errors import BadInput
from firsthand.model.vocabulary import KeyRole, KeyState
from firsthand.tlog import Signer
from firsthand.tlog.rotation import endorse


def rotate_log_key(
    case: Case, *, why: str, by: str | None = None, signer: Signer | None = None
) -> Signer:
    """Begin a new key of the log; the old one ends with the log as it is now.

    The new private key is kept as the old one is: plain, or under the same passphrase. ``signer``:
    take this key instead of making one. What the old key signed so far stays good; what it signs
    from here on is refused by everybody who has the note (``log/keys/``).

    Raises
    ------
    BadInput
        When the case was opened for reading, or the key is not one of this log.
    StorageFailed
        When the disk refuses; the old key then still counts.
    """
    old = case.log.signer
    if old is None:
        raise BadInput("the case was opened for reading")
    new = signer or Signer.generate(case.origin)
    keeping.store_key(new, house_passphrase(case))
    try:
        with case.batch(by=by) as batch:
            size = case.ledger.size()
            note = endorse(size, old, new)
            digest = keep_bytes(batch, note)
            record_key(
                batch,
                KeyRecord(
                    id="",
                    role=KeyRole.LOG,
                    state=KeyState.ROTATED,
                    name=new.name,
                    key=str(new.verifier),
                    valid_from=next_size(batch),
                    replaces=str(old.verifier),
                    endorsement=digest,
                    why=why,
                ),
                objects=(digest,),
            )
            _write_note(case, size, note)
            case.log.signer = new
    except BaseException:
        # The batch may have become durable all the same: what the log says decides.
        case.log.signer = (
            old if case.log.keys.chain(case.log.size()).newest == old.verifier else new
        )
        raise
    return new


def _write_note(case: Case, size: int, note: bytes) -> None:
    place = case.log.folder / "keys" / str(size)
    try:
        case.files.put(case.log.aside / "key", place, note)
        case.files.sync_dir(place.parent)
        case.files.sync_dir(case.log.folder)
    except OSError as error:
        raise storage_error(error, "write the key of the log") from error
