"""A page that states no time, captured: what the case says of when it was there.

Expected times: the WARC-Date that is written here; a second ends one second later.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from firsthand.case import Case, View
from firsthand.collect import add
from firsthand.model.nouns import Event
from firsthand.report.build import build
from firsthand.report.html import render
from firsthand.report.posts_export import export_posts
from firsthand.report.registry import registry
from firsthand.report.schema import validate
from firsthand.run import Analysis

from .test_copies import drawn

BY = "2024-05-01T08:00:00Z"
ADDRESS = "http://forum.example/pictures/1.jpg"


def jpeg(seed: int, quality: int) -> bytes:
    data = io.BytesIO()
    drawn(seed).save(data, "JPEG", quality=quality)
    return data.getvalue()


def record(uri: str, when: str, body: bytes) -> bytes:
    """Return a response record, written by hand after ISO 28500:2017, 4 and 6.3."""
    block = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n" + body
    head = (
        f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: {uri}\r\nWARC-Date: {when}\r\n"
        "WARC-Record-ID: <urn:uuid:1>\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    folder = tmp_path_factory.mktemp("captured")
    for name, seed in (("a", 1), ("b", 2)):
        (folder / f"{name}.jpg").write_bytes(jpeg(seed, 80))
    rows = [
        {"id": "1", "t": "2024-05-02T10:00:00Z", "platform": "x", "user": "ann",
         "media": ["a.jpg"], "shows": ["killing"]},
        {"id": "2", "t": "2024-05-02T11:00:00Z", "platform": "x", "user": "ben",
         "media": ["b.jpg"], "shows": ["fire"]},
    ]  # fmt: skip
    (folder / "posts.jsonl").write_text("\n".join(map(json.dumps, rows)))
    # The first picture was captured before it was posted, the second long after.
    (folder / "c.warc").write_bytes(
        record(ADDRESS, BY, jpeg(1, 60))
        + record("http://forum.example/2.jpg", "2024-06-01T08:00:00Z", jpeg(2, 60))
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRSTHAND_HOME", str(folder / "home"))
        made = Case.create(folder / "case", title="captured", by="tester")
        add(made, [folder / "posts.jsonl", folder / "c.warc"], by="tester")
        with made.batch(by="tester") as batch:
            for name in ("killing", "fire"):
                batch.noun("event", Event(id=name, label=name))
        Analysis(View(made), registry(), record=True, by="tester").run()
        yield made
        made.close()


def asked(report: Any, event: str, question: str) -> Any:
    return next(e for e in report["events"] if e["id"] == event)["questions"][question]


def test_what_was_captured_first_is_first_seen_without_a_lower_bound(case: Case) -> None:
    report = build(case, registry())
    validate(report)
    page = next(s for s in report["sightings"] if s["ref"] == ADDRESS)
    assert page["published"] == {
        "text": f"captured {BY}", "earliest": None, "latest": "2024-05-01T08:00:01Z",
    }  # fmt: skip
    first = asked(report, "killing", "first_seen")
    assert "Seen not after 1 May 2024, 08:00:01 UTC" in first["answer"]
    assert "since when is not known" in first["answer"]
    assert "Not seen earlier than" not in first["answer"]
    assert first["estimate"]["bounds"]["not_before"] is None
    assert page["id"] in first["support"]
    when = asked(report, "killing", "when")
    assert when["estimate"]["bounds"]["not_after"] == "2024-05-01T08:00:01Z"
    assert "when it was captured, not when it was published" in when["answer"]


def test_what_was_captured_later_could_be_earlier(case: Case) -> None:
    report = build(case, registry())
    first = asked(report, "fire", "first_seen")
    assert "Not seen earlier than 2024-05-02T11:00:00Z, on x, account ben" in first["answer"]
    assert (
        "Of these 1 says only that it was there by a time, and could be earlier" in first["answer"]
    )
    assert first["estimate"]["bounds"]["not_before"] is None
    assert "captured" not in asked(report, "fire", "when")["answer"]
    group = next(g for g in report["groups"] if g["shows"] == ["fire"])
    assert group["first_seen"]["unbounded"] == 1
    assert [p["platform"] for p in group["spread"]["platforms"]] == ["x", "web"]


def test_the_page_draws_an_arrow_and_says_before(case: Case) -> None:
    page = render(build(case, registry()))
    assert "no lower bound; surely seen before 1 May 2024, 08:00:01 UTC" in page
    assert "only that it was there by a time (a capture), not since when" in page
    assert re.search(rf'<span class="written">(<[^>]*>)*captured {BY}<', page)
    assert "written captured" not in page
    assert 'class="open"' in page  # the arrow of an open bound, in the timeline


def test_as_of_a_day_what_was_captured_by_then_takes_part(case: Case) -> None:
    refs = {s["ref"] for s in build(case, registry(), as_of="2024-05-01")["sightings"]}
    assert refs == {ADDRESS}
    assert not build(case, registry(), as_of="2024-04-30")["sightings"]


def test_a_capture_goes_out_and_comes_in_again(
    case: Case, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("trip")
    export_posts(case, folder / "out")
    rows = map(json.loads, (folder / "out" / "posts.jsonl").read_text().splitlines())
    row = next(row for row in rows if row["id"] == ADDRESS)
    assert row["t_bounds"] == {"earliest": None, "latest": "2024-05-01T08:00:01Z"}
    other = Case.create(folder / "other", by="tester")
    add(other, [folder / "out" / "posts.jsonl"])
    told = [{noun["id"]: noun for _, noun, _ in c.catalog.sightings()} for c in (case, other)]
    assert told[0] == told[1]
    again = add(other, [case.root.parent / "c.warc"])["totals"]
    assert again["sightings"] == 0  # the capture itself is known by the same id
    other.close()
