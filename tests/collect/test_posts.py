"""Streams of posts: what a row becomes, and that hostile rows are outcomes, not accidents."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case
from firsthand.collect import add, recorder

Take = Callable[..., Any]
Reasons = Callable[[Any], dict[str, str]]
Lines = Callable[..., bytes]
PHOTO = b"\xff\xd8\xff\xe0photo"
DIGEST = "sha256:" + hashlib.sha256(PHOTO).hexdigest()


def post(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": str(number), "t": "2014-06-14T10:00+03:00", "platform": "twitter",
        "user": "someone", "text": f"post {number}", "lang": "en", **more,
    }  # fmt: skip


def by_ref(case: Case) -> dict[str, Any]:
    return {noun["ref"]: noun for _, noun, _ in case.catalog.sightings()}


def test_a_post_becomes_a_sighting(case: Case, inbox: Path, take: Take, write_lines: Lines) -> None:
    path = inbox / "posts.jsonl"
    data = write_lines(
        post(1, url="https://example.org/1", removed_at="2014-06-15T00:00:00Z", reply_to="9"),
        post(2, t=1402740000),
        post(3, t="2014-06-14"),
    )
    path.write_bytes(data)
    summary = take(path)
    assert summary["imports"][0]["kind"] == "posts"
    assert (summary["totals"]["done"], summary["totals"]["sightings"]) == (4, 3)
    assert case.blobs.has("sha256:" + hashlib.sha256(data).hexdigest())  # type: ignore[arg-type]
    found = by_ref(case)
    one = found["1"]
    # 10:00+03:00 is 07:00 UTC (three hours east of Greenwich); a minute was written, no seconds.
    assert one["published"]["text"] == "2014-06-14T10:00+03:00"
    assert one["published"]["bounds"] == {"start_ms": 1402729200000, "end_ms": 1402729260000}
    assert one["text"] == "sha256:" + hashlib.sha256(b"post 1").hexdigest()
    assert one["removed"]["text"] == "2014-06-15T00:00:00Z"
    assert one["links"] == [{"rel": "reply", "target": "9"}]
    assert (one["account"], one["platform"], one["url"]) == (
        "someone", "twitter", "https://example.org/1",
    )  # fmt: skip
    # date -u -d @1402740000: 2014-06-14T10:00:00Z
    assert found["2"]["published"]["bounds"]["start_ms"] == 1402740000000
    assert found["3"]["published"]["bounds"]["end_ms"] == 1402790400000
    assert case.catalog.search("post", 10)


def test_adding_twice(case: Case, inbox: Path, take: Take, write_lines: Lines) -> None:
    path = inbox / "posts.jsonl"
    (inbox / "a.jpg").write_bytes(PHOTO)
    rows = [
        post(1, media=[{"sha256": DIGEST}]),  # named before the file that has these bytes
        post(2, media=["a.jpg"]),
        post(3, repost_of="404"),
        post(3, repost_of="404"),
    ]
    path.write_bytes(write_lines(*rows))
    first = take(path)
    assert (first["totals"]["done"], first["totals"]["already"]) == (4, 1)
    before = case.catalog.counts()
    second = take(path)
    after = case.catalog.counts()
    assert second["totals"]["already"] == 5
    for kind in ("exhibit", "sightings", "gap"):
        assert after[kind] == before[kind]


def test_hostile_lines(
    case: Case, inbox: Path, take: Take, reasons: Reasons, write_lines: Lines
) -> None:
    path = inbox / "posts.jsonl"
    path.write_bytes(
        b"\xef\xbb\xbf"
        + write_lines(
            post(1),
            b'{"id": "2", "text": "\xff\xfe"}',
            b'{"id": "3", "text": ',
            b'{"id": "4", "text": "a \\ud83d b", "user": "\\udce9"}',
            b"[1, 2]",
            b'"text"',
            {"text": "no id"},
            post(8, text=["not", "text"]),
            post(9, t={"no": "time"}),
            post(10, t="on a Tuesday"),
            b"[" * 100_000,
            b'{"id": 12, "text": "null \\u0000 inside"}',
            b"1" * 5000,
            b"",
            post(15, media={"a": 1}),
            post(16, text=None, t=None, user=None),
            post(17, t="1402740000.5"),
        )
    )
    summary = take(path, kind="posts")
    found = reasons(summary)
    numbers = sorted(int(item.partition(":")[2]) for item in found)
    assert numbers == [2, 3, 5, 6, 7, 8, 9, 11, 13, 15]
    assert "not UTF-8" in found["posts.jsonl:2"]
    assert "not JSON" in found["posts.jsonl:3"]
    assert "no id" in found["posts.jsonl:7"]
    kept = by_ref(case)
    assert set(kept) == {"1", "4", "10", "12", "16", "17"}
    assert kept["4"]["account"] == "\\udce9"
    contents = {noun["ref"]: content for _, noun, content in case.catalog.sightings()}
    assert contents["4"] == "a \\ud83d b"
    assert kept["10"]["published"] == {"text": "on a Tuesday", "bounds": {}}
    assert "could not be read" in kept["10"]["remark"]
    assert "published" not in kept["16"]
    assert kept["17"]["published"]["bounds"]["start_ms"] == 1402740000500
    case.rebuild()
    assert set(by_ref(case)) == set(kept)


def test_a_line_of_100_mb_is_one_outcome_and_memory_stays_small(
    case: Case, inbox: Path, take: Take, reasons: Reasons, write_lines: Lines
) -> None:
    path = inbox / "posts.jsonl"
    size = 100 << 20
    with open(path, "wb") as stream:
        stream.write(write_lines(post(1)))
        stream.write(b'{"id": "2", "text": "')
        for _ in range(size >> 20):
            stream.write(b"a" * (1 << 20))
        stream.write(b'"}\n')
        stream.write(write_lines(post(3)))
    tracemalloc.start()
    try:
        summary = take(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert set(by_ref(case)) == {"1", "3"}
    assert list(reasons(summary)) == ["posts.jsonl:2"]
    assert "longer than 1048576" in reasons(summary)["posts.jsonl:2"]
    assert peak < 40 << 20


def test_media_beside_the_file_are_kept_and_others_are_gaps(
    case: Case, inbox: Path, take: Take, write_lines: Lines, tmp_path: Path
) -> None:
    (tmp_path / "outside.jpg").write_bytes(b"outside")
    (inbox / "m").mkdir()
    (inbox / "m" / "a.jpg").write_bytes(PHOTO)
    (inbox / "link.jpg").symlink_to(tmp_path / "outside.jpg")
    (inbox / "up").symlink_to(tmp_path)
    path = inbox / "posts.jsonl"
    other = "sha256:" + "ab" * 32
    path.write_bytes(
        write_lines(
            post(1, media=[{"path": "m/a.jpg", "sha256": DIGEST}]),
            post(2, media=["m/missing.jpg", "../outside.jpg", "/etc/hostname", "link.jpg"]),
            post(3, media=[{"sha256": other, "kind": "photo"}]),
            post(4, media="m/a.jpg; up/outside.jpg"),
            post(5, media=[{"path": "m/a.jpg", "sha256": other}]),
        )
    )
    summary = take(path)
    found = by_ref(case)
    assert found["1"]["exhibits"] == found["4"]["exhibits"] == found["5"]["exhibits"] == [DIGEST]
    assert found["2"]["exhibits"] == []
    assert found["3"]["exhibits"] == [other]  # what the export says, with a gap
    assert len(case.catalog.nouns("exhibit")) == 2  # the photo and the file of posts
    gaps = {noun.data["what"]: noun.data for noun in case.catalog.nouns("gap")}
    assert set(gaps) == {
        "media m/missing.jpg", "media ../outside.jpg", "media /etc/hostname", "media link.jpg",
        f"media {other}", "media up/outside.jpg",
    }  # fmt: skip
    assert gaps["media m/missing.jpg"]["reason"] == "not contained in the export"
    assert gaps["media m/missing.jpg"]["mentioned_in"] == found["2"]["id"]
    assert "unsafe path" in gaps["media ../outside.jpg"]["reason"]
    assert "symbolic link" in gaps["media link.jpg"]["reason"]
    assert summary["totals"]["gaps"] == 6


def test_an_original_that_is_held_is_no_gap(
    case: Case, inbox: Path, take: Take, write_lines: Lines
) -> None:
    path = inbox / "posts.jsonl"
    rows = [post(1, repost_of="2"), post(2), post(3, repost_of="99"), post(4, repost_of="99")]
    path.write_bytes(write_lines(*rows))
    take(path)
    (gap,) = [noun.data for noun in case.catalog.nouns("gap")]
    assert (gap["ref"], gap["mentioned_in"]) == ("99", by_ref(case)["3"]["id"])


def test_csv(case: Case, inbox: Path, take: Take, reasons: Reasons) -> None:
    (inbox / "a.jpg").write_bytes(PHOTO)
    path = inbox / "posts.csv"
    path.write_bytes(
        "\ufeffid,t,platform,user,text,media\r\n"
        '1,2014-06-14T10:00+03:00,telegram,x,"two\r\nlines, تكريت",a.jpg\r\n'
        "2,2014-06-14,telegram,x,plain,a.jpg;".encode()
        + b"b.jpg\r\n3,too,few\r\n4,2014,telegram,\xff,bad,\r\n5,2014,telegram,x,last,\r\n"
    )
    summary = take(path)
    assert summary["imports"][0]["kind"] == "posts"
    found = by_ref(case)
    assert set(found) == {"1", "2", "5"}
    assert found["1"]["published"]["bounds"]["start_ms"] == 1402729200000
    assert found["1"]["exhibits"] == found["2"]["exhibits"] == [DIGEST]
    contents = {noun["ref"]: content for _, noun, content in case.catalog.sightings()}
    assert contents["1"] == "two\r\nlines, تكريت"
    assert "columns" in reasons(summary)["posts.csv:5"]
    assert "not UTF-8" in reasons(summary)["posts.csv:6"]
    assert summary["totals"]["gaps"] == 1


def test_csv_with_a_quote_that_never_ends(
    case: Case, inbox: Path, take: Take, reasons: Reasons
) -> None:
    path = inbox / "posts.csv"
    body = b'id,t,text\n1,2014,fine\n2,2014,"open\n' + b"3,2014,swallowed\n" * 20_000
    path.write_bytes(body)
    summary = take(path)
    assert "1" in by_ref(case)
    assert summary["totals"]["failed"] >= 1
    assert any("field limit" in reason for reason in reasons(summary).values())


class Crash(Exception):
    """Stands for a process that ends."""


def test_a_crash_in_the_second_part(
    case: Case, inbox: Path, take: Take, write_lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = inbox / "posts.jsonl"
    path.write_bytes(write_lines(*(post(number) for number in range(100))))
    monkeypatch.setattr(recorder, "PART_ROWS", 30)
    real = case.ledger.append
    calls = [0]

    def append(*args: Any) -> Any:
        calls[0] += 1
        if calls[0] == 3:
            raise Crash
        return real(*args)

    monkeypatch.setattr(case.ledger, "append", append)
    with pytest.raises(Crash):
        add(case, [path])
    monkeypatch.setattr(case.ledger, "append", real)
    assert len(by_ref(case)) == 30
    summary = take(path)
    assert (summary["totals"]["already"], summary["totals"]["done"]) == (31, 70)
    counts = case.catalog.counts()
    assert (counts["sightings"], counts["exhibit"]) == (100, 1)


def test_json_that_is_no_post_is_a_file(case: Case, inbox: Path, take: Take) -> None:
    path = inbox / "config.json"
    path.write_text(json.dumps({"a": 1}))
    assert take(path)["imports"][0]["kind"] == "folder"
    assert by_ref(case)["config.json"]["platform"] == "file"


def test_a_digest_that_is_none_does_not_cost_the_post(case: Any, tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text(
        '{"id":"1","t":"2014-06-14T10:00:00+03:00","platform":"x","user":"a","text":"t",'
        '"media":[{"sha256":"abc","kind":"image"}]}\n'
    )
    totals = add(case, [path])["totals"]
    assert (totals["done"], totals["failed"], totals["sightings"], totals["gaps"]) == (2, 0, 1, 1)


def test_what_was_not_read_is_told(inbox: Path, take: Take, write_lines: Lines) -> None:
    path = inbox / "posts.jsonl"
    lost = {"id": "7", "platform": "x", "account": "a", "published": "2014-06-14"}
    path.write_bytes(write_lines(post(1), lost, post(2, t="13.06.2014", published="yesterday")))
    (found,) = take(path)["imports"]
    assert found["sightings"] == 3
    assert {note["what"].partition(" (")[0]: note["items"] for note in found["notes"]} == {
        "field published is not read": 2,
        "field account is not read": 1,
        "field t is missing or empty: nothing bounds them": 1,
        "the time in field t cannot be read: nothing bounds them": 1,
    }


def test_posts_without_a_time_or_text_are_posts(
    inbox: Path, take: Take, write_lines: Lines
) -> None:
    # What export-posts writes of plain files.
    path = inbox / "posts.jsonl"
    path.write_bytes(write_lines({"id": "a/b.jpg", "platform": "file", "media": []}))
    assert take(path)["imports"][0]["kind"] == "posts"
