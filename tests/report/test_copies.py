"""A case with posts that carry copies, from import to report; pictures are drawn here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from firsthand.case import Case, View
from firsthand.collect import add
from firsthand.model.nouns import Event
from firsthand.report.build import build
from firsthand.report.html import render
from firsthand.report.judge import judge
from firsthand.report.registry import registry
from firsthand.report.schema import validate
from firsthand.run import Analysis
from firsthand.words.dates import written_time


def drawn(seed: int) -> Image.Image:
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (9, 12, 3), dtype=np.uint8))
    return small.resize((480, 360), Image.Resampling.BICUBIC)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    folder = tmp_path_factory.mktemp("posts")
    picture, other = drawn(1), drawn(2)
    picture.save(folder / "first.jpg", quality=90)
    picture.resize((240, 180)).save(folder / "small.jpg", quality=60)
    ImageOps.mirror(picture).save(folder / "mirror.jpg", quality=70)
    exif = Image.Exif()
    # A camera that says the day after the posts, near Tikrit (34.607 N, 43.678 E).
    exif[0x8769] = {0x9003: "2024:05:05 10:00:00"}
    exif[0x8825] = {1: "N", 2: (34, 36, 25.2), 3: "E", 4: (43, 40, 40.8)}
    other.save(folder / "camera.jpg", exif=exif, quality=90)

    def post(number: int, t: str | None, platform: str, user: str, *media: str, **more: Any) -> Any:
        row = {"id": str(number), "t": t, "platform": platform, "user": user, "text": "words"}
        return {**row, "media": [{"path": each} for each in media], **more}

    rows = [
        post(1, "2024-05-02T10:00:00Z", "site", "group", "first.jpg"),
        post(2, "2024-05-02T12:00:00Z", "telegram", "channel", "small.jpg"),
        post(3, "2024-05-02T13:00:00Z", "x", "ann", "mirror.jpg", "camera.jpg", shows=["killing"]),
        post(4, "2024-05-02T14:00:00Z", "x", "ben", "mirror.jpg", repost_of="3"),
        post(5, "2024-05-02T15:00:00Z", "x", "cem"),
        post(6, "2024-05-03T09:00:00Z", "forum", "dan", "small.jpg"),
    ]
    (folder / "posts.jsonl").write_text("\n".join(map(json.dumps, rows)))
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRSTHAND_HOME", str(home))
        made = Case.create(home / "case", title="copies", by="tester")
        add(made, [folder / "posts.jsonl"], by="tester")
        when = written_time("2024-05-01")
        with made.batch(by="tester") as batch:
            batch.noun("event", Event(id="fall", label="Town falls", when=when))
            killing = Event(id="killing", label="Killing", after=("fall",), places=("Tikrit",))
            batch.noun("event", killing)
        Analysis(View(made), registry(), record=True, by="tester").run()
        yield made
        made.close()


def question(report: Any, asked: str) -> Any:
    return next(e for e in report["events"] if e["id"] == "killing")["questions"][asked]


def by_ref(report: Any) -> dict[str, str]:
    return {s["ref"]: s["id"] for s in report["sightings"]}


def test_a_group_says_when_it_was_first_seen_and_how_it_spread(case: Case) -> None:
    report = build(case, registry())
    validate(report)
    (group,) = report["groups"]
    refs = by_ref(report)
    assert len(group["members"]) == 3 and group["shows"] == ["killing"]
    first = group["first_seen"]
    assert (first["earliest"], first["platform"], first["account"]) == (refs["1"], "site", "group")
    assert first["bounds"]["not_before"] == "2024-05-02T10:00:00Z"
    # Five posts with media; the one without is nothing that was searched.
    assert first["searched"]["platforms"] == {"forum": 1, "site": 1, "telegram": 1, "x": 2}
    spread = group["spread"]
    assert (spread["sightings"], spread["reposts"]) == (5, 1)
    assert [p["platform"] for p in spread["platforms"]] == ["site", "telegram", "x", "forum"]
    assert [a["account"] for a in spread["accounts"]] == ["group", "channel", "ann", "ben", "dan"]
    exhibits = {x["id"]: x for x in report["exhibits"]}
    assert {exhibits[m]["group"] for m in group["members"]} == {group["id"]}
    sizes = {(exhibits[m]["width"], exhibits[m]["height"]) for m in group["members"]}
    assert sizes == {(480, 360), (240, 180)}


def test_answers_use_copies_and_flag_what_a_camera_contradicts(case: Case) -> None:
    report = build(case, registry())
    seen, when = question(report, "first_seen"), question(report, "when")
    assert seen["status"] == "answered" and seen["estimate"]["method"] == "match.groups"
    assert "Not seen earlier than 2024-05-02T10:00:00Z, on site, account group" in seen["answer"]
    assert "never" not in seen["answer"] and "first appear" not in seen["answer"]
    # The post that was marked is of 13:00; a copy was out at 10:00.
    assert when["estimate"]["bounds"]["not_after"] == "2024-05-02T10:00:01Z"
    assert when["estimate"]["bounds"]["not_before"] == "2024-05-01T00:00:00Z"
    assert [flag["what"] for flag in when["flags"]] == ["taken_after_seen"]
    assert "nearest to Tikr" in question(report, "where")["answer"]


def test_as_of_a_day_nothing_later_takes_part(case: Case) -> None:
    report = build(case, registry(), as_of="2024-05-02")
    assert report["groups"][0]["spread"]["sightings"] == 4
    earlier = build(case, registry(), as_of="2024-05-01")
    assert earlier["groups"] == []


def test_the_page_shows_groups_and_no_pixel(case: Case) -> None:
    page = render(build(case, registry()))
    assert "Copies and spread" in page and "Not seen earlier than" in page
    assert '<svg xmlns="http://www.w3.org/2000/svg" class="figure spread-1"' in page
    assert "<img" not in page and "data:image" not in page


def test_a_rejected_link_changes_group_and_first_sighting(case: Case) -> None:
    report = build(case, registry())
    refs = by_ref(report)
    first = next(s for s in report["sightings"] if s["ref"] == "1")["exhibits"][0]
    for link in report["groups"][0]["links"]:
        if first in (link["a"], link["b"]):
            judge(case, registry(), link["finding"], "reject", None, "another picture", by="t")
    after = build(case, registry())
    (group,) = after["groups"]
    assert first not in group["members"]
    assert group["first_seen"]["earliest"] == refs["2"]
    assert question(after, "when")["estimate"]["bounds"]["not_after"] == "2024-05-02T12:00:01Z"
