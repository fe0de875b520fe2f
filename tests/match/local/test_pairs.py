"""What two pictures are to each other: maps that are known, and pictures made to be of each kind.

Pictures are layers of smoothed noise and shapes, drawn here; expected maps are those they were made
with.
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from firsthand.match.local.align import align, moved, overlap, sane
from firsthand.match.local.features import extract, mirrored
from firsthand.match.local.pairs import compare, directed
from firsthand.match.local.picture import Picture
from firsthand.match.local.pixels import look_closer

Gray = NDArray[np.uint8]


def scene(seed: int, width: int = 900, height: int = 675) -> Gray:
    """Draw a picture with much in it at every size."""
    dice = np.random.default_rng(seed)
    total = np.zeros((height, width), np.float32)
    for step in (4, 9, 20, 45, 110):
        noise = dice.normal(0, 1, (height // step + 2, width // step + 2)).astype(np.float32)
        total += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC) * step**0.35
    image = cv2.normalize(total, None, 30, 220, cv2.NORM_MINMAX).astype(np.uint8)
    for _ in range(25):
        x, y = int(dice.integers(0, width)), int(dice.integers(0, height))
        size, tone = int(dice.integers(12, 90)), int(dice.integers(0, 255))
        cv2.rectangle(image, (x, y), (x + size, y + size // 2), tone, -1)
    return image


def picture(gray: Gray, name: str = "x") -> Picture:
    return Picture(name, np.ascontiguousarray(gray), gray.shape[1], gray.shape[0])


BASE = scene(1)


def test_a_known_map_is_found_to_a_part_of_a_pixel() -> None:
    # Turned by 20 degrees, made smaller by 0.7: places of the copy are known from the matrix.
    matrix = cv2.getRotationMatrix2D((450, 337), 20, 0.7)
    turned = cv2.warpAffine(BASE, matrix, (900, 675))
    one, other = picture(BASE), picture(turned)
    (found, *_) = align(one.fine, other.fine)
    corners = np.array([[300.0, 250], [600, 250], [600, 420], [300, 420]])
    wanted = corners @ matrix[:, :2].T + matrix[:, 2]
    assert np.abs(moved(found.homography, corners) - wanted).max() < 1.0
    assert not found.mirrored and found.support > 50
    better = look_closer(one, other, found).homography
    assert np.abs(moved(better, corners) - wanted).max() < 0.5


def test_a_mirrored_picture_is_found_without_looking_again() -> None:
    flipped = np.ascontiguousarray(BASE[:, ::-1])
    seen, again = picture(BASE).fine, extract(flipped, 900, 675, side=900, most=1000)
    made = mirrored(seen)
    # Each keypoint of the flipped picture has one of the same place, and nearly its descriptor.
    apart = np.linalg.norm(made.xy[:, None] - again.xy[None], axis=2)
    near = apart.min(axis=0) < 1
    assert near.mean() > 0.8
    mates = apart.argmin(axis=0)[near]
    off = made.descriptors[mates].astype(float) - again.descriptors[near]
    assert np.median(np.linalg.norm(off, axis=1)) < 0.25 * 512
    (found, *_) = align(seen, again)
    assert found.mirrored
    assert moved(found.homography, np.array([[100.0, 50]]))[0] == pytest.approx([799, 50], abs=1)


def test_pictures_with_nothing_in_common_have_no_map() -> None:
    names = [picture(scene(seed)) for seed in (2, 3, 4)]
    for at, one in enumerate(names):
        for other in names[at + 1 :]:
            assert compare(one, other) is None


def test_maps_that_no_camera_makes_are_refused() -> None:
    places = np.array([[0.0, 0], [900, 0], [0, 675], [900, 675]])
    assert sane(np.eye(3), places)
    assert not sane(np.diag([1.0, 0.1, 1.0]), places)  # squeezed to a tenth in one direction
    assert not sane(np.array([[1.0, 0, 0], [0, 1, 0], [-0.00112, 0, 1]]), places)  # folds over


def test_overlap_is_what_both_frames_hold() -> None:
    shift = np.array([[1.0, 0, -100], [0, 1, -50], [0, 0, 1]])
    assert overlap(shift, (400, 300), (400, 300)) == ((100, 50, 300, 250), (0, 0, 300, 250))


# ---- relations --------------------------------------------------------------------------------


def recompressed(gray: Gray, quality: int) -> Gray:
    return cv2.imdecode(cv2.imencode(".jpg", gray, [1, quality])[1], cv2.IMREAD_GRAYSCALE)


def test_a_crop_is_a_copy_and_lies_where_it_was_cut() -> None:
    crop = recompressed(BASE[200:520, 300:760], 60)
    link = compare(picture(crop), picture(BASE))
    assert link is not None and link.relation == "copy"
    assert link.region_b == pytest.approx((300, 200, 460, 320), abs=4)
    assert link.region_a == pytest.approx((0, 0, 460, 320), abs=4)


def test_a_banner_and_a_frame_do_not_hide_a_copy() -> None:
    banner = cv2.copyMakeBorder(BASE, 80, 60, 40, 40, cv2.BORDER_CONSTANT, value=235)
    banner[620:735, 40:-40] = 20
    cv2.putText(banner, "BREAKING NEWS", (80, 700), cv2.FONT_HERSHEY_SIMPLEX, 2, 255, 5)
    link = compare(picture(recompressed(banner, 50)), picture(BASE))
    assert link is not None and link.relation == "copy"
    assert link.region_a[:2] == pytest.approx((40, 80), abs=4)


def test_the_shown_in_another_picture_is_a_copy_with_its_place() -> None:
    other = scene(7)
    small = cv2.resize(BASE, (330, 247), interpolation=cv2.INTER_AREA)
    other[300:547, 500:830] = small
    link = compare(picture(recompressed(other, 70)), picture(BASE))
    assert link is not None and link.relation == "copy"
    assert link.region_a == pytest.approx((500, 300, 330, 247), abs=5)


def test_two_pictures_under_one_frame_share_an_overlay() -> None:
    def framed(seed: int) -> Gray:
        made = np.full((1200, 700), 245, np.uint8)
        for row, words in enumerate(("12:30  LTE  87 %", "somebody posted", "Like  Share  Reply")):
            place = (30, 70 + row * 70 if row < 2 else 1150)
            cv2.putText(made, words, place, cv2.FONT_HERSHEY_SIMPLEX, 1.6, 20, 3)
        cv2.circle(made, (600, 130), 40, 90, -1)
        made[220:1060] = scene(seed, 700, 840)
        return made

    link = compare(picture(framed(11)), picture(framed(12)))
    assert link is None or link.relation == "shared_overlay"


def wall(offset: float, people: int, seed: int) -> Gray:
    """Photograph a wall and things before it, from a camera that stands ``offset`` px aside.

    The wall moves by that, what stands before it by more: no one map explains both.
    """
    far = scene(21, 1300, 675)
    image = cv2.warpAffine(far, np.array([[1.0, 0, -200 - offset], [0, 1, 0]]), (900, 675))
    for number in range(6):
        near = scene(40 + number, 110, 330)
        x = round(60 + number * 140 - offset * 2.2 + (people * 37 * (number % 3)))
        left, right = max(x, 0), min(x + 110, 900)
        if right > left:
            image[300:630, left:right] = near[:, left - x : right - x]
    noise = np.random.default_rng(seed).normal(0, 3, image.shape)
    return recompressed(np.clip(image + noise, 0, 255).astype(np.uint8), 85)


def test_another_camera_place_is_the_same_scene_and_never_a_copy() -> None:
    for offset in (35.0, 60.0):
        link = compare(picture(wall(0, 0, 1)), picture(wall(offset, 1, 2)))
        assert link is not None and link.relation in ("same_scene", "burst")


def test_a_link_from_the_other_side_says_the_same() -> None:
    crop = picture(BASE[100:500, 100:600])
    link = compare(crop, picture(BASE))
    assert link is not None
    back = directed(link, crop, picture(BASE)).swapped()
    assert back.region_a == link.region_b and back.relation == link.relation
    assert moved(back.evidence.homography, np.array([[100.0, 100]]))[0] == pytest.approx(
        [0, 0], abs=1
    )
    # A part lies in the whole, which goes on beyond it: it is the whole that came first.
    assert back.derived is not None and back.derived.derived in ("b_from_a", "undetermined")


def test_nothing_breaks_on_plain_and_tiny_pictures() -> None:
    for gray in (np.zeros((1, 1), np.uint8), np.full((300, 400), 128, np.uint8), BASE[:9, :9]):
        assert compare(picture(gray), picture(BASE)) is None
        assert compare(picture(BASE), picture(gray)) is None
