"""Measure how much of the text in made pictures is read, and how much is read that is not there.

    python benchmarks/text_in_pictures.py [--each 10]

Draws English and Arabic lines on banners under photographs, straight onto photographs, and on
phone screenshots; the photographs are those of ../shared/photos/ordinary. Prints JSON. Needs
tesseract with eng and ara, and the fonts DejaVu and Noto (Debian: fonts-dejavu-core,
fonts-noto-core).
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from firsthand.media.ocr import read_text

PHOTOS = Path(__file__).resolve().parent.parent.parent / "shared" / "photos" / "ordinary"
FONTS = Path("/usr/share/fonts/truetype")
LATIN = ("dejavu/DejaVuSans.ttf", "dejavu/DejaVuSans-Bold.ttf", "noto/NotoSans-Regular.ttf")
ARABIC = ("noto/NotoNaskhArabic-Bold.ttf", "noto/NotoSansArabic-Regular.ttf",
          "noto/NotoNaskhArabic-Regular.ttf", "noto/NotoKufiArabic-Regular.ttf")  # fmt: skip
LINES = {
    "eng": ("News of the province, channel 4", "Soldiers were taken on the road",
            "The convoy left the town at noon", "Breaking news from the northern front",
            "Witnesses saw nine trucks near the bridge"),
    "ara": ("أخبار المحافظة اليوم", "شوهدت تسع شاحنات قرب الجسر", "غادرت القافلة المدينة ظهرا",
            "قال شهود إن الطريق مغلق", "مراسلنا في شمال البلاد"),
}  # fmt: skip


class Artist:
    """Draws the pictures from a seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.photos = sorted(PHOTOS.glob("*.jpg"))

    def photo(self, width: int, height: int) -> Image.Image:
        with Image.open(self.chance.choice(self.photos)) as picture:
            return picture.convert("RGB").resize((width, height))

    def font(self, lang: str, size: int) -> ImageFont.FreeTypeFont:
        names = ARABIC if lang == "ara" else LATIN
        return ImageFont.truetype(str(FONTS / self.chance.choice(names)), size)

    def banner(self, lang: str) -> tuple[Image.Image, str]:
        width, height = self.chance.choice([(1280, 853), (1024, 768), (720, 540)])
        picture, text = self.photo(width, height), self.chance.choice(LINES[lang])
        tall = int(height * self.chance.choice([0.06, 0.08, 0.1]))
        draw = ImageDraw.Draw(picture)
        colour = self.chance.choice([(0, 0, 0), (160, 10, 10), (20, 40, 120)])
        draw.rectangle([0, height - tall, width, height], fill=colour)
        font = self.font(lang, int(tall * 0.55))
        put(draw, lang, width, 20, height - int(tall * 0.88), text, font, "white")
        return picture, text

    def overlay(self, lang: str) -> tuple[Image.Image, str]:
        picture, text = self.photo(1280, 853), self.chance.choice(LINES[lang])
        draw, font = ImageDraw.Draw(picture), self.font(lang, 48)
        put(draw, lang, 1280, 40, 700, text, font, "white", stroke_width=3, stroke_fill="black")
        return picture, text

    def screen(self, lang: str) -> tuple[Image.Image, str]:
        width, height = self.chance.choice([(1080, 1920), (720, 1280), (540, 960)])
        part = width / 1080
        dark = self.chance.random() < 0.5
        picture = Image.new("RGB", (width, height), "#15202b" if dark else "white")
        draw, font = ImageDraw.Draw(picture), self.font(lang, int(44 * part))
        lines, ink = self.chance.sample(LINES[lang], 4), "#f0f0f0" if dark else "#141414"
        for n, text in enumerate(lines):
            top = int((120 + 80 * n) * part)
            put(draw, lang, width, int(60 * part), top, text, font, ink)
        photo = self.photo(int(960 * part), int(640 * part))
        picture.paste(photo, (int(60 * part), int(470 * part)))
        return picture, "\n".join(lines)


def put(
    draw: ImageDraw.ImageDraw, lang: str, width: int, side: int, top: int, text: str,
    font: ImageFont.FreeTypeFont, fill: str, **more: object,
) -> None:  # fmt: skip
    """Set a line from the left, or from the right in Arabic."""
    if lang == "ara":
        more |= {"direction": "rtl", "language": "ar"}
    at = (width - side, top) if lang == "ara" else (side, top)
    draw.text(at, text, font=font, fill=fill, anchor="ra" if lang == "ara" else "la", **more)


def words(text: str) -> list[str]:
    """Return words without case and marks."""
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).lower())


def pictures(folder: Path, each: int, seed: int) -> Iterator[tuple[str, str, Path, str]]:
    """Yield (kind, language, file, text)."""
    artist = Artist(seed)
    for n in range(each):
        for kind in ("banner", "overlay", "screen"):
            for lang in LINES:
                picture, text = getattr(artist, kind)(lang)
                path = folder / f"{kind}-{lang}-{n}.jpg"
                picture.save(path, quality=80)
                yield kind, lang, path, text


def measure(each: int = 10, seed: int = 7) -> dict[str, dict[str, int]]:
    """Return for each kind and language the words there, those found, and those not there."""
    found: dict[str, dict[str, int]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind, lang, path, text in pictures(Path(folder), each, seed):
            value = read_text(path)
            left, there = words(value["text"]), words(text)
            hits = 0
            for word in there:
                if word in left:
                    left.remove(word)
                    hits += 1
            sums = found.setdefault(f"{kind} {lang}", {"words": 0, "found": 0, "not_there": 0})
            sums["words"] += len(there)
            sums["found"] += hits
            sums["not_there"] += len(left)
    return found


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=10, help="pictures of each kind and language")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    print(json.dumps(measure(options.each, options.seed), indent=2))


if __name__ == "__main__":
    main()
