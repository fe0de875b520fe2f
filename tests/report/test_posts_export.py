"""Sightings go out as posts and come back equal."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case
from firsthand.cli.main import run
from firsthand.collect import add, enter
from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.model.values import digest_bytes
from firsthand.report.posts_export import LONGEST_ROW, export_posts

PICTURE = b"\x89PNG\r\n\x1a\n not decoded here"
ABSENT = "sha256:" + "ab" * 32
PAGE = """<!DOCTYPE html><html lang="en"><head><title>Bodies found</title></head><body><article>
<h1>Bodies found</h1><p>Forty bodies were found near the mill on Monday, a doctor said.</p>
<p>Nobody has said who they were. The road to the mill is closed, said the police.</p>
</article></body></html>"""


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "home"))
    made = Case.create(tmp_path / "case", title="test", by="tester")
    yield made
    made.close()


def rows(*values: Any) -> bytes:
    return b"".join(json.dumps(v, ensure_ascii=False).encode() + b"\n" for v in values)


@pytest.fixture
def full(case: Case, tmp_path: Path) -> Case:
    """A case with sightings of every way in: folder, posts, CSV, article, claims file, zip."""
    inbox = tmp_path / "inbox"
    (inbox / "folder").mkdir(parents=True)
    (inbox / "folder" / "a.png").write_bytes(PICTURE)
    (inbox / "folder" / "note.txt").write_text("seen on the wall")
    (inbox / "m.png").write_bytes(PICTURE + b"2")
    (inbox / "posts.jsonl").write_bytes(
        rows(
            {"id": "1", "platform": "x", "user": "a", "t": 1402740000, "text": "صور", "lang": "ar",
             "media": [{"path": "m.png"}, {"sha256": ABSENT}], "url": "https://x.example/1"},
            {"id": "2", "platform": "x", "user": "b", "t": "2014-06-14T10:00+03:00",
             "repost_of": "1", "reply_to": "0", "removed_at": "2014-06-20"},
            {"id": "3", "platform": "telegram", "user": "c", "t": "last week", "text": "x"},
            {"id": "4", "platform": "x", "text": "y" * (LONGEST_ROW - 200)},
        )
    )  # fmt: skip
    (inbox / "posts.csv").write_text(
        'id,platform,user,t,text\n9,tiktok,d,2014-06,"two\nlines, and a comma"\n', encoding="utf-8"
    )
    (inbox / "page.html").write_text(PAGE, encoding="utf-8")
    with zipfile.ZipFile(inbox / "z.zip", "w") as archive:
        archive.writestr("deep/b.png", PICTURE + b"3")
    add(case, [inbox / "folder"], source="A. Source")
    add(case, [inbox / "posts.jsonl", inbox / "posts.csv", inbox / "z.zip"])
    add(case, [inbox / "page.html"], published="2014-06-16", publisher="Mill News",
        url="https://news.example/bodies")  # fmt: skip
    enter(case, {
        "type": "sighting", "id": "hand-1", "platform": "twitter", "account": "x", "title": "Feed",
        "published": "2014-06-14", "shows": ["killings"], "remark": "seen by a colleague",
        "exhibits": [digest_bytes(PICTURE)], "known_through": str(inbox / "page.html"),
    })  # fmt: skip
    return case


def told(case: Case) -> dict[str, Any]:
    return {noun["id"]: noun for _, noun, _ in case.catalog.sightings()}


def test_the_round_trip_gives_equal_sightings(full: Case, tmp_path: Path) -> None:
    before = told(full)
    platforms = {noun["platform"] for noun in before.values()}
    assert platforms >= {"file", "x", "telegram", "tiktok", "web", "twitter"}
    done = export_posts(full, tmp_path / "out")
    assert done["posts"] == len(before)
    assert done["not_held"] == 1
    other = Case.create(tmp_path / "other", by="tester")
    summary = add(other, [tmp_path / "out" / "posts.jsonl"])
    assert summary["totals"]["failed"] == 0
    assert told(other) == before
    # What was held is held, what was not is a gap of the other case too.
    carried = {digest for noun in before.values() for digest in noun.get("exhibits", ())}
    assert {d for d in carried if other.catalog.has("exhibit", d)} == carried - {ABSENT}
    assert ABSENT in {noun.data.get("ref") for noun in other.catalog.nouns("gap")}
    again = add(other, [tmp_path / "out" / "posts.jsonl"])["totals"]
    assert (again["sightings"], again["exhibits"]) == (0, 0)
    assert export_posts(other, tmp_path / "again")["posts"] == len(before)
    first, second = (
        sorted((tmp_path / name / "posts.jsonl").read_bytes().splitlines())
        for name in ("out", "again")
    )
    assert first == second
    other.close()


def test_a_text_too_long_for_a_row_goes_by_its_digest(case: Case, tmp_path: Path) -> None:
    text = "ي" * LONGEST_ROW  # two bytes each
    (tmp_path / "t.txt").write_text(text, encoding="utf-8")
    enter(case, {"type": "sighting", "id": "h", "platform": "web",
                 "exhibits": [], "published": "2014"})  # fmt: skip
    add(case, [tmp_path / "t.txt"], kind="article", url="https://a.example/")
    assert export_posts(case, tmp_path / "out")["texts_by_digest"] == 1
    other = Case.create(tmp_path / "other", by="tester")
    assert add(other, [tmp_path / "out" / "posts.jsonl"])["totals"]["failed"] == 0
    assert told(other) == told(case)
    other.close()


def test_a_folder_with_something_in_it_and_a_damaged_medium_are_refused(
    full: Case, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("x")
    with pytest.raises(BadInput, match="not empty"):
        export_posts(full, tmp_path / "out")
    exhibit = next(n for n in full.catalog.nouns("exhibit") if n.data["media_type"] == "image/png")
    path = full.blobs.path(exhibit.id)
    path.chmod(0o644)
    path.write_bytes(b"changed")
    with pytest.raises(VerificationFailed, match="damaged"):
        export_posts(full, tmp_path / "out2")
    assert not (tmp_path / "out2" / "posts.jsonl").exists()


def test_the_command_says_what_is_not_held(
    full: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    size = full.ledger.size()
    assert run(["export-posts", str(full.root), "-o", str(tmp_path / "out")]) == 0
    assert "1 media are not held" in capsys.readouterr().out
    assert full.ledger.size() == size
    names = {path.suffix for path in (tmp_path / "out" / "media").iterdir()}
    assert ".png" in names
    assert io.BytesIO((tmp_path / "out" / "posts.jsonl").read_bytes()).readline().endswith(b"\n")
