"""What is read out of pictures of every form, with values known from how they were made."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from firsthand.media.pdq import pdq
from firsthand.media.reader import MediaReader

from . import heic_file
from .hostile_files import good, saved, scenery

Json = Any
Keep = Callable[[bytes], Json]


@pytest.fixture(scope="module")
def reader() -> Iterator[MediaReader]:
    with MediaReader() as started:
        yield started


@pytest.fixture
def read(reader: MediaReader, tmp_path: Path) -> Keep:
    def of(data: bytes) -> Json:
        (tmp_path / "file").write_bytes(data)
        return reader.image(tmp_path / "file")

    return of


def digest_of(picture: Image.Image) -> str:
    """Return the digest as it is described: size, then red, green and blue of each pixel."""
    head = f"RGB {picture.width} {picture.height}\n".encode()
    return "sha256:" + hashlib.sha256(head + picture.convert("RGB").tobytes()).hexdigest()


def grey(value: int) -> str:
    return digest_of(Image.new("RGB", (40, 30), (value,) * 3))


# ---- what it says -----------------------------------------------------------------------------


def test_a_plain_picture(read: Keep) -> None:
    found = read(saved(scenery(), "PNG"))
    assert found.pop("pixels") == digest_of(scenery())
    assert len(found.pop("pdq")) == 8
    assert found.pop("pdq_quality") > 50
    assert {name: len(each) for name, each in found.pop("pdq_without_edge").items()} == {
        "top": 8,
        "bottom": 8,
    }
    assert found.pop("decoder").startswith("Pillow ")
    assert found == {
        "status": "decoded", "format": "PNG", "mode": "RGB", "width": 320, "height": 240,
        "orientation": 1, "frames": 1, "animated": False, "depth": 8, "alpha": False,
        "icc": False, "hasher": "firsthand pdq 1", "notes": [],
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(good()))
def test_every_format(name: str, read: Keep) -> None:
    with Image.open(io.BytesIO(good()[name])) as picture:
        expected, kind = digest_of(picture), picture.format
        frames = getattr(picture, "n_frames", 1)
    found = read(good()[name])
    assert found["status"] == "decoded"
    assert (found["format"], found["frames"], found["pixels"]) == (kind, frames, expected)
    assert found["animated"] == (name == "moving.gif")


# Orientations by the picture in the Exif standard (tag 0x0112): where the first row and the
# first column of the stored picture belong. Here: how an upright picture must be stored.
STORED = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.swapaxes(0, 1),
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: np.rot90(upright, 2).swapaxes(0, 1),
    8: lambda upright: np.rot90(upright, -1),
}


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_first(orientation: int, kind: str, read: Keep) -> None:
    upright = np.asarray(scenery(700, 600))  # more than one strip either way
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](upright)))
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = read(saved(stored, kind, exif=exif, **({"lossless": True} if kind == "WEBP" else {})))
    assert (found["width"], found["height"]) == (700, 600)
    assert found["orientation"] == orientation
    assert found["pixels"] == digest_of(scenery(700, 600))


def test_same_pixels_in_two_formats_have_one_digest(read: Keep) -> None:
    digests = {
        read(saved(scenery(), kind, **options))["pixels"]
        for kind, options in (("PNG", {}), ("BMP", {}), ("TIFF", {}), ("WEBP", {"lossless": True}))
    }
    assert len(digests) == 1


# ---- colour -----------------------------------------------------------------------------------


def exchanged() -> bytes:
    """Return a profile whose red is green and the other way round."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # The table of tags (ICC.1:2022, 7.3): signature, offset, size of 12 bytes from byte 132 on.
    for one, other in ((b"rXYZ", b"gXYZ"), (b"rTRC", b"gTRC")):
        places = [profile.index(name, 128) for name in (one, other)]
        profile[places[0] : places[0] + 4], profile[places[1] : places[1] + 4] = other, one
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))


def test_colour_profile_is_applied(read: Keep) -> None:
    picture = Image.new("RGB", (40, 30), (250, 10, 20))
    found = read(saved(picture, "PNG", icc_profile=exchanged()))
    assert found["icc"] is True
    assert found["notes"][0].startswith("colours converted to sRGB by littlecms2 2.")
    expected = Image.new("RGB", (40, 30), (10, 250, 20))
    near = {
        digest_of(Image.new("RGB", (40, 30), (10 + red, 250 + green, 20 + blue)))
        for red in (-1, 0, 1) for green in (-1, 0, 1) for blue in (-1, 0, 1)
    }  # fmt: skip
    assert digest_of(expected) in near
    assert found["pixels"] in near


