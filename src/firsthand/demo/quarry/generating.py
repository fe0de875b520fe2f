"""One call that writes the material of the event, what a person enters, and the truth apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random

from firsthand.demo.quarry import pages, scene, telegram
from firsthand.demo.quarry.entered import entered
from firsthand.demo.quarry.event import draw_event
from firsthand.demo.quarry.photographs import draw_devices, take
from firsthand.demo.quarry.seen import Record
from firsthand.demo.quarry.stock import stocked
from firsthand.demo.quarry.stream import LEAST_POSTS, stream
from firsthand.demo.quarry.truth import truth
from firsthand.model.errors import BadInput

POSTS = 20_000
WIDTH = 1280
MATERIAL, ENTERED, TRUTH = "material", "entered/claims.jsonl", "truth/truth.json"


def generate(
    folder: Path,
    *,
    seed: int = 0,
    posts: int = POSTS,
    width: int = WIDTH,
    progress: Callable[[str], None] | None = None,
) -> Path:
    """Write a fictional event below a folder; return the path of its truth.

    ``material/`` has what an investigator could hold: ``site`` and ``articles`` (saved pages),
    ``telegram/group`` and ``telegram/relay`` (exports), ``stream`` (posts with their media).
    ``entered/claims.jsonl`` is what a person enters, ``truth/truth.json`` what nobody in the case
    may read. The same seed gives the same bytes with the same Pillow and numpy.

    Parameters
    ----------
    posts
        Length of the stream; at least ``LEAST_POSTS``.
    width
        Width of the photographs [pixel].
    progress
        Told what is being made.

    Raises
    ------
    BadInput
        When the folder holds material already, or the stream would be too short.
    """
    if posts < LEAST_POSTS:
        raise BadInput(f"a stream of {posts} posts is too short", hint=f"{LEAST_POSTS} or more")
    material = folder / MATERIAL
    if material.exists() or (folder / TRUTH).exists():
        raise BadInput(f"{folder} holds material already", hint="choose another folder")
    material.mkdir(parents=True)
    say = progress or (lambda text: None)
    event = draw_event(seed)
    quarry = scene.build(Random(f"{seed}/scene"), event.persons, width)
    devices = draw_devices(Random(f"{seed}/devices"))
    originals = []
    for shot in take(Random(f"{seed}/take"), quarry, event.place, event.moments, devices):
        originals.append(shot)
        say(f"photograph {len(originals)} of {scene.VIEWS * scene.MOMENTS}")
    say("copies")
    stock = stocked(event, originals)
    record = Record()
    say("pages, channels and the stream")
    pages.site(event, stock, material, record)
    telegram.channels(event, stock, material, record)
    cited = pages.articles(event, stock, material, record)
    told = stream(event, stock, material, record, posts)
    entered(event, stock, cited, folder / ENTERED)
    target = folder / TRUTH
    target.parent.mkdir()
    found = truth(event, quarry, stock, record, told, cited)
    target.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return target
