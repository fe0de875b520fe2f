"""Pairs of which it is known which was made from which, and pairs of which neither was.

Each attack takes a picture in colour, uint8 (h, w, 3) BGR, and returns the bytes of a copy.
Strength and place vary with the random generator. Attacks of two steps go through bytes twice.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Random = np.random.Generator
Change = Callable[[Pixels, Random], Pixels]


def jpeg(pixels: Pixels, quality: int) -> bytes:
    """Encode."""
    return bytes(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])[1])


def png(pixels: Pixels) -> bytes:
    """Encode without loss."""
    return bytes(cv2.imencode(".png", pixels)[1])


def opened(data: bytes) -> Pixels:
    """Decode."""
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def sized(pixels: Pixels, factor: float) -> Pixels:
    """Change the size of a picture."""
    size = max(8, round(pixels.shape[1] * factor)), max(8, round(pixels.shape[0] * factor))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, size, interpolation=how), np.uint8)


def cropped(pixels: Pixels, share: float, rng: Random) -> Pixels:
    """Cut out a part with this share of both sides."""
    high, wide = pixels.shape[:2]
    h, w = int(high * share), int(wide * share)
    top, left = int(rng.integers(0, high - h + 1)), int(rng.integers(0, wide - w + 1))
    return np.ascontiguousarray(pixels[top : top + h, left : left + w])


def bannered(pixels: Pixels, rng: Random) -> Pixels:
    """Draw a banner with text, and a logo, over a picture."""
    made = pixels.copy()
    high, wide = made.shape[:2]
    tall = int(high * rng.uniform(0.10, 0.18))
    top = high - tall - int(rng.integers(0, high // 12))
    colour = tuple(int(each) for each in rng.integers(0, 255, 3))
    cv2.rectangle(made, (0, top), (wide, top + tall), colour, -1)
    text = "".join(chr(int(each)) for each in rng.integers(65, 91, 18))
    ink = (255, 255, 255) if sum(colour) < 380 else (0, 0, 0)
    cv2.putText(made, text, (wide // 40, top + int(tall * 0.7)), cv2.FONT_HERSHEY_DUPLEX,
                tall / 48, ink, max(1, tall // 26), cv2.LINE_AA)  # fmt: skip
    at = int(wide * rng.uniform(0.8, 0.92)), int(high * 0.1)
    cv2.circle(made, at, wide // 22, (30, 30, 220), -1, cv2.LINE_AA)
    cv2.putText(made, "TV", (at[0] - wide // 40, at[1] + wide // 90), cv2.FONT_HERSHEY_DUPLEX,
                wide / 900, (255, 255, 255), 2, cv2.LINE_AA)  # fmt: skip
    return made


def marked(pixels: Pixels, rng: Random) -> Pixels:
    """Draw a half transparent line of text over a picture."""
    made = pixels.copy()
    high, wide = made.shape[:2]
    at = int(wide * rng.uniform(0.05, 0.3)), int(high * rng.uniform(0.3, 0.8))
    cv2.putText(made, "@channel.news", at, cv2.FONT_HERSHEY_SIMPLEX, wide / 420,
                (255, 255, 255), max(2, wide // 180), cv2.LINE_AA)  # fmt: skip
    return np.asarray(cv2.addWeighted(pixels, 0.35, made, 0.65, 0), np.uint8)


def bordered(pixels: Pixels, rng: Random) -> Pixels:
    """Put a border around a picture."""
    width = int(max(pixels.shape) * rng.uniform(0.03, 0.12))
    colour = [int(each) for each in rng.integers(0, 255, 3)]
    return np.asarray(
        cv2.copyMakeBorder(pixels, width, width, width, width, cv2.BORDER_CONSTANT, value=colour)
    )


def phone(pixels: Pixels, rng: Random) -> Pixels:
    """Show a picture in an application on a phone."""
    wide = 720
    photo = sized(pixels, wide / pixels.shape[1])
    high = max(photo.shape[0] + 420, 1280)
    dark = bool(rng.integers(0, 2))
    made = np.full((high, wide, 3), 24 if dark else 250, np.uint8)
    ink = (235, 235, 235) if dark else (30, 30, 30)
    top = int(rng.integers(150, 200))
    made[top : top + photo.shape[0]] = photo
    cv2.putText(made, f"{rng.integers(0, 24):02d}:{rng.integers(0, 60):02d}", (24, 40),
                cv2.FONT_HERSHEY_DUPLEX, 0.9, ink, 2, cv2.LINE_AA)  # fmt: skip
    cv2.circle(
        made, (60, 105), 34, tuple(int(e) for e in rng.integers(40, 220, 3)), -1, cv2.LINE_AA
    )
    cv2.putText(made, "user_" + str(rng.integers(100, 9999)), (110, 115),
                cv2.FONT_HERSHEY_DUPLEX, 0.9, ink, 2, cv2.LINE_AA)  # fmt: skip
    for line in range(4):
        y = top + photo.shape[0] + 60 + 44 * line
        if y < high - 20:
            text = "".join(chr(int(each)) for each in rng.integers(97, 123, 26))
            cv2.putText(made, text, (24, y), cv2.FONT_HERSHEY_SIMPLEX, 0.8, ink, 1, cv2.LINE_AA)
    return made


def collage(pixels: Pixels, rng: Random, fillers: list[Pixels]) -> Pixels:
    """Show four pictures in one."""
    chosen = [fillers[int(at)] for at in rng.permutation(len(fillers))[:3]]
    chosen.insert(int(rng.integers(0, 4)), pixels)
    cells = [
        np.asarray(cv2.resize(each, (560, 420), interpolation=cv2.INTER_AREA)) for each in chosen
    ]
    return np.vstack([np.hstack(cells[:2]), np.hstack(cells[2:])]).astype(np.uint8)


def inset(pixels: Pixels, rng: Random, fillers: list[Pixels]) -> Pixels:
    """Lay a picture over part of another."""
    made = sized(fillers[int(rng.integers(0, len(fillers)))], 1.0).copy()
    photo = sized(pixels, 0.5 * made.shape[1] / pixels.shape[1])
    high, wide = min(photo.shape[0], made.shape[0] - 2), photo.shape[1]
    top = int(rng.integers(0, made.shape[0] - high))
    left = int(rng.integers(0, made.shape[1] - wide))
    made[top : top + high, left : left + wide] = photo[:high]
    return made


def blurred_at(pixels: Pixels, rng: Random) -> Pixels:
    """Blur one place, as faces and number plates are blurred."""
    made = pixels.copy()
    high, wide = made.shape[:2]
    h, w = int(high * rng.uniform(0.15, 0.3)), int(wide * rng.uniform(0.15, 0.3))
    top, left = int(rng.integers(0, high - h)), int(rng.integers(0, wide - w))
    part = made[top : top + h, left : left + w]
    made[top : top + h, left : left + w] = cv2.GaussianBlur(part, (0, 0), wide / 60)
    return made


def screened(pixels: Pixels, rng: Random) -> Pixels:
    """Photograph a screen that shows a picture."""
    small = sized(pixels, 1000 / max(pixels.shape))
    high, wide = small.shape[:2]
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    moire = 7 * np.sin(x * rng.uniform(1.1, 1.6) + y * 0.05) * np.sin(y * rng.uniform(1.1, 1.6))
    lit = np.clip(small + moire[..., None], 0, 255).astype(np.uint8)
    rim = 0.06
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    off = rng.uniform(0, 0.05, (4, 2)) * (wide, high)
    placed = corners * (1 - 2 * rim) + np.array([wide, high]) * rim
    placed = (placed + off - 0.025 * np.array([wide, high])).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, placed)
    made = cv2.warpPerspective(lit, matrix, (wide, high), borderValue=(22, 20, 24))
    noisy = made + rng.normal(0, 5, made.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def rotated(pixels: Pixels, degrees: float) -> Pixels:
    """Turn a picture about its middle; the corners are black."""
    high, wide = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), degrees, 1.0)
    return np.asarray(cv2.warpAffine(pixels, matrix, (wide, high), flags=cv2.INTER_CUBIC), np.uint8)


def toned(pixels: Pixels, gain: float, offset: float, gamma: float = 1.0) -> Pixels:
    """Change brightness, contrast, gamma."""
    levels = np.clip(255 * (np.arange(256) / 255) ** gamma * gain + offset, 0, 255)
    return np.asarray(cv2.LUT(pixels, levels.astype(np.uint8)), np.uint8)


def grey(pixels: Pixels) -> Pixels:
    """Take the colour out."""
    return np.asarray(cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR))


def noised(pixels: Pixels, rng: Random) -> Pixels:
    """Add noise."""
    return np.clip(pixels + rng.normal(0, 8, pixels.shape), 0, 255).astype(np.uint8)


def pixelated(pixels: Pixels, size: float) -> Pixels:
    """Show a picture as squares of this size [px]."""
    small = sized(pixels, 1 / size)
    full = pixels.shape[1], pixels.shape[0]
    return np.asarray(cv2.resize(small, full, interpolation=cv2.INTER_NEAREST), np.uint8)


def sharpened(pixels: Pixels) -> Pixels:
    """Make edges stronger."""
    soft = cv2.GaussianBlur(pixels, (0, 0), 1.5)
    return np.asarray(cv2.addWeighted(pixels, 2.0, soft, -1.0, 0), np.uint8)


def _steps(fillers: list[Pixels]) -> dict[str, Change]:
    return {
        "down2": lambda p, r: sized(p, 0.5),
        "down4": lambda p, r: sized(p, 0.25),
        "down_up": lambda p, r: sized(sized(p, 0.4), 2.5),
        "crop70": lambda p, r: cropped(p, r.uniform(0.65, 0.8), r),
        "crop50": lambda p, r: cropped(p, r.uniform(0.45, 0.55), r),
        "rot5": lambda p, r: rotated(p, r.uniform(3, 7)),
        "mirror": lambda p, r: np.ascontiguousarray(p[:, ::-1]),
        "banner": bannered,
        "mark": marked,
        "border": bordered,
        "phone": phone,
        "collage": lambda p, r: collage(p, r, fillers),
        "inset": lambda p, r: inset(p, r, fillers),
        "blur": lambda p, r: np.asarray(cv2.GaussianBlur(p, (0, 0), r.uniform(1.5, 3))),
        "blur_at": blurred_at,
        "screen": screened,
        "bright": lambda p, r: toned(p, 1.0, r.uniform(25, 50)),
        "contrast": lambda p, r: toned(p, r.uniform(1.3, 1.6), -40),
        "gamma": lambda p, r: toned(p, 1.0, 0, r.uniform(0.6, 0.75)),
        "gray": lambda p, r: grey(p),
        "noise": noised,
        "pixelate": lambda p, r: pixelated(p, r.uniform(6, 12)),
        "sharpen": lambda p, r: sharpened(p),
    }


TWO_STEPS = (
    ("crop70", "down2"), ("banner", "crop70"), ("down2", "banner"), ("gray", "down2"),
    ("phone", "crop70"), ("down2", "down_up"), ("crop70", "phone"), ("blur_at", "down2"),
    ("noise", "down2"), ("sharpen", "down2"), ("down2", "sharpen"), ("down2", "noise"),
)  # fmt: skip


def attacks(fillers: list[Pixels]) -> dict[str, Callable[[bytes, Random], bytes]]:
    """Return attacks by name: from the bytes of a picture to those of a copy made from it."""
    steps = _steps(fillers)

    def once(change: Change) -> Callable[[bytes, Random], bytes]:
        return lambda data, rng: jpeg(change(opened(data), rng), int(rng.integers(70, 93)))

    def twice(one: Change, other: Change) -> Callable[[bytes, Random], bytes]:
        return lambda data, rng: once(other)(once(one)(data, rng), rng)

    found = {name: once(change) for name, change in steps.items()}
    for quality in (10, 30, 50, 75, 90):
        found[f"jpeg_{quality}"] = lambda data, rng, q=quality: jpeg(opened(data), q)
    found["dblcomp"] = lambda data, rng: jpeg(
        sized(opened(jpeg(sized(opened(data), 0.625), 55)), 0.8), 70
    )
    found["crop_png"] = lambda data, rng: png(cropped(opened(data), 0.7, rng))
    for one, other in TWO_STEPS:
        found[f"{one}+{other}"] = twice(steps[one], steps[other])
    return found


SIBLINGS = {
    "two_crops": ("common", "crop_left", "crop_right"),
    "crop_and_banner": ("common", "crop70", "banner_whole"),
    "jpeg_90_jpeg_10": ("none", "jpeg_90", "jpeg_10"),
    "jpeg_80_jpeg_60": ("none", "jpeg_80", "jpeg_60"),
    "jpeg_50_jpeg_30": ("none", "jpeg_50", "jpeg_30"),
    "jpeg_95_jpeg_75": ("none", "jpeg_95", "jpeg_75"),
    "down2_down2": ("none", "down2_85", "down2_60"),
}
"""Pairs made from one picture; what must be said is ``common`` (a common parent) or ``none``."""


def sibling(name: str, data: bytes, rng: Random) -> bytes:
    """Return one of the copies that :data:`SIBLINGS` names."""
    pixels = opened(data)
    wide = pixels.shape[1]
    if name == "crop_left":
        return jpeg(np.ascontiguousarray(pixels[:, : int(wide * 0.8)]), 84)
    if name == "crop_right":
        return jpeg(np.ascontiguousarray(pixels[:, int(wide * 0.2) | 3 :]), 77)
    if name == "banner_whole":
        return jpeg(bannered(pixels, rng), 85)
    if name == "crop70":
        return jpeg(np.ascontiguousarray(pixels[int(pixels.shape[0] * 0.2) | 3 :, 5:]), 84)
    if name.startswith("down2"):
        return jpeg(sized(pixels, 0.5), int(name.partition("_")[2]))
    return jpeg(pixels, int(name.partition("_")[2]))
