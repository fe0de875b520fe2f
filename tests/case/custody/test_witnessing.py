from __future__ import annotations

import os
import shutil
from functools import cache
from pathlib import Path

import pytest
from builders import BrokenFiles, Crash, evidence, grow, note

from firsthand.case import Case
from firsthand.case.custody.policy import current, set_policy
from firsthand.case.custody.proving import check_proof, prove
from firsthand.case.custody.rotation import rotate_log_key
from firsthand.case.custody.witness_desk import MOST_REFUSED, LogState, WitnessDesk
from firsthand.case.custody.witnessing import (
    compare_signed,
    cosignatures,
    coverage,
    find_witness,
    last_size,
    request,
    take,
)
from firsthand.case.files import Files
from firsthand.model.errors import BadInput, CouldNotCheck, NotFound, VerificationFailed
from firsthand.tlog import (
    Checkpoint,
    LogProof,
    SignedCheckpoint,
    Signer,
    inclusion_proof,
    leaf_hash,
    node_hash,
)
from firsthand.tlog.cosignature import WitnessSigner
from firsthand.tlog.note import Note
from firsthand.tlog.rotation import endorse
from firsthand.tlog.witness import Pair, Request, Status

NOW = 1_800_000_000


def desk(name: str, case: Case | None = None) -> WitnessDesk:
    made = WitnessDesk(name)
    made.create()
    if case is not None:
        made.trust((case.root / "case.json").read_bytes())
        set_policy(case, add_witnesses=[str(made.signer().key)])
    return made


def ask(case: Case, who: WitnessDesk, now: int = NOW, old: int | None = None) -> bytes:
    start = last_size(case, who.signer().key) if old is None else old
    decision, cosigned = who.sign(Request.parse(request(case, start)), now=now)
    assert cosigned is not None, decision
    return cosigned


def test_request_sign_take(case: Case) -> None:
    anna = desk("anna.example/2026", case)
    grow(case, 300)
    text = request(case, 0)
    assert text.startswith(b"old 0\n\nfirsthand.case/") and len(text) < 250
    cosigned = ask(case, anna)
    size = case.ledger.size()
    [noun] = take(case, cosigned, by="t")
    # docs/case-format.md, "What others signed": three lines of text, the log's line, the witness's.
    assert case.blobs.get(noun.cosigned) == cosigned
    lines = cosigned.decode().split("\n")
    assert [line.split(" ")[1] for line in lines[4:6]] == [case.origin, "anna.example/2026"]
    assert (noun.witness, noun.size, noun.time_ms) == (str(anna.signer().key), 300, NOW * 1000)
    assert noun.root == case.log.root_at(300).hex()
    assert (case.root / "stamps" / "300" / "anna.example-2026.cosig").read_bytes() == cosigned
    [entry] = case.ledger.entries(size, size + 1)
    assert entry.kind == "cosignature"
    assert take(case, cosigned) == [] and case.ledger.size() == size + 1
    # The next request continues from there, and is as small as a proof.
    grow(case, 1000)
    text = request(case, last_size(case, anna.signer().key))
    after = Request.parse(text)
    assert after.old == 300 and 0 < len(after.proof) <= 20 and len(text) < 1200
    take(case, ask(case, anna, NOW + 60))
    assert [seen.noun.size for seen in cosignatures(case)] == [300, 1000]


