"""Requests and answers as bytes: rubbish is refused, and ends quickly."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from firsthand.model.errors import BadInput
from firsthand.tlog import der, rfc3161


def test_a_request_of_another_library_is_read() -> None:
    built = TimestampRequestBuilder().data(b"x").hash_algorithm(HashAlgorithm.SHA256).build()
    asked = rfc3161.read_request(built.as_bytes())
    assert asked.imprint == hashlib.sha256(b"x").digest()
    assert asked.nonce == built.nonce
    assert asked.policy is None


def test_a_request_over_another_hash_is_refused() -> None:
    built = TimestampRequestBuilder().data(b"x").hash_algorithm(HashAlgorithm.SHA512).build()
    with pytest.raises(BadInput, match="SHA-256"):
        rfc3161.read_request(built.as_bytes())


@given(st.binary(max_size=200))
def test_rubbish_is_refused(data: bytes) -> None:
    for read in (rfc3161.read_answer, rfc3161.read_request):
        with pytest.raises(BadInput):
            read(data)


trees = st.recursive(
    st.builds(der.tlv, st.sampled_from([1, 2, 3, 4, 5, 6, 0x0C, 0x18]), st.binary(max_size=12)),
    lambda inner: st.builds(
        lambda tag, parts: der.tlv(tag, *parts),
        st.sampled_from([0x30, 0x31, 0xA0, 0xA1]),
        st.lists(inner, max_size=5),
    ),
    max_leaves=30,
)


@given(trees)
def test_well_formed_rubbish_raises_nothing_else(data: bytes) -> None:
    try:
        answer = rfc3161.read_answer(data)
    except BadInput:
        return
    assert answer.token is None


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=8), st.integers(0, 39))
def test_object_identifiers_survive(arcs: list[int], second: int) -> None:
    text = ".".join(map(str, (1, second, *arcs)))
    assert der.whole(der.oid(text)).oid() == text


@given(st.integers(0, 2**200))
def test_numbers_survive(number: int) -> None:
    assert der.whole(der.integer(number)).integer() == number
