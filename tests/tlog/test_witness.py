from __future__ import annotations

import dataclasses
from hashlib import sha256

import pytest

from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.tlog import Checkpoint, Note, SignedCheckpoint, Signer, leaf_hash
from firsthand.tlog.consistency import consistency_proof
from firsthand.tlog.cosignature import WitnessSigner
from firsthand.tlog.merkle import hashes_of
from firsthand.tlog.rotation import KeyChain, endorse
from firsthand.tlog.witness import Known, Pair, Request, Status, decide, fork_evidence

# C2SP tlog-witness, "Example request body".
SPEC = (
    "old 20852014\n"
    "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
    "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
    "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n"
    "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n"
    "\n"
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q"
    "1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V626"
    "7UEjw6QUXTS5Rovnzv++qbSzm9Q=\n"
).encode()
LOG = Signer("firsthand.case/1", b"\1" * 32)
NEXT = Signer("firsthand.case/1", b"\2" * 32)


class Branch:
    """A history: entries that say which branch they are of from some place on."""

    def __init__(self, name: str, common: int, size: int = 40) -> None:
        entries = [b"%d" % n if n < common else f"{name}{n}".encode() for n in range(size)]
        self.hashes = hashes_of([leaf_hash(entry) for entry in entries])

    def head(self, size: int, signer: Signer = LOG) -> SignedCheckpoint:
        return Checkpoint(LOG.name, size, self.hashes(0, size)).signed_by(signer)

    def ask(self, old: int, new: int, signer: Signer = LOG) -> Request:
        proof = consistency_proof(self.hashes, old, new) if old else []
        return Request(old, tuple(proof), self.head(new, signer))


A, B = Branch("a", 10), Branch("b", 10)
FRESH = Known(KeyChain.of(LOG.verifier))


def after(*requests: Request) -> Known:
    known = FRESH
    for request in requests:
        decision = decide(known, request)
        assert decision.state is not None, decision.why
        known = decision.state
    return known


def test_the_example_of_the_specification() -> None:
    request = Request.parse(SPEC)
    assert (request.old, len(request.proof)) == (20852014, 4)
    assert len(request.checkpoint.note.signatures) == 2
    assert bytes(request) == SPEC


def test_a_log_that_grows_is_signed() -> None:
    known = FRESH
    for old, new in ((0, 3), (3, 4), (4, 4), (4, 8), (8, 33), (33, 40)):
        decision = decide(known, A.ask(old, new))
        assert (decision.status, decision.known) == (Status.SIGNED, new)
        assert decision.state == Known(FRESH.keys, new, A.hashes(0, new))
        known = decision.state


def test_refusals_and_their_numbers() -> None:
    known = after(A.ask(0, 12))
    wrong = A.ask(12, 20).proof[:-1]
    stranger = Signer(LOG.name, b"\7" * 32)
    cases = [
        (None, A.ask(0, 12), 404),
        (Known(KeyChain.of(Signer("x", b"\3" * 32).verifier)), A.ask(0, 12), 404),
        (known, A.ask(12, 20, stranger), 403),
        (known, Request(30, (), A.head(20)), 400),
        (known, A.ask(0, 20), 409),
        (known, A.ask(11, 20), 409),
        (known, A.ask(11, 11), 409),
        (known, A.ask(0, 11), 409),
        (known, Request(12, wrong, A.head(20)), 422),
        (known, Request(12, (), A.head(20)), 422),
        (known, Request(12, (*wrong, bytes(32)), A.head(20)), 422),
        (FRESH, Request(0, A.ask(12, 20).proof, A.head(20)), 422),
        (FRESH, Request(0, (), Checkpoint(LOG.name, 0, sha256().digest()).signed_by(LOG)), 422),
    ]
    for state, request, status in cases:
        decision = decide(state, request)
        assert (decision.status, decision.state) == (status, None), decision
    # C2SP: the answer to a wrong old size names the right one.
    assert decide(known, A.ask(0, 20)).known == 12


