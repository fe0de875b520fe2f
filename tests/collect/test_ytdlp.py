"""What yt-dlp 2026.10.26 really wrote, and files that only look like it.

Expected values: the generated site (tools/fixture_site.py) and the names of the files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case

Take = Callable[..., Any]
Reasons = Callable[[Any], dict[str, str]]
PAGE = "http://quarry-news.example:8931/video/clip.html"


def digest(path: Path) -> str:
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def sightings(case: Case, platform: str) -> dict[str, Any]:
    found = [(noun, text) for _, noun, text in case.catalog.sightings()]
    return {noun["ref"]: (noun, text) for noun, text in found if noun["platform"] == platform}


@pytest.fixture
def fixtures(repository: Path) -> Path:
    return repository / "tests" / "fixtures" / "yt-dlp"


def test_a_clip_on_a_page(case: Case, take: Take, fixtures: Path) -> None:
    summary = take(fixtures)
    assert summary["imports"][0]["kind"] == "yt-dlp"
    assert summary["outcomes"] == []
    noun, _ = sightings(case, "web")[PAGE]
    files = {path.suffix: digest(path) for path in fixtures.iterdir()}
    assert set(noun["exhibits"]) == {files[".mp4"], files[".vtt"], files[".png"]}
    subtitles = case.catalog.noun("exhibit", files[".vtt"])
    assert subtitles is not None
    assert subtitles.data["media_type"] == "text/plain"
    assert noun["title"] == "Clip from the quarry (1)"
    # What the file calls so is the server's Last-Modified; its epoch is when it was fetched.
    when = noun["published"]
    assert (when["text"], when["bounds"]) == ("captured 1795595476", {"end_ms": 1795595477000})
    assert "1714806000 is not taken" in noun["remark"]
    assert "fetched at 2026-11-25T08:31:16Z" in noun["remark"]
    assert case.catalog.has("exhibit", files[".json"])
    assert not case.catalog.nouns("gap")
    again = take(fixtures)
    assert again["totals"]["done"] == 0
    one = take(next(fixtures.glob("*.info.json")))
    assert one["imports"][0]["kind"] == "yt-dlp"
    assert one["totals"]["done"] == 0


def video(folder: Path, name: str, **fields: Any) -> Path:
    """Write an info file by hand; keys as in the README of yt-dlp (output template, fields)."""
    body = {
        "_type": "video", "id": "abc", "extractor": "Example:clip", "ext": "mp4",
        "webpage_url": "https://example.org/v/abc", "title": "T", "description": "words",
        "uploader_id": "@ann", "upload_date": "20240504",
    }  # fmt: skip
    path = folder / f"{name}.info.json"
    path.write_text(json.dumps({**body, **fields}))
    return path


def test_a_video_of_a_platform_with_comments(
    case: Case, take: Take, reasons: Reasons, inbox: Path
) -> None:
    comments = [
        {"id": "c1", "parent": "root", "author_id": "bob", "text": "where?",
         "timestamp": 1714806000},
        {"id": "c2", "parent": "c1", "author": "cid", "text": "there"},
        {"id": "c3", "parent": "root", "text": "late", "timestamp": 1700000000,
         "_time_text": "6 months ago"},
        "nonsense",
    ]  # fmt: skip
    video(inbox, "A", comments=comments, timestamp="1714810000.5", epoch=1714900000)
    video(inbox, "A.B", id="other", upload_date="2024")
    for name in ("A.mp4", "A.en.vtt", "A.B.mp4", "A.B.jpg", "note.txt"):
        (inbox / name).write_bytes(name.encode())
    summary = take(inbox)
    found = sightings(case, "example")
    noun, text = found["abc"]
    assert (noun["account"], text, noun["title"]) == ("@ann", "words", "T")
    assert noun["published"]["text"] == "1714810000"
    assert set(noun["exhibits"]) == {digest(inbox / "A.mp4"), digest(inbox / "A.en.vtt")}
    assert set(found["other"][0]["exhibits"]) == {
        digest(inbox / "A.B.mp4"),
        digest(inbox / "A.B.jpg"),
    }
    assert [found[ref][0]["links"] for ref in ("c1", "c2")] == [
        [{"rel": "reply", "target": "abc"}],
        [{"rel": "reply", "target": "c1"}],
    ]
    assert found["c1"][0]["published"]["bounds"]["start_ms"] == 1714806000000
    assert found["c1"][1] == "where?"
    # An estimate of yt-dlp: the comment was there when it was fetched, and no more is known.
    assert found["c3"][0]["published"]["bounds"] == {"end_ms": 1714900001000}
    assert "'6 months ago'" in found["c3"][0]["remark"]
    assert list(reasons(summary).values()) == ["a comment without an id"]
    assert "inbox/note.txt" in sightings(case, "file")


def test_a_day_is_a_utc_day_and_a_missing_video_is_a_gap(
    case: Case, take: Take, inbox: Path
) -> None:
    take(video(inbox, "A"))
    noun, _ = sightings(case, "example")["abc"]
    assert noun["published"]["text"] == "2024-05-04"
    bounds = noun["published"]["bounds"]
    assert (bounds["start_ms"], bounds["end_ms"]) == (1714780800000, 1714867200000)
    (gap,) = case.catalog.nouns("gap")
    assert gap.data["what"] == "media A.mp4"
    assert gap.data["mentioned_in"] == noun["id"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{", "not JSON"),
        (b"[]", "no JSON object"),
        (b'{"id": ' + b"[" * 100_000, "not JSON"),
        (b'{"extractor": "x"}', "neither an id nor an address"),
        (b"\xff", "not JSON"),
    ],
)
def test_broken_files_fail_and_are_kept(
    case: Case, take: Take, reasons: Reasons, inbox: Path, body: bytes, why: str
) -> None:
    (inbox / "bad.info.json").write_bytes(body)
    (inbox / "bad.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    video(inbox, "good")
    summary = take(inbox)
    assert why in reasons(summary)["bad.info.json"]
    assert "abc" in sightings(case, "example")
    assert {"inbox/bad.info.json", "inbox/bad.mp4"} <= set(sightings(case, "file"))
    assert not list((case.root / "incoming").iterdir())
