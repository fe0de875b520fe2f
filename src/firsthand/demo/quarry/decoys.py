"""Pictures that have nothing to do with the event: what everybody else posts."""

from __future__ import annotations

from random import Random

import numpy as np
from PIL import Image, ImageDraw

from firsthand.demo.quarry.copies import encoded
from firsthand.demo.quarry.texture import Texture

DECOYS = 16


def decoys(seed: int) -> dict[str, bytes]:
    """Return pictures by key: coloured shapes before a mottled ground, no two alike."""
    random = Random(f"{seed}/decoys")
    return {f"d{n + 1:02}": _picture(random) for n in range(DECOYS)}


def _picture(random: Random) -> bytes:
    width, height = random.choice(((640, 480), (480, 640), (600, 600)))
    texture = Texture(random.randrange(1 << 30), falling=random.uniform(1.0, 1.5))
    across, down = np.meshgrid(np.arange(width) / 1.0, np.arange(height) / 1.0)
    noise = texture.at(across, down, random.uniform(1.0, 3.0))[..., None]
    base, tint = (np.array([random.randint(40, 190) for _ in range(3)]) for _ in range(2))
    values = np.clip(base + (tint - 115) * noise * 0.5 + 18 * noise, 0, 255).astype(np.uint8)
    image = Image.fromarray(values)
    draw = ImageDraw.Draw(image)
    for _ in range(random.randint(5, 11)):
        x, y = random.randint(-60, width), random.randint(-60, height)
        box = (x, y, x + random.randint(40, 240), y + random.randint(40, 240))
        colour = (random.randint(0, 255), random.randint(0, 255), random.randint(0, 255))
        random.choice((draw.rectangle, draw.ellipse))(box, fill=colour)
    return encoded(image, random.randint(60, 90))
