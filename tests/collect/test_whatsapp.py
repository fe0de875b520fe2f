"""Chats exported by WhatsApp: made here in the shapes that public readers of them describe."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case
from firsthand.collect import Limits, recognise
from firsthand.collect.whatsapp_dates import head_of

Take = Callable[..., Any]
Reasons = Callable[[Any], dict[str, str]]
PHOTO = b"\xff\xd8\xff\xe0photo"
LRM, RLM, NARROW = "\u200e", "\u200f", "\u202f"
HOUR = 3_600_000
# date -u -d 2014-06-14 +%s: 1402704000; date -u -d 2014-06-07: 1402099200; 2014-07-06: 1404604800
JUNE_14, JUNE_7, JULY_6 = 1402704000000, 1402099200000, 1404604800000


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def chat(inbox: Path, *lines: str, name: str = "WhatsApp Chat with Friends.txt") -> Path:
    path = inbox / name
    path.write_text("\n".join(lines) + "\n", newline="")
    return path


def found(case: Case) -> list[Any]:
    return [noun for _, noun, _ in case.catalog.sightings() if noun["platform"] == "whatsapp"]


def contents(case: Case) -> dict[str, Any]:
    return {noun["ref"]: content for _, noun, content in case.catalog.sightings()}


def gaps(case: Case) -> dict[str, str]:
    return {noun.data["what"]: noun.data["reason"] for noun in case.catalog.nouns("gap")}


@pytest.mark.parametrize(
    "line, when, iso",
    [
        ("14/06/2014, 10:05 - A: b", "14/06/2014, 10:05", "2014-06-14T10:05"),
        (f"6/14/14, 10:05{NARROW}PM - A: b", f"6/14/14, 10:05{NARROW}PM", "2014-06-14T22:05"),
        ("14/06/14, 12:05 am - A: b", "14/06/14, 12:05 am", "2014-06-14T00:05"),
        ("14/06/14, 12:05 p. m. - A: b", "14/06/14, 12:05 p. m.", "2014-06-14T12:05"),
        ("14.06.14, 10:05 - A: b", "14.06.14, 10:05", "2014-06-14T10:05"),
        ("2014-06-14 10:05 - A: b", "2014-06-14 10:05", "2014-06-14T10:05"),
        (f"{LRM}[14.06.14, 10:05:09] A: b", "14.06.14, 10:05:09", "2014-06-14T10:05:09"),
        ("[6/14/14, 1:05:09 PM] A: b", "6/14/14, 1:05:09 PM", "2014-06-14T13:05:09"),
        ("[14.6.2014 klo 10.05.09] A: b", "14.6.2014 klo 10.05.09", "2014-06-14T10:05:09"),
        ("14/06/2014 10:05:09: A: b", "14/06/2014 10:05:09", "2014-06-14T10:05:09"),
        (f"{RLM}١٤/٦/٢٠١٤، ١٠:٠٥ م - A: b", "١٤/٦/٢٠١٤، ١٠:٠٥ م", "2014-06-14T22:05"),
    ],
)
def test_how_messages_begin(line: str, when: str, iso: str) -> None:
    head = head_of(line)
    assert head is not None
    assert (head.when, head.rest, set(head.readings.values())) == (when, "A: b", {iso})


@pytest.mark.parametrize(
    "line",
    ["", "text", "14/06/2014", "14/06/2014, 25:05 - A: b", "31/06/2014, 10:05 - A: b",
     "14/06/2014, 13:05 PM - A: b", "14/06/2008, 10:05 - A: b", "[no date] A: b", "1402740000 - A",
     "1" * 100_000, "[" * 100_000],
)  # fmt: skip
def test_what_begins_no_message(line: str) -> None:
    assert head_of(line) is None


def test_a_chat_with_media(case: Case, inbox: Path, take: Take) -> None:
    for name in ("IMG-20140614-WA0001.jpg", "plan of the field.pdf", "other.jpg"):
        (inbox / name).write_bytes(PHOTO + name.encode())
    chat(
        inbox,
        "14/06/2014, 10:00 - Messages are end-to-end encrypted. Tap to learn more.",
        "14/06/2014, 10:00 - Ali: first line",
        "",
        "third line: with a colon",
        "14/06/2014, 10:01 - Ali: IMG-20140614-WA0001.jpg (file attached)",
        "what it shows",
        "14/06/2014, 10:01 - Ali: IMG-20140614-WA0002.jpg (fichier joint)",
        "14/06/2014, 10:02 - +964 770 000: <Media omitted>",
        "14/06/2014, 10:02 - Ali: plan of the field.pdf (Datei angehängt)",
        "14/06/2014, 10:03 - Ali: as he said (quietly)",
        '14/06/2014, 10:04 - Ali changed the subject to "Trip: north"',
        "14/06/2014, 10:05 - Ali: This message was deleted",
        "14/06/2014, 10:06 - Ali: corrected <This message was edited>",
        "14/06/2014, 10:06 - Ali:",
    )
    assert recognise(inbox) == "whatsapp"
    summary = take(inbox)
    assert summary["outcomes"] == []
    assert summary["imports"][0]["basis"].startswith("unverified")
    nouns = {noun["ref"]: noun for noun in found(case)}
    assert {noun["title"] for noun in nouns.values()} == {"Friends"}
    texts = contents(case)
    first = nouns["Friends/14/06/2014, 10:00/1"]
    assert "account" not in first and "of the app itself" in first["remark"]
    second = nouns["Friends/14/06/2014, 10:00/2"]
    assert second["account"] == "Ali"
    assert texts[second["ref"]] == "first line\n\nthird line: with a colon"
    # 10:00 local somewhere: 10:00 UTC less 14 hours (UTC+14) up to 10:01 UTC plus 12 (UTC-12).
    start = JUNE_14 + 10 * HOUR - 14 * HOUR
    bounds = {"start_ms": start, "end_ms": start + 26 * HOUR + 60_000}
    assert second["published"] == {"text": "14/06/2014, 10:00", "bounds": bounds}
    photo = nouns["Friends/14/06/2014, 10:01/1"]
    assert photo["exhibits"] == [digest(PHOTO + b"IMG-20140614-WA0001.jpg")]
    assert texts[photo["ref"]] == "what it shows"
    assert nouns["Friends/14/06/2014, 10:01/2"]["exhibits"] == []
    assert nouns["Friends/14/06/2014, 10:02/1"]["account"] == "+964 770 000"
    assert nouns["Friends/14/06/2014, 10:02/2"]["exhibits"] == [
        digest(PHOTO + b"plan of the field.pdf")
    ]
    assert texts["Friends/14/06/2014, 10:03/1"] == "as he said (quietly)"
    assert "account" not in nouns["Friends/14/06/2014, 10:04/1"]
    edited = nouns["Friends/14/06/2014, 10:06/1"]
    assert texts[edited["ref"]] == "corrected"
    assert edited["links"] == [{"rel": "edit", "target": edited["ref"]}]
    assert "text" not in nouns["Friends/14/06/2014, 10:06/2"]
    assert gaps(case) == {
        "media IMG-20140614-WA0002.jpg": "not contained in the export",
        "media Media omitted in message Friends/14/06/2014, 10:02/1":
            "left out when the chat was exported",
        "media message Friends/14/06/2014, 10:05/1": "deleted before the chat was exported",
    }  # fmt: skip
    files = {noun["ref"] for _, noun, _ in case.catalog.sightings() if noun["platform"] == "file"}
    assert files == {"inbox/other.jpg"}
    again = take(inbox)["totals"]
    assert (again["done"], again["exhibits"], again["sightings"], again["gaps"]) == (0, 0, 0, 0)
    case.rebuild()
    assert {noun["ref"]: noun for noun in found(case)} == nouns


def test_a_chat_of_an_iphone(case: Case, inbox: Path, take: Take) -> None:
    folder = inbox / "WhatsApp Chat - Friends"
    folder.mkdir()
    (folder / "00000005-PHOTO-2014-06-14-10-00-02.jpg").write_bytes(PHOTO)
    text = "\r\n".join(
        (
            f"[6/14/14, 10:00:00{NARROW}AM] Friends: {LRM}Messages are end-to-end encrypted.",
            f"[6/14/14, 10:00:01{NARROW}AM] ~ Ali: one",
            "14/06/2014, 10:00 - Someone: a line of another chat that was pasted",
            f"{LRM}[6/14/14, 10:00:02{NARROW}AM] Ali: {LRM}"
            "<attached: 00000005-PHOTO-2014-06-14-10-00-02.jpg>",
            f"[6/14/14, 10:00:03{NARROW}AM] Ali: Report.pdf • 3 pages {LRM}"
            "<attached: 00000010-Report.pdf>",
            f"{LRM}[6/14/14, 10:00:04{NARROW}AM] Ali: {LRM}image omitted",
            f"{LRM}[6/14/14, 10:00:05{NARROW}AM] Ali: {LRM}imagen omitida",
            "",
        )
    )
    (folder / "_chat.txt").write_bytes(text.encode())
    summary = take(folder)
    assert summary["imports"][0]["kind"] == "whatsapp"
    nouns = found(case)
    assert {noun["title"] for noun in nouns} == {"Friends"}
    by_second = {noun["published"]["text"][15:17]: noun for noun in nouns}
    assert "direction mark" in by_second["00"]["remark"]
    pasted = "one\n14/06/2014, 10:00 - Someone: a line of another chat that was pasted"
    assert contents(case)[by_second["01"]["ref"]] == pasted
    assert by_second["01"]["account"] == "~ Ali"
    assert by_second["02"]["exhibits"] == [digest(PHOTO)]
    assert "text" not in by_second["02"]
    assert contents(case)[by_second["03"]["ref"]] == "Report.pdf • 3 pages"
    start = JUNE_14 + 10 * HOUR + 1000 - 14 * HOUR
    bounds = {"start_ms": start, "end_ms": start + 26 * HOUR + 1000}
    assert by_second["01"]["published"]["bounds"] == bounds
    assert len(gaps(case)) == 3
    packed = inbox / "WhatsApp Chat - Friends.zip"
    with zipfile.ZipFile(packed, "w") as target:
        for path in folder.iterdir():
            target.write(path, path.name)
    assert take(packed)["totals"]["sightings"] == 0


def bounds_of(case: Case, text: str) -> tuple[int, int]:
    """Return the bounds without the width of the zones, at midnight local time."""
    (noun,) = [noun for noun in found(case) if noun["published"]["text"] == text]
    bounds = noun["published"]["bounds"]
    return bounds["start_ms"] + 14 * HOUR, bounds["end_ms"] - 12 * HOUR - 60_000


def remarks(case: Case) -> set[str | None]:
    return {noun.get("remark") for noun in found(case)}


def test_one_date_that_allows_no_other_order_decides(case: Case, inbox: Path, take: Take) -> None:
    take(chat(inbox, "6/7/14, 00:00 - A: a", "6/14/14, 00:00 - A: b"))
    assert bounds_of(case, "6/7/14, 00:00") == (JUNE_7, JUNE_7)
    assert remarks(case) == {"dates read as month, day, year: no other order fits all of the file"}


def test_the_order_of_messages_decides(case: Case, inbox: Path, take: Take) -> None:
    # As day first these would be 6 July, 1 August, 2 July.
    take(chat(inbox, "6/7/14, 00:00 - A: a", "1/8/14, 00:00 - A: b", "2/9/14, 00:00 - A: c"))
    assert bounds_of(case, "6/7/14, 00:00") == (JULY_6, JULY_6)
    (remark,) = remarks(case)
    assert remark is not None and "day, month, year: in no other order" in remark


def test_what_cannot_be_decided_is_covered(case: Case, inbox: Path, take: Take) -> None:
    take(chat(inbox, "6/6/14, 00:00 - A: same", "6/7/14, 00:00 - A: a", "6/8/14, 00:00 - A: b"))
    assert bounds_of(case, "6/7/14, 00:00") == (JUNE_7, JULY_6)
    start, end = bounds_of(case, "6/6/14, 00:00")
    assert start == end
    assert remarks(case) == {
        None, "day and month cannot be told apart in this file: bounds cover both orders",
    }  # fmt: skip


def test_orders_that_contradict_each_other(case: Case, inbox: Path, take: Take) -> None:
    take(chat(inbox, "14/6/14, 00:00 - A: a", "6/14/14, 00:00 - A: b", "6/7/14, 00:00 - A: c"))
    assert bounds_of(case, "14/6/14, 00:00") == (JUNE_14, JUNE_14)
    assert bounds_of(case, "6/14/14, 00:00") == (JUNE_14, JUNE_14)
    assert bounds_of(case, "6/7/14, 00:00") == (JUNE_7, JULY_6)


def test_a_longer_export_adds_only_what_is_new(case: Case, inbox: Path, take: Take) -> None:
    lines = ["14/06/2014, 10:00 - A: yes", "14/06/2014, 10:00 - A: yes", "14/06/2014, 10:01 - B: c"]
    take(chat(inbox, *lines))
    assert len(found(case)) == 3  # the same words twice in one minute are two messages
    totals = take(chat(inbox, "13/06/2014, 09:00 - B: before", *lines))["totals"]
    assert totals["sightings"] == 1
    # The clock went back: what was said at the same time of day comes again, later in the file.
    again = [lines[0], "14/06/2014, 10:59 - A: between", lines[0], lines[0]]
    assert take(chat(inbox, *again))["totals"]["sightings"] == 2


def test_recognition(inbox: Path) -> None:
    message = "14/06/2014, 10:00 - A: b"
    assert recognise(chat(inbox, message)) == "whatsapp"
    assert recognise(chat(inbox, message, message, name="notes.txt")) == "whatsapp"
    assert recognise(chat(inbox, message, name="diary.txt")) == "article"
    assert recognise(chat(inbox, "words", message, message, name="WhatsApp.txt")) == "article"
    assert recognise(chat(inbox, message, message, name="data.csv")) == "folder"
    folder = inbox / "without the name of the app"
    folder.mkdir()
    chat(folder, message, message, name="محادثة مع الأصدقاء.txt")
    assert recognise(folder) == "whatsapp"
    (folder / "more.txt").write_text("words")
    assert recognise(folder) == "folder"


def test_damage(case: Case, inbox: Path, take: Take, reasons: Reasons, tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(PHOTO)
    (inbox / "IMG-20140614-WA0009.jpg").symlink_to(tmp_path / "secret.jpg")
    path = inbox / "_chat.txt"
    path.write_bytes(
        b"\xef\xbb\xbf14/06/2014, 10:00 - A: one\n"
        b"broken \xff\xfe bytes\nafter it\n"
        b"14/06/2014, 10:01 - \xff: x\n"
        b"14/06/2014, 10:02 - A: ../../secret.jpg (file attached)\n"
        b"14/06/2014, 10:03 - A: IMG-20140614-WA0009.jpg (file attached)\n"
        b"14/06/2014, 10:04 - A: " + b"z" * (2 << 20) + b"\n"
        b"14/06/2014, 10:05 - A: null \0 inside\n"
        b"14/06/2014, 10:06 - A: " + b"long\n" * 500 + b"14/06/2014, 10:07 - A: last"
    )
    summary = take(path, kind="whatsapp", limits=Limits(line=2000))
    why = reasons(summary)
    assert set(why) == {"_chat.txt:2", "_chat.txt:4", "_chat.txt:7", "_chat.txt:408"}
    assert "not UTF-8" in why["_chat.txt:2"]
    assert "longer than 2000" in why["_chat.txt:408"]
    texts = {noun["published"]["text"][-1:]: contents(case)[noun["ref"]] for noun in found(case)}
    assert set(texts) == {"0", "2", "3", "5", "6", "7"}
    assert texts["0"] == "one\nafter it"
    assert texts["7"] == "last"
    assert digest(PHOTO) not in {noun.data["digest"] for noun in case.catalog.nouns("exhibit")}
    (reason,) = gaps(case).values()
    assert "symbolic link" in reason


def test_a_file_without_messages(inbox: Path, take: Take, reasons: Reasons) -> None:
    path = chat(inbox, "nothing of the kind")
    assert reasons(take(path, kind="whatsapp")) == {
        f"{path.name}#messages": "no message begins in it"
    }
