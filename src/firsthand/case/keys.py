"""The log key of a case. Private keys live in the user's configuration folder, never in a case."""

from __future__ import annotations

from firsthand.case.custody.keeping import config_dir, load_key, protection, store_key
from firsthand.model.errors import BadInput
from firsthand.tlog import Signer

__all__ = ["config_dir", "load_log_key", "new_log_key"]


def new_log_key(origin: str, passphrase: str | None = None) -> Signer:
    """Make a log key for a case, keep it readable by this user only, and return it."""
    signer = Signer.generate(origin)
    store_key(signer, passphrase)
    return signer


def load_log_key(vkey: str) -> Signer:
    """Return the signer of a case.

    Raises
    ------
    BadInput
        When this user does not have the key: the case can be read but not continued here.
    """
    if protection(vkey) is None:
        raise BadInput(
            "the case cannot be continued here",
            why=f"its signing key is not in {config_dir() / 'keys'}",
            hint="copy the key file from the machine that made the case (`firsthand key export`, "
            "then `firsthand key import`), or set FIRSTHAND_HOME; reading, reporting and "
            "verifying work without it",
        )
    return load_key(vkey, what="the key of the case")