def test_a_fork_is_refused_by_the_witness_that_saw_the_other_branch() -> None:
    first, second = after(A.ask(0, 15)), after(B.ask(0, 15))
    assert decide(first, A.ask(15, 20)).status == Status.SIGNED
    for old in (0, 15):  # whatever old size is claimed
        same = decide(second, A.ask(old, 15))
        assert (same.status, same.fork) == (Status.CONFLICT, True)
    # Longer: the honest proof of branch A does not lead from what the second witness signed.
    assert decide(second, A.ask(15, 20)).status == Status.WRONG_PROOF
    # Up to the place where they part, both are one history.
    assert decide(after(A.ask(0, 9)), B.ask(9, 20)).status == Status.SIGNED


def test_every_size_after_every_other() -> None:
    for old in range(1, 40):
        known = after(A.ask(0, old))
        for new in range(old, 41):
            assert decide(known, A.ask(old, new)).status == Status.SIGNED
            forked = decide(known, B.ask(old, new)).status
            assert (forked == Status.SIGNED) == (old <= 10)


def test_a_replaced_key_signs_no_longer() -> None:
    keys = KeyChain.of(LOG.verifier).extended(endorse(12, LOG, NEXT))
    known = dataclasses.replace(after(A.ask(0, 12)), keys=keys)
    assert decide(known, A.ask(12, 20, NEXT)).status == Status.SIGNED
    assert decide(known, A.ask(12, 20, LOG)).status == Status.WRONG_SIGNATURE
    assert decide(after(A.ask(0, 12)), A.ask(12, 20, NEXT)).status == Status.WRONG_SIGNATURE


def test_two_witnesses_compare() -> None:
    one, two = WitnessSigner("w1", b"\5" * 32), WitnessSigner("w2", b"\6" * 32)

    def signed(branch: Branch, size: int, witness: WitnessSigner) -> bytes:
        note = branch.head(size).note
        return bytes(Note(note.text, (*note.signatures, witness.cosign(note, 1_700_000_000))))

    keys = [LOG.verifier]
    a15, b15 = signed(A, 15, one), signed(B, 15, two)
    assert fork_evidence(a15, b15, keys) is Pair.FORK
    assert fork_evidence(a15, signed(A, 15, two), keys) is Pair.SAME
    assert fork_evidence(a15, signed(B, 20, two), keys) is Pair.UNDECIDED
    proof = consistency_proof(A.hashes, 15, 20)
    assert fork_evidence(signed(A, 20, two), a15, keys, proof) is Pair.CONSISTENT
    assert fork_evidence(signed(B, 20, two), a15, keys, proof) is Pair.UNDECIDED
    with pytest.raises(VerificationFailed):
        fork_evidence(a15, bytes(B.head(15, Signer(LOG.name, b"\7" * 32))), keys)
    other = Signer("firsthand.case/2", b"\1" * 32)
    foreign = bytes(Checkpoint(other.name, 15, bytes(32)).signed_by(other))
    assert fork_evidence(a15, foreign, [*keys, other.verifier]) is Pair.OTHER_LOGS


def test_no_request_is_read_two_ways() -> None:
    good = bytes(A.ask(15, 20))
    assert bytes(Request.parse(good)) == good
    for at in range(len(good)):
        for data in (good[:at], good[:at] + good[at + 1 :], good[:at] + b"\n" + good[at:]):
            try:
                read = Request.parse(data)
            except BadInput:
                continue
            assert bytes(read) == data
            assert decide(after(A.ask(0, 15)), read).status != Status.SIGNED
    many = (
        b"old 1\n"
        + b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" * 64
        + good[good.find(b"\n\n") + 1 :]
    )
    for wrong in (b"", many, good.replace(b"old 15", b"old 015"), b"x" * 70_000, b"\xff\n\n"):
        with pytest.raises(BadInput):
            Request.parse(wrong)
