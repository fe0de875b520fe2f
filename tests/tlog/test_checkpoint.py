from __future__ import annotations

import base64

import pytest

from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.tlog import (
    EMPTY_ROOT,
    Checkpoint,
    SignedCheckpoint,
    Signer,
    VerifierKey,
    leaf_hash,
    sign_note,
)

# C2SP tlog-checkpoint, the example at the top.
SPEC = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv"
    "2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
).encode()
# The key id of that signature, 033de0ae, is that of sum.golang.org: the example is the Go checksum
# database's checkpoint of that size under another name. With the names put back it verifies, so
# here is a real checkpoint and its published key (golang.org/x/mod, cmd/go).
GO_SUM = SPEC.replace(b"example.com/behind-the-sofa\n208", b"go.sum database tree\n208").replace(
    b"\xe2\x80\x94 example.com/behind-the-sofa", b"\xe2\x80\x94 sum.golang.org"
)
GO_SUM_KEY = VerifierKey.parse(
    "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
)

LOG = Signer("case.example/tikrit", bytes(range(32)))
CHECKPOINT = Checkpoint("case.example/tikrit", 7, leaf_hash(b"x"))


def test_spec_example_is_read() -> None:
    signed = SignedCheckpoint.parse(SPEC)
    assert signed.checkpoint == Checkpoint(
        "example.com/behind-the-sofa",
        20852163,
        base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="),
    )
    assert [line.name for line in signed.note.signatures] == ["example.com/behind-the-sofa"]
    assert bytes(signed) == SPEC


def test_real_checkpoint_of_the_go_checksum_database() -> None:
    signed = SignedCheckpoint.parse(GO_SUM)
    checkpoint = signed.verify(GO_SUM_KEY, origin="go.sum database tree")
    assert checkpoint.size == 20852163
    with pytest.raises(VerificationFailed, match="another log"):
        signed.verify(GO_SUM_KEY)


def test_signed_and_read_back() -> None:
    signed = CHECKPOINT.signed_by(LOG)
    again = SignedCheckpoint.parse(bytes(signed))
    assert again == signed and again.verify(LOG.verifier) == CHECKPOINT
    assert LOG.sign(str(CHECKPOINT).encode()) == signed.note.signatures[0].signature


def test_extension_lines_and_second_signatures() -> None:
    witness = Signer("witness.example", bytes(32))
    checkpoint = Checkpoint(LOG.name, 7, leaf_hash(b"x"), ("one", "two words"))
    signed = SignedCheckpoint.parse(bytes(checkpoint.signed_by(LOG, witness)))
    assert signed.verify(LOG.verifier).extensions == ("one", "two words")
    assert signed.note.verify([witness.verifier]) == (witness.verifier,)
    with pytest.raises(VerificationFailed):
        signed.verify(Signer(LOG.name, bytes(32)).verifier)


def test_every_changed_bit_is_noticed() -> None:
    data = bytes(CHECKPOINT.signed_by(LOG))
    for at in range(len(data)):
        for bit in range(8):
            changed = data[:at] + bytes((data[at] ^ 1 << bit,)) + data[at + 1 :]
            with pytest.raises((BadInput, VerificationFailed)):
                SignedCheckpoint.parse(changed).verify(LOG.verifier)


def test_a_value_put_together_from_two_checkpoints_gives_what_was_signed() -> None:
    forged = Checkpoint(LOG.name, 8, leaf_hash(b"forged"))
    mixed = SignedCheckpoint(forged, CHECKPOINT.signed_by(LOG).note)
    assert mixed.verify(LOG.verifier) == CHECKPOINT


ROOT = base64.b64encode(leaf_hash(b"x")).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n",
        f"a\n7\n{ROOT}",
        f"a\n7\n\n{ROOT}\n",
        f"\n7\n{ROOT}\n",
        f"a\n07\n{ROOT}\n",
        f"a\n+7\n{ROOT}\n",
        f"a\n-7\n{ROOT}\n",
        f"a\n 7\n{ROOT}\n",
        f"a\n7 \n{ROOT}\n",
        f"a\n\n{ROOT}\n",
        f"a\n{2**63}\n{ROOT}\n",
        f"a\n0\n{ROOT}\n",
        f"a\n7\n{ROOT} \n",
        f"a\n7\n{ROOT[:-1]}\n",
        f"a\n7\n{base64.b64encode(bytes(31)).decode()}\n",
        f"a\n7\n{base64.b64encode(bytes(64)).decode()}\n",
        f"a\n7\n{leaf_hash(b'x').hex()}\n",
        f"a\n7\n{ROOT}\n\n",
        f"a\n7\n{ROOT}\nmore\n\nmore\n",
        f"a\r\n7\r\n{ROOT}\r\n",
        f"a\x00\n7\n{ROOT}\n",
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(BadInput):
        Checkpoint.parse(text)


def test_a_signed_text_that_is_no_checkpoint() -> None:
    with pytest.raises(BadInput):
        SignedCheckpoint.parse(sign_note("hello\n", [LOG]))


def test_empty_log() -> None:
    empty = Checkpoint(LOG.name, 0, EMPTY_ROOT)
    assert SignedCheckpoint.parse(bytes(empty.signed_by(LOG))).verify(LOG.verifier) == empty


@pytest.mark.parametrize(
    "values",
    [
        ("", 1, bytes(32)),
        ("a\nb", 1, bytes(32)),
        ("a", -1, bytes(32)),
        ("a", 1, bytes(31)),
        ("a", 2**63, bytes(32)),
        ("a", 0, bytes(32)),
        ("a", 1, bytes(32), ("",)),
    ],
)
def test_values_that_are_no_checkpoint(values: tuple) -> None:
    with pytest.raises(BadInput):
        Checkpoint(*values)


def test_nobody_signs() -> None:
    with pytest.raises(BadInput):
        CHECKPOINT.signed_by()
