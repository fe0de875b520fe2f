from __future__ import annotations

import pytest

from firsthand.model.errors import BadInput
from firsthand.tlog import MAX_SIZE, Tile, entry_bundles, hash_tiles, tile_at


def test_path_of_the_specification() -> None:
    # C2SP tlog-tiles, "Merkle Tree": index 1234067 is x001/x234/067.
    tile = Tile(3, 1234067)
    assert tile.path == "tile/3/x001/x234/067"
    assert Tile(None, 1234067, 5).path == "tile/entries/x001/x234/067.p/5"


@pytest.mark.parametrize("index", [0, 1, 999, 1000, 1001, 999_999, 10**6, 10**9 + 7, MAX_SIZE])
@pytest.mark.parametrize("level", [None, 0, 7, 63])
@pytest.mark.parametrize("width", [1, 42, 255, 256])
def test_paths_are_read_back(level: int | None, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert Tile.parse(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000/000",
        "tile/0/x000/x001/000",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/0/X001/000",
        "tile/00/000",
        "tile/01/000",
        "tile/64/000",
        "tile/100/000",
        "tile/-1/000",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/000/",
        "tile/0/000\n",
        "/tile/0/000",
        "tile//000",
        "tile/0/../000",
        "tile/0/٠٠٠",
        "tile/Entries/000",
        "tile/0/" + "x999/" * 6 + "999",
        "tile/0/" + "x999/" * 5000 + "999",
    ],
)
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(BadInput):
        Tile.parse(path)


def test_tiles_of_70000_leaves() -> None:
    # C2SP tlog-tiles, "Partial Tiles".
    tiles = list(hash_tiles(70_000))
    assert sum(tile.level == 0 and tile.width == 256 for tile in tiles) == 273
    partial = [(tile.level, tile.index, tile.width) for tile in tiles if tile.width < 256]
    assert partial == [(0, 273, 112), (1, 1, 17), (2, 0, 1)]
    assert [tile for tile in tiles if tile.level == 1 and tile.width == 256] == [Tile(1, 0)]
    assert len(tiles) == 273 + 1 + 2 + 1
    bundles = list(entry_bundles(70_000))
    assert len(bundles) == 274 and bundles[-1] == Tile(None, 273, 112)


def test_tiles_of_256_leaves() -> None:
    # C2SP tlog-tiles, "Partial Tiles": a full level 0 tile and a level 1 tile of width 1.
    assert [tile.path for tile in hash_tiles(256)] == ["tile/0/000", "tile/1/000.p/1"]


def test_partial_widths_as_defined() -> None:
    # C2SP tlog-tiles: the partial tile at level l has floor(s / 256**l) mod 256 entries.
    for size in [*range(1025), 65_535, 65_536, 65_537, 16_777_216]:
        tiles = list(hash_tiles(size))
        for level in range(5):
            at_level = [tile for tile in tiles if tile.level == level]
            count = size // 256**level
            assert len([tile for tile in at_level if tile.width == 256]) == count // 256
            partial = [tile.width for tile in at_level if tile.width < 256]
            assert partial == ([count % 256] if count % 256 else [])
            for tile in at_level:
                assert tile_at(level, tile.index, size) == tile
            with pytest.raises(BadInput):
                tile_at(level, -(-count // 256), size)


def test_refused_sizes_and_tiles() -> None:
    for size in (-1, MAX_SIZE + 1):
        with pytest.raises(BadInput):
            list(hash_tiles(size))
        with pytest.raises(BadInput):
            list(entry_bundles(size))
    for values in ((-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)):
        with pytest.raises(BadInput):
            Tile(*values)


def test_the_largest_tree_has_eight_levels() -> None:
    assert tile_at(7, 0, MAX_SIZE).width == 127
    with pytest.raises(BadInput):
        tile_at(8, 0, MAX_SIZE)
