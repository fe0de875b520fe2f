"""The index on disk: what is added is found, what is removed is not, and nothing is half there."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from firsthand.case.files import Files
from firsthand.match.index.builder import Builder
from firsthand.match.index.search import Index
from firsthand.match.index.segment import Segment
from firsthand.match.index.store import Store
from firsthand.match.local.codes import CODE
from firsthand.model.errors import BadInput, StorageFailed

Kept = dict[bytes, set[bytes]]


def name(number: int) -> bytes:
    return sha256(b"%d" % number).digest()


def codes_of(number: int, count: int = 7) -> tuple[np.ndarray, np.ndarray]:
    dice = np.random.default_rng(number)
    codes = np.frombuffer(dice.bytes(count * CODE.itemsize), CODE)
    return codes, dice.integers(0, 65536, count).astype(np.uint16)


def expected(numbers: list[int]) -> Kept:
    """Return bits, geometry and word of each code, as they were given."""
    rows = {}
    for number in numbers:
        codes, words = codes_of(number)
        rows[name(number)] = {
            code.tobytes() + word.tobytes() for code, word in zip(codes, words, strict=True)
        }
    return rows


def kept(folder: Path) -> Kept:
    """Return the same of all pictures that the index holds, read from its files."""
    rows: Kept = {}
    for each in Store(folder).segments():
        for at in range(len(each)):
            if each.alive is None or each.alive[at]:
                assert each.name(at) not in rows, "a picture is there twice"
                rows[each.name(at)] = codes_in(each, at)
    return rows


def codes_in(each: Segment, picture: int) -> set[bytes]:
    words = each.words()
    return {
        b"".join(part[row].tobytes() for part in (each.low, each.high, each.geometry, words))
        for row in np.flatnonzero(each.pictures == picture)
    }


def fill(folder: Path | Store, numbers: range, most: int = 1 << 16) -> None:
    with Builder(folder, most) as builder:
        for number in numbers:
            builder.add_codes(name(number), *codes_of(number))


def test_pictures_are_added_bit_by_bit(tmp_path: Path) -> None:
    assert kept(tmp_path) == {}
    fill(tmp_path, range(10))
    fill(tmp_path, range(10, 15))
    assert kept(tmp_path) == expected([*range(15)])
    assert len(Index.open(tmp_path)) == 15


def test_segments_are_split_and_merged(tmp_path: Path) -> None:
    fill(tmp_path, range(20), most=6)
    assert [len(each) for each in Store(tmp_path).segments()] == [6, 6, 6, 2]
    Store(tmp_path).compact(12)
    assert [len(each) for each in Store(tmp_path).segments()] == [12, 8]
    assert kept(tmp_path) == expected([*range(20)])
    assert len([path for path in tmp_path.glob("s*") if path.is_dir()]) == 2
    assert Store(tmp_path).damaged() == []


def test_many_small_segments_are_merged_by_themselves(tmp_path: Path) -> None:
    for number in range(12):
        fill(tmp_path, range(number, number + 1))
    assert len(Store(tmp_path).segments()) <= 9
    assert kept(tmp_path) == expected([*range(12)])


def test_a_picture_added_again_replaces_the_old_one(tmp_path: Path) -> None:
    fill(tmp_path, range(5))
    with Builder(tmp_path) as builder:
        builder.add_codes(name(2), *codes_of(77))
        builder.add_codes(name(8), *codes_of(8))
    wanted = expected([0, 1, 3, 4, 8]) | {name(2): expected([77])[name(77)]}
    assert kept(tmp_path) == wanted
    Store(tmp_path).compact()
    assert kept(tmp_path) == wanted


def test_what_is_removed_is_not_found_and_goes_when_merged(tmp_path: Path) -> None:
    fill(tmp_path, range(6))
    fill(tmp_path, range(6, 9))
    store = Store(tmp_path)
    assert store.remove([name(1), name(7), name(99)]) == 2
    assert store.remove([name(1)]) == 0
    left = expected([0, 2, 3, 4, 5, 6, 8])
    assert kept(tmp_path) == left
    assert len(Index.open(tmp_path)) == 7
    store.compact()
    assert kept(tmp_path) == left
    (only,) = store.segments()
    assert len(only) == 7 and len(only.low) == 49, "removed codes are still on the disk"
    assert store.remove([name(number) for number in range(9)]) == 7
    store.compact()
    assert store.segments() == [] and kept(tmp_path) == {}


def test_names_that_begin_alike_are_told_apart(tmp_path: Path) -> None:
    names = [b"equal 8 " + bytes([number]) * 24 for number in range(4)]
    Store(tmp_path).add(names, *codes_of(1, 8), np.array([2, 2, 2, 2]))
    (only,) = Store(tmp_path).segments()
    assert only.find([*names, b"equal 8 " + b"x" * 24, bytes(32)]).tolist() == [0, 1, 2, 3, -1, -1]


def test_a_picture_without_keypoints_is_kept(tmp_path: Path) -> None:
    with Builder(tmp_path) as builder:
        builder.add_codes(name(1), *codes_of(1, 0))
    assert kept(tmp_path) == {name(1): set()}


def test_a_reader_goes_on_while_segments_are_merged(tmp_path: Path) -> None:
    fill(tmp_path, range(8), most=4)
    before = Store(tmp_path).segments()
    Store(tmp_path).compact()
    assert {each.name(at): codes_in(each, at) for each in before for at in range(4)} == expected(
        [*range(8)]
    )


class Crash(Exception):
    pass


class CrashingFiles(Files):
    """Stops for good at the n-th step; the last write before it is torn."""

    def __init__(self, left: int) -> None:
        self.left = left

    def _step(self) -> None:
        if self.left <= 0:
            raise Crash
        self.left -= 1

    def extend(self, fd: int, data: memoryview) -> None:
        if self.left <= 0:
            os.write(fd, data[: len(data) // 2])
        self._step()
        super().extend(fd, data)

    def create(self, path: Path) -> int:
        self._step()
        return super().create(path)

    def flush(self, fd: int) -> None:
        self._step()
        super().flush(fd)

    def rename(self, source: Path, target: Path) -> None:
        self._step()
        super().rename(source, target)

    def sync_dir(self, path: Path) -> None:
        self._step()
        super().sync_dir(path)


@pytest.mark.parametrize("work", ["add", "replace", "remove", "compact"])
def test_a_crash_at_any_step_leaves_the_old_or_the_new_index(tmp_path: Path, work: str) -> None:
    old = expected([*range(6)])
    new = {
        "add": expected([*range(9)]),
        "replace": old | {name(3): expected([50])[name(50)]},
        "remove": expected([0, 1, 2, 3, 5]),
        "compact": old,
    }[work]
    seen = set()
    for steps in range(100):
        folder = tmp_path / str(steps)
        fill(folder, range(6), most=3)
        store = Store(folder, CrashingFiles(steps))
        try:
            if work == "add":
                fill(store, range(6, 9))
            elif work == "replace":
                with Builder(store) as builder:
                    builder.add_codes(name(3), *codes_of(50))
            elif work == "remove":
                store.remove([name(4)])
            else:
                store.compact()
        except Crash:
            found = kept(folder)
            assert found in (old, new)
            seen.add("new" if found == new else "old")
            fill(folder, range(20, 21))  # the next writer sweeps and goes on
            assert kept(folder) == found | expected([20])
            known = {each.folder.name for each in Store(folder).segments()}
            assert {path.name for path in folder.glob("s*") if path.is_dir()} == known
            assert Store(folder).damaged() == []
            continue
        assert kept(folder) == new
        break
    else:
        raise AssertionError("it never came to an end")
    assert steps > 3
    assert "old" in seen or work == "compact"


@pytest.mark.parametrize("file", ["names", "starts", "low", "high", "geometry", "pictures"])
def test_a_torn_file_is_refused(tmp_path: Path, file: str) -> None:
    fill(tmp_path, range(5))
    (path,) = tmp_path.glob(f"s*/{file}.bin")
    os.truncate(path, path.stat().st_size - 1)
    with pytest.raises(StorageFailed, match="damaged") as caught:
        Index.open(tmp_path)
    assert file in caught.value.why and "build it again" in caught.value.hint
    assert Store(tmp_path).damaged() == [f"{path.parent.name}/{file}.bin"]


@pytest.mark.parametrize("file", ["names", "starts", "low", "geometry"])
def test_a_changed_byte_is_found(tmp_path: Path, file: str) -> None:
    fill(tmp_path, range(5))
    (path,) = tmp_path.glob(f"s*/{file}.bin")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert Store(tmp_path).damaged() == [f"{path.parent.name}/{file}.bin"]
    if file in ("names", "starts"):  # these would lead a search astray, so opening finds it
        with pytest.raises(StorageFailed, match="damaged"):
            Index.open(tmp_path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, range(5))
    next(tmp_path.glob("s*/low.bin")).unlink()
    with pytest.raises(StorageFailed, match="missing"):
        Index.open(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 3}'])
def test_an_index_that_says_nothing_of_use_is_refused(tmp_path: Path, text: str) -> None:
    fill(tmp_path, range(2))
    (tmp_path / "index.json").write_text(text)
    with pytest.raises((StorageFailed, BadInput), match=r"index") as caught:
        Index.open(tmp_path)
    assert "build it again" in caught.value.hint


def test_an_index_of_other_tables_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, range(2))
    said = json.loads((tmp_path / "index.json").read_text())
    (tmp_path / "index.json").write_text(json.dumps(said | {"tables": "codes-0"}))
    with pytest.raises(BadInput, match="codes-0"):
        Index.open(tmp_path)


def test_names_must_be_digests_and_once(tmp_path: Path) -> None:
    codes, words = codes_of(1, 2)
    with pytest.raises(ValueError, match="32"):
        Store(tmp_path).add([b"short"], codes, words, np.array([2]))
    with pytest.raises(ValueError, match="once"):
        Store(tmp_path).add([name(1), name(1)], codes, words, np.array([1, 1]))


def test_bytes_on_disk(tmp_path: Path) -> None:
    """The promise is 8,000 bytes a picture with 300 keypoints, a share of 262 kB included."""
    with Builder(tmp_path) as builder:
        for number in range(300):
            builder.add_codes(name(number), *codes_of(number, 300))
    sizes = {path.name: path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()}
    starts = sizes.pop("starts.bin")
    assert sum(sizes.values()) / 300 + starts / 65_536 < 6_700
