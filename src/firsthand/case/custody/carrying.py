"""Taking the private keys of a case to another machine: one file, always under a passphrase.

References
----------
age-encryption.org/v1 (https://c2sp.org/age): ``age -d`` opens the file, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from firsthand.case.case import Case
from firsthand.case.custody import keeping
from firsthand.case.custody.keys import own_keys
from firsthand.model import canonical
from firsthand.model.errors import BadInput
from firsthand.tlog import Signer

FORMAT = "firsthand-keys/1"


@dataclass(frozen=True, slots=True)
class Taken:
    """A key that was taken in: its public form, and whether it was here already."""

    key: str
    already: bool


def export_keys(case: Case, passphrase: str) -> tuple[bytes, list[str]]:
    """Return the encrypted file, and the short names of the keys in it.

    Raises
    ------
    BadInput
        When no private key of the case is on this machine, or one cannot be opened.
    """
    own = own_keys(case)
    if not own:
        raise BadInput(
            "there is nothing to take along", why="no private key of this case is on this machine"
        )
    secrets = [keeping.load_key(each.key).secret_text() for each in own]
    body = canonical.dumps({"format": FORMAT, "keys": secrets, "origin": case.origin})
    return keeping.seal(body + b"\n", passphrase), [each.short for each in own]


def read_keys(data: bytes, passphrase: str) -> list[Signer]:
    """Read the file of :func:`export_keys`.

    Raises
    ------
    BadInput
        When the passphrase is wrong, or the file is damaged or of another kind.
    """
    if len(data) > keeping.MAX_FILE_BYTES:
        raise BadInput("that is no file of keys", why="too large")
    opened = keeping.unseal(data, passphrase, "the file of keys")
    hint = "give the file that `firsthand key export` wrote"
    try:
        body = canonical.loads(opened.removesuffix(b"\n"))
        if body["format"] != FORMAT or not isinstance(body["keys"], list):
            raise BadInput("that is no file of keys", why="another format", hint=hint)
        signers = [Signer.parse(text) for text in body["keys"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise BadInput("that is no file of keys", why="another format", hint=hint) from error
    return signers


def take_in(signers: Sequence[Signer], passphrase: str | None) -> list[Taken]:
    """Keep keys on this machine; one that is here already stays as it is kept.

    Raises
    ------
    StorageFailed
        When they cannot be written.
    """
    taken = []
    for signer in signers:
        vkey = str(signer.verifier)
        already = keeping.protection(vkey) is not None
        keeping.store_key(signer, passphrase)
        taken.append(Taken(vkey, already))
    return taken
