"""What an entry commits to: salted fields, some of them withheld, none of them changeable."""

from __future__ import annotations

import json

import pytest

from firsthand.case.openings import MAX_LINE, Opening, check, fields_root, read_line, seal_fields
from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.tlog.merkle import leaf_hash


def seal(index: int, fields: dict[str, object]) -> tuple[Opening, bytes]:
    """Return an opening as it is read back, and the root that its entry carries."""
    sealed = seal_fields(fields)
    return read_line(sealed.line(index).rstrip(b"\n")), sealed.root


FIELDS = {"body": {"name": "أبو"}, "at_ms": 1, "by": "me", "objects": []}


def test_salts_are_fresh_and_hide_equal_fields() -> None:
    (one, first), (two, second) = seal(0, FIELDS), seal(0, FIELDS)
    assert first != second
    salts = {part[0] for opening in (one, two) for part in opening.parts}
    assert len(salts) == 8  # one for each field of each entry
    assert all(len(salt) == 32 and int(salt, 16) >= 0 for salt in salts)


def test_an_opening_survives_its_line() -> None:
    read, committed = seal(7, FIELDS)
    assert (read.index, read.fields, read.withheld) == (7, FIELDS, 0)
    check(read, committed)


def test_any_field_can_be_withheld() -> None:
    opening, committed = seal(7, FIELDS)
    for number, part in enumerate(opening.parts):
        # docs/case-format.md: the leaf data is the canonical JSON of [salt, name, value]
        data = json.dumps(part, separators=(",", ":"), ensure_ascii=False, sort_keys=True).encode()
        parts = list(opening.parts)
        parts[number] = leaf_hash(data).hex()
        line = json.dumps(
            {"f": parts, "i": 7}, separators=(",", ":"), ensure_ascii=False, sort_keys=True
        )
        read = read_line(line.encode())
        check(read, committed)
        assert read.withheld == 1
        assert part[1] not in read.fields
        assert (read.body is None) == (part[1] == "body")


@pytest.mark.parametrize("where", [0, 1, 2])
def test_a_changed_salt_name_or_value_is_found(where: int) -> None:
    opening, committed = seal(7, FIELDS)
    for number in range(4):
        parts = [list(part) for part in opening.parts]
        parts[number][where] = "0" * 32 if where == 0 else "x"
        assert fields_root(parts) != committed
        line = json.dumps(
            {"f": parts, "i": 7}, separators=(",", ":"), ensure_ascii=False, sort_keys=True
        )
        with pytest.raises(VerificationFailed, match="entry 7"):
            check(read_line(line.encode()), committed)


def test_fields_cannot_be_left_out_silently() -> None:
    opening, committed = seal(7, FIELDS)
    assert fields_root(opening.parts[1:]) != committed


@pytest.mark.parametrize("line", [b"", b"{}", b'{"f":1,"i":0}', b'{"f":[1],"i":0}', b'{"f":[[]]}'])
def test_lines_of_another_shape_are_refused(line: bytes) -> None:
    with pytest.raises(BadInput):
        read_line(line)


def test_what_a_verifier_would_refuse_is_not_recorded() -> None:
    seal_fields({"body": "x" * (MAX_LINE - 1000)})
    with pytest.raises(BadInput, match="16777"):
        seal_fields({"body": "x" * MAX_LINE})
    deep: object = 1
    for _ in range(62):
        deep = [deep]
    with pytest.raises(BadInput, match="nested"):
        seal_fields({"body": deep})
