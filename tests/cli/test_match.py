"""``firsthand match``: folders in, links out; pictures are drawn here."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from firsthand.cli.main import run


def drawn(seed: int, size: tuple[int, int] = (320, 240)) -> Image.Image:
    """Return a picture of soft random patches: enough to tell it from others."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (9, 12, 3), dtype=np.uint8))
    return small.resize(size, Image.Resampling.BICUBIC)


def matched(capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    assert run(["match", *map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "held"
    folder.mkdir()
    one = drawn(1)
    one.save(folder / "one.png")
    one.resize((160, 120)).save(folder / "small.jpg", quality=60)
    one.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "mirror.jpg", quality=80)
    one.save(folder / "pixels.tif")
    shutil.copy(folder / "one.png", folder / "again.png")
    drawn(2).save(folder / "other.png")
    Image.new("RGB", (64, 64), "white").save(folder / "white.png")
    Image.new("RGB", (80, 64), "black").save(folder / "black.png")
    data = (folder / "other.png").read_bytes()
    (folder / "broken.png").write_bytes(data[: len(data) // 8])
    (folder / "note.txt").write_text("not a picture")
    return folder


def test_copies_are_found_and_the_rest_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = matched(capsys, folder)
    names = {link["a"].rpartition("/")[2] + " " + link["b"].rpartition("/")[2]: link
             for link in found["links"]}  # fmt: skip
    assert names["again.png one.png"]["relation"] == "identical"
    assert names["one.png pixels.tif"]["relation"] == "identical"
    assert names["one.png small.jpg"]["relation"] == "copy"
    assert names["mirror.jpg one.png"]["transform"] == "mirrored"
    # What was made from which: the small one from the large one, never the other way.
    small = {
        name: link["derived"] for name, link in names.items() if name.endswith("png small.jpg")
    }
    assert set(small) == {"again.png small.jpg", "one.png small.jpg"}
    assert set(small.values()) <= {"b_from_a", "undetermined"}
    assert {names[n]["derived"] for n in ("again.png one.png", "one.png pixels.tif")} == {
        "undetermined"
    }
    assert all(0 <= link["score"] <= 1 for link in found["links"])
    (group,) = found["groups"]
    members = {Path(member).name for member in group["members"]}
    assert members == {"one.png", "small.jpg", "mirror.jpg", "pixels.tif", "again.png"}
    assert group["first"] is None
    assert {Path(each["path"]).name for each in found["withheld"]} == {"white.png", "black.png"}
    (failed,) = found["failed"]
    assert failed["path"].endswith("broken.png") and failed["reason"]
    assert found["other_files"] == 1
    item = next(i for i in found["items"] if i["path"].endswith("small.jpg"))
    assert (item["kind"], item["width"], item["height"]) == ("image", 160, 120)


def test_against_links_across_and_not_within(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    query = tmp_path / "query"
    query.mkdir()
    drawn(1).save(query / "asked.jpg", quality=70)
    drawn(1).save(query / "twice.jpg", quality=40)
    found = matched(capsys, query, "--against", folder)
    pairs = {frozenset(Path(link[side]).parent.name for side in "ab") for link in found["links"]}
    assert pairs == {frozenset({"query", "held"})}
    assert len(found["links"]) == 10  # two of the query with five of the other side


def test_words_for_people(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["match", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "group 1: copies of one picture" in said
    assert "mirrored" in said and "could not be read:" in said and "too plain" in said
    assert "keypoints agree" in said or "of 256 bits differ" in said
    assert "What is not linked may still be a copy" in said


def test_what_is_left_of_a_broken_file_is_linked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = tmp_path / "whole.jpg"
    drawn(1, (640, 480)).save(whole, quality=90)
    (tmp_path / "cut.jpg").write_bytes(whole.read_bytes()[:-400])
    found = matched(capsys, tmp_path)
    (link,) = found["links"]
    assert (Path(link["a"]).name, link["relation"]) == ("cut.jpg", "copy")
    assert link["evidence"]["partial"] == [True, False]
    assert [Path(each["path"]).name for each in found["failed"]] == ["cut.jpg"]


def test_nothing_to_compare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert matched(capsys, tmp_path)["items"] == []
    assert run(["match", str(tmp_path / "gone")]) == 2
    assert run(["match"]) == 1


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg (Debian: ffmpeg)")
def test_a_photograph_in_a_video(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, seed in enumerate((5, 6, 7)):
        drawn(seed, (320, 240)).save(tmp_path / f"f{number}.png")
    clip = tmp_path / "clip.mp4"
    command = ["ffmpeg", "-v", "error", "-framerate", "1/2", "-i", str(tmp_path / "f%d.png")]
    command += ["-r", "10", "-pix_fmt", "yuv420p", str(clip)]
    subprocess.run(command, check=True)
    still = tmp_path / "still.jpg"
    drawn(6, (640, 480)).save(still)
    for number in range(3):
        (tmp_path / f"f{number}.png").unlink()
    (link,) = matched(capsys, tmp_path)["links"]
    assert (Path(link["a"]).name, Path(link["b"]).name) == ("clip.mp4", "still.jpg")
    # Each picture lasts two seconds, so the second one is on screen from 2 s to 4 s.
    start, end = link["time_a"]
    assert 1.9 <= start <= 2.2 and 3.8 <= end <= 4.2
    assert "time_b" not in link and link["relation"] == "copy"
    assert run(["match", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "one picture, and videos that show it" in shown
    assert f"at {start:g} to {end:g} s" in shown
