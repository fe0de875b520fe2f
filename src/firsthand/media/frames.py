"""How many pictures a file holds, counted without decoding them and not without end."""

from __future__ import annotations

from typing import Any

_MOST_BLOCKS = 1_000_000
"""Blocks of a GIF that are walked through; a file of one-byte blocks would take minutes."""

Counted = tuple[int, str | None]


def count(picture: Any, data: bytes, most: int) -> Counted:
    """Return the number of frames of an opened Pillow image, and a remark when not all counted.

    ``picture`` stands at its first frame and is still there afterwards.
    """
    if picture.format == "GIF":
        return count_gif(data, most)
    if picture.format == "TIFF":
        return _count_pages(picture, most)
    found = max(int(getattr(picture, "n_frames", 1)), 1)
    if found > most:
        return most, f"the file says {found} frames; more than {most} were not counted"
    return found, None


def _count_pages(picture: Any, most: int) -> Counted:
    """Walk through the directories of a TIFF; Pillow ends a chain that leads back into itself."""
    found, remark = 1, None
    try:
        while found < most:
            picture.seek(found)
            found += 1
        remark = f"more than {most} pages were not counted"
    except EOFError:
        pass
    except Exception as error:
        remark = f"pages after {found} cannot be read: {type(error).__name__}"
    picture.seek(0)
    return found, remark


def count_gif(data: bytes, most: int) -> Counted:
    """Return the number of images in a GIF by its blocks (GIF89a specification, section 12)."""
    found, at, left = 0, 13, _MOST_BLOCKS
    try:
        at += _table(data[10])
        while left > 0:
            kind = data[at]
            if kind == 0x3B:  # trailer
                return max(found, 1), None
            if kind == 0x21:  # extension: label, then blocks
                at += 2
            elif kind == 0x2C:  # image: descriptor, its table of colours, code size, then blocks
                found += 1
                if found > most:
                    return most, f"more than {most} frames were not counted"
                at += 10 + _table(data[at + 9]) + 1
            else:
                return max(found, 1), f"no frame begins at byte {at}"
            at, left = _skip(data, at, left)
    except IndexError:
        return max(found, 1), "the file ends within a frame, or without its end mark"
    return max(found, 1), f"more than {_MOST_BLOCKS} blocks were not looked at"


def _skip(data: bytes, at: int, left: int) -> tuple[int, int]:
    """Return the place after a row of blocks, and how many more may be looked at."""
    while (size := data[at]) and left > 0:
        at += size + 1
        left -= 1
    return at + 1, left - 1


def _table(packed: int) -> int:
    """Return the size [bytes] of the table of colours that a packed field announces."""
    return 3 << ((packed & 7) + 1) if packed & 0x80 else 0
