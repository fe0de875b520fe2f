"""Reading large JSON element by element gives what reading it whole gives, and survives damage."""

from __future__ import annotations

import io
import json
import random
import tracemalloc
from typing import Any

import pytest

from firsthand.collect import json_reader
from firsthand.collect.json_stream import Element, Scalar, elements
from firsthand.model.errors import BadInput

LIST = ("list",)


def read(data: bytes, limit: int = 1 << 20, **options: Any) -> list[Scalar | Element]:
    return list(elements(io.BytesIO(data), lambda path: path[-1:] == LIST, limit, **options))


def values(found: list[Scalar | Element]) -> list[Any]:
    return [each.value for each in found if isinstance(each, Element)]


def random_value(chance: random.Random, depth: int = 0) -> Any:
    pick = chance.randrange(7 if depth < 4 else 5)
    if pick == 5:
        return [random_value(chance, depth + 1) for _ in range(chance.randrange(4))]
    if pick == 6:
        keys = [chance.choice('ab"\\[]{},:é') * chance.randrange(1, 4) for _ in range(3)]
        return {key: random_value(chance, depth + 1) for key in keys}
    text = "".join(chance.choice('"\\[]{},: \n\tخبرa') for _ in range(chance.randrange(30)))
    return [None, True, chance.randrange(10**9), "", text][pick]


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 64, 1 << 18])
def test_every_place_of_a_cut_gives_the_same(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The expected values are those of json.loads over the whole."""
    monkeypatch.setattr(json_reader, "_CHUNK", chunk)
    chance = random.Random(chunk)
    for indent in (None, 1):
        whole = [random_value(chance) for _ in range(40)]
        data = json.dumps({"about": "x", "list": whole}, indent=indent, ensure_ascii=False)
        found = read(data.encode())
        assert values(found) == json.loads(data)["list"]
        assert found[0] == Scalar(("about",), "x")


@pytest.mark.parametrize("chunk", [1, 5, 1 << 18])
@pytest.mark.parametrize(
    "bad, message",
    [
        ('{"a": nope, "b": "]}"}', "not JSON"),
        ('{"a": "\\x1f [", "b": [1]}', "not JSON"),
        ("nope", "not JSON"),
        ("", "not JSON"),
        ("[" * 50_000 + "]" * 50_000, "not JSON"),
        ('"' + 'a\\"' * 40_000 + '"', "more than 100000"),
        ('{"a": "' + "b" * 120_000 + '", "c": ["]"]}', "more than 100000"),
        ("9" * 5000, "not JSON"),
    ],
)
def test_a_bad_element_is_passed_over(
    bad: str, message: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if len(bad) > 1000:
        chunk = max(chunk, 1000)
    monkeypatch.setattr(json_reader, "_CHUNK", chunk)
    found = read(('{"list": [1, ' + bad + ", 3]}").encode(), limit=100_000)
    one, broken, three = found
    assert isinstance(broken, Element)
    assert (one.value, three.value, broken.value) == (1, 3, None)
    assert message in (broken.problem or "")


def test_an_element_is_mended() -> None:
    data = rb'{"list": [{"a": "x\x1fy"}, {"a": "\\x1f"}]}'
    found = read(data, mend=lambda text: text.replace("\\x1f", "\\u001f"))
    assert values(found) == [{"a": "x\x1fy"}, {"a": "\\x1f"}]
    assert [each.mended for each in found if isinstance(each, Element)] == [True, False]


@pytest.mark.parametrize(
    "data",
    [
        b'{"list": [1, 2',
        b'{"list": [1, 2 3]}',
        b'{"list": [1, 2], ',
        b'{"list": [1, 2], x}',
        b'{"list": [1, 2, "open]}',
    ],
)
def test_what_came_before_the_damage_is_told(data: bytes) -> None:
    got = []
    with pytest.raises(BadInput):
        for each in elements(io.BytesIO(data), lambda path: path == LIST, 100):
            got.append(each.value)
    assert got[:1] == [1]


@pytest.mark.parametrize("data", [b"", b"   ", b"{", b'{"a', b"[", b'{"a" 1}', b"{1: 2}"])
def test_no_json_at_all(data: bytes) -> None:
    with pytest.raises(BadInput):
        read(data)


@pytest.mark.parametrize("chunk", [1, 3, 50, 1 << 18])
@pytest.mark.parametrize(
    "damage",
    [
        ('"id": 3', '"id": 3, "open'),
        ('"id": 3', '"id": [[[ 3'),
        ('"id": 3', '"id": 3}}}'),
        ('"id": 3', "\0\0\0\0\0\0"),
        ('"id": 3', '"id": 3}, {"id": 33'),
        ('"text": "t3",', '"text": "t3'),
        ('"text": "t3",\n   "list": [\n    1,\n    2\n   ]\n  },', "cut},"),
    ],
)
def test_reading_goes_on_at_the_next_line(
    damage: tuple[str, str], chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_reader, "_CHUNK", chunk)
    rows = [{"id": number, "text": f"t{number}", "list": [1, 2]} for number in range(6)]
    text = json.dumps({"list": rows, "after": 1}, indent=1)
    assert text.count(damage[0]) == 1
    found = read(text.replace(*damage).encode())
    numbers = [each.get("id") for each in values(found) if isinstance(each, dict)]
    assert [number for number in numbers if number not in (3, 33)][-2:] == [4, 5]
    assert [number for number in numbers if number in (0, 1, 2)] == [0, 1, 2]
    assert found[-1] == Scalar(("after",), 1)


def test_nesting_outside_of_elements_is_bounded() -> None:
    with pytest.raises(BadInput, match="nested deeper"):
        read(b'{"a": ' + b"[" * 100_000)


def test_bytes_that_are_no_text_cost_one_letter() -> None:
    assert values(read(b'\xef\xbb\xbf{"list": ["a\xffb"]}')) == ["a\udcffb"]


def test_memory_stays_small() -> None:
    def chunks() -> bytes:
        return b'{"list": [' + b",".join(b'{"a": "%s"}' % (b"x" * 1000) for _ in range(30_000))

    data = chunks() + b', "' + b"y" * (20 << 20) + b'", 5]}'
    tracemalloc.start()
    try:
        last, count = None, 0
        for each in elements(io.BytesIO(data), lambda path: path == LIST, 1 << 20):
            last, count = each, count + 1
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 30_002 and last is not None and last.value == 5
    assert peak < 20 << 20
