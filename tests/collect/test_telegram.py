"""Exports of Telegram Desktop: made here in the shape that the source of the exporter gives."""

from __future__ import annotations

import hashlib
import json
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
NOT_INCLUDED = "(File not included. Change data exporting settings to download.)"
# date -u -d @1402740000: 2014-06-14T10:00:00Z; the exporting machine stood at UTC+3
UNIX, LOCAL = 1402740000, "2014-06-14T13:00:00"


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def message(number: int, seconds: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "id": number, "type": "message", "date": LOCAL, "date_unixtime": str(UNIX + seconds),
        "from": "Channel", "from_id": "channel77", "text": f"message {number}",
        "text_entities": [{"type": "plain", "text": f"message {number}"}], **more,
    }  # fmt: skip


def chat(*messages: Any, **more: Any) -> dict[str, Any]:
    row = {"name": "Channel", "type": "public_channel", "id": 77}
    return {**row, **more, "messages": list(messages)}


def export(inbox: Path, content: Any) -> Path:
    root = inbox / "ChatExport"
    root.mkdir(exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content, indent=1)
    (root / "result.json").write_text(text)
    return root


def found(case: Case) -> dict[str, Any]:
    return {noun["ref"]: noun for _, noun, _ in case.catalog.sightings()}


def contents(case: Case) -> dict[str, Any]:
    return {noun["ref"]: content for _, noun, content in case.catalog.sightings()}


def gaps(case: Case) -> dict[str, Any]:
    return {noun.data["what"]: noun.data for noun in case.catalog.nouns("gap")}


def links(noun: Any) -> list[tuple[str, str]]:
    return [(link["rel"], link["target"]) for link in noun["links"]]


