"""PDF: text by page, places of words, what is missing said, and nothing stopped by a bad file.

Expected values: the generated page (tools/fixture_site.py) that Chromium printed, and files written
by hand after ISO 32000-1, where text stands at the place that the content stream says.
"""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case
from firsthand.collect import Limits, add
from firsthand.model.errors import UsageError

Take = Callable[..., Any]
Reasons = Callable[[Any], dict[str, str]]


def pdf(*pages: bytes, turn: int = 0, extra: str = "", trailer: str = "") -> bytes:
    """Return a PDF whose pages of 300 x 200 points hold these content streams."""
    kids = " ".join(f"{3 + 2 * n} 0 R" for n in range(len(pages)))
    font = "<</Type/Font/Subtype/Type1/BaseFont/Courier>>"
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>".encode(),
    ]
    for number, content in enumerate(pages):
        bodies.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Rotate {turn}{extra}"
            f"/Resources<</Font<</F1 {font}>>>>/Contents {4 + 2 * number} 0 R>>".encode()
        )
        packed = zlib.compress(content)
        head = f"<</Length {len(packed)}/Filter/FlateDecode>>stream\n".encode()
        bodies.append(head + packed + b"\nendstream")
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    size = len(places) + 1
    out += f"trailer<</Size {size}/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def words(text: str, x: int = 72, y: int = 150) -> bytes:
    return f"BT /F1 10 Tf {x} {y} Td ({text}) Tj ET".encode()


def only(case: Case) -> Any:
    ((_, noun, _),) = case.catalog.sightings()
    return noun


def places(case: Case) -> Any:
    (found,) = [
        each.id
        for each in case.catalog.nouns("exhibit")
        if str(each.data.get("derivation")).startswith("pdf.words 1 pypdfium2 5")
    ]
    return json.loads(case.blobs.get(found))


def test_a_printed_page(case: Case, take: Take, repository: Path) -> None:
    path = repository / "tests" / "fixtures" / "browser" / "quarry.pdf"
    summary = take(path)
    assert summary["imports"][0]["kind"] == "pdf"
    assert summary["outcomes"] == []
    noun = only(case)
    text = case.text(noun["text"])
    assert "Men led away from the quarry" in text
    assert "at least twelve men had been" in " ".join(text.split())
    assert "عُثر على صور في الموقع" in text  # drawn from left to right in the file
    assert (noun["platform"], noun["ref"]) == ("file", "quarry.pdf")
    assert "published" not in noun  # a date that the file states is none of publication
    assert "CreationDate" in noun["remark"]
    exhibit = case.catalog.noun("exhibit", noun["text"])
    assert exhibit is not None
    assert exhibit.data["derived_from"] == noun["exhibits"][0]
    assert exhibit.data["derivation"].startswith("pdf.text 1 pypdfium2 5")
    found = places(case)
    assert (found["of"], found["text"]) == (noun["exhibits"][0], noun["text"])
    # 160 mm x 120 mm, as it was printed: 453.5 x 340.2 points, which Chromium rounds up.
    assert 453_000 < found["pages"][0]["width_mpt"] < 455_000
    for word in found["pages"][0]["words"]:
        start, end = word["span"]
        assert text[start:end].strip() == text[start:end] != ""
    again = take(path)
    assert again["totals"]["done"] == 0


def test_words_stand_where_the_file_puts_them(case: Case, take: Take, inbox: Path) -> None:
    (inbox / "a.pdf").write_bytes(pdf(words("one two"), words("three", 10, 20)))
    take(inbox / "a.pdf")
    text = case.text(only(case)["text"])
    assert [page.strip() for page in text.split("\f")] == ["one two", "three"]
    pages = places(case)["pages"]
    boxes = {
        text[slice(*word["span"])]: word["box_mpt"] for page in pages for word in page["words"]
    }
    # Courier is 0.6 em wide: letters of 6 points from x = 72, on a base line 150 above the bottom.
    x, y, width, height = boxes["one"]
    assert 72_000 <= x < 74_000
    assert 16_000 < x + width - 72_000 <= 18_500
    assert 43_000 < y < 50_000  # letters without ascenders
    assert abs(y + height - 50_000) < 500
    assert 96_000 <= boxes["two"][0] < 98_500
    assert 10_000 <= boxes["three"][0] < 12_500
    assert (pages[0]["width_mpt"], pages[0]["height_mpt"]) == (300_000, 200_000)


@pytest.mark.parametrize(
    ("turn", "corner"),
    [
        # The base line's left end (72, 150) of 300 x 200, from the top left after turning
        # clockwise: (x, 200 - y), (y, x), (300 - x, y), (200 - y, 300 - x).
        (0, (72_000, 50_000)),
        (90, (150_000, 72_000)),
        (180, (228_000, 150_000)),
        (270, (50_000, 228_000)),
    ],
)
def test_turned_pages(
    case: Case, take: Take, inbox: Path, turn: int, corner: tuple[int, int]
) -> None:
    (inbox / "a.pdf").write_bytes(pdf(words("n"), turn=turn))
    take(inbox / "a.pdf")
    (page,) = places(case)["pages"]
    sizes = (300_000, 200_000) if turn in (0, 180) else (200_000, 300_000)
    assert (page["width_mpt"], page["height_mpt"]) == sizes
    x, y, width, height = page["words"][0]["box_mpt"]
    near = min(abs(corner[0] - each) for each in (x, x + width))
    assert near < 1000
    assert min(abs(corner[1] - each) for each in (y, y + height)) < 1000


