"""Passphrases without scrypt, which takes some seconds each time; test_keeping.py has it in."""

from __future__ import annotations

import pytest

from firsthand.case.custody import keeping
from firsthand.model.errors import BadInput


def leave_scrypt_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a passphrase be compared, and nothing encrypted."""

    def head(word: str) -> bytes:
        return f"-----BEGIN AGE left out {word}\n".encode()

    def seal(data: bytes, word: str) -> bytes:
        return head(word) + data

    def unseal(data: bytes, word: str, what: str) -> bytes:
        if not data.startswith(head(word)):
            raise BadInput(f"{what} cannot be opened")
        return data.removeprefix(head(word))

    monkeypatch.setattr(keeping, "seal", seal)
    monkeypatch.setattr(keeping, "unseal", unseal)
