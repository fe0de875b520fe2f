"""Bundles for named recipients only: age (age-encryption.org/v1) by pyrage, streamed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput

MOST_RECIPIENTS = 1000
MOST_BYTES = 1 << 20
"""Bytes of a file with recipients."""


@dataclass(frozen=True, slots=True)
class Recipients:
    """Public keys, as text and as pyrage takes them."""

    texts: tuple[str, ...]
    keys: tuple[Any, ...]


def recipients_of(named: Iterable[str]) -> Recipients:
    """Read recipients: ``age1…``, ``ssh-ed25519 …``, ``ssh-rsa …``, or a file with such lines.

    Raises
    ------
    BadInput
        When one is none of these, or is a private key.
    """
    texts = list(dict.fromkeys(line for text in named for line in _lines(text)))
    if not texts:
        raise BadInput("there is no recipient", hint="name a public key, or a file with such")
    if len(texts) > MOST_RECIPIENTS:
        raise BadInput(f"more than {MOST_RECIPIENTS} recipients")
    return Recipients(tuple(texts), tuple(_key(text) for text in texts))


def encrypt(
    recipients: Recipients, make: Callable[[IO[bytes]], Json], target: IO[bytes], folder: Path
) -> Json:
    """Let ``make`` write the plain bundle and write it encrypted to ``target``.

    A zip is written back and forth, so the plain one does come to the disk: to a file without a
    name (on Linux; elsewhere its name is removed at once), which a crash leaves to nobody.
    """
    import pyrage

    with tempfile.TemporaryFile(dir=folder) as plain:
        summary = make(plain)
        plain.flush()
        plain.seek(0)
        pyrage.encrypt_io(plain, target, list(recipients.keys))
    return {**summary, "encrypted": len(recipients.keys)}


def _lines(text: str) -> Iterator[str]:
    if text.startswith(("age1", "ssh-")):
        yield text.strip()
        return
    path = Path(text)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInput(f"{text} is no list of recipients", why="it is larger than 1 MiB")
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise BadInput(
            f"{text[:60]} is neither a public key nor a readable file",
            why=getattr(error, "strerror", None) or str(error)[:100],
            hint="a recipient begins with age1, ssh-ed25519 or ssh-rsa",
        ) from error
    for line in lines:
        if line.strip() and not line.lstrip().startswith("#"):
            yield line.strip()


def _key(text: str) -> Any:
    import pyrage

    if "SECRET" in text.upper() or "PRIVATE" in text.upper():
        raise BadInput(
            "that is a private key",
            hint="give the public key (age-keygen -y shows it), and do not pass on the private one",
        )
    kind = pyrage.ssh.Recipient if text.startswith("ssh-") else pyrage.x25519.Recipient
    try:
        return kind.from_str(text)
    except pyrage.RecipientError as error:
        raise BadInput(
            f"{text[:60]} is no recipient",
            why=str(error),
            hint="a recipient begins with age1, ssh-ed25519 or ssh-rsa",
        ) from error
