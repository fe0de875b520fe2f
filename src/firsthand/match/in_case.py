"""The pictures of a case as the engine compares them, from findings; decoded again when needed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from firsthand.match.engine import Pictures
from firsthand.match.local.coded import from_json
from firsthand.match.local.picture import SIDE, Picture, head_of
from firsthand.match.look import Readers
from firsthand.match.prints import Print
from firsthand.media.reader import MediaReader
from firsthand.run import Inputs


@cache
def reader() -> MediaReader:
    """Return the reader of this process: starting one for each batch would cost more than it."""
    return MediaReader()


def held_pictures(
    inputs: Inputs, prints: Iterable[Print], readers: Readers
) -> tuple[Pictures, list[Print]]:
    """Return the pictures that can be looked at, and prints of those that are not held any more."""
    paths = {str(held.digest): held.path for held in inputs.held}
    digests = {str(held.digest): str(held.digest) for held in inputs.held}
    codes = inputs.of_kind("match.keypoints")

    def open_picture(name: str) -> Picture | None:
        about, gray = readers.own().look(paths[name], digests[name], SIDE)
        if gray is None:
            return None
        return Picture(name, gray, about["width"], about["height"], about, head_of(paths[name]))

    found = Pictures(open=open_picture, pixels=lambda name: None)
    others: list[Print] = []
    for made in prints:
        name = made.exhibit or made.owner
        if name not in paths:
            others.append(made)
            continue
        # One key frame may stand in several films.
        key = name if made.owner == name else f"{made.owner} {name} {made.start_ms}"
        paths[key], digests[key] = paths[name], str(name)
        found.prints[key] = made
        value = codes[name].value if name in codes else {}
        kept = from_json(value) if "coarse" in value else None
        if kept is not None and len(kept[0]):
            found.coarse[key], found.fine[key] = kept
    return found, others
