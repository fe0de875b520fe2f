"""Films made by ffmpeg, read by the real ffprobe and ffmpeg."""

from __future__ import annotations

import io
import random
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from firsthand.media import film
from firsthand.media.video import key_frames, probe, take
from firsthand.model import canonical
from firsthand.model.errors import BadInput

if shutil.which("ffmpeg") is None:
    pytest.skip("no ffmpeg (Debian: ffmpeg)", allow_module_level=True)


def make(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return five seconds of 320x180 at 25/s with sound: a cut after three seconds."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    make(
        "-f", "lavfi", "-i", "color=c=0x203040:d=3:s=320x180:r=25",
        "-f", "lavfi", "-i", "color=c=0xe0d0a0:d=2:s=320x180:r=25",
        "-f", "lavfi", "-i", "sine=d=5",
        "-filter_complex", "[0:v][1:v]concat=n=2:v=1[v]", "-map", "[v]", "-map", "2:a",
        "-c:v", "mpeg4", "-g", "25", "-metadata", "creation_time=2014-06-12T07:11:12Z", str(path),
    )  # fmt: skip
    return path


def test_what_a_film_holds(clip: Path) -> None:
    value = probe(clip)
    canonical.dumps(value)
    assert value["status"] == "read" and value["codec"] == "mpeg4" and value["audio"]
    assert (value["width"], value["height"], value["rotation_deg"]) == (320, 180, 0)
    assert (value["fps_milli"], value["frames"]) == (25_000, 125)
    assert abs(value["duration_ms"] - 5000) <= 50
    # `date -u -d "2014-06-12 07:11:12" +%s`
    assert value["created"][0]["utc_by_standard_ms"] == 1_402_557_072_000
    assert value["created"][0]["utc_ms"] is None
    assert str(clip.parent) not in canonical.dumps(value).decode()


def test_rotation_turns_the_picture(tmp_path: Path) -> None:
    corner = "color=c=black:d=1:s=320x180:r=5,drawbox=0:0:60:60:red:fill"
    make("-f", "lavfi", "-i", corner, "-c:v", "mpeg4", str(tmp_path / "upright.mp4"))
    turned = tmp_path / "turned.mp4"
    make("-i", str(tmp_path / "upright.mp4"), "-c", "copy", "-metadata:s:v", "rotate=90",
         str(turned))  # fmt: skip
    value = probe(turned)
    [frame] = key_frames(turned, most=1)
    assert (value["width"], value["height"]) == (frame["width"], frame["height"]) == (180, 320)
    picture = Image.open(io.BytesIO(frame["data"])).convert("RGB")
    corners = [(5, 5), (175, 5), (175, 315), (5, 315)]
    red = [n for n, at in enumerate(corners) if picture.getpixel(at)[0] > 128]
    # The red corner was upper left; each step in the list of corners is 90 degrees clockwise.
    assert [90 * n for n in red] == [value["rotation_deg"]] == [270]


def test_key_frames_are_the_cut_and_one_a_second(clip: Path) -> None:
    frames = key_frames(clip)
    # The cut is at 3000 ms; from there the seconds are counted again.
    assert [(f["t_ms"], f["why"]) for f in frames] == [
        (0, "first"), (1000, "interval"), (2000, "interval"), (3000, "scene"), (4000, "interval"),
    ]  # fmt: skip
    dark, light = (
        Image.open(io.BytesIO(frames[n]["data"])).convert("RGB").getpixel((9, 9)) for n in (2, 3)
    )
    assert max(abs(a - b) for a, b in zip(dark, (0x20, 0x30, 0x40), strict=True)) <= 6
    assert max(abs(a - b) for a, b in zip(light, (0xE0, 0xD0, 0xA0), strict=True)) <= 6
    assert frames == key_frames(clip)  # the same bytes again


def test_few_frames_keep_the_first_and_the_cut(clip: Path) -> None:
    chosen = key_frames(clip, most=3)
    assert [f["why"] for f in chosen] == ["first", "interval", "scene"]
    assert [f["t_ms"] for f in key_frames(clip, most=1)] == [0]


def test_large_pictures_are_reduced_and_wide_pixels_made_square(tmp_path: Path) -> None:
    make("-f", "lavfi", "-i", "testsrc=d=1:s=1920x1080:r=2", "-c:v", "mpeg4",
         str(tmp_path / "large.mp4"))  # fmt: skip
    [frame] = key_frames(tmp_path / "large.mp4")
    assert (frame["width"], frame["height"]) == (1280, 720)
    make("-f", "lavfi", "-i", "testsrc=d=1:s=360x288:r=2,setsar=2/1", "-c:v", "mpeg4",
         str(tmp_path / "wide.mp4"))  # fmt: skip
    [frame] = key_frames(tmp_path / "wide.mp4")
    assert (frame["width"], frame["height"]) == (720, 288)


def test_flicker_does_not_flood(tmp_path: Path) -> None:
    flicker = "color=c=black:d=6:s=160x90:r=25,geq=lum='255*mod(N,2)':cb=128:cr=128"
    make("-f", "lavfi", "-i", flicker, "-c:v", "mpeg4", str(tmp_path / "flicker.mp4"))
    frames = key_frames(tmp_path / "flicker.mp4", most=10)
    assert len(frames) <= 10 and frames[0]["t_ms"] == 0
    assert frames[-1]["t_ms"] >= 4000  # spread over the whole film


