"""What people and apps draw over pictures, and what copying does to them. Pictures: BGR bytes.

A design is drawn from ``design``, so that two pictures can carry the same one; what differs from
picture to picture (names, texts) comes from ``own``.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from render3d.textures import word

Image = NDArray[np.uint8]
Rng = np.random.Generator
Colour = tuple[int, int, int]

_FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_TRIPLEX)


def _any(rng: Rng, low: int = 0, high: int = 256) -> Colour:
    b, g, r = rng.integers(low, high, 3)
    return int(b), int(g), int(r)


def _say(
    image: Image, text: str, x: float, y: float, tall: float, ink: Colour, font: int = 0
) -> None:
    size, thick = tall / 22, max(1, round(tall / 11))
    cv2.putText(image, text, (round(x), round(y)), font, size, ink, thick, cv2.LINE_AA)


def _line(rng: Rng, words: int) -> str:
    return " ".join(word(rng) for _ in range(words))


def phone(image: Image, design: Rng, own: Rng) -> Image:
    """Show a picture in an app on a phone: status bar, head, picture, buttons, a caption."""
    wide, high = 720, int(design.choice([1280, 1440, 1560]))
    dark = design.random() < 0.5
    paper, ink = ((18, 18, 20), (235, 235, 235)) if dark else ((250, 250, 250), (25, 25, 25))
    page = np.full((high, wide, 3), paper, np.uint8)
    _say(page, f"{own.integers(24):02d}:{own.integers(60):02d}", 28, 46, 24, ink)
    for bar in range(4):
        cv2.rectangle(page, (560 + bar * 12, 44 - bar * 6), (568 + bar * 12, 46), ink, -1)
    cv2.rectangle(page, (630, 24), (676, 46), ink, 2)
    cv2.rectangle(page, (633, 27), (633 + int(own.integers(8, 40)), 43), ink, -1)
    brand = _any(design, 40, 230)
    _say(page, word(design).capitalize(), 30, 116, 40, brand, cv2.FONT_HERSHEY_TRIPLEX)
    for icon in range(3):
        cv2.circle(page, (530 + icon * 66, 102), 18, ink, 3, cv2.LINE_AA)
        cv2.line(page, (530 + icon * 66, 92), (540 + icon * 66, 110), ink, 3, cv2.LINE_AA)
    cv2.circle(page, (56, 190), 30, _any(own), -1, cv2.LINE_AA)
    _say(page, word(own), 104, 186, 26, ink)
    _say(page, _line(own, 2), 104, 218, 18, (130, 130, 130))
    tall = min(round(image.shape[0] * wide / image.shape[1]), high - 560)
    shown = cv2.resize(image, (wide, round(image.shape[0] * wide / image.shape[1])))
    top = (shown.shape[0] - tall) // 2
    page[250 : 250 + tall] = shown[top : top + tall]
    y = 250 + tall + 46
    shapes = design.integers(0, 3, 4)
    for at, shape in enumerate(shapes):
        x = 50 + at * 80 if at < 3 else 660
        if shape == 0:
            cv2.circle(page, (x, y), 20, ink, 3, cv2.LINE_AA)
        elif shape == 1:
            ring = np.array([[x - 20, y - 16], [x + 22, y - 18], [x + 2, y + 20]], np.int32)
            cv2.polylines(page, [ring], True, ink, 3, cv2.LINE_AA)
        else:
            cv2.rectangle(page, (x - 18, y - 18), (x + 18, y + 18), ink, 3)
    _say(page, f"{own.integers(10, 9999)} likes", 30, y + 70, 24, ink)
    for row in range(int(own.integers(1, 4))):
        _say(page, _line(own, 4), 30, y + 116 + 40 * row, 22, ink)
    cv2.line(page, (0, high - 96), (wide, high - 96), (130, 130, 130), 1)
    for icon in range(5):
        x = 72 + icon * 144
        cv2.rectangle(page, (x - 18, high - 66), (x + 18, high - 30), ink, 3)
        cv2.line(page, (x - 18, high - 48), (x + 18, high - 40), ink, 3, cv2.LINE_AA)
    return page


def lower_third(image: Image, design: Rng, own: Rng) -> Image:
    """Lay a station's banner over the lower part: mark, headline, running text."""
    made = image.copy()
    high, wide = made.shape[:2]
    top, tall = round(high * 0.78), round(high * design.uniform(0.12, 0.17))
    cv2.rectangle(made, (0, top), (wide, top + tall), _any(design, 10, 120), -1)
    cv2.rectangle(made, (0, top + tall), (wide, high), _any(design, 180, 255), -1)
    mark = round(tall * 1.5)
    cv2.rectangle(made, (0, top), (mark, high), _any(design, 100, 255), -1)
    font = _FONTS[design.integers(len(_FONTS))]
    _say(
        made,
        word(design, 2, 4).upper()[:4],
        mark * 0.1,
        top + tall * 0.8,
        tall * 0.4,
        (255, 255, 255),
        font,
    )
    cv2.circle(made, (mark // 2, top + tall), tall // 4, _any(design), -1, cv2.LINE_AA)
    _say(made, "BREAKING", mark * 1.1, top + tall * 0.42, tall * 0.3, (255, 255, 255), font)
    _say(
        made,
        _line(own, 3).upper(),
        mark * 1.1,
        top + tall * 0.85,
        tall * 0.3,
        (255, 255, 255),
        font,
    )
    _say(
        made,
        _line(own, 8),
        mark * 1.1,
        top + tall + (high - top - tall) * 0.7,
        tall * 0.22,
        (20, 20, 20),
    )
    return made


def logo(image: Image, design: Rng, own: Rng) -> Image:
    """Put a mark into a corner: a badge with letters and shapes."""
    made = image.copy()
    high, wide = made.shape[:2]
    side = round(min(high, wide) * design.uniform(0.22, 0.34))
    badge = np.full((240, 240, 3), _any(design), np.uint8)
    for _ in range(7):
        x, y, reach = (int(v) for v in design.integers(20, 220, 3))
        if design.random() < 0.5:
            cv2.circle(badge, (x, y), reach // 4, _any(design), -1, cv2.LINE_AA)
        else:
            cv2.rectangle(badge, (x, y), (x + reach // 3, y + reach // 4), _any(design), -1)
    _say(badge, word(design).upper()[:6], 16, 130, 48, (255, 255, 255), cv2.FONT_HERSHEY_DUPLEX)
    _say(badge, _line(design, 2), 16, 200, 24, (255, 255, 255))
    small = cv2.resize(badge, (side, side), interpolation=cv2.INTER_AREA)
    gap = round(side * 0.12)
    y = gap if design.random() < 0.5 else high - side - gap
    x = gap if design.random() < 0.5 else wide - side - gap
    made[y : y + side, x : x + side] = small
    return made


def watermark(image: Image, design: Rng, own: Rng) -> Image:
    """Write one word all over, so that the picture shows through."""
    high, wide = image.shape[:2]
    sheet = np.zeros((high, wide), np.uint8)
    text = f"{word(design)}.{word(design)[:3]}"
    tall = max(high, wide) * design.uniform(0.035, 0.055)
    for y in np.arange(tall * 2, high + wide, tall * 4):
        for x in np.arange(-wide, wide, tall * 9):
            cv2.putText(
                sheet, text, (round(x + y * 0.3), round(y)), cv2.FONT_HERSHEY_DUPLEX, tall / 22,
                255,
                max(1, round(tall / 9)), cv2.LINE_AA,
            )  # fmt: skip
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), float(design.uniform(15, 35)), 1.2)
    share = cv2.warpAffine(sheet, turn, (wide, high))[..., None] / 255 * 0.5
    return np.asarray(image * (1 - share) + 255 * share, np.uint8)


def panels(image: Image, design: Rng, own: Rng) -> Image:
    """Set a picture between a head and a foot with large words, as pages that collect posts do."""
    wide = image.shape[1]
    tall = round(wide * design.uniform(0.2, 0.3))
    paper, ink = _any(design, 0, 90), _any(design, 190, 256)
    head, foot = (np.full((tall, wide, 3), paper, np.uint8) for _ in range(2))
    font = _FONTS[design.integers(len(_FONTS))]
    _say(head, _line(design, 2).upper(), wide * 0.03, tall * 0.5, tall * 0.28, ink, font)
    _say(head, _line(own, 4), wide * 0.03, tall * 0.85, tall * 0.16, ink)
    for at in range(6):
        x = round(wide * (0.06 + 0.15 * at))
        cv2.circle(foot, (x, tall // 2), tall // 6, _any(design, 80, 256), -1, cv2.LINE_AA)
        _say(foot, word(design)[:2], x - tall // 10, tall * 0.56, tall * 0.14, paper)
    _say(foot, f"@{word(design)}", wide * 0.3, tall * 0.93, tall * 0.16, ink)
    return np.vstack([head, image, foot])


OVERLAYS: dict[str, Callable[[Image, Rng, Rng], Image]] = {
    "phone": phone, "lower_third": lower_third, "logo": logo,
    "watermark": watermark, "panels": panels,
}  # fmt: skip


def _quality(image: Image, quality: int) -> Image:
    data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def _sized(image: Image, factor: float) -> Image:
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=how), np.uint8)


def _cropped(image: Image, rng: Rng, area: float) -> Image:
    high, wide = image.shape[:2]
    tall = round(high * np.sqrt(area) * rng.uniform(0.9, 1.1))
    broad = round(wide * high * area / tall)
    tall, broad = min(tall, high), min(broad, wide)
    y, x = int(rng.integers(0, high - tall + 1)), int(rng.integers(0, wide - broad + 1))
    return image[y : y + tall, x : x + broad].copy()


def _screen(image: Image, rng: Rng) -> Image:
    """Photograph a screen: its grid, its tilt, the light and the noise of another camera."""
    high, wide = image.shape[:2]
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    wave = np.sin(x * rng.uniform(2.1, 2.9)) * np.sin(y * rng.uniform(2.1, 2.9))
    shown = image * (1 + 0.06 * wave[..., None])
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    placed = corners * 0.8 + (0.1 * wide, 0.1 * high)
    placed = (placed + rng.uniform(-0.06, 0.06, (4, 2)) * (wide, high)).astype(np.float32)
    warp = cv2.getPerspectiveTransform(corners, placed)
    photo = cv2.warpPerspective(
        shown.astype(np.float32), warp, (wide, high), borderMode=cv2.BORDER_CONSTANT,
        borderValue=(30.0, 28.0, 26.0),
    )  # fmt: skip
    photo = cv2.GaussianBlur(photo, (0, 0), 0.8)
    photo += rng.normal(0, 4, photo.shape)
    glare = np.exp(-((x / wide - rng.random()) ** 2 + (y / high - rng.random()) ** 2) * 8)
    return _quality(np.asarray(np.clip(photo + 25 * glare[..., None], 0, 255), np.uint8), 80)


def _graded(image: Image, rng: Rng) -> Image:
    tone = image.astype(np.float32) / 255
    tone = tone ** rng.uniform(0.65, 1.5) * rng.uniform(0.85, 1.15, 3)
    return np.asarray(np.clip(tone * 255, 0, 255), np.uint8)


def _turned(image: Image, degrees: float) -> Image:
    high, wide = image.shape[:2]
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), degrees, 1.0)
    return np.asarray(cv2.warpAffine(image, turn, (wide, high)), np.uint8)


def _generations(image: Image, rng: Rng) -> Image:
    first = _quality(_sized(image, 800 / max(image.shape)), 55)
    return _quality(_sized(first, 640 / max(first.shape)), 65)


Attack = Callable[[Image, Rng], Image]

COPIES: dict[str, Attack] = {
    "jpeg10": lambda image, rng: _quality(image, 10),
    "jpeg40": lambda image, rng: _quality(image, 40),
    "small": lambda image, rng: _quality(_sized(image, rng.uniform(0.22, 0.4)), 75),
    "crop50": lambda image, rng: _quality(_cropped(image, rng, 0.5), 80),
    "crop30": lambda image, rng: _quality(_cropped(image, rng, 0.3), 80),
    "mirror": lambda image, rng: _quality(np.ascontiguousarray(image[:, ::-1]), 80),
    "turned": lambda image, rng: _quality(_turned(image, rng.uniform(2, 8)), 80),
    "graded": lambda image, rng: _quality(_graded(image, rng), 80),
    "banner": lambda image, rng: _quality(lower_third(image, rng, rng), 75),
    "logo": lambda image, rng: _quality(logo(image, rng, rng), 75),
    "watermark": lambda image, rng: _quality(watermark(image, rng, rng), 75),
    "phone": lambda image, rng: _quality(phone(image, rng, rng), 80),
    "panels": lambda image, rng: _quality(panels(image, rng, rng), 80),
    "screen": _screen,
    "generations": _generations,
    "hard": lambda image, rng: _quality(
        phone(_graded(_turned(_cropped(image, rng, 0.5), 4), rng), rng, rng), 30
    ),
}
"""Ways of copying that stay copies whatever they cost."""
