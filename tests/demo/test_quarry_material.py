"""The truth of a generated event is consistent with what lies on disk, and with itself."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from firsthand.demo.quarry import ENTERED, MATERIAL, generate
from firsthand.demo.quarry.copies import HIGHEST_BANNER, REACHABLE
from firsthand.media.pdq import pdq
from firsthand.model.errors import BadInput

pytestmark = pytest.mark.slow

SEED = 11


@dataclass(frozen=True)
class Made:
    """What one call wrote."""

    folder: Path
    truth: Any

    @property
    def material(self) -> Path:
        return self.folder / MATERIAL


def _made(folder: Path, seed: int) -> Made:
    # Small photographs: what is tested here does not depend on their size.
    path = generate(folder, seed=seed, posts=1200, width=480)
    return Made(folder, json.loads(path.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return _made(tmp_path_factory.mktemp("quarry") / "q", SEED)


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return _made(tmp_path_factory.mktemp("quarry") / "q", SEED + 1)


def _rows(made: Made) -> list[Any]:
    text = (made.material / "stream" / "stream.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.images: list[str] = []
        self.published = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        if tag == "img":
            self.images.append(about["src"] or "")
        if about.get("property") == "article:published_time":
            self.published = about["content"] or ""


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def _posted(made: Made) -> list[tuple[str, str, int, str]]:
    """Read posts with pictures of the event off the files: platform, account, time, digest."""
    found = []
    of_event = {c["sha256"] for c in [*made.truth["originals"], *made.truth["copies"]]}
    for folder in ("site", "articles"):
        below = made.material / folder
        for row in json.loads((below / "documents.json").read_text(encoding="utf-8")):
            page = _Page()
            page.feed((below / row["path"]).read_text(encoding="utf-8"))
            assert page.published == row["published"]
            for image in page.images:
                digest = sha256((below / image).read_bytes()).hexdigest()
                found.append(("web", row["publisher"], _ms(page.published), digest))
    for export in sorted((made.material / "telegram").iterdir()):
        chat = json.loads((export / "result.json").read_text(encoding="utf-8"))
        for message in chat["messages"]:
            if "photo" in message:
                digest = sha256((export / message["photo"]).read_bytes()).hexdigest()
                t_ms = int(message["date_unixtime"]) * 1000
                found.append(("telegram", message["from"], t_ms, digest))
    for row in _rows(made):
        for medium in row.get("media", []):
            data = (made.material / "stream" / medium["path"]).read_bytes()
            digest = sha256(data).hexdigest()
            found.append((row["platform"], row["user"], _ms(row["t"]), digest))
    return [post for post in found if post[3] in of_event]


# ---- files ------------------------------------------------------------------------------------


def test_every_original_and_copy_is_posted_and_has_the_bytes_that_the_truth_says(
    made: Made,
) -> None:
    truth = made.truth
    assert len(truth["originals"]) == 12
    assert len(truth["copies"]) >= 60
    for one in [*truth["originals"], *truth["copies"]]:
        assert one["files"]
        for name in one["files"]:
            data = (made.material / name).read_bytes()
            assert sha256(data).hexdigest() == one["sha256"]
    kinds = Counter(copy["kind"] for copy in truth["copies"])
    assert {*REACHABLE, "crop", "collage", "screenshot", "tall_banner"} == set(kinds)


def test_no_file_of_the_material_tells_the_truth(made: Made) -> None:
    names = {path.relative_to(made.folder).parts[0] for path in made.folder.rglob("*.json*")}
    assert names == {"material", "entered", "truth"}
    for path in made.material.rglob("*"):
        if path.suffix in (".json", ".jsonl", ".html"):
            text = path.read_text(encoding="utf-8")
            assert "clock_off" not in text
            assert "reachable" not in text


def test_a_banner_that_can_be_reached_is_at_most_six_hundredths_high(made: Made) -> None:
    for copy in made.truth["copies"]:
        if copy["kind"] == "banner":
            assert 0 < copy["params"]["height_permille"] <= HIGHEST_BANNER * 1000
        if copy["kind"] == "tall_banner":
            assert copy["params"]["height_permille"] > 2 * HIGHEST_BANNER * 1000


def test_mirrored_and_stripped_copies_are_what_they_are_called(made: Made) -> None:
    files = {c["key"]: c["files"][0] for c in [*made.truth["originals"], *made.truth["copies"]]}
    for copy in made.truth["copies"]:
        with Image.open(made.material / copy["files"][0]) as image:
            image.load()
            assert not image.getexif()
            if copy["kind"] == "stripped":
                with Image.open(made.material / files[copy["from"]]) as source:
                    assert source.getexif()
                    assert source.tobytes() == image.tobytes()
            if copy["kind"] == "grey":
                red, green, blue = image.resize((40, 30)).split()
                assert red.tobytes() == green.tobytes() == blue.tobytes()


# ---- times, places, metadata ------------------------------------------------------------------


def test_instants_follow_one_another(made: Made) -> None:
    when = made.truth["when"]
    taken = [original["t"] for original in made.truth["originals"]]
    assert when["not_before"] < min(taken)
    assert when["taken"] == [min(taken), max(taken)]
    assert max(taken) < when["not_after"]
    assert _ms(when["not_after"]) == min(post[2] for post in _posted(made))


def test_exif_is_off_by_the_clock_and_gps_is_near_unless_stale(made: Made) -> None:
    offset = made.truth["place"]["utc_offset_min"] * 60_000
    stale = right = 0
    for original in made.truth["originals"]:
        with Image.open(made.material / original["files"][0]) as image:
            exif = image.getexif()
        inner = exif.get_ifd(ExifTags.IFD.Exif)
        written = inner[ExifTags.Base.DateTimeOriginal]
        assert written == original["exif_written"]
        assert ExifTags.Base.OffsetTimeOriginal not in inner
        shown = _ms(written.replace(":", "-", 2) + "+00:00")
        off = original["device"]["clock_off_s"]
        assert shown - offset - _ms(original["t"]) == off * 1000
        assert 180 < abs(off) < 1400
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        assert bool(gps) == (original["gps"] is not None)
        if gps:
            degrees, minutes, seconds = (float(part) for part in gps[ExifTags.GPS.GPSLatitude])
            latitude = degrees + minutes / 60 + seconds / 3600
            latitude *= 1 if gps[ExifTags.GPS.GPSLatitudeRef] == "N" else -1
            away = abs(latitude - original["camera"]["latitude"])
            if original["gps"]["stale"]:
                stale += 1
                assert away > 0.2  # 22 km
            else:
                right += 1
                assert away < 0.0005  # 55 m
    assert stale == 1
    assert right >= 3


def test_sun_is_up_and_uprights_are_consistent_with_it(made: Made) -> None:
    for original in made.truth["originals"]:
        assert 12 < original["sun"]["elevation"] < 70
        for upright in original["uprights"]:
            width, height = original["camera"]["size"]
            for x, y in upright.values():
                assert 0 <= x < width
                assert 0 <= y < height
            assert upright["top"][1] < upright["base"][1]
    assert any(original["uprights"] for original in made.truth["originals"])


def test_persons_seen_are_persons_there(made: Made) -> None:
    persons = made.truth["persons"]
    everybody = set()
    for scene in persons["scenes"]:
        standing, sitting = set(scene["standing"]), set(scene["sitting"])
        assert not standing & sitting
        everybody |= standing | sitting
        for seen in scene["seen_in"].values():
            assert {int(person) for person in seen} <= standing | sitting
    assert len(everybody) == persons["in_all"]
    assert sum(len(scene["seen_in"]) for scene in persons["scenes"]) == 12


# ---- copies, first sightings, spread ----------------------------------------------------------


def test_first_seen_and_spread_are_those_of_the_posts_on_disk(made: Made) -> None:
    truth, posted = made.truth, _posted(made)
    digests = {c["key"]: c["sha256"] for c in [*truth["originals"], *truth["copies"]]}
    for group in truth["groups"]:
        key = group["original"]
        linked = {digests[copy] for copy in group["linked"]}
        mine = [post for post in posted if post[3] in linked]
        first = min(mine, key=lambda post: post[2])
        told = truth["first_seen"][key]["linked"]
        assert (told["platform"], told["account"], _ms(told["t"])) == first[:3]
        count = Counter((post[0], post[1]) for post in mine)
        told_count = {
            (platform, account): about["posts"]
            for platform, found in truth["spread"][key].items()
            for account, about in found["accounts"].items()
        }
        assert told_count == dict(count)


def test_posts_of_the_truth_are_those_on_disk(made: Made) -> None:
    truth = made.truth
    digests = {c["key"]: c["sha256"] for c in [*truth["originals"], *truth["copies"]]}
    told = [
        (post["platform"], post["account"], _ms(post["t"]), digests[key])
        for post in truth["posts"]
        for key in post["copies"]
    ]
    assert sorted(told) == sorted(_posted(made))
    assert [post["t"] for post in truth["posts"]] == sorted(post["t"] for post in truth["posts"])


def test_the_site_is_first_on_the_whole_but_not_for_every_picture(made: Made) -> None:
    first = [seen["linked"]["platform"] for seen in made.truth["first_seen"].values()]
    assert Counter(first) == {"web": 8, "telegram": 2, "twitter": 2}
    assert min(_posted(made), key=lambda post: post[2])[0] == "web"


def test_linked_copies_are_reachable_and_groups_do_not_overlap(made: Made) -> None:
    reachable = {copy["key"] for copy in made.truth["copies"] if copy["reachable"]}
    linked = [key for group in made.truth["groups"] for key in group["linked"]]
    assert len(linked) == len(set(linked))
    assert set(linked) == reachable | {original["key"] for original in made.truth["originals"]}
    assert len(made.truth["same_scene"]) == 12 * 11 // 2


def test_originals_are_far_apart_and_have_enough_in_them(made: Made, another: Made) -> None:
    # 31 bits and quality 50 are PDQ's own limits; its distance is taken over the eight symmetries.
    hashes = []
    for one in (made, another):
        for original in one.truth["originals"]:
            with Image.open(one.material / original["files"][0]) as image:
                turned, quality = pdq(np.asarray(image.convert("RGB")))
            assert quality >= 50
            hashes.append([int(each, 16) for each in turned])
    apart = [
        min((each ^ other[0]).bit_count() for each in one) for one, other in combinations(hashes, 2)
    ]
    assert len(apart) == 24 * 23 // 2
    assert min(apart) > 40


# ---- the stream -------------------------------------------------------------------------------


def test_stream_has_its_length_and_is_in_order(made: Made) -> None:
    rows = _rows(made)
    assert len(rows) == made.truth["stream"]["posts"] == 1200
    assert [row["t"] for row in rows] == sorted(row["t"] for row in rows)
    assert len({row["id"] for row in rows}) == len(rows)
    ids = {row["id"]: row for row in rows}
    reposts = [row for row in rows if "repost_of" in row]
    assert reposts
    for row in reposts:
        assert ids[row["repost_of"]]["t"] < row["t"]
        assert "repost_of" not in ids[row["repost_of"]]


def test_campaign_is_new_accounts_in_a_burst_under_a_tag_that_others_use(made: Made) -> None:
    rows, told = _rows(made), made.truth["stream"]["campaign"]
    accounts, posts = set(told["accounts"]), set(told["posts"])
    assert {row["user"] for row in rows if row["id"] in posts} == accounts
    assert all(row["id"] in posts for row in rows if row["user"] in accounts)
    mine = [row for row in rows if row["id"] in posts]
    assert all(any(f"#{tag}" in row["text"] for tag in told["tags"]) for row in mine)
    assert _ms(told["window"][1]) - _ms(told["window"][0]) < 4 * 3_600_000
    others = [r for r in rows if r["id"] not in posts and f"#{told['tags'][0]}" in r["text"]]
    assert len(others) > 40
    assert {row["lang"] for row in mine} == {"en", "ar"}


# ---- seeds ------------------------------------------------------------------------------------


def test_same_seed_same_bytes(made: Made, tmp_path: Path) -> None:
    again = _made(tmp_path / "q", SEED)

    def bytes_of(folder: Path) -> dict[str, str]:
        return {
            str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    assert bytes_of(again.folder) == bytes_of(made.folder)


def test_another_seed_changes_all_that_it_names(made: Made, another: Made) -> None:
    def named(truth: Any) -> list[Any]:
        return [
            *truth["names"].values(),
            [truth["place"]["latitude"], truth["place"]["longitude"]],
            *truth["when"].values(),
            truth["said"]["captives_claimed"],
            [original["camera"] for original in truth["originals"]],
            [copy["params"] for copy in truth["copies"]],
            truth["stream"]["campaign"]["accounts"],
        ]

    for one, other in zip(named(made.truth), named(another.truth), strict=True):
        assert one != other
    digests = [{o["sha256"] for o in m.truth["originals"]} for m in (made, another)]
    assert not digests[0] & digests[1]


# ---- bad input --------------------------------------------------------------------------------


def test_material_is_never_written_over(made: Made) -> None:
    with pytest.raises(BadInput, match="holds material"):
        generate(made.folder, seed=1)


def test_too_short_a_stream_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="too short"):
        generate(tmp_path / "q", posts=10)
    assert not (tmp_path / "q").exists()


def test_what_a_person_enters_names_only_what_the_pages_say(made: Made) -> None:
    text = (made.folder / ENTERED).read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    pages = " ".join(
        path.read_text(encoding="utf-8") for path in (made.material / "articles").glob("*.html")
    )
    quotes = [row["quote"] for row in rows if "quote" in row]
    assert len(quotes) == 5
    assert all(quote in pages for quote in quotes)
