"""Photographs of one scene in a case: which parts overlap, and how the cameras stood."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from firsthand.media.reader import MediaReader
from firsthand.model.canonical import Json, digest_of
from firsthand.run import Inputs, Limits, Output, method

if TYPE_CHECKING:
    from firsthand.match.scene.view import View

MOST_HELD = 40
"""Photographs that are held in memory at a time, about 3 MB each with their keypoints."""


@method(
    "match.scenes",
    version="1",
    per="case",
    takes=("media", "picture"),
    reads=("match.link", "media.image"),
    makes=("match.scene",),
    limits=Limits(memory_mib=4096, seconds=3600),
)
def scenes(inputs: Inputs) -> Iterator[Output]:
    """Yield a graph for each set of photographs that links of one scene connect.

    ``match.scene`` of an id made of its members: see
    :func:`firsthand.match.scene.graph.scene_graph`. It is the input for counting each place once
    and for putting shots in order; it says nothing of where on earth they were taken.
    """
    from firsthand.match.in_case import reader
    from firsthand.match.scene.graph import scene_graph

    paths = {str(held.digest): held.path for held in inputs.held}
    links = [
        {"a": link.subjects[0], "b": link.subjects[1], **link.value}
        for link in inputs.findings
        if link.kind == "match.link" and set(link.subjects) <= paths.keys()
    ]
    graph = scene_graph(links, views(reader, paths.__getitem__, lambda name: name))
    for scene in graph["scenes"]:
        members = sorted(name for shot in scene["shots"] for name in shot)
        name = "scene:" + digest_of(members).removeprefix("sha256:")
        yield Output("match.scene", (name,), {**scene, "units": graph["units"]})


def views(
    own: Callable[[], MediaReader],
    path: Callable[[str], Path],
    digest: Callable[[str], str | None] = lambda name: None,
) -> Callable[[str], View | None]:
    """Return what opens a photograph by its name, and keeps the last ones."""
    from firsthand.match.scene.view import SIDE, View

    @lru_cache(maxsize=MOST_HELD)
    def view(name: str) -> View | None:
        about: Json
        about, gray = own().look(path(name), digest(name), SIDE)
        if gray is None:
            return None
        return View(name, gray, about["width"], about["height"])

    return view
