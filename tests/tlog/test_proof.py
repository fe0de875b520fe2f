from __future__ import annotations

import pytest

from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.tlog import (
    Checkpoint,
    LogProof,
    Signer,
    hashes_of,
    inclusion_proof,
    leaf_hashes,
    root,
)

LOG, WITNESS = Signer("case.example/log", bytes(range(32))), Signer("witness", bytes(32))
ENTRIES = [f"entry {number}".encode() for number in range(21)]
LEAVES = leaf_hashes(ENTRIES)
SIGNED = Checkpoint(LOG.name, 21, root(LEAVES)).signed_by(LOG)


def proof_of(index: int, extra: bytes | None = None) -> LogProof:
    path = inclusion_proof(hashes_of(LEAVES), index, 21)
    return LogProof(index, tuple(path), SIGNED, extra)


def test_every_entry_is_proved() -> None:
    for index, entry in enumerate(ENTRIES):
        proof = LogProof.parse(bytes(proof_of(index, b"note" if index % 2 else None)))
        assert proof.verify(entry, LOG.verifier).size == 21
        for other in (b"", entry + b"x", ENTRIES[index - 1]):
            with pytest.raises(VerificationFailed):
                proof.verify(other, LOG.verifier)


def test_example_of_the_specification() -> None:
    # C2SP tlog-proof, the example at the top, down to its checkpoint. It cannot be verified: the
    # signatures are printed shortened, and the path is too short for the size 109482.
    head = (
        b"c2sp.org/tlog-proof@v1\n"
        b"extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6kYXJ3aW4tYXJ\n"
        b"index 73894\n"
        b"gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n"
        b"B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=\n"
        b"EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=\n"
        b"RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=\n"
        b"AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=\n"
        b"\n"
    )
    data = head + bytes(SIGNED)
    proof = LogProof.parse(data)
    assert proof.index == 73894 and len(proof.path) == 5
    assert proof.extra is not None and proof.extra.startswith(b"age-v1.2.1-darwin-arm64.tar.gz")
    assert proof.path[0].hex().startswith("8122b25e86195206")
    assert bytes(proof) == data


def test_formatted_as_by_transparency_dev() -> None:
    # transparency-dev/formats, proof/tlog_proof_test.go, TestMarshal: order and spelling of lines.
    text = bytes(proof_of(20, b"extra information")).decode()
    assert text.startswith("c2sp.org/tlog-proof@v1\nextra ZXh0cmEgaW5mb3JtYXRpb24=\nindex 20\n")
    alone = Checkpoint(LOG.name, 1, LEAVES[0]).signed_by(LOG)
    data = bytes(LogProof(0, (), alone))
    assert data == b"c2sp.org/tlog-proof@v1\nindex 0\n\n" + bytes(alone)
    LogProof.parse(data).verify(ENTRIES[0], LOG.verifier)


def test_every_changed_bit_is_noticed_but_in_what_nobody_signed() -> None:
    signed = Checkpoint(LOG.name, 21, root(LEAVES)).signed_by(LOG, WITNESS)
    path = inclusion_proof(hashes_of(LEAVES), 13, 21)
    data = bytes(LogProof(13, tuple(path), signed, b"extra"))
    # The extra line is unauthenticated by its definition; the witness's line is of a key that is
    # not asked about here. All the rest must be noticed.
    free = set(range(data.index(b"extra "), data.index(b"index ")))
    free |= set(range(data.index(b"\xe2\x80\x94 witness"), len(data)))
    for at in range(len(data)):
        for bit in range(8):
            changed = data[:at] + bytes((data[at] ^ 1 << bit,)) + data[at + 1 :]
            try:
                LogProof.parse(changed).verify(ENTRIES[13], LOG.verifier)
            except (BadInput, VerificationFailed):
                continue
            assert at in free, (at, bit)


def test_other_origin_and_other_key() -> None:
    proof = proof_of(3)
    with pytest.raises(VerificationFailed):
        proof.verify(ENTRIES[3], LOG.verifier, origin="other.example/log")
    with pytest.raises(VerificationFailed):
        proof.verify(ENTRIES[3], WITNESS.verifier)


def test_a_node_is_not_accepted_as_an_entry() -> None:
    """The classic second pre-image: an inner node's two children given as if they were an entry."""
    path = inclusion_proof(hashes_of(LEAVES), 0, 21)
    shorter = LogProof(0, tuple(path[1:]), SIGNED)
    with pytest.raises(VerificationFailed):
        shorter.verify(LEAVES[0] + LEAVES[1], LOG.verifier)


GOOD = bytes(proof_of(2)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD.replace("@v1", "@v2"),
        GOOD.replace("c2sp.org", " c2sp.org", 1),
        GOOD.replace("index 2", "index 02"),
        GOOD.replace("index 2", "index -2"),
        GOOD.replace("index 2", "index +2"),
        GOOD.replace("index 2", "index  2"),
        GOOD.replace("index 2", "index notanumber"),
        GOOD.replace("index 2", "index 9223372036854775807"),
        GOOD.replace("index 2\n", ""),
        GOOD.replace("index 2\n", "index 2\nindex 2\n"),
        GOOD.replace("index 2", "Index 2"),
        GOOD.replace("index 2", "extra \nindex 2"),
        GOOD.replace("index 2", "extra !!notbase64!!\nindex 2"),
        GOOD.replace("index 2", "extra AA==\nextra AA==\nindex 2"),
        GOOD.replace("index 2\n", "index 2\nextra AA==\n"),
        GOOD.replace("index 2\n", "index 2\n!!notbase64!!\n"),
        GOOD.replace("index 2\n", "index 2\n" + "A" * 86 + "==\n"),
        GOOD.replace("index 2\n", "index 2\n\n"),
        GOOD.replace("index 2\n", "index 2\n" + ("A" * 43 + "=\n") * 63),
        GOOD.replace("\n", "\r\n"),
        GOOD + "\n",
        GOOD[:-1],
        GOOD.split("\n\n")[0] + "\n\n",
        GOOD.split("\n\n")[0] + "\n\nhello\n\n" + GOOD.split("\n\n")[2],
        GOOD.replace("index 2", "extra " + "AAAA" * 600_000 + "\nindex 2"),
    ],
)
def test_what_is_no_proof(text: str) -> None:
    with pytest.raises(BadInput):
        LogProof.parse(text.encode())


def test_values_that_are_no_proof() -> None:
    with pytest.raises(BadInput):
        LogProof(-1, (), SIGNED)
    with pytest.raises(BadInput):
        LogProof(0, (b"short",), SIGNED)
    with pytest.raises(BadInput):
        LogProof(0, (), SIGNED, b"")
