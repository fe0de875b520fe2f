"""Text in made pictures, read by the real tesseract. The pictures are plain noise and letters."""

from __future__ import annotations

import re
import shutil
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont, features

from firsthand.media import ocr
from firsthand.media.ocr import read_text
from firsthand.model import canonical
from firsthand.model.canonical import Json

LATIN = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
ARABIC = Path("/usr/share/fonts/truetype/noto/NotoNaskhArabic-Bold.ttf")
if shutil.which("tesseract") is None or not LATIN.exists() or not ARABIC.exists():
    # Of a laptop only: CI installs all of them and fails on a skip.
    pytest.skip(
        "no tesseract or no fonts (Debian: tesseract-ocr tesseract-ocr-ara fonts-dejavu-core "
        "fonts-noto-core)",
        allow_module_level=True,
    )

ENGLISH_LINE, ARABIC_LINE = "The convoy left the town at noon", "غادرت القافلة المدينة ظهرا"


def ground(width: int, height: int) -> Image.Image:
    """Return a stand-in for a photograph: soft blotches with grain, no letters."""
    chance = np.random.default_rng(11)
    coarse = Image.fromarray(chance.integers(40, 200, (9, 12), dtype=np.uint8))
    soft = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC)).astype(int)
    grain = chance.integers(-12, 13, (height, width))
    return Image.fromarray((soft + grain).clip(0, 255).astype(np.uint8)).convert("RGB")


def write(
    picture: Image.Image, at: tuple[int, int], text: str, size: int, colour: str
) -> list[int]:
    """Draw a line and return its box [left, top, right, bottom]; Arabic is set from the right."""
    arabic = text == ARABIC_LINE
    assert not arabic or features.check("raqm"), "this Pillow cannot shape Arabic"
    font = ImageFont.truetype(str(ARABIC if arabic else LATIN), size)
    draw = ImageDraw.Draw(picture)
    how = {"font": font, "anchor": "ra" if arabic else "la"}
    if arabic:
        how |= {"direction": "rtl", "language": "ar"}
    draw.text(at, text, fill=colour, **how)
    return [round(v) for v in draw.textbbox(at, text, **how)]


def plain(text: str) -> list[str]:
    """Return the words of a text without marks and case."""
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).lower())


def read(path: Path) -> Json:
    value = read_text(path)
    canonical.dumps(value)
    for word in value.get("words", []):
        start, end = word["span"]
        assert value["text"][start:end] == word["text"]
        assert word["conf_permille"] >= ocr.SURE
        left, top, width, height = word["box"]
        assert 0 <= left < left + width <= value["width"] + 2
        assert 0 <= top < top + height <= value["height"] + 2
    return value


@pytest.mark.parametrize("text", [ENGLISH_LINE, ARABIC_LINE])
def test_banner_under_a_photograph(tmp_path: Path, text: str) -> None:
    picture = ground(960, 640)
    ImageDraw.Draw(picture).rectangle([0, 580, 960, 640], fill="#8c1010")
    at = (930, 586) if text == ARABIC_LINE else (30, 594)
    box = write(picture, at, text, 32, "white")
    picture.save(tmp_path / "banner.jpg", quality=80)
    value = read(tmp_path / "banner.jpg")
    assert value["status"] == "read" and value["engine"].startswith("tesseract ")
    seen = [word for word in value["words"] if word["box"][1] >= 570]
    # In the order in which the line is read, from the right for Arabic.
    assert plain(" ".join(word["text"] for word in seen)) == plain(text)
    assert min(word["box"][0] for word in seen) >= box[0] - 6
    assert max(word["box"][0] + word["box"][2] for word in seen) <= box[2] + 6
    assert " ".join(plain(text)) in " ".join(plain(value["text"]))


