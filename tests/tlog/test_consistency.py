from __future__ import annotations

from functools import cache

import pytest

from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.tlog import (
    EMPTY_ROOT,
    consistency_proof,
    hashes_of,
    is_subtree,
    leaf_hash,
    root,
    subtree_consistency_proof,
    verify_consistency,
    verify_subtree_consistency,
)


def flip(data: bytes, bit: int) -> bytes:
    return (int.from_bytes(data, "big") ^ (1 << bit)).to_bytes(len(data), "big")


def test_every_pair_of_sizes_up_to_300(naive) -> None:
    hashes = cache(hashes_of(naive.leaves))
    for new in range(301):
        for old in range(1, new + 1):
            proof = consistency_proof(hashes, old, new)
            assert proof == naive.proof(old, new)
            verify_consistency(old, new, proof, naive.mth(0, old), naive.mth(0, new))


def test_no_other_claim_passes(naive) -> None:
    hashes = cache(hashes_of(naive.leaves))
    for new in range(1, 24):
        for old in range(1, new + 1):
            proof = consistency_proof(hashes, old, new)
            before, after = naive.mth(0, old), naive.mth(0, new)
            wrong = [
                (old, new, [*proof, after], before, after),
                (old, new, [before, *proof], before, after),
                (old, new, proof, flip(before, 9), after),
                (old, new, proof, before, flip(after, 9)),
                (old, new, proof, before[:-1], after),
                (new + 1, new, proof, before, after),
                (-1, new, proof, before, after),
                (old, new, proof, EMPTY_ROOT, after),
                (0, new, proof, before, after),
            ]
            if proof:
                wrong += [
                    (old, new, proof[:-1], before, after),
                    (old, new, proof[1:], before, after),
                    (old, new, proof, after, before),
                    (old, old, proof, before, before),
                ]
            wrong += [
                (old, new, [*proof[:at], flip(node, at), *proof[at + 1 :]], before, after)
                for at, node in enumerate(proof)
            ]
            for claim in wrong:
                with pytest.raises(VerificationFailed):
                    verify_consistency(*claim)


def test_a_rewritten_history_has_no_proof(naive) -> None:
    """A log that changes an old entry cannot connect to the checkpoint kept outside."""
    kept = naive.mth(0, 100)
    for changed in range(100):
        leaves = list(naive.leaves[:200])
        leaves[changed] = leaf_hash(b"forged")
        proof = consistency_proof(cache(hashes_of(leaves)), 100, 200)
        with pytest.raises(VerificationFailed):
            verify_consistency(100, 200, proof, kept, root(leaves))


def test_the_empty_tree() -> None:
    verify_consistency(0, 0, [], EMPTY_ROOT, EMPTY_ROOT)
    # transparency-dev/merkle, consistency/additional/size1-is-zero-and-size2-is-not-zero.json
    with pytest.raises(VerificationFailed):
        verify_consistency(0, 1, [], EMPTY_ROOT, leaf_hash(b"any"))
    with pytest.raises(VerificationFailed):
        verify_consistency(0, 0, [], EMPTY_ROOT, leaf_hash(b"any"))


def test_every_subtree_of_every_tree_up_to_40(naive) -> None:
    hashes = cache(hashes_of(naive.leaves))
    for size in range(1, 41):
        for start in range(size):
            for end in range(start + 1, size + 1):
                if not is_subtree(start, end):
                    continue
                proof = subtree_consistency_proof(hashes, start, end, size)
                part, whole = naive.mth(start, end), naive.mth(0, size)
                verify_subtree_consistency(start, end, size, proof, part, whole)
                for at, node in enumerate(proof):
                    bad = [*proof[:at], flip(node, at), *proof[at + 1 :]]
                    with pytest.raises(VerificationFailed):
                        verify_subtree_consistency(start, end, size, bad, part, whole)


def test_proofs_that_cannot_be_made(naive) -> None:
    hashes = hashes_of(naive.leaves)
    with pytest.raises(BadInput):
        consistency_proof(hashes, 6, 5)
    with pytest.raises(BadInput):
        consistency_proof(hashes, -1, 5)
    with pytest.raises(BadInput):
        consistency_proof(hashes, 0, 5)
    with pytest.raises(BadInput):
        subtree_consistency_proof(hashes, 2, 5, 8)
