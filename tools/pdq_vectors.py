"""Write tests/vectors/pdq/reference.json: what the reference says of the shared photographs.

    python tools/pdq_vectors.py ../shared/photos tests/vectors/pdq/reference.json

Needs a Python with pdqhash (bindings of the authors' C++ code), Pillow and numpy; nothing of
firsthand is imported. Decoding: Pillow, EXIF orientation applied, transparent parts on white,
converted to RGB in full size, no colour management. Each hash is 64 hexadecimal digits, in
pdqhash's order of the eight forms.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pdqhash
from PIL import Image, ImageOps

PARTS = ("pdq", "ordinary", "scene-street", "scene-facade")


def decode(path):
    picture = ImageOps.exif_transpose(Image.open(path))
    if picture.mode in ("P", "PA", "LA", "RGBA"):
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture.convert("RGBA"))
    return np.ascontiguousarray(np.asarray(picture.convert("RGB")))


def main(photos, target):
    pictures = {}
    for part in PARTS:
        for path in sorted(path for path in (photos / part).rglob("*") if path.is_file()):
            forms, quality = pdqhash.compute_dihedral(decode(path))
            hashes = [np.packbits(form.astype(np.uint8)).tobytes().hex() for form in forms]
            name = path.relative_to(photos).as_posix()
            pictures[name] = {"hashes": hashes, "quality": int(quality)}
    whole = {
        "made_by": "tools/pdq_vectors.py",
        "pdqhash": version("pdqhash"),
        "decoding": f"Pillow {version('pillow')}: exif_transpose, alpha on white, convert RGB",
        "order": "original, rotate 90, 180, 270, flip x, flip y, flip plus 1, flip minus 1",
        "pictures": pictures,
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


main(*map(Path, sys.argv[1:3]))
