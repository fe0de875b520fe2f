from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.model.errors import BadInput
from firsthand.tlog import decode_bundle, encode_bundle
from firsthand.tlog.bundles import split_bundles


def test_layout() -> None:
    # C2SP tlog-tiles, "Log entries": big-endian uint16 lengths.
    assert encode_bundle([b"a", b"", b"x" * 258]) == b"\0\1a\0\0\1\2" + b"x" * 258


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_entries_are_read_back(entries: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(entries), len(entries)) == entries


def test_longest_entry() -> None:
    entry = b"x" * 65_535
    assert decode_bundle(encode_bundle([entry, b"y"]), 2) == [entry, b"y"]
    with pytest.raises(BadInput) as caught:
        encode_bundle([b"", entry + b"x"])
    assert caught.value.hint


@pytest.mark.parametrize("count", [0, 257])
def test_bundles_of_other_counts(count: int) -> None:
    with pytest.raises(BadInput):
        encode_bundle([b""] * count)


def test_every_cut_and_a_wrong_width_are_noticed() -> None:
    data = encode_bundle([b"one", b"", b"three"])
    for end in range(len(data)):
        with pytest.raises(BadInput):
            decode_bundle(data[:end], 3)
    for width in (0, 2, 4):
        with pytest.raises(BadInput):
            decode_bundle(data, width)
    with pytest.raises(BadInput):
        decode_bundle(data + b"\0", 3)


def test_entries_are_cut_at_bundle_borders() -> None:
    entries = [bytes((number % 251,)) for number in range(600)]
    for first in (0, 1, 255, 256, 257, 511):
        pieces = split_bundles(first, entries)
        assert [entry for _, piece in pieces for entry in piece] == entries
        assert [index for index, _ in pieces] == list(range(first // 256, (first + 599) // 256 + 1))
        assert all(len(piece) == 256 for _, piece in pieces[1:-1])
    assert split_bundles(5, []) == []
