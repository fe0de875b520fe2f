"""Posts: a row carries every field of a sighting, and what platform importers share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case
from firsthand.collect import add

Take = Callable[..., Any]
Reasons = Callable[[Any], dict[str, str]]
Lines = Callable[..., bytes]
PHOTO = b"\xff\xd8\xff\xe0photo"
DIGEST = "sha256:" + hashlib.sha256(PHOTO).hexdigest()
TEXT = "sha256:" + hashlib.sha256(b"a text held elsewhere").hexdigest()

FULL = {
    "id": "https://example.org/a", "platform": "web", "user": "Example Wire", "title": "A title",
    "t": "a Tuesday in June", "url": "https://example.org/a?x=1", "lang": "ar",
    "t_bounds": {"earliest": "2014-06-10T00:00:00.250Z", "latest": None},
    "removed_at": "later", "removed_bounds": {"earliest": None, "latest": "2014-07-01T00:00:00Z"},
    "links": [{"rel": "forward", "target": "42"}, {"rel": "repost", "target": "7"}],
    "repost_of": "7", "media": [{"sha256": DIGEST, "media_type": "image/jpeg"}],
    "shows": ["killing", "trench"], "known_through": TEXT, "text_sha256": TEXT, "remark": "told",
}  # fmt: skip


def sightings(case: Case) -> dict[str, Any]:
    return {noun["ref"]: noun for _, noun, _ in case.catalog.sightings()}


def test_a_row_carries_every_field(case: Case, inbox: Path, take: Take, write_lines: Lines) -> None:
    path = inbox / "posts.jsonl"
    path.write_bytes(write_lines(FULL))
    assert take(path)["outcomes"] == []
    found = sightings(case)["https://example.org/a"]
    identity = found.pop("id")
    assert found == {
        "platform": "web", "ref": "https://example.org/a", "account": "Example Wire",
        "url": "https://example.org/a?x=1", "title": "A title", "lang": "ar", "remark": "told",
        # date -u -d @1402358400: 2014-06-10; date -u -d @1404172800: 2014-07-01
        "published": {"text": "a Tuesday in June", "bounds": {"start_ms": 1402358400250}},
        "removed": {"text": "later", "bounds": {"end_ms": 1404172800000}},
        "exhibits": [DIGEST], "text": TEXT, "shows": ["killing", "trench"], "known_through": TEXT,
        "links": [{"rel": "forward", "target": "42"}, {"rel": "repost", "target": "7"}],
    }  # fmt: skip
    # The identity by its definition: platform, id, account, time as written, exhibits, text.
    parts = ["web", FULL["id"], "Example Wire", FULL["t"], [DIGEST], TEXT]
    written = "[" + ",".join(f'"{part}"' if isinstance(part, str) else f'["{DIGEST}"]'
                             for part in parts) + "]"  # fmt: skip
    assert identity == "sighting:" + hashlib.sha256(written.encode()).hexdigest()
    gaps = {noun.data["what"] for noun in case.catalog.nouns("gap")}
    assert gaps == {f"media {DIGEST}", "post 7 on web"}


def test_stated_bounds_and_remarks_are_taken_at_their_word(
    case: Case, inbox: Path, take: Take, write_lines: Lines
) -> None:
    unknown = {"earliest": None, "latest": None}
    path = inbox / "posts.jsonl"
    path.write_bytes(
        write_lines(
            {"id": "1", "t": "whenever", "text": "a"},
            {"id": "2", "t": "whenever", "text": "b", "t_bounds": unknown},
            {"id": "3", "t": "whenever", "text": "c", "remark": "mine"},
            {"id": "4", "t": 1402740000, "text": "d"},
            {"id": "5", "t": "2014-06-14T10:00:00Z", "text": "e"},
        )
    )
    take(path)
    found = sightings(case)
    assert found["1"]["remark"] == "the publication time could not be read"
    assert "remark" not in found["2"]
    assert found["3"]["remark"] == "mine"
    # date -u -d @1402740000: 2014-06-14T10:00:00Z
    assert found["4"]["published"]["bounds"] == found["5"]["published"]["bounds"]


@pytest.mark.parametrize(
    "field, value",
    [
        ("t_bounds", "2014"),
        ("t_bounds", {"earliest": "soon"}),
        ("t_bounds", {"earliest": 5}),
        ("t_bounds", {"earliest": "2014-06-14T10:00:00Z", "latest": "2014-06-13T10:00:00Z"}),
        ("links", {"rel": "reply"}),
        ("links", ["9"]),
        ("links", [{"rel": "reply"}]),
        ("links", [[[[]]]]),
        ("shows", "killing"),
        ("shows", [1]),
        ("known_through", "sha256:abc"),
        ("text_sha256", "no"),
        ("title", ["x"]),
    ],
)
def test_a_field_of_the_wrong_kind_costs_one_row(
    case: Case, inbox: Path, take: Take, write_lines: Lines, field: str, value: Any
) -> None:
    path = inbox / "posts.jsonl"
    rows = [{"id": "1", "t": "2014", "text": "a", field: value}, {"id": "2", "text": "b"}]
    path.write_bytes(write_lines(*rows))
    summary = take(path, kind="posts")
    assert [row["item"] for row in summary["outcomes"]] == ["posts.jsonl:1"]
    assert set(sightings(case)) == {"2"}


def test_media_may_come_later(case: Case, inbox: Path, take: Take, write_lines: Lines) -> None:
    path = inbox / "posts.jsonl"
    path.write_bytes(write_lines({"id": "1", "text": "a", "media": [{"sha256": DIGEST}]}))
    take(path)
    before = sightings(case)
    (inbox / "a.jpg").write_bytes(PHOTO)
    add(case, [inbox / "a.jpg"])
    row = {"id": "1", "text": "a", "media": [{"sha256": DIGEST, "path": "a.jpg"}]}
    path.write_bytes(write_lines(row))
    assert take(path)["totals"]["sightings"] == 0
    assert sightings(case)["1"] == before["1"]