def test_what_is_not_of_this_log_is_not_taken(case: Case, tmp_path: Path) -> None:
    anna = desk("anna", case)
    other = Case.create(tmp_path / "other", by="t")
    anna.trust(other.vkey.encode())
    cosigned = ask(case, anna)
    before = evidence(case.root)
    foreign = ask(other, anna)
    with pytest.raises(VerificationFailed):
        take(case, foreign)
    for at in range(0, len(cosigned), 3):
        changed = cosigned[:at] + bytes([cosigned[at] ^ 4]) + cosigned[at + 1 :]
        with pytest.raises((BadInput, VerificationFailed)):
            take(case, changed)
    stranger = WitnessSigner.generate("stranger")
    signed = SignedCheckpoint.parse(cosigned).note
    bare = Note(signed.text, signed.signatures[:1])
    by_stranger = bytes(Note(bare.text, (*bare.signatures, stranger.cosign(bare, NOW))))
    with pytest.raises(BadInput, match="no known witness"):
        take(case, by_stranger)
    far = bytes(Note(bare.text, (*bare.signatures, stranger.cosign(bare, 2**62))))
    with pytest.raises(BadInput, match="too far off"):
        take(case, far, keys=(stranger.key,))
    # Signed by the log itself, but never its history: a second history made with its own key.
    size = case.ledger.size()
    forged = Checkpoint(case.origin, size, bytes(32)).signed_by(case.log.signer).note
    line = anna.signer().cosign(forged, NOW)
    for wrong in (forged, Note(forged.text, (*forged.signatures, line))):
        with pytest.raises(VerificationFailed, match="not of the past"):
            take(case, bytes(wrong))
    assert evidence(case.root) == before
    assert len(take(case, by_stranger, keys=(stranger.key,))) == 1


def test_a_fork_shown_to_two_witnesses_is_refused_by_the_second(case: Case, tmp_path: Path) -> None:
    anna, ben = desk("anna", case), desk("ben", case)
    grow(case, 50)
    shutil.copytree(case.root, tmp_path / "copy")
    copy = Case.open(tmp_path / "copy", write=True)
    grow(case, 80)
    with copy.batch(by="the owner, another story") as batch:
        for number in range(1000, 1030):
            batch.noun("note", note(number))
    mine = ask(case, anna)
    theirs = ask(copy, ben)
    decision, cosigned = ben.sign(Request.parse(request(case, 0)), now=NOW)
    assert (cosigned, decision.status, decision.fork) == (None, Status.CONFLICT, True)
    grow(case, 90)
    decision, cosigned = ben.sign(Request.parse(request(case, 80)), now=NOW)
    assert (cosigned, decision.status) == (None, Status.WRONG_PROOF)
    # What was refused stays as evidence, and both cosigned checkpoints are a proof of the fork.
    assert len(list((ben.folder / "refused").iterdir())) == 2
    assert compare_signed(mine, theirs, [case.log.key]) is Pair.FORK
    assert compare_signed(mine, ask(case, anna, old=80), [], case) is Pair.CONSISTENT
    with pytest.raises(VerificationFailed):
        take(case, theirs)


def test_the_state_is_on_the_disk_before_the_signature(case: Case) -> None:
    anna = desk("anna", case)
    grow(case, 20)
    asked = Request.parse(request(case, 0))
    files = BrokenFiles(0, Crash, lasting=False)
    anna.files = files
    anna.sign(asked, now=NOW)
    steps = len(files.calls)
    # The last step before a signature is out flushes the name of the state's file.
    assert files.calls[-1] == "sync_dir" and "flush" in files.calls
    state = anna.folder / os.fsdecode(next(anna.folder.glob("log-*.json")).name)
    state.write_bytes(LogState(case.vkey).dumps())
    for at in range(1, steps + 1):
        anna.files = BrokenFiles(at, Crash, lasting=True)
        with pytest.raises(Crash):
            anna.sign(asked, now=NOW)
        anna.files = Files()
        kept = LogState.loads(state.read_bytes())
        assert kept.size in (0, 20)  # as before, or as after; never in pieces
        state.write_bytes(LogState(case.vkey).dumps())


def test_a_damaged_state_signs_nothing(case: Case) -> None:
    anna = desk("anna", case)
    ask(case, anna)
    grow(case, 30)
    [place] = anna.folder.glob("log-*.json")
    good = place.read_bytes()
    asked = Request.parse(request(case, 2))
    for wrong in (
        b"",
        good[:-1],
        good.replace(b'"size":', b'"size": '),
        good[:40],
        b"{}\n",
        b"\xff",
    ):
        place.write_bytes(wrong)
        with pytest.raises(VerificationFailed, match="damaged"):
            anna.sign(asked, now=NOW)
    assert oct((anna.folder / "key").stat().st_mode & 0o777) == "0o600"
    assert oct(anna.folder.stat().st_mode & 0o777) == "0o700"


