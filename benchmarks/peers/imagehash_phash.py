"""Run by the peers' Python only: pHash of ImageHash for each file of a list.

    python imagehash_phash.py LIST.json FOUND.json

Nothing of firsthand is imported here.
"""

import json
import sys
from importlib.metadata import version

import imagehash
from PIL import Image


def main(listed, into):
    codes = []
    with open(listed) as stream:
        paths = json.load(stream)
    for path in paths:
        with Image.open(path) as image:
            codes.append(str(imagehash.phash(image.convert("RGB"))))
    with open(into, "w") as stream:
        json.dump({"version": version("ImageHash"), "codes": codes}, stream)


main(*sys.argv[1:3])
