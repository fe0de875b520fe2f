"""Web captures as warcio 1.8.1 and wacz 0.6.0 wrote them, damaged ones, and bombs.

Expected values: the generated site (tools/fixture_site.py), whose pictures auto-archiver stored
with their stated SHA-256, and records written by hand after the standard.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case
from firsthand.collect import Limits, add

Take = Callable[..., Any]
Reasons = Callable[[Any], dict[str, str]]
SITE = "http://quarry-news.example:8931"
FIELD = "sha256:13b1bcf6e1e9f3a53cd965659d4fa4bc6d5f4e4e7c760cf7983441fc28ab5cca"
ROAD = "sha256:54d8634dfda10c305697dcb38bc3ac24d1f129bb6fa433896dd331f8d7262b71"


@pytest.fixture
def fixtures(repository: Path) -> Path:
    return repository / "tests" / "fixtures" / "warc"


def on_web(case: Case) -> dict[str, Any]:
    nouns = [noun for _, noun, _ in case.catalog.sightings() if noun["platform"] == "web"]
    return {noun["ref"].removeprefix(SITE): noun for noun in nouns}


def gaps(case: Case) -> dict[str, str]:
    return {gap.data["what"]: gap.data["reason"] for gap in case.catalog.nouns("gap")}


def record(
    uri: str, body: bytes, *headers: tuple[str, str], packed: bool = True, kind: str = "response"
) -> bytes:
    """Return one record, written by hand after ISO 28500:2017, 4 and 6.3."""
    block = b"HTTP/1.1 200 OK\r\n"
    block += b"".join(f"{name}: {value}\r\n".encode() for name, value in headers) + b"\r\n" + body
    digest = base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()
    head = (
        f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {uri}\r\n"
        "WARC-Date: 2024-05-04T12:00:00Z\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
        f"WARC-Payload-Digest: sha1:{digest}\r\n"
        "Content-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    data = head.encode() + block + b"\r\n\r\n"
    return gzip.compress(data) if packed else data


def picture(number: int) -> bytes:
    return b"\xff\xd8\xff\xe0" + random.Random(number).randbytes(200)


def test_each_response_is_a_sighting(case: Case, take: Take, fixtures: Path) -> None:
    summary = take(fixtures / "capture.warc.gz")
    assert summary["imports"][0]["kind"] == "warc"
    assert summary["outcomes"] == []
    found = on_web(case)
    assert set(found) == {
        "/old", "/news/quarry.html", "/news/relatives.html", "/pictures/field.jpg",
        "/pictures/road.png", "/pictures/missing.jpg", "/video/clip.mp4",
        "/pictures/field-copy.jpg",
    }  # fmt: skip
    assert found["/pictures/field.jpg"]["exhibits"] == [FIELD]
    assert found["/pictures/field-copy.jpg"]["exhibits"] == [FIELD]  # a revisit record
    assert "captured 2026-11-25T" in found["/pictures/field.jpg"]["remark"]
    picture = found["/pictures/field.jpg"]["published"]
    assert picture["text"].startswith("captured 2026-11-25T")
    assert set(picture["bounds"]) == {"end_ms"}  # there by then, and since nobody knows when
    assert "it led on to /news/quarry.html" in found["/old"]["remark"]
    packed = found["/news/relatives.html"]  # sent with Content-Encoding: gzip
    assert packed["exhibits"][1:] == [FIELD, ROAD]
    assert "at least twelve men" in case.text(packed["text"])
    assert packed["published"]["text"] == "2024-05-05T09:00:00Z"
    assert "page's own metadata" in packed["remark"]
    assert gaps(case) == {
        f"page {SITE}/pictures/missing.jpg": "the server answered 404 when it was captured"
    }
    again = take(fixtures / "capture.warc.gz")
    assert again["totals"]["done"] == again["totals"]["gaps"] == 0


def test_a_capture_bounds_what_states_no_time_of_its_own(
    case: Case, take: Take, inbox: Path
) -> None:
    page = b"<html><head><title>t</title>%s</head><body><p>" + b"Dozens were led away. " * 20
    stated = b'<meta property="article:published_time" content="2024-05-03T08:00:00Z">'
    body = ("Content-Type", "text/html")
    (inbox / "c.warc").write_bytes(
        b"".join(
            record(f"http://x.example/{name}", data, *extra, packed=False).replace(
                b"2024-05-04T12:00:00Z", when
            )
            for name, data, extra, when in (
                ("page", page % b"", (body,), b"2024-05-04T12:00:00Z"),
                ("dated", page % stated, (body,), b"2024-05-04T12:00:00Z"),
                ("picture", picture(1), (), b"2024-05-04T12:00:00Z"),
                ("again", picture(1), (), b"2024-05-05"),
                ("reset", picture(1), (), b"1970-01-01T00:00:09Z"),
                ("words", picture(1), (), b"last week"),
            )
        )
    )
    take(inbox / "c.warc")
    nouns = {
        n["ref"].rpartition("/")[2]: n
        for _, n, _ in case.catalog.sightings()
        if n["platform"] == "web"
    }
    # 2024-05-04T12:00:00Z is 1714824000; the second ends a second later, a day at its midnight.
    bound = {"text": "captured 2024-05-04T12:00:00Z", "bounds": {"end_ms": 1714824001000}}
    assert nouns["page"]["published"] == nouns["picture"]["published"] == bound
    assert nouns["again"]["published"]["bounds"] == {"end_ms": 1714953600000}
    assert nouns["dated"]["published"]["text"].startswith("2024-05-03")
    assert "captured 2024-05-04T12:00:00Z by the clock of whoever" in nouns["dated"]["remark"]
    assert "published" not in nouns["reset"] and "captured 1970-01-01" in nouns["reset"]["remark"]
    assert "published" not in nouns["words"]
    assert take(inbox / "c.warc")["totals"]["done"] == 0


def test_a_plain_file_names_pictures_that_it_lacks(case: Case, take: Take, fixtures: Path) -> None:
    assert take(fixtures / "plain.warc")["imports"][0]["kind"] == "warc"
    assert set(on_web(case)) == {"/news/quarry.html"}
    assert set(gaps(case)) == {"picture /pictures/field.jpg", "picture /pictures/road.png"}


def test_a_package_is_checked_against_its_own_list(
    case: Case, take: Take, reasons: Reasons, fixtures: Path, inbox: Path
) -> None:
    summary = take(fixtures / "capture.wacz")
    assert summary["imports"][0]["kind"] == "wacz"
    assert summary["outcomes"] == []
    assert len(on_web(case)) == 8
    assert take(fixtures / "capture.wacz")["totals"]["done"] == 0
    changed = inbox / "changed.wacz"
    with zipfile.ZipFile(fixtures / "capture.wacz") as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "indexes/index.idx":
                data += b"!"
            if name == "pages/pages.jsonl":
                data += b'{"url": "https://lost.example/"}\n\xff\n'
            new.writestr(name, data)
    why = reasons(take(changed))
    assert set(why) == {
        "changed.wacz!/indexes/index.idx#digest", "changed.wacz!/pages/pages.jsonl#digest",
    }  # fmt: skip
    assert "other bytes than the package states" in why["changed.wacz!/indexes/index.idx#digest"]
    assert gaps(case)["page https://lost.example/"] == "listed but not captured"


def test_a_package_that_states_nonsense(
    case: Case, take: Take, reasons: Reasons, inbox: Path
) -> None:
    folder = inbox / "w"
    (folder / "archive").mkdir(parents=True)
    (folder / "archive" / "a.warc.gz").write_bytes(record("http://x.example/a", picture(1)))
    rows = [
        {"path": "../../etc/passwd", "hash": "sha256:00"}, {"path": "gone", "hash": "md5:0"}, 7,
        {"path": "archive/a.warc.gz", "hash": "crc:1"}, {"path": 1, "hash": 2},
    ]  # fmt: skip
    (folder / "datapackage.json").write_text(json.dumps({"resources": rows}))
    summary = take(folder)
    assert summary["imports"][0]["kind"] == "wacz"
    why = list(reasons(summary).values())
    assert [text[:12] for text in why] == ["unsafe path:", "vanished: it", "its digest c"]
    assert set(on_web(case)) == {"http://x.example/a"}
    (folder / "datapackage.json").write_bytes(b"[" * 100_000)
    assert "no list of files" in next(iter(reasons(take(folder)).values()))


def test_damage_costs_one_record(case: Case, take: Take, reasons: Reasons, inbox: Path) -> None:
    parts = [record(f"http://x.example/{n}", picture(n)) for n in range(6)]
    broken = bytearray(parts[1])
    broken[len(broken) // 2] ^= 0xFF
    parts[1] = bytes(broken)
    parts[3] = gzip.compress(b"WARC/1.1\r\nnonsense\r\n" + b"x: y\r\n" * 9)
    parts[4] = b"\x1f\x8b\x08junk" + b"\0" * 50 + parts[4]
    (inbox / "a.warc.gz").write_bytes(b"".join(parts)[:-40])
    summary = take(inbox / "a.warc.gz")
    assert {ref[-1] for ref in on_web(case)} == {"0", "2", "4"}
    assert summary["totals"]["failed"] >= 3
    assert any("cut off" in why for why in reasons(summary).values())
    assert take(inbox / "a.warc.gz")["totals"]["done"] == 0


def test_plain_files_go_on_behind_damage(
    case: Case, take: Take, reasons: Reasons, inbox: Path
) -> None:
    parts = [record(f"http://x.example/{n}", picture(n), packed=False) for n in range(4)]
    parts[1] = b"WARC/1.1\r\nContent-Length: -5\r\nWARC-Type: x" + b"\xff" * 400 + b"\r\n\r\n"
    (inbox / "a.warc").write_bytes(b"".join(parts)[:-30])
    why = reasons(take(inbox / "a.warc"))
    assert {ref[-1] for ref in on_web(case)} >= {"0", "2", "3"}
    assert any("bytes are missing" in text for text in why.values())


def test_digests_are_checked(case: Case, take: Take, reasons: Reasons, inbox: Path) -> None:
    data = record("http://x.example/a", b"\xff\xd8\xff\xe0 one", packed=False)
    (inbox / "a.warc").write_bytes(data.replace(b" one", b" two"))
    (text,) = reasons(take(inbox / "a.warc")).values()
    assert "not those whose digest" in text
    assert set(on_web(case)) == {"http://x.example/a"}


def test_bombs_are_set_apart_and_the_rest_goes_on(
    case: Case, take: Take, reasons: Reasons, inbox: Path
) -> None:
    zeros = bytes(64 << 20)
    coded = gzip.compress(zeros)
    parts = [
        record("http://x.example/member", zeros),
        record("http://x.example/coding", coded, ("Content-Encoding", "gzip")),
        gzip.compress(b"WARC/1.1\r\n" + random.Random(1).randbytes(1 << 20).hex().encode()),
        record("http://x.example/good", picture(1)),
    ]
    (inbox / "a.warc.gz").write_bytes(b"".join(parts))
    summary = take(inbox / "a.warc.gz")
    assert "http://x.example/good" in on_web(case)
    why = list(reasons(summary).values())
    assert sum("a bomb" in text for text in why) == 2
    assert any("head of a record" in text for text in why)  # two million digits without an end
    assert not list((case.root / "incoming").iterdir())
    size = sum(path.stat().st_size for path in case.root.rglob("*") if path.is_file())
    assert size < 4 << 20


def test_the_whole_is_bounded(case: Case, inbox: Path, reasons: Reasons) -> None:
    parts = [record(f"http://x.example/{n}", picture(n) * 40) for n in range(9)]
    (inbox / "a.warc.gz").write_bytes(b"".join(parts))
    summary = add(case, [inbox / "a.warc.gz"], limits=Limits(archive_bytes=30_000))
    assert summary["totals"]["quarantined"] == 2
    assert "rest of the file was not read" in list(reasons(summary).values())[-1]
    assert 2 <= len(on_web(case)) <= 4


def test_revisits_and_codings_that_cannot_be_resolved(case: Case, take: Take, inbox: Path) -> None:
    revisit = record("http://x.example/r", b"", kind="revisit")
    brotli = record("http://x.example/br", b"\x0b\x02\x80", ("Content-Encoding", "br"))
    (inbox / "a.warc.gz").write_bytes(revisit + brotli)
    take(inbox / "a.warc.gz")
    assert "in a file that was not added" in gaps(case)["body of http://x.example/r"]
    assert "still coded: br" in on_web(case)["http://x.example/br"]["remark"]


@pytest.mark.parametrize("data", [b"", b"WARC/1.1", b"\x1f\x8b\x08", b"WARC/1.0\r\n\r\n" * 3000])
def test_what_is_no_capture_is_kept(case: Case, take: Take, inbox: Path, data: bytes) -> None:
    (inbox / "a.warc").write_bytes(data)
    summary = take(inbox / "a.warc", kind="warc")
    assert summary["totals"]["exhibits"] == 1
    assert not on_web(case)


@pytest.mark.parametrize("seed", range(12))
def test_no_mutation_stops_an_import(
    case: Case, take: Take, fixtures: Path, inbox: Path, seed: int
) -> None:
    dice = random.Random(seed)
    name = ("capture.warc.gz", "plain.warc")[seed % 2]
    data = bytearray((fixtures / name).read_bytes())
    for _ in range(dice.randrange(1, 30)):
        data[dice.randrange(len(data))] = dice.randrange(256)
    (inbox / name).write_bytes(data[: dice.randrange(len(data) // 2, len(data))])
    take(inbox / name, kind="warc")  # the balance is checked there
    assert not list((case.root / "incoming").iterdir())
