from __future__ import annotations

from functools import cache

import pytest

from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.tlog import (
    hashes_of,
    inclusion_proof,
    is_subtree,
    subtree_inclusion_proof,
    verify_inclusion,
    verify_subtree_inclusion,
)


def flip(data: bytes, bit: int) -> bytes:
    return (int.from_bytes(data, "big") ^ (1 << bit)).to_bytes(len(data), "big")


def test_every_leaf_of_every_tree_up_to_300(naive) -> None:
    hashes = cache(hashes_of(naive.leaves))
    for size in range(1, 301):
        wanted_root = naive.mth(0, size)
        for index in range(size):
            proof = inclusion_proof(hashes, index, size)
            assert proof == naive.path(index, 0, size)
            verify_inclusion(index, size, naive.leaves[index], proof, wanted_root)


def test_no_other_claim_passes(naive) -> None:
    hashes = cache(hashes_of(naive.leaves))
    for size in range(1, 34):
        wanted_root = naive.mth(0, size)
        for index in range(size):
            proof = inclusion_proof(hashes, index, size)
            leaf = naive.leaves[index]
            wrong = [
                (other, size, leaf, proof, wanted_root)
                for other in range(-1, size + 2)
                if other != index
            ]
            wrong += [
                (index, size, leaf, proof[:-1], wanted_root) if proof else (-1, 0, leaf, [], leaf),
                (index, size, leaf, [*proof, leaf], wanted_root),
                (index, size, leaf, [leaf, *proof], wanted_root),
                (index, size, flip(leaf, 3), proof, wanted_root),
                (index, size, leaf, proof, flip(wanted_root, 200)),
                (index, size, leaf + b"\x00", proof, wanted_root),
                (index, size, leaf, proof, naive.mth(0, size + 1)),
            ]
            wrong += [
                (index, size, leaf, [*proof[:at], flip(node, at), *proof[at + 1 :]], wanted_root)
                for at, node in enumerate(proof)
            ]
            for claim in wrong:
                with pytest.raises(VerificationFailed):
                    verify_inclusion(*claim)


def test_every_subtree_up_to_40(naive) -> None:
    hashes = cache(hashes_of(naive.leaves))
    seen = 0
    for start in range(40):
        for end in range(start + 1, 41):
            if not is_subtree(start, end):
                continue
            for index in range(start, end):
                proof = subtree_inclusion_proof(hashes, index, start, end)
                assert proof == naive.path(index - start, start, end)
                leaf, part_root = naive.leaves[index], naive.mth(start, end)
                verify_subtree_inclusion(index, start, end, leaf, proof, part_root)
                seen += 1
    assert seen > 1000


def test_is_subtree_as_defined() -> None:
    # draft-ietf-plants-merkle-tree-certs, section 4.1: start is a multiple of BIT_CEIL(end-start).
    def bit_ceil(number: int) -> int:
        power = 1
        while power < number:
            power *= 2
        return power

    for start in range(70):
        for end in range(70):
            wanted = start <= end and start % bit_ceil(end - start) == 0
            assert is_subtree(start, end) is wanted, (start, end)


@pytest.mark.parametrize("claim", [(0, 0), (5, 5), (-1, 5), (6, 5)])
def test_proofs_that_cannot_be_made(naive, claim: tuple[int, int]) -> None:
    with pytest.raises(BadInput):
        inclusion_proof(hashes_of(naive.leaves), *claim)


def test_no_proof_for_a_range_that_is_no_subtree(naive) -> None:
    with pytest.raises(BadInput):
        subtree_inclusion_proof(hashes_of(naive.leaves), 3, 2, 5)
    with pytest.raises(VerificationFailed):
        verify_subtree_inclusion(3, 2, 5, naive.leaves[3], [], naive.leaves[3])
