from __future__ import annotations

import base64
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.tlog import Checkpoint, Note, Signer
from firsthand.tlog.cosignature import (
    MAX_TIME,
    WitnessKey,
    WitnessSigner,
    cosignature_time,
    cosigned_message,
    cosigners,
    unchecked_type,
)
from firsthand.tlog.note import NoteSignature

# C2SP tlog-cosignature: the example at the top (its public key is not given there), and the signed
# message of "Ed25519 signed message".
SPEC_LINE = (
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2"
    "oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA=="
)
SPEC_TEXT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
SPEC_MESSAGE = "cosignature/v1\ntime 1679315147\n" + SPEC_TEXT
# github.com/transparency-dev/formats, note/note_cosigv1_test.go: a witness's own vkey of type 4,
# a plain Ed25519 one, and a signature with the time that is in it.
VKEY = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
PLAIN = "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6"
TIMED = (
    "ZGhGuQAAAABm/qTPeyKXD+R2rzyQsxPiP8mXum7qq/iF0u4vanlqJyocWODBt97w9uL+8qT7S5gxEHWWOworDcFiEBYJ"
    "XORmnFBOBA=="
)
SEED = bytes(range(32))


def note(size: int = 7) -> Note:
    signer = Signer("firsthand.case/1", b"\1" * 32)
    return Checkpoint(signer.name, size, sha256(b"r").digest()).signed_by(signer).note


def test_the_example_of_the_specification_is_read() -> None:
    line = NoteSignature.parse(SPEC_LINE)
    assert line.name == "witness.example.com/w1"
    assert cosignature_time(line.signature) == 1679315147
    assert cosigned_message(SPEC_TEXT.encode(), 1679315147) == SPEC_MESSAGE.encode()
    assert str(line) == SPEC_LINE


def test_published_key_and_time() -> None:
    key = WitnessKey.parse(VKEY)
    assert (str(key), key.name, key.key_id.hex()) == (VKEY, "remora.n621.de", "da77ade7")
    assert cosignature_time(base64.b64decode(TIMED)[4:]) == 1727964367
    with pytest.raises(BadInput, match="key of a log"):
        WitnessKey.parse(PLAIN)


@pytest.mark.parametrize(("kind", "said"), [(2, "ECDSA"), (6, "ML-DSA-44"), (3, "type 0x03")])
def test_other_types_are_named_and_never_accepted(kind: int, said: str) -> None:
    data = bytes([kind]) + bytes(1312 if kind == 6 else 32)
    ident = sha256(b"w\n" + data).hexdigest()[:8]
    vkey = f"w+{ident}+{base64.b64encode(data).decode()}"
    assert said in (unchecked_type(vkey) or "")
    with pytest.raises(BadInput, match="not the key of a witness"):
        WitnessKey.parse(vkey)


def test_openssl_makes_and_checks_the_same_signature(tmp_path: Path) -> None:
    # The independent path: the bytes of the message are written down here, openssl signs them.
    signer = WitnessSigner("witness.example/w", SEED)
    (tmp_path / "key.der").write_bytes(bytes.fromhex("302e020100300506032b657004220420") + SEED)
    text = note().text
    (tmp_path / "message").write_bytes(b"cosignature/v1\ntime 1700000000\n" + text.encode())
    command = ["openssl", "pkeyutl", "-sign", "-inkey", "key.der", "-keyform", "DER", "-rawin"]
    command += ["-in", "message", "-out", "signature"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    expected = (1700000000).to_bytes(8, "big") + (tmp_path / "signature").read_bytes()
    line = signer.cosign(note(), 1700000000)
    assert line.signature == expected
    # Key id by hand: SHA-256(name, newline, 0x04, public key), four bytes.
    public = signer.key.public
    assert line.key_id == sha256(b"witness.example/w\n\x04" + public).digest()[:4]


def test_every_flipped_bit_is_refused() -> None:
    signer = WitnessSigner("w", SEED)
    text = note().text.encode()
    line = signer.cosign(note(), 1700000000)
    assert signer.key.verifies(text, line.signature)
    assert not signer.key.verifies(text.replace(b"7", b"8", 1), line.signature)
    for bit in range(72 * 8):
        changed = int.from_bytes(line.signature, "big") ^ (1 << bit)
        assert not signer.key.verifies(text, changed.to_bytes(72, "big"))
    assert not signer.key.verifies(text, line.signature[8:])
    assert not signer.key.verifies(text, line.signature + b"\0")


def test_a_plain_signature_by_the_same_key_is_no_cosignature() -> None:
    signer = WitnessSigner("w", SEED)
    plain = Signer("w", SEED).sign(note().text.encode())
    assert not signer.key.verifies(note().text.encode(), bytes(8) + plain)
    assert not Signer("w", SEED).verifier.verifies(
        note().text.encode(), signer.cosign(note(), 5).signature
    )


def test_times_at_the_edge() -> None:
    signer = WitnessSigner("w", SEED)
    for seconds in (0, MAX_TIME):
        line = signer.cosign(note(), seconds)
        assert cosigners(Note(note().text, (line,)), [signer.key]) == {signer.key: seconds}
    for seconds in (-1, MAX_TIME + 1):
        with pytest.raises(BadInput):
            signer.cosign(note(), seconds)
    with pytest.raises(BadInput):
        cosignature_time(b"\xff" * 72)


def test_cosigners_ignores_strangers_and_refuses_wrong_lines() -> None:
    one, two = WitnessSigner("w1", SEED), WitnessSigner("w2", b"\2" * 32)
    made = note()
    late, early = one.cosign(made, 90), one.cosign(made, 80)
    both = Note(made.text, (*made.signatures, late, early, two.cosign(made, 70)))
    assert cosigners(both, [one.key]) == {one.key: 80}
    assert cosigners(both, [one.key, two.key]) == {one.key: 80, two.key: 70}
    assert cosigners(made, [one.key]) == {}
    moved = Note(note(8).text, both.signatures)
    with pytest.raises(VerificationFailed, match="of the witness 'w1'"):
        cosigners(moved, [one.key])


def test_private_key_text() -> None:
    signer = WitnessSigner.generate("witness.example/clerk")
    text = signer.secret_text()
    assert WitnessSigner.parse(text) == signer and "seed" not in repr(signer)
    plain = Signer.generate("witness.example/clerk").secret_text()
    for wrong in (plain, text[:-1], text.replace("PRIVATE", "PUBLIC")):
        with pytest.raises(BadInput) as caught:
            WitnessSigner.parse(wrong)
        assert wrong[-20:] not in str(caught.value)
