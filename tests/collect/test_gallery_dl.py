"""What gallery-dl 1.32.18 really wrote, and files that only look like it.

Expected values: the generated account (tools/fixture_site.py, `STATUSES`).
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case

Take = Callable[..., Any]
Reasons = Callable[[Any], dict[str, str]]
SITE = "http://quarry-news.example:8931"
FIELD = "sha256:13b1bcf6e1e9f3a53cd965659d4fa4bc6d5f4e4e7c760cf7983441fc28ab5cca"
ROAD = "sha256:54d8634dfda10c305697dcb38bc3ac24d1f129bb6fa433896dd331f8d7262b71"


def sightings(case: Case) -> dict[tuple[str, str], Any]:
    return {
        (noun["platform"], noun["ref"]): (noun, text) for _, noun, text in case.catalog.sightings()
    }


@pytest.fixture
def fixtures(repository: Path) -> Path:
    return repository / "tests" / "fixtures" / "gallery-dl"


def test_posts_of_an_account(case: Case, take: Take, fixtures: Path) -> None:
    summary = take(fixtures)
    assert summary["imports"][0]["kind"] == "gallery-dl"
    assert summary["outcomes"] == []
    found = sightings(case)
    first, text = found["quarry", "112380"]
    assert first["exhibits"] == [FIELD, ROAD]  # two files, one post, in their order
    assert text == "Two trucks at the quarry #quarry"
    assert (first["account"], first["lang"]) == ("quarry_watch", "en")
    assert first["url"] == f"{SITE}/@quarry_watch/112380"
    assert first["published"]["text"] == "2024-05-04 07:15:30"
    # created_at of the site: 2024-05-04T07:15:30.000Z
    assert first["published"]["bounds"]["start_ms"] == 1714806930000
    second, _ = found["quarry", "112381"]
    assert second["links"] == [{"rel": "reply", "target": "112380"}]
    bare, _ = found["web", "quarry-news.example:8931/pictures/road.png"]
    assert bare["exhibits"] == [ROAD]
    assert "http or https" in bare["remark"]
    assert len(found) == 3
    again = take(fixtures)
    assert again["totals"]["done"] == 0
    one = next(fixtures.rglob("*112381*.json"))
    assert take(one)["imports"][0]["kind"] == "gallery-dl"


def test_a_zip_and_a_missing_file(case: Case, take: Take, fixtures: Path, inbox: Path) -> None:
    archive = inbox / "g.zip"
    with zipfile.ZipFile(archive, "w") as stream:
        for path in sorted(fixtures.rglob("*")):
            if not path.name.endswith("1123801.png"):
                stream.write(path, str(path.relative_to(fixtures)))
    take(archive)
    noun, _ = sightings(case)["quarry", "112380"]
    assert noun["exhibits"] == [FIELD]
    gaps = [gap.data for gap in case.catalog.nouns("gap")]
    assert [gap["mentioned_in"] for gap in gaps] == [noun["id"]]
    assert "1123801.png" in gaps[0]["what"]


def test_other_sites_name_their_fields_otherwise(case: Case, take: Take, inbox: Path) -> None:
    # Keys as in the extractors of gallery-dl (twitter.py); written by hand.
    body = {
        "category": "twitter", "subcategory": "tweet", "tweet_id": 99, "retweet_id": 0,
        "quote_id": 5, "quoted_id": 7, "reply_id": 0,
        "author": {"id": 3, "name": "ann", "nick": "Ann"},
        "date": "2014-06-14 10:00:00", "content": "1 < 2 & 3", "lang": "en", "extension": "jpg",
    }  # fmt: skip
    (inbox / "99_1.jpg.json").write_text(json.dumps(body))
    (inbox / "99_1.jpg").write_bytes(b"\xff\xd8\xff\xe0x")
    (inbox / "package.json").write_text('{"name": "other"}')
    take(inbox)
    noun, text = sightings(case)["twitter", "99"]
    assert (noun["account"], text) == ("ann", "1 < 2 & 3")
    # twitter.py fills quote_id from quoted_by_id_str, and quoted_id from quoted_status_id_str.
    assert noun["links"] == [
        {"rel": "quote", "target": "7"},
        {"rel": "quoted_by", "target": "5"},
    ]
    assert noun["exhibits"] == ["sha256:" + hashlib.sha256(b"\xff\xd8\xff\xe0x").hexdigest()]
    assert ("file", "inbox/package.json") in sightings(case)


def test_broken_files_fail_and_are_kept(
    case: Case, take: Take, reasons: Reasons, fixtures: Path, inbox: Path
) -> None:
    shutil.copytree(fixtures / "mastodon", inbox / "m")
    for name, body in {"a": b"{", "b": b"[" * 100_000, "c": b'{"category": 1}', "d": b"\0"}.items():
        (inbox / f"{name}.jpg.json").write_bytes(body)
    (inbox / "e.json").write_text('{"category": "x", "subcategory": "y", "date": [1], "id": {}}')
    summary = take(inbox)
    assert set(reasons(summary)) == {"a.jpg.json", "b.jpg.json", "d.jpg.json"}
    found = sightings(case)
    assert ("quarry", "112380") in found
    assert ("file", "inbox/a.jpg.json") in found
    assert ("x", "e.json") in found


def test_only_its_own_date_is_in_utc(case: Case, take: Take, inbox: Path) -> None:
    """gallery-dl turns times to UTC in ``date``; what a site wrote elsewhere has no zone."""
    for name, key in (("own", "date"), ("site", "created_at")):
        body = {"category": "x", "subcategory": "y", "id": name, key: "2014-06-14 10:00:00"}
        (inbox / f"{name}.json").write_text(json.dumps(body))
        take(inbox / f"{name}.json")
    bounds = {ref: n["published"]["bounds"] for (_, ref), (n, _) in sightings(case).items()}
    noon = 1402740000000  # 2014-06-14T10:00:00Z (date -u)
    hour = 3_600_000
    assert bounds["own"] == {"start_ms": noon, "end_ms": noon + 1000}
    assert bounds["site"]["start_ms"] == noon - 14 * hour
    assert bounds["site"]["end_ms"] == noon + 12 * hour + 1000
