"""The thirty attacks of the suite: what people and apps do to pictures, each from a seed.

``attacked(name, original, image, filler, seed=…)`` returns the bytes of a file and where in it the
original lies. The same arguments make the same file. Strength varies a little with the seed.

Of crops the number is the share of each *side* that is left, so crop30 keeps 9 % of the area.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from dress import banner, phone
from placed import Image, Placed, Shot, structure, whole
from video_frame import video_frame

Rng = np.random.Generator


@dataclass(frozen=True)
class Attacked:
    """A file that was made of originals; ``holds`` says of which, and where they are in it."""

    data: bytes
    suffix: str
    width: int
    height: int
    holds: tuple[Placed, ...]


@dataclass(frozen=True)
class Around:
    """What an attack may put beside the picture: pictures that nobody looks for (blue first).

    ``partner`` is another original, by name, that a collage may hold as well.
    """

    fillers: Sequence[Image]
    partner: tuple[str, Image] | None = None


Attack = Callable[[Shot, Rng, Around], tuple[Shot, int]]
"""Makes the picture, and says at which JPEG quality it is kept."""


def attacked(
    attack: str, original: str, image: Image, around: Around, *, seed: int = 0
) -> Attacked:
    """Return an original under an attack.

    Raises
    ------
    KeyError
        When there is no such attack.
    MissingProgram
        When ``vframe`` finds no ffmpeg with x264.
    """
    rng = np.random.default_rng([seed, zlib.crc32(attack.encode()), zlib.crc32(original.encode())])
    shot, quality = ATTACKS[attack](whole(original, image), rng, around)
    done, data = cv2.imencode(".jpg", shot.image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"{attack} of {original} cannot be written")
    return Attacked(data.tobytes(), ".jpg", shot.width, shot.height, shot.holds)


def _usual(rng: Rng) -> int:
    """Return a quality that phones and sites use."""
    return int(rng.integers(78, 93))


def jpeg(quality: int) -> Attack:
    """Compress strongly."""
    return lambda shot, rng, _: (shot, quality + int(rng.integers(-2, 3)))


def down(factor: int) -> Attack:
    """Make small."""
    return lambda shot, rng, _: (shot.scaled(float(rng.uniform(0.95, 1.05)) / factor), _usual(rng))


def _part(shot: Shot, rng: Rng, share: float) -> Shot:
    """Return a part whose sides are nearly this share of the whole, in any shape.

    It lies anywhere, but people cut out what there is to see: of a picture with a little in a large
    sky, not an empty piece of the sky, which nobody could trace.
    """
    share = share * float(rng.uniform(0.95, 1.05))
    shape = float(rng.uniform(0.88, 1.13))
    wide, high = min(1.0, share * shape), min(1.0, share / shape)
    width, height = round(shot.width * wide), round(shot.height * high)
    least = 0.5 * structure(shot.image)
    for _ in range(12):
        left = int(rng.integers(0, shot.width - width + 1))
        top = int(rng.integers(0, shot.height - height + 1))
        if structure(shot.image[top : top + height, left : left + width]) >= least:
            break
    return shot.cut(left, top, width, height)


def crop(share: float) -> Attack:
    """Cut a part out."""
    return lambda shot, rng, _: (_part(shot, rng, share), _usual(rng))


def _turned(shot: Shot, rng: Rng, degrees: float) -> Shot:
    """Turn; either with the corners filled, or cut to the largest part without them."""
    angle = np.deg2rad(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    wide, high = shot.width, shot.height
    if rng.random() < 0.5:
        width = round(wide * abs(cos) + high * abs(sin))
        height = round(wide * abs(sin) + high * abs(cos))
    else:
        width, height = _inside(wide, high, abs(float(angle)))
    spin = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    by = _shift(width / 2, height / 2) @ spin @ _shift(-wide / 2, -high / 2)
    paper = np.full((height, width, 3), int(rng.choice([0, 255])), np.uint8)
    return shot.warped(by, width, height, paper, cv2.INTER_CUBIC)


def _inside(wide: float, high: float, angle: float) -> tuple[int, int]:
    """Return the largest upright rectangle of the same shape inside a turned one."""
    cos, sin = np.cos(angle), np.sin(angle)
    factor = min(wide / (wide * cos + high * sin), high / (wide * sin + high * cos))
    return max(8, int(wide * factor)), max(8, int(high * factor))


def _shift(x: float, y: float) -> np.ndarray:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])


def rot(degrees: float) -> Attack:
    """Turn a little, to either side."""

    def make(shot: Shot, rng: Rng, _: Around) -> tuple[Shot, int]:
        turn = degrees * float(rng.uniform(0.85, 1.15)) * float(rng.choice([-1, 1]))
        return _turned(shot, rng, turn), _usual(rng)

    return make


def rot90(shot: Shot, rng: Rng, _: Around) -> tuple[Shot, int]:
    """Turn by a quarter, to either side."""
    if rng.random() < 0.5:
        by = np.array([[0, -1, shot.height], [1, 0, 0], [0, 0, 1.0]])
        code = cv2.ROTATE_90_CLOCKWISE
    else:
        by = np.array([[0, 1, 0], [-1, 0, shot.width], [0, 0, 1.0]])
        code = cv2.ROTATE_90_COUNTERCLOCKWISE
    image = np.asarray(cv2.rotate(shot.image, code), np.uint8)
    holds = tuple(each.moved(by, shot.height, shot.width) for each in shot.holds)
    return Shot(image, holds), _usual(rng)


def mirror(shot: Shot, rng: Rng, _: Around) -> tuple[Shot, int]:
    """Exchange left and right."""
    by = np.array([[-1, 0, shot.width], [0, 1, 0], [0, 0, 1.0]])
    image = np.ascontiguousarray(shot.image[:, ::-1])
    holds = tuple(each.moved(by, shot.width, shot.height) for each in shot.holds)
    return Shot(image, holds), _usual(rng)


def aspect(shot: Shot, rng: Rng, _: Around) -> tuple[Shot, int]:
    """Squeeze one way."""
    factor = float(rng.uniform(0.65, 0.82))
    wide, high = (factor, 1.0) if rng.random() < 0.5 else (1.0, factor)
    return shot.resized(round(shot.width * wide), round(shot.height * high)), _usual(rng)


def with_banner(shot: Shot, rng: Rng, _: Around) -> tuple[Shot, int]:
    """Let a broadcaster show it."""
    return banner(shot, rng), _usual(rng)


def border(shot: Shot, rng: Rng, _: Around) -> tuple[Shot, int]:
    """Put a frame round it: one colour, or the picture itself, blurred, as for upright screens."""
    if rng.random() < 0.4:
        tall = round(shot.width * float(rng.choice([1.25, 16 / 9])))
        width, height = shot.width, max(tall, round(shot.height * 1.2))
        back = cv2.resize(shot.image, (max(width, height), max(width, height)))
        back = cv2.GaussianBlur(back, (0, 0), max(width, height) / 40)[:height, :width]
    else:
        edges = rng.uniform(0.05, 0.14, 2)
        width = round(shot.width * (1 + 2 * edges[0]))
        height = round(shot.height * (1 + 2 * edges[1]))
        plain = [(0, 0, 0), (255, 255, 255), tuple(int(each) for each in rng.integers(0, 256, 3))]
        back = np.full((height, width, 3), plain[int(rng.integers(3))], np.uint8)
    return shot.on(back, (width - shot.width) // 2, (height - shot.height) // 2), _usual(rng)


def phone_ui(shot: Shot, rng: Rng, _: Around) -> tuple[Shot, int]:
    """Take a screenshot of a phone that shows it."""
    return phone(shot, rng), _usual(rng)


def _filled(image: Image, width: int, height: int, rng: Rng) -> tuple[int, int, float]:
    """Return left, top and scale with which a picture fills a place, cut as apps do it."""
    factor = max(width / image.shape[1], height / image.shape[0])
    left = int(rng.integers(0, max(1, round(image.shape[1] * factor) - width + 1)))
    top = int(rng.integers(0, max(1, round(image.shape[0] * factor) - height + 1)))
    return left, top, factor


def _fitted(shot: Shot, width: int, height: int, rng: Rng) -> Shot:
    left, top, factor = _filled(shot.image, width, height, rng)
    large = shot.resized(
        max(width, round(shot.width * factor)), max(height, round(shot.height * factor))
    )
    left, top = min(left, large.width - width), min(top, large.height - height)
    return large.cut(left, top, width, height)


def collage4(shot: Shot, rng: Rng, around: Around) -> tuple[Shot, int]:
    """Put it among three others; with one chance in four another original is one of them."""
    wide, high = (640, 480) if shot.width >= shot.height else (480, 640)
    wide, high = (
        round(wide * float(rng.uniform(0.85, 1.1))),
        round(high * float(rng.uniform(0.85, 1.1))),
    )
    line = int(rng.integers(0, 9))
    paper = int(rng.choice([0, 255]))
    page = Shot(np.full((2 * high + 3 * line, 2 * wide + 3 * line, 3), paper, np.uint8), ())
    parts = [shot]
    if around.partner is not None and rng.random() < 0.25:
        parts.append(whole(*around.partner))
    chosen = rng.choice(len(around.fillers), 4 - len(parts), replace=len(around.fillers) < 4)
    parts += [Shot(around.fillers[int(at)], ()) for at in chosen]
    for place, at in enumerate(rng.permutation(4)):
        left, top = line + (place % 2) * (wide + line), line + (place // 2) * (high + line)
        made = _fitted(parts[int(at)], wide, high, rng).on(page.image, left, top)
        page = Shot(made.image, page.holds + made.holds)
    return page, _usual(rng)


def pip(shot: Shot, rng: Rng, around: Around) -> tuple[Shot, int]:
    """Lay it, at 40 % of the width, on another picture."""
    under = around.fillers[int(rng.integers(len(around.fillers)))]
    factor = max(1.0, 1000 / max(under.shape[:2]))
    under = cv2.resize(under, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    high, wide = under.shape[:2]
    share = 0.4 * float(rng.uniform(0.92, 1.08))
    small = shot.scaled(min(share * wide / shot.width, 0.9 * high / shot.height))
    left = int(rng.integers(0, wide - small.width + 1))
    top = int(rng.integers(0, high - small.height + 1))
    if rng.random() < 0.5:
        cv2.rectangle(
            under, (left - 4, top - 4), (left + small.width + 3, top + small.height + 3),
            (255, 255, 255), -1,
        )  # fmt: skip
    return small.on(np.asarray(under, np.uint8), left, top), _usual(rng)


def screen(shot: Shot, rng: Rng, _: Around) -> tuple[Shot, int]:
    """Photograph a screen that shows it: perspective, moire, glare, noise, soft focus."""
    wide, high = 1200, round(1200 * float(rng.choice([0.75, 0.75, 9 / 16])))
    room = min(wide * 0.82 / shot.width, high * 0.82 / shot.height)
    width, height = shot.width * room, shot.height * room
    left, top = (wide - width) / 2, (high - height) / 2
    flat = np.array(
        [[left, top], [left + width, top], [left + width, top + height], [left, top + height]]
    )
    ends = flat + rng.uniform(-0.07, 0.07, (4, 2)) * (width, height)
    corners = np.array([[0, 0], [shot.width, 0], [shot.width, shot.height], [0, shot.height]])
    by = cv2.getPerspectiveTransform(corners.astype(np.float32), ends.astype(np.float32))
    desk = np.full((high, wide, 3), rng.integers(20, 150, 3), np.uint8)
    middle = ends.mean(axis=0)
    frame = middle + (ends - middle) * 1.07
    cv2.fillConvexPoly(desk, frame.astype(np.int32), (18, 18, 18), cv2.LINE_AA)
    seen = shot.warped(by.astype(float), wide, high, desk, cv2.INTER_AREA)
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    wave = np.zeros((high, wide, 3), np.float32)
    for channel in range(3):  # the two grids beat against each other, in each colour otherwise
        turn, step = float(rng.uniform(0, np.pi)), float(rng.uniform(4, 16))
        bend = 1 + 0.05 * np.sin(y / float(rng.uniform(90, 300)))
        wave[..., channel] = np.sin(2 * np.pi * (x * np.cos(turn) + y * np.sin(turn)) * bend / step)
    lit = seen.image * (1 + float(rng.uniform(0.05, 0.11)) * wave)
    glare = np.exp(
        -((x - rng.uniform(0, wide)) ** 2 + (y - rng.uniform(0, high)) ** 2) / (0.1 * wide**2)
    )
    lit = lit * float(rng.uniform(0.75, 1.05)) + float(rng.uniform(0, 55)) * glare[..., None]
    lit = cv2.GaussianBlur(lit, (0, 0), float(rng.uniform(0.6, 1.2)))
    lit = lit + rng.normal(0, float(rng.uniform(3, 8)), lit.shape)
    return seen.with_pixels(lit), _usual(rng)


def blur(shot: Shot, rng: Rng, _: Around) -> tuple[Shot, int]:
    """Take the detail away."""
    sigma = shot.side * float(rng.uniform(0.0022, 0.0038))
    return shot.with_pixels(cv2.GaussianBlur(shot.image, (0, 0), sigma)), _usual(rng)


def bright(shot: Shot, rng: Rng, _: Around) -> tuple[Shot, int]:
    """Make lighter or darker."""
    factor = float(rng.uniform(1.35, 1.7) if rng.random() < 0.5 else rng.uniform(0.45, 0.65))
    return shot.with_pixels(shot.image * factor), _usual(rng)


def contrast(shot: Shot, rng: Rng, _: Around) -> tuple[Shot, int]:
    """Make flatter or harder."""
    factor = float(rng.uniform(0.35, 0.55) if rng.random() < 0.5 else rng.uniform(1.6, 2.2))
    return shot.with_pixels((shot.image - 128.0) * factor + 128), _usual(rng)


def gamma(shot: Shot, rng: Rng, _: Around) -> tuple[Shot, int]:
    """Lift or sink the middle tones."""
    power = float(rng.uniform(0.4, 0.6) if rng.random() < 0.5 else rng.uniform(1.8, 2.5))
    return shot.with_pixels(255 * (shot.image / 255) ** power), _usual(rng)


def gray(shot: Shot, rng: Rng, _: Around) -> tuple[Shot, int]:
    """Take the colour away."""
    plane = cv2.cvtColor(shot.image, cv2.COLOR_BGR2GRAY)
    return shot.with_pixels(cv2.cvtColor(plane, cv2.COLOR_GRAY2BGR)), _usual(rng)


def _tinted(shot: Shot, rng: Rng) -> Shot:
    hue, share = rng.uniform(0, 255, 3), float(rng.uniform(0.15, 0.35))
    gain = rng.uniform(0.75, 1.2, 3)
    return shot.with_pixels(shot.image * gain * (1 - share) + hue * share)


def tint(shot: Shot, rng: Rng, _: Around) -> tuple[Shot, int]:
    """Lay a filter over it."""
    return _tinted(shot, rng), _usual(rng)


def pixelate(shot: Shot, rng: Rng, _: Around) -> tuple[Shot, int]:
    """Turn it into blocks."""
    across = int(rng.integers(110, 171))
    block = max(2, round(shot.side / across))
    small = cv2.resize(
        shot.image, (max(2, shot.width // block), max(2, shot.height // block)),
        interpolation=cv2.INTER_AREA,
    )  # fmt: skip
    image = cv2.resize(small, (shot.width, shot.height), interpolation=cv2.INTER_NEAREST)
    return shot.with_pixels(image), _usual(rng)


def _again(shot: Shot, quality: int) -> Shot:
    _, data = cv2.imencode(".jpg", shot.image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return shot.with_pixels(cv2.imdecode(data, cv2.IMREAD_COLOR))


def dblcomp(shot: Shot, rng: Rng, _: Around) -> tuple[Shot, int]:
    """Pass it through two sites: 800 px at quality 55, then 640 px at 70."""
    once = _again(shot.scaled(800 / shot.side), 55 + int(rng.integers(-3, 4)))
    return once.scaled(640 / once.side), 70 + int(rng.integers(-3, 4))


def vframe(shot: Shot, rng: Rng, _: Around) -> tuple[Shot, int]:
    """Show it in a letterboxed film, strongly compressed, and take a frame."""
    width, height = (854, 480) if rng.random() < 0.5 else (1280, 720)
    small = shot.scaled(min(width / shot.width, height / shot.height))
    left, top = (width - small.width) // 2, (height - small.height) // 2
    framed = small.on(np.zeros((height, width, 3), np.uint8), left, top)
    return framed.with_pixels(video_frame(framed.image, crf=34)), _usual(rng)


def combo(shot: Shot, rng: Rng, _: Around) -> tuple[Shot, int]:
    """Crop, shrink, tint, put a banner over it, compress: what comes back after some weeks."""
    part = _part(shot, rng, float(rng.uniform(0.68, 0.85)))
    part = _tinted(part.scaled(float(rng.uniform(0.5, 0.75))), rng)
    return banner(_again(part, 60), rng), int(rng.integers(35, 50))


def combo_hard(shot: Shot, rng: Rng, _: Around) -> tuple[Shot, int]:
    """Keep 40 % of each side, turn, tint, put a banner over it, and screenshot a phone; q25."""
    part = _part(shot, rng, 0.4)
    turn = float(rng.uniform(4, 10)) * float(rng.choice([-1, 1]))
    part = _tinted(_turned(part, rng, turn), rng)
    return phone(banner(part, rng), rng), 25 + int(rng.integers(-2, 3))


ATTACKS: dict[str, Attack] = {
    "jpeg_10": jpeg(10), "jpeg_30": jpeg(30), "jpeg_50": jpeg(50),
    "down4": down(4), "down8": down(8),
    "crop70": crop(0.7), "crop50": crop(0.5), "crop30": crop(0.3),
    "rot5": rot(5), "rot15": rot(15), "rot90": rot90, "mirror": mirror, "aspect": aspect,
    "banner": with_banner, "border": border, "phone_ui": phone_ui,
    "collage4": collage4, "pip": pip, "screen": screen,
    "blur": blur, "bright": bright, "contrast": contrast, "gamma": gamma, "gray": gray,
    "tint": tint, "pixelate": pixelate, "dblcomp": dblcomp, "vframe": vframe,
    "combo": combo, "combo_hard": combo_hard,
}  # fmt: skip
"""All thirty, by name."""
