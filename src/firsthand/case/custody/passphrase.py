"""Where the passphrase of a private key comes from: a file, the environment, or the terminal.

Never from the arguments of a command: those are seen by every user of the machine (``ps``) and
stay in the history of the shell.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from firsthand.model.errors import BadInput

SHORTEST = 8
"""Fewest characters of a new passphrase. A floor against slips, and no measure of strength."""

_OLD, _NEW = "FIRSTHAND_PASSPHRASE", "FIRSTHAND_NEW_PASSPHRASE"


def ask(what: str) -> str:
    """Return the passphrase that opens ``what``.

    Raises
    ------
    BadInput
        When nothing gives it: no variable is set and there is no terminal to ask at.
    """
    given = _given(_OLD)
    return _typed(f"passphrase for {what}: ") if given is None else given


def choose(what: str, *, instead: bool = False) -> str:
    """Return a new passphrase for ``what``; typed, it is asked for twice.

    ``instead``: it takes the place of another, so FIRSTHAND_NEW_PASSPHRASE is looked at.

    Raises
    ------
    BadInput
        When it is too short, the two differ, or nothing gives it.
    """
    new = _given(_NEW if instead else _OLD)
    if new is None:
        new = _typed(f"new passphrase for {what}: ")
        if len(new) >= SHORTEST and new != _typed("the same once more: "):
            raise BadInput("the two passphrases differ", hint="nothing was changed; try again")
    if len(new) < SHORTEST:
        raise BadInput(
            "the passphrase is too short",
            why=f"fewer than {SHORTEST} characters",
            hint="take six or more words that no text has in this order",
        )
    return new


def _given(name: str) -> str | None:
    place = os.environ.get(f"{name}_FILE")
    if not place:
        return os.environ.get(name) or None
    try:
        text = Path(place).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("the passphrase cannot be read", why=f"{name}_FILE: {error}") from error
    first = text.partition("\n")[0].removesuffix("\r")
    if not first:
        raise BadInput("the passphrase cannot be read", why=f"{name}_FILE has no first line")
    return first


def _terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return sys.stdin is not None and sys.stdin.isatty()
    return True


def _typed(prompt: str) -> str:
    if not _terminal():
        raise BadInput(
            "a passphrase is needed",
            why="there is no terminal to ask at",
            hint="set FIRSTHAND_PASSPHRASE_FILE to a file that only you can read, "
            "with the passphrase as its first line",
        )
    import getpass

    try:
        return getpass.getpass(prompt)
    except (EOFError, UnicodeDecodeError) as error:
        raise BadInput("no passphrase was typed", why=str(error)) from error
