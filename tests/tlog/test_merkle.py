from __future__ import annotations

import random
from hashlib import sha256

import pytest

from firsthand.model.errors import BadInput
from firsthand.tlog import EMPTY_ROOT, MAX_SIZE, Frontier, hashes_of, leaf_hash, leaf_hashes, root

# transparency-dev/merkle, testonly/constants.go: the leaves of its reference tree; the roots of
# sizes 1, 8, 7 and 5 appear in its proof vectors as well.
ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = {
    # RFC 6962 tests of certificate-transparency, merkletree: size 1 and 8.
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def test_published_roots() -> None:
    for size, wanted in ROOTS.items():
        assert root(leaf_hashes(ENTRIES[:size])).hex() == wanted


def test_empty_root_is_the_hash_of_nothing() -> None:
    # FIPS 180-4 example: SHA-256 of the empty string.
    wanted = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert EMPTY_ROOT.hex() == root([]).hex() == Frontier().root().hex() == wanted


def test_a_leaf_is_never_a_node() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != root([left, right])


def test_roots_equal_the_recursive_definition(naive) -> None:
    tree = Frontier()
    for size in range(301):
        wanted = naive.mth(0, size)
        assert root(naive.leaves[:size]) == tree.root() == wanted
        assert tree.size == size and len(tree.peaks) == size.bit_count()
        if size < 300:
            tree.append(naive.leaves[size])


def test_batches_of_any_size_grow_the_same_tree(naive) -> None:
    dice = random.Random(1)
    for _ in range(200):
        tree, position = Frontier(), 0
        while position < 300:
            step = dice.choice((0, 1, 2, 3, 7, 8, 31, 64, 100))
            tree.extend(naive.leaves[position : min(300, position + step)])
            position = min(300, position + step)
            assert tree.root() == naive.mth(0, position)
            # A tree resumed from its peaks is the same tree.
            tree = Frontier(tree.size, tree.peaks)
    assert tree.size == 300


def test_frontier_refuses_what_is_no_tree(naive) -> None:
    with pytest.raises(BadInput):
        Frontier(3, naive.leaves[:1])
    with pytest.raises(BadInput):
        Frontier(-1)
    with pytest.raises(BadInput):
        Frontier(1, [b"short"])
    tree = Frontier(2, [naive.leaves[0]])
    with pytest.raises(BadInput):
        tree.extend([naive.leaves[0], b"short"])
    assert tree.size == 2 and tree.peaks == (naive.leaves[0],)
    full = Frontier(MAX_SIZE, [naive.leaves[0]] * 63)
    with pytest.raises(BadInput):
        full.append(naive.leaves[0])


def test_refused_hashes_and_ranges(naive) -> None:
    with pytest.raises(BadInput):
        root([sha256(b"").digest(), b""])
    with pytest.raises(BadInput):
        hashes_of(naive.leaves[:5])(0, 6)
