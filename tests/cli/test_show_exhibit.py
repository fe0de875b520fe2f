"""What ``show`` says of pictures; times, place and copies are planted here."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont

from firsthand.cli.main import run

from .test_match import drawn


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "held"
    folder.mkdir()
    exif = Image.Exif()
    exif[271] = "Canon"
    exif.get_ifd(0x8769)[36867] = "2014:06:12 09:15:30"
    # 34.6 N, 43.68 E is in Saladin, Iraq, a kilometre or two from the centre of Tikrit.
    exif.get_ifd(0x8825).update({1: "N", 2: (34.0, 36.0, 0.0), 3: "E", 4: (43.0, 41.0, 0.0)})
    drawn(1, (320, 240)).save(folder / "camera.jpg", exif=exif, quality=90)
    drawn(1, (160, 120)).save(folder / "posted.jpg", quality=80)
    whole = (folder / "camera.jpg").read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 3])
    posts = [
        {
            "platform": "telegram",
            "id": "p7",
            "user": "channel",
            "t": "2014-06-14T10:00Z",
            "text": "from the silo",
            "media": ["posted.jpg"],
        }
    ]
    (folder / "posts.jsonl").write_text("".join(json.dumps(post) + "\n" for post in posts))
    made = tmp_path / "case"
    assert run(["new", str(made)]) == 0
    assert run(["add", str(made), str(folder / "posts.jsonl"), "--as", "posts"]) == 0
    assert run(["add", str(made), str(folder / "camera.jpg"), str(folder / "cut.jpg")]) == 0
    return made


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert run(["show", *words]) == 0
    return capsys.readouterr().out


def test_a_picture_tells_what_is_known(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = shown(capsys, str(case))
    assert "not looked at yet: 3 pictures or videos: firsthand analyse CASE" in before
    assert "not looked at yet" in shown(capsys, str(case), "camera.jpg")
    assert run(["analyse", str(case)]) == 0
    overview = shown(capsys, str(case))
    assert "could not be looked at:" in overview and "cut.jpg: failed" in overview
    assert "not looked at yet" not in overview

    text = shown(capsys, str(case), "camera.jpg")
    assert "pixels: 320 x 240, JPEG, RGB" in text
    assert "its file names: Canon" in text
    # Seen in a copy on 14 June 2014, 10:00, a time to the minute.
    assert "taken: before 14 June 2014, 10:01 UTC, from sighting:" in text
    assert "exif taken: 2014:06:12 09:15:30, zone not stated (DateTimeOriginal)" in text
    assert "clock reset" in text and "carried over from other file" in text
    assert "place: 34.60000, 43.68333 by its own file, error not stated" in text
    assert "Saladin, Iraq; could be wrong: stale" in text
    assert "telegram p7 (sha256:" in text and "of 256 bits differ" in text
    assert "not seen earlier than 14 June 2014, 10:00 to 10:01 UTC, telegram channel" in text
    assert "searched: 3 sightings with media (file 2, telegram 1)" in text
    assert "not done" not in text


def test_a_rejected_link_is_no_copy(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["analyse", str(case)]) == 0
    about = _about(capsys, case, "camera.jpg")
    (group,) = about["groups"]
    links = [other["link"]["finding"] for other in group["others"] if other["link"]]
    for link in links:
        assert run(["assess", str(case), link, "reject", "--why", "another place"]) == 0
    waiting = _about(capsys, case, "camera.jpg")
    assert any("firsthand analyse" in each for each in waiting["todo"])
    assert run(["analyse", str(case)]) == 0
    after = _about(capsys, case, "camera.jpg")
    assert after["groups"] == [] and after["todo"] == []
    # Nobody may take that for a statement that there is none.
    assert "one that was changed much may be missed" in shown(capsys, str(case), "camera.jpg")
    # Its own file was never posted, so that nothing bounds it.
    assert after["time"]["bounds"] == {"earliest_ms": None, "latest_ms": None, "from": []}


def _about(capsys: pytest.CaptureFixture[str], case: Path, name: str) -> Any:
    (about,) = json.loads(shown(capsys, str(case), name, "--json"))["about"].values()
    return about


def test_programs_that_are_missing_are_named(
    case: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "none").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    capsys.readouterr()
    assert run(["analyse", str(case)]) == 0
    said = capsys.readouterr().out
    assert "tesseract is not installed (Debian: tesseract-ocr tesseract-ocr-ara)" in said
    assert "exiftool is not installed (Debian: libimage-exiftool-perl)" in said
    # What needs neither was done all the same.
    text = shown(capsys, str(case), "camera.jpg")
    assert "pixels: 320 x 240" in text and "exif taken: 2014:06:12 09:15:30" in text
    assert "not done: text in it was not looked for" in text


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="no tesseract (Debian)")
def test_a_text_read_in_two_pictures_names_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # One text is one exhibit, derived from one of them only.
    sign = Image.new("RGB", (600, 120), "white")
    ImageDraw.Draw(sign).text((20, 20), "the grain silo", "black", ImageFont.load_default(64))
    (tmp_path / "held").mkdir()
    sign.save(tmp_path / "held" / "one.png", compress_level=1)
    sign.save(tmp_path / "held" / "two.png", compress_level=9)
    made = str(tmp_path / "case")
    assert run(["new", made]) == 0
    assert run(["add", made, str(tmp_path / "held")]) == 0
    assert run(["analyse", made, "--only", "media.text"]) == 0
    capsys.readouterr()
    assert run(["search", made, "grain"]) == 0
    found = capsys.readouterr().out
    assert found.count("exhibit ") == 1 and "    in held/one.png, held/two.png\n" in found


def test_posts_tell_their_words_and_what_is_missing(
    case: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lost = tmp_path / "more.jsonl"
    lost.write_text(json.dumps({"id": "8", "platform": "telegram", "media": ["gone.jpg"]}))
    assert run(["add", str(case), str(lost)]) == 0
    text = shown(capsys, str(case), "p7")
    assert "says: from the silo" in text
    assert "published: 14 June 2014, 10:00 to 10:01 UTC (written 2014-06-14T10:00Z)" in text
    assert "missing:\n  media gone.jpg: not contained in the export" in shown(capsys, str(case))
    assert run(["search", str(case), "silo"]) == 0
    assert "in telegram p7, channel, written 2014-06-14T10:00Z" in capsys.readouterr().out
