"""Private keys at rest: one file each in the user's folder, plain or under a passphrase.

``<name>.key`` is the key as text; ``<name>.key.age`` the same text in an age file (scrypt), which
the program ``age`` opens, too. Where both are there, a change was interrupted: the plain one is
used, and the key counts as not protected.

References
----------
age-encryption.org/v1 (https://c2sp.org/age), "The scrypt recipient type".
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import Literal

from firsthand.case.custody.passphrase import ask
from firsthand.case.files import Files, storage_error
from firsthand.model.errors import BadInput
from firsthand.tlog import Signer, VerifierKey

Protection = Literal["plain", "passphrase"]

MAX_FILE_BYTES = 1 << 20
"""Largest key file read [bytes]; one key takes some 200, with a passphrase some 500."""

_unlocked: dict[Path, tuple[Signer, str]] = {}
"""Signers and passphrases by file: asked for once in the life of a process, never written."""


def config_dir() -> Path:
    """Return the folder for keys and settings: FIRSTHAND_HOME, else the XDG place."""
    explicit = os.environ.get("FIRSTHAND_HOME")
    if explicit:
        return Path(explicit)
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "firsthand"


def key_path(vkey: str) -> Path:
    """Return where the private part of a key lies when it is not protected."""
    return config_dir() / "keys" / (hashlib.sha256(vkey.encode()).hexdigest()[:32] + ".key")


def _sealed_path(path: Path) -> Path:
    return path.with_name(path.name + ".age")


def protection(vkey: str) -> Protection | None:
    """Tell how the private part of a key is kept here; None when it is not here."""
    path = key_path(vkey)
    if path.is_file():
        return "plain"
    return "passphrase" if _sealed_path(path).is_file() else None


def seal(data: bytes, passphrase: str) -> bytes:
    """Encrypt bytes under a passphrase: an age file in its text form.

    It takes about a second, on purpose: so does every guess.
    """
    from pyrage import passphrase as age

    sealed: bytes = age.encrypt(data, passphrase, armored=True)
    return sealed


def unseal(data: bytes, passphrase: str, what: str) -> bytes:
    """Decrypt what :func:`seal` or ``age -p`` wrote.

    Raises
    ------
    BadInput
        When the passphrase is wrong or the file is damaged; age does not tell these apart.
    """
    import pyrage

    try:
        opened: bytes = pyrage.passphrase.decrypt(data, passphrase)
    except pyrage.DecryptError as error:
        raise BadInput(
            f"{what} cannot be opened",
            why=f"the passphrase is wrong or the file is damaged ({error})",
            hint="try again; nothing was changed",
        ) from error
    return opened


def store_key(signer: Signer, passphrase: str | None = None) -> Path:
    """Keep a private key, readable by this user only, under a passphrase when one is given.

    Nothing happens when it is kept already.

    Raises
    ------
    StorageFailed
        When it cannot be written.
    BadInput
        When what was written cannot be opened again.
    """
    path = key_path(str(signer.verifier))
    if protection(str(signer.verifier)) is not None:
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if passphrase is None:
            _write(path, _text(signer))
        else:
            _write_sealed(path, signer, passphrase)
    except OSError as error:
        raise storage_error(error, "keep the key") from error
    return path if passphrase is None else _sealed_path(path)


def load_key(vkey: str, *, what: str = "the signing key") -> Signer:
    """Return the signer of a public key, asking for its passphrase once in this process.

    Raises
    ------
    BadInput
        When this user does not have it, it is damaged, or the passphrase is wrong.
    """
    path = key_path(vkey)
    if (kind := protection(vkey)) is None:
        raise BadInput(
            f"{what} is not here",
            why=f"it is not in {path.parent}",
            hint="bring it with `firsthand key export` and `firsthand key import`, or set "
            "FIRSTHAND_HOME",
        )
    if kind == "plain":
        return _parsed(_read(path), vkey, path)
    sealed = _sealed_path(path)
    if sealed not in _unlocked:
        passphrase = _remembered() or ask(what)
        try:
            _unlock(sealed, passphrase, vkey, what)
        except BadInput:
            if passphrase != _remembered():
                raise
            _unlock(sealed, ask(what), vkey, what)
    return _unlocked[sealed][0]


def passphrase_of(vkey: str) -> str | None:
    """Return the passphrase of a protected key (asked for when need be); None when it has none."""
    if protection(vkey) != "passphrase":
        return None
    load_key(vkey)
    return _unlocked[_sealed_path(key_path(vkey))][1]


def protect(vkey: str, passphrase: str) -> Protection:
    """Put a private key under a passphrase, or under another one; return how it was kept.

    The new file is flushed, read again and opened before the old one goes. That the old bytes can
    no longer be found on the disk is not promised.

    Raises
    ------
    BadInput
        When the key is not here or its file is damaged.
    StorageFailed
        When the disk refuses; the key is then kept as before, or in both forms.
    """
    signer = load_key(vkey)
    before: Protection = protection(vkey) or "plain"
    path = key_path(vkey)
    try:
        _write_sealed(path, signer, passphrase)
        _remove(path)
    except OSError as error:
        raise storage_error(error, "protect the key") from error
    return before


def unprotect(vkey: str) -> Protection:
    """Keep a private key without passphrase again; return how it was kept.

    Raises
    ------
    BadInput
        When the key is not here, its file is damaged, or the passphrase is wrong.
    StorageFailed
        When the disk refuses; the key is then kept as before, or in both forms.
    """
    signer = load_key(vkey)
    before: Protection = protection(vkey) or "plain"
    path = key_path(vkey)
    try:
        if before == "passphrase":
            _write(path, _text(signer))
            _parsed(_read(path), vkey, path)
        _remove(_sealed_path(path))
    except OSError as error:
        raise storage_error(error, "keep the key without passphrase") from error
    _unlocked.pop(_sealed_path(path), None)
    return before


def _remembered() -> str | None:
    """Return the passphrase last used: the keys of a case are mostly under one."""
    return next((word for _, word in reversed(_unlocked.values())), None)


def _unlock(sealed: Path, passphrase: str, vkey: str, what: str) -> None:
    text = unseal(_read(sealed), passphrase, what)
    _unlocked[sealed] = (_parsed(text, vkey, sealed), passphrase)


def _text(signer: Signer) -> bytes:
    return (signer.secret_text() + "\n").encode()


def _read(path: Path) -> bytes:
    with path.open("rb") as stream:
        data = stream.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise BadInput("that is no key file", why=f"{path} has more than {MAX_FILE_BYTES} bytes")
    return data


def _parsed(data: bytes, vkey: str, path: Path) -> Signer:
    # Bytes that are no text cannot be a key; they are refused as any other wrong one.
    signer = Signer.parse(data.decode("utf-8", errors="replace").strip())
    if signer.verifier != VerifierKey.parse(vkey):
        raise BadInput("the signing key does not belong to this case", why=str(path))
    return signer


def _write_sealed(path: Path, signer: Signer, passphrase: str) -> None:
    sealed = _sealed_path(path)
    _write(sealed, seal(_text(signer), passphrase), check=(signer, passphrase))
    _unlocked[sealed] = (signer, passphrase)


def _write(path: Path, data: bytes, *, check: tuple[Signer, str] | None = None) -> None:
    """Write aside, flush, read again, move into place, flush the folder."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.new")
    files = Files()
    files.remove(aside)
    fd = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        try:
            files.extend(fd, memoryview(data))
            files.flush(fd)
        finally:
            os.close(fd)
        kept = _read(aside)
        if check is not None:
            kept, data = unseal(kept, check[1], "the new key file"), _text(check[0])
        if kept != data:
            raise BadInput("the new key file reads back wrong", why=str(aside))
        files.rename(aside, path)
        files.sync_dir(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            files.remove(aside)
        raise


def _remove(path: Path) -> None:
    files = Files()
    files.remove(path)
    files.sync_dir(path.parent)