def test_the_clock_of_a_witness_does_not_go_back(case: Case) -> None:
    anna = desk("anna", case)
    ask(case, anna)
    with pytest.raises(BadInput, match="went back"):
        anna.sign(Request.parse(request(case, case.ledger.size())), now=NOW - 1)


def test_a_witness_signs_only_logs_that_it_trusts(case: Case) -> None:
    anna = desk("anna")
    asked = Request.parse(request(case, 0))
    decision, cosigned = anna.sign(asked)
    assert (decision.status, cosigned) == (Status.UNKNOWN_LOG, None)
    stranger = Signer.generate(case.origin)
    decision, cosigned = anna.sign(asked, first_use=str(stranger.verifier))
    assert (decision.status, cosigned) == (Status.WRONG_SIGNATURE, None)
    assert anna.states() == []
    assert anna.sign(asked, first_use=case.vkey)[1] is not None
    with pytest.raises(BadInput, match="another key"):
        anna.trust(str(stranger.verifier).encode())
    for wrong in (b"", b"nonsense", b'{"vkey":1}', b"\xff\xfe"):
        with pytest.raises(BadInput):
            anna.trust(wrong)
    with pytest.raises(BadInput, match="already"):
        anna.create()
    with pytest.raises(NotFound):
        WitnessDesk("nobody").signer()
    with pytest.raises(BadInput):
        WitnessDesk("with blank").create()
    assert not WitnessDesk("with blank").folder.exists()


def test_refused_requests_do_not_fill_the_disk(case: Case) -> None:
    anna = desk("anna", case)
    ask(case, anna)
    for number in range(MOST_REFUSED + 5):
        forged = Checkpoint(case.origin, 500 + number, bytes(32)).signed_by(case.log.signer)
        assert anna.sign(Request(2, (bytes(32),), forged))[1] is None
    assert len(list((anna.folder / "refused").iterdir())) == MOST_REFUSED


def test_a_replaced_log_key_needs_its_note(case: Case) -> None:
    anna = desk("anna", case)
    grow(case, 20)
    take(case, ask(case, anna))
    rotate_log_key(case, why="t")
    grow(case, 40)
    asked = Request.parse(request(case, 20))
    assert anna.sign(asked, now=NOW)[0].status == Status.WRONG_SIGNATURE
    note = (case.root / "log" / "keys" / "21").read_bytes()
    stranger, other = Signer.generate(case.origin), Signer.generate(case.origin)
    with pytest.raises(VerificationFailed):
        anna.trust(endorse(21, stranger, other))
    assert anna.trust(note) == anna.trust(note)
    take(case, ask(case, anna))
    assert [seen.noun.size for seen in cosignatures(case)] == [20, 40]
    # A change dated before what was signed would let a thief's key count for the past.
    with pytest.raises(VerificationFailed, match="before what was signed"):
        anna.trust(endorse(30, case.log.signer, other))


def test_policy_and_coverage(case: Case) -> None:
    a, b, c = (desk(name, case) for name in "abc")
    assert coverage(case).covered is None
    set_policy(case, quorum=2, why="two of three", by="t")
    policy = current(case)
    assert policy is not None and (len(policy.witnesses), policy.quorum) == (3, 2)
    size = case.ledger.size()
    assert set_policy(case, quorum=2) == policy and case.ledger.size() == size
    grow(case, 30)
    take(case, ask(case, a))
    assert coverage(case).covered == 0
    grow(case, 50)
    take(case, ask(case, b))
    assert coverage(case).covered == 30
    grow(case, 70)
    take(case, ask(case, a))
    take(case, ask(case, c))
    assert coverage(case).covered == 70
    assert find_witness(case, "b") == b.signer().key
    with pytest.raises(NotFound):
        find_witness(case, "d")
    plain = str(case.log.key)
    twice = str(WitnessSigner.generate("a").key)
    for wrong in ({"quorum": 4}, {"quorum": -1}, {"add_witnesses": [plain]}, {"stamps": 1},
                  {"add_witnesses": [twice]}, {"remove_witnesses": ["d"]},
                  {"remove_witnesses": ["a", "b"]}):  # fmt: skip
        with pytest.raises(BadInput):
            set_policy(case, **wrong)
    assert set_policy(case, remove_witnesses=["b"]).witnesses == tuple(
        str(each.signer().key) for each in (a, c)
    )


