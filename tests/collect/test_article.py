"""Articles: the page, its text, where and when it stood, and what it names that we lack."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case
from firsthand.collect import Limits, add, extraction
from firsthand.collect.addresses import normalised
from firsthand.model.errors import BadInput, UsageError

Take = Callable[..., Any]
Reasons = Callable[[Any], dict[str, str]]

PAGE = """<!doctype html><html lang="en"><head><title>Men led away</title>
<meta property="article:published_time" content="2014-06-16T09:00:00+00:00">
<meta property="og:site_name" content="The Example">
</head><body><nav>Home News Sport</nav><article><h1>Men led away</h1>
<p>Witnesses said that dozens of men were led away from the base on Thursday, and that
nobody has seen them since then.</p>
<p>A spokesman said that the pictures are “authentic”, and that about 170 soldiers had been shot
in a field near the river.</p>
<img src="held.jpg"><img src="missing.jpg"><img src="data:image/gif;base64,R0lGOD">
<img src="https://cdn.example/remote.jpg"></article></body></html>"""


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def only(case: Case) -> Any:
    ((_, noun, _),) = case.catalog.sightings()
    return noun


def test_a_page_gives_its_text_as_an_exhibit_of_its_own(
    case: Case, inbox: Path, take: Take
) -> None:
    (inbox / "held.jpg").write_bytes(b"\xff\xd8\xff\xe0x")
    path = inbox / "page.html"
    path.write_text(PAGE, encoding="utf-8")
    summary = take(path, url="HTTPS://News.Example:443/a?id=7&utm_source=x#top")
    assert summary["imports"][0]["kind"] == "article"
    noun = only(case)
    text = case.text(noun["text"])
    assert "about 170 soldiers had been shot" in text
    assert "Home News Sport" not in text
    exhibit = case.catalog.noun("exhibit", noun["text"])
    assert exhibit is not None
    page = digest(path.read_bytes())
    assert exhibit.data["derived_from"] == page
    assert exhibit.data["derivation"] == extraction.derivation()
    assert exhibit.data["derivation"].startswith("article.text trafilatura 2.")
    assert noun["exhibits"] == [page, digest(b"\xff\xd8\xff\xe0x")]
    assert (noun["platform"], noun["ref"]) == ("web", "https://news.example/a?id=7")
    assert noun["url"] == "HTTPS://News.Example:443/a?id=7&utm_source=x#top"
    assert noun["published"]["text"] == "2014-06-16T09:00:00+00:00"
    assert "page's own metadata" in noun["remark"]
    assert (noun["account"], noun["title"], noun["lang"]) == ("The Example", "Men led away", "en")
    gaps = {gap.data["what"] for gap in case.catalog.nouns("gap")}
    assert gaps == {"picture missing.jpg", "picture https://cdn.example/remote.jpg"}
    again = take(path, url="https://news.example/a?id=7")
    assert again["totals"]["exhibits"] == again["totals"]["sightings"] == 0


@pytest.mark.parametrize(
    ("stated", "first"),
    [
        ("2024-05-05T01:00:00+03:00", "2024-05-04T22:00:00Z"),  # not the UTC day that is written
        ("2024-05-05T00:00:00Z", "2024-05-05T00:00:00Z"),
        ("2024-05-05", "2024-05-05T00:00:00Z"),
    ],
)
def test_the_time_that_a_page_states_keeps_its_zone(
    case: Case, inbox: Path, take: Take, stated: str, first: str
) -> None:
    path = inbox / "page.html"
    meta = f'<meta property="article:published_time" content="{stated}">'
    path.write_text(f"<html><head>{meta}</head><body><p>{'Some words. ' * 20}</p></body></html>")
    take(path)
    published = only(case)["published"]
    assert published["text"].startswith("2024-05-05")
    start = published["bounds"]["start_ms"]
    assert datetime.fromtimestamp(start / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") == first


def test_what_a_person_says_stands_above_the_page(case: Case, inbox: Path, take: Take) -> None:
    path = inbox / "page.html"
    path.write_text(PAGE, encoding="utf-8")
    take(path, published="2014-06-15", publisher="Another", lang="fr")
    noun = only(case)
    assert (noun["published"]["text"], noun["account"], noun["lang"]) == (
        "2014-06-15", "Another", "fr",
    )  # fmt: skip
    assert "remark" not in noun
    assert noun["ref"] == "page.html"


def test_text_stays_as_it_is(case: Case, inbox: Path, take: Take) -> None:
    data = "\ufeffFirst line\r\nتكريت 😀\r\n".encode()
    (inbox / "a.txt").write_bytes(data)
    take(inbox / "a.txt", published="2014-06")
    noun = only(case)
    assert noun["text"] == digest(data)
    assert noun["exhibits"] == [digest(data)]
    assert case.text(noun["text"]) == "\ufeffFirst line\r\nتكريت 😀\r\n"
    assert len(case.catalog.nouns("exhibit")) == 1


def test_text_that_is_not_utf8_is_kept_and_the_failure_recorded(
    case: Case, inbox: Path, take: Take, reasons: Reasons
) -> None:
    (inbox / "a.txt").write_bytes(b"caf\xe9")
    summary = take(inbox / "a.txt", kind="article")
    assert (summary["totals"]["done"], summary["totals"]["failed"]) == (1, 1)
    assert reasons(summary) == {"a.txt#text": "not UTF-8 text: unexpected end of data at byte 3"}
    assert case.blobs.get(digest(b"caf\xe9")) == b"caf\xe9"  # type: ignore[arg-type]
    assert "text" not in only(case)


@pytest.mark.parametrize(
    "page",
    [
        b"<html></html>",
        b"<html><body><script>var a = 1;</script></body></html>",
        b"<!doctype html>" + b"<div>" * 300_000,
        b"<!doctype html><html>" + bytes(range(128, 256)) * 100,
    ],
)
def test_a_page_without_text_is_kept_and_the_failure_recorded(
    case: Case, inbox: Path, take: Take, reasons: Reasons, page: bytes
) -> None:
    (inbox / "p.html").write_bytes(page)
    summary = take(inbox / "p.html")
    assert case.blobs.has(digest(page))  # type: ignore[arg-type]
    assert summary["totals"]["done"] == 1
    if summary["totals"]["failed"]:  # a parser may make words of noise, but never fall over
        assert list(reasons(summary)) == ["p.html#text"]


@pytest.mark.slow
def test_a_reader_that_hangs_or_dies_is_replaced(
    case: Case, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        (inbox / f"{name}.html").write_text(PAGE.replace("Men", name), encoding="utf-8")
    (inbox / "documents.json").write_text('[{"path": "a.html"}, {"path": "b.html"}]')
    real = extraction._START
    begin = extraction.Extractor._begin
    programs = iter([f"import time; time.sleep(60)\n{real}"])  # the first child only

    def begun(extractor: extraction.Extractor) -> object:
        monkeypatch.setattr(extraction, "_START", next(programs, real))
        return begin(extractor)

    monkeypatch.setattr(extraction.Extractor, "_begin", begun)
    summary = add(case, [inbox / "documents.json"], limits=Limits(page_seconds=15))
    assert summary["outcomes"][0]["item"] == "a.html#text"
    assert "took longer than 15 s" in summary["outcomes"][0]["reason"]
    assert summary["totals"]["failed"] == 1
    sessions = [noun.data for noun in case.catalog.nouns("session")]
    assert [each["state"] for each in sessions] == ["closed"]
    assert "no network" in sessions[0]["sandbox"]  # what hostile files met is on record
    assert len([n for _, n, _ in case.catalog.sightings() if "text" in n]) == 1


def test_a_reader_has_bounded_memory(case: Case, inbox: Path, reasons: Reasons) -> None:
    (inbox / "a.html").write_text(PAGE, encoding="utf-8")
    summary = add(case, [inbox / "a.html"], limits=Limits(page_memory=64 << 20))
    assert list(reasons(summary)) == ["a.html#text"]
    assert summary["totals"]["done"] == 1


def test_a_page_that_is_too_large_is_kept(case: Case, inbox: Path, reasons: Reasons) -> None:
    (inbox / "a.html").write_text(PAGE, encoding="utf-8")
    summary = add(case, [inbox / "a.html"], limits=Limits(page_bytes=100))
    assert "larger than 100 bytes" in reasons(summary)["a.html#text"]
    assert summary["totals"]["exhibits"] == 1


def test_missing_pictures_are_capped_with_a_count(case: Case, inbox: Path) -> None:
    pictures = "".join(f'<img src="{number}.jpg">' for number in range(30))
    (inbox / "a.html").write_text(PAGE.replace("</article>", pictures + "</article>"))
    summary = add(case, [inbox / "a.html"], limits=Limits(page_gaps=10))
    assert summary["totals"]["gaps"] == 11
    # 30 more, held.jpg, missing.jpg and the remote one, of which 10 are named
    assert "23 more pictures" in {gap.data["what"] for gap in case.catalog.nouns("gap")}


def test_a_manifest(case: Case, inbox: Path, take: Take, reasons: Reasons, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (inbox / "a").mkdir()
    (inbox / "a" / "one.txt").write_text("first document")
    (inbox / "two.txt").write_text("second document")
    (inbox / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0x")
    rows = [
        {"path": "a/one.txt", "published": "2014-06-13", "publisher": "P", "title": "T",
         "url": "http://Example.org", "lang": "en", "remark": "r"},
        {"path": "two.txt", "published": "last week", "known": True, "url": "http://x.example/2"},
        {"path": "../secret.txt"},
        {"path": "missing.txt"},
        {"path": "two.txt", "colour": "red"},
        {"path": "two.txt", "known": "yes"},
        {},
        "two.txt",
    ]  # fmt: skip
    (inbox / "documents.json").write_text(json.dumps(rows))
    summary = take(inbox)
    assert summary["imports"][0]["kind"] == "article"
    found = {noun["ref"]: noun for _, noun, _ in case.catalog.sightings()}
    assert set(found) == {"http://example.org/", "http://x.example/2", "inbox/photo.jpg"}
    one, two = found["http://example.org/"], found["http://x.example/2"]
    assert (one["account"], one["title"], one["lang"], one["remark"]) == ("P", "T", "en", "r")
    assert one["published"]["bounds"]["end_ms"] == 1402704000000  # 2014-06-14T00:00:00Z
    second = digest(b"second document")
    assert (two["exhibits"], two["known_through"], two["text"]) == ([], second, second)
    assert two["published"] == {"text": "last week", "bounds": {}}
    failed = reasons(summary)
    assert set(failed) == {
        "two.txt#published", "missing.txt", *(f"documents.json#{n}" for n in (2, 4, 5, 6, 7)),
    }  # fmt: skip
    assert "unsafe path" in failed["documents.json#2"]
    assert "colour" in failed["documents.json#4"]
    assert take(inbox)["totals"]["done"] == 0


def test_a_folder_without_a_manifest(case: Case, inbox: Path, take: Take, reasons: Reasons) -> None:
    folder = inbox / "pages"
    folder.mkdir()
    (folder / "a.html").write_text(PAGE)
    assert "no documents.json" in reasons(take(folder, kind="article"))["pages"]


@pytest.mark.parametrize("content", [b"{", b'{"path": "a"}', b"\xff", b"[" * 100_000])
def test_a_manifest_that_cannot_be_read_is_kept(
    inbox: Path, take: Take, reasons: Reasons, content: bytes
) -> None:
    (inbox / "documents.json").write_bytes(content)
    summary = take(inbox / "documents.json", kind="article")
    assert list(reasons(summary)) == ["documents.json#documents"]
    assert summary["totals"]["exhibits"] == 1


def test_options_that_cannot_be_used(case: Case, inbox: Path) -> None:
    (inbox / "a.txt").write_text("x")
    with pytest.raises(BadInput, match="cannot be read"):
        add(case, [inbox / "a.txt"], published="last week")
    with pytest.raises(UsageError, match="one document"):
        add(case, [inbox / "a.txt", inbox / "a.txt"], url="http://example.org")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Example.ORG", "https://example.org/"),
        ("http://example.org:80/A?b=%41", "http://example.org/A?b=%41"),
        ("http://example.org:8080/", "http://example.org:8080/"),
        ("http://example.org/?z=1&fbclid=9&a=2&UTM_Medium=x", "http://example.org/?z=1&a=2"),
        ("http://example.org/a#b", "http://example.org/a"),
        ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]/"),
        ("ftp://Example.org/a", "ftp://Example.org/a"),
        ("http://[broken", "http://[broken"),
        ("s12", "s12"),
    ],
)
def test_addresses(url: str, expected: str) -> None:
    assert normalised(url) == expected
