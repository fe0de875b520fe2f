"""Python literals of others: read, never run, and bounded however hostile they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from firsthand.collect.literals import read_literal
from firsthand.model.errors import BadInput


# Expected: what Python's own repr was made from.
@pytest.mark.parametrize(
    "value",
    [
        None, True, False, 0, -12, "", "it's", 'say "x"', "a\\b\n\u202eت😀", b"\x00\xff", [], {},
        {"a": [1, [2, {"b": None}]], 3: "x"}, datetime(2024, 5, 4, 7, 0, 1, 5, tzinfo=UTC),
        datetime(2024, 5, 4), datetime(2024, 5, 4, tzinfo=timezone(timedelta(hours=3))),
        datetime(2024, 5, 4, tzinfo=timezone(timedelta(hours=-5), "x")),
        timedelta(days=-1, seconds=3),
    ],
)  # fmt: skip
def test_what_repr_writes_is_read_back(value: object) -> None:
    assert read_literal(repr(value)) == value


def test_forms_of_their_own() -> None:
    assert read_literal("(1, 'a',)") == [1, "a"]
    assert read_literal("{'a', 'b'}") == ["a", "b"]
    assert read_literal("[1.5, 1e300, nan]") == ["1.5", "1e300", None]
    zoned = "datetime.datetime(2024, 5, 4, 10, 0, tzinfo=tzoffset(None, 10800))"
    assert read_literal(zoned) == datetime(2024, 5, 4, 7, 0, tzinfo=UTC)
    local = read_literal("datetime.datetime(2024, 5, 4, 10, 0, tzinfo=tzlocal())")
    assert local == datetime(2024, 5, 4, 10, 0)
    assert local.tzinfo is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("__import__('os').system('true')", "not known"),
        ("open('x')", "not known"),
        ("datetime.datetime.now()", "not known"),
        ("(lambda: 0)()", "not known"),
        ("[x for x in ()]", "not known"),
        ("f'{1}'", "not known"),
        ("'a' * 10**9", "cannot be read"),
        ("[" * 100_000, "nested deeper"),
        ("{'a':" * 100_000, "nested deeper"),
        ("-" * 100_000 + "1", "cannot be read"),
        ("9" * 100_000, "Exceeds the limit"),
        ("x" * 2_000_000, "are more than"),
        ("datetime.datetime(99999, 1, 1)", "out of range"),
        ("datetime.timedelta(days=9999999999)", "timedelta"),
        ("datetime.datetime(2024, 1, 1, evil=1)", "datetime"),
        ("{[1]: 2}", "not plain"),
        ("'cut off", "cannot be read"),
        (r"'\x'", "'"),
        ("", "cut off"),
        ("[1,", "cut off"),
        ("1 2", "follows"),
        ("{1: 2, 3}", "neither"),
    ],
)
def test_what_is_no_plain_literal_is_refused(text: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        read_literal(text)
