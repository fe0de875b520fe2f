"""Which of two copies is the later generation; the truth is how each pair was made."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from firsthand.match.local.align import Aligned
from firsthand.match.local.direction import Derived, combined, derive
from firsthand.match.local.generation_signs import STRICT, VETO, Sign
from firsthand.match.local.picture import Picture

WIDE, HIGH = 720, 528


def scene(seed):
    """A picture with a sky, plain and busy places, edges and fine detail, (HIGH, WIDE, 3)."""
    rng = np.random.default_rng(seed)
    frequency = np.hypot(np.fft.fftfreq(HIGH)[:, None], np.fft.rfftfreq(WIDE)[None])
    frequency[0, 0] = 1
    shape = np.fft.rfft2(rng.normal(size=(HIGH, WIDE))) / frequency**1.5
    ground = np.fft.irfft2(shape, (HIGH, WIDE))
    gray = 120 + 26 * ground / ground.std()
    gray[: HIGH // 5] = np.linspace(185, 205, WIDE)
    made = np.clip(gray, 25, 225)[..., None] + np.array([12, 0, -14.0])
    for _ in range(60):
        x, y = rng.integers(0, WIDE), rng.integers(HIGH // 8, HIGH)
        axes = (int(rng.integers(8, 50)), int(rng.integers(8, 50)))
        tone = [int(v) for v in rng.integers(40, 215, 3)]
        turn, line = float(rng.uniform(10, 80)), int(rng.choice([-1, 3]))
        cv2.ellipse(made, (int(x), int(y)), axes, turn, 0, 360, tone, line)
    return np.clip(made + rng.normal(0, 1.5, made.shape), 0, 255).astype(np.uint8)


def jpeg(pixels, quality, **more):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=quality, **more)
    return stream.getvalue()


def png(pixels):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def opened(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def picture(data):
    pixels = Image.open(io.BytesIO(data)).convert("RGB")
    colours = np.asarray(pixels, np.float32)
    about = {"saturation": float((colours.max(axis=2) - colours.min(axis=2)).mean())}
    return Picture("", np.asarray(pixels.convert("L")), *pixels.size, about)


def judged(one, other, homography=None):
    """Judge two files; the map from the first to the second is known here."""
    a, b = picture(one), picture(other)
    if homography is None:
        homography = np.diag([b.width / a.width, b.height / a.height, 1.0])
    none = np.zeros((0, 2), np.float32)
    aligned = Aligned(
        homography, none, none, none, none, 99, 0.3, False,
        (0, 0, a.width, a.height), (0, 0, b.width, b.height),
    )  # fmt: skip
    found = derive(a, b, aligned, a.about, b.about, one, other)
    back = derive(b, a, aligned.swapped(), b.about, a.about, other, one)
    assert (back.derived, back.common_parent) == (found.swapped().derived, found.common_parent)
    return found


def shift(x, y):
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])


def whats(found, says="a_from_b"):
    return {sign.what for sign in found.signs if sign.says == says}


@pytest.fixture(scope="module", params=[2, 5])
def original(request):
    return jpeg(scene(request.param), 92)


def test_a_crop_comes_from_what_shows_more(original):
    crop = jpeg(np.ascontiguousarray(opened(original)[141:471, 150:610]), 85)
    found = judged(crop, original, shift(150, 141))
    assert found.derived == "a_from_b"
    assert "frame" in whats(found)


def test_two_crops_that_each_show_more_have_a_common_parent(original, request):
    pixels = opened(original)
    left = jpeg(np.ascontiguousarray(pixels[:, :560]), 85)
    right = jpeg(np.ascontiguousarray(pixels[:, 160:]), 80)
    found = judged(left, right, shift(-160, 0))
    assert found.derived == "undetermined"
    assert found.common_parent


@pytest.mark.parametrize("kind", ["border", "collage", "page"])
def test_what_is_put_around_a_picture_is_not_more_of_it(original, kind):
    pixels = opened(original)
    if kind == "collage":
        around = cv2.resize(scene(7), (WIDE * 2, HIGH * 2))
    else:
        around = np.full((HIGH * 2, WIDE * 2, 3), 240, np.uint8)
        for line in range(20 if kind == "page" else 0):
            cv2.putText(around, "what people write below" * 3, (5, 60 * line), 0, 1.2, (30,) * 3, 2)
    around[200 : 200 + HIGH, 300 : 300 + WIDE] = pixels
    found = judged(jpeg(around, 80), original, shift(-300, -200))
    assert "frame" not in whats(found, "b_from_a")
    assert found.derived != "b_from_a"


def test_a_banner_lies_over_the_earlier_picture(original):
    pixels = opened(original).copy()
    pixels[410:490] = (20, 40, 160)
    cv2.putText(pixels, "BREAKING NEWS 24", (20, 470), 0, 1.8, (255, 255, 255), 4)
    found = judged(jpeg(pixels, 85), original)
    assert found.derived == "a_from_b"
    assert "overlay" in whats(found)


def test_a_blurred_place_is_the_later_one_though_it_has_no_edges(original):
    pixels = opened(original).copy()
    pixels[150:450, 150:600] = cv2.GaussianBlur(pixels[150:450, 150:600], (0, 0), 14)
    found = judged(jpeg(pixels, 88), original)
    assert found.derived == "a_from_b"
    assert [sign.numbers["blurred"] > 0 for sign in found.signs if sign.what == "overlay"] == [True]


def test_a_crop_and_a_picture_with_a_banner_have_a_common_parent(original, request):
    pixels = opened(original).copy()
    crop = jpeg(np.ascontiguousarray(pixels[:, 3:560]), 88)
    pixels[410:490] = (20, 40, 160)
    cv2.putText(pixels, "BREAKING NEWS 24", (20, 470), 0, 1.8, (255, 255, 255), 4)
    found = judged(crop, jpeg(pixels, 85), shift(3, 0))
    assert found.derived == "undetermined"
    assert found.common_parent


@pytest.mark.parametrize("how", [None, cv2.INTER_CUBIC, cv2.INTER_LINEAR])
def test_bandwidth_counts_and_not_pixels(original, how):
    small = cv2.resize(opened(original), (WIDE // 2, HIGH // 2), interpolation=cv2.INTER_AREA)
    if how is not None:
        small = cv2.resize(small, (WIDE * 3 // 2, HIGH * 3 // 2), interpolation=how)
    found = judged(jpeg(small, 90), original)
    assert found.derived == "a_from_b"
    assert "bandwidth" in whats(found)


@pytest.mark.parametrize("squares", [2, 9])
def test_the_edges_of_squares_are_no_detail(original, squares):
    pixels = opened(original)
    small = cv2.resize(pixels, (WIDE // squares, HIGH // squares), interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, (WIDE * 3 // 2, HIGH * 3 // 2), interpolation=cv2.INTER_NEAREST)
    assert judged(jpeg(large, 90), original).derived != "b_from_a"


def test_sharpening_does_not_make_a_small_copy_the_earlier_one(original):
    small = cv2.resize(opened(original), (WIDE // 2, HIGH // 2), interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, (WIDE, HIGH), interpolation=cv2.INTER_CUBIC)
    sharp = cv2.addWeighted(large, 2.5, cv2.GaussianBlur(large, (0, 0), 2), -1.5, 0)
    noisy = sharp + np.random.default_rng(1).normal(0, 6, sharp.shape)
    found = judged(jpeg(np.clip(noisy, 0, 255).astype(np.uint8), 90), original)
    assert found.derived == "a_from_b"


@pytest.mark.parametrize("kind", ["noise", "sharpen"])
def test_added_noise_and_sharpening_alone_say_nothing(original, kind):
    pixels = opened(original)
    if kind == "noise":
        made = pixels + np.random.default_rng(2).normal(0, 9, pixels.shape)
    else:
        made = cv2.addWeighted(pixels, 1.7, cv2.GaussianBlur(pixels, (0, 0), 1.2), -0.7, 0)
    found = judged(jpeg(np.clip(made, 0, 255).astype(np.uint8), 88), original)
    assert "bandwidth" not in whats(found, "a_from_b") | whats(found, "b_from_a")
    assert found.derived != "b_from_a"


@pytest.mark.parametrize("quality", [15, 40, 75])
def test_a_picture_encoded_anew_follows_from_its_parent(original, quality):
    found = judged(jpeg(opened(original), quality), original)
    assert found.derived == "a_from_b"
    assert "requantised" in whats(found)


def test_a_mirrored_crop_encoded_anew_follows_from_its_parent(original):
    cut = opened(original)[37:421, 50:650][:, ::-1]
    flip = np.array([[-1, 0, 649], [0, 1, 37], [0, 0, 1.0]])
    found = judged(jpeg(np.ascontiguousarray(cut), 60), original, flip)
    assert "requantised" in whats(found)
    assert "requantised" not in whats(found, "b_from_a")


@pytest.mark.parametrize("qualities", [(86, 10), (80, 60), (50, 30), (88, 70)])
def test_two_encodings_of_one_parent_have_no_order(original, qualities):
    one, other = (jpeg(opened(original), quality) for quality in qualities)
    assert judged(one, other) == Derived("undetermined", signs=judged(one, other).signs)


def test_a_grey_copy_is_the_later_one(original):
    grey = cv2.cvtColor(cv2.cvtColor(opened(original), cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    found = judged(jpeg(grey, 90), original)
    assert found.derived == "a_from_b"
    assert "colour" in whats(found)


def test_tones_that_were_clipped_do_not_come_back(original):
    bright = np.clip(opened(original).astype(int) + 70, 0, 255).astype(np.uint8)
    found = judged(jpeg(bright, 90), original)
    assert found.derived == "a_from_b"
    assert "tones" in whats(found)


def test_equal_pixels_are_ordered_by_tags_or_not_at_all(original):
    pixels = opened(original)
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    tagged, bare = jpeg(pixels, 90, exif=exif), jpeg(pixels, 90)
    assert judged(bare, tagged).derived == "a_from_b"
    assert judged(bare, bare + b"\0\0").derived == "undetermined"
    assert judged(png(pixels), png(pixels)).derived == "undetermined"


def test_tags_alone_decide_nothing_between_different_pixels():
    signs = [Sign("metadata", "a_from_b", "weak")]
    assert combined(signs).derived == "undetermined"


def test_signs_against_each_other():
    one, other = Sign("frame", "a_from_b", STRICT), Sign("overlay", "b_from_a", STRICT)
    assert combined([one]).derived == "a_from_b"
    assert combined([one, other]) == Derived("undetermined", True, (one, other))
    against = Sign("detail", "b_from_a", VETO)
    assert combined([one, against]) == Derived("undetermined", False, (one, against))
