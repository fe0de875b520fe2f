"""Archives of auto-archiver 1.2.9, as it really wrote them, and what nobody should write.

Expected values: the generated site (tools/fixture_site.py) and the digests that auto-archiver
itself states; the times are the server's Last-Modified, 2024-05-04T07:00:00Z.
"""

from __future__ import annotations

import csv
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
HEADER = ("status", "metadata", "media")


@pytest.fixture
def fixtures(repository: Path) -> Path:
    return repository / "tests" / "fixtures" / "auto-archiver"


def on_web(case: Case) -> dict[str, Any]:
    nouns = [noun for _, noun, _ in case.catalog.sightings() if noun["platform"] == "web"]
    return {noun["ref"]: noun for noun in nouns}


def gaps(case: Case) -> dict[str, str]:
    return {gap.data["what"]: gap.data["reason"] for gap in case.catalog.nouns("gap")}


def table(path: Path, *rows: tuple[str, str, str]) -> Path:
    with open(path, "w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([HEADER, *rows])
    return path


def test_each_address_is_a_sighting_and_copies_share_an_exhibit(
    case: Case, take: Take, fixtures: Path
) -> None:
    summary = take(fixtures / "flat")
    assert summary["imports"][0]["kind"] == "auto-archiver"
    assert "1.2.9" in summary["imports"][0]["basis"]
    assert summary["outcomes"] == []
    found = on_web(case)
    assert {ref.removeprefix(SITE): noun["exhibits"] for ref, noun in found.items()} == {
        "/pictures/field.jpg": [FIELD],
        "/pictures/field-copy.jpg": [FIELD],
        "/pictures/road.png": [ROAD],
        "/video/clip.mp4": [
            "sha256:126470b0f664e2e13dc3877da6e4711d7c3ecadf124afe6a1c0085311d94c779"
        ],
    }
    picture = found[f"{SITE}/pictures/field.jpg"]
    # What auto-archiver says of itself, not the server's Last-Modified of 2024.
    assert picture["published"]["text"] == "captured 2026-11-25 08:31:12.838503+00:00"
    assert picture["published"]["bounds"] == {"end_ms": 1795595472839}
    assert "Last-Modified" in picture["remark"]
    assert "archived 2026-11-25 08:31:12" in picture["remark"]
    assert picture["title"] == "field"
    assert gaps(case) == {
        f"page {SITE}/pictures/missing.jpg": "auto-archiver saved nothing of it: no archiver",
        f"page {SITE}/news/quarry.html": "auto-archiver saved nothing of it: no archiver",
    }
    kept = {noun.id for noun in case.catalog.nouns("exhibit")}
    for path in (fixtures / "flat").rglob("*"):  # nothing that lay in the folder is lost
        if path.is_file():
            assert "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest() in kept
    again = take(fixtures / "flat")
    assert again["totals"]["done"] == again["totals"]["failed"] == 0


def test_other_layouts_and_ways_in(case: Case, take: Take, fixtures: Path, inbox: Path) -> None:
    take(fixtures / "url")
    (first,) = on_web(case).values()
    assert first["exhibits"] == [FIELD]
    assert take(fixtures / "flat" / "db.csv")["imports"][0]["kind"] == "auto-archiver"
    assert len(on_web(case)) == 4
    # One address was archived by both, at two times: it was seen twice.
    assert len([n for _, n, _ in case.catalog.sightings() if n["platform"] == "web"]) == 5
    archive = inbox / "aa.zip"
    with zipfile.ZipFile(archive, "w") as stream:
        for path in sorted((fixtures / "flat").rglob("*")):
            stream.write(path, "top/" + str(path.relative_to(fixtures / "flat")))
    summary = take(archive)
    assert summary["imports"][0]["kind"] == "zip"
    # The same sightings.
    assert len([n for _, n, _ in case.catalog.sightings() if n["platform"] == "web"]) == 5
    names = {noun["ref"] for _, noun, _ in case.catalog.sightings() if noun["platform"] == "file"}
    assert any(name.startswith("aa.zip!/top/local_archive/") for name in names)


def test_without_the_table_the_json_of_items_is_read(
    case: Case, take: Take, fixtures: Path, inbox: Path
) -> None:
    shutil.copytree(fixtures / "flat" / "local_archive", inbox / "archive")
    take(inbox / "archive", kind="auto-archiver")
    # Keys are null there: the media are found by the first digits of their hash.
    assert on_web(case)[f"{SITE}/pictures/field.jpg"]["exhibits"] == [FIELD]
    assert len(on_web(case)) == 4


def test_a_file_that_was_changed_or_lost_is_noticed(
    case: Case, take: Take, fixtures: Path, inbox: Path
) -> None:
    shutil.copytree(fixtures / "flat", inbox / "flat")
    picture = inbox / "flat" / "local_archive" / "13b1bcf6e1e9f3a53cd96565.jpg"
    changed = picture.read_bytes()[:-1] + b"!"
    picture.write_bytes(changed)
    (inbox / "flat" / "local_archive" / "54d8634dfda10c305697dcb3.png").unlink()
    take(inbox / "flat")
    found = on_web(case)
    digest = "sha256:" + hashlib.sha256(changed).hexdigest()
    assert found[f"{SITE}/pictures/field.jpg"]["exhibits"] == [digest]
    assert "other bytes" in gaps(case)[f"media {FIELD}"]
    assert found[f"{SITE}/pictures/road.png"]["exhibits"] == [ROAD]  # stated, not held
    assert f"media {SITE}/pictures/road.png" in gaps(case)


@pytest.mark.parametrize(
    ("written", "stated", "text", "start"),
    [
        # Expected: 10:00+03:00 is 07:00 UTC; without a zone any zone is possible, from UTC+14.
        ("tzinfo=datetime.timezone(datetime.timedelta(seconds=10800))", None,
         "2024-05-04T10:00:00+03:00", 1714806000000),
        ("tzinfo=tzlocal()", "2024-05-04 10:00:00+03:00", "2024-05-04T10:00:00+03:00",
         1714806000000),
        ("tzinfo=tzlocal()", None, "2024-05-04T10:00:00", 1714766400000),
    ],
)  # fmt: skip
def test_times_keep_their_zone_or_have_none(
    case: Case, take: Take, inbox: Path, written: str, stated: str | None, text: str, start: int
) -> None:
    (inbox / "a.jpg").write_bytes(b"\xff\xd8\xff\xe0x")
    metadata = (
        "{'url': 'http://x.example/post/1', 'title': 'T', 'content': 'words', 'uploader': 'ann', "
        f"'timestamp': datetime.datetime(2024, 5, 4, 10, 0, {written})}}"
    )
    media = "[{'filename': 'tmp/a.jpg', '_key': 's3/bucket/a.jpg', 'urls': [], 'properties': {}}"
    if stated:
        body = {"status": "s", "metadata": {"url": "x", "timestamp": stated}, "media": []}
        (inbox / "m.json").write_text(json.dumps(body))
        media += ", {'filename': 'm.json', '_key': 'm.json', 'properties': {'id': 'metadata_json'}}"
    take(table(inbox / "db.csv", ("telegram: success", metadata, media + "]")))
    (noun,) = on_web(case).values()
    assert noun["published"]["text"] == text
    assert noun["published"]["bounds"]["start_ms"] == start
    assert noun["account"] == "ann"
    assert [content for _, noun, content in case.catalog.sightings() if content] == ["words"]
    assert "relabel" in noun["remark"]


def test_hostile_rows_fail_and_the_rest_goes_on(
    case: Case, take: Take, reasons: Reasons, inbox: Path
) -> None:
    good = "{'url': 'http://x.example/1'}"
    media = "[{'filename': 'a.jpg', '_key': 'a.jpg', 'urls': None, 'properties': None}]"
    (inbox / "a.jpg").write_bytes(b"\xff\xd8\xff\xe0x")
    path = table(
        inbox / "db.csv",
        ("s", "__import__('os').system('touch evil')", media),
        ("s", "{'url': " + "[" * 50_000, media),
        ("s", "{'url': 7}", media),
        ("s", "[]", "{}"),
        ("s", good, "[7, {'filename': 'a.jpg', '_key': '../../etc/hostname', 'properties': 1}]"),
        ("s", good.replace("/1", "/2"), media),
        ("s", "'" + "x" * 300_000 + "'", media),
    )
    summary = take(path)
    why = list(reasons(summary).values())
    assert "'__import__' is not known" in why[0]
    assert "nested deeper" in why[1]
    assert "no url" in why[2]
    assert "of another kind" in why[3]
    assert "of another kind" in why[4]
    assert set(on_web(case)) == {"http://x.example/1", "http://x.example/2"}
    assert not list(inbox.parent.rglob("evil"))
    assert not any("hostname" in str(noun) for noun in case.catalog.nouns("exhibit"))
