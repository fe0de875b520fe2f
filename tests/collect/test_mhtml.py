"""Pages saved as MHTML: by Chromium 156 (tests/fixtures/browser), and by nobody with good intent.

Expected values: the generated page (tools/fixture_site.py) and the bytes of its pictures.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case
from firsthand.collect import Limits, add

Take = Callable[..., Any]
Reasons = Callable[[Any], dict[str, str]]
ADDRESS = "http://quarry-news.example:8931/news/quarry.html"
# The same pictures as auto-archiver stored, whose stated SHA-256 stands in its table.
FIELD = "sha256:13b1bcf6e1e9f3a53cd965659d4fa4bc6d5f4e4e7c760cf7983441fc28ab5cca"
ROAD = "sha256:54d8634dfda10c305697dcb38bc3ac24d1f129bb6fa433896dd331f8d7262b71"
WORDS = "<p>" + "Witnesses said that dozens of men were led away from the base. " * 5 + "</p>"


def only(case: Case) -> Any:
    ((_, noun, _),) = case.catalog.sightings()
    return noun


@pytest.fixture
def saved(repository: Path) -> Path:
    return repository / "tests" / "fixtures" / "browser" / "quarry.mhtml"


def test_a_page_that_a_browser_saved(case: Case, take: Take, saved: Path) -> None:
    summary = take(saved)
    assert summary["imports"][0]["kind"] == "article"
    assert summary["outcomes"] == []
    noun = only(case)
    assert (noun["platform"], noun["ref"], noun["url"]) == ("web", ADDRESS, ADDRESS)
    assert noun["exhibits"][1:] == [FIELD, ROAD]
    text = case.text(noun["text"])
    assert "at least twelve men had been" in text
    assert "عُثر على صور" in text
    assert "Home Sport" not in text
    assert noun["published"]["text"] == "2024-05-04T12:30:00+03:00"  # the page's own metadata
    assert "saved Wed, 25 Nov 2026" in noun["remark"]
    assert noun["title"] == "Men led away from the quarry"
    types = {each.id: each.data for each in case.catalog.nouns("exhibit")}
    assert types[noun["exhibits"][0]]["media_type"] == "multipart/related"
    page = types[types[noun["text"]]["derived_from"]]
    assert page["media_type"] == "text/html"
    assert page["derived_from"] == noun["exhibits"][0]
    assert types[FIELD]["media_type"] == "image/jpeg"
    assert types[FIELD]["derivation"] == f"mhtml.part of {noun['exhibits'][0]}"
    assert not case.catalog.nouns("gap")
    again = take(saved)
    assert again["totals"]["done"] == again["totals"]["gaps"] == 0


def mhtml(*parts: str, header: str = "") -> bytes:
    body = "".join(f"--b\r\n{part}\r\n" for part in parts)
    start = "MIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n boundary=b\r\n"
    return f"{start}{header}\r\n{body}--b--\r\n".encode()


def test_pictures_by_cid_and_pictures_that_are_missing(case: Case, take: Take, inbox: Path) -> None:
    picture = base64.b64encode(b"\x89PNG\r\n\x1a\nx").decode()
    page = f'<html><body>{WORDS}<img src="cid:one@x"><img src="/two.png"></body></html>'
    (inbox / "p.mht").write_bytes(
        mhtml(
            f"Content-Type: text/html\r\nContent-Location: https://a.example/p\r\n\r\n{page}",
            "Content-Type: image/png\r\nContent-ID: <one@x>\r\n"
            f"Content-Transfer-Encoding: base64\r\n\r\n{picture}",
        )
    )
    take(inbox / "p.mht", url="https://b.example/q")
    noun = only(case)
    assert noun["ref"] == "https://b.example/q"  # what a person says stands above the file
    assert len(noun["exhibits"]) == 2
    assert "published" not in noun
    assert [gap.data["what"] for gap in case.catalog.nouns("gap")] == ["picture /two.png"]


def test_a_page_without_a_time_was_there_when_it_was_saved(
    case: Case, take: Take, inbox: Path
) -> None:
    page = f"Content-Type: text/html\r\n\r\n<html><body>{WORDS}</body></html>"
    saved = "Fri, 20 Jun 2014 12:00:00 +0200"
    (inbox / "p.mht").write_bytes(mhtml(page, header=f"Date: {saved}\r\n"))
    take(inbox / "p.mht")
    when = only(case)["published"]
    # 10:00:00 UTC is 1403258400; the second that was written ends a second later.
    assert when == {"text": f"captured {saved}", "bounds": {"end_ms": 1403258401000}}
    assert f"saved {saved} by the clock of whoever" in only(case)["remark"]
    stated = take(inbox / "p.mht", published="2014-06-19")
    assert stated["totals"]["sightings"] == 1  # what a person says stands above the file
    assert {n["published"]["text"] for _, n, _ in case.catalog.sightings()} == {
        f"captured {saved}", "2014-06-19",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (mhtml("Content-Type: image/png\r\n\r\nx"), "no page in the file"),
        (mhtml("Content-Type: text/html\r\n\r\n  "), "no page in the file"),
        (mhtml(*["Content-Type: text/x\r\n\r\ny"] * 6000), "too many"),
        (mhtml("Content-Type: text/html; charset=\xff\r\n\r\n<html>"), "no text was found"),
        (mhtml("Content-Type: text/html\r\n\r\n<html><p>" + "<div>" * 30_000), "no text"),
    ],
)
def test_broken_files_are_kept(
    case: Case, take: Take, reasons: Reasons, inbox: Path, data: bytes, why: str
) -> None:
    (inbox / "a.mhtml").write_bytes(data)
    (inbox / "b.txt").write_bytes(b"words")
    summary = take(inbox / "a.mhtml")
    assert why in reasons(summary)["a.mhtml#text"]
    assert summary["totals"]["exhibits"] >= 1


def test_nesting_and_size_are_bounded(case: Case, inbox: Path, reasons: Reasons) -> None:
    nested = b"Content-Type: text/html\r\n\r\n<html>"
    for number in range(300):
        start = f"Content-Type: multipart/related; boundary=b{number}\r\n\r\n--b{number}\r\n"
        nested = start.encode() + nested + f"\r\n--b{number}--\r\n".encode()
    (inbox / "deep.mhtml").write_bytes(b"MIME-Version: 1.0\r\n" + nested)
    (inbox / "large.mhtml").write_bytes(
        mhtml("Content-Type: text/html\r\n\r\n<html>" + "x" * 200_000)
    )
    limits = Limits(page_bytes=100_000)
    summary = add(case, [inbox / "deep.mhtml", inbox / "large.mhtml"], limits=limits)
    why = reasons(summary)
    assert "nested" in why["deep.mhtml#text"]
    assert "larger than 100000" in why["large.mhtml#text"]
