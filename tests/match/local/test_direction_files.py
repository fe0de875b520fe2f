"""What a JPEG file says of its making, against what Pillow reads and writes."""

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from firsthand.match.local.generation_files import coded
from firsthand.match.local.generation_requantised import (
    encoded_by,
    foretold,
    frequencies,
    shown,
    stored,
)
from firsthand.match.local.picture import Picture

PIXELS = np.random.default_rng(3).integers(0, 255, (70, 90, 3), np.uint8)


def jpeg(pixels=PIXELS, **more):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", **more)
    return stream.getvalue()


@pytest.mark.parametrize("quality", [5, 30, 75, 98])
@pytest.mark.parametrize("progressive", [False, True])
def test_steps_and_size_are_those_that_pillow_reads(quality, progressive):
    data = jpeg(quality=quality, progressive=progressive)
    found = coded(data)
    # Pillow gives a table row by row.
    theirs = np.array(Image.open(io.BytesIO(data)).quantization[0]).reshape(8, 8)
    assert found.steps.tolist() == theirs.tolist()
    assert (found.width, found.height) == (90, 70)


def test_tags_are_those_that_pillow_wrote():
    exif = Image.Exif()
    exif[0x0112] = 6
    assert (coded(jpeg(exif=exif)).turn, coded(jpeg(exif=exif)).camera) == (6, False)
    exif[0x0110] = "Model 3"
    assert coded(jpeg(exif=exif)).camera
    dated = Image.Exif()
    dated.get_ifd(0x8769)[0x9003] = "2024:01:02 03:04:05"
    assert coded(jpeg(exif=dated)).camera
    assert not coded(jpeg()).camera


def test_odd_files_say_nothing_and_break_nothing():
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    data = jpeg(exif=exif)
    begin = data.index(b"\xff\xda")
    frame = data.index(b"\xff\xc0")  # without it nobody knows which table is that of brightness
    for end in range(begin):
        assert coded(data[:end]) is None or end > frame
    rng = np.random.default_rng(4)
    for _ in range(300):
        broken = bytearray(data)
        for at in rng.integers(2, begin, 6):
            broken[at] = int(rng.integers(0, 256))
        found = coded(bytes(broken))
        assert found is None or (found.steps > 0).all()
    assert coded(None) is None
    assert coded(b"\x89PNG\r\n\x1a\n") is None


@pytest.mark.parametrize("turn", range(1, 9))
def test_orientations_turn_as_pillow_turns_them(turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    kept = PIXELS[..., 0]
    picture = Image.fromarray(kept)
    stream = io.BytesIO()
    picture.save(stream, "PNG", exif=exif)
    theirs = np.asarray(ImageOps.exif_transpose(Image.open(stream)))
    assert np.array_equal(shown(kept, turn), theirs)
    assert np.array_equal(stored(theirs, turn), kept)


def test_frequencies_keep_energy_and_encoding_rounds_them():
    gray = np.random.default_rng(5).integers(60, 200, (64, 48)).astype(np.float32)
    found = frequencies(gray)
    # The transform is orthonormal (T.81 A.3.3), so that energy stays.
    assert np.isclose((found**2).sum(), ((gray - 128.0) ** 2).sum())
    steps = np.full((8, 8), 9)
    again = frequencies(encoded_by(gray, steps)) / 9
    assert np.abs(again - np.round(again)).max() < 1e-3


@pytest.mark.parametrize("turn", [1, 3, 6, 8])
def test_an_encoding_is_foretold_in_the_direction_in_which_it_is_stored(turn):
    rng = np.random.default_rng(6)
    smooth = np.asarray(
        Image.fromarray(rng.integers(40, 215, (40, 56, 3), np.uint8)).resize((448, 320), 3)
    )
    parent = Image.fromarray(smooth)
    exif = Image.Exif()
    exif[0x0112] = turn
    kept = stored(np.asarray(smooth), turn)
    data = jpeg(kept, quality=40, exif=exif)
    child = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    pictures = [Picture("", np.asarray(each.convert("L")), *each.size) for each in (child, parent)]
    found = foretold(*pictures, np.eye(3), coded(data))
    assert found.exact
    later = Image.open(io.BytesIO(jpeg(smooth, quality=70)))
    other = Picture("", np.asarray(later.convert("L")), *later.size)
    assert not foretold(pictures[0], other, np.eye(3), coded(data)).exact