def test_proof_takes_the_checkpoint_with_most_witnesses(case: Case) -> None:
    desks = [desk(name, case) for name in ("w1", "w2", "w3")]
    grow(case, 40)
    take(case, ask(case, desks[0]))
    grow(case, 60)
    with pytest.raises(CouldNotCheck, match="no outside checkpoint"):
        prove(case, 55, cosigned=True)
    assert prove(case, 55).witnesses == ()
    rotate_log_key(case, why="t")
    grow(case, 300)
    for each in desks:
        each.trust(next((case.root / "log" / "keys").iterdir()).read_bytes())
    text = request(case, 0)
    made = [each.sign(Request.parse(text), now=NOW)[1] for each in desks[1:]]
    made.append(ask(case, desks[0]))
    for each in made:
        assert each is not None
        take(case, each)
    proved = prove(case, 20, cosigned=True)
    assert proved.proof.checkpoint.checkpoint.size == 300 and len(proved.witnesses) == 3
    data = bytes(proved.proof)
    keys = [each.signer().key for each in desks]
    proof, times = check_proof(data, proved.entry, proved.key, keys)
    assert proof.index == 20 and times == dict.fromkeys(keys, NOW)
    stranger = WitnessSigner.generate("x").key
    with pytest.raises(VerificationFailed, match="too few"):
        check_proof(data, proved.entry, proved.key, [*keys, stranger])
    check_proof(data, proved.entry, proved.key, [*keys, stranger], quorum=3)
    for entry, key in ((proved.entry + b" ", proved.key), (proved.entry, case.log.key)):
        with pytest.raises(VerificationFailed):
            check_proof(data, entry, key, keys)
    with pytest.raises(BadInput, match="quorum"):
        check_proof(data, proved.entry, proved.key, keys, quorum=4)
    for at in range(0, len(data), 7):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises((BadInput, VerificationFailed)):
            check_proof(changed, proved.entry, proved.key, keys)
    with pytest.raises(NotFound):
        prove(case, 10_000)


def test_a_proof_of_one_in_a_million_with_three_witnesses_is_small() -> None:
    # Issue 4, "Must show": a proof with 3 cosignatures under 1.5 KB, here under 1,500 bytes. The
    # log has a million entries, all but one with the same bytes, so that hashes can be remembered.
    size, index = 1_000_000, 543_210
    common, entry = b'{"root":"%064x","t":"note","v":1}' % 1, b'{"root":"%064x","t":"x","v":1}' % 2

    @cache
    def same(width: int) -> bytes:
        if width == 1:
            return leaf_hash(common)
        left = 1 << (width - 1).bit_length() - 1
        return node_hash(same(left), same(width - left))

    def hashes(start: int, end: int) -> bytes:
        if not start <= index < end:
            return same(end - start)
        if end - start == 1:
            return leaf_hash(entry)
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        return node_hash(hashes(start, middle), hashes(middle, end))

    signer = Signer.generate("firsthand.case/0123456789abcdef")
    signed = Checkpoint(signer.name, size, hashes(0, size)).signed_by(signer)

    def proof_with(*names: str) -> bytes:
        witnesses = [WitnessSigner.generate(name) for name in names]
        lines = tuple(each.cosign(signed.note, NOW) for each in witnesses)
        note = Note(signed.note.text, (*signed.note.signatures, *lines))
        cosigned = SignedCheckpoint(signed.checkpoint, note)
        data = bytes(LogProof(index, tuple(inclusion_proof(hashes, index, size)), cosigned))
        keys = [each.key for each in witnesses]
        proof, times = check_proof(data, entry, signer.verifier, keys)
        assert (len(proof.path), proof.index, len(times)) == (20, index, len(names))
        return data

    assert len(proof_with("anna", "ben", "court")) == 1_494
    # 1,482 bytes and the names of the witnesses: long names are the rest.
    assert len(proof_with(*(f"witness.example.org/{n}" for n in "abc"))) == 1_482 + 3 * 21
