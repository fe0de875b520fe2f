"""Gray pictures of films made by ffmpeg, whose brightness tells the time."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from firsthand.media.gray_film import grays
from firsthand.model.errors import BadInput

if shutil.which("ffmpeg") is None:
    pytest.skip("no ffmpeg (Debian: ffmpeg)", allow_module_level=True)


@pytest.fixture(scope="module")
def ramp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return four seconds of 320x180 at 25/s; frame n has brightness 40 + 2 n, without loss."""
    path = tmp_path_factory.mktemp("ramp") / "ramp.mkv"
    frames = np.concatenate([np.full(320 * 180, 40 + 2 * n, np.uint8) for n in range(100)])
    argv = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "gray", "-s", "320x180",
            "-r", "25", "-i", "-", "-c:v", "ffv1", str(path)]  # fmt: skip
    subprocess.run(argv, input=frames.tobytes(), check=True)
    return path


def seen(path: Path, **how: object) -> tuple[dict, list[tuple[int, np.ndarray]]]:
    found: list[tuple[int, np.ndarray]] = []
    value = grays(path, lambda at, gray: found.append((at, gray)), **how)  # type: ignore[arg-type]
    return value, found


def test_each_picture_comes_with_its_own_time(ramp: Path) -> None:
    value, found = seen(ramp, per_second=5)
    assert value["status"] == "read" and "reason" not in value
    assert (value["width"], value["height"], value["frames"]) == (320, 180, 20)
    assert [at for at, _ in found] == list(range(0, 4000, 200))
    # Frame n of 25 a second is shown at 40 n ms.
    assert all(abs(int(gray.mean()) - (40 + 2 * at / 40)) <= 1.5 for at, gray in found)
    assert all(gray.shape == (180, 320) for _, gray in found)


def test_a_part_has_times_of_the_whole(ramp: Path) -> None:
    _, found = seen(ramp, per_second=25, most=50, span_ms=(2000, 2400))
    assert found and all(2000 <= at <= 2400 for at, _ in found)
    assert all(abs(int(gray.mean()) - (40 + 2 * at / 40)) <= 2.5 for at, gray in found)


def test_the_number_is_bounded_and_spread(ramp: Path) -> None:
    _, found = seen(ramp, per_second=25, most=8)
    assert 6 <= len(found) <= 9 and found[-1][0] >= 3300


def test_pictures_are_reduced(ramp: Path) -> None:
    _, found = seen(ramp, per_second=1, side=160)
    assert {gray.shape for _, gray in found} == {(90, 160)}


def test_a_film_that_breaks_off_gives_what_there_is(ramp: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole.mp4"
    # The table of contents lies in front, so that the file still tells its whole length.
    argv = ["ffmpeg", "-v", "error", "-y", "-i", str(ramp), "-vf", "noise=alls=40:allf=t",
            "-c:v", "mpeg4", "-q:v", "2", "-movflags", "+faststart", str(whole)]  # fmt: skip
    subprocess.run(argv, check=True)
    data = whole.read_bytes()
    torn = tmp_path / "torn.mp4"
    torn.write_bytes(data[: len(data) // 2])
    value, found = seen(torn, per_second=5)
    assert value["status"] == "read" and "breaks off" in value["reason"]
    assert 1 <= len(found) < 15


def test_what_is_no_film(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("<p>no film</p>")
    value, found = seen(path)
    assert value["status"] in ("failed", "refused") and value["reason"] and found == []
    with pytest.raises(BadInput):
        seen(path, side=4)
