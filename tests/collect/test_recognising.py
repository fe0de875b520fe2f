"""Recognition looks at hostile content; whatever it is, it gives a kind and never raises."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firsthand.collect import KINDS, recognise

NAMES = (
    "type", "id", "claims", "question", "path", "text", "t", "user", "messages", "chats", "name",
    "extractor", "webpage_url", "category", "subcategory", "_type", "date", "url", "filename",
    "extension", "epoch", "tweet", "status", "metadata", "media", "date_unixtime", "list",
)  # fmt: skip
FILES = (
    "a.jsonl", "a.json", "documents.json", "result.json", "a.info.json", "a.jpg.json", "tweets.js",
    "tweet.js", "_chat.txt", "WhatsApp Chat with X.txt", "db.csv", "a.csv", "a.txt",
    "metadata.json",
)  # fmt: skip
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
values = st.recursive(
    scalars | st.sampled_from(["claim", "message", "personal_chat", "video"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), inner, max_size=5)
    ),
    max_leaves=12,
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(values, max_size=4), st.sampled_from(FILES), st.booleans())
def test_any_json_has_a_kind(tmp_path: Path, rows: list[Any], name: str, lines: bool) -> None:
    text = "\n".join(json.dumps(row) for row in rows) if lines else json.dumps(rows[:1] or rows)
    path = tmp_path / name
    path.write_text(("window.YTD.tweets.part0 = " if name.endswith(".js") else "") + text)
    assert recognise(path) in KINDS
    assert recognise(tmp_path) in KINDS
    path.unlink()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe\0", b"{", b"[" * 100_000, b'{"type": ["claim"]}', b'{"type": {}}\n',
     b"\0" * 99, b"PK\x03\x04", b"window.YTD.tweets.part0 = ", b"id,text\n\x00",
     b"14/06/2014, 21:03 - "],
)  # fmt: skip
def test_any_bytes_have_a_kind(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    assert recognise(tmp_path / name) in KINDS
    assert recognise(tmp_path) in KINDS
