"""Archives: nothing leaves the folder, nothing fills the disk, and every member has an outcome."""

from __future__ import annotations

import json
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case
from firsthand.case.blobs import alive
from firsthand.collect import Limits, add

Take = Callable[..., Any]
Reasons = Callable[[Any], dict[str, str]]


def refs(case: Case) -> set[str]:
    return {noun["ref"] for _, noun, _ in case.catalog.sightings()}


def write(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # duplicate names are meant
        for name, data in members:
            archive.writestr(name, data)
    return path


def left_over(case: Case) -> list[str]:
    return [path.name for path in (case.root / "incoming").iterdir()]


def test_members_are_items_and_the_archive_is_kept(
    case: Case, inbox: Path, take: Take, write_lines: Callable[..., bytes]
) -> None:
    post = {"id": "1", "t": 1402740000, "user": "u", "text": "words", "media": ["m/a.jpg"]}
    text = b"The army said that 160 to 190 men were killed."
    claim = {
        "id": "c1", "doc": "notes.txt", "question": "count", "event": "e",
        "value": {"min": 160, "max": 190, "kind": "killed"}, "polarity": "asserts",
        "hedge": "asserted", "attribution": "indirect", "source_chain": ["army"],
        "quote": "160 to 190 men",
    }  # fmt: skip
    path = write(
        inbox / "export.zip",
        ("a/claims.jsonl", write_lines(claim)),  # before the text that it quotes
        ("a/notes.txt", text),
        ("posts/posts.jsonl", write_lines(post)),
        ("posts/m/a.jpg", b"\xff\xd8\xff\xe0photo"),
        ("empty/", b""),
    )
    summary = take(path)
    assert summary["imports"][0]["kind"] == "zip"
    assert summary["outcomes"] == []
    assert refs(case) == {"export.zip!/a/notes.txt", "1", "export.zip!/posts/m/a.jpg"}
    assert summary["totals"]["claims"] == 1
    types = {noun.data["media_type"] for noun in case.catalog.nouns("exhibit")}
    assert types == {"application/zip", "application/x-ndjson", "text/plain", "image/jpeg"}
    assert left_over(case) == []
    before = case.catalog.counts()
    again = take(path)
    assert again["totals"]["done"] == 0
    assert case.catalog.counts()["sightings"] == before["sightings"]


def test_a_manifest_in_the_top_folder_is_used(case: Case, inbox: Path, take: Take) -> None:
    rows = json.dumps([{"path": "t.txt", "url": "http://example.org/t"}]).encode()
    path = write(
        inbox / "x.zip", ("top/documents.json", rows), ("top/t.txt", b"words"), ("top/b", b"\0")
    )
    take(path)
    assert refs(case) == {"http://example.org/t", "x.zip!/top/b"}


def test_names_that_lead_out(
    case: Case, inbox: Path, take: Take, reasons: Reasons, tmp_path: Path
) -> None:
    link = zipfile.ZipInfo("link")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    pipe = zipfile.ZipInfo("pipe")
    pipe.create_system = 3
    pipe.external_attr = (stat.S_IFIFO | 0o644) << 16
    bad = ["../up.txt", "/abs.txt", "a/../../up.txt", "..\\win.txt", "C:/drive.txt"]
    members: list[tuple[str | zipfile.ZipInfo, bytes]] = [(name, b"x") for name in bad]
    members += [(link, b"/etc/hostname"), (pipe, b""), ("good.bin", b"\0"), ("x" * 300, b"\0")]
    members += [("good.bin/below", b"\0")]
    summary = take(write(inbox / "a.zip", *members))
    why = reasons(summary)
    assert sum("unsafe name" in reason for reason in why.values()) == len(bad)
    assert "symbolic link" in why["a.zip!/link"]
    assert "pipe" in why["a.zip!/pipe"]
    assert "too long" in why["a.zip!/" + "x" * 300]
    assert "clashes" in why["a.zip!/good.bin/below"]
    assert refs(case) == {"a.zip!/good.bin"}
    assert not list(tmp_path.rglob("*.txt"))


def test_duplicate_names_are_set_apart(case: Case, inbox: Path, take: Take) -> None:
    path = write(inbox / "a.zip", ("n.bin", b"\0one"), ("n.bin", b"\0two"), ("N.BIN", b"\0three"))
    summary = take(path)
    assert summary["totals"]["quarantined"] == 2
    assert refs(case) == {"a.zip!/n.bin"}


def test_bombs(case: Case, inbox: Path, take: Take, reasons: Reasons) -> None:
    tight = b"\0" * (8 << 20)  # about 1000:1
    noise = bytes(range(256)) * 4096  # repeats, but keeps the whole below 200:1
    import random

    mixed = random.Random(1).randbytes(1 << 20)
    path = write(inbox / "a.zip", ("bomb.bin", tight), ("noise.bin", mixed), ("r.bin", noise[:999]))
    summary = take(path)
    assert list(reasons(summary)) == ["a.zip!/bomb.bin"]
    assert "a bomb" in reasons(summary)["a.zip!/bomb.bin"]
    assert refs(case) == {"a.zip!/noise.bin", "a.zip!/r.bin"}
    whole = take(write(inbox / "b.zip", ("bomb.bin", tight)))
    assert whole["totals"]["quarantined"] == 1
    assert whole["totals"]["exhibits"] == 1  # the archive itself, unopened
    assert list(reasons(whole)) == ["b.zip!/"]


def test_too_many_and_too_large(case: Case, inbox: Path, reasons: Reasons, small: Limits) -> None:
    many = write(inbox / "a.zip", *((f"{number}", b"x") for number in range(60)))
    summary = add(case, [many], limits=small)
    assert "60 entries" in reasons(summary)["a.zip!/"]
    assert summary["totals"]["quarantined"] == 1
    large = write(inbox / "b.zip", ("a", b"abcdefgh" * 1000))
    summary = add(case, [large], limits=Limits(archive_bytes=1000))
    assert "8000 bytes" in reasons(summary)["b.zip!/"]


def test_a_directory_that_claims_too_much_is_not_read(
    inbox: Path, case: Case, reasons: Reasons
) -> None:
    path = write(inbox / "a.zip", ("a", b"x"))
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x05\x06")
    struct.pack_into("<HHI", data, at + 8, 9999, 9999, 0x7FFFFFFF)
    path.write_bytes(data)
    summary = add(case, [path], limits=Limits(archive_entries=100))
    assert summary["totals"]["quarantined"] == 1


def test_damaged_and_encrypted_members(
    case: Case, inbox: Path, take: Take, reasons: Reasons
) -> None:
    path = write(inbox / "a.zip", ("broken.bin", b"abc" * 100), ("fine.bin", b"\0"))
    data = bytearray(path.read_bytes())
    start = data.find(b"broken.bin") + len("broken.bin")
    data[start + 2] ^= 0xFF
    path.write_bytes(data)
    assert "cannot be unpacked" in reasons(take(path))["a.zip!/broken.bin"]
    assert "a.zip!/fine.bin" in refs(case)
    other = write(inbox / "b.zip", ("secret.bin", b"\0"))
    data = bytearray(other.read_bytes())
    data[6] |= 1  # general purpose flag, bit 0 (APPNOTE 4.4.4), local and central header
    data[data.find(b"PK\x01\x02") + 8] |= 1
    other.write_bytes(data)
    assert "encrypted" in reasons(take(other))["b.zip!/secret.bin"]


@pytest.mark.parametrize("data", [b"PK\x03\x04 cut off", b"PK\x05\x06" + b"\xff" * 18, b"x"])
def test_what_is_no_archive_is_kept(case: Case, inbox: Path, take: Take, data: bytes) -> None:
    (inbox / "a.zip").write_bytes(data)
    summary = take(inbox / "a.zip", kind="zip")
    assert summary["totals"]["exhibits"] == 1
    assert summary["totals"]["failed"] + summary["totals"]["quarantined"] == 1


def test_an_archive_in_an_archive_is_kept_not_opened(case: Case, inbox: Path, take: Take) -> None:
    inner = write(inbox / "inner.zip", ("secret.txt", b"x")).read_bytes()
    take(write(inbox / "outer.zip", ("inner.zip", inner)))
    ((_, noun, _),) = case.catalog.sightings()
    assert noun["ref"] == "outer.zip!/inner.zip"
    assert "not opened" in noun["remark"]


def test_what_a_killed_import_had_unpacked_is_removed(case: Case, inbox: Path, take: Take) -> None:
    dead = case.root / "incoming" / "zip-4194999-aa"  # beyond the largest process number
    dead.mkdir()
    (dead / "x").write_bytes(b"x")
    take(write(inbox / "a.zip", ("b.bin", b"\0")))
    assert left_over(case) == []
    assert alive(1)