def test_srgb_is_left_alone(read: Keep) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    found = read(saved(scenery(), "PNG", icc_profile=profile))
    assert found["icc"] is True
    assert found["pixels"] == digest_of(scenery())


@pytest.mark.parametrize("profile", [b"nonsense", bytes(400)])
def test_a_broken_profile_is_named(profile: bytes, read: Keep) -> None:
    found = read(saved(scenery(), "PNG", icc_profile=profile))
    assert found["pixels"] == digest_of(scenery())
    assert len(found["notes"]) == 1
    assert found["notes"][0].startswith("colour profile not applied")


def test_a_profile_for_something_else_is_named(read: Keep) -> None:
    cmyk = Image.new("CMYK", (40, 30), (0, 255, 255, 0))
    found = read(saved(cmyk, "JPEG", icc_profile=exchanged()))
    assert found["notes"] == ["colour profile not applied: it is for RGB, the picture is CMYK"]


def test_print_colours(read: Keep) -> None:
    """No yellow and magenta ink left out: full cover is red, as in Pillow's own conversion."""
    found = read(saved(Image.new("CMYK", (40, 30), (0, 255, 255, 0)), "TIFF"))
    assert (found["mode"], found["pixels"]) == (
        "CMYK", digest_of(Image.new("RGB", (40, 30), (255, 0, 0))),
    )  # fmt: skip


@pytest.mark.parametrize(("value", "shown"), [(0, 0), (65535, 255), (257 * 100, 100), (128, 0),
                                              (129, 1)])  # fmt: skip
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits(kind: str, value: int, shown: int, read: Keep) -> None:
    """65535 / 255 = 257, so that the nearest of 256 steps is meant, not the upper byte."""
    samples = np.full((30, 40), value, np.uint16)
    found = read(saved(Image.fromarray(samples), kind))
    assert (found["depth"], found["pixels"]) == (16, grey(shown))


def test_floating_point(read: Keep) -> None:
    samples = np.full((30, 40), 0.5, np.float32)
    samples[0, 0] = np.nan
    samples[0, 1] = np.inf
    found = read(saved(Image.fromarray(samples), "TIFF"))
    assert found["status"] == "decoded"
    assert found["depth"] == 32
    assert "shown as 0 to 255" in found["notes"][0]


@pytest.mark.parametrize(("mode", "colour"), [("RGBA", (255, 0, 0, 0)), ("LA", (0, 0))])
def test_transparency_is_white(mode: str, colour: tuple[int, ...], read: Keep) -> None:
    found = read(saved(Image.new(mode, (40, 30), colour), "PNG"))
    assert found["alpha"] is True
    assert found["pixels"] == grey(255)
    assert found["notes"] == ["transparent parts are shown on white"]


def test_transparent_colour_of_a_palette(read: Keep) -> None:
    picture = Image.new("P", (40, 30), 3)
    picture.putpalette([0] * 9 + [10, 20, 30])
    assert read(saved(picture, "PNG", transparency=3))["pixels"] == grey(255)
    found = read(saved(picture, "PNG", transparency=2))
    assert found["pixels"] == digest_of(Image.new("RGB", (40, 30), (10, 20, 30)))
    assert found["notes"] == []


def test_half_transparent(read: Keep) -> None:
    found = read(saved(Image.new("RGBA", (40, 30), (0, 0, 0, 128)), "PNG"))
    assert found["pixels"] == grey(127)  # 255 * (1 - 128 / 255)


# ---- several frames ---------------------------------------------------------------------------


def test_the_first_frame_stands_for_all(read: Keep) -> None:
    frames = [Image.new("RGB", (40, 30), (value,) * 3) for value in (10, 90, 200)]
    for kind, options in (("GIF", {}), ("PNG", {}), ("WEBP", {"lossless": True})):
        data = saved(frames[0], kind, save_all=True, append_images=frames[1:], **options)
        found = read(data)
        assert (found["frames"], found["animated"]) == (3, True), kind
        assert found["pixels"] == grey(10), kind