def test_letters_set_straight_onto_a_photograph(tmp_path: Path) -> None:
    picture = ground(1280, 853)
    font = ImageFont.truetype(str(LATIN), 48)
    ImageDraw.Draw(picture).text(
        (40, 700), ENGLISH_LINE, font=font, fill="white", stroke_width=3, stroke_fill="black"
    )
    picture.save(tmp_path / "overlay.jpg", quality=80)
    assert " ".join(plain(ENGLISH_LINE)) in " ".join(plain(read(tmp_path / "overlay.jpg")["text"]))


@pytest.mark.parametrize("size", [(1080, 1920), (540, 960)])
def test_phone_screenshot_in_two_languages(tmp_path: Path, size: tuple[int, int]) -> None:
    width, height = size
    step = width // 1080 or 0.5
    picture = Image.new("RGB", size, "#15202b")
    write(picture, (round(60 * step), round(120 * step)), ENGLISH_LINE, round(44 * step), "white")
    at = (width - round(60 * step), round(220 * step))
    write(picture, at, ARABIC_LINE, round(44 * step), "white")
    picture.paste(ground(round(960 * step), round(640 * step)), (round(60 * step), height // 3))
    picture.save(tmp_path / "screen.png")
    value = read(tmp_path / "screen.png")
    text = " ".join(plain(value["text"]))
    assert " ".join(plain(ENGLISH_LINE)) in text and " ".join(plain(ARABIC_LINE)) in text
    assert value["text"].index("convoy") < value["text"].index("القافلة")  # from top to bottom


def test_boxes_are_those_of_the_oriented_picture(tmp_path: Path) -> None:
    picture = Image.new("RGB", (900, 400), "white")
    box = write(picture, (50, 60), ENGLISH_LINE, 40, "black")
    exif = Image.Exif()
    exif[0x0112] = 6  # Exif 2.32: turn by 90 degrees clockwise to show
    picture.rotate(90, expand=True).save(tmp_path / "turned.jpg", exif=exif, quality=95)
    value = read(tmp_path / "turned.jpg")
    assert (value["width"], value["height"]) == (900, 400)
    assert plain(value["text"]) == plain(ENGLISH_LINE)
    first, last = value["words"][0]["box"], value["words"][-1]["box"]
    assert abs(first[0] - box[0]) <= 6 and abs(last[0] + last[2] - box[2]) <= 6
    assert abs(first[1] - box[1]) <= 6


def test_picture_without_text(tmp_path: Path) -> None:
    Image.new("L", (300, 200), 128).save(tmp_path / "grey.png")
    value = read(tmp_path / "grey.png")
    assert (value["status"], value["text"], value["words"]) == ("no_text", "", [])


def test_broken_pictures_fail_with_a_reason(tmp_path: Path) -> None:
    Image.new("L", (300, 200), 128).save(tmp_path / "a.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "a.png").read_bytes()[:60])
    (tmp_path / "empty.png").touch()
    (tmp_path / "words.png").write_text("no picture")
    for name in ("cut.png", "empty.png", "words.png", "missing.png"):
        value = read(tmp_path / name)
        assert value["status"] == "failed" and value["reason"]
        assert str(tmp_path) not in value["reason"]


def test_a_bomb_is_not_decoded(tmp_path: Path) -> None:
    Image.new("1", (30_000, 30_000)).save(tmp_path / "bomb.png")
    value = read(tmp_path / "bomb.png")
    assert value["status"] == "failed" and "pixels" in value["reason"]


def test_missing_languages_are_named(tmp_path: Path) -> None:
    Image.new("L", (60, 60), 128).save(tmp_path / "a.png")
    value = read_text(tmp_path / "a.png", langs=("eng", "xyz"))
    assert (value["langs"], value["missing"]) == (["eng"], ["xyz"])
    value = read_text(tmp_path / "a.png", langs=("xyz",))
    assert value["status"] == "not_checked" and "tesseract-ocr-xyz" in value["reason"]


def test_without_tesseract_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ocr._engine.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert read_text(tmp_path / "a.png") == {"status": "not_checked", "reason": ocr.MISSING}
