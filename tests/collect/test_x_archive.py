"""Archives of X/Twitter: made here in the shape that public readers of the format describe."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case
from firsthand.collect import recognise

Take = Callable[..., Any]
Reasons = Callable[[Any], dict[str, str]]
PHOTO = b"\xff\xd8\xff\xe0photo"
VIDEO = b"\0\0\0\x18ftypmp42" + b"\0" * 12
WHEN = "Wed Jun 11 10:00:00 +0000 2014"
# date -u -d "2014-06-11T10:00:00Z" +%s: 1402480800
WHEN_MS = 1402480800000
PHOTO_URL = "https://pbs.twimg.com/media/Bp1.jpg"


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def tweet(ref: int, **more: Any) -> dict[str, Any]:
    row = {"id_str": str(ref), "id": str(ref), "full_text": f"post {ref}", "created_at": WHEN}
    return {"tweet": {**row, "lang": "en", "retweeted": False, **more}}


def photo(url: str = PHOTO_URL, **more: Any) -> dict[str, Any]:
    return {"media": [{"id_str": "5", "media_url_https": url, "type": "photo", **more}]}


def write_js(path: Path, name: str, rows: Any, indent: int | None = 2) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{name} = {json.dumps(rows, indent=indent, ensure_ascii=False)}")


def archive(inbox: Path, *rows: dict[str, Any]) -> Path:
    root = inbox / "twitter-2024"
    account = {"account": {"username": "someone", "accountId": "9", "email": "a@example.org"}}
    write_js(root / "data/account.js", "window.YTD.account.part0", [account])
    write_js(root / "data/tweets.js", "window.YTD.tweets.part0", list(rows))
    return root


def found(case: Case) -> dict[str, Any]:
    return {noun["ref"]: noun for _, noun, _ in case.catalog.sightings()}


def gaps(case: Case) -> dict[str, Any]:
    return {noun.data["what"]: noun.data for noun in case.catalog.nouns("gap")}


def links(noun: Any) -> list[tuple[str, str]]:
    return [(link["rel"], link["target"]) for link in noun["links"]]


def test_posts_media_and_other_files(case: Case, inbox: Path, take: Take) -> None:
    video = {"variants": [
        {"content_type": "application/x-mpegURL", "url": "https://video.twimg.com/a/pl/x.m3u8"},
        {"bitrate": "832000", "url": "https://video.twimg.com/a/vid/640x360/clip.mp4?tag=12"},
    ]}  # fmt: skip
    root = archive(
        inbox,
        tweet(1, extended_entities=photo(), possibly_sensitive=True),
        tweet(2, extended_entities=photo(type="video", video_info=video)),
        tweet(3, entities=photo("https://pbs.twimg.com/media/gone.jpg")),
        tweet(4, entities=photo("https://pbs.twimg.com/media/renamed.jpg")),
    )
    write_js(root / "data/tweets-part1.js", "window.YTD.tweets.part1", [tweet(5)])
    write_js(root / "data/like.js", "window.YTD.like.part0", [{"like": {"tweetId": "77"}}])
    media = root / "data/tweets_media"
    media.mkdir()
    (media / "1-Bp1.jpg").write_bytes(PHOTO)
    (media / "2-clip.mp4").write_bytes(VIDEO)
    (media / "4-other.jpg").write_bytes(PHOTO + b"4")
    (media / "99-stray.jpg").write_bytes(PHOTO + b"99")
    assert recognise(root) == "x-archive"
    summary = take(root)
    one = summary["imports"][0]
    assert (one["kind"], summary["outcomes"]) == ("x-archive", [])
    assert one["basis"].startswith("unverified")
    nouns = found(case)
    posts = {ref: noun for ref, noun in nouns.items() if noun["platform"] == "twitter"}
    assert set(posts) == {"1", "2", "3", "4", "5"}
    assert {noun["account"] for noun in posts.values()} == {"someone"}
    bounds = {"start_ms": WHEN_MS, "end_ms": WHEN_MS + 1000}
    assert posts["1"]["published"] == {"text": WHEN, "bounds": bounds}
    assert posts["1"]["exhibits"] == [digest(PHOTO)]
    assert posts["1"]["remark"] == "marked as possibly sensitive"
    assert posts["1"]["lang"] == "en"
    assert posts["2"]["exhibits"] == [digest(VIDEO)]
    assert "remark" not in posts["2"]
    assert posts["3"]["exhibits"] == []
    assert posts["4"]["exhibits"] == [digest(PHOTO + b"4")]
    assert "by the id of the post alone" in posts["4"]["remark"]
    missing = gaps(case)
    assert set(missing) == {"media https://pbs.twimg.com/media/gone.jpg"}
    (gap,) = missing.values()
    assert gap["mentioned_in"] == posts["3"]["id"]
    plain = {ref for ref, noun in nouns.items() if noun["platform"] == "file"}
    start = "twitter-2024/data"
    assert plain == {f"{start}/like.js", f"{start}/tweets_media/99-stray.jpg"}
    contents = {noun["ref"]: content for _, noun, content in case.catalog.sightings()}
    assert contents["5"] == "post 5"
    before = case.catalog.counts()
    again = take(root)["totals"]
    assert (again["done"], again["exhibits"], again["sightings"], again["gaps"]) == (0, 0, 0, 0)
    assert case.catalog.counts()["sightings"] == before["sightings"]
    case.rebuild()
    assert set(found(case)) == set(nouns)


def test_every_relation(case: Case, inbox: Path, take: Take) -> None:
    def url(address: str) -> dict[str, Any]:
        return {"urls": [{"url": "https://t.co/a", "expanded_url": address}]}

    take(
        archive(
            inbox,
            tweet(1, in_reply_to_status_id_str="90", in_reply_to_screen_name="other"),
            tweet(2, in_reply_to_screen_name="other"),
            tweet(3, retweeted_status={"id_str": "91", "full_text": "x"}, full_text="RT @a: x"),
            tweet(4, full_text="RT @other: words", entities=url("https://x.com/a/status/5")),
            tweet(5, quoted_status_id_str="92", entities=url("https://example.org/page")),
            tweet(6, entities=url("https://twitter.com/other/status/93?s=20")),
            tweet(7, edit_info={"edit": {"initialTweetId": "8"}}),
            tweet(8, edit_info={"initial": {"editTweetIds": ["8", "7"]}}),
            tweet(9, full_text="RT @other: more words"),
        )
    )
    nouns = found(case)
    assert links(nouns["1"]) == [("reply", "90")]
    assert links(nouns["2"]) == [("reply", "@other")]
    assert links(nouns["3"]) == [("repost", "91")]
    assert links(nouns["4"]) == [("repost", "@other"), ("link", "https://x.com/a/status/5")]
    assert links(nouns["5"]) == [("quote", "92"), ("link", "https://example.org/page")]
    assert links(nouns["6"]) == [
        ("quote", "93"), ("link", "https://twitter.com/other/status/93?s=20"),
    ]  # fmt: skip
    assert "from a link" in nouns["6"]["remark"]
    assert links(nouns["7"]) == [("edit", "8")]
    assert links(nouns["8"]) == [("edited_as", "7")]
    # One gap for each original, and one for each account whose posts cannot be told apart.
    assert set(gaps(case)) == {"post 91 on twitter", "posts of @other on twitter"}


def test_deleted_and_long_posts(case: Case, inbox: Path, take: Take) -> None:
    long = "Long words about what was seen on the road. " * 10
    root = archive(inbox, tweet(1, full_text=long[:274] + "…"), tweet(2, full_text="y" * 200))
    gone = tweet(3, deleted_at="2014-06-12T00:00:00.000Z")
    write_js(root / "data/deleted-tweets.js", "window.YTD.deleted_tweets.part0", [gone])
    note = {"noteTweetId": "70", "createdAt": "2014-06-11T10:00:00.000Z", "core": {"text": long}}
    other = {**note, "noteTweetId": "71", "core": {"text": "Another"}}
    rows = [{"noteTweet": note}, {"noteTweet": other}]
    write_js(root / "data/note-tweet.js", "window.YTD.note_tweet.part0", rows)
    assert take(root)["outcomes"] == []
    nouns = found(case)
    # date -u -d 2014-06-12 +%s: 1402531200
    assert nouns["3"]["removed"]["bounds"]["start_ms"] == 1402531200000
    assert "deleted posts" in nouns["3"]["remark"]
    assert links(nouns["70"]) == [("full_text_of", "1")]
    assert "found by its time and first words" in nouns["70"]["remark"]
    assert nouns["70"]["text"] == digest(long.encode())
    assert links(nouns["71"]) == []


@pytest.mark.parametrize("name", ["tweet.js", "data/tweet.js"])
def test_older_archives(case: Case, inbox: Path, take: Take, name: str) -> None:
    root = inbox / "old"
    bare = tweet(1, extended_entities=photo())["tweet"]
    write_js(root / name, "window.YTD.tweet.part0", [bare])
    media = (root / name).parent / "tweet_media"
    media.mkdir()
    (media / "1-Bp1.jpg").write_bytes(PHOTO)
    assert take(root)["imports"][0]["kind"] == "x-archive"
    assert found(case)["1"]["exhibits"] == [digest(PHOTO)]
    assert "account" not in found(case)["1"]


def test_archives_by_months(case: Case, inbox: Path, take: Take) -> None:
    root = inbox / "monthly"
    rows = [
        {"id_str": "1", "text": "a", "created_at": "2014-06-11 10:00:00 +0000",
         "entities": photo("https://pbs.twimg.com/media/x.jpg")},
        {"id_str": "2", "text": "b", "created_at": "2010-05-01 00:00:00 +0000"},
    ]  # fmt: skip
    path = root / "data/js/tweets/2014_06.js"
    path.parent.mkdir(parents=True)
    path.write_text("Grailbird.data.tweets_2014_06 = \n " + json.dumps(rows))
    details = root / "data/js/user_details.js"
    details.write_text('var user_details =  {"screen_name": "someone", "id": "9"}')
    assert take(root)["imports"][0]["kind"] == "x-archive"
    nouns = found(case)
    assert nouns["1"]["published"]["bounds"] == {"start_ms": WHEN_MS, "end_ms": WHEN_MS + 1000}
    # date -u -d 2010-05-01 +%s: 1272672000; the whole day, since no time of day is known
    assert nouns["2"]["published"]["bounds"] == {
        "start_ms": 1272672000000, "end_ms": 1272758400000,
    }  # fmt: skip
    assert nouns["1"]["account"] == nouns["2"]["account"] == "someone"
    assert set(gaps(case)) == {"media https://pbs.twimg.com/media/x.jpg"}


def test_one_file_and_a_zip_give_the_same_posts(case: Case, inbox: Path, take: Take) -> None:
    root = archive(inbox, tweet(1, extended_entities=photo()))
    (root / "data/tweets_media").mkdir()
    (root / "data/tweets_media/1-Bp1.jpg").write_bytes(PHOTO)
    assert recognise(root / "data/tweets.js") == "x-archive"
    assert recognise(root / "data/account.js") == "folder"
    take(root / "data/tweets.js")
    first = found(case)["1"]
    assert first["exhibits"] == [digest(PHOTO)]
    for start in ("", "top/"):
        packed = inbox / f"packed{len(start)}.zip"
        with zipfile.ZipFile(packed, "w") as target:
            for path in sorted(root.rglob("*.*")):
                target.write(path, start + str(path.relative_to(root)))
        summary = take(packed)
        assert summary["imports"][0]["kind"] == "zip"
        assert summary["totals"]["sightings"] == 0  # the same post, and no file is left over
    assert found(case) == {"1": first}


def test_damage_is_an_outcome_and_the_rest_is_read(
    case: Case, inbox: Path, take: Take, reasons: Reasons, tmp_path: Path
) -> None:
    root = archive(inbox, tweet(1))
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "1-Bp1.jpg").write_bytes(PHOTO)
    write_js(outside / "tweets-part9.js", "window.YTD.tweets.part9", [tweet(99)])
    (root / "data/tweets_media").symlink_to(outside)
    (root / "data/tweets-part9.js").symlink_to(outside / "tweets-part9.js")
    os.mkfifo(root / "data/tweets-part8.js")
    rows = [
        tweet(2, extended_entities=photo("https://pbs.twimg.com/../../../../etc/passwd")),
        {"tweet": {"full_text": "no id"}},
        7,
        {"tweet": [[[]]]},
        tweet(5, full_text=["x"], entities=[1], extended_entities={"media": [3, {"a": 1}]}),
        tweet(6, created_at={"x": 1}, edit_info="no", retweeted_status=[1], lang=5),
        tweet(7, full_text="z" * (2 << 20)),
        tweet(8, entities={"urls": [{"expanded_url": "http://[bad"}, None]}),
        tweet(9, created_at="soon", full_text="\ud83d alone"),
    ]
    text = json.dumps(rows)
    path = root / "data/tweets-part1.js"
    path.write_text("window.YTD.tweets.part1 = " + text.replace("[[[]]]", "[" * 5000 + "]" * 5000))
    cut = json.dumps([tweet(11), tweet(12)])[:-40]
    (root / "data/tweets-part2.js").write_text("window.YTD.tweets.part2 = " + cut)
    write_js(root / "data/tweets-part3.js", "window.YTD.tweets.part3", {"evil": "alert(1)"})
    (root / "data/tweets-part4.js").write_text("window.YTD.tweets.part4 = evil()")
    summary = take(root)
    why = reasons(summary)
    part = "twitter-2024/data/tweets-part"
    assert set(why) == {
        f"{part}1.js#1", f"{part}1.js#2", f"{part}1.js#3", f"{part}1.js#6", f"{part}2.js#",
        f"{part}4.js#", f"{part}8.js", f"{part}9.js", "twitter-2024/data/tweets_media",
    }  # fmt: skip
    assert "no id" in why[f"{part}1.js#1"]
    assert "more than 1048576" in why[f"{part}1.js#6"]
    assert "ends" in why[f"{part}2.js#"]
    assert "symbolic link" in why[f"{part}9.js"]
    nouns = found(case)
    assert {ref for ref, noun in nouns.items() if noun["platform"] == "twitter"} == {
        "1", "2", "5", "6", "8", "9", "11",
    }  # fmt: skip
    assert "published" not in nouns["6"]
    assert nouns["9"]["remark"] == "the publication time could not be read"
    assert digest(PHOTO) not in {noun.data["digest"] for noun in case.catalog.nouns("exhibit")}
    again = take(root)["totals"]
    assert (again["done"], again["failed"]) == (0, summary["totals"]["failed"])


def test_a_file_without_posts_says_so(inbox: Path, take: Take, reasons: Reasons) -> None:
    path = inbox / "notes.txt"
    path.write_text("nothing of the kind")
    summary = take(path, kind="x-archive")
    assert reasons(summary) == {"notes.txt": "no posts of an archive are in it"}