def test_pages_are_counted_and_are_not_an_animation(read: Keep) -> None:
    pages = [Image.new("L", (40, 30), value) for value in (10, 90)]
    found = read(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert (found["frames"], found["animated"], found["pixels"]) == (2, False, grey(10))


def test_a_jpeg_of_two_pictures(read: Keep) -> None:
    data = saved(scenery(), "MPO", save_all=True, append_images=[scenery(seed=2)])
    found = read(data)
    assert (found["format"], found["frames"], found["animated"]) == ("MPO", 2, False)
    assert found["pixels"] == read(saved(scenery(), "JPEG"))["pixels"]


def test_counting_ends(read: Keep) -> None:
    from .hostile_files import gif_of

    found = read(gif_of(1001))
    assert found["frames"] == 1000
    assert found["notes"] == ["more than 1000 frames were not counted"]
    assert read(gif_of(1000))["notes"] == []


# ---- what is not as it should be --------------------------------------------------------------


def test_a_cut_picture_failed_and_shows_what_is_left(read: Keep) -> None:
    whole = read(good()["baseline.jpg"])
    found = read(good()["baseline.jpg"][:-60])
    assert (found["status"], found["partial"]) == ("failed", True)
    assert "truncated" in found["reason"]
    assert found["width"] == whole["width"]
    assert found["pixels"] != whole["pixels"]
    near = (int(found["pdq"][0], 16) ^ int(whole["pdq"][0], 16)).bit_count()
    assert near <= 31  # the last rows of many are missing


def test_nothing_is_left_of_what_has_no_pixels(read: Keep) -> None:
    found = read(good()["lossy.webp"][:40])
    assert found["status"] == "failed"
    assert set(found) == {"status", "reason"}


def test_bytes_that_changed_are_not_decoded(reader: MediaReader, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(good()["colour.png"])
    digest = hashlib.sha256(good()["colour.png"]).hexdigest()
    assert reader.image(path, digest)["status"] == "decoded"
    assert reader.image(path, f"sha256:{digest}")["status"] == "decoded"
    assert reader.image(path, "0" * 64) == {
        "status": "failed",
        "reason": f"the object was altered: it is sha256:{digest} now",
    }


def test_what_cannot_be_opened(reader: MediaReader, tmp_path: Path) -> None:
    assert reader.image(tmp_path / "none.png") == {
        "status": "failed",
        "reason": "cannot be read: No such file or directory",
    }
    assert reader.image(tmp_path) == {"status": "failed", "reason": "not a regular file"}


def test_names_that_are_not_text(reader: MediaReader, tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"caf\xe9\n\xff.png")
    with open(path, "wb") as stream:
        stream.write(good()["colour.png"])
    assert reader.image(Path(os.fsdecode(path)))["status"] == "decoded"


def test_a_reader_can_be_used_after_it_was_closed(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(good()["colour.png"])
    with MediaReader() as reader:
        first = reader.image(tmp_path / "a.png")
    assert reader.image(tmp_path / "a.png") == first
    reader.close()
    reader.close()


def test_an_interrupt_leaves_no_answer_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to the interrupted file must not be taken for that of the next."""
    (tmp_path / "a.png").write_bytes(good()["colour.png"])
    (tmp_path / "b.gif").write_bytes(good()["moving.gif"])
    with MediaReader() as reader:
        assert reader.image(tmp_path / "a.png")["format"] == "PNG"
        child = reader._child
        assert child is not None

        def interrupted(*_: object) -> bytes:
            assert child.process.stdin is not None
            request = f'{{"path": "{tmp_path}/a.png", "sha256": null}}\n'
            child.process.stdin.write(request.encode())
            child.process.stdin.flush()
            raise KeyboardInterrupt

        monkeypatch.setattr(child, "ask", interrupted)
        with pytest.raises(KeyboardInterrupt):
            reader.image(tmp_path / "a.png")
        assert reader.image(tmp_path / "b.gif")["format"] == "GIF"


def test_a_child_that_died_between_two_files_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(good()["colour.png"])
    with MediaReader() as reader:
        first = reader.image(tmp_path / "a.png")
        assert reader._child is not None
        os.kill(reader._child.process.pid, signal.SIGKILL)
        assert reader.image(tmp_path / "a.png") == first


# ---- HEIC -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("ffmpeg") is None:
        pytest.skip("no ffmpeg (Debian: ffmpeg); CI has it")
    return heic_file.film(tmp_path_factory.mktemp("heic"))


@pytest.mark.parametrize("turns", range(4))
def test_heic(turns: int, film: Path, read: Keep) -> None:
    """The frame as ffmpeg decodes it is what is expected, turned as the container asks."""
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(film), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
        check=True,
        capture_output=True,
    ).stdout
    size = (heic_file.HEIGHT, heic_file.WIDTH, 3)
    upright = np.ascontiguousarray(np.rot90(np.frombuffer(raw, np.uint8).reshape(size), turns))
    found = read(heic_file.heic(film.read_bytes(), turns))
    assert (found["status"], found["format"]) == ("decoded", "HEIF")
    assert found["decoder"].startswith("pi-heif ")
    assert (found["height"], found["width"]) == upright.shape[:2]
    expected, _ = pdq(upright)
    assert (int(found["pdq"][0], 16) ^ int(expected[0], 16)).bit_count() <= 12
    far = (int(found["pdq"][2], 16) ^ int(expected[0], 16)).bit_count()
    assert far > 60
