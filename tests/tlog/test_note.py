from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.tlog import Note, Signer, VerifierKey, open_note, sign_note

# Sources: see test_keys.py. The text and the signature of the C2SP example are from the same
# section as its vkey.
SPEC_VKEY = VerifierKey.parse(
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
)
SPEC_NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXm"
    "RKuwHjG1Yu72IneyaQM=\n"
).encode()
GO_SIGNER = Signer.parse(
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
)
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
GO_NOTE = (
    GO_TEXT
    + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqf"
    "qdngotpRZb6KE6RyyBwJnAM=\n"
).encode()
# C2SP signed-note, the example at the top. Its key is not published, so it can only be read.
POEM = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
    "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouF"
    "SQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
).encode()

ALICE, BOB = Signer("example.com/alice", bytes(range(32))), Signer("bob", bytes(range(1, 33)))
SIGNED = sign_note("one\n\ntwo\n", [ALICE, BOB])


def test_published_notes() -> None:
    assert open_note(SPEC_NOTE, [SPEC_VKEY]) == "This is an example message.\n"
    assert open_note(GO_NOTE, [GO_SIGNER.verifier]) == GO_TEXT
    assert sign_note(GO_TEXT, [GO_SIGNER]) == GO_NOTE


def test_the_last_empty_line_ends_the_text() -> None:
    note = Note.parse(POEM)
    assert note.text.startswith("Ognuno") and note.text.endswith(":\n\ned è subito sera.\n")
    [line] = note.signatures
    assert line.name == "quasimodo.example/salvatore" and line.key_id.hex() == "367ba04b"
    assert len(line.signature) == 64 and bytes(note) == POEM


def test_unknown_signatures_are_kept_and_not_counted() -> None:
    note = Note.parse(SIGNED)
    assert [line.name for line in note.signatures] == ["example.com/alice", "bob"]
    assert note.verify([BOB.verifier]) == (BOB.verifier,)
    assert note.verify([BOB.verifier, ALICE.verifier]) == (ALICE.verifier, BOB.verifier)
    with pytest.raises(VerificationFailed):
        note.verify([SPEC_VKEY])
    with pytest.raises(VerificationFailed):
        note.verify([])


def test_same_name_or_same_id_alone_is_an_unknown_key() -> None:
    same_name = Signer(ALICE.name, bytes(32)).verifier
    with pytest.raises(VerificationFailed, match="not signed"):
        Note.parse(SIGNED).verify([same_name])
    assert Note.parse(SIGNED).verify([same_name, BOB.verifier]) == (BOB.verifier,)


def test_a_wrong_signature_of_a_known_key_fails_the_note() -> None:
    text, _, lines = SIGNED.decode().rpartition("\n\n")
    forged = Note("other\n").signed_by(ALICE).signatures[0]
    data = f"{text}\n\n{forged}\n{lines}".encode()
    with pytest.raises(VerificationFailed, match="wrong"):
        open_note(data, [ALICE.verifier, BOB.verifier])
    assert open_note(data, [BOB.verifier]) == "one\n\ntwo\n"


def test_a_key_that_signed_twice_counts_once() -> None:
    note = Note("x\n").signed_by(BOB).signed_by(BOB)
    assert note.verify([BOB.verifier, BOB.verifier]) == (BOB.verifier,)


def test_keys_that_cannot_be_told_apart() -> None:
    class Collision:
        name, key_id = BOB.name, BOB.verifier.key_id

        def verifies(self, text: bytes, signature: bytes) -> bool:
            return True

    with pytest.raises(BadInput):
        Note.parse(SIGNED).verify([BOB.verifier, Collision()])


def test_every_changed_bit_is_noticed() -> None:
    data = sign_note("text\n", [ALICE])
    for at in range(len(data)):
        for bit in range(8):
            changed = data[:at] + bytes((data[at] ^ 1 << bit,)) + data[at + 1 :]
            with pytest.raises((BadInput, VerificationFailed)):
                open_note(changed, [ALICE.verifier])


