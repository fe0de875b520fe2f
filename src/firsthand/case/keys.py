"""Private keys live in the user's configuration folder, never in a case."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from firsthand.case.files import Files
from firsthand.model.errors import BadInput
from firsthand.tlog import Signer


def config_dir() -> Path:
    """Return the folder for keys and settings: FIRSTHAND_HOME, else the XDG place."""
    explicit = os.environ.get("FIRSTHAND_HOME")
    if explicit:
        return Path(explicit)
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "firsthand"


def _key_path(vkey: str) -> Path:
    return config_dir() / "keys" / (hashlib.sha256(vkey.encode()).hexdigest()[:32] + ".key")


def new_log_key(origin: str) -> Signer:
    """Make a log key for a case, keep it readable by this user only, and return it."""
    signer = Signer.generate(origin)
    path = _key_path(str(signer.verifier))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(fd, (signer.secret_text() + "\n").encode())
        os.fsync(fd)
    finally:
        os.close(fd)
    Files().sync_dir(path.parent)
    return signer


def load_log_key(vkey: str) -> Signer:
    """Return the signer of a case.

    Raises
    ------
    BadInput
        When this user does not have the key: the case can be read but not continued here.
    """
    path = _key_path(vkey)
    try:
        # Bytes that are no text cannot be a key; they are refused below as any other wrong one.
        text = path.read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError as error:
        raise BadInput(
            "the case cannot be continued here",
            why=f"its signing key is not in {path.parent}",
            hint="copy the key file from the machine that made the case, or set FIRSTHAND_HOME; "
            "reading, reporting and verifying work without it",
        ) from error
    signer = Signer.parse(text)
    if str(signer.verifier) != vkey:
        raise BadInput("the signing key does not belong to this case", why=str(path))
    return signer
