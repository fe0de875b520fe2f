from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.model.errors import BadInput
from firsthand.tlog.strict import (
    check_line,
    from_base64,
    from_decimal,
    hash_from_base64,
    to_base64,
)


def test_base64_of_rfc_4648() -> None:
    # RFC 4648, section 10.
    vectors = {b"": "", b"f": "Zg==", b"fo": "Zm8=", b"foo": "Zm9v", b"foobar": "Zm9vYmFy"}
    for data, text in vectors.items():
        assert to_base64(data) == text and from_base64(text, "x") == data


@pytest.mark.parametrize(
    "text",
    # Padding bits, missing or too much padding, white space, URL alphabet, not ASCII.
    [
        "Zh==",
        "Zm9=",
        "Zg",
        "Zg=",
        "Zg===",
        "Zg==\n",
        " Zg==",
        "Z g==",
        "-_-_",
        "Zg==Zg==",
        "é",
        "=",
    ],
)
def test_other_base64_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        from_base64(text, "x")


@given(st.text(alphabet="ABab01+/=-_ \n", max_size=12))
def test_base64_has_one_spelling(text: str) -> None:
    try:
        data = from_base64(text, "x")
    except BadInput:
        return
    assert base64.b64encode(data).decode() == text


def test_a_hash_has_32_bytes() -> None:
    assert hash_from_base64(to_base64(bytes(32)), "x") == bytes(32)
    for length in (0, 31, 33):
        with pytest.raises(BadInput):
            hash_from_base64(to_base64(bytes(length)), "x")


def test_decimal() -> None:
    for number in (0, 1, 9, 10, 20852163, 2**63 - 1):
        assert from_decimal(str(number), "x") == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00",
        "01",
        "+1",
        "-1",
        " 1",
        "1 ",
        "1_0",
        "1e3",
        "0x1",
        "١",
        "²",
        "1.0",
        str(2**63),
        "9" * 5000,
    ],
)
def test_other_decimals_are_refused(text: str) -> None:
    with pytest.raises(BadInput):
        from_decimal(text, "x")


@pytest.mark.parametrize("text", ["", "a\nb", "a\rb", "\x00", "a\tb", "\udce9"])
def test_lines_that_cannot_stand_in_a_note(text: str) -> None:
    with pytest.raises(BadInput):
        check_line(text, "x")
