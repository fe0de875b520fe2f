"""Files and folders: what is kept, what is refused, and that nothing is lost on the way."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case
from firsthand.collect import add, folder, recorder
from firsthand.model.errors import BadInput, StorageFailed, UsageError

Take = Callable[..., Any]
Reasons = Callable[[Any], dict[str, str]]


def refs(case: Case) -> list[str]:
    return sorted(noun["ref"] for _, noun, _ in case.catalog.sightings())


def test_each_file_is_an_exhibit_and_a_sighting(case: Case, inbox: Path, take: Take) -> None:
    (inbox / "b").mkdir()
    (inbox / "b" / "x.jpg").write_bytes(b"\xff\xd8\xff\xe0photo")
    (inbox / "a.txt").write_bytes(b"words\r\n")
    summary = take(inbox, source="A. Source")
    assert summary["imports"][0]["kind"] == "folder"
    assert summary["totals"] == {
        "done": 2, "already": 0, "failed": 0, "quarantined": 0,
        "exhibits": 2, "sightings": 2, "gaps": 0, "claims": 0,
    }  # fmt: skip
    assert refs(case) == ["inbox/a.txt", "inbox/b/x.jpg"]
    digest = "sha256:" + hashlib.sha256(b"\xff\xd8\xff\xe0photo").hexdigest()
    exhibit = case.catalog.noun("exhibit", digest)
    assert exhibit is not None
    assert exhibit.data["media_type"] == "image/jpeg"
    assert case.blobs.get(digest) == b"\xff\xd8\xff\xe0photo"  # type: ignore[arg-type]
    (sighting,) = [n for _, n, _ in case.catalog.sightings() if n["ref"].endswith("x.jpg")]
    assert (sighting["platform"], sighting["account"]) == ("file", "A. Source")
    assert sighting["exhibits"] == [digest]
    assert "published" not in sighting


def test_adding_twice_adds_a_record_only(case: Case, inbox: Path, take: Take) -> None:
    (inbox / "a.txt").write_bytes(b"words")
    (inbox / "copy.txt").write_bytes(b"words")
    first = take(inbox)
    assert (first["totals"]["exhibits"], first["totals"]["sightings"]) == (1, 2)
    before = case.catalog.counts()
    second = take(inbox)
    after = case.catalog.counts()
    assert second["totals"]["already"] == 2
    assert second["totals"]["exhibits"] == second["totals"]["sightings"] == 0
    assert (after["exhibit"], after["sightings"]) == (before["exhibit"], before["sightings"])
    assert after["import"] == before["import"] + 1
    (_, noun, _), *_ = case.catalog.sightings()
    assert len(case.catalog.collected(noun["id"])) == 2


def test_links_pipes_and_sockets_are_refused(
    case: Case, inbox: Path, take: Take, reasons: Reasons, tmp_path: Path
) -> None:
    outside = tmp_path / "secret"
    outside.mkdir()
    (outside / "key").write_text("secret")
    (inbox / "file").symlink_to(outside / "key")
    (inbox / "dir").symlink_to(outside)
    (inbox / "loop").symlink_to(inbox)
    os.mkfifo(inbox / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(inbox / "s"))
        summary = take(inbox)
    found = reasons(summary)
    assert summary["totals"]["failed"] == 5
    assert "symbolic link" in found["inbox/file"]
    assert "symbolic link" in found["inbox/dir"]
    assert "symbolic link" in found["inbox/loop"]
    assert "pipe" in found["inbox/pipe"]
    assert summary["totals"]["exhibits"] == 0
    assert str(tmp_path) not in str(found)  # no path of the machine in the ledger


def test_a_link_given_by_name_is_refused_too(inbox: Path, take: Take) -> None:
    (inbox / "a").write_text("x")
    (inbox / "b").symlink_to(inbox / "a")
    summary = take(inbox / "b")
    assert summary["totals"]["failed"] == 1


def test_names_that_are_not_utf8_are_kept(case: Case, inbox: Path, take: Take) -> None:
    name = b"caf\xe9.jpg"
    try:
        with open(os.path.join(os.fsencode(inbox), name), "wb") as stream:
            stream.write(b"x")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    take(inbox)
    ((_, noun, _),) = case.catalog.sightings()
    assert noun["ref"] == "inbox/caf\\udce9.jpg"
    assert b"inbox/caf\xe9.jpg".hex() in noun["remark"]


def test_vanishing_and_unreadable_files_do_not_stop_the_rest(
    inbox: Path, take: Take, reasons: Reasons, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        (inbox / name).write_text(name)
    real = folder.walk

    def listing(*args: Any) -> Any:
        for found in list(real(*args)):
            if found.name == "inbox/b":
                found.path.unlink()
            yield found

    monkeypatch.setattr(folder, "walk", listing)
    summary = take(inbox)
    assert summary["totals"]["done"] == 2
    assert "vanished" in reasons(summary)["inbox/b"]


def test_a_file_that_changes_is_not_taken(
    case: Case, inbox: Path, take: Take, reasons: Reasons, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inbox / "a").write_text("short")
    real = folder.walk

    def listing(*args: Any) -> Any:
        for found in list(real(*args)):
            found.path.write_text("longer than when it was listed")
            yield found

    monkeypatch.setattr(folder, "walk", listing)
    summary = take(inbox)
    assert "changed" in reasons(summary)["inbox/a"]
    assert "exhibit" not in case.catalog.counts()
    assert not [p for p in (case.root / "incoming").iterdir() if p.name[0].isdigit()]


def test_an_unreadable_file_by_errno(
    inbox: Path, take: Take, reasons: Reasons, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inbox / "a").write_text("x")
    (inbox / "b").write_text("y")
    real = case.blobs.stage

    def stage(path: Path, **more: Any) -> Any:
        if path.name == "a":
            raise PermissionError(13, "denied", str(path))
        return real(path, **more)

    monkeypatch.setattr(case.blobs, "stage", stage)
    summary = take(inbox)
    assert reasons(summary) == {"inbox/a": "cannot be read: Permission denied"}
    assert summary["totals"]["done"] == 1


def test_the_case_itself_is_left_out(case: Case, inbox: Path, reasons: Reasons) -> None:
    (inbox / "a").write_text("x")
    summary = add(case, [case.root.parent])
    found = [reason for item, reason in reasons(summary).items() if item.endswith("/case")]
    assert found == ["the folder of this case itself: left out"]
    assert summary["totals"]["exhibits"] >= 1


def test_order_does_not_depend_on_the_file_system(case: Case, inbox: Path, take: Take) -> None:
    for name in ("b", "a", "C", "é", "a.d"):
        (inbox / name).write_text(name)
    take(inbox)
    items = [row["item"] for row in case.catalog.outcomes(status="done")]
    assert set(items) == {f"inbox/{name}" for name in ("b", "a", "C", "é", "a.d")}
    walked = [found.name for found in folder.walk(inbox, "inbox")]
    # bytes: upper case before lower, 'a' before 'a.d', é (0xC3) last
    assert walked == ["inbox/C", "inbox/a", "inbox/a.d", "inbox/b", "inbox/é"]


def test_what_does_not_exist_is_refused_before_anything_is_written(case: Case, inbox: Path) -> None:
    (inbox / "a").write_text("x")
    size = case.ledger.size()
    with pytest.raises(BadInput, match="no such file"):
        add(case, [inbox / "a", inbox / "nothing"])
    with pytest.raises(UsageError, match="not known"):
        add(case, [inbox / "a"], kind="photo-album")
    with pytest.raises(UsageError, match="article"):
        add(case, [inbox / "a"], kind="folder", published="2014")
    with pytest.raises(UsageError, match="nothing to add"):
        add(case, [])
    assert case.ledger.size() == size


class Crash(Exception):
    """Stands for a process that ends."""


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_crash_loses_one_part_and_a_second_run_brings_it(
    case: Case, inbox: Path, take: Take, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    for number in range(25):
        (inbox / f"{number:02d}").write_text(f"content {number // 2}")  # pairs of equal bytes
    monkeypatch.setattr(recorder, "PART_ITEMS", 10)
    real = case.ledger.append
    calls = [0]

    def append(*args: Any) -> Any:
        calls[0] += 1
        if calls[0] == nth:
            raise Crash
        return real(*args)

    monkeypatch.setattr(case.ledger, "append", append)
    with pytest.raises(Crash):
        add(case, [inbox])
    assert case.catalog.counts().get("sightings", 0) == 10 * (nth - 1)
    monkeypatch.setattr(case.ledger, "append", real)
    summary = take(inbox)
    counts = case.catalog.counts()
    assert (counts["exhibit"], counts["sightings"]) == (13, 25)
    assert summary["totals"]["already"] == 10 * (nth - 1)
    assert len(set(refs(case))) == 25
    states = [noun.data["state"] for noun in case.catalog.nouns("session")]
    assert states == (["closed"] if nth == 1 else ["open", "closed"])
    case.rebuild()
    assert case.catalog.counts() == counts


def test_a_full_disk_stops_with_nothing_half_written(
    case: Case, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        (inbox / f"{number:02d}").write_text(f"content {number}")
    monkeypatch.setattr(recorder, "PART_ITEMS", 5)
    real = case.blobs.stage

    def stage(path: Path, **more: Any) -> Any:
        if path.name == "12":
            raise StorageFailed("could not store an item", why="No space left on device")
        return real(path, **more)

    monkeypatch.setattr(case.blobs, "stage", stage)
    with pytest.raises(StorageFailed):
        add(case, [inbox])
    counts = case.catalog.counts()
    assert counts["exhibit"] == counts["sightings"] == 10
    for noun in case.catalog.nouns("exhibit"):
        assert case.blobs.verify(noun.id)  # type: ignore[arg-type]


def test_progress_names_what_is_met(case: Case, inbox: Path) -> None:
    (inbox / "a").write_text("x")
    seen: list[Any] = []
    add(case, [inbox], progress=lambda *args: seen.append(args))
    assert seen == [(1, None, "inbox/a")]


def test_no_path_of_the_machine_enters_the_ledger(
    case: Case, inbox: Path, take: Take, tmp_path: Path
) -> None:
    (inbox / "a").write_text("x")
    (inbox / "l").symlink_to("a")
    take(inbox)
    for entry in case.ledger.entries():
        assert str(tmp_path) not in str(entry.fields)
    assert str(tmp_path) not in str(case.catalog.outcomes())


def test_exports_in_a_folder_are_told(inbox: Path, take: Take) -> None:
    (inbox / "posts.csv").write_text("id,user,t\n1,a,2014-06-14\n")
    (inbox / "more.csv").write_text("id,user,t\n2,a,2014-06-15\n")
    (inbox / "tg").mkdir()
    (inbox / "tg" / "result.json").write_text(
        '{"name": "c", "type": "public_channel", "id": 1, "messages": []}'
    )
    (inbox / "a.txt").write_text("words")
    (found,) = take(inbox)["imports"]
    assert found["sightings"] == 4
    notes = {note["what"].partition(":")[0]: note["items"] for note in found["notes"]}
    assert notes == {"kept but not read as posts": 2, "kept but not read as telegram": 1}


def test_a_kind_that_nothing_speaks_for_is_told(inbox: Path, take: Take) -> None:
    (inbox / "a.txt").write_text("words")
    (found,) = take(inbox, kind="x-archive")["imports"]
    assert [n["what"] for n in found["notes"]] == ["nothing in it says that it is x-archive"]
    summary = take(inbox, kind="telegram")
    (outcome,) = summary["outcomes"]
    assert outcome["item"] == "inbox/result.json" and "no such file" in outcome["reason"]
    posts = inbox / "posts.csv"
    posts.write_text("id,user,t\n1,a,2014-06-14\n")
    (found,) = take(posts, kind="claims")["imports"]
    assert "nothing in it says that it is claims; it looks like posts" in {
        note["what"] for note in found["notes"]
    }
    (found,) = take(posts, kind="posts")["imports"]
    assert found["notes"] == []
