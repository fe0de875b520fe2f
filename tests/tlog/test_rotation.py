from __future__ import annotations

import dataclasses
from hashlib import sha256

import pytest

from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.tlog import Checkpoint, Note, SignedCheckpoint, Signer
from firsthand.tlog.rotation import Endorsement, KeyChain, endorse

ORIGIN = "firsthand.case/1"
A, B, C, STRANGER = (Signer(ORIGIN, bytes([n]) * 32) for n in (1, 2, 3, 9))


def head(size: int, *signers: Signer) -> SignedCheckpoint:
    return Checkpoint(ORIGIN, size, sha256(b"%d" % size).digest()).signed_by(*signers)


def chain() -> KeyChain:
    return KeyChain.of(A.verifier).extended(endorse(5, A, B)).extended(endorse(9, B, C))


def test_the_text_is_that_of_the_format() -> None:
    # docs/case-format.md, "Keys of the log".
    text, _, signatures = endorse(5, A, B).decode().partition("\n\n")
    assert text.split("\n") == ["firsthand log key", ORIGIN, "5", str(B.verifier)]
    assert len(signatures.splitlines()) == 2
    assert bytes(Endorsement.parse(endorse(5, A, B))) == endorse(5, A, B)


def test_which_key_counts_for_which_size() -> None:
    keys = {size: chain().key_for(size) for size in (0, 1, 5, 6, 9, 10, 1000)}
    assert [keys[size] for size in (0, 1, 5)] == [A.verifier] * 3
    assert [keys[size] for size in (6, 9)] == [B.verifier] * 2
    assert [keys[size] for size in (10, 1000)] == [C.verifier] * 2
    assert chain().newest == C.verifier and chain().origin == ORIGIN


@pytest.mark.parametrize(("size", "signer"), [(5, A), (6, B), (9, B), (10, C)])
def test_checkpoints_of_their_time_are_good(size: int, signer: Signer) -> None:
    assert chain().verify(head(size, signer)).size == size
    assert chain().verify(head(size, signer, STRANGER)).size == size


@pytest.mark.parametrize(("size", "signer"), [(6, A), (5, B), (10, B), (9, C), (10, A)])
def test_a_key_is_good_for_nothing_outside_its_sizes(size: int, signer: Signer) -> None:
    with pytest.raises(VerificationFailed, match="does not count for its size"):
        chain().verify(head(size, signer))


def test_a_stranger_is_refused() -> None:
    with pytest.raises(VerificationFailed, match="not signed"):
        chain().verify(head(5, STRANGER))


def test_what_does_not_extend_a_chain() -> None:
    one = KeyChain.of(A.verifier).extended(endorse(5, A, B))
    other = Signer("firsthand.case/2", b"\4" * 32)
    renamed = dataclasses.replace(A, name=other.name)
    for wrong in (
        endorse(9, A, C),  # by a key that had ended
        endorse(9, STRANGER, C),
        endorse(5, B, C),  # not above the last change
        endorse(4, B, C),
        endorse(9, B, A),  # a key that was used before
        endorse(9, renamed, other),
    ):
        with pytest.raises(VerificationFailed):
            one.extended(wrong)


def test_both_must_sign_and_nobody_else() -> None:
    text = Endorsement.parse(endorse(5, A, B)).note.text
    first = KeyChain.of(A.verifier)
    for signers in ((A,), (B,), (A, A), (B, B), (A, STRANGER), (STRANGER, B), (A, B, STRANGER)):
        note = Note(text)
        for signer in signers:
            note = note.signed_by(signer)
        with pytest.raises((BadInput, VerificationFailed)):
            first.extended(bytes(note))
    assert first.extended(bytes(Note(text).signed_by(B).signed_by(A))).newest == B.verifier


def test_no_changed_byte_is_accepted() -> None:
    good = endorse(5, A, B)
    for at in range(len(good)):
        for bit in range(8):
            data = good[:at] + bytes([good[at] ^ (1 << bit)]) + good[at + 1 :]
            with pytest.raises((BadInput, VerificationFailed)):
                KeyChain.of(A.verifier).extended(data)


def test_a_key_cannot_follow_itself() -> None:
    for new in (A, Signer("other", b"\5" * 32)):
        with pytest.raises(BadInput):
            endorse(5, A, new)
