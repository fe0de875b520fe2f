"""Proofs as OpenTimestamps' own library writes and reads them; rubbish; Bitcoin's first block."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentimestamps.core.notary import (
    BitcoinBlockHeaderAttestation,
    LitecoinBlockHeaderAttestation,
    PendingAttestation,
    UnknownAttestation,
)
from opentimestamps.core.op import OpAppend, OpPrepend, OpRIPEMD160, OpSHA1, OpSHA256
from opentimestamps.core.serialize import BytesDeserializationContext, BytesSerializationContext
from opentimestamps.core.timestamp import DetachedTimestampFile
from opentimestamps.core.timestamp import Timestamp as Theirs

from firsthand.model.errors import BadInput
from firsthand.tlog import opentimestamps as ots
from firsthand.tlog.bitcoin import read_header, read_headers

DIGEST = hashlib.sha256(b"checkpoint").digest()

attestations = st.one_of(
    st.builds(PendingAttestation, st.text("abc./:-_", max_size=20)),
    st.builds(BitcoinBlockHeaderAttestation, st.integers(0, 2**40)),
    st.builds(LitecoinBlockHeaderAttestation, st.integers(0, 127)),
    st.builds(UnknownAttestation, st.just(b"unknown!"), st.binary(max_size=20)),
)
operations = st.one_of(
    st.builds(OpAppend, st.binary(min_size=1, max_size=40)),
    st.builds(OpPrepend, st.binary(min_size=1, max_size=40)),
    st.sampled_from([OpSHA256(), OpSHA1(), OpRIPEMD160()]),
)
branches = st.lists(
    st.tuples(st.lists(operations, max_size=6), attestations), min_size=1, max_size=6
)


def theirs(branches: list[tuple[list[object], object]]) -> Theirs:
    made = Theirs(DIGEST)
    for path, attestation in branches:
        at = made
        for operation in path:
            at = at.ops.add(operation)
        at.attestations.add(attestation)
    return made


def written(timestamp: Theirs) -> bytes:
    context = BytesSerializationContext()
    DetachedTimestampFile(OpSHA256(), timestamp).serialize(context)
    return context.getbytes()


@given(branches)
def test_what_their_library_writes_is_read_and_written_alike(branches: list) -> None:
    data = written(theirs(branches))
    assert ots.write_proof(ots.read_proof(data)) == data


@given(branches, branches)
def test_merging_gives_what_their_library_gives(first: list, second: list) -> None:
    ours, other = ots.read_proof(written(theirs(first))), ots.read_proof(written(theirs(second)))
    ours.merge(other)
    both = theirs(first)
    both.merge(theirs(second))
    assert ots.write_proof(ours) == written(both)


def test_what_we_write_their_library_reads() -> None:
    made = ots.Timestamp(DIGEST)
    at = made.then(ots.APPEND, b"nonce").then(ots.SHA256)
    at.attestations.add(ots.pending_attestation("https://calendar.test/x"))
    at.then(ots.PREPEND, b"left").then(ots.SHA256).attestations.add(ots.bitcoin_attestation(800000))
    data = ots.write_proof(made)
    context = BytesDeserializationContext(data)
    read = DetachedTimestampFile.deserialize(context)
    assert read.file_digest == DIGEST
    found = {(message, str(each)) for message, each in read.timestamp.all_attestations()}
    assert len(found) == 2
    assert {message for message, _ in found} == {
        at.message, hashlib.sha256(b"left" + at.message).digest()
    }  # fmt: skip
    assert written(read.timestamp) == data
    assert made.pending() == [(at, "https://calendar.test/x")]
    assert [height for _, height in made.blocks()] == [800000]


@given(st.binary(max_size=300))
def test_rubbish_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        ots.read_proof(data)


def head(rest: bytes) -> bytes:
    return ots.MAGIC + b"\x01\x08" + DIGEST + rest


@pytest.mark.parametrize(
    ("rest", "why"),
    [
        (b"", "cut off"),
        (b"\x08" * 300, "deep"),
        (b"\xff\x00unknown!\x00" * 20000, "parts"),
        (b"\xf0\x00\x00unknown!\x00", "length"),
        (b"\xf0\x81\x20" + b"x" * 4097, "length"),
        (b"\xf0\xf0\x1f" + b"x" * 4080 + b"\x00unknown!\x00", "longer"),
        (b"\x00unknown!\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "too large"),
        (b"\x00unknown!\x81\x40", "length"),
        (b"\x00unknown!\x00x", "after the end"),
        (b"\x00" + ots.PENDING + b"\x03\x02a?", "calendar"),
        (b"\x00" + ots.BITCOIN + b"\x02\x01\x01", "block"),
        (b"\x67\x00unknown!\x00", "keccak256"),
        (b"\xf2\x00unknown!\x00", "reverse"),
        (b"\x55\x00unknown!\x00", "0x55"),
    ],
)
def test_hostile_proofs_end_quickly_and_say_why(rest: bytes, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        ots.read_proof(head(rest))


def test_other_beginnings_are_refused() -> None:
    good = head(b"\x00unknown!\x00")
    ots.read_proof(good)
    for bad, why in (
        (b"x" + good, "begin"),
        (good.replace(b"\x01\x08", b"\x02\x08", 1), "version 2"),
        (good.replace(b"\x01\x08", b"\x01\x02", 1), "sha1"),
        (good + b"\x00" * ots.MOST_BYTES, "longer"),
    ):
        with pytest.raises(BadInput, match=why):
            ots.read_proof(bad)


def test_a_branch_without_an_end_is_not_written() -> None:
    made = ots.Timestamp(DIGEST)
    made.then(ots.SHA256)
    with pytest.raises(BadInput):
        ots.write_proof(made)


def test_merging_of_different_files_is_refused() -> None:
    with pytest.raises(BadInput):
        ots.Timestamp(DIGEST).merge(ots.Timestamp(b"x" * 32))


# The header of Bitcoin's block 0, as its source code has it (public record, 3 January 2009).
GENESIS = (
    "01000000" + "00" * 32
    + "3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a"
    + "29ab5f49" + "ffff001d" + "1dac2b7c"
)  # fmt: skip


def test_the_first_block() -> None:
    header = read_header(GENESIS, least_difficulty=1)
    assert header.block_hash == "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
    assert header.time_ms == 1231006505000  # 2009-01-03T18:15:05Z
    assert header.difficulty == 1
    assert read_headers(["# a remark", "", GENESIS], least_difficulty=1) == {
        header.merkle_root: header
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (GENESIS, "difficulty 1 is less"),
        (GENESIS[:-2] + "7d", "proof of work"),
        (GENESIS[:-2], "79 bytes"),
        ("xyz", "hex"),
        (GENESIS.replace("ffff001d", "ffff0021"), "target"),
        (GENESIS.replace("ffff001d", "ffffff1d"), "target"),
        (GENESIS.replace("ffff001d", "0000001d"), "target"),
    ],
)
def test_headers_that_prove_nothing(text: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        read_header(text)
    with pytest.raises(BadInput, match="line 2"):
        read_headers(["", text])