def test_long_film_is_read_by_its_key_pictures(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firsthand.media.video.ALL_PICTURES", 0)
    value = take(clip)
    assert value["decoded"] == "key pictures"
    # Made with a key picture every 25 frames (-g 25), and where the encoder saw the cut.
    assert [f["t_ms"] for f in value["frames"]] == [0, 1000, 2000, 3000, 4000]


def test_sound_alone_and_parameters_out_of_range(clip: Path, tmp_path: Path) -> None:
    make("-f", "lavfi", "-i", "sine=d=1", str(tmp_path / "sound.m4a"))
    assert probe(tmp_path / "sound.m4a")["codec"] is None
    assert take(tmp_path / "sound.m4a")["reason"] == "no moving pictures in it"
    with pytest.raises(BadInput):
        key_frames(clip, most=0)


# ---- hostile files ------------------------------------------------------------------------------


@pytest.fixture
def listener() -> Iterator[tuple[int, list[object]]]:
    """Return a loopback port and what connected to it."""
    met: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        stop = threading.Event()

        def accept() -> None:
            while not stop.is_set():
                try:
                    connection, address = server.accept()
                except TimeoutError:
                    continue
                met.append(address)
                connection.close()

        thread = threading.Thread(target=accept)
        thread.start()
        yield server.getsockname()[1], met
        stop.set()
        thread.join()


@pytest.mark.parametrize("name", ["list.m3u8", "film.mp4", "film.avi"])
@pytest.mark.parametrize("form", ["hls", "concat", "dash", "sdp"])
def test_playlists_open_nothing(
    clip: Path, tmp_path: Path, listener: tuple[int, list[object]], form: str, name: str
) -> None:
    port, met = listener
    shutil.copy(clip, tmp_path / "other.mp4")
    address = f"http://127.0.0.1:{port}/a.mp4"
    text = {
        "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{}\n#EXT-X-ENDLIST\n",
        "concat": "ffconcat version 1.0\nfile '{}'\n",
        "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT5S"><Period><AdaptationSet mimeType="video/mp4">'
        '<Representation id="1" bandwidth="1"><BaseURL>{}</BaseURL></Representation>'
        "</AdaptationSet></Period></MPD>",
        "sdp": f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=a\nc=IN IP4 127.0.0.1\nt=0 0\n"
        f"m=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    }[form]
    for target in (address, "other.mp4", f"file:{tmp_path / 'other.mp4'}", "/etc/passwd"):
        (tmp_path / name).write_text(text.format(target) if form != "sdp" else text)
        value = probe(tmp_path / name)
        assert value["status"] in ("refused", "failed"), value
        assert "streams" not in value and key_frames(tmp_path / name) == []
    assert met == []


def test_a_playlist_would_have_been_opened_without_our_options(clip: Path, tmp_path: Path) -> None:
    # So that the test above cannot pass for another reason.
    shutil.copy(clip, tmp_path / "other.mp4")
    (tmp_path / "list.txt").write_text("ffconcat version 1.0\nfile other.mp4\n")
    done = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "stream=codec_name", tmp_path / "list.txt"],
        capture_output=True,
        text=True,
    )
    assert "mpeg4" in done.stdout
    assert probe(tmp_path / "list.txt")["status"] == "refused"


def test_name_that_looks_like_an_address_or_an_option(clip: Path, tmp_path: Path) -> None:
    for name in ("-version", "http:", "concat:a|b", "pipe:0", "a\nb.mp4", "%03d.mp4"):
        shutil.copy(clip, tmp_path / name)
        assert probe(tmp_path / name)["status"] == "read", name


def test_cut_and_changed_films_come_to_an_end(clip: Path, tmp_path: Path) -> None:
    whole = clip.read_bytes()
    chance = random.Random(5)
    path = tmp_path / "broken.mp4"
    seen = set()
    for n in range(12):
        data = bytearray(whole[: chance.randrange(len(whole))] if n % 3 == 0 else whole)
        for _ in range(chance.randrange(1, 200)):
            if data:
                data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
        value, taken = probe(path), take(path, most=5)
        canonical.dumps(value)
        seen |= {value["status"], taken["status"]}
        for each in (value, taken):
            assert each["status"] == "read" or each["reason"]
            assert str(tmp_path) not in each.get("reason", "")
            assert "0x" not in each.get("reason", "")
    assert seen <= {"read", "failed", "refused"}
    path.write_bytes(b"")
    assert probe(path)["status"] == "failed"


def test_cover_picture_is_no_film(tmp_path: Path) -> None:
    Image.new("RGB", (32, 32)).save(tmp_path / "cover.jpg")
    make(
        "-f", "lavfi", "-i", "sine=d=1", "-i", str(tmp_path / "cover.jpg"), "-map", "0",
        "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic", str(tmp_path / "song.m4a"),
    )  # fmt: skip
    assert probe(tmp_path / "song.m4a")["codec"] is None


def test_without_ffmpeg_it_is_said(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert probe(clip) == {"status": "not_checked", "reason": film.MISSING}
    assert take(clip) == {
        "status": "not_checked", "reason": film.MISSING, "decoded": None, "frames": [],
    }  # fmt: skip