def test_pages_that_are_cut_count_from_the_cut(case: Case, take: Take, inbox: Path) -> None:
    (inbox / "a.pdf").write_bytes(pdf(words("n"), extra="/CropBox[50 100 300 180]"))
    take(inbox / "a.pdf")
    (page,) = places(case)["pages"]
    assert (page["width_mpt"], page["height_mpt"]) == (250_000, 80_000)
    x, y, _, height = page["words"][0]["box_mpt"]
    assert 22_000 <= x < 23_500
    assert abs(y + height - 30_000) < 500


def test_pages_without_text_are_gaps(case: Case, take: Take, reasons: Reasons, inbox: Path) -> None:
    (inbox / "a.pdf").write_bytes(pdf(words("words"), b"0 0 9 9 re f", b""))
    summary = take(inbox / "a.pdf")
    assert summary["outcomes"] == []
    assert [gap.data["what"] for gap in case.catalog.nouns("gap")] == [
        "text on page 2", "text on page 3",
    ]  # fmt: skip
    (inbox / "b.pdf").write_bytes(pdf(b""))
    assert reasons(take(inbox / "b.pdf"))["b.pdf#text"] == "no text in it"


def test_options_of_articles_apply(case: Case, take: Take, inbox: Path) -> None:
    (inbox / "a.pdf").write_bytes(pdf(words("words")))
    take(
        inbox / "a.pdf", url="https://x.example/r.pdf", published="2014-06", publisher="UN",
        lang="en",
    )  # fmt: skip
    noun = only(case)
    assert (noun["platform"], noun["ref"]) == ("web", "https://x.example/r.pdf")
    assert (noun["published"]["text"], noun["account"], noun["lang"]) == ("2014-06", "UN", "en")
    (inbox / "p.jsonl").write_text('{"id": "1", "t": 1, "text": "x"}\n')
    with pytest.raises(UsageError):
        add(case, [inbox / "a.pdf", inbox / "p.jsonl"], lang="en")


LOCKED = (
    "/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<" + "11" * 32 + ">/U<" + "22" * 32 + ">>>"
    "/ID[<00><00>]"
)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"%PDF-1.4\n", "not readable"),
        (b"%PDF-1.7\n" + b"\0" * 5000, "not readable"),
        (pdf(words("words"))[:300], "not readable"),
        (pdf(words("words"), trailer=LOCKED), "encrypted"),
        (pdf(), ""),
    ],
)
def test_broken_files_are_kept_and_said(
    case: Case, take: Take, reasons: Reasons, inbox: Path, data: bytes, why: str
) -> None:
    (inbox / "a.pdf").write_bytes(data)
    summary = take(inbox / "a.pdf")
    assert why in reasons(summary)["a.pdf#text"]
    assert summary["totals"]["exhibits"] == 1


def test_bombs_are_bounded(case: Case, inbox: Path, reasons: Reasons) -> None:
    good = words("words")
    loop = good + b" q" * 3_000_000  # a graphics state without an end
    deep = pdf(good).replace(b"/Type/Pages/Kids[3 0 R]", b"/Type/Pages/Kids[2 0 R]")  # a circle
    many = pdf(*[good] * 30)
    long = pdf(b"BT /F1 1 Tf " + b"1 0 0 1 0 0 Tm (" + b"w " * 2_000_000 + b") Tj ET")
    for name, data in {"loop": pdf(loop), "deep": deep, "many": many, "long": long}.items():
        (inbox / f"{name}.pdf").write_bytes(data)
    limits = Limits(pdf_pages=20, pdf_seconds=3)
    summary = add(case, sorted(inbox.iterdir()), limits=limits)
    why = reasons(summary)
    assert why["many.pdf#text"] == "30 pages: only the first 20 were read"
    assert "deep.pdf#text" in why
    assert summary["totals"]["sightings"] == 4
    texts = [noun for _, noun, _ in case.catalog.sightings() if noun["ref"] == "many.pdf"]
    assert case.text(texts[0]["text"]).count("\f") == 19


@pytest.mark.parametrize("seed", range(10))
def test_no_mutation_stops_an_import(
    case: Case, take: Take, inbox: Path, repository: Path, seed: int
) -> None:
    dice = random.Random(seed)
    data = bytearray((repository / "tests/fixtures/browser/quarry.pdf").read_bytes())
    for _ in range(dice.randrange(1, 200)):
        data[dice.randrange(len(data))] = dice.randrange(256)
    (inbox / "a.pdf").write_bytes(data)
    take(inbox / "a.pdf", kind="pdf")
