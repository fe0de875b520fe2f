from __future__ import annotations

import random
from functools import cache

import pytest

from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.tlog import (
    Frontier,
    TileHashes,
    consistency_proof,
    decode_bundle,
    entry_bundles,
    grow_bundles,
    grow_tiles,
    hash_tiles,
    hashes_of,
    inclusion_proof,
    leaf_hashes,
    root,
    subtree_consistency_proof,
    subtree_inclusion_proof,
    verify_inclusion,
)

LEAVES = leaf_hashes(str(number).encode() for number in range(70_000))
SIZES = [1, 2, 255, 256, 257, 300, 511, 512, 513, 4096, 65_535, 65_536, 65_537, 65_793, 70_000]


def test_tiles_are_exactly_those_of_the_size() -> None:
    for size in SIZES:
        tiles = grow_tiles(LEAVES[:size])
        assert set(tiles) == {tile.path for tile in hash_tiles(size)}
        assert all(len(tiles[tile.path]) == 32 * tile.width for tile in hash_tiles(size))


def test_tile_hashes_as_defined() -> None:
    # C2SP tlog-tiles: hash i of tile n at level l is MTH(D[(n*256+i)*256**l : (n*256+i+1)*256**l]).
    tiles = grow_tiles(LEAVES)
    for tile in hash_tiles(70_000):
        data, span = tiles[tile.path], 256**tile.level
        for i in {0, tile.width // 2, tile.width - 1}:
            start = (tile.index * 256 + i) * span
            assert data[32 * i : 32 * i + 32] == root(LEAVES[start : start + span])


def test_growing_in_steps_writes_the_same_files() -> None:
    dice = random.Random(2)
    for _ in range(8):
        files: dict[str, bytes] = {}
        size = 0
        while size < 1500:
            step = dice.choice((0, 1, 5, 100, 255, 256, 257, 600))
            new = grow_tiles(LEAVES[size : size + step], size, files.__getitem__)
            before = {tile.path for tile in hash_tiles(size)}
            size += step
            assert set(new) == {tile.path for tile in hash_tiles(size)} - before
            files |= new
        whole = grow_tiles(LEAVES[:size])
        assert {path: files[path] for path in whole} == whole


def test_growing_over_a_level_border() -> None:
    files = grow_tiles(LEAVES[:65_000])
    files |= grow_tiles(LEAVES[65_000:66_000], 65_000, files.__getitem__)
    whole = grow_tiles(LEAVES[:66_000])
    assert {path: files[path] for path in whole} == whole


def test_bundles_grow_the_same_way() -> None:
    entries = [str(number).encode() * (number % 5) for number in range(1300)]
    dice, files, size = random.Random(3), dict[str, bytes](), 0
    while size < len(entries):
        step = dice.choice((0, 1, 5, 100, 255, 256, 257))
        files |= grow_bundles(entries[size : size + step], size, files.__getitem__)
        size = min(len(entries), size + step)
    bundles = list(entry_bundles(size))
    read = [entry for b in bundles for entry in decode_bundle(files[b.path], b.width)]
    assert read == entries
    assert {b.path: files[b.path] for b in bundles} == grow_bundles(entries)


@pytest.mark.parametrize("size", SIZES)
def test_proofs_from_tiles_equal_proofs_from_leaves(size: int) -> None:
    tiles = grow_tiles(LEAVES[:size])
    from_tiles = TileHashes(size, tiles.__getitem__)
    from_leaves = cache(hashes_of(LEAVES[:size]))
    assert from_tiles.root() == root(LEAVES[:size])
    assert from_tiles.frontier().root() == from_tiles.root()
    dice = random.Random(size)
    some = {0, size - 1, size // 2, *(dice.randrange(size) for _ in range(12))}
    for index in some:
        proof = inclusion_proof(from_tiles.range_hash, index, size)
        assert proof == inclusion_proof(from_leaves, index, size)
        verify_inclusion(index, size, LEAVES[index], proof, from_tiles.root())
        # An older tree is proved from the tiles of the newer one.
        older = index + 1
        proof = inclusion_proof(from_tiles.range_hash, index, older)
        assert proof == inclusion_proof(from_leaves, index, older)
        proof = consistency_proof(from_tiles.range_hash, older, size)
        assert proof == consistency_proof(from_leaves, older, size)


def test_all_small_trees_from_tiles(naive) -> None:
    for size in range(1, 301):
        tiles = TileHashes(size, grow_tiles(naive.leaves[:size]).__getitem__)
        assert tiles.root() == naive.mth(0, size)
        for index in range(0, size, 7):
            path = inclusion_proof(tiles.range_hash, index, size)
            assert path == naive.path(index, 0, size)
            assert consistency_proof(tiles.range_hash, index + 1, size) == naive.proof(
                index + 1, size
            )


def test_subtree_proofs_from_tiles() -> None:
    tiles = TileHashes(70_000, grow_tiles(LEAVES).__getitem__)
    leaves = cache(hashes_of(LEAVES))
    for start, end in ((0, 70_000), (65_536, 70_000), (256, 512), (512, 700), (69_888, 69_999)):
        for hashes in ((tiles.range_hash, leaves),):
            one, two = (subtree_inclusion_proof(h, start + 3, start, end) for h in hashes)
            assert one == two
            one, two = (subtree_consistency_proof(h, start, end, 70_000) for h in hashes)
            assert one == two


def test_few_tiles_are_read_for_a_proof() -> None:
    tiles, read = grow_tiles(LEAVES), []

    def reader(path: str) -> bytes:
        read.append(path)
        return tiles[path]

    inclusion_proof(TileHashes(70_000, reader).range_hash, 12_345, 70_000)
    # Its own tile, the tile above it, and on the right edge one tile for each level.
    assert len(read) == len(set(read)) <= 2 * 3
    assert not any("entries" in path for path in read)


def test_the_frontier_grows_on() -> None:
    tree = TileHashes(1000, grow_tiles(LEAVES[:1000]).__getitem__).frontier()
    tree.extend(LEAVES[1000:2000])
    assert tree.size == 2000 and tree.root() == root(LEAVES[:2000])


def test_the_empty_tree() -> None:
    assert grow_tiles([]) == {} and grow_bundles([]) == {}
    empty = TileHashes(0, {}.__getitem__)
    assert empty.root() == Frontier().root() == empty.frontier().root()


def test_a_changed_tile_gives_a_proof_that_fails() -> None:
    wanted = root(LEAVES[:1000])
    good = grow_tiles(LEAVES[:1000])
    for path in good:
        files = dict(good)
        files[path] = bytes((files[path][0] ^ 1,)) + files[path][1:]
        hashes = TileHashes(1000, files.__getitem__).range_hash
        failed = 0
        for index in range(1, 1000, 64):
            proof = inclusion_proof(hashes, index, 1000)
            try:
                verify_inclusion(index, 1000, LEAVES[index], proof, wanted)
            except VerificationFailed:
                failed += 1
        assert failed, path


def test_the_root_alone_does_not_check_the_tiles_below() -> None:
    files = grow_tiles(LEAVES[:1000])
    del files["tile/0/000"]
    assert TileHashes(1000, files.__getitem__).root() == root(LEAVES[:1000])


def test_broken_tiles_are_named() -> None:
    tiles = TileHashes(300, lambda path: b"\0" * 33)
    with pytest.raises(BadInput):
        tiles.root()
    with pytest.raises(BadInput):
        grow_tiles(LEAVES[:3], 5, lambda path: b"\0" * 33)
    with pytest.raises(BadInput):
        grow_tiles(LEAVES[:3], 5)
    with pytest.raises(BadInput):
        grow_tiles([b"short"])
    with pytest.raises(BadInput):
        grow_bundles([b"x"], 5, lambda path: b"\0\1a")


def test_refused_ranges_and_sizes() -> None:
    tiles = TileHashes(300, grow_tiles(LEAVES[:300]).__getitem__)
    for start, end in ((0, 301), (2, 5), (-1, 3), (5, 4)):
        with pytest.raises(BadInput):
            tiles.range_hash(start, end)
    with pytest.raises(BadInput):
        TileHashes(-1, {}.__getitem__)