def test_one_chat(case: Case, inbox: Path, take: Take) -> None:
    entities = [
        "See ", {"type": "link", "text": "https://example.org/a"}, " and ",
        {"type": "text_link", "text": "this", "href": "https://example.org/b"},
        {"type": "bold", "text": "!"},
    ]  # fmt: skip
    root = export(
        inbox,
        chat(
            message(1, text=entities, photo="photos/a.jpg", width=5, height=5),
            message(2, file=NOT_INCLUDED, thumbnail="video_files/v.mp4_thumb.jpg", text="",
                    media_type="video_file", mime_type="video/mp4", file_name="v.mp4"),
            message(3, photo="photos/gone.jpg"),
            message(4, **{"from": "Person", "from_id": "user5"}),
        ),
    )  # fmt: skip
    for name in ("photos/a.jpg", "video_files/v.mp4_thumb.jpg", "photos/stray.jpg"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(PHOTO + name.encode())
    assert recognise(root) == recognise(root / "result.json") == "telegram"
    summary = take(root)
    assert summary["outcomes"] == []
    assert summary["imports"][0]["basis"].startswith("unverified")
    nouns = found(case)
    one = nouns["77/1"]
    assert (one["platform"], one["account"], one["title"]) == (
        "telegram", "Channel (channel77)", "Channel",
    )  # fmt: skip
    bounds = {"start_ms": UNIX * 1000, "end_ms": UNIX * 1000 + 1000}
    assert one["published"] == {"text": str(UNIX), "bounds": bounds}
    assert contents(case)["77/1"] == "See https://example.org/a and this!"
    assert links(one) == [("link", "https://example.org/a"), ("link", "https://example.org/b")]
    assert one["exhibits"] == [digest(PHOTO + b"photos/a.jpg")]
    assert nouns["77/2"]["exhibits"] == [digest(PHOTO + b"video_files/v.mp4_thumb.jpg")]
    assert "text" not in nouns["77/2"]
    assert nouns["77/4"]["account"] == "Person (user5)"
    missing = gaps(case)
    assert set(missing) == {"media file of message 77/2: v.mp4", "media photos/gone.jpg"}
    reason = missing["media file of message 77/2: v.mp4"]["reason"]
    assert reason.startswith("not contained: File not included.")
    assert nouns["ChatExport/photos/stray.jpg"]["platform"] == "file"
    assert len(nouns) == 5
    again = take(root)["totals"]
    assert (again["done"], again["exhibits"], again["sightings"], again["gaps"]) == (0, 0, 0, 0)
    case.rebuild()
    assert found(case) == nouns


def test_every_relation(case: Case, inbox: Path, take: Take) -> None:
    service = {"type": "service", "actor": "Admin", "actor_id": "user8", "text": ""}
    take(
        export(
            inbox,
            chat(
                message(1, reply_to_message_id=90),
                message(2, reply_to_message_id=91, reply_to_peer_id="channel55"),
                message(3, forwarded_from="Other", forwarded_from_id="channel55"),
                message(4, forwarded_from="Hidden Name"),
                message(5, forwarded_from=None, saved_from="Third"),
                message(6, edited="2014-06-14T14:00:00", edited_unixtime=str(UNIX + 3600)),
                message(7, via_bot="@bot", author="Editor"),
                {**message(8, action="pin_message", message_id=3), **service},
                {**message(9, action="create_channel", title="Channel"), **service},
                message(10, text="", poll={"question": "Where?", "answers": [{"text": "A"}, 5]}),
                message(11, location_information={"latitude": 34.5, "longitude": 43.25},
                        place_name="Field", text=""),
                {"id": 12, "type": "unsupported"},
            ),
        )
    )  # fmt: skip
    nouns = found(case)
    assert links(nouns["77/1"]) == [("reply", "77/90")]
    assert links(nouns["77/2"]) == [("reply", "55/91")]
    assert links(nouns["77/3"]) == [("forward", "Other (channel55)")]
    assert links(nouns["77/4"]) == [("forward", "Hidden Name")]
    assert links(nouns["77/5"]) == [("forward", "unknown"), ("saved_from", "Third")]
    assert links(nouns["77/6"]) == [("edit", "77/6")]
    # an hour after 2014-06-14T10:00:00Z
    assert nouns["77/6"]["remark"] == "edited 2014-06-14T11:00:00Z: the text is that of the edit"
    assert nouns["77/7"]["remark"] == "signed Editor; via @bot"
    assert links(nouns["77/8"]) == [("pin", "77/3")]
    assert (nouns["77/8"]["account"], nouns["77/8"]["remark"]) == (
        "Admin (user8)", "service message: pin_message",
    )  # fmt: skip
    assert contents(case)["77/10"] == "Where?\nA"
    assert nouns["77/11"]["remark"] == "a location: 34.5, 43.25, Field"
    assert "published" not in nouns["77/12"]
    assert set(gaps(case)) == {"media message 77/12"}


def test_albums(case: Case, inbox: Path, take: Take) -> None:
    shown = {"photo": NOT_INCLUDED}
    take(
        export(
            inbox,
            chat(
                message(1, **shown), message(2, **shown), message(3, **shown),
                message(4, seconds=1, **shown),  # a second later
                message(6, seconds=1, **shown),  # a message between them is not in the export
                message(7, seconds=1),  # no picture
                message(8, seconds=1, **shown),
                message(9, seconds=9, media_group_id="g", **shown),
                message(10, seconds=10, media_group_id="g", **shown),
                message(11, seconds=10, media_group_id="h", **shown),
            ),
        )
    )  # fmt: skip
    nouns = found(case)
    albums = {ref: links(noun) for ref, noun in nouns.items() if noun["links"]}
    assert albums == {
        "77/2": [("album", "77/1")], "77/3": [("album", "77/1")], "77/10": [("album", "77/9")],
    }  # fmt: skip
    assert "inferred" in nouns["77/3"]["remark"]
    assert "remark" not in nouns["77/10"]


def test_an_export_of_everything(case: Case, inbox: Path, take: Take) -> None:
    root = export(
        inbox,
        {
            "about": "Here is the data you requested. Remember: Telegram is ad free",
            "personal_information": {"user_id": 5, "first_name": "A"},
            "contacts": {"about": "x", "list": [{"messages": [message(90)], "id": 3}]},
            "chats": {"about": "y", "list": [
                chat(message(1)),
                {"type": "saved_messages", "id": 5, "messages": [message(1, text="noted")]},
                {"messages": [message(2)], "id": 66, "type": "personal_chat", "name": None},
                {"type": "personal_chat", "messages": [message(3)]},
            ]},
            "left_chats": {"about": "z", "list": [chat(message(1), id=88, name="Left")]},
        },
    )  # fmt: skip
    summary = take(root)
    assert summary["imports"][0]["kind"] == "telegram"
    nouns = found(case)
    assert set(nouns) == {"77/1", "5/1", "66/2", "88/1"}
    assert (nouns["88/1"]["title"], "title" in nouns["66/2"]) == ("Left", False)
    (outcome,) = summary["outcomes"]
    assert "its chat has no number" in outcome["reason"]


def test_old_exports_have_no_zone(case: Case, inbox: Path, take: Take) -> None:
    old = message(1)
    del old["date_unixtime"]
    take(export(inbox, chat(old, message(2, date_unixtime="x"), message(3, date="soon"))))
    nouns = found(case)
    # 13:00:00 local time: from UTC-12 (14 hours before UTC+14) to UTC+14; 2014-06-14 is 1402704000.
    start = (1402704000 + 13 * 3600 - 14 * 3600) * 1000
    bounds = {"start_ms": start, "end_ms": start + 26 * 3_600_000 + 1000}
    assert nouns["77/1"]["published"] == {"text": LOCAL, "bounds": bounds}
    assert nouns["77/2"]["published"]["bounds"] == bounds
    assert nouns["77/3"]["published"]["bounds"]["start_ms"] == UNIX * 1000


def test_two_exports_of_one_message_agree(case: Case, inbox: Path, take: Take) -> None:
    take(export(inbox, chat(message(1))))
    take(export(inbox, chat(message(1, date="2014-06-14T06:00:00"))))
    assert len(found(case)) == 1


def test_control_characters_as_the_exporter_writes_them(
    case: Case, inbox: Path, take: Take
) -> None:
    text = json.dumps(chat(message(1, text="a@b"), message(2, text="\\x1F stays"), message(3)))
    take(export(inbox, text.replace("a@b", "a\\x0Bb")))
    assert contents(case)["77/1"] == "a\x0bb"
    assert contents(case)["77/2"] == "\\x1F stays"
    assert "mended" in found(case)["77/1"]["remark"]
    assert "remark" not in found(case)["77/2"]


def test_an_html_export_is_kept_and_says_that_it_is_not_read(
    case: Case, inbox: Path, take: Take, reasons: Reasons
) -> None:
    root = inbox / "ChatExport"
    root.mkdir()
    (root / "messages.html").write_text(
        "<!DOCTYPE html><html><head><title>Exported Data</title></head>"
        '<body><div class="page_wrap">message</div></body></html>'
    )
    summary = take(root)
    assert summary["imports"][0]["kind"] == "telegram"
    assert "machine-readable JSON" in reasons(summary)["ChatExport/messages.html#messages"]
    assert set(found(case)) == {"ChatExport/messages.html"}


def test_a_zip_gives_the_same_posts(case: Case, inbox: Path, take: Take) -> None:
    root = export(inbox, chat(message(1, photo="photos/a.jpg")))
    (root / "photos").mkdir()
    (root / "photos/a.jpg").write_bytes(PHOTO)
    take(root)
    nouns = found(case)
    for start in ("", "top/", "two/levels/"):
        packed = inbox / f"packed{len(start)}.zip"
        with zipfile.ZipFile(packed, "w") as target:
            target.write(root / "result.json", start + "result.json")
            target.write(root / "photos/a.jpg", start + "photos/a.jpg")
            target.writestr(start + "other.txt", "x")
        assert take(packed)["outcomes"] == []
    telegram = {ref: noun for ref, noun in found(case).items() if noun["platform"] == "telegram"}
    assert telegram == nouns


def test_hostile_messages(
    case: Case, inbox: Path, take: Take, reasons: Reasons, tmp_path: Path
) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"\xff\xd8\xff\xe0secret")
    wrong = {
        key: [{"a": 1}]
        for key in message(0) | {"photo": 1, "poll": 1, "edited": 1, "forwarded_from": 1}
        if key != "id"
    }
    rows = [
        message(1, photo="../../secret.jpg", file="/etc/hostname"),
        {"type": "message", "text": "no number"},
        message(True),
        7,
        {"id": 5, **wrong},
        message(6, text="z" * (2 << 20)),
        message(7, text=["@deep@"]),
        message(8, text=[{"type": "link", "text": ["x"]}, None, 5, {"text": "kept"}]),
        message(9, text="\ud83d alone \0 null", **{"from": "\udce9"}),
        message(10, poll={"question": 5, "answers": "none"}, text=""),
        message(11, file="(" * 50_000 + ")"),
        message(12),
    ]
    text = json.dumps(chat(*rows)).replace('"@deep@"', "[" * 20_000 + "]" * 20_000)
    summary = take(export(inbox, text))
    why = {item.rpartition("/")[2]: reason for item, reason in reasons(summary).items()}
    assert set(why) == {"1", "2", "3", "5", "6"}
    assert "no number" in why["1"]
    assert "more than" in why["5"]
    nouns = found(case)
    refs = {"1", "5", "8", "9", "10", "11", "12"}
    assert set(nouns) == {f"77/{ref}" for ref in refs}
    assert nouns["77/1"]["exhibits"] == []
    assert {gap["reason"].partition(":")[0] for gap in gaps(case).values()} == {
        "not contained in the export"
    }
    assert any("unsafe path" in gap["reason"] for gap in gaps(case).values())
    assert contents(case)["77/8"] == "kept"
    assert nouns["77/9"]["account"].startswith("\\udce9")


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.95])
def test_a_file_that_ends_early(
    case: Case, inbox: Path, take: Take, reasons: Reasons, cut: float
) -> None:
    text = json.dumps(chat(*(message(number) for number in range(1, 21))))
    summary = take(export(inbox, text[: int(len(text) * cut)]))
    assert summary["imports"][0]["kind"] == "telegram"
    (item,) = reasons(summary)
    assert item == "ChatExport/result.json#"
    # Each message is about a twentieth of the file.
    assert abs(len(found(case)) - cut * 20) <= 2


def test_another_result_json_is_a_file(case: Case, inbox: Path, take: Take) -> None:
    root = export(inbox, {"messages": "none", "type": "report"})
    assert take(root)["imports"][0]["kind"] == "folder"