def test_every_cut_and_every_added_byte_is_noticed() -> None:
    data = sign_note("text\n", [ALICE])
    for at in range(len(data)):
        with pytest.raises((BadInput, VerificationFailed)):
            open_note(data[:at], [ALICE.verifier])
        with pytest.raises((BadInput, VerificationFailed)):
            open_note(data[:at] + data[at + 1 :], [ALICE.verifier])
    for at in range(len(data) + 1):
        for byte in b"\x00\n\r \t=A\xe2\xff":
            with pytest.raises((BadInput, VerificationFailed)):
                open_note(data[:at] + bytes((byte,)) + data[at:], [ALICE.verifier])


LINE = str(Note("x\n").signed_by(BOB).signatures[0])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "\n\n",
        "text\n",
        "text\n\n",
        f"text\n{LINE}\n",
        f"text\n\n{LINE}",
        f"text\n\n{LINE}\n\n",
        f"text\n\n{LINE}\nmore\n",
        f"text\n\n{LINE.replace('—', '-')}\n",
        f"text\n\n{LINE.replace(' ', '  ', 1)}\n",
        f"text\n\n{LINE} \n",
        f"text\n\n{LINE} more\n",
        f"text\n\n{LINE}=\n",
        f"text\r\n\r\n{LINE}\r\n",
        f"te\x00xt\n\n{LINE}\n",
        f"te\txt\n\n{LINE}\n",
        "text\n\n— bob AAAAAA==\n",  # a key id alone
        "text\n\n— bob\n",
        "text\n\n— b+b AAAAAAAA\n",
        "text\n\n—  AAAAAAAA\n",
        "text\n\n— b\u00a0b AAAAAAAA\n",
        "text\n\n" + f"{LINE}\n" * 101,
        "x" * 1_000_001 + f"\n\n{LINE}\n",
    ],
)
def test_what_is_no_note(text: str) -> None:
    with pytest.raises(BadInput):
        Note.parse(text.encode())


def test_bytes_that_are_not_utf8() -> None:
    # Invalid, overlong, surrogate.
    for bad in (b"\xff", b"\xc0\x8a", b"\xed\xa0\x80"):
        with pytest.raises(BadInput):
            Note.parse(b"te" + bad + b"xt\n\n" + LINE.encode() + b"\n")


def test_sixteen_signatures_and_large_foreign_ones_are_read() -> None:
    # C2SP signed-note: at least 16; post-quantum signatures have nearly 5 kB.
    from firsthand.tlog import NoteSignature

    lines = tuple(NoteSignature("pq", b"abcd", bytes(5000)) for _ in range(16))
    note = Note.parse(bytes(Note("x\n", lines).signed_by(BOB)))
    assert len(note.signatures) == 17 and note.verify([BOB.verifier]) == (BOB.verifier,)


@pytest.mark.parametrize("text", ["", "x", "x\r\n", "x\x00\n", "\udce9\n"])
def test_texts_that_cannot_be_signed(text: str) -> None:
    with pytest.raises(BadInput):
        sign_note(text, [BOB])


def test_nobody_signs() -> None:
    with pytest.raises(BadInput):
        sign_note("x\n", [])


@given(st.text().map(lambda text: text + "\n"))
def test_what_is_signed_is_read_back(text: str) -> None:
    try:
        data = sign_note(text, [BOB])
    except BadInput:
        assert any((ord(c) < 32 and c != "\n") or 0xD800 <= ord(c) < 0xE000 for c in text)
        return
    assert open_note(data, [BOB.verifier]) == text
    assert bytes(Note.parse(data)) == data


@given(st.binary(max_size=60), st.binary(max_size=30))
def test_reading_any_bytes_fails_only_with_bad_input(head: bytes, tail: bytes) -> None:
    for data in (head, head + b"\n\n\xe2\x80\x94 " + tail + b"\n", head + b"\n\n" + tail + b"\n"):
        with contextlib.suppress(BadInput):
            assert bytes(Note.parse(data)) == data
